#include "model/approval.h"

#include <string.h>

#include "base/id.h"
#include "base/text.h"

static const char *const modes[] = {APPROVAL_ANY, APPROVAL_ALL, NULL};

static const struct json_field level_json[] = {
    {"name", JSON_FIELD_TEXT, offsetof(struct approval_level, name), .max = APPROVAL_MAX_NAME},
    {"mode", JSON_FIELD_TEXT, offsetof(struct approval_level, mode), .required = true,
     .words = modes},
    {"approvers", JSON_FIELD_ARRAY, offsetof(struct approval_level, approvers), .required = true,
     .min = 1, .max = APPROVAL_MAX_APPROVERS},
    {0}};

const struct json_field approval_json[] = {
    {"levels", JSON_FIELD_ARRAY, offsetof(struct approval_levels, levels), .required = true,
     .min = 1, .max = APPROVAL_MAX_LEVELS, .fields = level_json,
     .size = sizeof(struct approval_level)},
    {"fallback", JSON_FIELD_TEXT, offsetof(struct approval_levels, fallback)},
    {"remind_hours", JSON_FIELD_I64, offsetof(struct approval_levels, remind_hours),
     .max = APPROVAL_MAX_HOURS},
    {"reminders", JSON_FIELD_I64, offsetof(struct approval_levels, reminders),
     .max = APPROVAL_MAX_REMINDERS},
    {"escalate_hours", JSON_FIELD_I64, offsetof(struct approval_levels, escalate_hours),
     .max = APPROVAL_MAX_HOURS},
    {"escalate_to", JSON_FIELD_ARRAY, offsetof(struct approval_levels, escalate_to),
     .max = APPROVAL_MAX_APPROVERS},
    {0}};

const struct json_field approval_fallback_json[] = {
    {"after_minutes", JSON_FIELD_I64, offsetof(struct approval_fallback, after_minutes),
     .required = true, .min = 1, .max = APPROVAL_MAX_MINUTES},
    {"level", JSON_FIELD_OBJECT, offsetof(struct approval_fallback, level), .required = true,
     .fields = level_json},
    {0}};

void approval_default(struct approval_levels *out)
{
	*out = (struct approval_levels){.remind_hours = 24, .reminders = 5};
}

/* --- checking --- */

static bool accounts_check(const struct json_list *list, const char *what, struct err *e)
{
	const char *const *ids = list->items;

	for (size_t i = 0; i < list->count; i++) {
		if (!id_valid(ids[i]))
			return err_set(e, ERR_UNPROCESSABLE, "%s[%zu]: must be an account's id.",
				       what, i);
		for (size_t k = 0; k < i; k++) {
			if (text_equal(ids[i], ids[k]))
				return err_set(e, ERR_UNPROCESSABLE, "%s[%zu]: is there twice.",
					       what, i);
		}
	}
	return true;
}

static bool level_check(const struct approval_level *level, const char *where, struct err *e)
{
	if (level->name != NULL && !text_printable(level->name, false))
		return err_set(e, ERR_UNPROCESSABLE, "%s.name: must be text on one line.", where);
	return accounts_check(&level->approvers, "approvers", e) || err_add(e, "%s", where);
}

bool approval_check(const struct approval_levels *levels, struct err *e)
{
	const struct approval_level *items = levels->levels.items;
	char where[16] = "levels[0]";

	for (size_t i = 0; i < levels->levels.count; i++) {
		where[7] = (char)('0' + i);
		if (!level_check(&items[i], where, e))
			return false;
	}
	if (levels->fallback != NULL && !id_valid(levels->fallback))
		return err_set(e, ERR_UNPROCESSABLE, "fallback: must be an account's id.");
	return accounts_check(&levels->escalate_to, "escalate_to", e);
}

bool approval_fallback_check(const struct approval_fallback *fallback, struct err *e)
{
	return level_check(&fallback->level, "level", e);
}

/* --- writing and reading --- */

static void put_accounts(struct json_writer *w, const char *key, const struct json_list *list)
{
	const char *const *ids = list->items;

	json_array(w, key);
	for (size_t i = 0; i < list->count; i++)
		json_put_text(w, NULL, ids[i]);
	json_array_end(w);
}

static void put_level(struct json_writer *w, const char *key, const struct approval_level *level)
{
	json_object(w, key);
	json_put_text(w, "name", level->name == NULL ? "" : level->name);
	json_put_text(w, "mode", level->mode);
	put_accounts(w, "approvers", &level->approvers);
	json_object_end(w);
}

void approval_put(struct json_writer *w, const char *key, const struct approval_levels *levels)
{
	const struct approval_level *items = levels->levels.items;

	json_object(w, key);
	json_array(w, "levels");
	for (size_t i = 0; i < levels->levels.count; i++)
		put_level(w, NULL, &items[i]);
	json_array_end(w);
	json_put_text(w, "fallback", levels->fallback);
	json_put_i64(w, "remind_hours", levels->remind_hours);
	json_put_i64(w, "reminders", levels->reminders);
	json_put_i64(w, "escalate_hours", levels->escalate_hours);
	put_accounts(w, "escalate_to", &levels->escalate_to);
	json_object_end(w);
}

void approval_fallback_put(struct json_writer *w, const char *key,
			   const struct approval_fallback *fallback)
{
	if (fallback == NULL) {
		json_put_null(w, key);
		return;
	}
	json_object(w, key);
	json_put_i64(w, "after_minutes", fallback->after_minutes);
	put_level(w, "level", &fallback->level);
	json_object_end(w);
}

const char *approval_write(struct arena *a, const struct approval_levels *levels)
{
	AUTO(buf_done) struct buf b = {0};
	struct json_writer w = {.out = &b};

	approval_put(&w, NULL, levels);
	return arena_dup_n(a, b.data, b.len);
}

const char *approval_fallback_write(struct arena *a, const struct approval_fallback *fallback)
{
	AUTO(buf_done) struct buf b = {0};
	struct json_writer w = {.out = &b};

	approval_fallback_put(&w, NULL, fallback);
	return arena_dup_n(a, b.data, b.len);
}

bool approval_read(struct arena *a, const char *text, struct approval_levels *out, struct err *e)
{
	approval_default(out);
	return json_read_text(a, text, strlen(text), approval_json, out, e);
}

bool approval_fallback_read(struct arena *a, const char *text, struct approval_fallback *out,
			    struct err *e)
{
	*out = (struct approval_fallback){0};
	return json_read_text(a, text, strlen(text), approval_fallback_json, out, e);
}
