#include "model/enrolment.h"

#include <string.h>

#include "base/id.h"
#include "base/text.h"

const struct enrolment_refusal enrolment_refusals[ENROLMENT_REFUSALS] = {
    [REFUSED_SOURCE_DISABLED] =
	{"source-disabled", ERR_FORBIDDEN,
	 "Your organisation has switched off the way in which you signed in. Contact your "
	 "administrator.",
	 "您所在组织已停用您使用的登录方式。请联系管理员。"},
    [REFUSED_DEPARTED] = {"departed", ERR_FORBIDDEN, "This person has left the organisation.",
			  "该人员已离职。"},
    [REFUSED_OWNED] = {"owned", ERR_CONFLICT,
		       "This device is somebody else's. If you use it from now on, run on it: "
		       "holdfast login --switch",
		       "此设备属于其他人。如果今后由您使用，请在设备上执行：holdfast login "
		       "--switch"},
    [REFUSED_LOST] = {"lost", ERR_CONFLICT,
		      "This device was reported lost. An administrator has to enter first that "
		      "it is found.",
		      "此设备已挂失。管理员登记找回后才能连接。"},
    [REFUSED_TOKEN_UNKNOWN] = {"token-unknown", ERR_FORBIDDEN,
			       "This enrolment token is not known here.",
			       "此服务器上没有这个注册令牌。"},
    [REFUSED_TOKEN_REVOKED] = {"token-revoked", ERR_FORBIDDEN, "This enrolment token was revoked.",
			       "此注册令牌已被撤销。"},
    [REFUSED_TOKEN_EXPIRED] = {"token-expired", ERR_FORBIDDEN, "This enrolment token has expired.",
			       "此注册令牌已过期。"},
    [REFUSED_TOKEN_USED_UP] = {"token-used-up", ERR_FORBIDDEN,
			       "This enrolment token has enrolled as many devices as it may.",
			       "此注册令牌可注册的设备数已用完。"},
    [REFUSED_TOKEN_OWNER_DEPARTED] =
	{"token-owner-departed", ERR_FORBIDDEN,
	 "The person who answers for this enrolment token has left the organisation.",
	 "此注册令牌的责任人已离职。"},
};

#define LETTERS "BCDFGHJKLMNPQRSTVWXZ"
#define LETTER_COUNT 20
#define MAC_LENGTH 17

void user_code_new(char out[static USER_CODE_SIZE])
{
	size_t n = 0;

	while (n < USER_CODE_LENGTH) {
		unsigned char byte;

		random_bytes(&byte, 1);
		if (byte < 256 / LETTER_COUNT * LETTER_COUNT)
			out[n++] = LETTERS[byte % LETTER_COUNT];
	}
	out[n] = '\0';
}

void user_code_show(const char *code, char out[static USER_CODE_SHOWN_SIZE])
{
	memcpy(out, code, USER_CODE_LENGTH / 2);
	out[USER_CODE_LENGTH / 2] = '-';
	memcpy(out + USER_CODE_LENGTH / 2 + 1, code + USER_CODE_LENGTH / 2,
	       USER_CODE_LENGTH / 2 + 1);
}

bool user_code_read(const char *typed, char out[static USER_CODE_SIZE])
{
	size_t n = 0;

	for (; *typed != '\0'; typed++) {
		char c = *typed >= 'a' && *typed <= 'z' ? (char)(*typed - 'a' + 'A') : *typed;

		if (c == '-' || c == ' ' || c == '.')
			continue;
		if (n == USER_CODE_LENGTH || strchr(LETTERS, c) == NULL)
			return false;
		out[n++] = c;
	}
	out[n] = '\0';
	return n == USER_CODE_LENGTH;
}

bool enrolment_text_check(const char *name, const char *text, size_t max, struct err *e)
{
	if (text == NULL || text[0] == '\0')
		return err_set(e, ERR_INVALID, "%s: is missing", name);
	if (!text_printable(text, false) || text_length(text) > max)
		return err_set(e, ERR_INVALID, "%s: must be one line of at most %zu characters",
			       name, max);
	return true;
}

/* Six pairs of hex digits with colons between them. */
static bool mac_read(const char *text, size_t n, char *out)
{
	if (n != MAC_LENGTH)
		return false;
	for (size_t i = 0; i < MAC_LENGTH; i++) {
		char c = text[i] >= 'A' && text[i] <= 'F' ? (char)(text[i] - 'A' + 'a') : text[i];
		const char *allowed = i % 3 == 2 ? ":" : "0123456789abcdef";

		if (strchr(allowed, c) == NULL)
			return false;
		out[i] = c;
	}
	return true;
}

bool enrolment_macs_read(struct arena *a, const char *text, const char **out, struct err *e)
{
	char *macs = arena_alloc(a, strlen(text) + 1);
	size_t count = 0, k = 0;

	for (const char *at = text; *at != '\0';) {
		size_t n = strcspn(at, ",");

		if (count++ == ENROLMENT_MAX_MACS)
			return err_set(e, ERR_INVALID, "macs: must be at most %d addresses",
				       ENROLMENT_MAX_MACS);
		if (!mac_read(at, n, macs + k) || (at[n] == ',' && at[n + 1] == '\0'))
			return err_set(e, ERR_INVALID,
				       "macs: must be like 02:42:ac:11:00:02, separated by commas");
		k += n;
		if (at[n] == ',')
			macs[k++] = ',';
		at += n + (at[n] == ',');
	}
	macs[k] = '\0';
	*out = macs;
	return true;
}
