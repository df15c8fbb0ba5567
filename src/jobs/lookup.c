#include "jobs/lookup.h"

#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "jobs/oa.h"

#define CLOCK_SLACK_MS 600000 /* DingTalk's clock and ours */

struct match {
	const char *id, *created; /* created: its order in time */
	bool open, withdrawn;
};

struct search {
	const struct lookup *l;
	struct match found[LOOKUP_MAX_FOUND];
	size_t found_count, listed, read;
};

static bool too_many(struct err *e)
{
	return err_set(e, ERR_CONFLICT,
		       "Whether DingTalk has the form cannot be told: the applicant has too many "
		       "others since. Look for the request's number there.");
}

static bool in_time(const struct search *s, struct err *e)
{
	if (ticker_stopping(s->l->ticker))
		return err_set(e, ERR_UNAVAILABLE, "The server is being stopped.");
	return clock_mono_ms() < s->l->until_ms ||
	       err_set(e, ERR_UNAVAILABLE, "Looking for the form in DingTalk takes too long.");
}

static bool is_ours(const struct lookup *l, const struct dingtalk_instance *i)
{
	const struct oa_sent sent = {.process_code = l->instance->process_code,
				     .originator = l->instance->originator,
				     .values = *l->sent};
	struct oa_seen seen;

	oa_seen_from(l->arena, i, &seen);
	return oa_is_ours(&sent, &seen);
}

/* The number that people see begins with the second of its creation; the time ends with the minute. */
static const char *created(const struct dingtalk_instance *i)
{
	return *i->business_id != '\0' ? i->business_id : i->create_time;
}

static bool read_one(struct search *s, const char *id, struct err *e)
{
	struct dingtalk_instance i;

	if (s->read++ == LOOKUP_MAX_READ)
		return too_many(e);
	if (!in_time(s, e))
		return false;
	if (!dingtalk_instance_read(s->l->dingtalk, id, s->l->arena, &i, e))
		return e->code == ERR_NOT_FOUND;
	if (!is_ours(s->l, &i))
		return true;
	if (s->found_count == LOOKUP_MAX_FOUND)
		return too_many(e);
	s->found[s->found_count++] = (struct match){.id = id,
						    .created = created(&i),
						    .open = i.status == DINGTALK_RUNNING,
						    .withdrawn = i.status == DINGTALK_TERMINATED};
	return true;
}

/* Another request's form needs no reading. */
static bool is_anothers(const struct search *s, const char *id, bool *yes, struct err *e)
{
	struct store_instance owner;

	if (!store_instance_external(s->l->db, s->l->arena, s->l->instance->app, id, &owner, e))
		return false;
	*yes = owner.id != NULL && !text_equal(owner.id, s->l->instance->id);
	return true;
}

static bool take_page(struct search *s, const struct dingtalk_page *page, struct err *e)
{
	bool anothers;

	s->listed += page->count;
	for (size_t i = 0; i < page->count; i++) {
		if (!is_anothers(s, page->ids[i], &anothers, e) ||
		    (!anothers && !read_one(s, page->ids[i], e)))
			return false;
	}
	return true;
}

static bool search(struct search *s, struct err *e)
{
	const struct store_instance *i = s->l->instance;
	struct dingtalk_query query = {.process_code = i->process_code,
				       .originator = i->originator,
				       .start_ms = i->created_ms - CLOCK_SLACK_MS};
	struct dingtalk_page page = {0};

	do {
		if (!in_time(s, e) ||
		    !dingtalk_instance_list(s->l->dingtalk, &query, s->l->arena, &page, e) ||
		    !take_page(s, &page, e))
			return false;
		query.cursor = page.next;
	} while (page.next != 0 && s->listed < LOOKUP_MAX_LISTED);
	return page.next == 0 || too_many(e);
}

static bool is_better(const char *known, const struct match *a, const struct match *b)
{
	if (b == NULL || text_equal(a->id, known))
		return true;
	if (text_equal(b->id, known))
		return false;
	if (a->withdrawn != b->withdrawn)
		return b->withdrawn;
	return strcmp(a->created, b->created) < 0;
}

static void choose(const struct search *s, struct lookup_found *out)
{
	const char *known = s->l->instance->external_id;
	const struct match *best = NULL;

	for (size_t i = 0; i < s->found_count; i++) {
		if (is_better(known, &s->found[i], best))
			best = &s->found[i];
	}
	if (best != NULL && known != NULL && !text_equal(best->id, known))
		best = NULL;
	*out = (struct lookup_found){.id = best == NULL ? NULL : best->id};
	out->extras = arena_array(s->l->arena, LOOKUP_MAX_FOUND, sizeof(*out->extras));
	for (size_t i = 0; i < s->found_count; i++) {
		if (&s->found[i] != best && s->found[i].open)
			out->extras[out->extra_count++] = s->found[i].id;
	}
}

bool lookup_forms(const struct lookup *l, struct lookup_found *out, struct err *e)
{
	struct search s = {.l = l};

	*out = (struct lookup_found){0};
	if (!search(&s, e))
		return false;
	choose(&s, out);
	return true;
}
