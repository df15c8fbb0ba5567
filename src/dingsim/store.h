/*
 * What dingsim remembers, in SQLite. Every statement of dingsim is in store.c (corp, apps and their
 * tokens), store_org.c, store_oa.c or store_push.c, beside its tables. Rows come as structs whose
 * first member links them; texts live in the arena of the one who asked. Times are UTC
 * milliseconds, 0 when there is none.
 */
#pragma once

#include "base/arena.h"
#include "base/err.h"
#include "db/db.h"

#define STORE_PUSHES_MAX 5000 /* an app's that are kept */

struct store {
	struct db *db;
	struct arena *arena;
};

struct app {
	struct app *next;
	const char *client_id, *client_secret, *name, *description, *icon; /* icon: a letter */
	int64_t agent_id;
	const char *redirect_urls; /* JSON array of texts */
	const char *outbound_ips;  /* JSON array of the addresses that may call; empty: all */
	const char
	    *scope; /* JSON array: what the app may see, departments as numbers, people as texts */
	const char *denied; /* JSON array of the permissions that the app lacks */
	/* The event subscription; with mode "http" there is none while url is "". */
	const char *url, *aes_key, *token, *shape;
	const char *rules; /* JSON array of texts */
	const char *mode;  /* http or stream */
	const char
	    *owner; /* the owner key: client_id, or the corpId when register_call_back made it */
	const char *tags; /* JSON array of event types; empty: all */
	int64_t verified_ms;
};

struct department {
	struct department *next;
	int64_t id, parent;
	const char *name;
	int64_t members; /* directly in it */
};

struct person {
	struct person *next;
	const char *userid, *unionid, *name, *mobile, *email, *title;
	bool external;
	const char *corp;        /* an outsider's own organisation; "" or NULL: none */
	bool inactive;           /* was added and has not signed in yet */
	const char *departments; /* JSON array of ids */
	const char *agent;       /* who may decide in this person's place, "" or NULL nobody */
	const char *labels;      /* JSON array of {id,name}; NULL: none */
	int64_t waiting;         /* tasks that wait for this person */
};

struct form {
	struct form *next;
	const char *process_code, *name, *description, *category; /* category: the group's name */
	const char *status;  /* PUBLISHED, INVALID (disabled), SAVED (a draft), DELETED */
	bool allow_withdraw; /* while it runs */
	bool allow_revoke;   /* or to be modified, once it is agreed */
	bool hidden;         /* from the lists of templates */
	/* What the app that made it forbids people: to edit it in the console, to delete it, to
	 * submit it once more, to see it on the OA home page. */
	bool no_edit, no_delete, no_resubmit, no_homepage;
	const char *components, *approvers; /* JSON, as in the seed */
	/* Who can initiate, JSON arrays of user ids and department ids; both empty: everybody. */
	const char *initiators, *initiator_departments;
	const char *managers;         /* JSON array of user ids */
	const char *cc, *cc_position; /* of the form's own flow */
	int64_t created_ms, modified_ms;
};

/* App tokens, user tokens, refresh tokens and authorization codes. */
struct credential {
	struct credential *next;
	const char *token, *kind, *client_id, *userid;
	bool with_corp;
	int64_t expires_ms;
};

struct instance {
	struct instance *next;
	const char *id, *process_code, *title, *originator, *department_name;
	int64_t department; /* -1: the root */
	const char *status, *result, *business_id;
	const char *values; /* JSON array, as DingTalk reads it back */
	const char *flow;   /* JSON array of {actionType,userIds} */
	int64_t step;
	const char *cc; /* JSON array of user ids */
	const char *cc_position;
	const char *biz_action; /* NONE, REVOKE or MODIFY */
	const char *main;       /* the instance that this one is attached to, "" none */
	int64_t created_ms, finished_ms;
};

struct task {
	struct task *next;
	int64_t id;
	const char *instance;
	int64_t step;
	const char *userid, *status, *result;
	int64_t before; /* the task that waits for this one, which was added before it; 0: none */
	int64_t created_ms, finished_ms;
};

struct record {
	struct record *next;
	const char *instance, *userid, *type, *result, *remark;
	const char *images, *attachments; /* JSON arrays */
	const char *cc;                   /* JSON array: who got the copy */
	int64_t step;                     /* -1: no node of the flow */
	int64_t ms;
};

struct push {
	struct push *next;
	int64_t id;
	/* pending, delivered, failed, collected, lost, dropped, held; sent: a callback, which is not
	 * sent again; refused: a check_url */
	const char *client_id, *state;
	int64_t attempts, due_ms;
	int64_t event;
	const char *event_id, *type, *resource, *instance, *payload;
	int64_t created_ms;
};

/* One send of a notice or a robot's message; and what it came to for each receiver. */
struct sending {
	struct sending *next;
	int64_t id;
	const char *key;  /* processQueryKey */
	const char *kind; /* notice or robot */
	const char *client_id, *content;
	const char *invalid_people, *invalid_departments; /* JSON arrays */
	int64_t ms;
	bool recalled;
};

struct message {
	struct message *next;
	int64_t id, sending;
	const char *key, *kind, *client_id, *userid, *content;
	int64_t code; /* 0 delivered, else why not */
	int64_t ms;
	bool recalled;
};

struct tally {
	struct tally *next;
	int64_t code, count;
};

struct todo {
	struct todo *next;
	const char *id, *client_id;
	const char *owner, *creator, *modifier; /* union ids, as all below */
	const char *source_id;                  /* "" none */
	const char *subject, *description;
	const char *executors;    /* JSON array of {id,isDone} */
	const char *participants; /* JSON array of texts */
	const char *detail;       /* JSON object */
	int64_t due_ms, priority; /* 0: none */
	bool only_executor, done;
	int64_t created_ms, modified_ms, finished_ms;
};

struct kept_fault {
	struct kept_fault *next;
	int64_t id;
	const char *kind, *method, *path, *scope, *code; /* as in struct injection */
	int64_t count, percent, seed, wait_ms, hits, seen;
};

struct attempt {
	struct attempt *next;
	int64_t push, ms, status; /* HTTP, 0 when no answer came */
	const char *url, *body;   /* as they went over the wire; NULL: not by HTTP */
	const char *reply, *verdict;
};

/* Opens and, when it is new, lays out. url as in db.h. */
[[nodiscard]] struct db *store_open(const char *url, struct err *e);

/* How far dingsim's clock is ahead of the machine's; it never falls. */
[[nodiscard]] bool store_clock(struct store *s, int64_t *ahead_ms, struct err *e);
[[nodiscard]] bool store_clock_set(struct store *s, int64_t ahead_ms, struct err *e);

/* false in *out: nothing was seeded yet. */
[[nodiscard]] bool store_corp(struct store *s, const char **corp_id, const char **name, bool *out,
			      struct err *e);
[[nodiscard]] bool store_corp_add(struct store *s, const char *corp_id, const char *name,
				  struct err *e);

/* Reading one: ERR_NOT_FOUND when there is none. Reading many: NULL in *out. */
[[nodiscard]] bool store_app_add(struct store *s, const struct app *app, struct err *e);
[[nodiscard]] bool store_app(struct store *s, const char *client_id, struct app **out,
			     struct err *e);
[[nodiscard]] bool store_apps(struct store *s, struct app **out, struct err *e);
/* redirect_urls and outbound_ips. */
[[nodiscard]] bool store_app_security(struct store *s, const struct app *app, struct err *e);
/* name, description and icon. */
[[nodiscard]] bool store_app_set(struct store *s, const struct app *app, struct err *e);
/* The permissions it lacks and the departments it may see. */
[[nodiscard]] bool store_app_rights(struct store *s, const char *client_id, const char *denied,
				    const char *scope, struct err *e);
[[nodiscard]] bool store_app_subscribe(struct store *s, const struct app *app, struct err *e);

[[nodiscard]] bool store_department_add(struct store *s, const struct department *d, struct err *e);
[[nodiscard]] bool store_department(struct store *s, int64_t id, struct department **out,
				    struct err *e);
[[nodiscard]] bool store_departments(struct store *s, int64_t parent, struct department **out,
				     struct err *e);
[[nodiscard]] bool store_departments_all(struct store *s, struct department **out, struct err *e);
/* name and parent. */
[[nodiscard]] bool store_department_set(struct store *s, const struct department *d, struct err *e);
[[nodiscard]] bool store_department_remove(struct store *s, int64_t id, struct err *e);
/* An id that no department has. */
[[nodiscard]] bool store_department_new_id(struct store *s, int64_t *out, struct err *e);
/* The department is one of the ids in the JSON array, or below one. */
[[nodiscard]] bool store_department_within(struct store *s, int64_t id, const char *ids, bool *out,
					   struct err *e);

[[nodiscard]] bool store_person_add(struct store *s, const struct person *p, struct err *e);
[[nodiscard]] bool store_member_add(struct store *s, int64_t department, const char *userid,
				    struct err *e);
[[nodiscard]] bool store_person(struct store *s, const char *userid, struct person **out,
				struct err *e);
[[nodiscard]] bool store_person_by_union(struct store *s, const char *unionid, struct person **out,
					 struct err *e);
[[nodiscard]] bool store_person_member(struct store *s, const char *userid, int64_t department,
				       bool *out, struct err *e);
/* Everything but unionid and departments. */
[[nodiscard]] bool store_person_set(struct store *s, const struct person *p, struct err *e);
/* agent, labels and inactive. */
[[nodiscard]] bool store_person_marks(struct store *s, const struct person *p, struct err *e);
/* With all memberships; and that this userid was there once, and its name. */
[[nodiscard]] bool store_person_remove(struct store *s, const char *userid, struct err *e);
[[nodiscard]] bool store_person_left(struct store *s, const char *userid, bool *out, struct err *e);
/* Of somebody who was removed: userid, unionid and name alone. By either id; NULL: by the other. */
[[nodiscard]] bool store_leaver(struct store *s, const char *userid, const char *unionid,
				struct person **out, struct err *e);
[[nodiscard]] bool store_members_clear(struct store *s, const char *userid, struct err *e);
/* Any of the person's departments is one of the ids, or below one. */
[[nodiscard]] bool store_person_within(struct store *s, const char *userid, const char *ids,
				       bool *out, struct err *e);
/* Members of a department in the order they were added. */
[[nodiscard]] bool store_members(struct store *s, int64_t department, int64_t limit, int64_t offset,
				 struct person **out, struct err *e);
/* Whose name, id or title holds the text ("" all), those with waiting tasks first. */
[[nodiscard]] bool store_people(struct store *s, const char *text, int64_t limit,
				struct person **out, struct err *e);

[[nodiscard]] bool store_form_add(struct store *s, const struct form *f, struct err *e);
[[nodiscard]] bool store_form(struct store *s, const char *process_code, struct form **out,
			      struct err *e);
/* Everything but created_ms. */
[[nodiscard]] bool store_form_set(struct store *s, const struct form *f, struct err *e);
/* The first of that name; ERR_NOT_FOUND when there is none. */
[[nodiscard]] bool store_form_named(struct store *s, const char *name, struct form **out,
				    struct err *e);
/* All but the deleted. */
[[nodiscard]] bool store_forms(struct store *s, struct form **out, struct err *e);

[[nodiscard]] bool store_credential_add(struct store *s, const struct credential *c, struct err *e);
[[nodiscard]] bool store_credential(struct store *s, const char *kind, const char *token,
				    struct credential **out, struct err *e);
/* The one of that kind, client, person and with_corp that has not expired. */
[[nodiscard]] bool store_credential_current(struct store *s, const struct credential *like,
					    int64_t now_ms, struct credential **out, struct err *e);
[[nodiscard]] bool store_credential_renew(struct store *s, const char *token, int64_t expires_ms,
					  struct err *e);
[[nodiscard]] bool store_credential_remove(struct store *s, const char *token, struct err *e);
/* Takes away everything that this person signed in for. */
[[nodiscard]] bool store_credentials_of(struct store *s, const char *userid, struct err *e);
[[nodiscard]] bool store_credentials_expire(struct store *s, int64_t before_ms, struct err *e);

[[nodiscard]] bool store_instance_add(struct store *s, const struct instance *i, struct err *e);
[[nodiscard]] bool store_instance(struct store *s, const char *id, struct instance **out,
				  struct err *e);
/* status, result, step and finished_ms. */
[[nodiscard]] bool store_instance_set(struct store *s, const struct instance *i, struct err *e);
/* With its tasks and records. */
[[nodiscard]] bool store_instance_remove(struct store *s, const char *id, struct err *e);
/* REVOKE and MODIFY instances of this one, oldest first. */
[[nodiscard]] bool store_instances_attached(struct store *s, const char *main,
					    struct instance **out, struct err *e);
/* The number that the next instance will have. */
[[nodiscard]] bool store_instance_serial(struct store *s, int64_t *out, struct err *e);

struct instance_query {
	const char *process_code; /* NULL: any */
	int64_t from_ms, to_ms;
	const char *originators, *statuses; /* JSON arrays, NULL: any */
	bool newest_first;
	int64_t limit, offset;
};
[[nodiscard]] bool store_instances(struct store *s, const struct instance_query *q,
				   struct instance **out, struct err *e);

[[nodiscard]] bool store_task_add(struct store *s, struct task *t, struct err *e); /* sets t->id */
[[nodiscard]] bool store_task(struct store *s, int64_t id, struct task **out, struct err *e);
[[nodiscard]] bool store_task_set(struct store *s, const struct task *t, struct err *e);
[[nodiscard]] bool store_tasks(struct store *s, const char *instance, struct task **out,
			       struct err *e);
/* Those before one task are before the other from now on. */
[[nodiscard]] bool store_tasks_before(struct store *s, int64_t before, int64_t now_before,
				      struct err *e);
/* The person's own that are not over, RUNNING or PAUSED. */
[[nodiscard]] bool store_tasks_open(struct store *s, const char *userid, struct task **out,
				    struct err *e);
/* That wait for this person, the agent of others too, oldest first; and those the person has done,
 * newest first. */
[[nodiscard]] bool store_tasks_waiting(struct store *s, const char *userid, struct task **out,
				       struct err *e);
[[nodiscard]] bool store_tasks_done(struct store *s, const char *userid, int64_t limit,
				    struct task **out, struct err *e);

[[nodiscard]] bool store_record_add(struct store *s, const struct record *r, struct err *e);
[[nodiscard]] bool store_records(struct store *s, const char *instance, struct record **out,
				 struct err *e);

[[nodiscard]] bool store_event_add(struct store *s, struct push *event, struct err *e);
/* Sets id. An app's oldest pushes go, with attempts and event, once it has more than
 * STORE_PUSHES_MAX; those that still wait to be sent stay. */
[[nodiscard]] bool store_push_add(struct store *s, struct push *push, struct err *e);
[[nodiscard]] bool store_push(struct store *s, int64_t id, struct push **out, struct err *e);
[[nodiscard]] bool store_push_set(struct store *s, const struct push *push, struct err *e);
[[nodiscard]] bool store_attempt_add(struct store *s, const struct attempt *attempt, struct err *e);
[[nodiscard]] bool store_attempts(struct store *s, int64_t push, struct attempt **out,
				  struct err *e);
/* The pending one that is due first, of an app; ERR_NOT_FOUND when none is pending. */
[[nodiscard]] bool store_push_first(struct store *s, const char *client_id, struct push **out,
				    struct err *e);
/* The app's push that is held back, 0 when none is; and letting it go, behind all that are queued. */
[[nodiscard]] bool store_push_held(struct store *s, const char *client_id, int64_t *out,
				   struct err *e);
[[nodiscard]] bool store_push_release(struct store *s, int64_t id, int64_t due_ms, struct err *e);
[[nodiscard]] bool store_pushes_release(struct store *s, struct err *e); /* all that are held */
/* Newest first; instance NULL: of all. */
[[nodiscard]] bool store_pushes(struct store *s, const char *instance, int64_t limit,
				struct push **out, struct err *e);
/* Given up and not collected yet, oldest first. */
struct failed_query {
	const char *client_id;
	int64_t from_ms, to_ms; /* of the event */
	int64_t limit;
};
[[nodiscard]] bool store_pushes_failed(struct store *s, const struct failed_query *q,
				       struct push **out, struct err *e);

[[nodiscard]] bool store_fault_add(struct store *s, struct kept_fault *f,
				   struct err *e); /* sets id */
[[nodiscard]] bool store_faults(struct store *s, struct kept_fault **out, struct err *e);
[[nodiscard]] bool store_fault_count(struct store *s, int64_t *out, struct err *e);
[[nodiscard]] bool store_fault_hit(struct store *s, int64_t id, bool taken, struct err *e);
/* id 0: all. */
[[nodiscard]] bool store_faults_remove(struct store *s, int64_t id, struct err *e);

[[nodiscard]] bool store_sending_add(struct store *s, struct sending *x,
				     struct err *e); /* sets id */
[[nodiscard]] bool store_sending(struct store *s, int64_t id, struct sending **out, struct err *e);
[[nodiscard]] bool store_sending_by_key(struct store *s, const char *key, struct sending **out,
					struct err *e);
[[nodiscard]] bool store_sending_recall(struct store *s, int64_t id, struct err *e);
[[nodiscard]] bool store_message_add(struct store *s, const struct message *m, struct err *e);
[[nodiscard]] bool store_messages(struct store *s, int64_t sending, struct message **out,
				  struct err *e);
/* An app's sends, newest first; and how many of one's messages came to each code. */
[[nodiscard]] bool store_sendings(struct store *s, const char *client_id, int64_t limit,
				  struct sending **out, struct err *e);
[[nodiscard]] bool store_sending_tally(struct store *s, int64_t sending, struct tally **out,
				       struct err *e);
/* Newest first; userid NULL: everybody's. */
[[nodiscard]] bool store_messages_newest(struct store *s, const char *userid, int64_t limit,
					 struct message **out, struct err *e);
/* Of like's kind and client, delivered since like's ms: the same content to the same person; how
 * many to that person, or with userid NULL to all. */
[[nodiscard]] bool store_message_same(struct store *s, const struct message *like, bool *out,
				      struct err *e);
[[nodiscard]] bool store_message_count(struct store *s, const struct message *like, int64_t *out,
				       struct err *e);

[[nodiscard]] bool store_todo_add(struct store *s, const struct todo *t, struct err *e);
[[nodiscard]] bool store_todo(struct store *s, const char *client_id, const char *id,
			      struct todo **out, struct err *e);
[[nodiscard]] bool store_todo_known(struct store *s, const char *client_id, const char *source_id,
				    bool *out, struct err *e);
[[nodiscard]] bool store_todo_set(struct store *s, const struct todo *t, struct err *e);
[[nodiscard]] bool store_todo_remove(struct store *s, const char *id, struct err *e);
/* Of which the person is owner, executor or participant, newest first; NULL: all. */
[[nodiscard]] bool store_todos(struct store *s, const char *unionid, int64_t limit,
			       struct todo **out, struct err *e);

/* Everybody in these departments (JSON array of ids) and below, at most limit. */
[[nodiscard]] bool store_people_below(struct store *s, const char *ids, int64_t limit,
				      struct person **out, struct err *e);
