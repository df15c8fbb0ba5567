#include "store/instance_list.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/text.h"
#include "model/instance.h"
#include "store/rows.h"

/*
 * Any filters together would be thousands of statements. Instead there is one for each way in: an index
 * that gives those with one value (of what was asked for, the rarest) in the order of numbers, while all
 * other filters are conditions on what it gives. What is common everywhere is walked through by number, in
 * an index that has the conditions' columns.
 */
enum way {
	WAY_WAITING,
	WAY_DEVICE,
	WAY_PERSON,
	WAY_GRAM,
	WAY_DEPARTMENT,
	WAY_STATUS,
	WAY_EFFECT,
	WAY_DELIVERY,
	WAY_CHANNEL,
	WAY_WORKFLOW,
	WAY_PACKAGE,
	WAY_FILED,
	WAY_DECIDED,
	WAY_WALK,
	WAY_COUNT
};

#define RARE 8000          /* with fewer instances than this a value is a way in */
#define WALK_MOST 200000   /* numbers looked at for one page, when nothing is rare */
#define GRAM_COMMON 30000  /* the same of a gram that is rare together with others */
#define GRAM_SAMPLE 2000   /* instances */
#define GRAMS_LOOKED_AT 12 /* of a search, for the rarest */
#define GRAMS_USED 3
#define MAX_VALUES 64 /* of one way: statuses, departments of a scope, accounts */

/* $1 and $2: between these numbers. $3: how many. $24: the way's value. $23 and $25: accounts and
 * departments that runs before this one had, so that nothing is met twice. $29 and $30: '' when nothing of
 * their group is asked for, which saves most of the time where most rows pass. Counts
 * rather than EXISTS, for which PostgreSQL would read all there are into a hash. */
#define AMONG                                                                                      \
	"($4 = '' OR i.status IN ($4, $26, $27, $28, $18)) AND ($5 = '' OR i.effect = $5) AND "    \
	"($29 = '' OR (($6 = '' OR i.template = $6) AND ($7 = '' OR i.workflow = $7) AND "         \
	"($8 = '' OR i.package = $8) AND ($9 = '' OR i.channel = $9) AND "                         \
	"($10 = '' OR i.delivery = $10))) AND "                                                    \
	"($14 = 0 OR (i.created_ms >= $14 AND i.created_ms < $15)) AND "                           \
	"($16 = 0 OR (i.decided_ms >= $16 AND i.decided_ms < $17)) AND ($30 = '' OR ("             \
	"($13 = '' OR (SELECT COUNT(*) FROM instance_departments o WHERE o.number = i.number AND " \
	"o.department = $13) > 0) AND "                                                            \
	"($19 = '' OR (SELECT COUNT(*) FROM instance_grams q WHERE q.gram = $19 AND "              \
	"q.number = i.number) > 0) AND "                                                           \
	"($20 = '' OR (SELECT COUNT(*) FROM instance_grams r WHERE r.gram = $20 AND "              \
	"r.number = i.number) > 0) AND "                                                           \
	"($21 = '' OR (SELECT t.search FROM instances t WHERE t.number = i.number) LIKE $21 "      \
	"ESCAPE '\\') AND " STORE_IN_SCOPE(                                                        \
	    "$22") " AND "                                                                         \
		   "($25 = '' OR (SELECT COUNT(*) FROM instance_departments n WHERE "              \
		   "n.number = i.number AND $25 LIKE '%' || n.department || '%') = 0)))"
/* An index does not have these: only where they are rare enough to be the way. */
#define AMONG_ANY AMONG " AND ($11 = '' OR i.person = $11) AND ($12 = '' OR i.device = $12)"
#define AMONG_TOO AMONG_ANY " AND $23 = ''"
#define AMONG_ALL AMONG " AND $11 = '' AND $12 = '' AND $23 = ''"
#define WAITS_FOR "(SELECT k.instance FROM tasks k WHERE k.state = 'open' AND "

/* way, from, which, the number, all conditions: as columns of an index, or so that no index of another
 * column is taken for the order. */
#define WAYS(X)                                                                                  \
	X(WAY_WAITING, "instances i",                                                            \
	  "i.id IN " WAITS_FOR "k.account = $24) AND ($23 = '' OR i.id NOT IN " WAITS_FOR        \
	  "$23 LIKE '%' || k.account || '%'))",                                                  \
	  "i.number + 0", AMONG_ANY)                                                             \
	X(WAY_DEVICE, "instances i", "i.device = $24", "i.number + 0", AMONG_TOO)                \
	X(WAY_PERSON, "instances i", "i.person = $24", "i.number", AMONG_TOO)                    \
	X(WAY_GRAM, "instance_grams w CROSS JOIN instances i",                                   \
	  "w.gram = $24 AND i.number = w.number", "w.number", AMONG_TOO)                         \
	X(WAY_DEPARTMENT, "instance_departments w CROSS JOIN instances i",                       \
	  "w.department = $24 AND i.number = w.number", "w.number", AMONG_TOO)                   \
	X(WAY_STATUS, "instances i", "i.status = $24", "i.number", AMONG_TOO)                    \
	X(WAY_EFFECT, "instances i", "i.effect = $24", "i.number", AMONG_TOO)                    \
	X(WAY_DELIVERY, "instances i", "i.delivery = $24", "i.number", AMONG_TOO)                \
	X(WAY_CHANNEL, "instances i", "i.channel = $24", "i.number", AMONG_TOO)                  \
	X(WAY_WORKFLOW, "instances i", "i.workflow = $24", "i.number", AMONG_TOO)                \
	X(WAY_PACKAGE, "instances i", "i.package = $24", "i.number", AMONG_TOO)                  \
	X(WAY_FILED, "instances i", "i.created_ms >= $14 AND i.created_ms < $15 AND $24 = ''",   \
	  "i.number + 0", AMONG_TOO)                                                             \
	X(WAY_DECIDED, "instances i", "i.decided_ms >= $16 AND i.decided_ms < $17 AND $24 = ''", \
	  "i.number + 0", AMONG_TOO)                                                             \
	X(WAY_WALK, "instances i", "$24 = ''", "i.number", AMONG_ALL)

#define NUMBERS(from, which, number, among) \
	" FROM " from " WHERE " which " AND " number " > $1 AND " number " < $2 AND " among

#define COLUMNS                                                                              \
	"i.id, i.number, i.template, i.workflow, i.workflow_name, i.version, i.person, "     \
	"i.person_name, i.department, i.device, i.device_name, i.device_os, i.device_macs, " \
	"i.package, i.reason, i.status, i.effect, i.note, i.delivery, i.external_id, "       \
	"i.business_id, i.pending_with, i.decided_by, i.decided_ms, i.decision_comment, "    \
	"i.channel, i.created_ms, i.expires_ms, i.release, g.id, g.state, g.exp_ms, "        \
	"g.cancelled_ms, g.cancelled_why, g.confirmed_ms"

#define PAGE(from, which, number, among, order)                            \
	"SELECT " COLUMNS " FROM (SELECT i.number" NUMBERS(                \
	    from, which, number,                                           \
	    among) " ORDER BY " number " " order                           \
		   " LIMIT $3) c JOIN instances i ON i.number = c.number " \
		   "LEFT JOIN grants g ON g.instance = i.id ORDER BY c.number " order

#define NEWEST(way, ...) [way] = PAGE(__VA_ARGS__, "DESC"),
#define OLDEST(way, ...) [way] = PAGE(__VA_ARGS__, "ASC"),
/* In the order of enum instance_status. Quicker than GROUP BY, which sorts. */
#define OF_STATUS(name) "SUM(CASE WHEN c.status = '" name "' THEN 1 ELSE 0 END)"
#define COUNTED(way, from, which, number, among)                                                                 \
	[way] =                                                                                                  \
	    "SELECT " OF_STATUS("pending") ", " OF_STATUS("approved") ", " OF_STATUS("rejected") ", " OF_STATUS( \
		"revoked") ", " OF_STATUS("expired") " FROM (SELECT i.status" NUMBERS(from, which,               \
										      number,                    \
										      among) " LI"               \
											     "MIT"               \
											     " $"                \
											     "3) "               \
											     "c",

static const char *const newest[WAY_COUNT] = {WAYS(NEWEST)};
static const char *const oldest[WAY_COUNT] = {WAYS(OLDEST)};
static const char *const counted[WAY_COUNT] = {WAYS(COUNTED)};

/* How many there are of a value, at most $2. The first three are rare by nature. */
#define AT_MOST(from_where) "SELECT COUNT(*) FROM (SELECT 1 FROM " from_where " LIMIT $2) c"
static const char *const frequency[WAY_COUNT] = {
    [WAY_GRAM] = AT_MOST("instance_grams WHERE gram = $1"),
    [WAY_DEPARTMENT] = AT_MOST("instance_departments WHERE department = $1"),
    [WAY_STATUS] = AT_MOST("instances WHERE status = $1"),
    [WAY_EFFECT] = AT_MOST("instances WHERE effect = $1"),
    [WAY_DELIVERY] = AT_MOST("instances WHERE delivery = $1"),
    [WAY_CHANNEL] = AT_MOST("instances WHERE channel = $1"),
    [WAY_WORKFLOW] = AT_MOST("instances WHERE workflow = $1"),
    [WAY_PACKAGE] = AT_MOST("instances WHERE package = $1"),
};
static const char filed_between[] = AT_MOST("instances WHERE created_ms >= $1 AND created_ms < $3");
static const char decided_between[] =
    AT_MOST("instances WHERE decided_ms >= $1 AND decided_ms < $3");

/* What a list is asked with: the filter as it is bound, and the way in. */
struct plan {
	struct store_instance_filter filter;
	const char *statuses[INSTANCE_STATUS_COUNT]; /* "" behind the last */
	const char *scope, *pattern;
	const char *grams[GRAMS_USED]; /* the rarest first; "" */
	enum way way;
	const char *values[MAX_VALUES]; /* of the way, each a run of its own */
	size_t count;
	int64_t frequency; /* of the way's values, as far as it was counted */
};

const char *store_scope_text(struct arena *a, const struct store_scope *scope)
{
	AUTO(buf_done) struct buf b = {0};

	for (size_t i = 0; i < scope->count; i++)
		buf_text(&b, scope->departments[i]);
	return arena_dup_n(a, b.data, b.len);
}

static size_t status_names(unsigned statuses, const char *out[static INSTANCE_STATUS_COUNT])
{
	size_t n = 0;

	for (enum instance_status s = 0; s < INSTANCE_STATUS_COUNT; s++) {
		if ((statuses & 1U << s) != 0)
			out[n++] = instance_status_name(s);
	}
	for (size_t i = n; i < INSTANCE_STATUS_COUNT; i++)
		out[i] = "";
	return n;
}

static bool one_number(struct db_rows *rows, int64_t *out, struct err *e)
{
	*out = 0;
	if (db_next(rows))
		*out = db_column_i64(rows, 0);
	return db_rows_ok(rows, e);
}

static bool highest(struct db *db, int64_t *out, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	return db_query(db, &rows, "SELECT COALESCE(MAX(number), 0) FROM instances", DB_NONE, e) &&
	       one_number(&rows, out, e);
}

static bool frequency_of(struct db *db, const char *sql, const char *value, int64_t most,
			 int64_t *out, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	return db_query(db, &rows, sql, DB_PARAMS(db_text(value), db_i64(most)), e) &&
	       one_number(&rows, out, e);
}

static bool frequency_between(struct db *db, const char *sql, int64_t from_ms, int64_t to_ms,
			      int64_t *out, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	return db_query(db, &rows, sql, DB_PARAMS(db_i64(from_ms), db_i64(RARE), db_i64(to_ms)),
			e) &&
	       one_number(&rows, out, e);
}

/* Takes this way when it is rarer than the one so far. */
static bool offer(struct db *db, struct plan *p, enum way way, const char *const *values,
		  size_t count, struct err *e)
{
	int64_t all = 0, n;

	if (count == 0 || values[0] == NULL || count > MAX_VALUES)
		return true;
	for (size_t i = 0; i < count && all < p->frequency; i++) {
		if (!frequency_of(db, frequency[way], values[i], RARE, &n, e))
			return false;
		all += n;
	}
	if (all >= p->frequency || all >= RARE)
		return true;
	p->way = way;
	p->frequency = all;
	p->count = count;
	memcpy(p->values, values, count * sizeof(*values));
	return true;
}

static bool offer_between(struct db *db, struct plan *p, enum way way, int64_t from_ms,
			  int64_t to_ms, struct err *e)
{
	int64_t n;

	if (from_ms == 0)
		return true;
	if (!frequency_between(db, way == WAY_FILED ? filed_between : decided_between, from_ms,
			       to_ms, &n, e))
		return false;
	if (n >= p->frequency || n >= RARE)
		return true;
	p->way = way;
	p->frequency = n;
	p->count = 1;
	p->values[0] = "";
	return true;
}

struct gram {
	const char *text;
	int64_t frequency;
};

static int by_frequency(const void *a, const void *b)
{
	const struct gram *x = a, *y = b;

	return x->frequency == y->frequency ? 0 : x->frequency < y->frequency ? -1 : 1;
}

/* The next two characters of a text of grams. */
static const char *cut_gram(struct arena *a, const char **text)
{
	const char *from = *text;

	for (int c = 0; c < 2; c++) {
		do
			(*text)++;
		while ((**text & 0xc0) == 0x80);
	}
	return arena_dup_n(a, from, (size_t)(*text - from));
}

/* How often a common one is met among the newest, as of all. */
static bool estimate_gram(struct db *db, struct gram *gram, int64_t top, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};
	int64_t met;

	if (!db_query(db, &rows,
		      "SELECT COUNT(*) FROM instance_grams WHERE gram = $1 AND number > $2",
		      DB_PARAMS(db_text(gram->text), db_i64(top - GRAM_SAMPLE)), e) ||
	    !one_number(&rows, &met, e))
		return false;
	if (top > GRAM_SAMPLE && met * top / GRAM_SAMPLE > gram->frequency)
		gram->frequency = met * top / GRAM_SAMPLE;
	return true;
}

/* Counts them until one is found to be rare, as most searches have one; common ones are estimated. The
 * rarest first. */
static bool count_grams(struct db *db, struct gram *grams, size_t n, int64_t top, struct err *e)
{
	static const int64_t steps[] = {500, 5000};
	bool rare = n == 0;

	for (size_t s = 0; s < ARRAY_SIZE(steps) && !rare; s++) {
		for (size_t i = 0; i < n; i++) {
			if (!frequency_of(db, frequency[WAY_GRAM], grams[i].text, steps[s],
					  &grams[i].frequency, e))
				return false;
			rare = rare || grams[i].frequency < steps[s];
		}
	}
	for (size_t i = 0; i < n && !rare; i++) {
		if (!estimate_gram(db, &grams[i], top, e))
			return false;
	}
	qsort(grams, n, sizeof(*grams), by_frequency);
	return true;
}

/* Whether few have all of them, as far as can be told: then what has the rarest is looked through rather than
 * everything, even if that one is not rare by itself. */
static bool are_rare_together(const struct gram *grams, size_t n, int64_t all)
{
	double share = 1;

	for (size_t i = 0; i < n && i < GRAMS_USED; i++)
		share *= (double)grams[i].frequency / (double)(all > 0 ? all : 1);
	return share < 0.01;
}

/* One character is looked for where a text begins. */
static bool plan_search(struct db *db, struct arena *a, struct plan *p, struct err *e)
{
	const char *text = p->filter.search;
	struct gram grams[GRAMS_LOOKED_AT];
	struct search_grams all;
	int64_t top;
	size_t n = 0;

	if (text == NULL || *text == '\0')
		return true;
	if (text_length(text) == 1)
		text = arena_printf(a, "\n%s", text);
	p->pattern = rows_like(a, text);
	all = search_grams(a, text);
	for (; n < all.count && n < GRAMS_LOOKED_AT; n++)
		grams[n].text = cut_gram(a, &all.text);
	if (!highest(db, &top, e) || !count_grams(db, grams, n, top, e))
		return false;
	for (size_t i = 0; i < n && i < GRAMS_USED; i++)
		p->grams[i] = grams[i].text;
	if (n == 0 || grams[0].frequency >= GRAM_COMMON ||
	    (grams[0].frequency >= RARE && !are_rare_together(grams, n, top)))
		return true;
	p->way = WAY_GRAM;
	p->frequency = grams[0].frequency;
	p->count = 1;
	p->values[0] = grams[0].text;
	return true;
}

static bool plan_rarest(struct db *db, struct arena *a, struct plan *p, struct err *e)
{
	const struct store_instance_filter *f = &p->filter;
	size_t n = status_names(f->statuses, p->statuses);

	return plan_search(db, a, p, e) && offer(db, p, WAY_DEPARTMENT, &f->department, 1, e) &&
	       offer(db, p, WAY_DEPARTMENT, f->scope.departments, f->scope.count, e) &&
	       offer(db, p, WAY_STATUS, p->statuses, n, e) &&
	       offer(db, p, WAY_EFFECT, &f->effect, 1, e) &&
	       offer(db, p, WAY_DELIVERY, &f->delivery, 1, e) &&
	       offer(db, p, WAY_CHANNEL, &f->channel, 1, e) &&
	       offer(db, p, WAY_WORKFLOW, &f->workflow, 1, e) &&
	       offer(db, p, WAY_PACKAGE, &f->package, 1, e) &&
	       offer_between(db, p, WAY_FILED, f->from_ms, f->to_ms, e) &&
	       offer_between(db, p, WAY_DECIDED, f->decided_from_ms, f->decided_to_ms, e);
}

/* With one end a range has the other. */
static void close_range(int64_t *from_ms, int64_t *to_ms)
{
	if (*from_ms == 0 && *to_ms == 0)
		return;
	if (*from_ms == 0)
		*from_ms = 1;
	if (*to_ms == 0)
		*to_ms = INT64_MAX;
}

static bool plan_make(struct db *db, struct arena *a, const struct store_instance_filter *f,
		      struct plan *p, struct err *e)
{
	*p = (struct plan){.filter = *f,
			   .scope = store_scope_text(a, &f->scope),
			   .pattern = "",
			   .grams = {"", "", ""},
			   .way = WAY_WALK,
			   .values = {""},
			   .count = 1,
			   .frequency = RARE};
	close_range(&p->filter.from_ms, &p->filter.to_ms);
	close_range(&p->filter.decided_from_ms, &p->filter.decided_to_ms);
	if (!plan_rarest(db, a, p, e))
		return false;
	if (f->waiting_count > 0) {
		p->way = WAY_WAITING;
		p->count = f->waiting_count < MAX_VALUES ? f->waiting_count : MAX_VALUES;
		memcpy(p->values, f->waiting, p->count * sizeof(*p->values));
	} else if (f->device != NULL || f->person != NULL) {
		p->way = f->device != NULL ? WAY_DEVICE : WAY_PERSON;
		p->count = 1;
		p->values[0] = f->device != NULL ? f->device : f->person;
	}
	return true;
}

/* Between which numbers, and how many. */
struct part {
	int64_t above, below, limit;
};

static struct db_value or_none(const char *text)
{
	return db_text(text != NULL ? text : "");
}

static bool any_of_facets(const struct store_instance_filter *f)
{
	return f->template != NULL || f->workflow != NULL || f->package != NULL ||
	       f->channel != NULL || f->delivery != NULL;
}

static bool any_elsewhere(const struct plan *p, const char *before)
{
	return p->filter.department != NULL || *p->pattern != '\0' || *p->scope != '\0' ||
	       *before != '\0';
}

/* The k-th. */
static bool run(struct db *db, struct arena *a, const char *sql, const struct plan *p, size_t k,
		const struct part *part, struct db_rows *rows, struct err *e)
{
	const struct store_instance_filter *f = &p->filter;
	const char *before = store_scope_text(a, &(struct store_scope){p->values, k});
	bool by_gram = p->way == WAY_GRAM;

	return db_query(db, rows, sql,
			DB_PARAMS(db_i64(part->above), db_i64(part->below), db_i64(part->limit),
				  db_text(p->statuses[0]), or_none(f->effect), or_none(f->template),
				  or_none(f->workflow), or_none(f->package), or_none(f->channel),
				  or_none(f->delivery), or_none(f->person), or_none(f->device),
				  or_none(f->department), db_i64(f->from_ms), db_i64(f->to_ms),
				  db_i64(f->decided_from_ms), db_i64(f->decided_to_ms),
				  db_text(p->statuses[4]), db_text(by_gram ? p->grams[1] : ""),
				  db_text(by_gram ? p->grams[2] : ""), db_text(p->pattern),
				  db_text(p->scope), db_text(p->way == WAY_WAITING ? before : ""),
				  db_text(p->values[k]),
				  db_text(p->way == WAY_DEPARTMENT ? before : ""),
				  db_text(p->statuses[1]), db_text(p->statuses[2]),
				  db_text(p->statuses[3]), db_text(any_of_facets(f) ? "x" : ""),
				  db_text(any_elsewhere(p, before) ? "x" : "")),
			e);
}

static void read_listed(const struct db_rows *rows, struct arena *a, struct store_listed *out)
{
	struct store_instance *i = &out->instance;

	i->id = db_column_text(rows, 0, a);
	i->number = db_column_i64(rows, 1);
	i->template = db_column_text(rows, 2, a);
	i->workflow = db_column_text(rows, 3, a);
	i->workflow_name = db_column_text(rows, 4, a);
	i->version = db_column_i64(rows, 5);
	i->person = db_column_text(rows, 6, a);
	i->person_name = db_column_text(rows, 7, a);
	i->department = db_column_text(rows, 8, a);
	i->device = db_column_text(rows, 9, a);
	i->device_name = db_column_text(rows, 10, a);
	i->device_os = db_column_text(rows, 11, a);
	i->device_macs = db_column_text(rows, 12, a);
	i->package = db_column_text(rows, 13, a);
	i->reason = db_column_text(rows, 14, a);
	i->status = db_column_text(rows, 15, a);
	i->effect = db_column_text(rows, 16, a);
	i->note = db_column_text(rows, 17, a);
	i->delivery = db_column_text(rows, 18, a);
	i->external_id = db_column_text(rows, 19, a);
	i->business_id = db_column_text(rows, 20, a);
	i->pending_with = db_column_text(rows, 21, a);
	i->decided_by = db_column_text(rows, 22, a);
	i->decided_ms = db_column_i64(rows, 23);
	i->decision_comment = db_column_text(rows, 24, a);
	i->channel = db_column_text(rows, 25, a);
	i->created_ms = db_column_i64(rows, 26);
	i->expires_ms = db_column_i64(rows, 27);
	i->release = db_column_text(rows, 28, a);
	out->grant.id = db_column_text(rows, 29, a);
	out->grant.state = db_column_text(rows, 30, a);
	out->grant.exp_ms = db_column_i64(rows, 31);
	out->grant.cancelled_ms = db_column_i64(rows, 32);
	out->grant.cancelled_why = db_column_text(rows, 33, a);
	out->grant.confirmed_ms = db_column_i64(rows, 34);
}

static bool collect(struct db_rows *rows, struct arena *a, struct store_listed_page *out,
		    struct err *e)
{
	while (db_next(rows)) {
		out->items = rows_grow(a, out->items, out->count, sizeof(*out->items));
		read_listed(rows, a, &out->items[out->count++]);
	}
	return db_rows_ok(rows, e);
}

static int newer_first(const void *a, const void *b)
{
	const struct store_listed *x = a, *y = b;

	return x->instance.number > y->instance.number ? -1
						       : x->instance.number < y->instance.number;
}

static int older_first(const void *a, const void *b)
{
	return newer_first(b, a);
}

/* Each run gave the first of its own: the first of all are among them. */
static void merge(struct store_listed_page *page, const struct store_listing *l)
{
	if (page->count > 0)
		qsort(page->items, page->count, sizeof(*page->items),
		      l->oldest ? older_first : newer_first);
	if (page->count > (size_t)l->limit)
		page->count = (size_t)l->limit;
}

static bool number_of(struct db *db, const char *id, int64_t *out, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	if (!db_query(db, &rows, "SELECT number FROM instances WHERE id = $1",
		      DB_PARAMS(db_text(id)), e) ||
	    !one_number(&rows, out, e))
		return false;
	return *out > 0 || err_set(e, ERR_INVALID, "cursor: must be one that a list answered");
}

/* The next number there is in the list's direction from where a page begins; 0: none. */
static bool nearest(struct db *db, const struct store_listing *l, const struct part *part,
		    int64_t *out, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	return db_query(db, &rows,
			l->oldest
			    ? "SELECT COALESCE(MIN(number), 0) FROM instances WHERE number > $1"
			    : "SELECT COALESCE(MAX(number), 0) FROM instances WHERE number < $1",
			DB_PARAMS(db_i64(l->oldest ? part->above : part->below)), e) &&
	       one_number(&rows, out, e);
}

/* Where a page begins and, when nothing bounds it otherwise, how far it looks: so far that there is at least
 * one, from which the next page can go on. */
static bool bounds(struct db *db, const struct plan *p, const struct store_listing *l,
		   struct part *out, struct err *e)
{
	int64_t from = 0, first;

	if (*l->cursor != '\0' && !number_of(db, l->cursor, &from, e))
		return false;
	*out = (struct part){.above = l->oldest ? from : 0,
			     .below = l->oldest || from == 0 ? INT64_MAX : from,
			     .limit = l->limit};
	if (p->way != WAY_WALK)
		return true;
	if (!nearest(db, l, out, &first, e))
		return false;
	if (l->oldest)
		out->below = first + WALK_MOST;
	else
		out->above = first > WALK_MOST ? first - WALK_MOST : 0;
	return true;
}

/* The page was not filled, and where it stopped looking there is more. */
static bool resume(struct db *db, struct arena *a, const struct store_listing *l,
		   const struct part *part, struct store_listed_page *page, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};
	int64_t top;

	if (!highest(db, &top, e))
		return false;
	if (l->oldest ? part->below > top : part->above <= 0)
		return true;
	if (!db_query(db, &rows,
		      l->oldest
			  ? "SELECT id FROM instances WHERE number < $1 ORDER BY number DESC "
			    "LIMIT 1"
			  : "SELECT id FROM instances WHERE number > $1 ORDER BY number LIMIT 1",
		      DB_PARAMS(db_i64(l->oldest ? part->below : part->above)), e))
		return false;
	if (db_next(&rows))
		page->next = db_column_text(&rows, 0, a);
	return db_rows_ok(&rows, e);
}

bool store_instance_list(struct db *db, struct arena *a, const struct store_instance_filter *filter,
			 const struct store_listing *l, struct store_listed_page *out,
			 struct err *e)
{
	struct plan plan;
	struct part part;

	*out = (struct store_listed_page){0};
	if (!plan_make(db, a, filter, &plan, e) || !bounds(db, &plan, l, &part, e))
		return false;
	for (size_t k = 0; k < plan.count; k++) {
		AUTO(db_rows_done) struct db_rows rows = {0};

		if (!run(db, a, (l->oldest ? oldest : newest)[plan.way], &plan, k, &part, &rows,
			 e) ||
		    !collect(&rows, a, out, e))
			return false;
	}
	if (plan.count > 1)
		merge(out, l);
	if (out->count < (size_t)l->limit)
		return plan.way != WAY_WALK || resume(db, a, l, &part, out, e);
	out->next = out->items[out->count - 1].instance.id;
	return true;
}

static bool add_counts(struct db_rows *rows, struct store_instance_counts *out, struct err *e)
{
	if (db_next(rows)) {
		for (int s = 0; s < INSTANCE_STATUS_COUNT; s++)
			out->of[s] += db_column_i64(rows, s);
	}
	return db_rows_ok(rows, e);
}

static bool only_statuses(const struct store_instance_filter *f)
{
	const struct store_instance_filter none = {.statuses = f->statuses};

	return memcmp(f, &none, sizeof(none)) == 0;
}

/* What lists begin with: an index counts it. */
static bool count_statuses(struct db *db, unsigned statuses, struct store_instance_counts *out,
			   struct err *e)
{
	out->exact = true;
	for (enum instance_status s = 0; s < INSTANCE_STATUS_COUNT; s++) {
		if (statuses != 0 && (statuses & 1U << s) == 0)
			continue;
		if (!frequency_of(db, frequency[WAY_STATUS], instance_status_name(s),
				  STORE_COUNT_MOST, &out->of[s], e))
			return false;
		out->exact = out->exact && out->of[s] < STORE_COUNT_MOST;
	}
	return true;
}

bool store_instance_count(struct db *db, struct arena *a,
			  const struct store_instance_filter *filter,
			  struct store_instance_counts *out, struct err *e)
{
	struct part part = {.limit = INT64_MAX};
	struct plan plan;
	int64_t top;

	*out = (struct store_instance_counts){0};
	if (!plan_make(db, a, filter, &plan, e) || !highest(db, &top, e))
		return false;
	if (plan.way == WAY_WALK && only_statuses(filter))
		return count_statuses(db, filter->statuses, out, e);
	part.below = top + 1;
	if (plan.way == WAY_WALK && top > STORE_COUNT_MOST)
		part.above = top - STORE_COUNT_MOST;
	out->exact = part.above == 0;
	for (size_t k = 0; k < plan.count; k++) {
		AUTO(db_rows_done) struct db_rows rows = {0};

		if (!run(db, a, counted[plan.way], &plan, k, &part, &rows, e) ||
		    !add_counts(&rows, out, e))
			return false;
	}
	return true;
}
