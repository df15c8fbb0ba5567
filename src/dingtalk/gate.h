/*
 * What stands before every call to DingTalk of one app, for all threads (protocol §5.8, §8):
 *
 *   breaker  After some calls in a row to which nobody answered (no connection, time-out, 5xx, no
 *            JSON) no call goes out for a while; then one alone tries. A refusal in DingTalk's own
 *            words is an answer like another. A blocked address opens it at once, for as long as
 *            DingTalk says.
 *   pace     Calls of one API follow one another a little slower than DingTalk's 20 a second; after
 *            a QpsLimit the API pauses a second and goes slower for a while.
 *   meter    The month's budget of the organisation, kept by somebody else: may refuse a call.
 *
 * Rules take the time (monotonic ms) as an argument and never sleep; dingtalk_call does.
 */
#pragma once

#include <pthread.h>

#include "dingtalk/failure.h"

/* What a call is for. Set on each struct dingtalk by whoever opens it. */
enum dingtalk_purpose {
	DINGTALK_FOR_FILING, /* what the outbox owes DingTalk: create, comment, withdraw, execute */
	DINGTALK_FOR_READING, /* reading open instances again, sweeps */
	DINGTALK_FOR_SIGNIN,
	DINGTALK_FOR_SYNC,
	DINGTALK_FOR_DOCTOR, /* somebody wants to know now: passes an open breaker */
	DINGTALK_FOR_NOTICE,
	DINGTALK_PURPOSE_COUNT
};

/* "filing", "reading", "signin", "sync", "doctor", "notice". */
const char *dingtalk_purpose_name(enum dingtalk_purpose purpose);

/*
 * The budget's owner. Called by any thread, for calls that DingTalk counts only (not for tokens,
 * sign-in and contacts); touches no disk itself and waits for whoever does for a short while at
 * most. Outlives the access.
 */
struct dingtalk_meter {
	/* Takes one call from the month's budget. False: none is left for this purpose in this month;
	 * or, with *wait_ms set to less than the rest of the month, which it is at first, just not yet.
	 * NULL: no budget. */
	bool (*may)(void *arg, const char *corp_id, enum dingtalk_purpose purpose,
		    int64_t *wait_ms);
	/* The call that was taken never came to be counted: nobody was reached, or it was throttled.
	 * May be NULL. */
	void (*back)(void *arg, const char *corp_id, enum dingtalk_purpose purpose);
	/* DingTalk itself says that the month is over (ApiCountLimitForOrg, 90020). May be NULL. */
	void (*over)(void *arg, const char *corp_id);
	void *arg;
};

enum dingtalk_breaker {
	DINGTALK_BREAKER_CLOSED,
	DINGTALK_BREAKER_HALF_OPEN,
	DINGTALK_BREAKER_OPEN
};

/* How calls ended, for counters. */
enum dingtalk_end {
	DINGTALK_END_OK,
	DINGTALK_END_NOBODY, /* no connection, time-out, 5xx, no JSON */
	DINGTALK_END_THROTTLED,
	DINGTALK_END_QUOTA,
	DINGTALK_END_CREDENTIALS,
	DINGTALK_END_PERMISSION,
	DINGTALK_END_REFUSED,
	DINGTALK_END_HELD, /* not made: breaker, pace or meter */
	DINGTALK_END_COUNT
};

/* "ok", "nobody", "throttled", "quota", "credentials", "permission", "refused", "held". */
const char *dingtalk_end_name(enum dingtalk_end end);

struct dingtalk_gate_view {
	enum dingtalk_breaker breaker;
	int64_t wait_ms; /* until the breaker lets a call try; 0: now */
	uint64_t ends[DINGTALK_END_COUNT];
};

#define DINGTALK_PACE_MS 55           /* between two calls of one API */
#define DINGTALK_PACE_SLOWEST_MS 1000 /* after many QpsLimits */
#define DINGTALK_SLEEP_MAX_MS 1500    /* a longer wait is a refusal */
#define DINGTALK_BREAKER_FAILURES 5
#define DINGTALK_BREAKER_FIRST_MS 5000
#define DINGTALK_BREAKER_LONGEST_MS 60000
#define DINGTALK_GATE_APIS 48 /* more share the last one's pace */
#define DINGTALK_API_SIZE 96

struct dingtalk_pace {
	char api[DINGTALK_API_SIZE];
	int64_t next_ms, every_ms;
};

struct dingtalk_gate {
	pthread_mutex_t mutex;
	struct dingtalk_meter meter;
	const char *corp_id;
	int failures;                /* in a row */
	int64_t until_ms, length_ms; /* of the open breaker; until 0: closed */
	bool trial;
	struct dingtalk_pace paces[DINGTALK_GATE_APIS];
	size_t pace_count;
	uint64_t ends[DINGTALK_END_COUNT];
};

/* corp_id outlives the gate. */
void dingtalk_gate_init(struct dingtalk_gate *g, const struct dingtalk_meter *meter,
			const char *corp_id);
void dingtalk_gate_done(struct dingtalk_gate *g);

struct dingtalk_toll {
	char api[DINGTALK_API_SIZE]; /* method and path without query: "GET /v1.0/…" */
	bool counted;                /* in DingTalk's monthly quota */
	enum dingtalk_purpose purpose;
};
void dingtalk_toll(bool post, const char *path, enum dingtalk_purpose purpose,
		   struct dingtalk_toll *out);

/*
 * True: sleep *wait_ms (at most DINGTALK_SLEEP_MAX_MS), call, and say once how it went. False: the call
 * must not be made; f (with held) and e say why, ERR_UNAVAILABLE or for a month that is spent ERR_TOO_MANY.
 */
[[nodiscard]] bool dingtalk_gate_ask(struct dingtalk_gate *g, const struct dingtalk_toll *toll,
				     int64_t now_ms, int64_t *wait_ms, struct dingtalk_failure *f,
				     struct err *e);
/* f, code: as dingtalk_call found them; ERR_NONE: it went well. */
void dingtalk_gate_tell(struct dingtalk_gate *g, const struct dingtalk_toll *toll,
			enum err_code code, const struct dingtalk_failure *f, int64_t now_ms);

/* How long it is from utc_ms until DingTalk counts a new month, which it does in Beijing. */
int64_t dingtalk_month_left_ms(int64_t utc_ms);

/*
 * DingTalk says at utc_ms that the month is over: how long that holds. In a month's first minutes it means
 * the month before: DingTalk's clock is behind ours, or the call was under way at midnight. Then it is
 * asked again at the end of these minutes, and the meter is not told.
 */
#define DINGTALK_MONTH_YOUNG_MS (15 * 60 * 1000)
int64_t dingtalk_month_over_ms(int64_t utc_ms);

void dingtalk_gate_look(struct dingtalk_gate *g, int64_t now_ms, struct dingtalk_gate_view *out);
