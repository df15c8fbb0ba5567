/* Everything that holdfast says, in English and Chinese. {1}, {2} stand for what is put in. */
#pragma once

#include "base/arena.h"

enum language { LANGUAGE_EN, LANGUAGE_ZH };

/* From LC_ALL, LC_MESSAGES, LANG, the first that is not empty (POSIX). */
enum language words_language(const char *lc_all, const char *lc_messages, const char *lang);

enum word {
	W_USAGE,
	W_BAD_USE,
	W_NOT_RUNNING,
	W_NOT_ENROLLED,
	W_NOT_YOURS,
	W_AWAY,
	W_OTHER,
	W_TAMPERED,
	W_PROTECTED,
	W_AUDIT,
	W_OPEN,
	W_OWNER,
	W_SERVER,
	W_CONNECTED,
	W_DISCONNECTED,
	W_OFFLINE_WAY,
	W_PENDING,
	W_WITH,
	W_LINK_DOWN,
	W_TO_WITHDRAW,
	W_APPROVED,
	W_APPROVED_UNTIL,
	W_RUN,
	W_APPROVED_COMING,
	W_APPROVED_PAST,
	W_REJECTED,
	W_REJECTED_BY,
	W_COMMENT,
	W_REVOKED,
	W_EXPIRED,
	W_TO_FILE,
	W_TO_FILE_AGAIN,
	W_FILING_OFF,
	W_CONTACT,
	W_FILED,
	W_FILED_BEFORE,
	W_KEPT,
	W_KEPT_SINCE,
	W_KEPT_REFUSED,
	W_WAITING,
	W_FREE_TO_GO,
	W_BAD_REASON,
	W_TOO_MANY,
	W_NOBODY,
	W_LOGIN_OPEN,
	W_LOGIN_CODE,
	W_LOGIN_WAITING,
	W_LOGIN_DONE,
	W_LOGIN_BEFORE,
	W_LOGIN_BUSY,
	W_LOGIN_NO_SERVER,
	W_LOGIN_DENIED,
	W_LOGIN_EXPIRED,
	W_LOGIN_FAILED,
	W_LOGIN_AWAY,
	W_WITHDRAWN,
	W_WITHDRAWN_UNSENT,
	W_NOTHING_TO_WITHDRAW,
	W_DECIDED_ALREADY,
	W_IMPORTED,
	W_IMPORTED_UNTIL,
	W_NO_GRANT,
	W_GRANT_FOR_ANOTHER,
	W_GRANT_OVER,
	W_GRANT_TOO_LARGE,
	W_WHICH_FILE,
	W_NO_FILE,
	W_COUNT
};

/* The sentence with what is put in (NULL: nothing). */
const char *words(struct arena *a, enum language language, enum word word, const char *first,
		  const char *second);
