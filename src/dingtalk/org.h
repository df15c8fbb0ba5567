/*
 * The organisation's departments and people, as far as the app may see them (protocol §3). The root
 * department is 1 here; OA approval calls it -1 (instance.h translates).
 */
#pragma once

#include "dingtalk/app.h"

#define DINGTALK_ROOT 1
#define DINGTALK_MAX_DEPARTMENTS 50000
#define DINGTALK_MAX_PEOPLE 1000000 /* rows of the walk: a person counts once a department */
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

/* Called from the walk, with texts that end with the call. Returning false ends the walk with e. */
struct dingtalk_visitor {
	bool (*department)(void *arg, const struct dingtalk_department *department, struct err *e);
	bool (*user)(void *arg, const struct dingtalk_user *user, struct err *e);
	void *arg;
};

struct dingtalk_walk {
	int64_t departments;
	int64_t people;  /* visits */
	int64_t skipped; /* departments that were listed and then refused to be read */
	bool limited;    /* the app sees a part of the organisation only */
};

/*
 * Visits every visible department, a parent before its children and a department before its direct
 * members; a member of several comes several times. Starts at the root or, when that is out of the
 * app's scope, at the departments and single people the scope names; a department that is named
 * there and lies under another comes a second time, with its parent. Throttling is waited out, a
 * failed read tried up to three times. False: what was visited is not the whole.
 */
[[nodiscard]] bool dingtalk_org_walk(struct dingtalk *d, const struct dingtalk_visitor *visitor,
				     struct dingtalk_walk *out, struct err *e);

/* One department by itself. ERR_FORBIDDEN with code 50004: out of the app's scope. */
[[nodiscard]] bool dingtalk_department_get(struct dingtalk *d, int64_t id, struct arena *a,
					   struct dingtalk_department *out, struct err *e);

/* Whether the app may list a department's direct members: asks for one. */
[[nodiscard]] bool dingtalk_members_check(struct dingtalk *d, int64_t department, struct err *e);

/* One person; ERR_NOT_FOUND: no such person, or out of the app's scope. */
[[nodiscard]] bool dingtalk_user_get(struct dingtalk *d, const char *userid, struct arena *a,
				     struct dingtalk_user *out, struct err *e);
