/* How the audit record stands: the ends of its chains, the last checkpoint, and whether it is what was written. */
#include <stdatomic.h>
#include <string.h>

#include "api/routes.h"
#include "base/text.h"
#include "flow/audit.h"
#include "grant/jws.h"
#include "store/audit.h"
#include "web/request.h"
#include "web/server.h"

#define MAX_CHAINS 1000    /* shown; a server is one */
#define MAX_RECORDS 100000 /* looked at in one request: some seconds */
#define DEFAULT_RECORDS 10000
#define BUSY_MS 5000

struct chain {
	struct store_chain_end end;
	bool here;
	int64_t unbound;
};

struct last {
	int64_t number, time_ms;
	const char *key_id, *hash;
};

struct state {
	struct json_list chains;
	const struct last *checkpoint;
};

static const struct json_field chain_json[] = {
    {"node", JSON_FIELD_TEXT, offsetof(struct chain, end.node), .doc = "the server's data folder",
     .example = "01900000-0000-7000-8000-000000000001"},
    {"here", JSON_FIELD_BOOL, offsetof(struct chain, here), .doc = "of the server that answers"},
    {"sequence", JSON_FIELD_I64, offsetof(struct chain, end.sequence),
     .doc = "of its newest record"},
    {"at_ms", JSON_FIELD_I64, offsetof(struct chain, end.at_ms), .nullable = true,
     .doc = "of its newest record; null: it is not there"},
    {"unbound", JSON_FIELD_I64, offsetof(struct chain, unbound),
     .doc = "records since the last checkpoint"},
    {0}};

static const struct json_field last_json[] = {
    {"number", JSON_FIELD_I64, offsetof(struct last, number), .example = "42"},
    {"time_ms", JSON_FIELD_I64, offsetof(struct last, time_ms)},
    {"key_id", JSON_FIELD_TEXT, offsetof(struct last, key_id), .doc = "that signed it",
     .example = "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"},
    {"hash", JSON_FIELD_TEXT, offsetof(struct last, hash),
     .doc = "to be kept elsewhere: `audit verify --seen` wants to find it",
     .example = "KX_5aN0VqJ2Yy7hJt1mM0c3p4q5r6s7t8u9v0w1x2y3"},
    {0}};

static const struct json_field state_json[] = {
    {"chains", JSON_FIELD_ARRAY, offsetof(struct state, chains), .fields = chain_json,
     .size = sizeof(struct chain), .doc = "by node, at most 1000"},
    {"checkpoint", JSON_FIELD_POINTER, offsetof(struct state, checkpoint), .fields = last_json,
     .size = sizeof(struct last), .nullable = true, .doc = "the newest; null: none yet"},
    {0}};

static bool last_of(struct request *r, struct last *out, struct err *e)
{
	struct store_checkpoint c;
	char hash[CRYPTO_THUMBPRINT_SIZE];
	struct jws jws;

	*out = (struct last){0};
	if (!store_audit_checkpoint(r->db, r->arena, 0, &c, e))
		return false;
	if (c.number == 0)
		return true;
	if (!jws_read(r->arena, c.jws, strlen(c.jws), JWS_CHECKPOINT, &jws, e))
		return err_add(e, "checkpoint %lld", (long long)c.number);
	text_base64url(c.hash, sizeof(c.hash), hash);
	*out = (struct last){c.number, c.time_ms, jws.kid, arena_dup(r->arena, hash)};
	return true;
}

static bool chain_read(struct request *r, struct err *e)
{
	struct store_chain_end *ends;
	struct chain *chains;
	struct last last;
	size_t count;

	if (!request_unlimited(r, e) ||
	    !store_audit_ends(r->db, r->arena, MAX_CHAINS, &ends, &count, e) ||
	    !last_of(r, &last, e))
		return false;
	chains = arena_array(r->arena, count, sizeof(*chains));
	for (size_t i = 0; i < count; i++)
		chains[i] = (struct chain){ends[i], text_equal(ends[i].node, r->server->node),
					   ends[i].sequence - ends[i].bound};
	request_answer(
	    r, &(struct state){json_list_of(chains, count), last.number == 0 ? NULL : &last});
	return true;
}

/* --- is it what was written? --- */

struct query {
	int64_t records, from, to, after;
};

struct bad {
	const char *node, *what;
	int64_t sequence;
};

struct proof {
	bool verified;
	struct audit_summary summary;
	const char *root;
	int64_t next;
	const struct bad *first_bad;
	bool whole;
};

static const struct json_field query_json[] = {
    {"records", JSON_FIELD_I64, offsetof(struct query, records), .min = 1, .max = MAX_RECORDS,
     .doc = "about so many, in whole checkpoints; 10,000 without it"},
    {"from", JSON_FIELD_I64, offsetof(struct query, from), .min = 0, .max = INT64_MAX,
     .doc = "UTC ms; the oldest from then on, and a little before. Without it the newest"},
    {"to", JSON_FIELD_I64, offsetof(struct query, to), .min = 0, .max = INT64_MAX,
     .doc = "UTC ms; up to then, and a little after"},
    {"after", JSON_FIELD_I64, offsetof(struct query, after), .min = 1, .max = INT64_MAX,
     .doc = "goes on after this checkpoint: the last answer's `next`"},
    {0}};

static const struct json_field bad_json[] = {
    {"node", JSON_FIELD_TEXT, offsetof(struct bad, node), .nullable = true,
     .doc = "whose record; null: it is about no record"},
    {"sequence", JSON_FIELD_I64, offsetof(struct bad, sequence), .nullable = true,
     .doc = "which record"},
    {"what", JSON_FIELD_TEXT, offsetof(struct bad, what),
     .doc = "as `audit verify` says it; lines are those of an export",
     .example = "record 12 of 01a2… (line 40) was changed: its hash is another"},
    {0}};

#define SUMMARY(member) offsetof(struct proof, summary.member)

static const struct json_field proof_json[] = {
    {"verified", JSON_FIELD_BOOL, offsetof(struct proof, verified),
     .doc = "nothing was changed, removed, swapped, added or cut in what was looked at"},
    {"records", JSON_FIELD_I64, SUMMARY(records)},
    {"checkpoints", JSON_FIELD_I64, SUMMARY(checkpoints)},
    {"nodes", JSON_FIELD_I64, SUMMARY(nodes), .doc = "servers"},
    {"first", JSON_FIELD_I64, SUMMARY(first),
     .doc = "the checkpoint that it begins after; 0: from the first record"},
    {"last", JSON_FIELD_I64, SUMMARY(last), .doc = "the checkpoint that it ends with"},
    {"from_ms", JSON_FIELD_I64, SUMMARY(from_ms), .nullable = true},
    {"to_ms", JSON_FIELD_I64, SUMMARY(to_ms), .nullable = true},
    {"whole", JSON_FIELD_BOOL, offsetof(struct proof, whole),
     .doc = "all that was asked for; false: there is more than `records`"},
    {"next", JSON_FIELD_I64, offsetof(struct proof, next), .nullable = true,
     .doc = "for `after`, where there is more behind it"},
    {"root", JSON_FIELD_TEXT, offsetof(struct proof, root),
     .doc = "the root key that it was held against",
     .example = "ZAgob-0c0K7KqkJb1jCkY7Q8c0o3n4p5q6r7s8t9u0v"},
    {"findings", JSON_FIELD_I64, SUMMARY(findings)},
    {"first_bad", JSON_FIELD_POINTER, offsetof(struct proof, first_bad), .fields = bad_json,
     .size = sizeof(struct bad), .nullable = true, .doc = "the first of the findings"},
    {0}};

struct finding {
	struct arena *arena;
	const char *first;
};

static void on_finding(void *arg, const char *text)
{
	struct finding *f = arg;

	if (f->first == NULL)
		f->first = arena_dup(f->arena, text);
}

/* What was written up to this moment is to be in it. */
static bool bind(struct db *db, void *arg, struct err *e)
{
	struct flow f = request_flow(arg);

	f.db = db;
	return flow_checkpoint(&f, NULL, e);
}

static bool begin(struct request *r, struct flow *f, const struct query *q, struct flow_export *x,
		  bool *cut, struct err *e)
{
	bool newest = q->from == 0 && q->after == 0;

	if (!request_run(r, bind, r, e) || !flow_export_begin(f, q->from, q->to, x, e))
		return false;
	if (q->after > x->last)
		return err_set(e, ERR_UNPROCESSABLE, "after: there is no such checkpoint there");
	if (q->after > 0)
		x->first = q->after;
	return flow_export_limit(f, x, q->records, newest, cut, e);
}

static void answer(struct request *r, const struct query *q, const struct audit_summary *s,
		   bool cut, const char *first)
{
	const struct bad bad = {*s->bad_node == '\0' ? NULL : s->bad_node, first, s->bad_sequence};
	bool onward = q->from > 0 || q->after > 0;

	request_answer(r, &(struct proof){.verified = s->findings == 0,
					  .summary = *s,
					  .root = signer_root(r->server->signer),
					  .whole = !cut,
					  .next = cut && onward ? s->last : 0,
					  .first_bad = first != NULL ? &bad : NULL});
}

static bool verify(struct request *r, struct err *e)
{
	struct query q = {.records = DEFAULT_RECORDS};
	struct flow f = request_flow(r);
	struct finding finding = {.arena = r->arena};
	unsigned char root[CRYPTO_PUBLIC_SIZE];
	const char *text = signer_root(r->server->signer);
	size_t n = sizeof(root);
	struct audit_verifier *v;
	struct audit_summary s;
	struct flow_export x;
	bool cut, ok;

	if (!request_query(r, &q, e) || !begin(r, &f, &q, &x, &cut, e))
		return false;
	if (!text_unbase64url(text, strlen(text), root, &n) || n != sizeof(root))
		return err_set(e, ERR_INTERNAL, "the root's key is damaged");
	v = audit_verifier_new(root, on_finding, &finding);
	ok = flow_export_verify(&f, &x, v, e);
	audit_verifier_summary(v, &s);
	if (ok)
		answer(r, &q, &s, cut, finding.first);
	audit_verifier_free(v);
	return ok;
}

/* It keeps a thread and a core busy: one at a time. */
static bool audit_verify(struct request *r, struct err *e)
{
	atomic_bool *busy = &r->server->verifying;
	bool ok;

	if (!request_unlimited(r, e))
		return false;
	if (atomic_exchange(busy, true)) {
		r->retry_ms = BUSY_MS;
		return err_set(e, ERR_UNAVAILABLE,
			       "The record is being verified for somebody else at this moment.");
	}
	ok = verify(r, e);
	atomic_store(busy, false);
	return ok;
}

static const struct http_route routes[] = {
    {HTTP_GET, "/api/v1/audit/chain",
     ROUTE(ROLES_AUDIT, ROUTE_READ, chain_read,
	   DOC("readAuditChain", "How far the audit record is and what is signed of it",
	       .out = state_json, .noun = "AuditChain"))},
    {HTTP_GET, "/api/v1/audit/verify",
     ROUTE(ROLES_AUDIT, ROUTE_WORK, audit_verify,
	   DOC("verifyAudit", "Whether the audit record is what was written",
	       .text = "The server looks at its own record, as `audit verify` does at an export: "
		       "for a quick look. Who has the server has its answers too; the proof is an "
		       "export that is verified elsewhere.",
	       .query = query_json, .out = proof_json, .noun = "AuditProof",
	       .errors = ERROR(ERR_UNAVAILABLE) | ERROR(ERR_UNPROCESSABLE)))},
};

const struct route_table audit_chain_routes = ROUTE_TABLE(routes);
