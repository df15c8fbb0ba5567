#include "flow/audit.h"

#include <stdio.h>
#include <string.h>

#include "base/failpoint.h"
#include "base/id.h"
#include "base/text.h"
#include "store/audit.h"
#include "store/key.h"

#define RECORDS_AT_ONCE 100
#define PIECE (64 * 1024) /* bytes about which a piece ends that is verified */
#define SLACK_MS 60000    /* between a record's time and its commit */

/* In the order that is signed. */
static struct audit_head *sorted(struct arena *a, const struct store_chains *chains)
{
	struct audit_head *heads = arena_array(a, chains->count, sizeof(*heads));

	for (size_t i = 0; i < chains->count; i++) {
		heads[i] = (struct audit_head){.node = chains->items[i].node,
					       .sequence = chains->items[i].sequence};
		memcpy(heads[i].hash, chains->items[i].hash, sizeof(heads[i].hash));
	}
	audit_heads_sort(heads, chains->count);
	return heads;
}

/* --- checkpoints --- */

/* What is bound once these have moved. */
static void hash_heads(struct arena *a, const struct store_chains *bound, struct checkpoint *c)
{
	const struct audit_head *before = sorted(a, bound);
	struct audit_head *after = arena_array(a, bound->count + c->moved_count, sizeof(*after));
	size_t count = bound->count, at;

	if (count > 0)
		memcpy(after, before, count * sizeof(*after));
	for (size_t i = 0; i < c->moved_count; i++) {
		if (audit_heads_find(before, bound->count, c->moved[i].node, &at))
			after[at] = c->moved[i];
		else
			after[count++] = c->moved[i];
	}
	audit_heads_sort(after, count);
	audit_heads_hash(after, count, c->heads);
}

bool flow_checkpoint(struct flow *f, bool *made, struct err *e)
{
	struct store_chains moved, bound;
	struct store_checkpoint before, row;
	struct checkpoint c;
	bool added;

	if (!store_audit_unbound(f->db, f->arena, CHECKPOINT_MAX_MOVED, &moved, e))
		return false;
	if (made != NULL)
		*made = moved.count > 0;
	if (moved.count == 0)
		return true;
	if (!store_audit_checkpoint(f->db, f->arena, 0, &before, e) ||
	    !store_audit_bound(f->db, f->arena, before.number, &bound, e))
		return false;
	c = (struct checkpoint){.number = before.number + 1,
				.time_ms = f->now_ms > before.time_ms ? f->now_ms : before.time_ms,
				.moved = sorted(f->arena, &moved),
				.moved_count = moved.count};
	memcpy(c.before, before.hash, sizeof(c.before));
	hash_heads(f->arena, &bound, &c);
	row = (struct store_checkpoint){.number = c.number, .time_ms = c.time_ms};
	if (!signer_checkpoint(f->signer, f->arena, &c, &row.jws, e))
		return false;
	crypto_sha256(row.jws, strlen(row.jws), row.hash);
	failpoint("checkpoint-signed");
	return store_audit_checkpoint_add(f->db, &row, &moved, &added, e);
}

/* --- exports --- */

bool flow_export_begin(struct flow *f, int64_t from_ms, int64_t to_ms, struct flow_export *out,
		       struct err *e)
{
	*out = (struct flow_export){0};
	if (!store_audit_range(f->db, from_ms > SLACK_MS ? from_ms - SLACK_MS : -1,
			       to_ms > 0 && to_ms < INT64_MAX - SLACK_MS ? to_ms + SLACK_MS
									 : INT64_MAX,
			       &out->first, &out->last, e))
		return false;
	if (out->last < out->first)
		out->last = out->first;
	return true;
}

bool flow_export_over(const struct flow_export *x)
{
	return x->number > x->last;
}

static bool put_range(struct flow *f, const struct flow_export *x, int64_t keys, struct buf *out,
		      struct err *e)
{
	struct audit_range range = {
	    .time_ms = f->now_ms, .first = x->first, .last = x->last, .keys = keys};
	struct store_checkpoint first = {0}, last = {0};
	const char *jws;

	if ((x->first > 0 && !store_audit_checkpoint(f->db, f->arena, x->first, &first, e)) ||
	    (x->last > 0 && !store_audit_checkpoint(f->db, f->arena, x->last, &last, e)))
		return false;
	memcpy(range.first_hash, first.hash, sizeof(range.first_hash));
	memcpy(range.last_hash, last.hash, sizeof(range.last_hash));
	if (!signer_audit_range(f->signer, f->arena, &range, &jws, e))
		return false;
	audit_put_range(out, jws);
	return true;
}

static bool put_chains(struct flow *f, int64_t number, struct buf *out, struct err *e)
{
	struct store_chains bound;
	struct store_checkpoint c;
	const struct audit_head *heads;

	if (!store_audit_bound(f->db, f->arena, number, &bound, e) ||
	    !store_audit_checkpoint(f->db, f->arena, number, &c, e))
		return false;
	heads = sorted(f->arena, &bound);
	for (size_t i = 0; i < bound.count; i++)
		audit_put_chain(out, &heads[i]);
	audit_put_checkpoint(out, c.jws);
	return true;
}

static bool put_beginning(struct flow *f, struct flow_export *x, struct buf *out, struct err *e)
{
	const char **lists;
	size_t count;

	if (!store_key_lists(f->db, f->arena, &lists, &count, e))
		return false;
	audit_put_head(out, signer_org(f->signer), signer_root(f->signer));
	for (size_t i = 0; i < count; i++)
		audit_put_keys(out, lists[i]);
	if (!put_range(f, x, (int64_t)count, out, e) ||
	    (x->first > 0 && !put_chains(f, x->first, out, e)))
		return false;
	x->number = x->first + 1;
	return true;
}

/* The records of one chain up to its end in the checkpoint; stops early when out has enough. */
static bool put_records(struct flow *f, struct flow_export *x, const struct audit_head *to,
			struct buf *out, size_t max, struct err *e)
{
	if (strcmp(x->node, to->node) != 0) {
		if (!store_audit_before(f->db, to->node, x->number, &x->sequence, e))
			return false;
		(void)snprintf(x->node, sizeof(x->node), "%s", to->node);
	}
	while (x->sequence < to->sequence && out->len < max) {
		AUTO(arena_done) struct arena a = {0};
		const struct store_chain_part part = {to->node, x->sequence, to->sequence,
						      RECORDS_AT_ONCE};
		struct store_records rows;

		if (!store_audit_records(f->db, &a, &part, &rows, e))
			return false;
		for (size_t i = 0; i < rows.count; i++)
			audit_put_record(out, rows.items[i].text, rows.items[i].hash);
		/* What somebody took out of the database is missing in the export too. */
		x->sequence = rows.count < RECORDS_AT_ONCE ? to->sequence
							   : rows.items[rows.count - 1].sequence;
	}
	return true;
}

static bool put_interval(struct flow *f, struct flow_export *x, struct buf *out, size_t max,
			 struct err *e)
{
	struct store_checkpoint c;
	struct store_chains moved;
	const struct audit_head *heads;

	if (!store_audit_checkpoint(f->db, f->arena, x->number, &c, e) ||
	    !store_audit_moved(f->db, f->arena, x->number, &moved, e))
		return false;
	heads = sorted(f->arena, &moved);
	for (size_t i = 0; i < moved.count; i++) {
		if (strcmp(heads[i].node, x->node) < 0)
			continue;
		if (!put_records(f, x, &heads[i], out, max, e))
			return false;
		if (x->sequence < heads[i].sequence)
			return true;
	}
	if (c.jws != NULL)
		audit_put_checkpoint(out, c.jws);
	x->number++;
	x->node[0] = '\0';
	x->sequence = 0;
	return true;
}

bool flow_export_more(struct flow *f, struct flow_export *x, struct buf *out, size_t max,
		      struct err *e)
{
	if (x->number == 0 && !put_beginning(f, x, out, e))
		return false;
	while (!flow_export_over(x) && out->len < max) {
		AUTO(arena_done) struct arena a = {0};
		struct flow part = *f;

		part.arena = &a;
		if (!put_interval(&part, x, out, max, e))
			return false;
	}
	return true;
}

static bool records_between(struct flow *f, int64_t first, int64_t last, int64_t *out,
			    struct err *e)
{
	int64_t before;

	if (!store_audit_count(f->db, first, &before, e) || !store_audit_count(f->db, last, out, e))
		return false;
	*out -= before;
	return true;
}

/* Numbers rise with the records: the border is found by halves. */
bool flow_export_limit(struct flow *f, struct flow_export *x, int64_t max, bool newest, bool *cut,
		       struct err *e)
{
	int64_t fits = newest ? x->last - 1 : x->first + 1, edge = newest ? x->first : x->last;
	int64_t records;

	*cut = false;
	if (x->last - x->first < 2)
		return true;
	if (!records_between(f, x->first, x->last, &records, e))
		return false;
	if (records <= max)
		return true;
	*cut = true;
	while (fits - edge > 1 || edge - fits > 1) {
		int64_t middle = fits + (edge - fits) / 2;

		if (!records_between(f, newest ? middle : x->first, newest ? x->last : middle,
				     &records, e))
			return false;
		if (records <= max)
			fits = middle;
		else
			edge = middle;
	}
	if (newest)
		x->first = fits;
	else
		x->last = fits;
	return true;
}

static bool feed(struct audit_verifier *v, const struct buf *text)
{
	const char *at = text->data, *end = at + text->len;

	while (at < end) {
		const char *newline = memchr(at, '\n', (size_t)(end - at));

		if (newline == NULL || !audit_verifier_line(v, at, (size_t)(newline - at)))
			return false;
		at = newline + 1;
	}
	return true;
}

bool flow_export_verify(struct flow *f, struct flow_export *x, struct audit_verifier *v,
			struct err *e)
{
	bool going = true;

	while (going && !flow_export_over(x)) {
		AUTO(buf_done) struct buf text = {0};

		if (!flow_export_more(f, x, &text, PIECE, e))
			return false;
		going = feed(v, &text);
	}
	if (going)
		audit_verifier_end(v);
	return true;
}
