#include "model/enrolment.h"

#include <string.h>

#include "base/id.h"
#include "base/text.h"

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
