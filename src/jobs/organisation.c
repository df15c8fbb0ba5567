#include "jobs/organisation.h"

#include "base/text.h"

#define DEEPEST 100 /* departments above each other */

const char *organisation_text(struct arena *a, int64_t id)
{
	return id == 0 ? NULL : arena_printf(a, "%lld", (long long)id);
}

int64_t organisation_number(const char *external_id)
{
	int64_t id;

	return text_i64(external_id, 1, INT64_MAX, &id) ? id : 0;
}

struct store_walked_department organisation_department(struct arena *a,
						       const struct dingtalk_department *d)
{
	return (struct store_walked_department){.external_id = organisation_text(a, d->id),
						.parent = organisation_text(a, d->parent),
						.name = d->name};
}

struct store_walked_person organisation_person(struct arena *a, const struct dingtalk_user *u)
{
	const char **departments = arena_array(a, u->department_count, sizeof(*departments));
	size_t n = 0;

	for (size_t i = 0; i < u->department_count; i++) {
		if (u->departments[i] > 0)
			departments[n++] = organisation_text(a, u->departments[i]);
	}
	return (struct store_walked_person){.external_id = u->userid,
					    .unionid = u->unionid,
					    .name = u->name,
					    .title = u->title,
					    .email = u->email,
					    .telephone = u->mobile,
					    .departments = departments,
					    .department_count = n};
}

/* Up from a department until one is known, or there is nothing more to be seen. */
static bool lies_inside(const struct organisation_area *area, int64_t id, bool *inside,
			struct err *e)
{
	*inside = false;
	for (int i = 0; i < DEEPEST && id > 0; i++) {
		AUTO(arena_done) struct arena a = {0};
		struct dingtalk_department d;

		if (!area->known(area->arg, id, inside, e))
			return false;
		if (*inside)
			return true;
		if (!dingtalk_department_get(area->dingtalk, id, &a, &d, e)) {
			if (!dingtalk_unseen(area->dingtalk))
				return false;
			err_clear(e);
			return true;
		}
		id = d.parent;
	}
	return true;
}

static enum organisation_place unseen(const struct dingtalk *d)
{
	return dingtalk_hidden(d) ? ORGANISATION_OUTSIDE : ORGANISATION_GONE;
}

bool organisation_ask_department(const struct organisation_area *area, int64_t id, struct arena *a,
				 struct store_walked_department *out,
				 enum organisation_place *place, struct err *e)
{
	struct dingtalk_department d;
	bool inside = true;

	if (!dingtalk_department_get(area->dingtalk, id, a, &d, e)) {
		if (!dingtalk_unseen(area->dingtalk))
			return false;
		err_clear(e);
		*place = unseen(area->dingtalk);
		return true;
	}
	*out = organisation_department(a, &d);
	if (area->chosen && !lies_inside(area, d.parent, &inside, e))
		return false;
	*place = inside ? ORGANISATION_HERE : ORGANISATION_OUTSIDE;
	return true;
}

bool organisation_ask_person(const struct organisation_area *area, const char *external_id,
			     struct arena *a, struct store_walked_person *out,
			     enum organisation_place *place, struct err *e)
{
	struct dingtalk_user u;
	bool inside = !area->chosen;

	if (!dingtalk_user_get(area->dingtalk, external_id, a, &u, e)) {
		if (e->code != ERR_NOT_FOUND)
			return false;
		err_clear(e);
		*place = unseen(area->dingtalk);
		return true;
	}
	*out = organisation_person(a, &u);
	for (size_t i = 0; i < u.department_count && !inside; i++) {
		if (!lies_inside(area, u.departments[i], &inside, e))
			return false;
	}
	*place = inside ? ORGANISATION_HERE : ORGANISATION_OUTSIDE;
	return true;
}
