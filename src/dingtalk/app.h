/*
 * One DingTalk app (a Client ID) as its caller. dingtalk_access is shared by all threads: who we
 * are and the app token, fetched once and renewed at 90 % of its life by one thread while the
 * others wait for it (protocol §1.1, §1.4). struct dingtalk is one thread's own way to DingTalk, on
 * top of it. All calls block; each has a connect and a total timeout.
 */
#pragma once

#include "base/arena.h"
#include "base/err.h"
#include "dingtalk/failure.h"
#include "dingtalk/gate.h"

struct dingtalk_config {
	const char *api_url;  /* "https://host[:port]", no slash at the end; NULL: DingTalk's own */
	const char *oapi_url; /* the legacy dialect */
	const char *login_url; /* the pages employees see */
	const char *ca_file;   /* PEM; NULL: the system's */
	const char *corp_id;
	const char *client_id;
	const char *client_secret;
	int64_t agent_id;            /* shows the app as the source of a form; 0: left out */
	int64_t total_timeout_ms;    /* of one HTTP exchange; 0: 10,000 */
	struct dingtalk_meter meter; /* the month's budget; zeroed: none */
};

struct dingtalk_access;

/* Copies config. Changed credentials need a new access; calls under way end on the old one. */
[[nodiscard]] struct dingtalk_access *dingtalk_access_new(const struct dingtalk_config *config);
struct dingtalk_access *dingtalk_access_ref(struct dingtalk_access *a);
void dingtalk_access_unref(struct dingtalk_access *a); /* accepts NULL; the last one wipes it */
void dingtalk_access_unrefp(struct dingtalk_access **a);

struct dingtalk;

/* Takes a reference of its own on access. For one thread at a time. */
[[nodiscard]] struct dingtalk *dingtalk_new(struct dingtalk_access *access,
					    enum dingtalk_purpose purpose, struct err *e);
/* What the next calls are for. How the last one failed is forgotten. */
void dingtalk_set_purpose(struct dingtalk *d, enum dingtalk_purpose purpose);
void dingtalk_free(struct dingtalk *d); /* accepts NULL */
void dingtalk_freep(struct dingtalk **d);

/* About the last call on d that returned false, until the next call. */
const struct dingtalk_failure *dingtalk_failure(const struct dingtalk *d);

/* The app's breaker and what became of its calls so far. Any thread. */
void dingtalk_access_look(struct dingtalk_access *a, struct dingtalk_gate_view *out);

/* How far our clock is before DingTalk's, as its answers say, to a second or two; false: none said. */
[[nodiscard]] bool dingtalk_clock_ahead(const struct dingtalk *d, int64_t *ms);

/* Whether the credentials get a token: fetches one even when a cached one is still good. */
[[nodiscard]] bool dingtalk_check(struct dingtalk *d, struct err *e);

const char *dingtalk_corp_id(const struct dingtalk *d); /* as it was configured */

/*
 * Whether the credentials get a token for the CorpId too (protocol §1.2); to be asked when dingtalk_check was
 * well. Failure class DINGTALK_REFUSED: not for that one. DingTalk says "unknownError" then, as it may when
 * the trouble is its own: a strong hint and no proof.
 */
[[nodiscard]] bool dingtalk_check_organisation(struct dingtalk *d, struct err *e);
