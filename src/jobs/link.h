/*
 * The ways to DingTalk: one access (credentials and token) an app, shared by all threads and made anew
 * when its credentials change; and a thread's own line on top of it.
 */
#pragma once

#include "crypto/crypto.h"
#include "db/db.h"
#include "dingtalk/app.h"

struct links;

struct links_config {
	const char *api_url, *oapi_url, *login_url; /* NULL: DingTalk's own */
	const char *ca_file;                        /* NULL: the system's */
	const unsigned char *master_key; /* opens the apps' secrets; outlives the links */
	struct dingtalk_meter meter;     /* the budget of all apps; zeroed: none */
};

/* Copies config. */
[[nodiscard]] struct links *links_new(const struct links_config *config);
void links_free(struct links *l); /* accepts NULL */

/* Where they lead. Lives as long as the links. */
const struct links_config *links_settings(const struct links *l);

/* With a reference for the caller. ERR_NOT_FOUND: no such app. Any thread, with its own db. */
[[nodiscard]] bool links_get(struct links *l, struct db *db, const char *app,
			     struct dingtalk_access **out, struct err *e);

/* How long the app's breaker keeps calls from going out, in ms; 0: not at all. */
int64_t links_closed_for(struct links *l, const char *app);

/* What became of an app's calls since its credentials last changed. */
struct link_view {
	const char *app;
	struct dingtalk_gate_view gate;
};
void links_look(struct links *l, struct arena *a, struct link_view **out, size_t *count);

struct line_to {
	const char *app;
	enum dingtalk_purpose purpose;
};

/* One thread's line, kept for the app it called last. Zeroed at first. For AUTO(line_close). */
struct line {
	struct dingtalk_access *access;
	struct dingtalk *dingtalk;
};

/* *out belongs to the line and lives until the next call. */
[[nodiscard]] bool line_open(struct line *line, struct links *l, struct db *db,
			     const struct line_to *to, struct dingtalk **out, struct err *e);
void line_close(struct line *line);
