#include "model/signin.h"

#include <string.h>

#include "base/text.h"

#define MINUTE ((int64_t)60 * 1000)
#define DAY (24 * 60 * MINUTE)

/* "aaaaaaaaaaaa" is one character, however often. */
static bool one_character(const char *text)
{
	return text[strspn(text, (char[]){text[0], '\0'})] == '\0';
}

static bool names_account(const char *password, const char *email)
{
	size_t name = strcspn(email, "@");

	return text_equal_nocase(password, email) ||
	       (strlen(password) == name && strncasecmp(password, email, name) == 0);
}

bool password_check(const char *password, const char *email, struct err *e)
{
	size_t length = text_length(password);

	if (!text_printable(password, false))
		return err_set(e, ERR_UNPROCESSABLE,
			       "The password must not hold control characters.");
	if (length < PASSWORD_MIN || length > PASSWORD_MAX)
		return err_set(e, ERR_UNPROCESSABLE, "The password must have %d to %d characters.",
			       PASSWORD_MIN, PASSWORD_MAX);
	if (one_character(password))
		return err_set(e, ERR_UNPROCESSABLE,
			       "The password must not be one character over and over.");
	return !names_account(password, email) ||
	       err_set(e, ERR_UNPROCESSABLE,
		       "The password must not be the email address or its name.");
}

static bool address_like(const char *text)
{
	const char *at = strchr(text, '@');

	return at != NULL && at != text && at[1] != '\0' && strchr(at + 1, '@') == NULL &&
	       strpbrk(text, " \t\"<>,;:\\") == NULL && strlen(text) <= EMAIL_MAX &&
	       text_printable(text, false);
}

bool email_read(char *text, const char **out, struct err *e)
{
	char *trimmed = text_trim(text);

	if (!address_like(trimmed))
		return err_set(e, ERR_INVALID, "email: must be an address such as li@example.com");
	for (char *c = trimmed; *c != '\0'; c++) {
		if (*c >= 'A' && *c <= 'Z')
			*c = (char)(*c - 'A' + 'a');
	}
	*out = trimmed;
	return true;
}

const struct rate signin_rates[SIGNIN_RATES] = {
    [SIGNIN_ADDRESS] = {30, 10 * MINUTE}, /* an office may share one */
    [SIGNIN_ACCOUNT_ADDRESS] = {10, 15 * MINUTE},
    [SIGNIN_STRANGERS] = {100, 60 * MINUTE},
    [SIGNIN_BROWSER] = {10, 15 * MINUTE},
    [SIGNIN_CODE] = {5, 15 * MINUTE},
    [SIGNIN_CODE_DAY] = {50, DAY},
    [SIGNIN_RECORD] = {10, 10 * MINUTE},
};

bool signin_counts(enum signin_rate rate, enum signin_from from)
{
	static const bool counts[SIGNIN_RATES][3] = {
	    [SIGNIN_ADDRESS] = {[SIGNIN_FROM_ANYWHERE] = true, [SIGNIN_FROM_KNOWN_ADDRESS] = true},
	    [SIGNIN_ACCOUNT_ADDRESS] =
		{[SIGNIN_FROM_ANYWHERE] = true, [SIGNIN_FROM_KNOWN_ADDRESS] = true},
	    [SIGNIN_STRANGERS] = {[SIGNIN_FROM_ANYWHERE] = true},
	    [SIGNIN_BROWSER] = {[SIGNIN_FROM_KNOWN_BROWSER] = true},
	};

	return counts[rate][from];
}

char *totp_uri(struct arena *a, const char *email, const char *secret)
{
	return arena_printf(a, "otpauth://totp/Holdfast:%s?secret=%s&issuer=Holdfast",
			    text_percent(a, email), secret);
}
