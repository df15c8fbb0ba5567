/* Devices, as an administrator sees them. */
#include "store/device.h"

#include <string.h>

#include "base/text.h"
#include "crypto/crypto.h"
#include "model/device.h"
#include "api/instance.h"
#include "web/presence.h"
#include "web/request.h"
#include "api/routes.h"
#include "web/server.h"

static const char *state_of(const struct store_device *d, int64_t here_ms, int64_t now_ms)
{
	if (!text_equal(d->state, STORE_DEVICE_ACTIVE))
		return d->state;
	if (here_ms != 0)
		return device_presence(here_ms > d->last_seen_ms ? here_ms : d->last_seen_ms,
				       now_ms, PRESENCE_ONLINE_MS);
	return device_presence(d->last_seen_ms, now_ms, PRESENCE_STORED_MS);
}

/* A device as it is shown. */
struct view {
	struct store_device stored;
	const char *state, *key;
	struct json_list macs;
	int64_t last_seen_ms;
};

static const char *const states[] = {
    "online", "offline", "long-offline", STORE_DEVICE_UNINSTALLED, STORE_DEVICE_REMOVED, NULL};

static const struct json_field owner_json[] = {
    {"id", JSON_FIELD_TEXT, offsetof(struct view, stored.owner), .format = JSON_ID},
    {"name", JSON_FIELD_TEXT, offsetof(struct view, stored.owner_name), .example = "李华"},
    {0}};

static const struct json_field device_json[] = {
    {"id", JSON_FIELD_TEXT, offsetof(struct view, stored.id), .format = JSON_ID},
    {"name", JSON_FIELD_TEXT, offsetof(struct view, stored.name), .example = "hua-laptop"},
    {"os", JSON_FIELD_TEXT, offsetof(struct view, stored.os), .example = "Debian GNU/Linux 12"},
    {"macs", JSON_FIELD_ARRAY, offsetof(struct view, macs), .example = "52:54:00:12:34:56"},
    {"client_version", JSON_FIELD_TEXT, offsetof(struct view, stored.client_version),
     .example = "0.1.0"},
    {"owner", JSON_FIELD_OBJECT, .fields = owner_json},
    {"state", JSON_FIELD_TEXT, offsetof(struct view, state), .words = states,
     .doc = "online: heard within 90 s; long-offline: not for 30 days. Enrolling again ends the "
	    "last two"},
    {"key", JSON_FIELD_TEXT, offsetof(struct view, key), .doc = "thumbprint of the device's key",
     .example = "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"},
    {"enrolled_ms", JSON_FIELD_I64, offsetof(struct view, stored.enrolled_ms)},
    {"last_seen_ms", JSON_FIELD_I64, offsetof(struct view, last_seen_ms)},
    {0}};

static void view(struct request *r, const struct store_device *d, struct view *out)
{
	int64_t here_ms = presence_last(r->server->presence, d->id);
	char key[CRYPTO_THUMBPRINT_SIZE];

	crypto_thumbprint(d->key, key);
	*out = (struct view){.stored = *d,
			     .state = state_of(d, here_ms, r->now_ms),
			     .key = arena_dup(r->arena, key),
			     .macs = request_split(r, d->macs, ","),
			     .last_seen_ms = here_ms > d->last_seen_ms ? here_ms : d->last_seen_ms};
}

/* Who is limited to departments sees what belongs to people in them. */
static const char *scope_of(struct request *r)
{
	const struct store_scope scope = instance_scope(r);

	return store_scope_text(r->arena, &scope);
}

static bool device_get(struct request *r, struct err *e)
{
	struct store_device d;
	struct view answer;
	bool visible;

	if (!store_device_visible(r->db, r->args[0], scope_of(r), &visible, e))
		return false;
	if (!visible)
		return err_set(e, ERR_NOT_FOUND, "There is no device with this id.");
	if (!store_device_get(r->db, r->arena, r->args[0], &d, e))
		return false;
	view(r, &d, &answer);
	request_answer(r, &answer);
	return true;
}

static bool device_list(struct request *r, struct err *e)
{
	struct store_page page;
	struct store_device_list list;
	struct view *answer;

	if (!request_page(r, &page, e) ||
	    !store_device_list(r->db, r->arena, &page, scope_of(r), &list, e))
		return false;
	answer = arena_array(r->arena, list.count, sizeof(*answer));
	for (size_t i = 0; i < list.count; i++)
		view(r, &list.items[i], &answer[i]);
	request_list(r, answer, list.count, sizeof(*answer), &page);
	return true;
}

static const struct http_route routes[] = {
    {HTTP_GET, "/api/v1/devices",
     ROUTE(ROLES_ALL, ROUTE_READ, device_list,
	   DOC("listDevices", "Devices, the newest enrolment first", .out = device_json,
	       .noun = "Device", .list = true))},
    {HTTP_GET, "/api/v1/devices/{id}",
     ROUTE(ROLES_ALL, ROUTE_READ, device_get,
	   DOC("getDevice", "One device", .out = device_json, .noun = "Device"))},
};

const struct route_table device_routes = ROUTE_TABLE(routes);
