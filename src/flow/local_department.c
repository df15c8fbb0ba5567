#include "base/id.h"
#include "base/text.h"
#include "flow/change.h"
#include "flow/local.h"
#include "store/local.h"
#include "store/note.h"

static const char *content(struct arena *a, const struct store_department *d)
{
	AUTO(buf_done) struct buf out = {0};
	struct json_writer w = {.out = &out};

	json_object(&w, NULL);
	json_put_text(&w, "name", d->name);
	json_put_text(&w, "parent", d->parent);
	json_object_end(&w);
	return arena_dup_n(a, out.data, out.len);
}

static bool record(struct flow *f, const char *kind, const struct store_department *was,
		   const struct store_department *now, struct err *e)
{
	const struct store_department *any = now != NULL ? now : was;

	db_note(f->db, NOTE_POLICY, "");
	return flow_changed(
	    f,
	    &(struct flow_change){.kind = kind,
				  .object = "department",
				  .id = any->id,
				  .text = any->name,
				  .before = was != NULL ? content(f->arena, was) : NULL,
				  .after = now != NULL ? content(f->arena, now) : NULL},
	    e);
}

bool flow_local_department_get(struct flow *f, const char *id, struct store_department *out,
			       struct err *e)
{
	struct store_source s;

	if (!store_department_get(f->db, f->arena, id, out, e))
		return false;
	if (out->gone)
		return err_set(e, ERR_NOT_FOUND, "This department is gone.");
	return flow_local_source(f, out->source, &s, e);
}

/* Where it is to be: the parent is one of the source, and there is room below it. height: of what moves. */
static bool check_parent(struct flow *f, const struct store_department *d, int64_t height,
			 struct err *e)
{
	struct store_local_place place = {0};
	struct store_department parent;

	if (d->parent != NULL) {
		if (!store_department_get(f->db, f->arena, d->parent, &parent, e)) {
			if (e->code != ERR_NOT_FOUND)
				return false;
			err_clear(e);
			parent = (struct store_department){.gone = true};
		}
		if (parent.gone || !text_equal(parent.source, d->source))
			return err_set(e, ERR_UNPROCESSABLE,
				       "parent: this source has no such department");
		if (!store_local_department_place(f->db, d->parent, NULL, &place, e))
			return false;
	}
	return place.depth + height <= LOCAL_MAX_DEPTH ||
	       err_set(e, ERR_UNPROCESSABLE, "parent: departments have at most %d levels",
		       LOCAL_MAX_DEPTH);
}

static bool check_name(struct flow *f, struct store_department *d, struct err *e)
{
	const char *other;

	if (!local_department_check(f->arena, d->name, &d->name, e) ||
	    !store_local_department_child(f->db, f->arena, d, &other, e))
		return false;
	return other == NULL ||
	       err_set(e, ERR_CONFLICT, "name: there is a %s in this place already", d->name);
}

bool flow_local_department_add(struct flow *f, struct store_department *d, struct err *e)
{
	char *id = arena_alloc(f->arena, ID_SIZE);

	id_new(id);
	d->id = d->external_id = id;
	return store_local_lock(f->db, d->source, e) && check_parent(f, d, 1, e) &&
	       check_name(f, d, e) && store_local_department_add(f->db, d, f->now_ms, e) &&
	       record(f, "department-added", NULL, d, e);
}

static bool unchanged(struct flow *f, const struct store_department *was, struct err *e)
{
	struct store_department now;

	if (!store_department_get(f->db, f->arena, was->id, &now, e))
		return false;
	return (!now.gone && text_equal(now.name, was->name) &&
		text_equal(now.parent, was->parent)) ||
	       err_set(e, ERR_STALE, "%s was changed meanwhile.", was->name);
}

/* Everything below it moves along, so it cannot go below itself. */
static bool check_move(struct flow *f, const struct store_department *was,
		       const struct store_department *d, struct err *e)
{
	struct store_local_place place;

	if (text_equal(was->parent, d->parent))
		return true;
	if (!store_local_department_place(f->db, d->id, d->parent, &place, e))
		return false;
	if (place.has)
		return err_set(e, ERR_UNPROCESSABLE, "parent: a department cannot be below itself");
	return check_parent(f, d, place.height, e);
}

bool flow_local_department_change(struct flow *f, const struct store_department *was,
				  struct store_department *d, struct err *e)
{
	d->id = was->id;
	d->source = was->source;
	d->external_id = was->external_id;
	d->gone = false;
	if (!store_local_lock(f->db, d->source, e) || !unchanged(f, was, e) ||
	    !check_move(f, was, d, e) || !check_name(f, d, e))
		return false;
	return (text_equal(was->name, d->name) && text_equal(was->parent, d->parent)) ||
	       (store_local_department_set(f->db, d, f->now_ms, e) &&
		record(f, "department-changed", was, d, e));
}

bool flow_local_department_remove(struct flow *f, const struct store_department *d, struct err *e)
{
	struct store_department gone = *d;
	struct store_local_use use;

	gone.gone = true;
	if (!store_local_lock(f->db, d->source, e) || !unchanged(f, d, e) ||
	    !store_local_department_use(f->db, d->id, &use, e))
		return false;
	if (use.departments > 0 || use.people > 0)
		return err_set(e, ERR_CONFLICT,
			       "%s is not empty: %lld departments are below it, %lld people are in "
			       "it.",
			       d->name, (long long)use.departments, (long long)use.people);
	return store_local_department_set(f->db, &gone, f->now_ms, e) &&
	       record(f, "department-removed", d, NULL, e);
}
