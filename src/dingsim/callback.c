/* Registering for events by the old dialect's calls; the corpId is then the owner key. */
#include <string.h>

#include "base/text.h"
#include "dingsim/admin.h"
#include "dingsim/frame.h"
#include "dingsim/push.h"
#include "dingsim/routes.h"

#define TOKEN_MIN 6
#define TOKEN_MAX 63

static const char *const tags[] = {
    "bpms_instance_change", "bpms_task_change",  "user_add_org",     "user_modify_org",
    "user_leave_org",       "user_active_org",   "org_dept_create",  "org_dept_modify",
    "org_dept_remove",      "label_user_change", "label_conf_add",   "label_conf_modify",
    "label_conf_del",       "org_admin_add",     "org_admin_remove", "org_change",
    "org_remove",           "check_in",
};

static bool tag_known(const char *tag)
{
	size_t i = 0;

	while (i < ARRAY_SIZE(tags) && !text_equal(tags[i], tag))
		i++;
	return i < ARRAY_SIZE(tags);
}

static bool tags_fit(struct call *c, const struct json *list, struct err *e)
{
	const struct json *item;

	if (!list || list->type != JSON_ARRAY || !list->count)
		return call_errcode(c, e, 71010);
	for (item = list->first; item; item = item->next)
		if (item->type != JSON_TEXT || !tag_known(item->text))
			return call_errcode(c, e, 71008);
	return true;
}

static bool token_fits(const char *token)
{
	const char *p = token;

	while (p &&
	       ((*p >= '0' && *p <= '9') || (*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z')))
		p++;
	return p && !*p && p - token >= TOKEN_MIN && p - token <= TOKEN_MAX;
}

static bool registered(const struct call *c, const struct app *app)
{
	return text_equal(app->mode, "http") && *app->url &&
	       text_equal(app->owner, c->sim->corp_id);
}

/* Has it checked and saved; the answer comes then. */
static bool save(struct call *c, struct app *app, struct err *e)
{
	const struct json *list = json_get(c->in, "call_back_tag");
	unsigned char key[CRYPTO_AES_KEY_SIZE];
	AUTO(buf_done) struct buf text = {0};
	struct json_writer w = {.out = &text};

	if (!tags_fit(c, list, e))
		return false;
	app->url = json_text(c->in, "url");
	app->token = json_text(c->in, "token");
	app->aes_key = json_text(c->in, "aes_key");
	if (!app->url || !token_fits(app->token) || !app->aes_key ||
	    !frame_key(app->aes_key, key, e))
		return call_errcode(c, e, 71010);
	if (!admin_url_check(app->url, e))
		return call_errcode(c, e, 71011);
	json_put_json(&w, NULL, list);
	app->tags = arena_dup(c->store.arena, text.data);
	app->rules = "[]";
	app->shape = "A";
	push_check_url(c->sim->pusher, app, c->r);
	c->parked = true;
	return true;
}

bool callback_register(struct call *c, struct err *e)
{
	struct app app = *c->app;

	if (*app.url || text_equal(app.mode, "stream"))
		return call_errcode(c, e, 71006);
	return save(c, &app, e);
}

bool callback_update(struct call *c, struct err *e)
{
	struct app app = *c->app;

	return registered(c, &app) ? save(c, &app, e) : call_errcode(c, e, 71007);
}

bool callback_read(struct call *c, struct err *e)
{
	const struct json *list;

	if (!registered(c, c->app))
		return call_errcode(c, e, 71007);
	if (!call_stored(c, c->app->tags, &list, e))
		return false;
	json_put_json(&c->w, "call_back_tag", list);
	json_put_text(&c->w, "token", c->app->token);
	json_put_text(&c->w, "aes_key", c->app->aes_key);
	json_put_text(&c->w, "url", c->app->url);
	return true;
}

bool callback_delete(struct call *c, struct err *e)
{
	struct app app = *c->app;

	if (!registered(c, &app))
		return call_errcode(c, e, 71007);
	app.url = "";
	app.aes_key = "";
	app.token = "";
	app.owner = "";
	app.tags = "[]";
	app.verified_ms = 0;
	return store_app_subscribe(&c->store, &app, e);
}
