/* DingTalk's answers about an organisation as the directory takes them: its numbers are text from here on. */
#pragma once

#include "dingtalk/org.h"
#include "store/directory.h"

/* Texts live in a, or where the answer does. */
struct store_walked_department organisation_department(struct arena *a,
						       const struct dingtalk_department *d);
struct store_walked_person organisation_person(struct arena *a, const struct dingtalk_user *u);

/* "123" as DingTalk wants it; 0: it is no such number. */
int64_t organisation_number(const char *external_id);
const char *organisation_text(struct arena *a, int64_t id);

/* Whether a department is known to lie in what is read of the source. */
typedef bool organisation_known_fn(void *arg, int64_t id, bool *known, struct err *e);
struct organisation_area {
	struct dingtalk *dingtalk;
	organisation_known_fn *known;
	void *arg;
	bool chosen; /* a part only was chosen; else whatever DingTalk shows lies in it */
};

enum organisation_place {
	ORGANISATION_GONE,    /* DingTalk does not know it */
	ORGANISATION_OUTSIDE, /* out of the app's scope, or of the departments that are read */
	ORGANISATION_HERE
};
/* Asks DingTalk for it and, when a part was chosen, what lies above it. *out when it is here. */
[[nodiscard]] bool organisation_ask_department(const struct organisation_area *area, int64_t id,
					       struct arena *a, struct store_walked_department *out,
					       enum organisation_place *place, struct err *e);
[[nodiscard]] bool organisation_ask_person(const struct organisation_area *area,
					   const char *external_id, struct arena *a,
					   struct store_walked_person *out,
					   enum organisation_place *place, struct err *e);
