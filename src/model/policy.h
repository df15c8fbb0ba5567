/* The anti-uninstallation policy: its form, its defaults, its bounds. */
#pragma once

#include "base/arena.h"
#include "base/err.h"
#include "json/json.h"
#include "model/prompt.h"

#define POLICY_MAX_PACKAGES 64
#define POLICY_MAX_GROUPS 500
#define POLICY_MAX_WHITELIST 3000
#define POLICY_CLIENT "holdfast-client" /* always protected, named or not */

enum policy_mode { POLICY_OFF, POLICY_AUDIT, POLICY_BLOCK };

struct policy {
	int64_t version; /* 0: nobody has saved one yet */
	enum policy_mode mode;
	bool anti_logoff;
	bool everyone;
	struct json_list groups;    /* of const char *, user group ids */
	struct json_list whitelist; /* of const char *, person ids */
	bool filing_allowed;
	const char *workflow; /* id, or NULL */
	const char *
	    builtin_workflow; /* id of a built-in one for people whom the other cannot serve, or NULL */
	const char *contact;
	struct json_list packages; /* of const char *, beyond POLICY_CLIENT */
	int64_t pending_days, grant_hours;
	struct policy_prompt zh, en;
};

/* What holds before anybody saved one: off, nobody in scope. */
void policy_default(struct policy *out);

/* A policy as a body has it. policy_json reads and writes what is stored; policy_shown_json writes it with the
 * version too. */
struct policy_body {
	struct policy policy;
	const char *mode; /* its word */
	const struct policy_proposed
	    *proposal; /* policy_shown_json: what a change has become, or NULL */
};
/* A change that waits for a second administrator. */
struct policy_proposed {
	const char *id;
	int64_t expires_ms;
	struct json_list whys; /* of policy_second_whys */
};
extern const struct json_field policy_json[], policy_shown_json[], policy_proposed_json[];
struct policy_body policy_body(const struct policy *p);
/* What was read, as far as tables cannot say it: ERR_INVALID. */
[[nodiscard]] bool policy_check(const struct policy_body *in, struct policy *out, struct err *e);

/* From the JSON of the database or of an administrator. Texts live in the arena. */
[[nodiscard]] bool policy_read(struct arena *a, const char *text, size_t n, struct policy *out,
			       struct err *e);

/* What is stored, at the top of w. */
void policy_write(struct json_writer *w, const struct policy *p);

/* What a person is shown: an empty text falls back to the other language's, then to ours. */
void policy_prompts(const struct policy *p, struct policy_prompt *zh, struct policy_prompt *en);

/* Everything in the arena. */
void policy_copy(struct arena *a, const struct policy *from, struct policy *out);

/* Whether it is the client itself or one of the packages. */
bool policy_protects(const struct policy *p, const char *package);
/* Whether its scope names the group with this id. */
bool policy_names_group(const struct policy *p, const char *id);

const char *policy_mode_name(enum policy_mode mode);
extern const char *const policy_modes[]; /* their words; ends with NULL */
