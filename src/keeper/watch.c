/*
 * Connections that stay, for programs that show how things are: they hear that a status would tell
 * something else now, and ask for it. What changed is not worked out where it changes, but by
 * looking at the status after everything that may have changed it, once a turn of the loop, and
 * only while somebody listens.
 */
#include <string.h>

#include "keeper/local.h"

static void begin(struct json_writer *w, const char *event)
{
	json_object(w, NULL);
	json_put_text(w, "event", event);
}

static void tell(struct keeper *k, struct json_writer *w, bool everybody)
{
	json_object_end(w);
	local_tell(k->local, w->out, everybody);
}

/* Grants for further packages are in no status but their own. */
static void fingerprint(const struct keeper *k, unsigned char out[static CRYPTO_HASH_SIZE])
{
	AUTO(buf_done) struct buf text = {0};
	struct json_writer w = {.out = &text};
	size_t i;

	json_object(&w, NULL);
	status_put(k, KEEPER_PACKAGE, 0, &w);
	json_array(&w, "grants");
	for (i = 0; i < k->holding.grant_count; i++)
		json_put_text(&w, NULL, k->holding.grants[i].id);
	json_array_end(&w);
	json_object_end(&w);
	crypto_sha256(text.data, text.len, out);
}

static void on_look(void *arg)
{
	AUTO(buf_done) struct buf event = {0};
	struct json_writer w = {.out = &event};
	unsigned char now[CRYPTO_HASH_SIZE];
	struct keeper *k = arg;

	if (!local_watched(k->local))
		return;
	fingerprint(k, now);
	if (!memcmp(now, k->watch.last, sizeof(now)))
		return;
	memcpy(k->watch.last, now, sizeof(now));
	begin(&w, "status");
	tell(k, &w, true);
}

void watch_look(struct keeper *k)
{
	if (local_watched(k->local))
		loop_timer_start(k->watch.look, 0, 0);
}

void watch_begin(struct keeper *k)
{
	fingerprint(k, k->watch.last);
}

void watch_tell_attempt(struct keeper *k, const char *package)
{
	AUTO(buf_done) struct buf event = {0};
	struct json_writer w = {.out = &event};

	begin(&w, "attempt");
	json_put_text(&w, "package", package);
	tell(k, &w, false);
}

void watch_tell_removal(struct keeper *k)
{
	AUTO(buf_done) struct buf event = {0};
	struct json_writer w = {.out = &event};

	begin(&w, "removal");
	removing_put(k, &w);
	tell(k, &w, false);
}

void watch_init(struct keeper *k)
{
	k->watch.look = loop_timer_new(k->loop, on_look, k);
}

void watch_done(struct keeper *k)
{
	loop_timer_free(k->watch.look);
}
