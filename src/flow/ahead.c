#include "flow/ahead.h"

#include "store/device.h"
#include "store/person.h"

struct look {
	struct arena *arena;
	const struct snapshot_ahead *before, *after;
	struct policy_ahead *out;
};

static void see_person(void *arg, const struct store_present *p)
{
	struct look *l = arg;

	policy_ahead_see(
	    l->arena, &l->out->people, snapshot_ahead_coverage(l->before, p->id).covered,
	    snapshot_ahead_coverage(l->after, p->id).covered,
	    &(struct policy_ahead_one){.id = p->id, .name = p->name, .source = p->source_name});
}

bool flow_ahead_device(const struct snapshot_ahead *ahead, const struct store_device_owner *d)
{
	return snapshot_ahead_coverage(ahead, d->owner).covered ||
	       (d->held_for != NULL && snapshot_ahead_coverage(ahead, d->held_for).covered);
}

static void see_device(void *arg, const struct store_device_owner *d)
{
	struct look *l = arg;

	policy_ahead_see(
	    l->arena, &l->out->devices, flow_ahead_device(l->before, d),
	    flow_ahead_device(l->after, d),
	    &(struct policy_ahead_one){
		.id = d->id, .name = d->name, .owner = d->owner, .owner_name = d->owner_name});
}

bool flow_ahead(struct flow *f, const struct snapshot_ahead *before,
		const struct snapshot_ahead *after, struct policy_ahead *out, struct err *e)
{
	struct look l = {f->arena, before, after, out};

	*out = (struct policy_ahead){0};
	return store_person_present(f->db, see_person, &l, e) &&
	       store_device_owners(f->db, see_device, &l, e);
}
