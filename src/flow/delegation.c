#include "flow/delegation.h"

#include "base/id.h"
#include "base/text.h"
#include "flow/approval.h"
#include "flow/record.h"
#include "json/json.h"
#include "store/account.h"

/* --- the record --- */

static const struct json_field detail_json[] = {
    {"account", JSON_FIELD_TEXT, offsetof(struct store_delegation, account)},
    {"delegate", JSON_FIELD_TEXT, offsetof(struct store_delegation, delegate)},
    {"from_ms", JSON_FIELD_I64, offsetof(struct store_delegation, from_ms)},
    {"until_ms", JSON_FIELD_I64, offsetof(struct store_delegation, until_ms)},
    {"reason", JSON_FIELD_TEXT, offsetof(struct store_delegation, reason)},
    {0}};

static void put(struct json_writer *w, const char *key, const struct store_delegation *d)
{
	if (d == NULL)
		json_put_null(w, key);
	else
		json_write(w, key, detail_json, d);
}

/* before, after: NULL: there is none. */
static bool record(struct flow *f, const char *kind, const struct store_delegation *before,
		   const struct store_delegation *after, struct err *e)
{
	AUTO(buf_done) struct buf detail = {0};
	struct json_writer w = {.out = &detail};
	const struct store_delegation *d = after != NULL ? after : before;

	json_object(&w, NULL);
	put(&w, "before", before);
	put(&w, "after", after);
	json_object_end(&w);
	return flow_event(
	    f,
	    &(struct flow_event){.kind = kind,
				 .object = "delegation",
				 .object_id = d->id,
				 .text = arena_printf(f->arena, "%s for %s", d->acts_name, d->name),
				 .detail = detail.data},
	    e);
}

/* --- the rules --- */

/* The name of an account that can decide. */
static bool decider(struct flow *f, const char *id, const char *what, const char **name,
		    struct err *e)
{
	struct store_account a;

	if (!store_account_get(f->db, f->arena, id, &a, e))
		return e->code == ERR_NOT_FOUND
			   ? err_set(e, ERR_UNPROCESSABLE, "%s: there is no such account", what)
			   : false;
	if (!a.active || (a.role & ROLES_DECIDE) == 0)
		return err_set(e, ERR_UNPROCESSABLE, "%s: %s cannot decide requests", what, a.name);
	*name = a.name;
	return true;
}

static bool check(struct flow *f, struct store_delegation *d, struct err *e)
{
	if (text_equal(d->account, d->delegate))
		return err_set(e, ERR_UNPROCESSABLE, "delegate: must be somebody else");
	if (d->from_ms >= d->until_ms)
		return err_set(e, ERR_UNPROCESSABLE, "until_ms: must be after from_ms");
	if (d->until_ms - d->from_ms > DELEGATION_MAX_MS)
		return err_set(e, ERR_UNPROCESSABLE, "until_ms: must be within 366 days");
	if (d->until_ms <= f->now_ms)
		return err_set(e, ERR_UNPROCESSABLE, "until_ms: is over already");
	return decider(f, d->account, "account", &d->name, e) &&
	       decider(f, d->delegate, "delegate", &d->acts_name, e);
}

bool flow_delegation_add(struct flow *f, struct store_delegation *d, struct err *e)
{
	char *id = arena_alloc(f->arena, ID_SIZE);
	int64_t open;

	id_new(id);
	d->id = id;
	d->created_by = f->actor.name == NULL ? "system" : f->actor.name;
	d->created_ms = d->updated_ms = f->now_ms;
	if (!check(f, d, e) || !store_delegation_open(f->db, d->account, f->now_ms, &open, e))
		return false;
	if (open >= DELEGATION_MAX_OPEN)
		return err_set(e, ERR_TOO_MANY, "This account has %d delegations already.",
			       DELEGATION_MAX_OPEN);
	return store_delegation_add(f->db, d, e) && record(f, "delegation-created", NULL, d, e);
}

bool flow_delegation_change(struct flow *f, const struct store_delegation *was,
			    const struct store_delegation *d, struct err *e)
{
	struct store_delegation now = *was;

	now.delegate = d->delegate;
	now.from_ms = d->from_ms;
	now.until_ms = d->until_ms;
	now.reason = d->reason;
	now.updated_ms = f->now_ms > was->updated_ms ? f->now_ms : was->updated_ms + 1;
	return check(f, &now, e) && store_delegation_set(f->db, was, &now, e) &&
	       record(f, "delegation-changed", was, &now, e);
}

bool flow_delegation_remove(struct flow *f, const struct store_delegation *d, struct err *e)
{
	return store_delegation_remove(f->db, d, e) && record(f, "delegation-removed", d, NULL, e);
}

static bool tell(struct flow *f, const struct store_delegation *d, struct err *e)
{
	struct flow_approval people;
	struct store_turn *turns;
	size_t count;

	if (!flow_approval_people(f, &people, e) ||
	    !store_turn_list(f->db, f->arena,
			     &(struct store_turn_filter){.state = task_state_name(TASK_OPEN),
							 .account = d->account,
							 .now_ms = f->now_ms,
							 .before = "",
							 .limit = DELEGATION_MAX_TOLD},
			     &turns, &count, e))
		return false;
	for (size_t k = 0; k < count; k++) {
		if (!flow_approval_tell(f, &people, &turns[k], d->delegate, e))
			return false;
	}
	return true;
}

bool flow_delegation_begin(struct flow *f, const char *id, struct err *e)
{
	struct store_delegation d;
	bool won;

	return store_delegation_get(f->db, f->arena, id, &d, e) &&
	       store_delegation_told(f->db, id, &won, e) &&
	       (!won || d.until_ms <= f->now_ms || tell(f, &d, e));
}
