/*
 * Lists of approval instances: any filters together, in the order of their numbers, which is the order in
 * which they were stored, so that paging neither loses nor doubles one while others are added or decided.
 */
#pragma once

#include "model/instance.h"
#include "store/grant.h"
#include "store/instance.h"

/* NULL, 0 and a count of 0 do not filter. */
struct store_instance_filter {
	unsigned statuses; /* of 1 << enum instance_status */
	const char *effect, *template, *workflow, *package, *channel, *delivery;
	const char *person, *device;
	const char *department;     /* or one below */
	const char *const *waiting; /* accounts: one of them has an open task */
	size_t waiting_count;
	int64_t from_ms, to_ms;                 /* filed: from, and before */
	int64_t decided_from_ms, decided_to_ms; /* decided: the same */
	const char
	    *search; /* search_fold: anywhere in number, reason, applicant, device or package;
			     * one character: where one of them begins */
	struct store_scope scope;
};

#define STORE_SEARCH_MAX 100 /* code points */

/* One of a list: what store_instance_add takes, status, effect, decision, note, pending_with; the grant's
 * id, state and exp_ms. */
struct store_listed {
	struct store_instance instance;
	struct store_grant grant; /* id NULL: none */
};

struct store_listing {
	bool oldest;        /* first; else the newest */
	const char *cursor; /* the id that next was, or "" */
	int64_t limit;
};

/* next: the cursor of what follows, NULL when nothing does. A page may be short, or empty, and still have
 * one: what is looked at for one page is bounded. ERR_INVALID: no such cursor. */
struct store_listed_page {
	struct store_listed *items;
	size_t count;
	const char *next;
};
[[nodiscard]] bool store_instance_list(struct db *db, struct arena *a,
				       const struct store_instance_filter *filter,
				       const struct store_listing *listing,
				       struct store_listed_page *out, struct err *e);

/* By enum instance_status. exact false: there are more; of what was looked at, STORE_COUNT_MOST, these were
 * found. */
#define STORE_COUNT_MOST 100000
struct store_instance_counts {
	int64_t of[INSTANCE_STATUS_COUNT];
	bool exact;
};
[[nodiscard]] bool store_instance_count(struct db *db, struct arena *a,
					const struct store_instance_filter *filter,
					struct store_instance_counts *out, struct err *e);

/* In a condition on instances i: param holds store_scope_text. */
#define STORE_IN_SCOPE(param)                                                    \
	"(" param " = '' OR (SELECT COUNT(*) FROM instance_departments s WHERE " \
	"s.number = i.number AND " param " LIKE '%' || s.department || '%') > 0)"
const char *store_scope_text(struct arena *a, const struct store_scope *scope);
