#include "flow/build.h"

#include <string.h>

#include "base/text.h"
#include "flow/alarm.h"
#include "flow/record.h"
#include "store/setting.h"

#define SETTING_FIRST "builds.first" /* held by who enters the first */

bool flow_build_id_valid(const char *id)
{
	return strlen(id) == FLOW_BUILD_ID && strspn(id, "0123456789abcdef") == FLOW_BUILD_ID;
}

static bool record(struct flow *f, const char *kind, const char *build, const char *device,
		   const char *text, bool by_us, struct err *e)
{
	const struct flow_actor system = flow_system(f);

	return flow_event(f,
			  &(struct flow_event){.kind = kind,
					       .object = "build",
					       .object_id = build,
					       .device = device,
					       .text = text,
					       .actor = by_us ? &system : NULL},
			  e);
}

/* --- unknown --- */

/* Of the device; where many have it already, of the organisation. subject: the build, or "". */
static bool alarm(struct flow *f, const char *device, const char *name, const char *subject,
		  const char *build, const char *version, struct err *e)
{
	const char *text =
	    arena_printf(f->arena, "%s: holdfast-client %s, build %.16s…, which nobody accepted",
			 name, version, build);
	int64_t others;
	bool fresh;

	if (!store_alarm_devices(f->db, ALARM_UNKNOWN_BUILD, subject, &others, e))
		return false;
	if (others >= ALARM_BUILD_EACH)
		device = NULL;
	return flow_alarm_raise(f,
				&(struct flow_alarm){.device = device,
						     .kind = ALARM_UNKNOWN_BUILD,
						     .subject = subject,
						     .evidence = text},
				&fresh, e) &&
	       (!fresh || record(f, "unknown-build", build, device, text, true, e));
}

/* --- what devices say --- */

/* The first ever. Two devices may come at once. */
static bool take_first(struct flow *f, const struct store_device *d, const struct flow_build *b,
		       struct store_build *known, struct err *e)
{
	const struct store_build first = {.id = b->id,
					  .version = b->version,
					  .first_ms = f->now_ms,
					  .first_device = d->id,
					  .accepted_ms = f->now_ms,
					  .accepted_by = "",
					  .note = ""};
	bool any;

	if (!store_build_any(f->db, &any, e))
		return false;
	if (any)
		return true;
	if (!store_setting_lock(f->db, SETTING_FIRST, e) || !store_build_any(f->db, &any, e))
		return false;
	if (any)
		return store_build_get(f->db, f->arena, b->id, known, e);
	*known = first;
	return store_build_accept(f->db, &first, e) &&
	       record(f, "build-accepted", b->id, d->id,
		      arena_printf(f->arena,
				   "holdfast-client %s: the first build that a device had",
				   b->version),
		      true, e);
}

/* A device may make up names: those that it brought and nobody accepted are entered up to a number. */
static bool is_entered(struct flow *f, const struct store_device *d,
		       const struct store_build *known, bool *out, struct err *e)
{
	int64_t brought = 0;

	if (known->id == NULL && !store_build_brought(f->db, d->id, &brought, e))
		return false;
	*out = brought < FLOW_BUILDS_BROUGHT;
	return true;
}

/* What was said of another build of the device is over. */
static bool told(struct flow *f, const struct store_device *d, const struct flow_build *b,
		 struct err *e)
{
	const struct store_build seen = {
	    .id = b->id, .version = b->version, .first_ms = f->now_ms, .first_device = d->id};
	struct store_build known;
	const char *subject;
	bool entered;

	if (!store_build_get(f->db, f->arena, b->id, &known, e) ||
	    (known.id == NULL && !take_first(f, d, b, &known, e)) ||
	    !is_entered(f, d, &known, &entered, e) ||
	    (entered && !store_build_seen(f->db, &seen, e)))
		return false;
	subject = entered ? b->id : "";
	return store_alarm_close_builds(f->db, d->id, subject, "the device has another build",
					f->now_ms, e) &&
	       (known.accepted_ms != 0 || alarm(f, d->id, d->name, subject, b->id, b->version, e));
}

bool flow_build_told(struct flow *f, const struct store_device *d, const struct flow_build *b,
		     struct err *e)
{
	bool same = text_equal(d->build, b->id);

	if (same && text_equal(d->boot, b->boot))
		return true;
	if (!store_device_set_build(f->db, d->id, b->id, b->boot, e))
		return false;
	return same || *b->id == '\0' || told(f, d, b, e);
}

/* --- what people say --- */

bool flow_build_accept(struct flow *f, const struct flow_build_accept *in, struct err *e)
{
	const char *version = text_trim(arena_dup(f->arena, in->version));
	const char *note = text_trim(arena_dup(f->arena, in->note));
	const struct store_build b = {.id = in->id,
				      .version = version,
				      .accepted_ms = f->now_ms,
				      .accepted_by =
					  f->actor.name != NULL ? f->actor.name : "system",
				      .note = note};
	int64_t closed;

	if (!flow_build_id_valid(in->id))
		return err_set(e, ERR_INVALID,
			       "id: must be the SHA-256 of the package's manifest, 64 lower-case "
			       "hexadecimal digits");
	if (*version == '\0' || !text_printable(version, false))
		return err_set(e, ERR_UNPROCESSABLE, "version: must be one line");
	if (!text_printable(note, true))
		return err_set(e, ERR_UNPROCESSABLE, "note: must not hold control characters");
	return store_build_accept(f->db, &b, e) &&
	       store_alarm_close_build(f->db, b.id, "the build was accepted", f->now_ms, &closed,
				       e) &&
	       record(f, "build-accepted", b.id, NULL,
		      arena_printf(f->arena, "holdfast-client %s%s%s", version,
				   *note != '\0' ? ": " : "", note),
		      false, e);
}

/* One more than are told of each for itself, so that the organisation is told too. */
static bool alarm_all(struct flow *f, const struct store_build *b, struct err *e)
{
	const char *const *ids;
	size_t count;

	if (!store_build_devices(f->db, f->arena, b->id, ALARM_BUILD_EACH + 1, &ids, &count, e))
		return false;
	for (size_t i = 0; i < count; i++) {
		struct store_device d;

		if (!store_device_get(f->db, f->arena, ids[i], &d, e) ||
		    !alarm(f, d.id, d.name, b->id, b->id, b->version, e))
			return false;
	}
	return true;
}

bool flow_build_withdraw(struct flow *f, const char *id, struct err *e)
{
	struct store_build b;

	if (!store_build_get(f->db, f->arena, id, &b, e))
		return false;
	if (b.id == NULL || b.accepted_ms == 0)
		return err_set(e, ERR_NOT_FOUND, "There is no accepted build with this id.");
	b.accepted_ms = 0;
	b.accepted_by = "";
	return store_build_accept(f->db, &b, e) &&
	       record(f, "build-withdrawn", id, NULL,
		      arena_printf(f->arena, "holdfast-client %s", b.version), false, e) &&
	       alarm_all(f, &b, e);
}
