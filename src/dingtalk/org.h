/*
 * The organisation's departments and people, as far as the app may see them (protocol §3). The root
 * department is 1 here; OA approval calls it -1 (instance.h translates).
 */
#pragma once

#include "dingtalk/app.h"

#define DINGTALK_ROOT 1
#define DINGTALK_MAX_DEPARTMENTS 50000
#define DINGTALK_MAX_PEOPLE 1000000 /* listed: a person counts once a department */
#define DINGTALK_MAX_USER_DEPARTMENTS 1000

struct dingtalk_department {
	int64_t id;
	int64_t parent; /* 0: none, or none that the app may see */
	const char *name;
};

/* Absent texts are "". mobile and email need permissions of their own. */
struct dingtalk_user {
	const char *userid;
	const char *unionid;
	const char *name;
	const char *title;
	const char *job_number;
	const char *mobile;
	const char *email;
	bool active; /* has activated DingTalk */
	const int64_t *departments;
	size_t department_count;
};

struct dingtalk_departments {
	const struct dingtalk_department *items;
	size_t count;
};

/* Where reading begins. */
struct dingtalk_scope {
	struct dingtalk_departments
	    departments;            /* each with everything below it; without parents */
	const char *const *userids; /* single people beside them */
	size_t userid_count;
	bool limited; /* the app sees a part of the organisation only */
};

/*
 * All these only read: a failed call is tried up to three times, throttling is waited out. What they give lives in
 * the arena.
 *
 * The chosen departments, or with none the root, or when that is out of the app's scope what the scope names;
 * without those that are not there or not seen. One may lie below another.
 */
[[nodiscard]] bool dingtalk_scope_get(struct dingtalk *d, const int64_t *chosen, size_t count,
				      struct arena *a, struct dingtalk_scope *out, struct err *e);

/* The departments just below one; not DingTalk's pseudo ones, whose ids are below 1. */
[[nodiscard]] bool dingtalk_children_get(struct dingtalk *d, int64_t parent, struct arena *a,
					 struct dingtalk_departments *out, struct err *e);

/* A page of a department's direct members from a cursor, 0 the first; a member of several departments is listed in
 * each. */
struct dingtalk_members {
	const struct dingtalk_user *users;
	size_t count;
	int64_t next; /* cursor of the next page; -1: that was the last */
};
[[nodiscard]] bool dingtalk_members_get(struct dingtalk *d, int64_t department, int64_t cursor,
					struct arena *a, struct dingtalk_members *out,
					struct err *e);

/* After a failure about a department: it is not there any more, or out of the app's scope. */
bool dingtalk_unseen(const struct dingtalk *d);

/* After a failure about a department or a person: DingTalk has it, and it is out of the app's scope. */
bool dingtalk_hidden(const struct dingtalk *d);

/* One department by itself. ERR_FORBIDDEN with code 50004: out of the app's scope. */
[[nodiscard]] bool dingtalk_department_get(struct dingtalk *d, int64_t id, struct arena *a,
					   struct dingtalk_department *out, struct err *e);

/* Whether the app may list a department's direct members: asks for one. */
[[nodiscard]] bool dingtalk_members_check(struct dingtalk *d, int64_t department, struct err *e);

/* One person; ERR_NOT_FOUND: no such person, or out of the app's scope. */
[[nodiscard]] bool dingtalk_user_get(struct dingtalk *d, const char *userid, struct arena *a,
				     struct dingtalk_user *out, struct err *e);
