/* Devices, as an administrator sees them. */
#include "store/device.h"

#include <string.h>

#include "base/text.h"
#include "crypto/crypto.h"
#include "server/presence.h"
#include "server/request.h"
#include "server/route.h"
#include "server/server.h"

#define LONG_OFFLINE_MS ((int64_t)30 * 24 * 3600 * 1000)

/* The last minute's news of other servers are not in the database yet. */
#define STORED_ONLINE_MS (PRESENCE_ONLINE_MS + PRESENCE_FLUSH_MS)

static const char *state_of(const struct store_device *d, int64_t here_ms, int64_t now_ms)
{
	if (!text_equal(d->state, STORE_DEVICE_ACTIVE))
		return d->state;
	if (now_ms - here_ms < PRESENCE_ONLINE_MS)
		return "online";
	if (here_ms == 0 && now_ms - d->last_seen_ms < STORED_ONLINE_MS)
		return "online";
	return now_ms - d->last_seen_ms >= LONG_OFFLINE_MS ? "long-offline" : "offline";
}

static void put_macs(struct request *r, const char *macs)
{
	json_array(&r->json, "macs");
	for (const char *at = macs; *at != '\0';) {
		size_t n = strcspn(at, ",");

		json_put_text(&r->json, NULL, arena_dup_n(r->arena, at, n));
		at += n + (at[n] == ',');
	}
	json_array_end(&r->json);
}

static void put_device(struct request *r, const struct store_device *d)
{
	int64_t here_ms = presence_last(r->server->presence, d->id);
	char key[CRYPTO_THUMBPRINT_SIZE];

	crypto_thumbprint(d->key, key);
	json_object(&r->json, NULL);
	json_put_text(&r->json, "id", d->id);
	json_put_text(&r->json, "name", d->name);
	json_put_text(&r->json, "os", d->os);
	put_macs(r, d->macs);
	json_put_text(&r->json, "client_version", d->client_version);
	json_object(&r->json, "owner");
	json_put_text(&r->json, "id", d->owner);
	json_put_text(&r->json, "name", d->owner_name);
	json_object_end(&r->json);
	json_put_text(&r->json, "state", state_of(d, here_ms, r->now_ms));
	json_put_text(&r->json, "key", key);
	json_put_i64(&r->json, "enrolled_ms", d->enrolled_ms);
	json_put_i64(&r->json, "last_seen_ms",
		     here_ms > d->last_seen_ms ? here_ms : d->last_seen_ms);
	json_object_end(&r->json);
}

static bool device_get(struct request *r, struct err *e)
{
	struct store_device d;

	if (!store_device_get(r->db, r->arena, r->args[0], &d, e))
		return false;
	put_device(r, &d);
	return true;
}

static bool device_list(struct request *r, struct err *e)
{
	struct store_page page;
	struct store_device_list list;

	if (!request_page(r, &page, e) || !store_device_list(r->db, r->arena, &page, &list, e))
		return false;
	request_items(r);
	for (size_t i = 0; i < list.count; i++)
		put_device(r, &list.items[i]);
	request_items_end(r, &page, list.count,
			  list.count > 0 ? list.items[list.count - 1].id : NULL);
	return true;
}

static const struct http_route routes[] = {
    {HTTP_GET, "/api/v1/devices", ROUTE(ROLES_ALL, ROUTE_READ, device_list)},
    {HTTP_GET, "/api/v1/devices/{id}", ROUTE(ROLES_ALL, ROUTE_READ, device_get)},
};

const struct route_table device_routes = ROUTE_TABLE(routes);
