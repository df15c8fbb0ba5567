/* Texts of the organisation's own in the place of built-in ones (model/notice.h). */
#pragma once

#include "db/db.h"

struct store_notice_text {
	const char *notice, *language, *text;
};
struct store_notice_texts {
	struct store_notice_text *items;
	size_t count;
};

/* *text is NULL when the built-in one holds. */
[[nodiscard]] bool store_notice_text_get(struct db *db, struct arena *a, const char *notice,
					 const char *language, const char **text, struct err *e);
/* All there are. */
[[nodiscard]] bool store_notice_texts(struct db *db, struct arena *a,
				      struct store_notice_texts *out, struct err *e);
/* These and no others. */
[[nodiscard]] bool store_notice_texts_set(struct db *db, const struct store_notice_texts *texts,
					  struct err *e);
