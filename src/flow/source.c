#include "flow/source.h"

#include "base/id.h"
#include "base/text.h"
#include "flow/change.h"
#include "flow/record.h"
#include "store/app.h"

static const char *content(struct arena *a, const struct store_source *s)
{
	AUTO(buf_done) struct buf out = {0};
	struct json_writer w = {.out = &out};

	json_object(&w, NULL);
	json_put_text(&w, "name", s->name);
	json_put_text(&w, "type", s->type);
	json_put_text(&w, "app", s->app);
	json_put_bool(&w, "enabled", s->enabled);
	json_put_i64(&w, "cycle_hours", s->cycle_hours);
	json_array(&w, "departments");
	for (size_t i = 0; i < s->department_count; i++)
		json_put_text(&w, NULL, s->departments[i]);
	json_array_end(&w);
	json_object_end(&w);
	return arena_dup_n(a, out.data, out.len);
}

static bool record(struct flow *f, const char *kind, const struct store_source *was,
		   const struct store_source *now, struct err *e)
{
	const struct store_source *any = now != NULL ? now : was;

	return flow_changed(
	    f,
	    &(struct flow_change){.kind = kind,
				  .object = "identity-source",
				  .id = any->id,
				  .text = any->name,
				  .before = was != NULL ? content(f->arena, was) : NULL,
				  .after = now != NULL ? content(f->arena, now) : NULL},
	    e);
}

static bool check_local(const struct store_source *s, struct err *e)
{
	return (s->app == NULL && s->cycle_hours == 0 && s->department_count == 0) ||
	       err_set(e, ERR_UNPROCESSABLE,
		       "app, cycle_hours and departments belong to sources of type dingtalk.");
}

static bool check_dingtalk(struct flow *f, struct store_source *s, struct err *e)
{
	struct store_app app;

	if (s->app == NULL)
		return err_set(e, ERR_UNPROCESSABLE,
			       "app: a source of type dingtalk needs its DingTalk app");
	if (s->cycle_hours == 0)
		s->cycle_hours = FLOW_SOURCE_CYCLE_HOURS;
	if (store_app_get(f->db, f->arena, s->app, &app, e))
		return true;
	return e->code == ERR_NOT_FOUND
		   ? err_set(e, ERR_UNPROCESSABLE, "app: there is no such DingTalk app")
		   : false;
}

static bool check(struct flow *f, struct store_source *s, struct err *e)
{
	return text_equal(s->type, SOURCE_LOCAL) ? check_local(s, e) : check_dingtalk(f, s, e);
}

bool flow_source_add(struct flow *f, struct store_source *s, struct err *e)
{
	char *id = arena_alloc(f->arena, ID_SIZE);

	id_new(id);
	s->id = id;
	s->created_ms = f->now_ms;
	return check(f, s, e) && store_source_add(f->db, s, e) &&
	       (s->app == NULL || store_source_sync_want(f->db, id, e)) &&
	       record(f, "identity-source-created", NULL, s, e);
}

static bool same_departments(const struct store_source *a, const struct store_source *b)
{
	if (a->department_count != b->department_count)
		return false;
	for (size_t i = 0; i < a->department_count; i++) {
		if (!text_equal(a->departments[i], b->departments[i]))
			return false;
	}
	return true;
}

bool flow_source_change(struct flow *f, const struct store_source *was, struct store_source *s,
			struct err *e)
{
	if (!text_equal(was->type, s->type) || !text_equal(was->app, s->app))
		return err_set(e, ERR_UNPROCESSABLE,
			       "type and app of an identity source stay what they are.");
	return check(f, s, e) && store_source_update(f->db, s, e) &&
	       (same_departments(was, s) || store_source_sync_want(f->db, s->id, e)) &&
	       record(f, "identity-source-changed", was, s, e);
}

bool flow_source_remove(struct flow *f, const struct store_source *s, struct err *e)
{
	bool used;

	if (!store_source_used(f->db, s->id, &used, e))
		return false;
	if (used)
		return err_set(e, ERR_CONFLICT,
			       "People or departments came from this identity source, and none of "
			       "them is ever deleted; disable it instead.");
	return store_source_delete(f->db, s->id, e) &&
	       record(f, "identity-source-removed", s, NULL, e);
}

bool flow_source_sync(struct flow *f, const struct store_source *s, struct err *e)
{
	if (text_equal(s->type, SOURCE_LOCAL))
		return err_set(e, ERR_CONFLICT,
			       "A local identity source is kept here; there is nothing to read.");
	return store_source_sync_want(f->db, s->id, e) &&
	       flow_event(f,
			  &(struct flow_event){.kind = "sync-asked",
					       .object = "identity-source",
					       .object_id = s->id,
					       .text = s->name},
			  e);
}
