#include "flow/sync.h"

#include <string.h>

#include "base/id.h"
#include "base/text.h"
#include "flow/departure.h"
#include "store/note.h"

#define APPLY_MANY 500 /* changes in one unit */

/* --- telling what differs --- */

static bool same_departments(const struct store_walked_person *a,
			     const struct store_walked_person *b)
{
	if (a->department_count != b->department_count)
		return false;
	for (size_t i = 0; i < a->department_count; i++) {
		if (!text_equal(a->departments[i], b->departments[i]))
			return false;
	}
	return true;
}

static bool lies_in(const struct store_walked_person *p, const char *department)
{
	for (size_t i = 0; i < p->department_count; i++) {
		if (text_equal(p->departments[i], department))
			return true;
	}
	return false;
}

/* In whatever order. */
static bool moved(const struct store_walked_person *was, const struct store_walked_person *is)
{
	if (was->department_count != is->department_count)
		return true;
	for (size_t i = 0; i < is->department_count; i++) {
		if (!lies_in(was, is->departments[i]))
			return true;
	}
	return false;
}

static bool same_person(const struct store_walked_person *a, const struct store_walked_person *b)
{
	return text_equal(a->name, b->name) && text_equal(a->title, b->title) &&
	       text_equal(a->email, b->email) && text_equal(a->telephone, b->telephone) &&
	       text_equal(text_some(a->unionid), text_some(b->unionid)) && same_departments(a, b);
}

static const char *kind_of(const struct store_known_person *was,
			   const struct store_walked_person *is)
{
	if (was->id == NULL)
		return SYNC_JOINED;
	if (was->departed)
		return SYNC_RETURNED;
	if (moved(&was->as, is))
		return SYNC_MOVED;
	return text_equal(was->as.name, is->name) ? SYNC_CHANGED : SYNC_RENAMED;
}

/* Rules of groups look at departments, email and telephone; a person who returns had others maybe. */
static bool may_uncover(const struct store_known_person *was, const struct store_walked_person *is)
{
	return was->departed || moved(&was->as, is) || !text_equal(was->as.email, is->email) ||
	       !text_equal(was->as.telephone, is->telephone);
}

static bool put_departments(struct flow *f, struct json_writer *w, const char *source,
			    const struct store_walked_person *p, struct err *e)
{
	json_array(w, "departments");
	for (size_t i = 0; i < p->department_count; i++) {
		struct store_known_department d;

		if (!store_directory_get_department(f->db, f->arena, source, p->departments[i], &d,
						    e))
			return false;
		json_put_text(w, NULL, d.id == NULL ? p->departments[i] : d.name);
	}
	json_array_end(w);
	return true;
}

static void put_differing(struct json_writer *w, const char *key, const char *shown,
			  const char *other)
{
	if (!text_equal(shown, other))
		json_put_text(w, key, shown);
}

/* The members of shown that differ from other's. */
static bool differing(struct flow *f, const char *source, const struct store_walked_person *shown,
		      const struct store_walked_person *other, const char **out, struct err *e)
{
	AUTO(buf_done) struct buf text = {0};
	struct json_writer w = {.out = &text};

	json_object(&w, NULL);
	put_differing(&w, "name", shown->name, other->name);
	put_differing(&w, "title", shown->title, other->title);
	put_differing(&w, "email", shown->email, other->email);
	put_differing(&w, "telephone", shown->telephone, other->telephone);
	if (!same_departments(shown, other) && !put_departments(f, &w, source, shown, e))
		return false;
	json_object_end(&w);
	*out = arena_dup_n(f->arena, text.data, text.len);
	return true;
}

/* --- what a pending change is going to write --- */

struct body {
	struct store_walked_person person;
	struct json_list departments;
};

static const struct json_field body_json[] = {
    {"unionid", JSON_FIELD_TEXT, offsetof(struct body, person.unionid)},
    {"name", JSON_FIELD_TEXT, offsetof(struct body, person.name), .required = true},
    {"title", JSON_FIELD_TEXT, offsetof(struct body, person.title)},
    {"email", JSON_FIELD_TEXT, offsetof(struct body, person.email)},
    {"telephone", JSON_FIELD_TEXT, offsetof(struct body, person.telephone)},
    {"departments", JSON_FIELD_ARRAY, offsetof(struct body, departments)},
    {0}};

struct department_body {
	const char *name, *parent;
};

static const struct json_field department_body_json[] = {
    {"name", JSON_FIELD_TEXT, offsetof(struct department_body, name), .required = true},
    {"parent", JSON_FIELD_TEXT, offsetof(struct department_body, parent), .nullable = true},
    {0}};

static const char *written(struct arena *a, const struct json_field *fields, const void *in)
{
	AUTO(buf_done) struct buf out = {0};
	struct json_writer w = {.out = &out};

	json_write(&w, NULL, fields, in);
	return arena_dup_n(a, out.data, out.len);
}

bool flow_sync_body(struct arena *a, const struct store_sync_change *c,
		    struct store_walked_person *out, struct err *e)
{
	struct body body = {
	    .person = {.unionid = "", .name = "", .title = "", .email = "", .telephone = ""}};

	if (!json_read_text(a, c->body, strlen(c->body), body_json, &body, e))
		return false;
	*out = body.person;
	out->external_id = c->external_id;
	out->departments = body.departments.items;
	out->department_count = body.departments.count;
	return true;
}

bool flow_sync_department_body(struct arena *a, const struct store_sync_change *c,
			       struct store_walked_department *out, struct err *e)
{
	struct department_body body = {0};

	if (!json_read_text(a, c->body, strlen(c->body), department_body_json, &body, e))
		return false;
	*out = (struct store_walked_department){
	    .external_id = c->external_id, .parent = body.parent, .name = body.name};
	return true;
}

/* --- the record of changes --- */

static void count_kind(struct store_sync_counts *n, const char *subject, const char *kind)
{
	if (text_equal(subject, SYNC_DEPARTMENT))
		n->departments++;
	n->joined += text_equal(subject, SYNC_PERSON) && text_equal(kind, SYNC_JOINED);
	n->returned += text_equal(subject, SYNC_PERSON) && text_equal(kind, SYNC_RETURNED);
	n->left += text_equal(subject, SYNC_PERSON) && text_equal(kind, SYNC_LEFT);
	n->moved += text_equal(subject, SYNC_PERSON) && text_equal(kind, SYNC_MOVED);
	n->renamed += text_equal(subject, SYNC_PERSON) && text_equal(kind, SYNC_RENAMED);
	n->changed += text_equal(subject, SYNC_PERSON) && text_equal(kind, SYNC_CHANGED);
}

static bool counted(struct flow *f, const char *run, const struct store_sync_counts *n,
		    struct err *e)
{
	bool any = n->joined + n->returned + n->left + n->moved + n->renamed + n->changed +
		       n->departments >
		   0;

	return run == NULL || !any || store_sync_run_count(f->db, run, n, e);
}

static bool put_change(struct flow *f, const struct flow_sync *to, struct store_sync_change c,
		       struct err *e)
{
	char id[ID_SIZE];

	id_new(id);
	c.id = id;
	c.source = to->source->id;
	c.run = to->run;
	c.at_ms = to->asked_ms;
	c.state = c.body == NULL ? SYNC_APPLIED : SYNC_PENDING;
	if (c.before == NULL)
		c.before = c.after = "{}";
	return store_sync_change_put(f->db, &c, e);
}

/* What is known by now is newer than what the present run was going to do with the same one. */
static bool drop_pending(struct flow *f, const struct flow_sync *to, const char *subject,
			 const char *external_id, struct err *e)
{
	struct store_sync_run last;
	struct store_sync_change c;
	const char *run = to->run;

	if (run == NULL) {
		if (!store_sync_run_last(f->db, f->arena, to->source->id, &last, e))
			return false;
		run = last.id;
	}
	if (run == NULL)
		return true;
	if (!store_sync_change_of(f->db, f->arena, run, subject, external_id, &c, e))
		return false;
	return c.id == NULL || !text_equal(c.state, SYNC_PENDING) || c.at_ms > to->asked_ms ||
	       store_sync_change_drop(f->db, c.id, e);
}

/* Whether it came in this very run. */
static bool came_now(struct flow *f, const struct flow_sync *to, const char *subject,
		     const char *external_id, bool *out, struct err *e)
{
	struct store_sync_change c = {0};

	if (to->run != NULL &&
	    !store_sync_change_of(f->db, f->arena, to->run, subject, external_id, &c, e))
		return false;
	*out = c.id != NULL && text_equal(c.kind, SYNC_JOINED);
	return true;
}

static void note(struct flow *f, const struct flow_sync *to)
{
	if (to->changed != NULL)
		*to->changed = true;
	else
		db_note(f->db, NOTE_POLICY, "");
}

/* --- departments --- */

static bool write_department(struct flow *f, const struct flow_sync *to,
			     const struct store_walked_department *d, struct err *e)
{
	note(f, to);
	return store_directory_department(f->db, f->arena,
					  &(struct store_walk){to->source->id, to->asked_ms}, d, e);
}

static const char *place(struct arena *a, const struct store_known_department *was,
			 const struct store_walked_department *shown, bool before)
{
	AUTO(buf_done) struct buf out = {0};
	struct json_writer w = {.out = &out};

	json_object(&w, NULL);
	if (!text_equal(was->name, shown->name))
		json_put_text(&w, "name", before ? was->name : shown->name);
	if (!text_equal(was->parent, shown->parent))
		json_put_text(&w, "parent", before ? was->parent : shown->parent);
	json_object_end(&w);
	return arena_dup_n(a, out.data, out.len);
}

static bool change_department(struct flow *f, const struct flow_sync *to,
			      const struct store_known_department *was,
			      const struct store_walked_department *d, struct store_sync_counts *n,
			      struct err *e)
{
	bool elsewhere = was->id != NULL && !text_equal(was->parent, d->parent), now;
	struct store_sync_change c = {.subject = SYNC_DEPARTMENT,
				      .external_id = d->external_id,
				      .subject_id = was->id,
				      .name = d->name,
				      .kind = was->id == NULL ? SYNC_JOINED
					      : was->gone     ? SYNC_RETURNED
					      : elsewhere     ? SYNC_MOVED
							      : SYNC_RENAMED};

	if (!came_now(f, to, SYNC_DEPARTMENT, d->external_id, &now, e))
		return false;
	if (was->id != NULL) {
		c.before = place(f->arena, was, d, true);
		c.after = place(f->arena, was, d, false);
	}
	if (!now && elsewhere && !was->gone && to->run != NULL)
		c.body = written(f->arena, department_body_json,
				 &(struct department_body){d->name, d->parent});
	else if (!write_department(f, to, d, e))
		return false;
	if (now)
		return true;
	if (c.body == NULL)
		count_kind(n, c.subject, c.kind);
	return put_change(f, to, c, e);
}

/* start: where it lies is not known, and stays as it was. */
static bool see_department(struct flow *f, const struct flow_sync *to,
			   struct store_walked_department d, bool start,
			   struct store_sync_counts *n, struct err *e)
{
	struct store_known_department was;

	if (!store_directory_get_department(f->db, f->arena, to->source->id, d.external_id, &was,
					    e))
		return false;
	if (was.id != NULL && was.seen_ms > to->asked_ms)
		return true;
	if (start && was.id != NULL)
		d.parent = was.parent;
	if (was.id != NULL && !was.gone && text_equal(was.name, d.name) &&
	    text_equal(was.parent, d.parent))
		return drop_pending(f, to, SYNC_DEPARTMENT, d.external_id, e);
	if (to->run == NULL && !drop_pending(f, to, SYNC_DEPARTMENT, d.external_id, e))
		return false;
	return change_department(f, to, &was, &d, n, e);
}

bool flow_sync_departments(struct flow *f, const struct flow_sync_children *c, struct err *e)
{
	struct store_sync_counts n = {0};

	for (size_t i = 0; i < c->count; i++) {
		if (c->to.run != NULL &&
		    !store_sync_department_add(f->db, c->to.run, c->items[i].external_id, e))
			return false;
		if (!see_department(f, &c->to, c->items[i], c->parent == NULL, &n, e))
			return false;
	}
	if (c->to.run != NULL && c->parent != NULL &&
	    !store_sync_department_children(f->db, c->to.run, c->parent, e))
		return false;
	return counted(f, c->to.run, &n, e);
}

bool flow_sync_unseen(struct flow *f, const struct flow_sync *to, const char *department,
		      struct err *e)
{
	return store_sync_department_unseen(f->db, to->run, department, e);
}

/* --- people --- */

static bool write_person(struct flow *f, const struct flow_sync *to,
			 const struct store_walked_person *p, struct err *e)
{
	note(f, to);
	return store_directory_person(f->db, f->arena,
				      &(struct store_walk){to->source->id, to->asked_ms}, p, e);
}

/* Only departments that are here: others cannot be told apart from those out of sight. */
static bool resolve(struct flow *f, const char *source, struct store_walked_person *p,
		    struct err *e)
{
	const char **known = arena_array(f->arena, p->department_count, sizeof(*known));
	size_t n = 0;

	for (size_t i = 0; i < p->department_count; i++) {
		struct store_known_department d;

		if (!store_directory_get_department(f->db, f->arena, source, p->departments[i], &d,
						    e))
			return false;
		if (d.id != NULL && !d.gone)
			known[n++] = p->departments[i];
	}
	p->departments = known;
	p->department_count = n;
	return true;
}

static const char *person_body(struct arena *a, const struct store_walked_person *p)
{
	return written(
	    a, body_json,
	    &(struct body){.person = *p,
			   .departments = json_list_of(p->departments, p->department_count)});
}

static bool change_person(struct flow *f, const struct flow_sync *to,
			  const struct store_known_person *was, const struct store_walked_person *p,
			  const struct store_walked_person *told, struct store_sync_counts *n,
			  struct err *e)
{
	struct store_sync_change c = {.subject = SYNC_PERSON,
				      .external_id = p->external_id,
				      .subject_id = was->id,
				      .name = p->name,
				      .kind = kind_of(was, p)};
	bool now = false;

	if (was->id != NULL && (!came_now(f, to, SYNC_PERSON, p->external_id, &now, e) ||
				!differing(f, to->source->id, &was->as, p, &c.before, e) ||
				!differing(f, to->source->id, p, &was->as, &c.after, e)))
		return false;
	if (!now && was->id != NULL && to->run != NULL && may_uncover(was, p))
		c.body = person_body(f->arena, told);
	else if (!write_person(f, to, p, e))
		return false;
	if (now)
		return true;
	if (c.body == NULL)
		count_kind(n, c.subject, c.kind);
	return put_change(f, to, c, e);
}

/* was->id NULL: he is not here. */
static bool see_person(struct flow *f, const struct flow_sync *to,
		       const struct store_known_person *was, const struct store_walked_person *told,
		       struct store_sync_counts *n, struct err *e)
{
	struct store_walked_person p = *told;
	bool here = was->id != NULL, same;

	if (here && was->seen_ms > to->asked_ms)
		return true;
	same = here && !was->departed && same_person(&was->as, &p);
	if (!same && !resolve(f, to->source->id, &p, e))
		return false;
	same = same || (here && !was->departed && same_person(&was->as, &p));
	/* Of those in several departments another page may have said something else before. */
	if (here && (to->run == NULL || told->department_count > 1) && same)
		return drop_pending(f, to, SYNC_PERSON, told->external_id, e);
	if (to->run == NULL && !drop_pending(f, to, SYNC_PERSON, told->external_id, e))
		return false;
	return same || change_person(f, to, was, &p, told, n, e);
}

static const struct store_known_person *known_as(const struct store_known_person *known,
						 size_t count, const char *external_id)
{
	static const struct store_known_person nobody = {0};

	for (size_t i = 0; i < count; i++) {
		if (strcmp(known[i].as.external_id, external_id) == 0)
			return &known[i];
	}
	return &nobody;
}

static bool listed_before(const struct store_walked_person *people, size_t i)
{
	for (size_t k = 0; k < i; k++) {
		if (strcmp(people[k].external_id, people[i].external_id) == 0)
			return true;
	}
	return false;
}

/* At most STORE_DIRECTORY_MANY. */
static bool see_people(struct flow *f, const struct flow_sync *to,
		       const struct store_walked_person *people, size_t count,
		       struct store_sync_counts *n, struct err *e)
{
	struct store_known_person known[STORE_DIRECTORY_MANY] = {0};
	const char *ids[STORE_DIRECTORY_MANY];
	size_t known_count;

	for (size_t i = 0; i < count; i++)
		ids[i] = people[i].external_id;
	if (!store_directory_get_people(f->db, f->arena,
					&(struct store_external_ids){to->source->id, ids, count},
					known, &known_count, e))
		return false;
	for (size_t i = 0; i < count; i++) {
		if (listed_before(people, i))
			continue;
		if (!see_person(f, to, known_as(known, known_count, ids[i]), &people[i], n, e))
			return false;
	}
	return true;
}

static bool met(struct flow *f, const struct flow_sync_members *m, struct err *e)
{
	AUTO(buf_done) struct buf ids = {0};

	buf_text(&ids, "");
	for (size_t i = 0; i < m->count; i++)
		buf_printf(&ids, "%s\n", m->items[i].external_id);
	return store_sync_seen_add(f->db,
				   &(struct store_sync_page){.run = m->to.run,
							     .department = m->department,
							     .page = m->page,
							     .people = (int64_t)m->count,
							     .external_ids = ids.data},
				   e) &&
	       (*m->department == '\0' ||
		store_sync_department_next(f->db, m->to.run, m->department, m->next, e));
}

bool flow_sync_people(struct flow *f, const struct flow_sync_members *m, struct err *e)
{
	struct store_sync_counts n = {0};

	for (size_t i = 0; i < m->count; i += STORE_DIRECTORY_MANY) {
		size_t left = m->count - i;

		if (!see_people(f, &m->to, m->items + i,
				left < STORE_DIRECTORY_MANY ? left : STORE_DIRECTORY_MANY, &n, e))
			return false;
	}
	return (m->to.run == NULL || met(f, m, e)) && counted(f, m->to.run, &n, e);
}

/* --- leaving --- */

static bool known_person(struct flow *f, const char *source, const char *external_id,
			 struct store_known_person *out, struct err *e)
{
	size_t count;

	*out = (struct store_known_person){0};
	return store_directory_get_people(
	    f->db, f->arena, &(struct store_external_ids){source, &external_id, 1}, out, &count, e);
}

/* id NULL: there is nobody and nothing left to leave. */
static bool present(struct flow *f, const char *source, const char *subject,
		    const char *external_id, const char **id, const char **name, struct err *e)
{
	struct store_known_department d;
	struct store_known_person p;

	*id = NULL;
	if (text_equal(subject, SYNC_DEPARTMENT)) {
		if (!store_directory_get_department(f->db, f->arena, source, external_id, &d, e))
			return false;
		*id = d.gone ? NULL : d.id;
		*name = d.name;
		return true;
	}
	if (!known_person(f, source, external_id, &p, e))
		return false;
	*id = p.departed ? NULL : p.id;
	*name = p.as.name;
	return true;
}

bool flow_sync_missing(struct flow *f, const struct flow_sync_missing *m, struct err *e)
{
	for (size_t i = 0; i < m->count; i++) {
		struct store_sync_change c = {.subject = m->subject,
					      .external_id = m->external_ids[i],
					      .kind = SYNC_LEFT,
					      .body = "{}"};

		if (!present(f, m->to.source->id, m->subject, c.external_id, &c.subject_id, &c.name,
			     e) ||
		    (c.subject_id != NULL && !put_change(f, &m->to, c, e)))
			return false;
	}
	return true;
}

static bool take_leave(struct flow *f, const char *subject, const char *id, int64_t at_ms,
		       struct err *e)
{
	return text_equal(subject, SYNC_DEPARTMENT)
		   ? store_directory_gone(f->db, id, at_ms, e)
		   : store_directory_left(f->db, id, at_ms, e) && flow_person_departed(f, id, e);
}

/* An event said so, and it is so. */
static bool leave_now(struct flow *f, const struct flow_sync_answer *x, struct err *e)
{
	struct store_sync_change c = {
	    .subject = x->subject, .external_id = x->external_id, .kind = SYNC_LEFT};

	if (!present(f, x->to.source->id, x->subject, x->external_id, &c.subject_id, &c.name, e))
		return false;
	if (!drop_pending(f, &x->to, x->subject, x->external_id, e))
		return false;
	if (c.subject_id == NULL)
		return true;
	note(f, &x->to);
	return take_leave(f, x->subject, c.subject_id, x->to.asked_ms, e) &&
	       put_change(f, &x->to, c, e);
}

static bool left(struct flow *f, const struct flow_sync_answer *x, struct err *e)
{
	struct store_sync_change c;

	if (x->to.run == NULL)
		return leave_now(f, x, e);
	return store_sync_change_of(f->db, f->arena, x->to.run, x->subject, x->external_id, &c,
				    e) &&
	       (c.id == NULL ||
		store_sync_change_checked(
		    f->db, c.id, &(struct store_sync_check){x->to.asked_ms, x->outside}, e));
}

/* He is there, though the run has not met him: what is known of him is what was just answered. */
static bool met_after_all(struct flow *f, const struct flow_sync_answer *x, struct err *e)
{
	struct store_sync_change c = {0};

	return (x->to.run == NULL || (store_sync_change_of(f->db, f->arena, x->to.run, x->subject,
							   x->external_id, &c, e) &&
				      (c.id == NULL || store_sync_change_drop(f->db, c.id, e))));
}

bool flow_sync_answer(struct flow *f, const struct flow_sync_answer *x, struct err *e)
{
	struct store_sync_counts n = {0};

	if (x->department == NULL && x->person == NULL)
		return left(f, x, e);
	if (!met_after_all(f, x, e))
		return false;
	if (x->department != NULL ? !see_department(f, &x->to, *x->department, false, &n, e)
				  : !see_people(f, &x->to, x->person, 1, &n, e))
		return false;
	return counted(f, x->to.run, &n, e);
}

/* --- applying --- */

static bool apply_person(struct flow *f, const struct flow_sync *to,
			 const struct store_sync_change *c, bool *done, struct err *e)
{
	struct store_walked_person p;
	struct store_known_person was;

	if (!flow_sync_body(f->arena, c, &p, e) ||
	    !known_person(f, to->source->id, c->external_id, &was, e) ||
	    !resolve(f, to->source->id, &p, e))
		return false;
	/* An event was faster, or the only difference is a department that has gone since. */
	*done = was.seen_ms <= c->at_ms && (was.departed || !same_person(&was.as, &p));
	return !*done ||
	       store_directory_person(f->db, f->arena,
				      &(struct store_walk){to->source->id, c->at_ms}, &p, e);
}

static bool apply_department(struct flow *f, const struct flow_sync *to,
			     const struct store_sync_change *c, bool *done, struct err *e)
{
	struct store_walked_department d;
	struct store_known_department was;

	if (!flow_sync_department_body(f->arena, c, &d, e) ||
	    !store_directory_get_department(f->db, f->arena, to->source->id, c->external_id, &was,
					    e))
		return false;
	*done = was.seen_ms <= c->at_ms;
	return !*done ||
	       store_directory_department(f->db, f->arena,
					  &(struct store_walk){to->source->id, c->at_ms}, &d, e);
}

static bool apply_leave(struct flow *f, const struct flow_sync *to,
			const struct store_sync_change *c, bool *done, struct err *e)
{
	const char *id, *name;

	if (!present(f, to->source->id, c->subject, c->external_id, &id, &name, e))
		return false;
	*done = id != NULL;
	return !*done || take_leave(f, c->subject, id, f->now_ms, e);
}

static bool apply_one(struct flow *f, const struct flow_sync *to, const struct store_sync_change *c,
		      struct store_sync_counts *n, struct err *e)
{
	bool done, ok;

	if (text_equal(c->kind, SYNC_LEFT))
		ok = apply_leave(f, to, c, &done, e);
	else if (text_equal(c->subject, SYNC_DEPARTMENT))
		ok = apply_department(f, to, c, &done, e);
	else
		ok = apply_person(f, to, c, &done, e);
	if (!ok)
		return false;
	if (!done)
		return store_sync_change_drop(f->db, c->id, e);
	count_kind(n, c->subject, c->kind);
	return store_sync_change_applied(f->db, c->id, f->now_ms, e);
}

/* Departments first: what is said of people depends on which there are. */
bool flow_sync_apply(struct flow *f, const struct flow_sync *to, bool *more, struct err *e)
{
	struct store_sync_pending which = {
	    .run = to->run, .subject = SYNC_DEPARTMENT, .after = "", .limit = APPLY_MANY};
	struct store_sync_counts n = {0};
	struct store_sync_change *changes;
	size_t count;

	if (!store_sync_changes_pending(f->db, f->arena, &which, &changes, &count, e))
		return false;
	which.subject = SYNC_PERSON;
	if (count == 0 && !store_sync_changes_pending(f->db, f->arena, &which, &changes, &count, e))
		return false;
	for (size_t i = 0; i < count; i++) {
		if (!apply_one(f, to, &changes[i], &n, e))
			return false;
	}
	*more = count > 0;
	return counted(f, to->run, &n, e);
}
