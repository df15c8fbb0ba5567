#include "flow/app.h"

#include <string.h>

#include "base/id.h"
#include "base/text.h"
#include "store/outbox.h"

#define PATH_SECRET_BYTES 24

static struct store_sealed seal(struct arena *a, const unsigned char *master, const char *context,
				const char *secret)
{
	size_t n = strlen(secret);
	unsigned char *out = arena_alloc(a, n + CRYPTO_SEAL_OVERHEAD);

	crypto_seal(master, context, secret, n, out);
	return (struct store_sealed){out, n + CRYPTO_SEAL_OVERHEAD};
}

static bool unseal(struct arena *a, const unsigned char *master, const char *context,
		   struct store_sealed sealed, char **out, struct err *e)
{
	char *text;

	if (sealed.n < CRYPTO_SEAL_OVERHEAD)
		return err_set(e, ERR_CRYPTO, "a stored secret is cut off");
	text = arena_alloc(a, sealed.n - CRYPTO_SEAL_OVERHEAD + 1);
	if (!crypto_unseal(master, context, sealed.bytes, sealed.n, (unsigned char *)text, e))
		return err_add(e, "%s", context);
	*out = text;
	return true;
}

static const char *context(struct arena *a, const char *id, const char *member)
{
	return arena_printf(a, "dingtalk-app %s %s", id, member);
}

bool flow_app_open(struct db *db, struct arena *a, const unsigned char master[CRYPTO_SEAL_KEY_SIZE],
		   const char *id, struct flow_app *out, struct err *e)
{
	struct store_app row;

	*out = (struct flow_app){0};
	if (!store_app_get(db, a, id, &row, e))
		return false;
	out->id = row.id;
	out->corp_id = row.corp_id;
	out->client_id = row.client_id;
	out->agent_id = row.agent_id;
	out->notice_channel = row.notice_channel;
	out->path_secret = row.path_secret;
	return unseal(a, master, context(a, id, "client_secret"), row.client_secret,
		      &out->client_secret, e) &&
	       unseal(a, master, context(a, id, "aes_key"), row.aes_key, &out->aes_key, e) &&
	       unseal(a, master, context(a, id, "token"), row.token, &out->token, e);
}

static void wipe(char *secret)
{
	if (secret != NULL)
		crypto_wipe(secret, strlen(secret));
}

void flow_app_wipe(struct flow_app *app)
{
	wipe(app->client_secret);
	wipe(app->aes_key);
	wipe(app->token);
}

bool flow_app_add(struct db *db, struct arena *a, const unsigned char master[CRYPTO_SEAL_KEY_SIZE],
		  struct flow_app *app, int64_t now_ms, struct err *e)
{
	char *id = arena_alloc(a, ID_SIZE);
	char *path = arena_alloc(a, TEXT_BASE64_SIZE(PATH_SECRET_BYTES));

	id_new(id);
	random_token("", PATH_SECRET_BYTES, path);
	app->id = id;
	app->path_secret = path;
	return store_app_add(
	    db,
	    &(struct store_app){
		.id = id,
		.corp_id = app->corp_id,
		.client_id = app->client_id,
		.agent_id = app->agent_id,
		.notice_channel = app->notice_channel == NULL ? NOTICE_WORK : app->notice_channel,
		.client_secret =
		    seal(a, master, context(a, id, "client_secret"), app->client_secret),
		.aes_key = seal(a, master, context(a, id, "aes_key"), app->aes_key),
		.token = seal(a, master, context(a, id, "token"), app->token),
		.path_secret = path,
		.created_ms = now_ms},
	    e);
}

bool flow_app_change(struct db *db, struct arena *a,
		     const unsigned char master[CRYPTO_SEAL_KEY_SIZE], const struct flow_app *app,
		     int64_t now_ms, struct err *e)
{
	struct store_app row;

	if (!store_app_get(db, a, app->id, &row, e))
		return false;
	if (app->agent_id != 0)
		row.agent_id = app->agent_id;
	if (app->notice_channel != NULL)
		row.notice_channel = app->notice_channel;
	if (app->client_secret != NULL)
		row.client_secret =
		    seal(a, master, context(a, app->id, "client_secret"), app->client_secret);
	if (app->aes_key != NULL)
		row.aes_key = seal(a, master, context(a, app->id, "aes_key"), app->aes_key);
	if (app->token != NULL)
		row.token = seal(a, master, context(a, app->id, "token"), app->token);
	return store_app_update(db, &row, e) && store_outbox_mended(db, app->id, now_ms, e);
}
