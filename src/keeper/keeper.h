/*
 * The endpoint's root side: one loop; local programs at its socket, the agent at a socketpair, the
 * device's files below it. Everything hangs off struct keeper; each part has its own struct in it
 * and its own file.
 */
#pragma once

#include "base/buf.h"
#include "base/id.h"
#include "grant/offline.h"
#include "ipc/channel.h"
#include "json/json.h"
#include "keeper/device.h"
#include "keeper/findings.h"
#include "keeper/guards.h"
#include "keeper/hardware.h"
#include "keeper/holding.h"
#include "keeper/integrity.h"
#include "keeper/packages.h"
#include "keeper/rights.h"
#include "keeper/spool.h"
#include "loop/loop.h"

#define KEEPER_PACKAGE "holdfast-client"
#define KEEPER_MAX_CALLS 8
#define REASON_MAX 500

struct keeper;
struct client;
struct suspend;

/* agent.conf */
struct settings {
	const char *url;
	const char *ca; /* "" for the system's store */
	const char *user;
};

/* The agent's process. */
struct link {
	struct ipc_channel *channel; /* NULL: not running */
	pid_t pid;
	unsigned failures;
	int64_t started_ms;
	struct loop_timer *restart;
	bool online;
	size_t batch;    /* reports to send at a time; 1 after a refusal */
	bool sending;    /* the agent has a batch */
	int64_t used_ns; /* processor time, when it was looked at last */
};

/* A person's request that the agent was given; who asked may have left meanwhile. */
struct call {
	int64_t number; /* 0: free */
	struct client *client;
	bool filing; /* it carries the kept filing */
};

/* What a person asks for: a device's first sign-in, one more, or that it changes hands. */
struct login_request {
	bool switching;
	const char *token; /* an enrolment token, NULL: none */
};

enum login_state { LOGIN_NONE, LOGIN_ASKING, LOGIN_WAITING, LOGIN_FAILED };

struct login {
	enum login_state state;
	struct arena arena;
	uid_t uid;
	struct crypto_keypair key;
	struct client *client; /* waits for the address */
	bool by_token;         /* nobody has to open a page */
	const char *url, *user_code;
	int64_t expires_ms;
	const char *code, *text, *reason; /* why it failed; reason: the server's word, or NULL */
};

/* A request that the server has not got yet, or refused while nobody was there to be told. */
struct filing {
	struct arena arena;
	const char *id; /* NULL: there is none */
	const char *reason, *package;
	bool by_root;
	int64_t at_ms;
	const char *refused_code, *refused_text;
	bool sending;
	struct loop_timer *again;
	int64_t delay_ms; /* until it is tried again; 0: it was not tried yet */
};

/* What the server last said about the request, and the device. */
struct view {
	struct arena arena;
	const struct json *device_state; /* NULL: active */
	const struct json *instance;     /* NULL: none */
	const struct json *filings_left;
	const struct json *anti_logoff; /* NULL: the person may sign out */
	const struct json *session;     /* how the sign-in ended; NULL: somebody is signed in */
};

struct repair {
	struct loop_timer *timer;
	int tries;
	pid_t pid; /* of dpkg --set-selections, 0: not running */
};

/* A removal that the keeper was asked for; strings of the arena or fixed. */
enum removing_state { REMOVING_NONE, REMOVING_RUNS, REMOVING_FAILED, REMOVING_DONE };

struct removing {
	struct arena arena;
	enum removing_state state;
	const char *grant, *package;
	const char *step; /* "starting", "waiting", "allowed" */
	struct buf text;  /* what the package manager said last; why it failed */
	pid_t launcher;   /* that starts it, 0: it has ended */
	int lost;         /* looks that found nothing running */
	struct loop_timer *timer;
};

/* The drop-in that keeps systemd from stopping the unit by hand. */
struct staying {
	bool known, on; /* what was settled last */
	pid_t pid;      /* of systemctl daemon-reload, 0: not running */
	bool again;     /* once more when it has ended */
};

struct renew {
	struct loop_timer *timer;
	bool ready; /* the loop has ended for it */
};

/* Who listens is in local.c. */
struct watch {
	struct loop_timer *look;
	unsigned char last[CRYPTO_HASH_SIZE]; /* of what a status told when somebody heard of it */
};

/* Wrong codes in a row, and when the last one was tried: since the machine started, in that boot. */
struct offline_tries {
	int64_t failed, since_ms;
	const char *boot;
};

/* How long no code is tried, by how long the machine runs in this boot. */
int64_t offline_blocked_ms(const struct offline_tries *t, const char *boot, int64_t up_ms);

struct offline {
	struct arena arena;
	bool has;
	struct offline_set set; /* without the entries that were opened */
	struct offline_tries tries;
	/* The code that is being tried: the pool's meanwhile. */
	bool trying;
	struct client *client; /* who waits for it, or NULL */
	char tried_set[ID_SIZE];
	unsigned char code[OFFLINE_CODE_BYTES], salt[CRYPTO_SALT_SIZE], key[CRYPTO_SEAL_KEY_SIZE];
	struct err failed;
};

struct goodbye {
	struct loop_timer *timer;
	bool leaving;  /* a removal that may be; the process ends when all is told */
	bool left;     /* and has nothing more to tell */
	bool alarmed;  /* a removal that may not be; told before the process ends, if it can */
	bool stopping; /* asked to end meanwhile */
};

struct keeper {
	struct loop *loop;
	struct arena arena;
	struct paths paths;
	const char *program; /* this one, for starting it again */
	struct arena settings_arena;
	struct settings settings;
	struct loop_timer *reload;
	struct device device;
	struct holding holding;
	char hardware[HARDWARE_SIZE];
	struct link link;
	struct call calls[KEEPER_MAX_CALLS];
	int64_t last_call;
	struct login login;
	struct filing filing;
	struct view view;
	struct repair repair;
	struct goodbye goodbye;
	struct suspend *suspend;
	struct loop_timer *alive;
	struct staying staying;
	struct findings findings;
	struct integrity integrity;
	struct renew renew;
	struct removing removing;
	struct watch watch;
	struct packages packages;
	struct guards guards;
	struct offline offline;
	struct local *local;
};

[[nodiscard]] bool keeper_start(struct keeper *k, const char *root, struct err *e);
void keeper_done(struct keeper *k);

/* Adds a report and sees that it leaves. Logs a failure: nobody is there to be told. */
void keeper_report(struct keeper *k, const struct report *report);

/* The ledger may have new lines. */
void keeper_follow(struct keeper *k);

struct rights_owner keeper_owner(const struct keeper *k);

/* link.c: the agent */
void link_init(struct keeper *k);
void link_done(struct keeper *k);
void link_start(struct keeper *k);
void link_restart(struct keeper *k);               /* with new settings or another identity */
void link_reaped(struct keeper *k);                /* SIGCHLD */
void link_ping(struct keeper *k);                  /* something for it to read */
void link_kill(struct keeper *k, const char *why); /* it is replaced; why: what it does, or not */
bool link_send(struct keeper *k, struct buf *frame);
void link_send_state(struct keeper *k);
void link_send_reports(struct keeper *k);

/* agent_frames.c: what the agent says */
void agent_frame(struct keeper *k, const struct json *frame);

/* calls.c: requests that the server answers */
/* NULL: too many at a time. */
struct call *call_new(struct keeper *k, struct client *client);
void call_answer(struct keeper *k, const struct json *frame);
void calls_fail(struct keeper *k, const struct err *e);
void calls_forget_client(struct keeper *k, const struct client *client);

/* login.c */
void login_begin(struct keeper *k, struct client *client, const struct login_request *request);
void login_told(struct keeper *k, const struct json *frame);
/* reason: the server's word for why, or NULL. */
void login_failed(struct keeper *k, const char *code, const char *text, const char *reason);
void login_enrolled(struct keeper *k, const struct json *frame);
/* This is a copy of another device, and takes a key of its own. */
void login_split(struct keeper *k);
void login_end(struct keeper *k);
void login_put(const struct keeper *k, struct json_writer *w);

/* filing.c */
void filing_init(struct keeper *k);
void filing_load(struct keeper *k);
[[nodiscard]] bool filing_keep(struct keeper *k, const struct filing *filing, struct err *e);
void filing_send(struct keeper *k, struct client *client);
void filing_unsent(struct keeper *k); /* it is tried again */
void filing_answer_kept(struct keeper *k, struct client *client);
void filing_sent(struct keeper *k); /* or is not wanted any more: it is forgotten */
void filing_refused(struct keeper *k, const struct err *e);
void filing_put(const struct keeper *k, struct json_writer *w);
void filing_done(struct keeper *k);

/* view.c */
void view_load(struct keeper *k);
void view_set(struct keeper *k, const struct json *view);
void view_set_instance(struct keeper *k, const struct json *instance);
void view_set_session(struct keeper *k, const struct json *session);
void view_forget(struct keeper *k); /* it is somebody else's now */
bool view_pending(const struct keeper *k);
void view_done(struct keeper *k);

/* offline.c: codes that are read out */
void offline_load(struct keeper *k);
void offline_take(struct keeper *k, const struct json *set); /* from the server */
void offline_forget(struct keeper *k);                       /* it is somebody else's now */
const char *offline_id(const struct keeper *k);              /* of the set; "": none */
void offline_put(const struct keeper *k, struct json_writer *w);
void offline_run(struct keeper *k, struct client *c, const struct json *frame);
void offline_code_run(struct keeper *k, struct client *c, const struct json *frame);
void offline_forget_client(struct keeper *k, const struct client *c);
void offline_done(struct keeper *k);

/* status.c */
/* Who is told all: the owner, root, and who is signing in where nobody is the owner yet. */
[[nodiscard]] bool status_tells_all(const struct keeper *k, uid_t uid);
/* The members of a status about a package, as this user is told; 0: all. */
void status_put(const struct keeper *k, const char *package, uid_t uid, struct json_writer *w);
void status_put_grant(struct json_writer *w, const struct grant *grant); /* NULL: none */

/* watch.c: who wants to hear when something changes */
void watch_init(struct keeper *k);
void watch_begin(struct keeper *k); /* somebody listens, the first since nobody did */
/* Something happened: what a status tells may have changed. Cheap, and called in doubt. */
void watch_look(struct keeper *k);
void watch_tell_removal(struct keeper *k);                      /* what status has in removal */
void watch_tell_attempt(struct keeper *k, const char *package); /* a removal was refused */
void watch_done(struct keeper *k);

/* removing.c: a removal that the owner has the keeper begin */
void removing_init(struct keeper *k);
void removing_load(struct keeper *k);
[[nodiscard]] bool removing_begin(struct keeper *k, const char *grant, struct err *e);
void removing_look(struct keeper *k);                             /* its files changed */
void removing_reaped(struct keeper *k);                           /* SIGCHLD */
void removing_allowed(struct keeper *k, const char *grant);       /* the guard let it through */
void removing_gone(struct keeper *k);                             /* the client was removed */
void removing_put(const struct keeper *k, struct json_writer *w); /* package, state, step, text */
void removing_done(struct keeper *k);

/* goodbye.c */
void goodbye_init(struct keeper *k);
void goodbye_look(struct keeper *k);     /* for the package's beacon */
void goodbye_gone(struct keeper *k);     /* the client is not installed any more */
void goodbye_progress(struct keeper *k); /* reports have left */
/* That it will be silent is told: "shutdown", "suspend" or "stop". */
void goodbye_announce(struct keeper *k, const char *why);
void goodbye_stop(struct keeper *k); /* asked to end */
void goodbye_done(struct keeper *k);

/* suspend.c: the computer goes to sleep */
void suspend_init(struct keeper *k);
void suspend_tick(struct keeper *k);       /* now and then, for a bus that was not there */
bool suspend_near(const struct keeper *k); /* it is going to sleep, and the server is being told */
void suspend_told(struct keeper *k);       /* no report waits any more */
void suspend_done(struct keeper *k);

/* repair.c: a refused dpkg -r leaves the package selected for removal */
void repair_init(struct keeper *k);
void repair_begin(struct keeper *k);
void repair_reaped(struct keeper *k);
void repair_done(struct keeper *k);

/* alive.c: the service manager's watchdog, and ours over the agent */
void alive_init(struct keeper *k);
void alive_done(struct keeper *k);

/* staying.c */
void staying_settle(struct keeper *k); /* what is enforced may have changed */
const char *staying_text(void);        /* of the drop-in */
void staying_reaped(struct keeper *k); /* SIGCHLD */
void staying_done(struct keeper *k);

/* renew.c */
void renew_init(struct keeper *k);
void renew_begin(struct keeper *k); /* as soon as nothing is under way that cannot be begun anew */
void renew_done(struct keeper *k);
/* Somebody waits for the server's word, or something is under way that a new program would not know of. */
bool renew_is_busy(const struct keeper *k);
void renew_listen(void); /* signals have their handlers again */
/* Becomes the program, with the listening socket; false: it could not. */
bool renew_go(const char *program, const char *root, int fd);
/* The listening socket of the program before, -1: there is none. Before anything else opens one. */
int renew_inherited(void);
