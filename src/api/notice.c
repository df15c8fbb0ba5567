/* Notification texts: what Holdfast writes into DingTalk, in the organisation's own words. */
#include "api/routes.h"
#include "base/text.h"
#include "flow/record.h"
#include "model/notice.h"
#include "store/notice.h"
#include "store/setting.h"
#include "web/request.h"

#define MAX_BODY (256 * 1024)
#define MAX_DRAFT 8000 /* characters of a text that may still become shorter */

/* --- what is wanted --- */

struct wanted {
	const char *id, *words[LANGUAGE_COUNT];
};

struct input {
	struct json_list items;
};

#define WORDS(language, example_)                                  \
	JSON_FIELD_TEXT, offsetof(struct wanted, words[language]), \
	    .max = MAX_DRAFT, .doc = "empty or absent: the built-in one", .example = example_

static const struct json_field wanted_json[] = {
    {"id", JSON_FIELD_TEXT, offsetof(struct wanted, id), .required = true, .words = notice_names},
    {"zh", WORDS(LANGUAGE_ZH, "{applicant}，您的申请 {number} 已通过。{time}")},
    {"en", WORDS(LANGUAGE_EN, "{applicant}, your request {number} was approved. {time}")},
    {0}};

static const struct json_field input_json[] = {
    {"items", JSON_FIELD_ARRAY, offsetof(struct input, items), .required = true,
     .max = NOTICE_COUNT, .fields = wanted_json, .size = sizeof(struct wanted),
     .doc = "those with a text of the organisation's own; all others are built in"},
    {0}};

/* The organisation's own texts; NULL: the built-in one. */
struct own {
	const char *words[NOTICE_COUNT][LANGUAGE_COUNT];
};

static bool notice_of(const char *name, enum notice *out)
{
	for (int i = 0; i < NOTICE_COUNT; i++) {
		if (text_equal(notice_names[i], name)) {
			*out = (enum notice)i;
			return true;
		}
	}
	return false;
}

static const char *some(struct request *r, const char *text)
{
	return text == NULL ? NULL : text_some(text_trim(arena_dup(r->arena, text)));
}

static bool read_own(struct request *r, struct own *out, struct err *e)
{
	struct input in = {0};
	const struct wanted *items;
	bool seen[NOTICE_COUNT] = {0};
	enum notice n;

	*out = (struct own){0};
	if (!request_read(r, &in, e))
		return false;
	items = in.items.items;
	for (size_t i = 0; i < in.items.count; i++) {
		if (!notice_of(items[i].id, &n) || seen[n])
			return err_set(e, ERR_INVALID, "items[%zu].id: is there twice", i);
		seen[n] = true;
		for (int l = 0; l < LANGUAGE_COUNT; l++)
			out->words[n][l] = some(r, items[i].words[l]);
	}
	return true;
}

static bool load(struct request *r, struct own *out, struct err *e)
{
	struct store_notice_texts all;
	enum language language;
	enum notice n;

	*out = (struct own){0};
	if (!store_notice_texts(r->db, r->arena, &all, e))
		return false;
	for (size_t i = 0; i < all.count; i++) {
		if (notice_of(all.items[i].notice, &n) &&
		    language_from(all.items[i].language, &language))
			out->words[n][language] = all.items[i].text;
	}
	return true;
}

/* --- how they are shown --- */

struct shown {
	const char *text, *builtin, *preview, *problem;
	int64_t length;
};

struct item {
	const char *id, *reader;
	struct shown words[LANGUAGE_COUNT];
};

struct variable {
	const char *name, *sample[LANGUAGE_COUNT];
};

struct output {
	const char *language;
	int64_t max;
	struct json_list variables, items;
};

static const char *const readers[] = {"applicant", "approver", "administrator",
				      "decider",   "form",     NULL};

static const struct json_field shown_json[] = {
    {"text", JSON_FIELD_TEXT, offsetof(struct shown, text), .nullable = true,
     .doc = "the organisation's own; null: the built-in one holds"},
    {"builtin", JSON_FIELD_TEXT, offsetof(struct shown, builtin),
     .example = "Your request {number} was approved{by}{comment}. {time}"},
    {"preview", JSON_FIELD_TEXT, offsetof(struct shown, preview),
     .doc = "what holds, with the samples in the place of its variables"},
    {"length", JSON_FIELD_I64, offsetof(struct shown, length),
     .doc = "characters of the own text as it is written"},
    {"problem", JSON_FIELD_TEXT, offsetof(struct shown, problem), .nullable = true,
     .doc = "why saving would refuse the own text"},
    {0}};

#define SHOWN(language) \
	JSON_FIELD_OBJECT, offsetof(struct item, words[language]), .fields = shown_json

static const struct json_field item_json[] = {
    {"id", JSON_FIELD_TEXT, offsetof(struct item, id), .words = notice_names},
    {"to", JSON_FIELD_TEXT, offsetof(struct item, reader), .words = readers,
     .doc = "who gets it as a message; decider: who decided too late, and the applicant; form: a "
	    "remark in DingTalk's form"},
    {"zh", SHOWN(LANGUAGE_ZH)},
    {"en", SHOWN(LANGUAGE_EN)},
    {0}};

static const struct json_field variable_json[] = {
    {"name", JSON_FIELD_TEXT, offsetof(struct variable, name), .words = notice_variables},
    {"zh", JSON_FIELD_TEXT, offsetof(struct variable, sample[LANGUAGE_ZH]), .doc = "a sample"},
    {"en", JSON_FIELD_TEXT, offsetof(struct variable, sample[LANGUAGE_EN]), .doc = "a sample"},
    {0}};

static const struct json_field output_json[] = {
    {"language", JSON_FIELD_TEXT, offsetof(struct output, language), .words = language_names,
     .doc = "in which they are sent: the setting `language`"},
    {"max", JSON_FIELD_I64, offsetof(struct output, max), .doc = "characters of a text",
     .example = "500"},
    {"variables", JSON_FIELD_ARRAY, offsetof(struct output, variables), .fields = variable_json,
     .size = sizeof(struct variable), .doc = "that every text may have, in braces"},
    {"items", JSON_FIELD_ARRAY, offsetof(struct output, items), .fields = item_json,
     .size = sizeof(struct item)},
    {0}};

static struct shown show(struct request *r, enum notice n, enum language language, const char *own)
{
	const struct notice_words words = {language, own};
	struct shown out = {.text = own, .builtin = notice_builtin(n, language)};
	struct notice_facts facts;
	struct err e;

	notice_sample(n, language, r->now_ms, &facts);
	out.preview = notice_text(r->arena, &words, n, &facts);
	if (own == NULL)
		return out;
	out.length = (int64_t)text_length(own);
	if (!notice_check(n, own, &e))
		out.problem = arena_dup(r->arena, e.text);
	return out;
}

static struct json_list variables_of(struct request *r)
{
	struct variable *all = arena_array(r->arena, NOTICE_VARIABLES, sizeof(*all));

	for (int l = 0; l < LANGUAGE_COUNT; l++) {
		const char *values[NOTICE_VARIABLES];
		struct notice_facts facts;

		notice_sample(NOTICE_APPROVED, (enum language)l, r->now_ms, &facts);
		notice_values(r->arena, (enum language)l, &facts, values);
		for (size_t i = 0; i < NOTICE_VARIABLES; i++) {
			all[i].name = notice_variables[i];
			all[i].sample[l] = values[i];
		}
	}
	return json_list_of(all, NOTICE_VARIABLES);
}

static bool answer(struct request *r, const struct own *own, struct err *e)
{
	struct item *items = arena_array(r->arena, NOTICE_COUNT, sizeof(*items));
	struct output out = {
	    .max = NOTICE_MAX, .variables = variables_of(r), .items = {items, NOTICE_COUNT}};

	if (!store_setting_get(r->db, r->arena, SETTING_LANGUAGE, &out.language, e))
		return false;
	if (out.language == NULL)
		out.language = language_names[LANGUAGE_ZH];
	for (int n = 0; n < NOTICE_COUNT; n++) {
		items[n].id = notice_names[n];
		items[n].reader = notice_reader((enum notice)n);
		for (int l = 0; l < LANGUAGE_COUNT; l++)
			items[n].words[l] =
			    show(r, (enum notice)n, (enum language)l, own->words[n][l]);
	}
	request_answer(r, &out);
	return true;
}

/* --- handlers --- */

static bool version_of(struct request *r, int64_t *out, struct err *e)
{
	const char *text;

	*out = 0;
	return store_setting_get(r->db, r->arena, SETTING_NOTICES_VERSION, &text, e) &&
	       (text == NULL || text_i64(text, 0, INT64_MAX, out) ||
		err_set(e, ERR_INTERNAL, "the notification texts' version is no number"));
}

static bool texts_read(struct request *r, struct err *e)
{
	struct own own;
	int64_t version;

	if (!load(r, &own, e) || !version_of(r, &version, e))
		return false;
	request_etag(r, version);
	return answer(r, &own, e);
}

static bool texts_preview(struct request *r, struct err *e)
{
	struct own own;

	return read_own(r, &own, e) && answer(r, &own, e);
}

static bool check(const struct own *own, struct err *e)
{
	for (int n = 0; n < NOTICE_COUNT; n++) {
		for (int l = 0; l < LANGUAGE_COUNT; l++) {
			const char *text = own->words[n][l];

			if (text != NULL && !notice_check((enum notice)n, text, e))
				return err_add(e, "%s.%s", notice_names[n], language_names[l]);
		}
	}
	return true;
}

/* What differs, before and after; *changed names it. */
static const char *detail(struct request *r, const struct own *from, const struct own *to,
			  const char **changed)
{
	AUTO(buf_done) struct buf text = {0}, names = {0};
	struct json_writer w = {.out = &text};

	json_object(&w, NULL);
	for (int n = 0; n < NOTICE_COUNT; n++) {
		for (int l = 0; l < LANGUAGE_COUNT; l++) {
			if (text_equal(from->words[n][l], to->words[n][l]))
				continue;
			buf_printf(&names, "%s%s.%s", names.len > 0 ? ", " : "", notice_names[n],
				   language_names[l]);
			json_object(&w, arena_printf(r->arena, "%s.%s", notice_names[n],
						     language_names[l]));
			json_put_text(&w, "before", from->words[n][l]);
			json_put_text(&w, "after", to->words[n][l]);
			json_object_end(&w);
		}
	}
	json_object_end(&w);
	*changed = arena_dup_n(r->arena, names.data, names.len);
	return arena_dup(r->arena, text.data);
}

static bool store(struct request *r, const struct own *own, int64_t version, struct err *e)
{
	struct store_notice_text items[NOTICE_COUNT * LANGUAGE_COUNT];
	struct store_notice_texts all = {items, 0};

	for (int n = 0; n < NOTICE_COUNT; n++) {
		for (int l = 0; l < LANGUAGE_COUNT; l++) {
			if (own->words[n][l] != NULL)
				items[all.count++] = (struct store_notice_text){
				    notice_names[n], language_names[l], own->words[n][l]};
		}
	}
	return store_notice_texts_set(r->db, &all, e) &&
	       store_setting_set(r->db, SETTING_NOTICES_VERSION,
				 arena_printf(r->arena, "%lld", (long long)version), e);
}

static bool texts_replace(struct request *r, struct err *e)
{
	struct flow f = request_flow(r);
	const char *what, *changed;
	struct own from, to;
	int64_t version;

	if (!read_own(r, &to, e) || !check(&to, e) ||
	    !store_setting_lock(r->db, SETTING_NOTICES_VERSION, e) || !load(r, &from, e) ||
	    !version_of(r, &version, e) || !request_if_match(r, version, e))
		return false;
	what = detail(r, &from, &to, &changed);
	if (*changed != '\0' &&
	    (!store(r, &to, version + 1, e) ||
	     !flow_event(&f,
			 &(struct flow_event){.kind = "notification-texts-changed",
					      .object = "settings",
					      .text = changed,
					      .detail = what},
			 e)))
		return false;
	request_etag(r, *changed != '\0' ? version + 1 : version);
	return answer(r, &to, e);
}

#define OUT .out = output_json, .noun = "NotificationTexts"

static const struct http_route routes[] = {
    {HTTP_GET, "/api/v1/notification-texts",
     ROUTE(ROLES_AUDIT, ROUTE_READ, texts_read,
	   DOC("readNotificationTexts", "What Holdfast writes into DingTalk", OUT, .etag = true,
	       .live = true))},
    {HTTP_PUT, "/api/v1/notification-texts", MAX_BODY,
     ROUTE(ROLES_CHANGE, ROUTE_WRITE, texts_replace,
	   DOC("replaceNotificationTexts", "Replace the organisation's own texts", OUT,
	       .in = input_json, .etag = true,
	       .text = "All at once: what is not named is the built-in text again. Holds for what "
		       "is written from then on."))},
    {HTTP_POST, "/api/v1/notification-texts/preview", MAX_BODY,
     ROUTE(ROLES_AUDIT, ROUTE_READ, texts_preview,
	   DOC("previewNotificationTexts", "What texts will look like", OUT, .in = input_json,
	       .text = "Nothing is stored; `problem` says what saving would refuse."))},
};

const struct route_table notice_routes = ROUTE_TABLE(routes);
