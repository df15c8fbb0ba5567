/*
 * Offline codes: the set that the device was given, and trying a code that somebody was read. Trying takes
 * argon2id's time and memory, so it is done on the pool. A try is on disk before it is made, and what a wrong
 * one costs is waited for by the clock that counts from the start of the machine: setting a clock does not
 * shorten it, and after a restart of the machine it begins anew.
 */
#include <string.h>
#include <time.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/text.h"
#include "keeper/local.h"

#define TRIES_MAX 1024 /* bytes of the file */
#define MOST_FAILED 1000

struct tries_file {
	int64_t v, failed, since_ms;
	const char *set, *boot;
};

static const struct json_field tries_fields[] = {
    {"v", JSON_FIELD_I64, offsetof(struct tries_file, v), .required = true, .min = 1, .max = 1},
    {"set", JSON_FIELD_TEXT, offsetof(struct tries_file, set), .required = true, .format = JSON_ID},
    {"failed", JSON_FIELD_I64, offsetof(struct tries_file, failed), .required = true,
     .max = MOST_FAILED},
    {"boot", JSON_FIELD_TEXT, offsetof(struct tries_file, boot), .required = true, .max = 64},
    {"since_ms", JSON_FIELD_I64, offsetof(struct tries_file, since_ms), .required = true,
     .max = INT64_MAX},
    {0}};

/* Since the machine started, also while it slept. */
static int64_t up_ms(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_BOOTTIME, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

int64_t offline_blocked_ms(const struct offline_tries *t, const char *boot, int64_t up)
{
	int64_t wait = offline_wait_ms(t->failed);
	int64_t waited = text_equal(t->boot, boot) ? up - t->since_ms : up;

	return waited < wait ? wait - (waited < 0 ? 0 : waited) : 0;
}

/* --- the files ------------------------------------------------------------------------------------ */

/* What is not as we write it is somebody's work: it counts as many wrong ones, made now. */
static void tries_load(struct keeper *k)
{
	struct offline *o = &k->offline;
	struct tries_file file = {0};
	struct err e = {0};
	char *text;
	size_t n;

	o->tries = (struct offline_tries){0};
	if (!file_read(&o->arena, k->paths.offline_tries, TRIES_MAX, &text, &n, &e) &&
	    e.code == ERR_NOT_FOUND)
		return;
	if (e.code == ERR_NONE && json_read_text(&o->arena, text, n, tries_fields, &file, &e)) {
		if (text_equal(file.set, o->set.id))
			o->tries = (struct offline_tries){file.failed, file.since_ms, file.boot};
		return;
	}
	log_err(LOG_LEVEL_WARN, "tries of offline codes", &e);
	o->tries = (struct offline_tries){MOST_FAILED, up_ms(), boot_id(&o->arena)};
}

static bool tries_store(struct keeper *k, struct err *e)
{
	AUTO(buf_done) struct buf text = {0};
	struct json_writer w = {.out = &text};
	const struct offline *o = &k->offline;
	const struct tries_file file = {.v = 1,
					.set = o->set.id,
					.failed = o->tries.failed,
					.boot = o->tries.boot,
					.since_ms = o->tries.since_ms};

	json_write(&w, NULL, tries_fields, &file);
	return file_replace(k->paths.offline_tries, text.data, text.len, 0600, e);
}

static void forget_memory(struct offline *o)
{
	arena_done(&o->arena);
	o->has = false;
	o->set = (struct offline_set){0};
	o->tries = (struct offline_tries){0};
}

static bool take(struct keeper *k, const char *text, size_t n, struct err *e)
{
	struct offline *o = &k->offline;

	forget_memory(o);
	o->has = offline_set_read(&o->arena, arena_dup_n(&o->arena, text, n), n, &o->set, e);
	if (!o->has)
		forget_memory(o);
	return o->has;
}

void offline_load(struct keeper *k)
{
	AUTO(arena_done) struct arena a = {0};
	struct err e;
	char *text;
	size_t n;

	forget_memory(&k->offline);
	if (k->device.standing != DEVICE_ENROLLED)
		return;
	if (!file_read(&a, k->paths.offline, OFFLINE_SET_MAX, &text, &n, &e)) {
		if (e.code != ERR_NOT_FOUND)
			log_err(LOG_LEVEL_WARN, "offline codes", &e);
		return;
	}
	if (take(k, text, n, &e))
		tries_load(k);
	else
		log_err(LOG_LEVEL_WARN, "offline codes", &e);
}

void offline_take(struct keeper *k, const struct json *set)
{
	AUTO(arena_done) struct arena a = {0};
	AUTO(buf_done) struct buf text = {0};
	struct json_writer w = {.out = &text};
	struct offline_set checked;
	struct err e;

	/* The one that is here already may have lost entries since. */
	if (!set || k->device.standing != DEVICE_ENROLLED ||
	    (k->offline.has && text_equal(json_text(set, "id"), k->offline.set.id)))
		return;
	json_put_json(&w, NULL, set);
	if (offline_set_read(&a, text.data, text.len, &checked, &e) &&
	    file_replace(k->paths.offline, text.data, text.len, 0600, &e) &&
	    file_remove(k->paths.offline_tries, &e) && take(k, text.data, text.len, &e))
		return;
	log_err(LOG_LEVEL_WARN, "offline codes from the server", &e);
	offline_load(k);
}

void offline_forget(struct keeper *k)
{
	struct err e;

	forget_memory(&k->offline);
	if (!file_remove(k->paths.offline, &e) || !file_remove(k->paths.offline_tries, &e))
		log_err(LOG_LEVEL_WARN, "offline codes", &e);
}

/* The entry was opened: it opens nothing again. */
static void burn(struct keeper *k, const struct offline_entry *entry)
{
	AUTO(buf_done) struct buf text = {0};
	struct offline_set *set = &k->offline.set;
	size_t at = (size_t)(entry - set->entries);
	struct err e;

	set->count--;
	memmove(&set->entries[at], &set->entries[at + 1],
		(set->count - at) * sizeof(set->entries[0]));
	if (!set->count) {
		offline_forget(k);
		return;
	}
	offline_set_write(set, &text);
	k->offline.tries = (struct offline_tries){0};
	if (!file_replace(k->paths.offline, text.data, text.len, 0600, &e) ||
	    !file_remove(k->paths.offline_tries, &e))
		log_err(LOG_LEVEL_WARN, "offline codes", &e);
}

/* --- what is told --------------------------------------------------------------------------------- */

static bool usable(const struct keeper *k)
{
	return k->offline.has && k->device.standing == DEVICE_ENROLLED &&
	       holding_now_ms(&k->holding) < k->offline.set.exp_ms;
}

static int64_t blocked_ms(const struct keeper *k)
{
	AUTO(arena_done) struct arena a = {0};

	return offline_blocked_ms(&k->offline.tries, boot_id(&a), up_ms());
}

const char *offline_id(const struct keeper *k)
{
	return k->offline.has ? k->offline.set.id : "";
}

void offline_put(const struct keeper *k, struct json_writer *w)
{
	json_object(w, "offline");
	json_put_i64(w, "left", usable(k) ? (int64_t)k->offline.set.count : 0);
	json_object_end(w);
}

static void put_shown(struct json_writer *w, const void *arg)
{
	const struct keeper *k = arg;
	char code[OFFLINE_DEVICE_CODE_SIZE];

	offline_device_code(k->device.anchor.device, code);
	json_put_text(w, "device_code", code);
	json_put_i64(w, "index", k->offline.set.entries[0].index);
	json_put_i64(w, "left", (int64_t)k->offline.set.count);
	json_put_i64(w, "retry_ms", blocked_ms(k));
	json_put_i64(w, "expires_ms", k->offline.set.exp_ms);
}

static bool check(const struct keeper *k, struct err *e)
{
	if (k->device.standing != DEVICE_ENROLLED)
		return err_set(e, ERR_CONFLICT, "this device is not enrolled");
	return usable(k) ||
	       err_set(e, ERR_NOT_FOUND,
		       "this computer has no offline codes; it gets them when it is online");
}

void offline_run(struct keeper *k, struct client *c, [[maybe_unused]] const struct json *frame)
{
	struct err e;

	if (check(k, &e))
		local_answer(c, put_shown, k);
	else
		local_refuse(c, &e);
}

/* --- trying --------------------------------------------------------------------------------------- */

static void put_left(struct json_writer *w, const void *arg)
{
	const struct keeper *k = arg;
	int64_t failed = k->offline.tries.failed;

	json_put_i64(w, "left", failed < OFFLINE_FREE_TRIES ? OFFLINE_FREE_TRIES - failed : 0);
	json_put_i64(w, "retry_ms", blocked_ms(k));
}

static void refuse(struct keeper *k, const struct err *e)
{
	struct client *c = k->offline.client;

	k->offline.client = NULL;
	if (c)
		local_refuse_with(c, e, put_left, k);
}

static void put_grant(struct json_writer *w, const void *arg)
{
	status_put_grant(w, arg);
}

/* From here on it is a grant like any other. */
static void opened(struct keeper *k, const struct offline_entry *entry, const char *jws)
{
	struct client *c = k->offline.client;
	const struct grant *grant;
	struct err e;

	if (!holding_grant(&k->holding, &k->device, jws, &grant, &e)) {
		log_err(LOG_LEVEL_WARN, "the grant of an offline code", &e);
		refuse(k, &e);
		return;
	}
	log_line(LOG_LEVEL_INFO, "grant %s by offline code %lld", grant->id,
		 (long long)entry->index);
	burn(k, entry);
	k->offline.client = NULL;
	if (c)
		local_answer(c, put_grant, grant);
	link_send_state(k);
	watch_look(k);
}

static void tried(void *arg)
{
	AUTO(arena_wipe) struct arena a = {0};
	struct keeper *k = arg;
	struct offline *o = &k->offline;
	const struct offline_entry *entry = NULL;
	struct err e = o->failed;
	const char *jws;

	o->trying = false;
	if (e.code == ERR_NONE && !text_equal(o->tried_set, offline_id(k)))
		(void)err_set(&e, ERR_CONFLICT,
			      "this computer was online meanwhile and has new codes");
	if (e.code == ERR_NONE) {
		entry = offline_open(&a, &o->set, o->key, &jws);
		(void)err_set(&e, ERR_INVALID, "that is not a code of this computer");
	}
	crypto_wipe(o->key, sizeof(o->key));
	if (entry)
		opened(k, entry, jws);
	else
		refuse(k, &e);
}

static void try(void *arg)
{
	struct offline *o = &((struct keeper *)arg)->offline;

	err_clear(&o->failed);
	(void)crypto_code_key(o->code, sizeof(o->code), o->salt, o->key, &o->failed);
	crypto_wipe(o->code, sizeof(o->code));
}

/* A try that is not on disk is not made. */
static bool count(struct keeper *k, struct err *e)
{
	struct offline *o = &k->offline;
	struct offline_tries before = o->tries;

	o->tries.failed += o->tries.failed < MOST_FAILED;
	o->tries.since_ms = up_ms();
	o->tries.boot = boot_id(&o->arena);
	if (tries_store(k, e))
		return true;
	o->tries = before;
	return false;
}

static bool may_try(struct keeper *k, const struct json *frame, struct err *e)
{
	const char *typed = json_text(frame, "code");
	int64_t wait;

	if (!check(k, e))
		return false;
	if (k->offline.trying)
		return err_set(e, ERR_CONFLICT, "a code is being tried at this moment");
	wait = blocked_ms(k);
	if (wait)
		return err_set(e, ERR_TOO_MANY, "too many wrong codes; try again in %lld minutes",
			       (long long)(wait + 59999) / 60000);
	if (!typed)
		return err_set(e, ERR_UNPROCESSABLE, "a code is needed");
	return offline_code_read(typed, k->offline.code, e) && count(k, e);
}

void offline_code_run(struct keeper *k, struct client *c, const struct json *frame)
{
	struct offline *o = &k->offline;
	struct err e;

	if (!may_try(k, frame, &e)) {
		local_refuse_with(c, &e, put_left, k);
		return;
	}
	o->trying = true;
	o->client = c;
	memcpy(o->salt, o->set.salt, sizeof(o->salt));
	memcpy(o->tried_set, o->set.id, sizeof(o->tried_set));
	loop_work(k->loop, try, tried, k);
}

void offline_forget_client(struct keeper *k, const struct client *c)
{
	if (k->offline.client == c)
		k->offline.client = NULL;
}

void offline_done(struct keeper *k)
{
	forget_memory(&k->offline);
	crypto_wipe(&k->offline, sizeof(k->offline));
}
