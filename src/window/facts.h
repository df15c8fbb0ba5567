/* What the keeper's `status` says (docs/device.md), as the window needs it. Nothing is judged here. */
#pragma once

#include "json/json.h"

#define CLIENT_PACKAGE "holdfast-client"
#define FACTS_MAX_PACKAGES 32
#define FACTS_MAX_FINDINGS 16

enum login_state { LOGIN_NONE, LOGIN_WAITING, LOGIN_FAILED };

struct facts_login {
	enum login_state state;
	const char *url, *user_code;
	int64_t expires_ms;
	const char *code, *text, *reason; /* of a failed one */
};

struct facts_prompt {
	const char *title, *content, *primary, *secondary;
};

/* A request that has not reached the server; id NULL: there is none. */
struct facts_kept {
	const char *id, *reason, *package;
	int64_t at_ms;
	const char *refused_code, *refused_text;
};

/* The newest request that the server knows; number NULL: there is none. */
struct facts_request {
	const char *number, *status, *package, *reason, *delivery;
	int64_t created_ms, expires_ms;
	const char *pending_with; /* names, separated; may be empty */
	const char *who, *comment;
	int64_t decided_ms;
	const char *revoked_why; /* of an approval that was called back */
};

struct facts_grant {
	const char *id, *number, *package; /* id NULL: there is none */
	int64_t exp_ms;                    /* 0: until used */
};

struct facts_removal {
	const char *package, *state, *step, *text; /* state NULL: there is none */
};

struct facts_package {
	const char *name;
	bool installed;
};

struct facts {
	bool enrolled, is_protected, pending;
	bool full; /* false: this account may not see the rest */
	bool online, tampered, covered, filing, stays_signed_in;
	const char *server, *owner, *mode, *why, *contact, *device_state;
	const char *session_ended; /* NULL: somebody is signed in */
	int64_t filings_left;      /* -1: not known */
	struct facts_prompt prompt;
	struct facts_login login;
	struct facts_kept kept;
	struct facts_request request;
	struct facts_grant grant;
	struct facts_removal removal;
	struct facts_package packages[FACTS_MAX_PACKAGES]; /* the client itself first */
	size_t package_count;
	const char *findings[FACTS_MAX_FINDINGS]; /* names of what weakens the protection */
	size_t finding_count;
};

/* Texts live in the arena and are plain (text_plain). language: "zh" or "en", of the prompt. */
void facts_read(struct arena *a, const struct json *status, const char *language,
		struct facts *out);
