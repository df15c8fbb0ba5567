/* The organisation's settings. */
#include "base/text.h"
#include "flow/record.h"
#include "flow/release.h"
#include "model/notice.h"
#include "server/request.h"
#include "server/route.h"
#include "store/setting.h"

#define MAX_BODY 4096

struct settings {
	const char *language;
	int64_t release_threshold;
};

static const struct json_field settings_json[] = {
    {"language", JSON_FIELD_TEXT, offsetof(struct settings, language), .words = language_names,
     .doc = "of what Holdfast writes into DingTalk"},
    {"release_threshold", JSON_FIELD_I64, offsetof(struct settings, release_threshold), .min = 0,
     .max = RELEASE_MAX_THRESHOLD,
     .doc = "devices that one person may release in 24 hours without a second; only an owner "
	    "changes it",
     .example = "20"},
    {0}};

static bool get(struct request *r, struct settings *out, struct err *e)
{
	struct flow f = {.db = r->db, .arena = r->arena};

	if (!store_setting_get(r->db, r->arena, SETTING_LANGUAGE, &out->language, e) ||
	    !flow_release_threshold(&f, &out->release_threshold, e))
		return false;
	if (out->language == NULL)
		out->language = language_names[LANGUAGE_ZH];
	return true;
}

static bool settings_read(struct request *r, struct err *e)
{
	struct settings now;

	if (!get(r, &now, e))
		return false;
	request_answer(r, &now);
	return true;
}

static bool set(struct request *r, const char *name, const char *before, const char *value,
		struct err *e)
{
	struct flow f = request_flow(r);

	return text_equal(before, value) ||
	       (store_setting_set(r->db, name, value, e) &&
		flow_event(&f,
			   &(struct flow_event){.kind = "settings-changed",
						.object = "settings",
						.text = arena_printf(r->arena, "%s %s, before: %s",
								     name, value, before)},
			   e));
}

static const char *number(struct request *r, int64_t n)
{
	return arena_printf(r->arena, "%lld", (long long)n);
}

/* Absent members stay as they are. */
static bool settings_change(struct request *r, struct err *e)
{
	struct settings now, in;

	if (!get(r, &now, e))
		return false;
	in = now;
	if (!request_read(r, &in, e))
		return false;
	if (in.release_threshold != now.release_threshold && r->caller.role != ROLE_OWNER)
		return err_set(e, ERR_FORBIDDEN, "Only an owner changes release_threshold.");
	return set(r, SETTING_LANGUAGE, now.language, in.language, e) &&
	       set(r, SETTING_RELEASE_THRESHOLD, number(r, now.release_threshold),
		   number(r, in.release_threshold), e) &&
	       settings_read(r, e);
}

static const struct http_route routes[] = {
    {HTTP_GET, "/api/v1/settings",
     ROUTE(ROLES_ALL, ROUTE_READ, settings_read,
	   DOC("getSettings", "The organisation's settings", .out = settings_json,
	       .noun = "Settings"))},
    {HTTP_PUT, "/api/v1/settings", MAX_BODY,
     ROUTE(ROLES_CHANGE, ROUTE_WRITE, settings_change,
	   DOC("changeSettings", "Change settings; absent ones stay as they are",
	       .in = settings_json, .out = settings_json, .noun = "Settings"))},
};

const struct route_table settings_routes = ROUTE_TABLE(routes);
