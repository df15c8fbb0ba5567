#include "flow/proposal.h"

#include "base/text.h"
#include "flow/ahead.h"
#include "flow/policy_version.h"
#include "store/setting.h"

/* --- whether there has to be a second person --- */

bool flow_policy_rule(struct flow *f, const char **rule, int64_t *threshold, struct err *e)
{
	const char *text;

	*threshold = POLICY_SECOND_THRESHOLD;
	if (!store_setting_get(f->db, f->arena, SETTING_POLICY_SECOND, rule, e) ||
	    !store_setting_get(f->db, f->arena, SETTING_POLICY_THRESHOLD, &text, e))
		return false;
	if (*rule == NULL)
		*rule = POLICY_SECOND_OFF;
	return text == NULL || text_i64(text, 0, POLICY_SECOND_MAX_THRESHOLD, threshold) ||
	       err_set(e, ERR_INTERNAL, "the setting %s is not a number", SETTING_POLICY_THRESHOLD);
}

struct loss {
	const struct snapshot_ahead *now, *of_late, *after;
	struct policy_weakening *out;
};

static void see_device(void *arg, const struct store_device_owner *d)
{
	struct loss *l = arg;

	if (flow_ahead_device(l->after, d))
		return;
	l->out->lost += flow_ahead_device(l->now, d);
	l->out->lost_of_late += flow_ahead_device(l->of_late, d);
}

/* What counts as the policy before: that of a day ago, or what two people made since. */
static bool of_late(struct flow *f, struct policy *out, struct err *e)
{
	struct flow_policy_version v;
	int64_t version;

	if (!store_policy_before(f->db, f->now_ms - POLICY_SECOND_LATE_MS, &version, e) ||
	    !flow_policy_version(f, version, &v, e))
		return false;
	*out = v.policy;
	return true;
}

bool flow_policy_need(struct flow *f, const struct policy *now, const struct policy *p,
		      struct flow_policy_need *out, struct err *e)
{
	struct policy_weakening w = {.from = now->mode, .to = p->mode};
	struct policy late;
	struct loss loss;
	const char *rule;

	*out = (struct flow_policy_need){0};
	if (!flow_policy_rule(f, &rule, &w.threshold, e))
		return false;
	out->threshold = w.threshold;
	if (text_equal(rule, POLICY_SECOND_OFF))
		return true;
	if (!of_late(f, &late, e))
		return false;
	w.exempted = policy_exempted(now, p);
	w.exempted_of_late = policy_exempted(&late, p);
	loss = (struct loss){.now = snapshot_ahead_new(f->snapshot, f->arena, now, NULL),
			     .of_late = snapshot_ahead_new(f->snapshot, f->arena, &late, NULL),
			     .after = snapshot_ahead_new(f->snapshot, f->arena, p, NULL),
			     .out = &w};
	if (!store_device_owners(f->db, see_device, &loss, e))
		return false;
	out->whys = policy_second(&w);
	return true;
}
