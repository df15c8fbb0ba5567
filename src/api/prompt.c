/* What the prompt's texts will look like: for a person who is writing them. Nothing is stored. */
#include "base/text.h"
#include "flow/snapshots.h"
#include "grant/prompt.h"
#include "model/policy.h"
#include "web/request.h"
#include "web/server.h"
#include "api/routes.h"

#define MAX_BODY (128 * 1024)
#define MAX_DRAFT 8000 /* characters of a text that may still become shorter */

struct input {
	struct policy_prompt zh, en;
	const char *user, *device, *package, *organisation;
};

#define DRAFT(member, example_) \
	JSON_FIELD_TEXT, offsetof(struct input, member), .max = MAX_DRAFT, .example = example_
#define VALUE(member, example_)                                                             \
	JSON_FIELD_TEXT, offsetof(struct input, member), .min = 1, .max = PROMPT_MAX_VALUE, \
							 .example = example_

static const struct json_field draft_zh[] = {{"title", DRAFT(zh.title, "{package} 即将被卸载")},
					     {"content", DRAFT(zh.content, "{user}，请先报备。")},
					     {"primary", DRAFT(zh.primary, "去报备")},
					     {"secondary", DRAFT(zh.secondary, "我知道了")},
					     {0}};
static const struct json_field draft_en[] = {
    {"title", DRAFT(en.title, "{package} is about to be uninstalled")},
    {"content", DRAFT(en.content, "{user}, please file first.")},
    {"primary", DRAFT(en.primary, "File for Approval")},
    {"secondary", DRAFT(en.secondary, "Got It")},
    {0}};
static const struct json_field draft_json[] = {{"zh", JSON_FIELD_OBJECT, .fields = draft_zh},
					       {"en", JSON_FIELD_OBJECT, .fields = draft_en},
					       {0}};
static const struct json_field input_json[] = {
    {"prompt", JSON_FIELD_OBJECT, .fields = draft_json,
     .doc = "texts that are not there are the present policy's"},
    {"user", VALUE(user, "李华"), .doc = "{user}; a sample without it, as with the next two"},
    {"device", VALUE(device, "laptop-42"), .doc = "{device}"},
    {"package", VALUE(package, POLICY_CLIENT), .doc = "{package}"},
    {"organisation", VALUE(organisation, "示例科技"),
     .doc = "{organisation}; the setting organisation_name without it"},
    {0}};

struct shown {
	const char *text, *from, *problem;
	int64_t length, max;
};
struct shown_prompt {
	struct shown texts[PROMPT_TEXTS];
};
struct output {
	struct shown_prompt zh, en;
};

static const char *const froms[] = {"own", "other-language", "default", NULL};

static const struct json_field shown_json[] = {
    {"text", JSON_FIELD_TEXT, offsetof(struct shown, text), .doc = "as it will be shown"},
    {"from", JSON_FIELD_TEXT, offsetof(struct shown, from), .words = froms,
     .doc = "whose text that is: an empty one falls back to the other language's, then to the "
	    "built-in one"},
    {"length", JSON_FIELD_I64, offsetof(struct shown, length),
     .doc = "characters of the own text as it is written"},
    {"max", JSON_FIELD_I64, offsetof(struct shown, max), .example = "60"},
    {"problem", JSON_FIELD_TEXT, offsetof(struct shown, problem), .nullable = true, .says = "error",
     .doc = "why saving would refuse the own text"},
    {0}};

#define TEXT(which) \
	JSON_FIELD_OBJECT, offsetof(struct shown_prompt, texts[which]), .fields = shown_json
static const struct json_field prompt_shown_json[] = {{"title", TEXT(PROMPT_TITLE)},
						      {"content", TEXT(PROMPT_CONTENT)},
						      {"primary", TEXT(PROMPT_PRIMARY)},
						      {"secondary", TEXT(PROMPT_SECONDARY)},
						      {0}};
static const struct json_field output_json[] = {
    {"zh", JSON_FIELD_OBJECT, offsetof(struct output, zh), .fields = prompt_shown_json},
    {"en", JSON_FIELD_OBJECT, offsetof(struct output, en), .fields = prompt_shown_json},
    {0}};

/* Whose texts, and what they fall back to. */
struct side {
	enum prompt_language language;
	const struct policy_prompt *own, *other, *builtin;
};

static const char *problem_of(struct request *r, enum prompt_text which, const char *text)
{
	struct err e;

	return prompt_text_check(which, text, &e) ? NULL : arena_dup(r->arena, e.text);
}

/* By the function that shows them on a device. */
static void show(struct request *r, struct statement *s, const struct side *side,
		 const char *package, struct shown_prompt *out)
{
	const char *picked[PROMPT_TEXTS], *filled[PROMPT_TEXTS];
	enum prompt_from from[PROMPT_TEXTS];
	struct statement_prompt p;

	for (enum prompt_text i = 0; i < PROMPT_TEXTS; i++)
		picked[i] = prompt_pick(side->own, side->other, side->builtin, i, &from[i]);
	p = (struct statement_prompt){picked[PROMPT_TITLE], picked[PROMPT_CONTENT],
				      picked[PROMPT_PRIMARY], picked[PROMPT_SECONDARY]};
	s->zh = s->en = p;
	prompt_fill(r->arena, s, side->language, package, &p);
	filled[PROMPT_TITLE] = p.title;
	filled[PROMPT_CONTENT] = p.content;
	filled[PROMPT_PRIMARY] = p.primary;
	filled[PROMPT_SECONDARY] = p.secondary;
	for (enum prompt_text i = 0; i < PROMPT_TEXTS; i++) {
		const char *own = prompt_text_of(side->own, i);

		out->texts[i] = (struct shown){.text = filled[i],
					       .from = prompt_from_name(from[i]),
					       .problem = problem_of(r, i, own),
					       .length = (int64_t)text_length(own),
					       .max = prompt_text_max(i)};
	}
}

static const char *organisation_of(struct request *r)
{
	const struct snapshot *snapshot = snapshots_take(r->server->snapshots);
	const char *name = arena_dup(r->arena, snapshot_organisation(snapshot));

	snapshots_give(r->server->snapshots, snapshot);
	return name;
}

static bool preview(struct request *r, struct err *e)
{
	struct input in = {.user = "李华", .device = "laptop-42", .package = POLICY_CLIENT};
	struct statement s = {0};
	struct output out;
	struct policy now;

	in.organisation = organisation_of(r);
	if (!flow_policy_get(r->db, r->arena, &now, e))
		return false;
	in.zh = now.zh;
	in.en = now.en;
	if (!request_read(r, &in, e))
		return false;
	s.owner_name = in.user;
	s.device_name = in.device;
	s.organisation = in.organisation;
	show(r, &s, &(struct side){PROMPT_ZH, &in.zh, &in.en, &prompt_default_zh}, in.package,
	     &out.zh);
	show(r, &s, &(struct side){PROMPT_EN, &in.en, &in.zh, &prompt_default_en}, in.package,
	     &out.en);
	request_answer(r, &out);
	return true;
}

static const struct http_route routes[] = {
    {HTTP_POST, "/api/v1/policy/prompt-preview", MAX_BODY,
     ROUTE(ROLES_ALL, ROUTE_READ, preview,
	   DOC("previewPrompt", "What the prompt's texts will look like", .in = input_json,
	       .out = output_json, .noun = "PromptPreview",
	       .text = "In both languages, with what each falls back to, its length, and what "
		       "saving would "
		       "refuse. Nothing is stored."))},
};

const struct route_table prompt_routes = ROUTE_TABLE(routes);
