#include "flow/record.h"

#include "store/event.h"
#include "store/note.h"

bool flow_record(struct flow *f, const struct store_instance *i, const char *kind,
		 const char *actor, const char *text, struct err *e)
{
	db_note(f->db, NOTE_DEVICE, i->device);
	return store_event_add(f->db,
			       &(struct store_event){.at_ms = f->now_ms,
						     .kind = kind,
						     .actor = *actor == '\0' ? "system" : actor,
						     .device = i->device,
						     .instance = i->id,
						     .text = text},
			       e);
}
