#include "dingtalk/credentials.h"

#include <string.h>

#define LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
#define DIGITS "0123456789"

struct form {
	const char *prefix;
	const char *alphabet; /* NULL: any visible ASCII */
	size_t min, max;      /* of the whole */
	const char *sentence;
};

static bool visible(const char *text)
{
	for (; *text; text++)
		if (*text < '!' || *text > '~')
			return false;
	return true;
}

static bool check(const struct form *form, const char *text, struct err *e)
{
	size_t n = text ? strlen(text) : 0;
	size_t prefix = strlen(form->prefix);

	if (n >= form->min && n <= form->max && strncmp(text, form->prefix, prefix) == 0 &&
	    (form->alphabet ? strspn(text, form->alphabet) == n : visible(text)))
		return true;
	return err_set(e, ERR_INVALID, "%s", form->sentence);
}

bool dingtalk_corp_id_valid(const char *text, struct err *e)
{
	static const struct form form = {
	    "ding", LETTERS DIGITS, 8, 64,
	    "a CorpId is \"ding\" followed by letters and digits, 8 to 64 characters in all"};

	return check(&form, text, e);
}

bool dingtalk_client_id_valid(const char *text, struct err *e)
{
	static const struct form form = {
	    "ding", LETTERS DIGITS, 8, 64,
	    "a Client ID is \"ding\" followed by letters and digits, 8 to 64 characters in all"};

	return check(&form, text, e);
}

bool dingtalk_client_secret_valid(const char *text, struct err *e)
{
	static const struct form form = {
	    "", NULL, 1, 256, "a Client Secret is 1 to 256 visible characters without spaces"};

	return check(&form, text, e);
}

bool dingtalk_aes_key_valid(const char *text, struct err *e)
{
	static const struct form form = {"", LETTERS DIGITS, DINGTALK_AES_KEY_LENGTH,
					 DINGTALK_AES_KEY_LENGTH,
					 "an aes_key is exactly 43 letters and digits"};

	return check(&form, text, e);
}

bool dingtalk_token_valid(const char *text, struct err *e)
{
	static const struct form form = {"", LETTERS DIGITS, 3, 32,
					 "a callback token is 3 to 32 letters and digits"};

	return check(&form, text, e);
}

bool dingtalk_process_code_valid(const char *text, struct err *e)
{
	static const struct form form = {
	    "PROC-", LETTERS DIGITS "-_", 6, 64,
	    "a process code is \"PROC-\" followed by letters, digits and hyphens, "
	    "at most 64 characters in all"};

	return check(&form, text, e);
}
