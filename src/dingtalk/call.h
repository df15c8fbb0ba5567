/*
 * One call to DingTalk: the gate, the token, the exchange, the verdict on the answer. Everything that
 * the other files of this module ask of DingTalk goes through here.
 */
#pragma once

#include "dingtalk/answer.h"
#include "dingtalk/app.h"
#include "dingtalk/gate.h"
#include "dingtalk/token.h"

struct dingtalk_access {
	int references; /* atomic */
	struct dingtalk_config config;
	struct dingtalk_token_cache token;
	struct dingtalk_gate gate;
};

struct dingtalk {
	struct dingtalk_access *access;
	struct http_client *http;
	enum dingtalk_purpose purpose;
	struct dingtalk_failure failure;
	int64_t ahead_ms; /* our clock before DingTalk's, by its last answer that said */
	bool ahead_known;
};

enum dingtalk_auth {
	DINGTALK_AUTH_APP, /* the app token, renewed once when it is refused */
	DINGTALK_AUTH_USER,
	DINGTALK_AUTH_NONE
};

struct dingtalk_call {
	enum dingtalk_dialect dialect;
	enum dingtalk_auth auth;
	const char *path; /* "/v1.0/…", with its query when it has one */
	const char *body; /* JSON: a POST; NULL: a GET */
	const char *user_token;
	const char *secret;  /* goes out in the body, must not come back in a text; may be NULL */
	struct arena *arena; /* where the answer lives */
};

/* *out is DingTalk's answer, an object. Fills d->failure when it returns false. */
[[nodiscard]] bool dingtalk_call(struct dingtalk *d, const struct dingtalk_call *call,
				 const struct json **out, struct err *e);

/* For answers that lack what they must have: outcome unknown. Returns false. */
bool dingtalk_nonsense(struct dingtalk *d, struct err *e);

/* For answers that are well formed and not acceptable to us. Returns false. */
bool dingtalk_refuse(struct dingtalk *d, enum err_code code, const char *sentence, struct err *e);
