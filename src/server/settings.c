/* The organisation's settings. */
#include "flow/record.h"
#include "model/notice.h"
#include "server/request.h"
#include "server/route.h"
#include "store/setting.h"

#define MAX_BODY 4096

struct settings {
	const char *language;
};

static const struct json_field fields[] = {{"language", JSON_FIELD_TEXT,
					    offsetof(struct settings, language), .required = true,
					    .words = language_names},
					   {0}};

static bool settings_read(struct request *r, struct err *e)
{
	const char *language;

	if (!store_setting_get(r->db, r->arena, SETTING_LANGUAGE, &language, e))
		return false;
	json_object(&r->json, NULL);
	json_put_text(&r->json, "language",
		      language == NULL ? language_names[LANGUAGE_ZH] : language);
	json_object_end(&r->json);
	return true;
}

static bool settings_change(struct request *r, struct err *e)
{
	struct settings in = {0};
	struct flow f = request_flow(r);

	return request_json(r, fields, &in, e) &&
	       store_setting_set(r->db, SETTING_LANGUAGE, in.language, e) &&
	       flow_event(
		   &f,
		   &(struct flow_event){.kind = "settings-changed",
					.object = "settings",
					.text = arena_printf(r->arena, "language %s", in.language)},
		   e) &&
	       settings_read(r, e);
}

static const struct http_route routes[] = {
    {HTTP_GET, "/api/v1/settings", ROUTE(ROLES_ALL, ROUTE_READ, settings_read)},
    {HTTP_PUT, "/api/v1/settings", MAX_BODY, ROUTE(ROLES_CHANGE, ROUTE_WRITE, settings_change)},
};

const struct route_table settings_routes = ROUTE_TABLE(routes);
