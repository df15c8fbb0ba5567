/*
 * One request: which dialect it speaks, who it is, what came in and what goes out. A handler is a
 * call_fn: true with the answer's members written to c->w (or a page to c->out), or false with
 * either a fault in DingTalk's words (call_fault, call_errcode) or, in e alone, a failure of
 * dingsim's own. A handler that writes runs in a transaction: what it did holds when it returned
 * true.
 */
#pragma once

#include "base/buf.h"
#include "dingsim/sim.h"
#include "dingsim/store.h"
#include "http/server.h"
#include "json/json.h"

enum dialect {
	DIALECT_API,    /* api.dingtalk.com: token in a header, 4xx with code and message */
	DIALECT_TOPAPI, /* oapi.dingtalk.com/topapi: 200 with errcode, 88 around token errors */
	DIALECT_OAPI,   /* oapi.dingtalk.com elsewhere: 200 with errcode */
	DIALECT_SIM,    /* dingsim's own calls */
	DIALECT_PAGE    /* for a browser */
};

enum token_kind { TOKEN_NONE, TOKEN_APP, TOKEN_USER };

struct call;
typedef bool call_fn(struct call *c, struct err *e);

/* What a route means; in http_route.data. */
struct endpoint {
	enum dialect dialect;
	enum token_kind token;
	bool writes;
	call_fn *answer;
};

struct fault {
	int status;       /* HTTP */
	const char *code; /* NULL: none; of the old dialects the decimal errcode */
	const char *text;
	bool wrapped;      /* inside errcode 88 under /topapi */
	const char *scope; /* the permission that is missing, NULL: that is not the matter */
};

/* A field that a page fills in before anybody types. */
struct typed {
	const struct typed *next;
	const char *name, *value;
};

struct call {
	struct sim *sim;
	struct http_request *r;
	const struct endpoint *endpoint;
	struct store store; /* its arena is the request's */
	int64_t now_ms;
	const struct json *in;         /* the JSON body; NULL when it is a form or there is none */
	const struct app *app;         /* whose app token it is */
	const struct credential *user; /* the user token */
	struct fault fault;
	struct buf out;
	struct json_writer w;
	const struct typed *typed;
	int status;       /* 200 unless the handler says otherwise */
	const char *type; /* of out */
	bool parked;      /* somebody else answers it later */
	/* Faults on demand. */
	int64_t hold_ms;    /* the answer waits so long */
	bool lost, expired; /* the answer is never sent; the token ends before it is looked at */
};

/* For struct http_server_config; context is the struct sim. */
void call_dispatch(struct http_request *r);
void call_refuse(struct http_request *r);

/* Both return false and fill e too. code is one of DingTalk's, its status and usual text come from
 * a table; fmt, when not NULL, replaces the text. */
bool call_fault(struct call *c, struct err *e, const char *code, const char *fmt, ...) PRINTF(4, 5);
bool call_errcode(struct call *c, struct err *e, int errcode);

/* The app lacks this permission: 403 with accessdenieddetail, or 60011. */
bool call_denied(struct call *c, struct err *e, const char *scope);

/* Members of the body. The old dialects take JSON with numbers or texts, and forms. */
const char *call_param(struct call *c, const char *name); /* NULL when absent or empty */
/* Absent: out keeps its value. ERR_INVALID without a fault when it is no whole number. */
[[nodiscard]] bool call_param_i64(struct call *c, const char *name, int64_t *out);

/* A page's field: from its form, else as it was filled in, else from the query; "" when absent. */
const char *call_field(struct call *c, const char *name);

/* JSON that dingsim itself stored. */
[[nodiscard]] bool call_stored(struct call *c, const char *text, const struct json **out,
			       struct err *e);

/* Answers a parked call of the old dialect; errcode 0: it went well. */
void call_answer_old(struct http_request *r, int errcode);

/* The value as a text, to be stored. */
const char *call_written(struct call *c, const struct json *value);

/* Answers a call or a page's form that was parked; error NULL when it went well. */
void call_answer_sim(struct http_request *r, int status, const char *error);
