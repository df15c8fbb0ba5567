#include "flow/silence.h"

#include "base/clock.h"
#include "base/text.h"
#include "flow/alarm.h"
#include "flow/device_admin.h"
#include "flow/record.h"
#include "flow/statement.h"
#include "store/setting.h"
#include "store/silence.h"

#define HOUR_MS (INT64_C(3600) * 1000)
#define OUTAGE_MS (15 * 60 * INT64_C(1000)) /* without a word of any server */

bool flow_silence_hours(struct flow *f, int64_t *out, struct err *e)
{
	const char *text;

	*out = ALARM_SILENT_HOURS;
	if (!store_setting_get(f->db, f->arena, SETTING_SILENT_HOURS, &text, e))
		return false;
	return text == NULL || text_i64(text, 0, ALARM_SILENT_MAX_HOURS, out) ||
	       err_set(e, ERR_INTERNAL, "the setting " SETTING_SILENT_HOURS " is no number");
}

/* Enters what this server missed when none ran, and when the present limit was reached. */
static bool look_back(struct flow *f, int64_t hours, int64_t *before_ms, struct err *e)
{
	struct alarm_outage *outages;
	size_t count;
	int64_t watched_ms;

	if (!store_silence_watch(f->db, f->now_ms, &watched_ms, e))
		return false;
	if (watched_ms > 0 && f->now_ms - watched_ms > OUTAGE_MS &&
	    !store_outage_add(f->db, &(struct alarm_outage){watched_ms, f->now_ms},
			      f->now_ms - 4 * ALARM_SILENT_MAX_HOURS * HOUR_MS, e))
		return false;
	if (!store_outage_list(f->db, f->arena, &outages, &count, e))
		return false;
	*before_ms = alarm_silent_before(f->now_ms, hours * HOUR_MS, outages, count);
	return true;
}

/* --- heard again --- */

static bool back(struct flow *f, const struct store_silent *s, struct err *e)
{
	bool any;

	return store_silence_end(f->db, s->id, e) &&
	       flow_alarm_close(f, s->id, ALARM_SILENT, NULL, "heard again", &any, e) &&
	       (!any || flow_event(f,
				   &(struct flow_event){
				       .kind = "device-heard",
				       .object = "device",
				       .object_id = s->id,
				       .device = s->id,
				       .text = arena_printf(f->arena, "%s: heard again", s->name)},
				   e));
}

static bool end_silence(struct flow *f, struct err *e)
{
	struct store_silent *all;
	size_t count;

	if (!store_silence_over_many(f->db, e) ||
	    !store_silence_over(f->db, f->arena, FLOW_SILENCE_MAX, &all, &count, e))
		return false;
	for (size_t i = 0; i < count; i++) {
		if (!back(f, &all[i], e))
			return false;
	}
	return true;
}

/* --- many at once --- */

static const char *crowd_text(struct flow *f, int64_t silent, int64_t all)
{
	return arena_printf(
	    f->arena,
	    "%lld of %lld devices fell silent within an hour of each other: look at "
	    "the network and at the way to this server",
	    (long long)silent, (long long)all);
}

static bool tell_of_many(struct flow *f, const char *kind, const char *text, struct err *e)
{
	return flow_event(f, &(struct flow_event){.kind = kind, .object = "alarm", .text = text},
			  e);
}

static bool begin_many(struct flow *f, const struct store_silence_crowd *crowd, int64_t before_ms,
		       struct err *e)
{
	const char *text;
	int64_t count;
	bool fresh;

	if (!store_silence_take_many(f->db, before_ms - ALARM_TOGETHER_MS, before_ms, &count, e))
		return false;
	if (count == 0)
		return true;
	text = crowd_text(f, crowd->many + count, crowd->all);
	return flow_alarm_raise(
		   f,
		   &(struct flow_alarm){.kind = ALARM_MANY_SILENT, .subject = "", .evidence = text},
		   &fresh, e) &&
	       (!fresh || tell_of_many(f, "devices-silent", text, e));
}

/* When the crowd is back, who is missing still has an hour to come; then it is silent by itself. */
static bool end_many(struct flow *f, const struct store_silence_crowd *crowd, struct err *e)
{
	struct store_alarm open;

	if (!store_alarm_common(f->db, f->arena, ALARM_MANY_SILENT, &open, e))
		return false;
	if (open.id == NULL)
		return true;
	if (alarm_many(crowd->many, crowd->all))
		return store_alarm_note(f->db, open.id, crowd_text(f, crowd->many, crowd->all),
					f->now_ms, e);
	if (f->now_ms - open.last_ms < ALARM_TOGETHER_MS)
		return true;
	return store_silence_split_many(f->db, e) &&
	       flow_alarm_close(f, NULL, ALARM_MANY_SILENT, NULL, "heard again", NULL, e) &&
	       tell_of_many(f, "devices-heard",
			    arena_printf(f->arena, "%lld of %lld devices are silent still",
					 (long long)crowd->many, (long long)crowd->all),
			    e);
}

/* --- one by itself --- */

static bool is_covered(struct flow *f, const struct store_silent *s)
{
	const struct store_device d = {
	    .id = s->id, .owner = s->owner, .held_for = s->held_for, .state = s->state};

	return snapshot_policy(f->snapshot)->mode != POLICY_OFF &&
	       flow_device_coverage(f->snapshot, &d).covered;
}

/* It could be removed and nothing was heard since: nobody has to look at that. */
static bool presume(struct flow *f, const struct store_silent *s, const char *text, struct err *e)
{
	const struct store_device d = {.id = s->id, .name = s->name};

	return flow_device_reported(f, &d, DEVICE_VANISH, text, e) &&
	       flow_event(
		   f,
		   &(struct flow_event){.kind = "device-presumed-uninstalled",
					.object = "device",
					.object_id = s->id,
					.device = s->id,
					.text = arena_printf(f->arena, "%s: %s", s->name, text)},
		   e);
}

static bool raise(struct flow *f, const struct store_silent *s, const char *text, struct err *e)
{
	return flow_alarm_raise(
		   f,
		   &(struct flow_alarm){
		       .device = s->id, .kind = ALARM_SILENT, .subject = "", .evidence = text},
		   NULL, e) &&
	       flow_event(
		   f,
		   &(struct flow_event){.kind = "device-silent",
					.object = "device",
					.object_id = s->id,
					.device = s->id,
					.text = arena_printf(f->arena, "%s: %s", s->name, text)},
		   e);
}

static bool judge(struct flow *f, const struct store_silent *s, int64_t gone_ms, struct err *e)
{
	char seen[CLOCK_TEXT_SIZE];
	const char *text;
	bool won;

	if (!store_silence_take(f->db, s, &won, e))
		return false;
	if (!won)
		return true;
	clock_text(s->last_seen_ms, seen);
	text = arena_printf(f->arena, "last heard of at %s%s", seen,
			    s->last_seen_ms < gone_ms ? "" : ", without a goodbye");
	if (s->grant)
		return presume(f, s, arena_printf(f->arena, "%s, with an unused approval", text),
			       e);
	return !is_covered(f, s) || raise(f, s, text, e);
}

static bool judge_all(struct flow *f, int64_t before_ms, struct err *e)
{
	int64_t gone_ms = before_ms - ALARM_GOODBYE_MS;
	struct store_silent *all;
	size_t count;

	if (!store_silence_list(f->db, f->arena, before_ms, gone_ms, FLOW_SILENCE_MAX, &all, &count,
				e))
		return false;
	for (size_t i = 0; i < count; i++) {
		if (!judge(f, &all[i], gone_ms, e))
			return false;
	}
	return true;
}

bool flow_silence(struct flow *f, struct err *e)
{
	struct store_silence_crowd crowd;
	int64_t hours, before_ms;

	if (!flow_silence_hours(f, &hours, e) || !look_back(f, hours, &before_ms, e) ||
	    !end_silence(f, e))
		return false;
	if (hours == 0)
		return true;
	if (!store_silence_crowd(f->db, before_ms - ALARM_TOGETHER_MS,
				 before_ms + ALARM_TOGETHER_MS, &crowd, e))
		return false;
	if (alarm_many(crowd.fell, crowd.all) && !begin_many(f, &crowd, before_ms, e))
		return false;
	return end_many(f, &crowd, e) && judge_all(f, before_ms, e);
}
