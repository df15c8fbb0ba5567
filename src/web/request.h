/*
 * What a handler sees. A route names who may use it, how it runs and how its errors look; the
 * dispatcher authenticates, runs the handler where its mode says, and sends what it wrote.
 *
 * A handler is straight-line code: it reads r into plain structs (request_read, request_query),
 * fills another and answers with it (request_answer, request_list), and returns true; or returns
 * false with e filled, which becomes the error answer and a line in the log. The route's description
 * says through which field tables; the OpenAPI document is made of the same, so that it is true.
 */
#pragma once

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "db/committer.h"
#include "flow/flow.h"
#include "http/server.h"
#include "json/json.h"
#include "model/role.h"
#include "store/page.h"

struct server;
struct worker;

enum route_mode {
	/* On the loop's thread with a reading connection. For quick reads. */
	ROUTE_READ,
	/* A unit of work: on the committer's thread, inside the transaction, with the writing
	 * connection. It touches only the database and r, may run again from the start (its answer
	 * is then reset), and its answer is sent after the commit. Idempotency-Key works by itself.
	 */
	ROUTE_WRITE,
	/* The same, before the units that wait already: for who gives up after seconds. */
	ROUTE_URGENT,
	/* On a thread of the pool, with a reading connection of its own. May block, call out, and
	 * write with request_run. */
	ROUTE_WORK,
	/* Like ROUTE_READ, but the handler takes the request over: see web/wait.h. */
	ROUTE_WAIT
};

/* How the errors of a route look: problem details, OAuth's JSON, a page for people, a plain line.
 */
enum route_errors { ERRORS_PROBLEM, ERRORS_OAUTH, ERRORS_PAGE, ERRORS_PLAIN };

/* Who may use a route: a mask of roles, or one of these. 0 is nobody. */
#define ACCESS_DEVICE (1 << 8)
#define ACCESS_PUBLIC (1 << 9)

struct request;
typedef bool handler_fn(struct request *r, struct err *e);

/* What a route takes and answers. The dispatcher refuses what is not described: other query
 * parameters, a body where there is none, another media type. */
struct route_doc {
	const char *id;      /* "listDevices": unique and for good; code generators use it */
	const char *summary; /* one short sentence, no full stop */
	const char *text;    /* more, in Markdown, where there is more to say */
	const struct json_field *query; /* for request_query; limit and cursor are not in it */
	const struct json_field
	    *in; /* the JSON body, for request_read. Absent body: {}, if nothing in
					 it is required */
	const struct json_field *out; /* the JSON answer, for request_answer or request_list */
	const char *noun;             /* the schema's name of out: "Device"; one for one table */
	bool list;                    /* {"items":[out …],"next":cursor}; limit and cursor */
	bool unpaged;      /* a list that is all there is: no limit, no cursor, next is null */
	bool etag;         /* answers with request_etag; a change looks at request_if_match */
	bool live;         /* the answer also has what its ETag does not follow: never 304 */
	int status;        /* of success, if not 200. 201 has a Location when out has an id */
	const char *waits; /* what 202 means, answered instead when it takes somebody else */
	const char *const *in_types;  /* bodies that are not JSON: {"text/csv", NULL} */
	const char *const *out_types; /* answers that are not (only) JSON */
	unsigned errors; /* ERROR(ERR_CONFLICT) | …: beside those that follow from all the others */
};

#define ERROR(code) (1U << (code))

struct route { /* http_route.data */
	unsigned access;
	enum route_mode mode;
	handler_fn *handler;
	enum route_errors errors;
	const struct route_doc *doc; /* every route of /api/v1 has one */
	bool before_totp; /* also for sessions that still lack the second factor they must have */
};

/* Inside a table:
 * {HTTP_GET, "/api/v1/x/{id}",
 *  ROUTE(ROLES_ALL, ROUTE_READ, x_read, DOC("readX", "One x", .out = x_json, .noun = "X"))} */
#define DOC(...)                         \
	.doc = &(const struct route_doc) \
	{                                \
		__VA_ARGS__              \
	}
#define ROUTE(...)                    \
	.data = &(const struct route) \
	{                             \
		__VA_ARGS__           \
	}

/* Who asks. Texts live in the request's arena. */
struct caller {
	enum role role;      /* 0 for a device */
	const char *token;   /* an API token's id, or NULL */
	const char *account; /* id: signed in, or whose token it is; NULL for a token of nobody */
	const char *person;  /* the account's person in the directory, or NULL */
	const char *name;    /* what a reader sees as who did it; "" for a device */
	const char *device;  /* device id, or NULL */
	const char *const *departments;
	size_t department_count; /* 0: no limit; else what lies in these or below */
	const char *session;     /* id of the browser's session, or NULL */
	const char *csrf;        /* its token, or NULL */
	bool chinese;            /* the account that is signed in reads Chinese */
	bool needs_totp;         /* the session lacks a second factor that its role must have */
	int64_t seen_ms;         /* when token or session was last used, as it is stored */
	int64_t ends_ms;         /* when it ends; 0: never */
};

/* Adds the next piece of a long answer to r->body. *last: there is no more. */
typedef bool piece_fn(struct request *r, bool *last, struct err *e);

#define REQUEST_MAX_HEADERS 10
#define REQUEST_MAX_ANSWER (8 * 1024 * 1024)

struct request {
	struct http_request *http; /* body, body_len, args, query: see http/server.h */
	struct server *server;
	struct worker *worker; /* the loop it came in on */
	const struct route *route;
	struct arena *arena;
	struct db *db;
	const char *const *args;  /* the {names} of the path */
	const struct json *query; /* an object; NULL without a description */
	int64_t now_ms;           /* when it was dispatched */
	const char *address;      /* of the client, behind our own proxies; "unix" */
	char reads;               /* for language_say: 0 until it was asked for */
	int64_t retry_ms;         /* > 0: an error answer's Retry-After */
	char id[37];              /* named in errors and logs */
	struct caller caller;

	int status; /* 200 */
	const char *type;
	struct buf body;
	struct json_writer json; /* writes into body */
	struct {
		const char *name, *value;
	} headers[REQUEST_MAX_HEADERS];
	size_t header_count;
	bool cached;     /* anybody may keep this answer for good: its address has its hash */
	piece_fn *piece; /* request_pieces */
	void *pieces;    /* its own */
};

/* Before the handler: what the description does not have is refused. */
[[nodiscard]] bool request_check(struct request *r, struct err *e);

/* A header of the answer; value lives in the arena. */
void request_header(struct request *r, const char *name, const char *value);
/* What request_header was given, or NULL. */
const char *request_header_of(const struct request *r, const char *name);

/* Reads the body through the description's in, the query through its query. *out holds defaults. */
[[nodiscard]] bool request_read(struct request *r, void *out, struct err *e);
[[nodiscard]] bool request_query(struct request *r, void *out, struct err *e);

/* Answers with *answer through the description's out. */
void request_answer(struct request *r, const void *answer);

/* Answers a list of count structs of size bytes; next is the id of the last when there may be more.
 * page NULL: unpaged. */
void request_list(struct request *r, const void *items, size_t count, size_t size,
		  const struct store_page *page);

/* The parts of a text, for an array of texts; "" has none. */
struct json_list request_split(struct request *r, const char *text, const char *separators);

/* ETag: "version". A GET with the same in If-None-Match is answered 304. */
void request_etag(struct request *r, int64_t version);

/* ERR_STALE when If-Match is there and neither * nor the version. Inside the unit of work. */
[[nodiscard]] bool request_if_match(const struct request *r, int64_t version, struct err *e);

/* Where there is no description: reads the JSON body through fields into out. */
[[nodiscard]] bool request_json(struct request *r, const struct json_field *fields, void *out,
				struct err *e);

/* limit (1..200, default 50) and cursor of a list; cursor is "" when absent, else an id. */
[[nodiscard]] bool request_page(struct request *r, struct store_page *out, struct err *e);

/* The same where the list has cursors of its own kind: any text. */
[[nodiscard]] bool request_limit(struct request *r, struct store_page *out, struct err *e);

/* By hand: {"items":[ … the caller's … ],"next":cursor}. count is how many were found. */
void request_items(struct request *r);
void request_items_end(struct request *r, const struct store_page *page, size_t count,
		       const char *last_id);

/* An optional query parameter that is an id; NULL when absent. */
[[nodiscard]] bool request_query_id(struct request *r, const char *name, const char **out,
				    struct err *e);

/* What a use case works with, acting for who asks, with the signer. In ROUTE_WORK the db of a unit has
 * to be set in it. */
struct flow request_flow(struct request *r);

/* Who is asking, in a reader's words, for the record: "token console". */
const char *request_actor(const struct request *r);

/* The device that asks, in ACCESS_DEVICE routes. ERR_UNAUTHENTICATED when it is not known (any
 * more). */
struct store_device;
[[nodiscard]] bool request_device(struct request *r, struct store_device *out, struct err *e);

/* ERR_FORBIDDEN for a caller that is limited to departments: what has none cannot be shown in part. */
[[nodiscard]] bool request_unlimited(const struct request *r, struct err *e);

/*
 * In ROUTE_WORK, for an answer that is too long to be held: the handler returns true, then piece is called
 * on the pool again and again, each time when the client has taken what there was, with an arena, a
 * reading connection and a body of its own. pieces lives in r->arena. An error of the first is answered
 * as usual; one of a later breaks the answer off, which the client sees.
 */
void request_pieces(struct request *r, const char *type, piece_fn *piece, void *pieces);

/* 303 to a path of ours or to an address. */
void request_redirect(struct request *r, const char *to);

/* In ROUTE_WORK: runs the unit on the committer and waits for the commit. */
[[nodiscard]] bool request_run(struct request *r, unit_fn *unit, void *arg, struct err *e);
