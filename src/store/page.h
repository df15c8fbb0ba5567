/* Which part of a list: what follows the cursor ("": from the start), at most limit. */
#pragma once

#include "base/base.h"

struct store_page {
	const char *cursor;
	int64_t limit;
};
