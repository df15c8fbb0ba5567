#include "flow/app.h"

#include <string.h>

#include "base/id.h"
#include "base/text.h"
#include "flow/change.h"
#include "flow/record.h"
#include "flow/request_url.h"
#include "store/finding.h"
#include "store/outbox.h"
#include "store/source.h"

#define PATH_SECRET_BYTES 24

static struct store_sealed seal(struct arena *a, const unsigned char *master, const char *context,
				const char *secret)
{
	size_t n = secret == NULL ? 0 : strlen(secret);
	unsigned char *out = arena_alloc(a, n + CRYPTO_SEAL_OVERHEAD);

	if (secret == NULL)
		return (struct store_sealed){0};
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

static bool unseal_pair(struct arena *a, const unsigned char *master, struct flow_app *out,
			struct err *e)
{
	const struct store_app *row = out->row;

	if (row->aes_key.n == 0)
		return true;
	return unseal(a, master, context(a, row->id, "aes_key"), row->aes_key, &out->aes_key, e) &&
	       unseal(a, master, context(a, row->id, "token"), row->token, &out->token, e);
}

static bool unseal_old(struct arena *a, const unsigned char *master, struct flow_app *out,
		       struct err *e)
{
	const struct store_app *row = out->row;

	if (row->old_aes_key.n == 0 || row->old_token.n == 0)
		return true;
	return unseal(a, master, context(a, row->id, "aes_key"), row->old_aes_key,
		      &out->old_aes_key, e) &&
	       unseal(a, master, context(a, row->id, "token"), row->old_token, &out->old_token, e);
}

bool flow_app_open(struct db *db, struct arena *a, const unsigned char master[CRYPTO_SEAL_KEY_SIZE],
		   const char *id, struct flow_app *out, struct err *e)
{
	struct store_app *row = arena_new(a, struct store_app);

	*out = (struct flow_app){0};
	if (!store_app_get(db, a, id, row, e))
		return false;
	*out = (struct flow_app){.id = row->id,
				 .corp_id = row->corp_id,
				 .client_id = row->client_id,
				 .agent_id = row->agent_id,
				 .notice_channel = row->notice_channel,
				 .path_secret = row->path_secret,
				 .ingress = row->ingress,
				 .row = row};
	return unseal(a, master, context(a, id, "client_secret"), row->client_secret,
		      &out->client_secret, e) &&
	       unseal_pair(a, master, out, e) && unseal_old(a, master, out, e);
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
	wipe(app->old_aes_key);
	wipe(app->old_token);
}

/* Pushes are signed and encrypted with the pair; over a stream nothing is. */
static bool pair_valid(const struct store_app *row, struct err *e)
{
	if ((row->aes_key.n == 0) != (row->token.n == 0))
		return err_set(e, ERR_UNPROCESSABLE,
			       "aes_key and token belong together: enter both.");
	if (row->aes_key.n == 0 && text_equal(row->ingress, STORE_INGRESS_PUSH))
		return err_set(e, ERR_UNPROCESSABLE,
			       "With ingress push DingTalk signs and encrypts events: enter "
			       "aes_key and token too.");
	return true;
}

/* Of its own, or those of the URL that was given out before. */
static bool name_app(struct flow *f, struct flow_app *app, struct err *e)
{
	char *id, *path;

	app->id = app->request_url;
	if (app->request_url != NULL)
		return flow_request_url_secret(f, app->request_url, &app->path_secret, e);
	id = arena_alloc(f->arena, ID_SIZE);
	path = arena_alloc(f->arena, TEXT_BASE64_SIZE(PATH_SECRET_BYTES));
	id_new(id);
	random_token("", PATH_SECRET_BYTES, path);
	app->id = id;
	app->path_secret = path;
	return true;
}

/* What the record may know of an app. */
static const char *content(struct arena *a, const struct store_app *row)
{
	AUTO(buf_done) struct buf out = {0};
	struct json_writer w = {.out = &out};

	json_object(&w, NULL);
	json_put_text(&w, "corp_id", row->corp_id);
	json_put_text(&w, "client_id", row->client_id);
	json_put_i64(&w, "agent_id", row->agent_id);
	json_put_text(&w, "notice_channel", row->notice_channel);
	json_put_text(&w, "ingress", row->ingress);
	json_object_end(&w);
	return arena_dup_n(a, out.data, out.len);
}

/* Of secrets only that they were entered: each time that is another one. */
static const char *content_after(struct arena *a, const struct store_app *row,
				 const struct flow_app *in)
{
	const struct {
		const char *name, *in;
	} secrets[] = {
	    {"client_secret", in->client_secret}, {"aes_key", in->aes_key}, {"token", in->token}};
	const char *plain = content(a, row), *entered = "";

	for (size_t i = 0; i < ARRAY_SIZE(secrets); i++) {
		if (secrets[i].in != NULL)
			entered = arena_printf(a, "%s%s\"%s\"", entered,
					       *entered == '\0' ? "" : ",", secrets[i].name);
	}
	if (*entered == '\0')
		return plain;
	return arena_printf(a, "%.*s,\"entered\":[%s]}", (int)strlen(plain) - 1, plain, entered);
}

static bool record_change(struct flow *f, const char *kind, const struct store_app *row,
			  const char *before, const char *after, struct err *e)
{
	return flow_changed(
	    f,
	    &(struct flow_change){.kind = kind,
				  .object = "app",
				  .id = row->id,
				  .text = arena_printf(f->arena, "DingTalk app %s", row->client_id),
				  .before = before,
				  .after = after},
	    e);
}

bool flow_app_add(struct flow *f, const unsigned char master[CRYPTO_SEAL_KEY_SIZE],
		  struct flow_app *app, struct err *e)
{
	struct arena *a = f->arena;
	struct store_app row;
	const char *id;

	if (!name_app(f, app, e))
		return false;
	id = app->id;
	row = (struct store_app){
	    .id = id,
	    .corp_id = app->corp_id,
	    .client_id = app->client_id,
	    .agent_id = app->agent_id,
	    .notice_channel = app->notice_channel == NULL ? NOTICE_WORK : app->notice_channel,
	    .client_secret = seal(a, master, context(a, id, "client_secret"), app->client_secret),
	    .aes_key = seal(a, master, context(a, id, "aes_key"), app->aes_key),
	    .token = seal(a, master, context(a, id, "token"), app->token),
	    .path_secret = app->path_secret,
	    .ingress = app->ingress == NULL ? STORE_INGRESS_PUSH : app->ingress,
	    .created_ms = f->now_ms};
	return pair_valid(&row, e) && store_app_add(f->db, &row, e) &&
	       (app->request_url == NULL || store_request_url_take(f->db, id, e)) &&
	       record_change(f, "app-created", &row, NULL, content_after(a, &row, app), e);
}

static const char *figure(struct arena *a, int64_t n)
{
	return n == 0 ? NULL : arena_printf(a, "%lld", (long long)n);
}

/* ERR_CONFLICT, when what was entered is not what the app has. Absent ones were not entered. */
static bool same(struct arena *a, const struct flow_app *has, const struct flow_app *in,
		 struct err *e)
{
	const struct {
		const char *name, *has, *in;
	} members[] = {{"Client Secret", has->client_secret, in->client_secret},
		       {"aes_key", has->aes_key, in->aes_key},
		       {"token", has->token, in->token},
		       {"agent_id", figure(a, has->agent_id), figure(a, in->agent_id)},
		       {"notice_channel", has->notice_channel, in->notice_channel},
		       {"ingress", has->ingress, in->ingress}};

	if (!text_equal(has->corp_id, in->corp_id))
		return err_set(e, ERR_CONFLICT,
			       "The app with this Client ID belongs to another organisation here; "
			       "check corp_id.");
	for (size_t i = 0; i < ARRAY_SIZE(members); i++) {
		if (members[i].in == NULL ||
		    (members[i].has != NULL && crypto_equal_text(members[i].has, members[i].in)))
			continue;
		return err_set(
		    e, ERR_CONFLICT,
		    "There is an app with this Client ID already (%s), and its %s is "
		    "another one. If it was a slip, correct it here; if it was changed in "
		    "DingTalk, change the app first, then save the workflow.",
		    has->id, members[i].name);
	}
	return true;
}

static bool reuse(struct flow *f, const unsigned char *master, const struct store_app *row,
		  struct flow_app *app, struct err *e)
{
	AUTO(flow_app_wipe) struct flow_app has = {0};

	if (!flow_app_open(f->db, f->arena, master, row->id, &has, e) ||
	    !same(f->arena, &has, app, e))
		return false;
	app->id = has.id;
	app->path_secret = has.path_secret;
	return app->request_url == NULL || flow_request_url_alias(f, app->request_url, app->id, e);
}

bool flow_app_ensure(struct flow *f, const unsigned char master[CRYPTO_SEAL_KEY_SIZE],
		     struct flow_app *app, bool *reused, struct err *e)
{
	struct store_app row;

	*reused = false;
	if (!store_app_by_client(f->db, f->arena, app->client_id, &row, e))
		return false;
	if (row.id == NULL) {
		if (flow_app_add(f, master, app, e))
			return true;
		if (e->code != ERR_CONFLICT)
			return false;
		/* Another server was first. */
		err_clear(e);
		if (!store_app_by_client(f->db, f->arena, app->client_id, &row, e) ||
		    row.id == NULL)
			return e->code == ERR_NONE ? err_set(e, ERR_UNAVAILABLE, "Try again.")
						   : false;
	}
	*reused = true;
	return reuse(f, master, &row, app, e);
}

bool flow_app_remove(struct flow *f, const struct store_app *app, struct err *e)
{
	struct store_app_use use;

	if (!store_app_use(f->db, f->arena, app->id, &use, e))
		return false;
	if (use.workflow_count > 0)
		return err_set(e, ERR_CONFLICT, "The workflow \"%s\" uses this app.",
			       use.workflows[0].name);
	if (use.requests)
		return err_set(e, ERR_CONFLICT,
			       "Requests were filed through this app; their record needs it.");
	if (use.source != NULL)
		return err_set(e, ERR_CONFLICT, "The identity source \"%s\" uses this app.",
			       use.source);
	return store_app_delete(f->db, app->id, e) &&
	       record_change(f, "app-removed", app, content(f->arena, app), NULL, e);
}

/* DingTalk still uses the pair that verified its last push. One that was entered meanwhile and never
 * verified any may be a slip: correcting it must not push out the one that works. */
static void keep_old_pair(struct store_app *row, int64_t now_ms)
{
	bool kept = row->old_aes_key.n != 0 && row->old_until_ms > now_ms;

	if (row->keys_proven || !kept) {
		row->old_aes_key = row->aes_key;
		row->old_token = row->token;
	}
	row->old_until_ms = now_ms + FLOW_APP_OLD_MS;
	row->keys_proven = false;
}

/* What app says over what there is. */
static void overlay(struct flow *f, const unsigned char *master, const struct flow_app *app,
		    struct store_app *row)
{
	struct arena *a = f->arena;

	if (app->corp_id != NULL)
		row->corp_id = app->corp_id;
	if (app->agent_id != 0)
		row->agent_id = app->agent_id;
	if (app->notice_channel != NULL)
		row->notice_channel = app->notice_channel;
	if (app->ingress != NULL)
		row->ingress = app->ingress;
	if (row->aes_key.n != 0 && (app->aes_key != NULL || app->token != NULL))
		keep_old_pair(row, f->now_ms);
	if (app->client_secret != NULL)
		row->client_secret =
		    seal(a, master, context(a, row->id, "client_secret"), app->client_secret);
	if (app->aes_key != NULL)
		row->aes_key = seal(a, master, context(a, row->id, "aes_key"), app->aes_key);
	if (app->token != NULL)
		row->token = seal(a, master, context(a, row->id, "token"), app->token);
}

bool flow_app_change(struct flow *f, const unsigned char master[CRYPTO_SEAL_KEY_SIZE],
		     const struct flow_app *app, struct err *e)
{
	struct store_app row;
	const char *before;

	if (app->row != NULL)
		row = *app->row;
	else if (!store_app_get(f->db, f->arena, app->id, &row, e))
		return false;
	before = content(f->arena, &row);
	overlay(f, master, app, &row);
	return pair_valid(&row, e) && store_app_update(f->db, &row, e) &&
	       record_change(f, "app-changed", &row, before, content_after(f->arena, &row, app),
			     e) &&
	       store_outbox_mended(f->db, row.id, f->now_ms, e) &&
	       store_source_sync_mended(f->db, row.id, e) &&
	       store_doctor_want_app(f->db, row.id, f->now_ms, e);
}

static bool record(struct flow *f, const struct store_app *row, const char *kind, const char *text,
		   struct err *e)
{
	const struct flow_actor who = flow_system(f);

	return flow_event(
	    f,
	    &(struct flow_event){
		.kind = kind, .object = "app", .object_id = row->id, .text = text, .actor = &who},
	    e);
}

static bool bad_push(struct flow *f, struct store_app *row, struct err *e)
{
	bool alarmed = *row->alert != '\0';

	if (row->bad_signatures >= FLOW_APP_BAD_SIGNATURES)
		return true;
	row->bad_signatures++;
	if (row->bad_signatures < FLOW_APP_BAD_SIGNATURES || alarmed)
		return store_app_verified(f->db, row, e);
	row->alert = STORE_ALERT_KEYS;
	row->alert_ms = f->now_ms;
	return store_app_verified(f->db, row, e) &&
	       record(f, row, "app-alert",
		      arena_printf(f->arena,
				   "DingTalk app %s: aes_key or token was probably reset in "
				   "DingTalk: %d pushes in a row did not verify",
				   row->client_id, FLOW_APP_BAD_SIGNATURES),
		      e);
}

bool flow_app_pushed(struct flow *f, const struct flow_app *app, enum flow_push how, struct err *e)
{
	struct store_app row = *app->row;
	bool proven = row.keys_proven || how == FLOW_PUSH_PRESENT;
	bool alarmed = *row.alert != '\0';

	if (how == FLOW_PUSH_BAD)
		return bad_push(f, &row, e);
	if (proven == row.keys_proven && row.bad_signatures == 0 && !alarmed)
		return true;
	row.keys_proven = proven;
	row.bad_signatures = row.alert_ms = 0;
	row.alert = "";
	return store_app_verified(f->db, &row, e) &&
	       (!alarmed || record(f, &row, "app-alert-over",
				   arena_printf(f->arena, "DingTalk app %s: pushes verify again",
						row.client_id),
				   e));
}
