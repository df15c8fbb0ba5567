/*
 * QR codes (ISO/IEC 18004) of short texts, for screens: bytes, error correction level M, versions 1 to 10. Whoever
 * draws one leaves four light modules around it.
 */
#pragma once

#include "base/base.h"

#define QR_MAX_TEXT 213 /* bytes */
#define QR_MAX_SIZE 57
#define QR_QUIET 4

struct qr {
	int size;                            /* modules a side */
	bool dark[QR_MAX_SIZE][QR_MAX_SIZE]; /* row, column */
};

/* False: the text is longer than QR_MAX_TEXT. */
[[nodiscard]] bool qr_make(const char *text, struct qr *out);
