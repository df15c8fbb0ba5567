#include "flow/local.h"

#include "base/id.h"
#include "base/text.h"
#include "flow/change.h"
#include "flow/departure.h"
#include "store/local.h"
#include "store/note.h"

bool flow_local_source(struct flow *f, const char *id, struct store_source *out, struct err *e)
{
	if (!store_source_get(f->db, f->arena, id, out, e))
		return e->code == ERR_NOT_FOUND
			   ? err_set(e, ERR_UNPROCESSABLE,
				     "source: there is no such identity source")
			   : false;
	return text_equal(out->type, SOURCE_LOCAL) ||
	       err_set(e, ERR_CONFLICT,
		       "The identity source \"%s\" is read from DingTalk: change it there.",
		       out->name);
}

bool flow_local_room(struct flow *f, const char *source, int64_t people, int64_t departments,
		     struct err *e)
{
	struct store_local_count now;

	if (!store_local_count(f->db, source, &now, e))
		return false;
	return (now.people + people <= LOCAL_MAX_PEOPLE &&
		now.departments + departments <= LOCAL_MAX_DEPARTMENTS) ||
	       err_set(e, ERR_UNPROCESSABLE,
		       "A local source has at most %d people and %d departments, those that left "
		       "or are gone included.",
		       LOCAL_MAX_PEOPLE, LOCAL_MAX_DEPARTMENTS);
}

/* --- what is on record --- */

static const char *content(struct arena *a, const struct flow_local_person *p)
{
	AUTO(buf_done) struct buf out = {0};
	struct json_writer w = {.out = &out};

	json_object(&w, NULL);
	json_put_text(&w, "name", p->is.name);
	json_put_text(&w, "external_id", p->is.external_id);
	json_put_text(&w, "email", p->is.email);
	json_put_text(&w, "telephone", p->is.telephone);
	json_put_text(&w, "title", p->is.title);
	json_put_text(&w, "state", p->departed ? "departed" : "active");
	json_array(&w, "departments");
	for (size_t i = 0; i < p->department_count; i++)
		json_put_text(&w, NULL, p->departments[i]);
	json_array_end(&w);
	json_object_end(&w);
	return arena_dup_n(a, out.data, out.len);
}

static bool record(struct flow *f, const char *kind, const struct flow_local_person *was,
		   const struct flow_local_person *now, struct err *e)
{
	db_note(f->db, NOTE_POLICY, "");
	return flow_changed(
	    f,
	    &(struct flow_change){.kind = kind,
				  .object = "person",
				  .id = now->id,
				  .text = now->is.name,
				  .before = was != NULL ? content(f->arena, was) : NULL,
				  .after = content(f->arena, now)},
	    e);
}

/* --- what may be --- */

static bool check_departments(struct flow *f, const struct flow_local_person *p, struct err *e)
{
	if (p->department_count > LOCAL_MAX_DEPARTMENTS_EACH)
		return err_set(e, ERR_UNPROCESSABLE, "departments: are more than %d",
			       LOCAL_MAX_DEPARTMENTS_EACH);
	for (size_t i = 0; i < p->department_count; i++) {
		struct store_department d;

		for (size_t k = 0; k < i; k++) {
			if (text_equal(p->departments[k], p->departments[i]))
				return err_set(e, ERR_UNPROCESSABLE,
					       "departments[%zu]: is there twice", i);
		}
		if (!store_department_get(f->db, f->arena, p->departments[i], &d, e)) {
			if (e->code != ERR_NOT_FOUND)
				return false;
			err_clear(e);
			d = (struct store_department){.gone = true};
		}
		if (d.gone || !text_equal(d.source, p->source))
			return err_set(e, ERR_UNPROCESSABLE,
				       "departments[%zu]: this source has no such department", i);
	}
	return true;
}

static bool check_taken(struct flow *f, const struct flow_local_person *p, struct err *e)
{
	const char *who;

	if (!store_local_person_by_number(f->db, f->arena, p->source, p->is.external_id, p->id,
					  &who, e))
		return false;
	if (who != NULL)
		return err_set(e, ERR_CONFLICT,
			       "external_id: somebody else of this source has it: user %s", who);
	if (p->departed)
		return true;
	if (!store_local_person_by_email(f->db, f->arena, p->source, p->is.email, p->id, &who, e))
		return false;
	return who == NULL ||
	       err_set(e, ERR_CONFLICT, "email: somebody else of this source has it: user %s", who);
}

/* Departments that stay as they were may be gone meanwhile. */
static bool check(struct flow *f, struct flow_local_person *p, bool new_departments, struct err *e)
{
	if (!local_person_check(f->arena, &p->is, e))
		return false;
	if (*p->is.external_id == '\0')
		p->is.external_id = p->id;
	return check_taken(f, p, e) && (!new_departments || check_departments(f, p, e));
}

static struct store_person stored(const struct flow_local_person *p)
{
	return (struct store_person){.id = p->id,
				     .source = p->source,
				     .external_id = p->is.external_id,
				     .name = p->is.name,
				     .title = p->is.title,
				     .email = p->is.email,
				     .telephone = p->is.telephone,
				     .departed = p->departed};
}

/* --- people --- */

static bool read(struct flow *f, const char *id, struct flow_local_person *out, struct err *e)
{
	struct store_department_list in;
	struct store_person p;
	const char **departments;

	if (!store_person_get(f->db, f->arena, id, &p, e) ||
	    !store_person_departments(f->db, f->arena, id, &in, e))
		return false;
	departments = arena_array(f->arena, in.count, sizeof(*departments));
	for (size_t i = 0; i < in.count; i++)
		departments[i] = in.items[i].id;
	*out =
	    (struct flow_local_person){.id = p.id,
				       .source = p.source,
				       .is = {p.name, p.external_id, p.email, p.telephone, p.title},
				       .departed = p.departed,
				       .departments = departments,
				       .department_count = in.count};
	return true;
}

bool flow_local_person_get(struct flow *f, const char *id, struct flow_local_person *out,
			   struct err *e)
{
	struct store_source s;

	return read(f, id, out, e) && flow_local_source(f, out->source, &s, e);
}

bool flow_local_person_add(struct flow *f, struct flow_local_person *p, struct err *e)
{
	char *id = arena_alloc(f->arena, ID_SIZE);
	struct store_person row;

	id_new(id);
	p->id = id;
	if (!store_local_lock(f->db, p->source, e) || !check(f, p, true, e))
		return false;
	row = stored(p);
	return store_local_person_add(f->db, &row, f->now_ms, e) &&
	       store_local_memberships(f->db, id, p->departments, p->department_count, e) &&
	       record(f, "person-added", NULL, p, e);
}

static bool same_departments(const struct flow_local_person *a, const struct flow_local_person *b)
{
	bool same = a->department_count == b->department_count;

	for (size_t i = 0; same && i < a->department_count; i++)
		same = text_equal(a->departments[i], b->departments[i]);
	return same;
}

static bool same(const struct flow_local_person *a, const struct flow_local_person *b)
{
	return text_equal(a->is.name, b->is.name) &&
	       text_equal(a->is.external_id, b->is.external_id) &&
	       text_equal(a->is.email, b->is.email) &&
	       text_equal(a->is.telephone, b->is.telephone) &&
	       text_equal(a->is.title, b->is.title) && a->departed == b->departed &&
	       same_departments(a, b);
}

static bool unchanged(struct flow *f, const struct flow_local_person *was, struct err *e)
{
	struct flow_local_person now;

	return read(f, was->id, &now, e) &&
	       (same(&now, was) ||
		err_set(e, ERR_STALE, "%s was changed meanwhile.", was->is.name));
}

static bool write(struct flow *f, const struct flow_local_person *was,
		  const struct flow_local_person *p, struct err *e)
{
	static const char *const kinds[2][2] = {{"person-changed", "person-departed"},
						{"person-returned", "person-changed"}};
	const struct store_person row = stored(p);

	return store_local_person_set(f->db, &row, f->now_ms, e) &&
	       (same_departments(was, p) ||
		store_local_memberships(f->db, p->id, p->departments, p->department_count, e)) &&
	       (was->departed || !p->departed || flow_person_departed(f, p->id, e)) &&
	       record(f, kinds[was->departed][p->departed], was, p, e);
}

bool flow_local_person_change(struct flow *f, const struct flow_local_person *was,
			      struct flow_local_person *p, struct err *e)
{
	p->id = was->id;
	p->source = was->source;
	if (!store_local_lock(f->db, p->source, e) || !unchanged(f, was, e) ||
	    !check(f, p, !same_departments(was, p), e))
		return false;
	return same(was, p) || write(f, was, p, e);
}
