/* What a device says of itself when it asks to be enrolled, and the code that people type. */
#pragma once

#include "base/arena.h"
#include "base/err.h"

/* Why a rule refuses an enrolment, whatever a person says: a word of this list, and what it is to people. */
enum enrolment_refused {
	REFUSED_SOURCE_DISABLED,
	REFUSED_DEPARTED,
	REFUSED_OWNED,
	REFUSED_LOST,
	REFUSED_TOKEN_UNKNOWN,
	REFUSED_TOKEN_REVOKED,
	REFUSED_TOKEN_EXPIRED,
	REFUSED_TOKEN_USED_UP,
	REFUSED_TOKEN_OWNER_DEPARTED,
	ENROLMENT_REFUSALS
};
struct enrolment_refusal {
	const char *code;
	enum err_code error;
	const char *en, *zh;
};
extern const struct enrolment_refusal enrolment_refusals[ENROLMENT_REFUSALS];

#define ENROLMENT_MAX_HOSTNAME 253
#define ENROLMENT_MAX_OS 200
#define ENROLMENT_MAX_VERSION 64
#define ENROLMENT_MAX_MACS 16

#define USER_CODE_LENGTH 8 /* of 20 letters without vowels: 34 bits (RFC 8628 §6.1) */
#define USER_CODE_SIZE (USER_CODE_LENGTH + 1)
#define USER_CODE_SHOWN_SIZE (USER_CODE_LENGTH + 2)

void user_code_new(char out[static USER_CODE_SIZE]);
/* "WDJB-MJHT", as it is shown. */
void user_code_show(const char *code, char out[static USER_CODE_SHOWN_SIZE]);
/* As people type it: any case, with hyphens, dots and spaces, which do not count. */
[[nodiscard]] bool user_code_read(const char *typed, char out[static USER_CODE_SIZE]);

/* ERR_INVALID names the member. macs: separated by commas, "" allowed; *out in lower case. */
[[nodiscard]] bool enrolment_text_check(const char *name, const char *text, size_t max,
					struct err *e);
[[nodiscard]] bool enrolment_macs_read(struct arena *a, const char *text, const char **out,
				       struct err *e);
