#include "flow/instance.h"

#include "model/instance.h"

bool flow_instance_add(struct flow *f, const struct store_instance *i, struct err *e)
{
	char number[INSTANCE_NUMBER_SIZE];
	const char *const texts[] = {number, i->reason, i->person_name, i->device_name, i->package};
	struct store_instance whole = *i;
	struct search_grams grams;

	instance_number(i->number, number);
	whole.search = search_text(f->arena, texts, ARRAY_SIZE(texts));
	grams = search_grams(f->arena, whole.search);
	return store_instance_add(f->db, &whole, e) &&
	       store_instance_add_grams(f->db, i->number, &grams, e) &&
	       store_instance_add_departments(f->db, i->number, i->person, e);
}
