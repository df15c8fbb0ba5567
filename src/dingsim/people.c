#include "dingsim/people.h"

#include <string.h>

#include "base/text.h"

#define SUGGESTED 200
#define SPARE_SLOTS 2
#define FOUND 4

static const char *label_of(struct call *c, const struct person *person)
{
	return arena_printf(c->store.arena, "%s (%s)", person->name, person->userid);
}

void people_find_field(struct page *p)
{
	html(p,
	     "<input type=\"search\" name=\"find\" value=\"%s\" aria-label=\"%s\" "
	     "placeholder=\"%s\"><button>%s</button></form>",
	     call_field(p->c, "find"), page_text(p, "Find a person", "查找人员"),
	     page_text(p, "Name or title", "姓名或职位"), page_text(p, "Find", "查找"));
}

void people_find(struct page *p, const char *path)
{
	html(p, "<form method=\"get\" action=\"%s\" class=\"find\">", path);
	if (*p->lang)
		html_hidden(p, "lang", page_text(p, "en", "zh"));
	people_find_field(p);
}

bool people_suggest(struct page *p, struct err *e)
{
	struct person *person;

	if (!store_people(&p->c->store, "", SUGGESTED, &person, e))
		return false;
	html(p, "<datalist id=\"people\">");
	for (; person; person = person->next)
		html(p, "<option value=\"%s\">%s</option>", label_of(p->c, person), person->title);
	html(p, "</datalist>");
	return true;
}

bool people_label(struct call *c, const char *userid, const char **out, struct err *e)
{
	struct person *person;

	*out = userid;
	if (store_person(&c->store, userid, &person, e)) {
		*out = label_of(c, person);
		return true;
	}
	if (e->code != ERR_NOT_FOUND)
		return false;
	err_clear(e);
	if (store_leaver(&c->store, userid, NULL, &person, e)) {
		*out = arena_printf(c->store.arena, "%s, %s (%s)", person->name,
				    page_chinese(c) ? "已离职" : "left", userid);
		return true;
	}
	if (e->code != ERR_NOT_FOUND)
		return false;
	err_clear(e);
	return true;
}

static bool refuse_several(struct call *c, const char *typed, const struct person *found,
			   struct err *e)
{
	AUTO(buf_done) struct buf names = {0};
	struct arena *a = c->store.arena;

	for (; found; found = found->next)
		buf_printf(&names, "%s%s", names.len ? ", " : "", label_of(c, found));
	return page_refuse(c, e,
			   arena_printf(a, "Several people fit \"%s\": %s…", typed, names.data),
			   arena_printf(a, "有多人符合“%s”：%s……", typed, names.data));
}

/* The id in the last parentheses, else the whole. */
static const char *typed_id(struct call *c, const char *typed)
{
	const char *open = strrchr(typed, '(');
	size_t n = strlen(typed);

	if (!open || typed[n - 1] != ')')
		return typed;
	return arena_dup_n(c->store.arena, open + 1, n - 2 - (size_t)(open - typed));
}

bool people_pick(struct call *c, const char *typed, struct person **out, struct err *e)
{
	struct arena *a = c->store.arena;
	struct person *found;

	typed = text_trim(arena_dup(a, typed));
	if (!*typed)
		return page_refuse(c, e, "Choose a person.", "请选择人员。");
	if (store_person(&c->store, typed_id(c, typed), out, e))
		return true;
	if (e->code != ERR_NOT_FOUND)
		return false;
	err_clear(e);
	if (store_leaver(&c->store, typed_id(c, typed), NULL, &found, e))
		return page_refuse(c, e,
				   arena_printf(a, "%s has left the organisation.", found->name),
				   arena_printf(a, "%s已离职。", found->name));
	if (e->code != ERR_NOT_FOUND)
		return false;
	err_clear(e);
	if (!store_people(&c->store, typed, FOUND, &found, e))
		return false;
	if (!found)
		return page_refuse(c, e, arena_printf(a, "Nobody is called \"%s\".", typed),
				   arena_printf(a, "没有找到“%s”。", typed));
	if (found->next)
		return refuse_several(c, typed, found, e);
	*out = found;
	return true;
}

static const char *slot_name(struct call *c, const char *prefix, int slot)
{
	return arena_printf(c->store.arena, "%s%d", prefix, slot);
}

static void put_slot(struct page *p, const char *name, const char *value)
{
	html_field(p, &(struct field){.name = name,
				      .type = "person",
				      .value = value,
				      .placeholder = page_text(p, "Name", "姓名")});
}

/* What was typed stays as it was. */
static void sent_slots(struct page *p, const char *prefix, const char *sent)
{
	int slot, shown = 0;

	for (slot = 0; slot < PEOPLE_SLOTS; slot++) {
		const char *value = call_field(p->c, slot_name(p->c, sent, slot));

		if (*value)
			put_slot(p, slot_name(p->c, prefix, shown++), value);
	}
	for (slot = 0; slot < SPARE_SLOTS && shown < PEOPLE_SLOTS; slot++)
		put_slot(p, slot_name(p->c, prefix, shown++), "");
}

bool people_slots(struct page *p, const char *prefix, const char *sent, const char *list,
		  struct err *e)
{
	const struct json *ids, *id;
	int slot = 0, spare;

	html(p, "<div class=\"slots\">");
	if (p->c->r->method == HTTP_POST) {
		sent_slots(p, prefix, sent);
	} else {
		if (!call_stored(p->c, list, &ids, e))
			return false;
		for (id = ids->first; id; id = id->next) {
			const char *label;

			if (!people_label(p->c, id->text, &label, e))
				return false;
			put_slot(p, slot_name(p->c, prefix, slot++), label);
		}
		for (spare = 0; spare < SPARE_SLOTS && slot < PEOPLE_SLOTS; spare++)
			put_slot(p, slot_name(p->c, prefix, slot++), "");
	}
	html(p, "</div>");
	return true;
}

static bool there_twice(struct person *const *people, int count, const struct person *person)
{
	int i;

	for (i = 0; i < count; i++)
		if (text_equal(people[i]->userid, person->userid))
			return true;
	return false;
}

bool people_read(struct call *c, const char *prefix, const char **out, struct err *e)
{
	AUTO(buf_done) struct buf text = {0};
	struct json_writer w = {.out = &text};
	struct person *people[PEOPLE_SLOTS];
	int slot, count = 0;

	json_array(&w, NULL);
	for (slot = 0; slot < PEOPLE_SLOTS; slot++) {
		const char *typed = call_field(c, slot_name(c, prefix, slot));

		if (!*typed)
			continue;
		if (!people_pick(c, typed, &people[count], e))
			return false;
		if (there_twice(people, count, people[count]))
			return page_refuse(
			    c, e,
			    arena_printf(c->store.arena, "%s is there twice.", people[count]->name),
			    arena_printf(c->store.arena, "%s重复了。", people[count]->name));
		json_put_text(&w, NULL, people[count++]->userid);
	}
	json_array_end(&w);
	*out = arena_dup(c->store.arena, text.data);
	return true;
}
