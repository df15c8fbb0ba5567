#include "../unit.h"

#include <stdlib.h>

#include "base/id.h"
#include "grant/audit.h"
#include "signing.h"

#define NODES 3
#define CHECKPOINTS 6
#define SEED 42
#define MUTATIONS 600

static const char *const nodes[NODES] = {"01900000-0000-7000-8000-00000000000a",
					 "01900000-0000-7000-8000-00000000000b",
					 "01900000-0000-7000-8000-00000000000c"};

struct lines {
	const char *text[1000];
	size_t count;
};

static unsigned chance(unsigned *state, unsigned below)
{
	*state = *state * 1103515245U + 12345U;
	return (*state >> 8) % below;
}

static void root_text(const struct signing *s, char out[static CRYPTO_THUMBPRINT_SIZE])
{
	text_base64url(s->root.public, CRYPTO_PUBLIC_SIZE, out);
}

/* Some records of a chain, each with the hash of the one before. */
static void grow(struct signing *s, struct audit_head *head, int count, struct buf *out)
{
	char prev[CRYPTO_THUMBPRINT_SIZE];

	for (int i = 0; i < count; i++) {
		const char *record;

		text_base64url(head->hash, CRYPTO_HASH_SIZE, prev);
		head->sequence++;
		record = arena_printf(&s->a,
				      "{\"v\":1,\"node\":\"%s\",\"sequence\":%lld,\"prev\":\"%s\","
				      "\"text\":\"something happened\"}",
				      head->node, (long long)head->sequence, prev);
		crypto_sha256(record, strlen(record), head->hash);
		audit_put_record(out, record, head->hash);
	}
}

/* What each chain has between two checkpoints; the second is silent at first, the third later. */
static int growth(int checkpoint, int node)
{
	if ((node == 1 && checkpoint < 2) || (node == 2 && checkpoint > 3))
		return 0;
	return 1 + (checkpoint + node) % 4;
}

/* All that there is; the export begins after checkpoint first. */
static void make_export(struct signing *s, int first, struct buf *out)
{
	struct audit_head heads[NODES] = {{nodes[0]}, {nodes[1]}, {nodes[2]}}, moved[NODES];
	struct audit_range range = {
	    .org = ORG, .time_ms = NOW, .first = first, .last = CHECKPOINTS, .keys = 1};
	AUTO(buf_done) struct buf chains = {0}, body = {0};
	struct checkpoint c = {.org = ORG};
	const char *jws, *list;
	char root[CRYPTO_THUMBPRINT_SIZE];

	for (int n = 1; n <= CHECKPOINTS; n++) {
		AUTO(buf_done) struct buf records = {0};
		struct audit_head bound[NODES];
		size_t bound_count = 0;

		c.moved = moved;
		c.moved_count = 0;
		for (int i = 0; i < NODES; i++) {
			if (growth(n, i) > 0) {
				grow(s, &heads[i], growth(n, i), &records);
				moved[c.moved_count++] = heads[i];
			}
			if (heads[i].sequence > 0)
				bound[bound_count++] = heads[i];
		}
		c.number = n;
		c.time_ms = NOW + n;
		audit_heads_hash(bound, bound_count, c.heads);
		assert_true(checkpoint_sign(&s->a, &s->epoch, &c, &jws, &s->e));
		crypto_sha256(jws, strlen(jws), c.before);
		if (n > first)
			buf_add(&body, records.data, records.len);
		if (n >= first)
			audit_put_checkpoint(&body, jws);
		if (n == first) {
			memcpy(range.first_hash, c.before, sizeof(c.before));
			for (size_t i = 0; i < bound_count; i++)
				audit_put_chain(&chains, &bound[i]);
		}
	}
	memcpy(range.last_hash, c.before, sizeof(c.before));
	assert_true(keys_sign(&s->a, &s->root, &s->keys, &list, &s->e));
	assert_true(audit_range_sign(&s->a, &s->epoch, &range, &jws, &s->e));
	root_text(s, root);
	audit_put_head(out, ORG, root);
	audit_put_keys(out, list);
	audit_put_range(out, jws);
	if (chains.len > 0)
		buf_add(out, chains.data, chains.len);
	buf_add(out, body.data, body.len);
}

static void split(struct signing *s, const struct buf *text, struct lines *out)
{
	const char *at = text->data, *end;

	out->count = 0;
	for (; (end = strchr(at, '\n')) != NULL; at = end + 1)
		out->text[out->count++] = arena_dup_n(&s->a, at, (size_t)(end - at));
}

static void collect(void *arg, const char *text)
{
	struct buf *all = arg;

	buf_printf(all, "%s\n", text);
}

static void verify(const struct signing *s, const struct lines *l, struct audit_summary *out,
		   struct buf *findings)
{
	struct audit_verifier *v = audit_verifier_new(s->root.public, collect, findings);
	bool going = true;

	buf_reset(findings);
	for (size_t i = 0; i < l->count && going; i++)
		going = audit_verifier_line(v, l->text[i], strlen(l->text[i]));
	if (going)
		audit_verifier_end(v);
	audit_verifier_summary(v, out);
	out->kids = NULL;
	audit_verifier_free(v);
}

static void a_good_export_is_good(void **state)
{
	struct signing *s = *state;

	for (int first = 0; first <= CHECKPOINTS; first++) {
		AUTO(buf_done) struct buf text = {0}, findings = {0};
		struct audit_summary sum;
		struct lines l;

		make_export(s, first, &text);
		split(s, &text, &l);
		verify(s, &l, &sum, &findings);
		if (sum.findings != 0)
			fail_msg("from %d: %s", first, findings.data);
		assert_int_equal(sum.first, first);
		assert_int_equal(sum.last, CHECKPOINTS);
		assert_int_equal(sum.nodes, NODES);
		assert_int_equal(sum.kid_count, 1);
		assert_int_equal(sum.checkpoints, CHECKPOINTS - first + (first > 0));
	}
}

/* The line of a record, by chain and place. */
static size_t line_of(const struct lines *l, const char *node, int sequence)
{
	char want[100];

	(void)snprintf(want, sizeof(want), "\"node\":\"%s\",\"sequence\":%d,", node, sequence);
	for (size_t i = 0; i < l->count; i++) {
		if (strstr(l->text[i], want) != NULL && strncmp(l->text[i], "{\"hash\"", 7) == 0)
			return i;
	}
	fail_msg("no such record");
	return 0;
}

static void remove_line(struct lines *l, size_t at)
{
	memmove(&l->text[at], &l->text[at + 1], (l->count - at - 1) * sizeof(l->text[0]));
	l->count--;
}

static void insert_line(struct lines *l, size_t at, const char *text)
{
	memmove(&l->text[at + 1], &l->text[at], (l->count - at) * sizeof(l->text[0]));
	l->text[at] = text;
	l->count++;
}

/* A changed record whose hash was made to fit is named, not the one after it. */
static void the_record_that_was_touched_is_named(void **state)
{
	struct signing *s = *state;
	AUTO(buf_done) struct buf text = {0}, findings = {0}, forged = {0};
	unsigned char hash[CRYPTO_HASH_SIZE];
	struct audit_summary sum;
	struct lines good, l;
	char *record;
	size_t at;

	make_export(s, 0, &text);
	split(s, &text, &good);
	l = good;
	at = line_of(&l, nodes[0], 4);
	record = arena_dup(&s->a, strchr(l.text[at], ':') + 56);
	assert_memory_equal(record, "{\"v\":1", 6);
	record[strlen(record) - 1] = '\0';
	memcpy(strstr(record, "happened"), "changed!", 8);
	crypto_sha256(record, strlen(record), hash);
	audit_put_record(&forged, record, hash);
	forged.data[forged.len - 1] = '\0';
	l.text[at] = forged.data;
	verify(s, &l, &sum, &findings);
	assert_int_equal(sum.findings, 1);
	assert_non_null(strstr(findings.data, "record 4 of 01900000-0000-7000-8000-00000000000a"));
	assert_non_null(strstr(findings.data, "is not the one that was written"));

	l = good;
	remove_line(&l, line_of(&l, nodes[2], 3));
	verify(s, &l, &sum, &findings);
	assert_int_equal(sum.findings, 1);
	assert_string_equal(findings.data,
			    "record 3 of 01900000-0000-7000-8000-00000000000c is missing\n");

	l = good;
	at = line_of(&l, nodes[0], 2);
	insert_line(&l, at, l.text[at]);
	verify(s, &l, &sum, &findings);
	assert_true(sum.findings >= 1);
	assert_non_null(strstr(findings.data, "record 2 of"));
}

/* Cut at a checkpoint with a new beginning to match it, as the server itself would write it. */
static void a_record_that_was_cut_back_is_found_by_who_saw_its_end(void **state)
{
	struct signing *s = *state;
	AUTO(buf_done) struct buf text = {0}, findings = {0};
	struct audit_summary sum;
	struct audit_verifier *v;
	struct lines l;

	make_export(s, 0, &text);
	split(s, &text, &l);
	verify(s, &l, &sum, &findings);
	assert_int_equal(sum.findings, 0);
	for (int seen = 0; seen < 2; seen++) {
		v = audit_verifier_new(s->root.public, collect, &findings);
		sum.last_hash[0] ^= (unsigned char)seen;
		audit_verifier_expect(v, sum.last_hash);
		for (size_t i = 0; i < l.count; i++)
			assert_true(audit_verifier_line(v, l.text[i], strlen(l.text[i])));
		audit_verifier_end(v);
		audit_verifier_summary(v, &sum);
		assert_int_equal(sum.findings, seen);
		audit_verifier_free(v);
	}
}

static void another_root_is_not_trusted(void **state)
{
	struct signing *s = *state;
	AUTO(buf_done) struct buf text = {0}, findings = {0};
	struct signing other = *s;
	struct audit_summary sum;
	struct lines l;

	other.root = signing_key(9);
	make_export(s, 0, &text);
	split(s, &text, &l);
	verify(&other, &l, &sum, &findings);
	assert_true(sum.findings > 0);
}

static void mutate(struct signing *s, struct lines *l, unsigned *seed)
{
	size_t at = chance(seed, (unsigned)l->count), to;
	char *text = arena_dup(&s->a, l->text[at]);
	size_t n = strlen(text);
	const char *other;

	switch (chance(seed, 6)) {
	case 0: /* one character is another */
		to = chance(seed, (unsigned)n);
		text[to] = text[to] == 'x' ? 'y' : 'x';
		l->text[at] = text;
		return;
	case 1: /* a line goes */
		remove_line(l, at);
		return;
	case 2: /* two lines are swapped */
		do
			to = chance(seed, (unsigned)l->count);
		while (to == at);
		other = l->text[to];
		l->text[to] = l->text[at];
		l->text[at] = other;
		return;
	case 3: /* a line comes twice */
		insert_line(l, chance(seed, (unsigned)l->count + 1), text);
		return;
	case 4: /* the rest goes */
		l->count = at;
		return;
	default: /* one character goes */
		to = chance(seed, (unsigned)n);
		memmove(text + to, text + to + 1, n - to);
		l->text[at] = text;
		return;
	}
}

static void every_change_anywhere_is_found(void **state)
{
	struct signing *s = *state;
	unsigned seed = SEED;

	for (int first = 0; first <= 3; first += 3) {
		AUTO(buf_done) struct buf text = {0}, findings = {0};
		struct audit_summary sum;
		struct lines good, l;

		make_export(s, first, &text);
		split(s, &text, &good);
		for (int i = 0; i < MUTATIONS; i++) {
			l = good;
			mutate(s, &l, &seed);
			verify(s, &l, &sum, &findings);
			if (sum.findings == 0)
				fail_msg("mutation %d of the export from %d is not found", i,
					 first);
		}
	}
}

/* What a file says of itself is printed for somebody at a terminal. */
static void what_is_said_of_a_file_steers_no_terminal(void **state)
{
	struct signing *s = *state;
	AUTO(buf_done) struct buf text = {0}, findings = {0};
	const char *evil = "{\"v\":1,\"node\":\"\\u001b[31m\\u0085\",\"sequence\":1,\"prev\":"
			   "\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"}";
	unsigned char hash[CRYPTO_HASH_SIZE] = {0};
	struct audit_summary sum;
	struct lines l;

	make_export(s, 0, &text);
	split(s, &text, &l);
	buf_reset(&text);
	audit_put_record(&text, evil, hash);
	insert_line(&l, 4, arena_dup_n(&s->a, text.data, text.len - 1));
	verify(s, &l, &sum, &findings);
	assert_true(sum.findings > 0);
	assert_non_null(strstr(findings.data, "?[31m??"));
	for (const char *at = findings.data; *at != '\0'; at++)
		assert_true(*at == '\n' || (unsigned char)*at >= ' ');
	l.text[0] =
	    arena_printf(&s->a, "{\"holdfast_audit\":1,\"org\":\"%.36s\",\"root\":\"%.43s\"}",
			 "\033[31m01900000-0000-7000-8000-00000000", strstr(l.text[0], "root") + 7);
	verify(s, &l, &sum, &findings);
	assert_int_equal(sum.findings, 1);
	assert_string_equal(sum.org, "");
}

/* Who writes into the database and has no key makes chains that fit; no checkpoint says so. */
static void a_chain_that_was_made_anew_is_found(void **state)
{
	struct signing *s = *state;
	AUTO(buf_done) struct buf text = {0}, findings = {0}, forged = {0};
	struct audit_head head = {.node = nodes[0]};
	struct audit_summary sum;
	struct lines l, again;
	size_t at;

	make_export(s, 0, &text);
	split(s, &text, &l);
	head.sequence = 2;
	grow(s, &head, 2, &forged);
	split(s, &forged, &again);
	at = line_of(&l, nodes[0], 3);
	l.text[at] = again.text[0];
	l.text[at + 1] = again.text[1];
	verify(s, &l, &sum, &findings);
	assert_true(sum.findings > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_good_export_is_good),
	    cmocka_unit_test(the_record_that_was_touched_is_named),
	    cmocka_unit_test(a_record_that_was_cut_back_is_found_by_who_saw_its_end),
	    cmocka_unit_test(another_root_is_not_trusted),
	    cmocka_unit_test(every_change_anywhere_is_found),
	    cmocka_unit_test(what_is_said_of_a_file_steers_no_terminal),
	    cmocka_unit_test(a_chain_that_was_made_anew_is_found),
	};

	return cmocka_run_group_tests(tests, signing_start, signing_end);
}
