#include "grant/audit.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/id.h"
#include "base/text.h"
#include "json/json.h"

#define HASH_TEXT CRYPTO_THUMBPRINT_SIZE /* the same form */
#define MAX_KIDS 1000

/* --- lines --- */

#define HEAD "{\"holdfast_audit\":1,\"org\":\""
#define HEAD_ROOT "\",\"root\":\""
#define KEYS "{\"keys\":\""
#define RANGE "{\"export\":\""
#define CHAIN "{\"chain\":"
#define CHECKPOINT "{\"checkpoint\":\""
#define RECORD "{\"hash\":\""
#define RECORD_TEXT "\",\"record\":"
#define END "\"}"

void audit_put_head(struct buf *out, const char *org, const char *root)
{
	buf_printf(out, HEAD "%s" HEAD_ROOT "%s" END "\n", org, root);
}

void audit_put_keys(struct buf *out, const char *jws)
{
	buf_printf(out, KEYS "%s" END "\n", jws);
}

void audit_put_range(struct buf *out, const char *jws)
{
	buf_printf(out, RANGE "%s" END "\n", jws);
}

void audit_put_checkpoint(struct buf *out, const char *jws)
{
	buf_printf(out, CHECKPOINT "%s" END "\n", jws);
}

void audit_put_chain(struct buf *out, const struct audit_head *head)
{
	struct json_writer w = {.out = out};
	char hash[HASH_TEXT];

	text_base64url(head->hash, CRYPTO_HASH_SIZE, hash);
	json_object(&w, NULL);
	json_object(&w, "chain");
	json_put_text(&w, "node", head->node);
	json_put_i64(&w, "sequence", head->sequence);
	json_put_text(&w, "hash", hash);
	json_object_end(&w);
	json_object_end(&w);
	buf_char(out, '\n');
}

void audit_put_record(struct buf *out, const char *record,
		      const unsigned char hash[static CRYPTO_HASH_SIZE])
{
	char text[HASH_TEXT];

	text_base64url(hash, CRYPTO_HASH_SIZE, text);
	buf_printf(out, RECORD "%s" RECORD_TEXT "%s}\n", text, record);
}

/* --- the verifier --- */

/* In this order. */
enum stage { STAGE_HEAD, STAGE_KEYS, STAGE_CHAINS, STAGE_RECORDS, STAGE_OVER };

/* A record since the last checkpoint. */
struct row {
	size_t node; /* in v->nodes */
	int64_t sequence, line;
	unsigned char hash[CRYPTO_HASH_SIZE]; /* of its bytes */
	unsigned char prev[CRYPTO_HASH_SIZE];
	bool placed; /* a checkpoint says that there is such a one */
};

struct audit_verifier {
	audit_finding_fn *finding;
	void *arg;
	bool pinned;
	unsigned char root[CRYPTO_PUBLIC_SIZE];
	struct arena arena, line_arena; /* as long as v; as long as a line */
	enum stage stage;
	int64_t line;
	struct keys *keys; /* the lists */
	size_t key_count;
	struct audit_range range;
	struct audit_head *heads; /* bound by the last checkpoint, by node */
	size_t head_count, head_room;
	struct row *rows; /* since the last checkpoint */
	size_t row_count, row_room;
	const char **nodes; /* names in rows; the same as of heads where it is the same */
	size_t node_count, node_room;
	unsigned char before[CRYPTO_HASH_SIZE]; /* of the last checkpoint's text */
	int64_t number;                         /* of the last checkpoint */
	bool expecting;                         /* expected has not come yet */
	unsigned char expected[CRYPTO_HASH_SIZE];
	struct audit_summary summary;
	const char *kids[MAX_KIDS];
};

static void found(struct audit_verifier *v, const char *format, ...) PRINTF(2, 3);

/* The file is somebody else's: its names must not steer a terminal. C1 controls are two bytes. */
static void disarm(char *text)
{
	for (unsigned char *c = (unsigned char *)text; *c != '\0'; c++) {
		if (*c == 0xC2 && c[1] >= 0x80 && c[1] <= 0x9F)
			c[0] = c[1] = '?';
		else if (*c < ' ' || *c == 0x7F)
			*c = '?';
	}
}

static void found(struct audit_verifier *v, const char *format, ...)
{
	char text[512];
	va_list args;

	va_start(args, format);
	(void)vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	disarm(text);
	v->summary.findings++;
	v->finding(v->arg, text);
}

/* Before the finding: which record it is about. */
static void blame(struct audit_verifier *v, const char *node, int64_t sequence)
{
	struct audit_summary *s = &v->summary;

	if (s->findings > 0)
		return;
	(void)snprintf(s->bad_node, sizeof(s->bad_node), "%s", node);
	disarm(s->bad_node);
	s->bad_sequence = sequence;
}

struct audit_verifier *audit_verifier_new(const unsigned char *root, audit_finding_fn *finding,
					  void *arg)
{
	struct audit_verifier *v = mem_new(struct audit_verifier);

	v->finding = finding;
	v->arg = arg;
	v->pinned = root != NULL;
	if (root != NULL)
		memcpy(v->root, root, CRYPTO_PUBLIC_SIZE);
	v->keys = arena_array(&v->arena, AUDIT_MAX_KEY_LISTS, sizeof(*v->keys));
	return v;
}

void audit_verifier_expect(struct audit_verifier *v,
			   const unsigned char hash[static CRYPTO_HASH_SIZE])
{
	v->expecting = true;
	memcpy(v->expected, hash, CRYPTO_HASH_SIZE);
}

void audit_verifier_free(struct audit_verifier *v)
{
	if (v == NULL)
		return;
	arena_done(&v->arena);
	arena_done(&v->line_arena);
	mem_free(v->heads);
	mem_free(v->rows);
	mem_free(v->nodes);
	mem_free(v);
}

/* The text between a fixed beginning and a fixed end. */
static bool framed(const char *line, size_t n, const char *begin, const char *end, const char **out,
		   size_t *len)
{
	size_t b = strlen(begin), z = strlen(end);

	if (n < b + z || memcmp(line, begin, b) != 0 || memcmp(line + n - z, end, z) != 0)
		return false;
	*out = line + b;
	*len = n - b - z;
	return true;
}

static void room_for(void **items, size_t count, size_t *room, size_t size)
{
	if (count < *room)
		return;
	*room = *room == 0 ? 64 : *room * 2;
	*items = mem_grow(*items, *room, size);
}

/* --- the beginning: whose it is, keys, from where to where --- */

static bool take_head(struct audit_verifier *v, const char *line, size_t n)
{
	const char *text;
	unsigned char root[CRYPTO_PUBLIC_SIZE];
	size_t len, size = sizeof(root);

	if (!framed(line, n, HEAD, END, &text, &len) ||
	    len != ID_SIZE - 1 + strlen(HEAD_ROOT) + HASH_TEXT - 1 ||
	    memcmp(text + ID_SIZE - 1, HEAD_ROOT, strlen(HEAD_ROOT)) != 0 ||
	    !text_unbase64url(text + len - (HASH_TEXT - 1), HASH_TEXT - 1, root, &size) ||
	    size != sizeof(root)) {
		found(v, "line 1: is not the beginning of an export of the audit record");
		return false;
	}
	memcpy(v->summary.org, text, ID_SIZE - 1);
	if (!id_valid(v->summary.org)) {
		memset(v->summary.org, 0, sizeof(v->summary.org));
		found(v, "line 1: the organisation's id is none");
		return false;
	}
	if (v->pinned && memcmp(root, v->root, sizeof(root)) != 0)
		found(v, "line 1: names another root key than the one given");
	if (!v->pinned)
		memcpy(v->root, root, sizeof(root));
	text_base64url(v->root, sizeof(v->root), v->summary.root);
	v->stage = STAGE_KEYS;
	return true;
}

static bool take_keys(struct audit_verifier *v, const char *jws, size_t n)
{
	struct keys_pin pin = {.org = v->summary.org,
			       .epoch = v->key_count > 0 ? v->keys[v->key_count - 1].epoch + 1 : 0};
	struct err e;

	if (v->key_count == AUDIT_MAX_KEY_LISTS) {
		found(v, "line %lld: there are over %d key lists", (long long)v->line,
		      AUDIT_MAX_KEY_LISTS);
		return false;
	}
	memcpy(pin.root, v->root, sizeof(pin.root));
	if (!keys_verify(&v->arena, jws, n, &pin, &v->keys[v->key_count], &e)) {
		found(v, "line %lld: the key list: %s", (long long)v->line, e.text);
		return false;
	}
	v->key_count++;
	return true;
}

/* The list that has the key of a JWS that is known to be one; the newest when none has. */
static const struct keys *keys_for(struct audit_verifier *v, const char *text, size_t n,
				   enum jws_typ typ)
{
	struct err e;
	struct jws jws;

	if (v->key_count == 0)
		return NULL;
	if (!jws_read(&v->line_arena, text, n, typ, &jws, &e))
		return &v->keys[v->key_count - 1];
	for (size_t i = v->key_count; i > 0; i--) {
		if (keys_find(&v->keys[i - 1], jws.kid) != NULL)
			return &v->keys[i - 1];
	}
	return &v->keys[v->key_count - 1];
}

static bool take_range(struct audit_verifier *v, const char *jws, size_t n)
{
	const struct keys *keys = keys_for(v, jws, n, JWS_EXPORT);
	struct err e;

	if (keys == NULL || !audit_range_verify(&v->arena, jws, n, keys, &v->range, NULL, &e)) {
		found(v, "line %lld: what the export covers: %s", (long long)v->line,
		      keys == NULL ? "there is no key list" : e.text);
		return false;
	}
	if (!text_equal(v->range.org, v->summary.org))
		found(v, "line %lld: the export is another organisation's", (long long)v->line);
	if (v->range.keys != (int64_t)v->key_count)
		found(v, "line %lld: there are %zu key lists, and were %lld", (long long)v->line,
		      v->key_count, (long long)v->range.keys);
	v->summary.first = v->range.first;
	v->number = v->range.first;
	memcpy(v->before, v->range.first_hash, sizeof(v->before));
	if (v->range.first > 0)
		v->stage = STAGE_CHAINS;
	else
		v->stage = v->range.last > 0 ? STAGE_RECORDS : STAGE_OVER;
	return true;
}

/* --- where the chains stood at its beginning --- */

struct chain_form {
	const char *node, *hash;
	int64_t sequence;
};

static const struct json_field chain_fields[] = {
    {"node", JSON_FIELD_TEXT, offsetof(struct chain_form, node), .required = true, .min = 1,
     .max = CHECKPOINT_MAX_NODE},
    {"sequence", JSON_FIELD_I64, offsetof(struct chain_form, sequence), .required = true, .min = 1,
     .max = INT64_MAX},
    {"hash", JSON_FIELD_TEXT, offsetof(struct chain_form, hash), .required = true,
     .min = HASH_TEXT - 1, .max = HASH_TEXT - 1},
    {0}};

static const struct json_field chain_line[] = {
    {"chain", JSON_FIELD_OBJECT, 0, .required = true, .fields = chain_fields}, {0}};

static void insert_head(struct audit_verifier *v, size_t at, const struct audit_head *head)
{
	room_for((void **)&v->heads, v->head_count, &v->head_room, sizeof(*v->heads));
	memmove(&v->heads[at + 1], &v->heads[at], (v->head_count - at) * sizeof(*v->heads));
	v->heads[at] = *head;
	v->head_count++;
}

static bool read_chain(struct audit_verifier *v, const char *line, size_t n, struct audit_head *out)
{
	AUTO(buf_done) struct buf again = {0};
	struct chain_form form = {0};
	size_t size = CRYPTO_HASH_SIZE;
	struct err e;

	if (!json_read_text(&v->line_arena, line, n, chain_line, &form, &e) ||
	    !text_unbase64url(form.hash, HASH_TEXT - 1, out->hash, &size))
		return false;
	out->node = arena_dup(&v->arena, form.node);
	out->sequence = form.sequence;
	audit_put_chain(&again, out);
	return again.len == n + 1 && memcmp(again.data, line, n) == 0;
}

static bool take_chain(struct audit_verifier *v, const char *line, size_t n)
{
	struct audit_head head;

	if (v->head_count == AUDIT_MAX_NODES || !read_chain(v, line, n, &head)) {
		found(v, "line %lld: is not where a chain stood", (long long)v->line);
		return false;
	}
	if (v->head_count > 0 && strcmp(v->heads[v->head_count - 1].node, head.node) >= 0) {
		found(v, "line %lld: the chain %s stands out of its place", (long long)v->line,
		      head.node);
		return false;
	}
	insert_head(v, v->head_count, &head);
	return true;
}

/* --- records --- */

struct record_form {
	const char *node, *prev;
	int64_t sequence;
};

static bool read_record(struct audit_verifier *v, const char *text, size_t n,
			struct record_form *out, struct row *row)
{
	const struct json *record;
	size_t size = CRYPTO_HASH_SIZE;
	struct err e;

	if (!json_parse(&v->line_arena, text, n, &record, &e))
		return false;
	out->node = json_text(record, "node");
	out->prev = json_text(record, "prev");
	return out->node != NULL && strlen(out->node) <= CHECKPOINT_MAX_NODE && out->prev != NULL &&
	       json_i64(record, "sequence", &out->sequence) && out->sequence > 0 &&
	       text_unbase64url(out->prev, strlen(out->prev), row->prev, &size) &&
	       size == CRYPTO_HASH_SIZE;
}

/* Records of one chain stand together: only the last name has to be looked at. */
static size_t node_index(struct audit_verifier *v, const char *node)
{
	size_t at;

	if (v->node_count > 0 && text_equal(v->nodes[v->node_count - 1], node))
		return v->node_count - 1;
	room_for((void **)&v->nodes, v->node_count, &v->node_room, sizeof(*v->nodes));
	v->nodes[v->node_count] = audit_heads_find(v->heads, v->head_count, node, &at)
				      ? v->heads[at].node
				      : arena_dup(&v->arena, node);
	return v->node_count++;
}

static bool out_of_place(const struct audit_verifier *v, const struct row *row)
{
	const struct row *last;
	int order;

	if (v->row_count == 0)
		return false;
	last = &v->rows[v->row_count - 1];
	order = strcmp(v->nodes[last->node], v->nodes[row->node]);
	return order > 0 || (order == 0 && last->sequence >= row->sequence);
}

static bool take_record(struct audit_verifier *v, const char *line, size_t n)
{
	size_t frame = strlen(RECORD) + HASH_TEXT - 1 + strlen(RECORD_TEXT);
	unsigned char stated[CRYPTO_HASH_SIZE];
	size_t size = sizeof(stated);
	struct record_form form;
	struct row row = {.line = v->line};

	if (n < frame + 3 || line[n - 1] != '}' ||
	    memcmp(line + frame - strlen(RECORD_TEXT), RECORD_TEXT, strlen(RECORD_TEXT)) != 0 ||
	    !text_unbase64url(line + strlen(RECORD), HASH_TEXT - 1, stated, &size) ||
	    !read_record(v, line + frame, n - frame - 1, &form, &row)) {
		found(v, "line %lld: is not a record", (long long)v->line);
		return true;
	}
	if (v->row_count == AUDIT_MAX_INTERVAL) {
		found(v, "line %lld: there are over %d records without a checkpoint",
		      (long long)v->line, AUDIT_MAX_INTERVAL);
		return false;
	}
	crypto_sha256(line + frame, n - frame - 1, row.hash);
	row.sequence = form.sequence;
	row.node = node_index(v, form.node);
	if (memcmp(stated, row.hash, sizeof(stated)) != 0) {
		blame(v, v->nodes[row.node], row.sequence);
		found(v, "record %lld of %s (line %lld) was changed: its hash is another",
		      (long long)row.sequence, v->nodes[row.node], (long long)v->line);
	}
	if (out_of_place(v, &row)) {
		blame(v, v->nodes[row.node], row.sequence);
		found(v, "record %lld of %s (line %lld) stands out of its place",
		      (long long)row.sequence, v->nodes[row.node], (long long)v->line);
	}
	room_for((void **)&v->rows, v->row_count, &v->row_room, sizeof(*v->rows));
	v->rows[v->row_count++] = row;
	v->summary.records++;
	return true;
}

/* --- checkpoints --- */

/* By chain, place, line. */
static int by_place(const void *a, const void *b, void *nodes)
{
	const struct row *x = a, *y = b;
	const char *const *names = nodes;
	int order = strcmp(names[x->node], names[y->node]);

	if (order != 0)
		return order;
	if (x->sequence != y->sequence)
		return x->sequence < y->sequence ? -1 : 1;
	return x->line < y->line ? -1 : 1;
}

/* The rows of a chain: from *first up to, not including, *end. */
static void rows_of(const struct audit_verifier *v, const char *node, size_t *first, size_t *end)
{
	size_t low = 0, high = v->row_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strcmp(v->nodes[v->rows[middle].node], node) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	for (*first = *end = low;
	     *end < v->row_count && strcmp(v->nodes[v->rows[*end].node], node) == 0;)
		(*end)++;
}

/* Of several rows that claim a place, which end with rows[end - 1]: the one that is trusted. */
static struct row *pick(struct audit_verifier *v, size_t first, size_t end,
			const unsigned char *trusted)
{
	int64_t sequence = v->rows[end - 1].sequence;

	for (size_t i = end; trusted != NULL && i > first && v->rows[i - 1].sequence == sequence;
	     i--) {
		if (memcmp(v->rows[i - 1].hash, trusted, CRYPTO_HASH_SIZE) == 0)
			return &v->rows[i - 1];
	}
	return &v->rows[end - 1];
}

static void missing(struct audit_verifier *v, const char *node, int64_t from, int64_t to)
{
	blame(v, node, from);
	if (from == to)
		found(v, "record %lld of %s is missing", (long long)from, node);
	else
		found(v, "records %lld to %lld of %s are missing", (long long)from, (long long)to,
		      node);
}

/* From the end that is signed back to the one that was signed before, so that the record which is
 * another than it was is named, not its neighbour. trusted: what the record's hash must be, NULL
 * where nothing says it. */
static void check_chain(struct audit_verifier *v, const struct audit_head *from,
			const struct audit_head *to)
{
	const unsigned char *trusted = to->hash;
	int64_t at = to->sequence;
	size_t first, end;

	rows_of(v, to->node, &first, &end);
	while (at > from->sequence) {
		struct row *row;
		int64_t before;

		while (end > first && v->rows[end - 1].sequence > at)
			end--;
		before = end > first ? v->rows[end - 1].sequence : 0;
		if (before < at) {
			before = before > from->sequence ? before : from->sequence;
			missing(v, to->node, before + 1, at);
			trusted = NULL;
			at = before;
			continue;
		}
		row = pick(v, first, end, trusted);
		row->placed = true;
		if (trusted != NULL && memcmp(row->hash, trusted, CRYPTO_HASH_SIZE) != 0) {
			blame(v, to->node, at);
			found(v, "record %lld of %s (line %lld) is not the one that was written",
			      (long long)at, to->node, (long long)row->line);
			trusted = NULL;
		} else {
			trusted = row->prev;
		}
		at--;
	}
	if (trusted != NULL && memcmp(trusted, from->hash, CRYPTO_HASH_SIZE) != 0) {
		blame(v, to->node, from->sequence + 1);
		found(v, "record %lld of %s does not follow the one that was bound before",
		      (long long)from->sequence + 1, to->node);
	}
}

static void check_moved(struct audit_verifier *v, const struct audit_head *to)
{
	struct audit_head from = {.node = to->node};
	size_t at;
	bool known = audit_heads_find(v->heads, v->head_count, to->node, &at);

	if (known)
		from = v->heads[at];
	if (to->sequence <= from.sequence) {
		found(v, "line %lld: the checkpoint takes the chain %s back", (long long)v->line,
		      to->node);
		return;
	}
	check_chain(v, &from, to);
	if (!known) {
		from.node = arena_dup(&v->arena, to->node);
		insert_head(v, at, &from);
	}
	v->heads[at].sequence = to->sequence;
	memcpy(v->heads[at].hash, to->hash, CRYPTO_HASH_SIZE);
}

static void remember_kid(struct audit_verifier *v, const char *kid)
{
	for (size_t i = 0; i < v->summary.kid_count; i++) {
		if (text_equal(v->kids[i], kid))
			return;
	}
	if (v->summary.kid_count < MAX_KIDS)
		v->kids[v->summary.kid_count++] = arena_dup(&v->arena, kid);
}

static void check_heads(struct audit_verifier *v, const struct checkpoint *c)
{
	unsigned char hash[CRYPTO_HASH_SIZE];

	audit_heads_hash(v->heads, v->head_count, hash);
	if (memcmp(hash, c->heads, sizeof(hash)) != 0)
		found(v, "line %lld: checkpoint %lld binds other chains than these",
		      (long long)v->line, (long long)c->number);
}

static void check_rows(struct audit_verifier *v, const struct checkpoint *c)
{
	if (v->row_count > 1)
		qsort_r(v->rows, v->row_count, sizeof(*v->rows), by_place, (void *)v->nodes);
	for (size_t i = 0; i < c->moved_count; i++)
		check_moved(v, &c->moved[i]);
	for (size_t i = 0; i < v->row_count; i++) {
		const struct row *row = &v->rows[i];

		if (row->placed)
			continue;
		blame(v, v->nodes[row->node], row->sequence);
		found(v, "record %lld of %s (line %lld) does not belong here",
		      (long long)row->sequence, v->nodes[row->node], (long long)row->line);
	}
	check_heads(v, c);
	v->row_count = v->node_count = 0;
}

static bool read_checkpoint(struct audit_verifier *v, const char *jws, size_t n,
			    struct checkpoint *out)
{
	const struct keys *keys = keys_for(v, jws, n, JWS_CHECKPOINT);
	const char *kid;
	struct err e;

	if (!checkpoint_verify(&v->line_arena, jws, n, keys, out, &kid, &e)) {
		found(v, "line %lld: %s", (long long)v->line, e.text);
		return false;
	}
	if (!text_equal(out->org, v->summary.org)) {
		found(v, "line %lld: the checkpoint is another organisation's", (long long)v->line);
		return false;
	}
	remember_kid(v, kid);
	return true;
}

static void compare_expected(struct audit_verifier *v, const unsigned char *hash)
{
	if (memcmp(hash, v->expected, CRYPTO_HASH_SIZE) == 0)
		v->expecting = false;
}

/* The one that the export begins after: it binds the chains that stand before it. */
static bool take_first(struct audit_verifier *v, const char *jws, size_t n)
{
	unsigned char hash[CRYPTO_HASH_SIZE];
	struct checkpoint c;

	if (!read_checkpoint(v, jws, n, &c))
		return false;
	crypto_sha256(jws, n, hash);
	if (c.number != v->range.first || memcmp(hash, v->range.first_hash, sizeof(hash)) != 0) {
		found(v, "line %lld: is not the checkpoint that the export begins with",
		      (long long)v->line);
		return false;
	}
	check_heads(v, &c);
	v->summary.from_ms = v->summary.to_ms = c.time_ms;
	v->summary.last = c.number;
	v->summary.checkpoints++;
	memcpy(v->summary.last_hash, hash, sizeof(hash));
	compare_expected(v, hash);
	v->stage = v->range.last > v->range.first ? STAGE_RECORDS : STAGE_OVER;
	return true;
}

static bool take_checkpoint(struct audit_verifier *v, const char *jws, size_t n)
{
	struct checkpoint c;

	if (!read_checkpoint(v, jws, n, &c))
		return false;
	if (c.number != v->number + 1 || memcmp(c.before, v->before, sizeof(c.before)) != 0) {
		found(v, "line %lld: checkpoint %lld does not follow checkpoint %lld",
		      (long long)v->line, (long long)c.number, (long long)v->number);
		return false;
	}
	check_rows(v, &c);
	crypto_sha256(jws, n, v->before);
	v->number = v->summary.last = c.number;
	if (v->summary.from_ms == 0)
		v->summary.from_ms = c.time_ms;
	v->summary.to_ms = c.time_ms;
	v->summary.checkpoints++;
	memcpy(v->summary.last_hash, v->before, sizeof(v->before));
	compare_expected(v, v->before);
	if (c.number < v->range.last)
		return true;
	v->stage = STAGE_OVER;
	if (memcmp(v->before, v->range.last_hash, sizeof(v->before)) != 0)
		found(v, "line %lld: is not the checkpoint that the export ends with",
		      (long long)v->line);
	return true;
}

/* --- all of it --- */

typedef bool take_fn(struct audit_verifier *v, const char *text, size_t n);

/* What may stand in which stage: framed texts are taken without their frame, others whole. */
static const struct {
	enum stage stage;
	const char *begin;
	bool whole;
	take_fn *take;
} lines[] = {
    {STAGE_KEYS, KEYS, false, take_keys},       {STAGE_KEYS, RANGE, false, take_range},
    {STAGE_CHAINS, CHAIN, true, take_chain},    {STAGE_CHAINS, CHECKPOINT, false, take_first},
    {STAGE_RECORDS, RECORD, true, take_record}, {STAGE_RECORDS, CHECKPOINT, false, take_checkpoint},
};

bool audit_verifier_line(struct audit_verifier *v, const char *line, size_t n)
{
	const char *text;
	size_t len;

	v->line++;
	arena_done(&v->line_arena);
	if (n > AUDIT_MAX_LINE) {
		found(v, "line %lld: is over %d bytes", (long long)v->line, AUDIT_MAX_LINE);
		return false;
	}
	if (v->stage == STAGE_HEAD)
		return take_head(v, line, n);
	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		if (lines[i].stage != v->stage)
			continue;
		if (lines[i].whole && n > strlen(lines[i].begin) &&
		    memcmp(line, lines[i].begin, strlen(lines[i].begin)) == 0)
			return lines[i].take(v, line, n);
		if (!lines[i].whole && framed(line, n, lines[i].begin, END, &text, &len))
			return lines[i].take(v, text, len);
	}
	found(v, "line %lld: %s", (long long)v->line,
	      v->stage == STAGE_OVER ? "stands after the end" : "has no place here");
	return v->stage == STAGE_RECORDS;
}

void audit_verifier_end(struct audit_verifier *v)
{
	if (v->expecting)
		found(v, "the checkpoint that was seen before is not in the export: what came "
			 "after it was "
			 "cut away or written anew, or the export begins later");
	if (v->stage == STAGE_OVER)
		return;
	if (v->stage != STAGE_RECORDS) {
		found(v, "the export was cut after line %lld", (long long)v->line);
		return;
	}
	found(v,
	      "the export was cut after line %lld: checkpoint %lld and everything up to "
	      "checkpoint %lld are missing",
	      (long long)v->line, (long long)v->number + 1, (long long)v->range.last);
}

void audit_verifier_summary(const struct audit_verifier *v, struct audit_summary *out)
{
	*out = v->summary;
	out->nodes = (int64_t)v->head_count;
	out->kids = v->kids;
}
