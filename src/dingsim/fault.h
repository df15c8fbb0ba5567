/* DingTalk's error codes with their usual HTTP status and text. */
#pragma once

#include "base/base.h"

struct fault_text {
	const char *code;
	int status; /* 200 for the old dialects' numbers */
	const char *text;
};

/* NULL for a code that is not in the tables. */
const struct fault_text *fault_find(const char *code);

/* A code of the old dialects, a number. */
bool fault_is_old(const char *code);

/* Under /topapi inside errcode 88: about the token, a permission or throttling. */
bool fault_is_wrapped(const char *code);
