/*
 * The request on its way: written down before anything is sent, dropped when the server has it. An
 * offline device keeps it so, and a crash in between files nothing twice, since the server knows
 * the filing's id.
 */
#include <string.h>

#include "base/clock.h"
#include "base/fd.h"
#include "base/id.h"
#include "base/log.h"
#include "keeper/local.h"

#define FILING_MAX 16384
#define AGAIN_FIRST_MS 2000
#define AGAIN_MOST_MS 300000

struct filing_file {
	const char *id, *reason, *package;
	bool by_root;
	int64_t at_ms;
	const char *refused_code, *refused_text;
};

#define TEXT(name, must)                                                                         \
	{                                                                                        \
#name, JSON_FIELD_TEXT, offsetof(struct filing_file, name), must, 0, 0, NULL, 0, \
		    NULL                                                                         \
	}
static const struct json_field fields[] = {
    TEXT(id, true),
    TEXT(reason, true),
    TEXT(package, true),
    {"by_root", JSON_FIELD_BOOL, offsetof(struct filing_file, by_root), true, 0, 0, NULL, 0, NULL},
    {"at_ms", JSON_FIELD_I64, offsetof(struct filing_file, at_ms), true, 0, INT64_MAX, NULL, 0,
     NULL},
    TEXT(refused_code, false),
    TEXT(refused_text, false),
    {0}};

static void put(const struct filing *f, struct json_writer *w)
{
	json_put_text(w, "id", f->id);
	json_put_text(w, "reason", f->reason);
	json_put_text(w, "package", f->package);
	json_put_bool(w, "by_root", f->by_root);
	json_put_i64(w, "at_ms", f->at_ms);
	if (f->refused_code) {
		json_put_text(w, "refused_code", f->refused_code);
		json_put_text(w, "refused_text", f->refused_text);
	}
}

static bool write(const struct keeper *k, const struct filing *f, struct err *e)
{
	AUTO(buf_done) struct buf text = {0};
	struct json_writer w = {.out = &text};

	json_object(&w, NULL);
	put(f, &w);
	json_object_end(&w);
	return file_replace(k->paths.filing, text.data, text.len, 0600, e);
}

static void forget(struct filing *f)
{
	loop_timer_stop(f->again);
	arena_done(&f->arena);
	*f = (struct filing){.again = f->again};
}

void filing_load(struct keeper *k)
{
	struct filing_file file = {0};
	struct filing *f = &k->filing;
	struct err e;
	char *text;
	size_t n;

	forget(f);
	if (!file_read(&f->arena, k->paths.filing, FILING_MAX, &text, &n, &e))
		return;
	if (!json_read_text(&f->arena, text, n, fields, &file, &e)) {
		log_err(LOG_LEVEL_WARN, "the kept request", &e);
		return;
	}
	f->id = file.id;
	f->reason = file.reason;
	f->package = file.package;
	f->by_root = file.by_root;
	f->at_ms = file.at_ms;
	f->refused_code = file.refused_code;
	f->refused_text = file.refused_text;
}

bool filing_keep(struct keeper *k, const struct filing *filing, struct err *e)
{
	struct filing kept = *filing;
	char id[ID_SIZE];

	id_new(id);
	kept.id = id;
	kept.at_ms = clock_utc_ms();
	if (!write(k, &kept, e))
		return false;
	filing_load(k);
	return true;
}

void filing_send(struct keeper *k, struct client *client)
{
	AUTO(buf_done) struct buf frame = {0};
	struct json_writer w = {.out = &frame};
	const struct filing *f = &k->filing;
	struct call *call;
	struct err e;

	if (!k->link.channel) {
		filing_unsent(k);
		if (client)
			filing_answer_kept(k, client);
		return;
	}
	if (k->filing.sending) {
		(void)err_set(&e, ERR_CONFLICT, "the request is being sent");
		if (client)
			local_refuse(client, &e);
		return;
	}
	call = call_new(k, client);
	if (!call)
		return;
	call->filing = true;
	k->filing.sending = true;
	json_object(&w, NULL);
	json_put_text(&w, "m", "file");
	json_put_i64(&w, "call", call->number);
	json_put_text(&w, "id", f->id);
	json_put_text(&w, "reason", f->reason);
	json_put_text(&w, "package", f->package);
	json_put_bool(&w, "by_root", f->by_root);
	json_object_end(&w);
	(void)link_send(k, &frame);
}

void filing_sent(struct keeper *k)
{
	struct err e;

	if (!file_remove(k->paths.filing, &e))
		log_err(LOG_LEVEL_WARN, "the kept request", &e);
	forget(&k->filing);
}

void filing_refused(struct keeper *k, const struct err *refused)
{
	struct err e;

	k->filing.refused_code = err_name(refused->code);
	k->filing.refused_text = arena_dup(&k->filing.arena, refused->text);
	if (!write(k, &k->filing, &e))
		log_err(LOG_LEVEL_WARN, "the refused request", &e);
}

void filing_put(const struct keeper *k, struct json_writer *w)
{
	if (!k->filing.id) {
		json_put_null(w, "kept");
		return;
	}
	json_object(w, "kept");
	put(&k->filing, w);
	json_object_end(w);
}

static void put_kept(struct json_writer *w, const void *arg)
{
	json_put_null(w, "instance");
	filing_put(arg, w);
}

void filing_answer_kept(struct keeper *k, struct client *client)
{
	local_answer(client, put_kept, k);
}

static void on_again(void *arg)
{
	struct keeper *k = arg;

	if (k->filing.id && !k->filing.sending && !k->filing.refused_code)
		filing_send(k, NULL);
}

void filing_unsent(struct keeper *k)
{
	struct filing *f = &k->filing;

	f->delay_ms = f->delay_ms ? 2 * f->delay_ms : AGAIN_FIRST_MS;
	if (f->delay_ms > AGAIN_MOST_MS)
		f->delay_ms = AGAIN_MOST_MS;
	loop_timer_start(f->again, f->delay_ms, 0);
}

void filing_init(struct keeper *k)
{
	k->filing.again = loop_timer_new(k->loop, on_again, k);
}

void filing_done(struct keeper *k)
{
	arena_done(&k->filing.arena);
	loop_timer_free(k->filing.again);
}
