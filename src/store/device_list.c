#include "store/device_list.h"

#include <string.h>

#include "base/id.h"
#include "base/text.h"
#include "store/device_row.h"
#include "store/rows.h"

/*
 * Devices are as many as an organisation has computers, and their rows are narrow: an order without an index of its
 * own, and a filter that fits few, look at all of them, which takes tens of milliseconds at 100,000. First come ids and
 * what the caller looks at, then, of those that go on the page, the rest: databases would carry it through the sort.
 */
#define FIRST_LOOK 200 /* rows read at once where the caller looks at each, at first */
#define LARGEST_LOOK 20000
#define AT_ONCE 32 /* ids in a statement: DB_MAX_PARAMS */

/* $4: stored state. $8, $12, $13: patterns; $14: how an id begins. */
#define AMONG                                                                                     \
	"d.state <> 'deleted' AND ($4 = '' OR d.state = $4) AND ($5 = '' OR d.owner = $5) AND "   \
	"($7 = '' OR d.owner IN (SELECT y.id FROM people y WHERE y.source = $7)) AND ($8 = '' "   \
	"OR LOWER(d.os) LIKE $8 ESCAPE '\\') AND ($9 = '' OR d.client_version = $9) AND ($10 = "  \
	"0 OR d.last_seen_ms >= $10) AND ($11 = 0 OR d.last_seen_ms < $11) AND ($12 = '' OR "     \
	"LOWER(d.name) LIKE $12 ESCAPE '\\' OR d.macs LIKE $13 ESCAPE '\\' OR d.id LIKE $14 "     \
	"ESCAPE '\\' OR d.owner IN (SELECT z.id FROM people z WHERE LOWER(z.name) LIKE $12 "      \
	"ESCAPE '\\')) AND ($15 = 0 OR d.owner IN (SELECT q.id FROM people q WHERE q.departed = " \
	"1)) AND ($16 = 0 OR d.cloned_ms > 0) AND ($17 = 0 OR (d.held_for IS NOT NULL AND "       \
	"d.held_refused_ms = 0)) AND ($18 = 0 OR d.session_end <> '') AND ($19 = '' OR d.owner "  \
	"IN (SELECT w.person FROM memberships w JOIN scope s ON s.id = w.department)) AND ($20 "  \
	"= 0 OR d.id IN (SELECT x.device FROM alarms x WHERE x.closed_ms IS NULL)) "

#define BELOW(name, param)                                                                 \
	name " (id) AS (SELECT id FROM departments WHERE " param " LIKE '%' || id || '%' " \
	     "UNION SELECT c.id FROM departments c JOIN " name " u ON c.parent = u.id)"

/* Everywhere, of an owner, and in departments: there from the people, for which PostgreSQL would else go through them
 * for each device. $6: the departments, one after another. */
#define EVERYWHERE "FROM devices d WHERE "
#define OWNED "FROM devices d WHERE d.owner = $5 AND "
#define INSIDE                                                                      \
	"FROM (SELECT DISTINCT m.person FROM memberships m JOIN below b ON b.id = " \
	"m.department) k CROSS JOIN devices d WHERE d.owner = k.person AND "

/* from: behind the cursor, whose id is $1 and whose key $2. */
#define LOOK(where, from, order)                                                           \
	"WITH RECURSIVE " BELOW("below", "$6") ", " BELOW(                                 \
	    "scope", "$19") " SELECT d.id, d.owner, d.held_for, d.state, d.last_seen_ms, " \
			    "d.left_ms " where AMONG "AND " from " ORDER BY " order " LIMIT $3"

#define BY_ID(than) "CAST($2 AS TEXT) IS NOT NULL AND ($1 = '' OR d.id " than " $1)"
#define BY_NAME(than) "($1 = '' OR (LOWER(d.name), d.id) " than " ($2, $1))"
#define BY_SEEN(than) "($1 = '' OR (d.last_seen_ms, d.id) " than " (CAST($2 AS BIGINT), $1))"

#define BOTH_WAYS(where, from, up, down)                                 \
	{                                                                \
		LOOK(where, from(">"), up), LOOK(where, from("<"), down) \
	}
#define ORDERS(where)                                                                           \
	{                                                                                       \
		[STORE_DEVICE_BY_ENROLMENT] = BOTH_WAYS(where, BY_ID, "d.id", "d.id DESC"),     \
		[STORE_DEVICE_BY_NAME] = BOTH_WAYS(where, BY_NAME, "LOWER(d.name), d.id",       \
						   "LOWER(d.name) DESC, d.id DESC"),            \
		[STORE_DEVICE_BY_LAST_SEEN] = BOTH_WAYS(where, BY_SEEN, "d.last_seen_ms, d.id", \
							"d.last_seen_ms DESC, d.id DESC"),      \
	}

enum where { ANYWHERE, OF_OWNER, IN_DEPARTMENTS, WHERE_COUNT };
static const char *const looks[WHERE_COUNT][STORE_DEVICE_ORDER_COUNT][2] = {
    [ANYWHERE] = ORDERS(EVERYWHERE),
    [OF_OWNER] = ORDERS(OWNED),
    [IN_DEPARTMENTS] = ORDERS(INSIDE),
};

/* What a page is asked with. */
struct plan {
	const struct store_device_filter *filter;
	const char *os, *text, *mac, *id; /* patterns */
	const char *departments;          /* that it is looked in; "": everywhere */
	const char *scope;                /* and in which it must be too; "" */
	const char *sql;
	const char *after, *key; /* the cursor's */
};

static struct db_value or_none(const char *text)
{
	return db_text(text != NULL ? text : "");
}

static bool is_hex(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/* As devices report theirs: "00-1A-2B", "001a.2b" and "001a2b" are looked for as 00:1a:2b. A text that is no part of
 * an address is looked for as it is, which finds nothing. */
static const char *mac_pattern(struct arena *a, const char *text)
{
	char *out = arena_alloc(a, strlen(text) * 2 + 1);
	size_t digits = 0, k = 0;

	for (const char *c = text; *c != '\0'; c++) {
		if (*c == ':' || *c == '-' || *c == '.')
			continue;
		if (!is_hex(*c))
			return rows_like(a, text);
		if (digits > 0 && digits % 2 == 0)
			out[k++] = ':';
		out[k++] = *c;
		digits++;
	}
	out[k] = '\0';
	return rows_like(a, digits == 0 ? text : out);
}

static bool wrong_cursor(struct err *e)
{
	return err_set(e, ERR_INVALID, "cursor: must be one that a list answered");
}

static bool plan_seen(struct arena *a, const char *cursor, struct plan *p, struct err *e)
{
	const char *dot = strchr(cursor, '.');
	int64_t ms;

	if (dot == NULL)
		return wrong_cursor(e);
	p->after = arena_dup_n(a, cursor, (size_t)(dot - cursor));
	p->key = dot + 1;
	return (id_valid(p->after) && text_i64(p->key, 0, INT64_MAX, &ms)) || wrong_cursor(e);
}

static bool plan_cursor(struct db *db, struct arena *a, enum store_device_order order,
			const char *cursor, struct plan *p, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	p->after = cursor;
	p->key = "0";
	if (*cursor == '\0')
		return true;
	if (order == STORE_DEVICE_BY_LAST_SEEN)
		return plan_seen(a, cursor, p, e);
	if (!id_valid(cursor))
		return wrong_cursor(e);
	if (!db_query(db, &rows, "SELECT LOWER(name) FROM devices WHERE id = $1",
		      DB_PARAMS(db_text(cursor)), e))
		return false;
	if (!db_next(&rows))
		return db_rows_ok(&rows, e) && wrong_cursor(e);
	p->key = db_column_text(&rows, 0, a);
	return true;
}

static struct plan plan_make(struct arena *a, const struct store_device_filter *f,
			     const struct store_device_listing *l)
{
	struct plan p = {.filter = f, .os = "", .text = "", .mac = "", .id = "", .scope = ""};

	p.departments = f->scope != NULL ? f->scope : "";
	if (f->department != NULL || f->owner != NULL) {
		p.scope = p.departments;
		p.departments = f->department != NULL ? f->department : "";
	}
	p.sql = looks[*p.departments != '\0' ? IN_DEPARTMENTS
		      : f->owner != NULL     ? OF_OWNER
					     : ANYWHERE][l->order][l->descending];
	if (f->os != NULL)
		p.os = rows_like(a, f->os);
	if (f->search != NULL && *f->search != '\0') {
		p.text = rows_like(a, f->search);
		p.mac = mac_pattern(a, f->search);
		p.id = p.text + 1;
	}
	return p;
}

static bool run(struct db *db, const struct plan *p, int64_t limit, struct db_rows *rows,
		struct err *e)
{
	const struct store_device_filter *f = p->filter;

	return db_query(db, rows, p->sql,
			DB_PARAMS(db_text(p->after), db_text(p->key), db_i64(limit),
				  or_none(f->state), or_none(f->owner), db_text(p->departments),
				  or_none(f->source), db_text(p->os), or_none(f->client_version),
				  db_i64(f->seen_from_ms), db_i64(f->seen_to_ms), db_text(p->text),
				  db_text(p->mac), db_text(p->id), db_bool(f->departed),
				  db_bool(f->cloned), db_bool(f->waiting), db_bool(f->signed_out),
				  db_text(p->scope), db_bool(f->alarmed)),
			e);
}

static const char *cursor_of(struct arena *a, const struct store_device_listing *l,
			     const struct store_device *d)
{
	if (l->order != STORE_DEVICE_BY_LAST_SEEN)
		return arena_dup(a, d->id);
	return arena_printf(a, "%s.%lld", d->id, (long long)d->last_seen_ms);
}

/* Takes rows until the page is full. *cursor: behind the last of `look` rows. *looked: how many there were. */
static bool take(struct db_rows *rows, struct arena *a, const struct store_device_listing *l,
		 int64_t look, struct store_device_page *out, const char **cursor, int64_t *looked,
		 struct err *e)
{
	for (*looked = 0; out->count < (size_t)l->limit && db_next(rows);) {
		AUTO(arena_done) struct arena scratch = {0};
		struct store_device d = {.id = db_column_text(rows, 0, &scratch),
					 .owner = db_column_text(rows, 1, &scratch),
					 .held_for = db_column_text(rows, 2, &scratch),
					 .state = db_column_text(rows, 3, &scratch),
					 .last_seen_ms = db_column_i64(rows, 4),
					 .left_ms = db_column_i64(rows, 5)};

		if (++*looked == look)
			*cursor = cursor_of(a, l, &d);
		if (l->pass != NULL && !l->pass(l->arg, &d))
			continue;
		d.id = arena_dup(a, d.id);
		out->items = rows_grow(a, out->items, out->count, sizeof(*out->items));
		out->items[out->count++] = d;
	}
	return db_rows_ok(rows, e);
}

/* What was deleted between the two looks keeps no name. */
static bool complete(struct db *db, struct arena *a, struct store_device *items, size_t count,
		     struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};
	struct db_params p = {.count = AT_ONCE};

	for (size_t i = 0; i < count; i++)
		p.values[i] = db_text(items[i].id);
	if (!db_query(db, &rows,
		      "SELECT " DEVICE_COLUMNS "FROM devices "
		      "d" DEVICE_JOINS "WHERE d.id IN ($1, $2, $3, "
		      "$4, $5, $6, $7, $8, $9, $10, "
		      "$11, $12, $13, "
		      "$14, $15, $16, $17, $18, "
		      "$19, $20, $21, $22, $23, "
		      "$24, $25, $26, $27, $28, "
		      "$29, $30, $31, $32)",
		      &p, e))
		return false;
	while (db_next(&rows)) {
		struct store_device d = device_row(&rows, a);

		for (size_t i = 0; i < count; i++) {
			if (text_equal(items[i].id, d.id))
				items[i] = d;
		}
	}
	return db_rows_ok(&rows, e);
}

static bool finish(struct db *db, struct arena *a, struct store_device_page *page, struct err *e)
{
	size_t left = 0;

	for (size_t i = 0; i < page->count; i += AT_ONCE) {
		size_t n = page->count - i < AT_ONCE ? page->count - i : AT_ONCE;

		if (!complete(db, a, page->items + i, n, e))
			return false;
	}
	for (size_t i = 0; i < page->count; i++) {
		if (page->items[i].name != NULL)
			page->items[left++] = page->items[i];
	}
	page->count = left;
	return true;
}

bool store_device_list(struct db *db, struct arena *a, const struct store_device_filter *filter,
		       const struct store_device_listing *l, struct store_device_page *out,
		       struct err *e)
{
	struct plan plan = plan_make(a, filter, l);
	int64_t look = l->pass == NULL ? l->limit : FIRST_LOOK;
	int64_t all = 0, looked = 0;

	*out = (struct store_device_page){.next = l->cursor};
	do {
		AUTO(db_rows_done) struct db_rows rows = {0};

		if (all > 0)
			look = LARGEST_LOOK;
		if (!plan_cursor(db, a, l->order, out->next, &plan, e) ||
		    !run(db, &plan, look, &rows, e) ||
		    !take(&rows, a, l, look, out, &out->next, &looked, e))
			return false;
		all += looked;
	} while (looked == look && out->count < (size_t)l->limit && all < STORE_DEVICE_LOOK_MOST);
	if (out->count == (size_t)l->limit)
		out->next = cursor_of(a, l, &out->items[out->count - 1]);
	else if (looked < look)
		out->next = NULL;
	return finish(db, a, out, e);
}

bool store_device_uses(struct db *db, const char *id, struct store_device_uses *out, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	if (!db_one(
		db, &rows,
		"SELECT (SELECT COUNT(*) FROM instances WHERE device = $1), (SELECT COUNT(*) "
		"FROM instances WHERE device = $1 AND status = 'pending'), (SELECT COUNT(*) FROM "
		"grants WHERE device = $1 AND state IN ('unused', 'delivered')), (SELECT "
		"COUNT(*) FROM removals WHERE device = $1)",
		DB_PARAMS(db_text(id)), "", e))
		return false;
	*out = (struct store_device_uses){.requests = db_column_i64(&rows, 0),
					  .pending = db_column_i64(&rows, 1),
					  .live_grants = db_column_i64(&rows, 2),
					  .removals = db_column_i64(&rows, 3)};
	return true;
}
