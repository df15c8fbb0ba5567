/* What the server last said about the request: for people, believed by nothing. Kept on disk so
 * that a computer that starts without a network still knows it. */
#include "base/fd.h"
#include "base/log.h"
#include "base/text.h"
#include "keeper/keeper.h"

#define VIEW_MAX 32768

static bool take(struct keeper *k, const char *text, size_t n)
{
	const struct json *view, *instance;
	struct err e;

	view_done(k);
	if (!json_parse(&k->view.arena, text, n, &view, &e))
		return false;
	instance = json_get(view, "instance");
	if (instance && instance->type == JSON_OBJECT)
		k->view.instance = instance;
	k->view.filings_left = json_get(view, "filings_left");
	k->view.device_state = json_get(view, "device_state");
	k->view.anti_logoff = json_get(view, "anti_logoff");
	if (json_text(json_get(view, "session"), "ended"))
		k->view.session = json_get(view, "session");
	return true;
}

void view_load(struct keeper *k)
{
	AUTO(arena_done) struct arena a = {0};
	struct err e;
	char *text;
	size_t n;

	if (!file_read(&a, k->paths.view, VIEW_MAX, &text, &n, &e) || !take(k, text, n))
		view_done(k);
}

static void store(struct keeper *k, const struct buf *text)
{
	AUTO(arena_done) struct arena a = {0};
	struct err e;
	char *old;

	if (text->len > VIEW_MAX || !take(k, text->data, text->len))
		return;
	if (file_read(&a, k->paths.view, VIEW_MAX, &old, NULL, &e) && text_equal(old, text->data))
		return;
	if (!file_replace(k->paths.view, text->data, text->len, 0600, &e))
		log_err(LOG_LEVEL_WARN, "the view", &e);
}

void view_set(struct keeper *k, const struct json *view)
{
	AUTO(buf_done) struct buf text = {0};
	struct json_writer w = {.out = &text};

	if (!view || view->type != JSON_OBJECT)
		return;
	json_put_json(&w, NULL, view);
	store(k, &text);
}

/* As it is, but for one part. */
static void set(struct keeper *k, const struct json *instance, const struct json *session)
{
	AUTO(buf_done) struct buf text = {0};
	struct json_writer w = {.out = &text};

	json_object(&w, NULL);
	if (instance)
		json_put_json(&w, "instance", instance);
	if (k->view.filings_left)
		json_put_json(&w, "filings_left", k->view.filings_left);
	if (k->view.device_state)
		json_put_json(&w, "device_state", k->view.device_state);
	if (k->view.anti_logoff)
		json_put_json(&w, "anti_logoff", k->view.anti_logoff);
	if (session)
		json_put_json(&w, "session", session);
	json_object_end(&w);
	store(k, &text);
}

void view_set_instance(struct keeper *k, const struct json *instance)
{
	set(k, instance, k->view.session);
}

void view_set_session(struct keeper *k, const struct json *session)
{
	set(k, k->view.instance, session);
}

void view_forget(struct keeper *k)
{
	struct err e;

	view_done(k);
	if (!file_remove(k->paths.view, &e))
		log_err(LOG_LEVEL_WARN, "the view", &e);
}

bool view_pending(const struct keeper *k)
{
	return text_equal(json_text(k->view.instance, "status"), "pending");
}

void view_done(struct keeper *k)
{
	arena_done(&k->view.arena);
	k->view = (struct view){0};
}
