#include "flow/alarm.h"

#include "base/id.h"
#include "base/text.h"
#include "flow/record.h"
#include "store/build.h"

bool flow_alarm_raise(struct flow *f, const struct flow_alarm *alarm, bool *fresh, struct err *e)
{
	char id[ID_SIZE];
	bool opened;

	id_new(id);
	if (!store_alarm_raise(f->db,
			       &(struct store_alarm_raise){.id = id,
							   .device = alarm->device,
							   .kind = alarm->kind,
							   .subject = alarm->subject,
							   .evidence = alarm->evidence,
							   .at_ms = f->now_ms},
			       &opened, e))
		return false;
	if (fresh != NULL)
		*fresh = opened;
	return true;
}

bool flow_alarm_close(struct flow *f, const char *device, enum alarm_kind kind, const char *subject,
		      const char *why, bool *any, struct err *e)
{
	int64_t closed;

	if (!store_alarm_close(f->db,
			       &(struct store_alarm_close){.device = device,
							   .kind = kind,
							   .subject = subject,
							   .at_ms = f->now_ms,
							   .why = why},
			       &closed, e))
		return false;
	if (any != NULL)
		*any = closed > 0;
	return true;
}

bool flow_alarm_close_device(struct flow *f, const char *device, const char *why, struct err *e)
{
	int64_t closed;

	return store_alarm_close_device(f->db, device, why, f->now_ms, &closed, e) &&
	       store_device_set_build(f->db, device, "", "", e);
}

bool flow_alarm_acknowledge(struct flow *f, const char *id, const char *scope, const char *note,
			    struct err *e)
{
	const struct flow_actor *who = &f->actor;
	struct store_alarm alarm;

	if (!store_alarm_get(f->db, f->arena, id, scope, &alarm, e))
		return false;
	note = text_trim(arena_dup(f->arena, note));
	if (!text_printable(note, true))
		return err_set(e, ERR_UNPROCESSABLE, "note: must not hold control characters");
	return store_alarm_acknowledge(
		   f->db,
		   &(struct store_alarm_word){.id = id,
					      .by = who->name != NULL ? who->name : "system",
					      .note = note,
					      .at_ms = f->now_ms},
		   e) &&
	       flow_event(
		   f,
		   &(struct flow_event){.kind = "alarm-acknowledged",
					.object = "alarm",
					.object_id = id,
					.device = alarm.device,
					.text = arena_printf(f->arena, "%s%s%s: %s", alarm.kind,
							     *alarm.subject != '\0' ? " " : "",
							     alarm.subject, note)},
		   e);
}
