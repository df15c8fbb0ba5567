#include "flow/record.h"

#include <string.h>

#include "base/failpoint.h"
#include "base/id.h"
#include "base/text.h"
#include "flow/webhook.h"
#include "json/json.h"
#include "store/audit.h"
#include "store/event.h"
#include "store/note.h"

static const char *kind_of(const struct flow_actor *a)
{
	return a->kind != NULL ? a->kind : "system";
}

static const char *name_of(const struct flow_actor *a)
{
	return a->name != NULL ? a->name : kind_of(a);
}

struct flow_actor flow_somebody(const struct flow *f, const char *kind, const char *id,
				const char *name)
{
	return (struct flow_actor){kind, id, name, f->actor.address, f->actor.request};
}

struct flow_actor flow_system(const struct flow *f)
{
	return flow_somebody(f, NULL, NULL, NULL);
}

static void put_actor(struct json_writer *w, const struct flow_actor *a)
{
	json_object(w, "actor");
	json_put_text(w, "kind", kind_of(a));
	json_put_text(w, "id", a->id);
	json_put_text(w, "name", name_of(a));
	json_put_text(w, "token", a->token);
	json_put_text(w, "address", a->address);
	json_put_text(w, "request", a->request);
	json_object_end(w);
}

/* The record's text, which is what is hashed, kept and exported. */
static bool write(const struct store_event *row, const struct flow_event *event,
		  const struct flow_actor *actor, const unsigned char *before, struct buf *out,
		  struct err *e)
{
	struct json_writer w = {.out = out};
	char prev[TEXT_BASE64_SIZE(CRYPTO_HASH_SIZE)];

	text_base64url(before, CRYPTO_HASH_SIZE, prev);
	json_object(&w, NULL);
	json_put_i64(&w, "v", 1);
	json_put_text(&w, "node", row->node);
	json_put_i64(&w, "sequence", row->sequence);
	json_put_text(&w, "prev", prev);
	json_put_text(&w, "id", row->id);
	json_put_i64(&w, "at_ms", row->at_ms);
	json_put_text(&w, "kind", row->kind);
	put_actor(&w, actor);
	json_put_text(&w, "object", row->object);
	json_put_text(&w, "object_id", row->object_id);
	json_put_text(&w, "device", row->device);
	json_put_text(&w, "instance", row->instance);
	json_put_text(&w, "text", row->text);
	json_put_raw(&w, "detail", event->detail);
	json_object_end(&w);
	return !out->overflow ||
	       err_set(e, ERR_TOO_LARGE, "the record would be over %d bytes", FLOW_MAX_RECORD);
}

bool flow_event(struct flow *f, const struct flow_event *event, struct err *e)
{
	AUTO(buf_done) struct buf record = {.max = FLOW_MAX_RECORD};
	const struct flow_actor *actor = event->actor != NULL ? event->actor : &f->actor;
	unsigned char before[CRYPTO_HASH_SIZE], hash[CRYPTO_HASH_SIZE];
	char id[ID_SIZE];
	struct store_event row = {.id = id,
				  .node = f->node,
				  .at_ms = f->now_ms,
				  .kind = event->kind,
				  .actor_kind = kind_of(actor),
				  .actor_id = actor->id,
				  .actor = name_of(actor),
				  .object = event->object,
				  .object_id = event->object_id,
				  .device = event->device,
				  .instance = event->instance,
				  .text = event->text != NULL ? event->text : ""};

	if (f->node == NULL)
		return err_set(e, ERR_INTERNAL, "nobody's record");
	id_new(id);
	if (!store_audit_next(f->db, f->node, &row.sequence, before, e) ||
	    !write(&row, event, actor, before, &record, e))
		return false;
	failpoint("audit-begun");
	crypto_sha256(record.data, record.len, hash);
	row.record = record.data;
	row.hash = hash;
	db_note(f->db, NOTE_AUDIT, event->object != NULL ? event->object : "");
	if (!store_event_add(f->db, &row, e) || !store_audit_head(f->db, f->node, hash, e))
		return err_add(e, "writing the audit record");
	failpoint("audit-recorded");
	return flow_webhook_tell(f,
				 &(struct flow_webhook_fact){.kind = event->kind,
							     .object = event->object,
							     .object_id = event->object_id,
							     .device = event->device,
							     .instance = event->instance,
							     .text = row.text},
				 e);
}

/* The name of who decided is all that an instance knows. */
static struct flow_actor named(const struct flow *f, const struct store_instance *i,
			       const char *actor)
{
	if (*actor == '\0')
		return flow_system(f);
	if (text_equal(f->actor.name, actor))
		return f->actor;
	if (text_equal(f->actor.kind, "device"))
		return flow_somebody(f, "person", i->person, actor);
	return flow_somebody(f, "dingtalk", NULL, actor);
}

bool flow_record(struct flow *f, const struct store_instance *i, const char *kind,
		 const char *actor, const char *text, struct err *e)
{
	const struct flow_actor who = named(f, i, actor);

	db_note(f->db, NOTE_DEVICE, i->device);
	return flow_event(f,
			  &(struct flow_event){.kind = kind,
					       .object = "instance",
					       .object_id = i->id,
					       .device = i->device,
					       .instance = i->id,
					       .text = text,
					       .actor = &who},
			  e);
}
