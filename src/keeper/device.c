#include "keeper/device.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/fd.h"
#include "base/id.h"
#include "base/text.h"
#include "grant/keys.h"
#include "grant/ledger.h"
#include "grant/statement.h"
#include "json/json.h"

#define ENROLLING_MAX (4 * JWS_MAX)
#define SMALL_MAX 4096

/* Everything that an enrolment writes, as the file "enrolling" holds it. */
struct enrolling {
	const char *key, *anchor, *keys, *statement, *owner, *ledger, *mark;
};

#define PART(name)                                                                                \
	{                                                                                         \
#name, JSON_FIELD_TEXT, offsetof(struct enrolling, name), true, 1, JWS_MAX, NULL, \
		    0, NULL                                                                       \
	}
static const struct json_field enrolling_fields[] = {PART(key),       PART(anchor), PART(keys),
						     PART(statement), PART(owner),  PART(ledger),
						     PART(mark),      {0}};

/* In this order: the mark is last, and a ledger that is there already is this enrolment's. */
static const struct {
	size_t text, path;
	mode_t mode;
	bool keep;
} parts[] = {
    {offsetof(struct enrolling, ledger), offsetof(struct paths, ledger), 0600, true},
    {offsetof(struct enrolling, keys), offsetof(struct paths, keys), 0600, false},
    {offsetof(struct enrolling, statement), offsetof(struct paths, statement), 0600, false},
    {offsetof(struct enrolling, owner), offsetof(struct paths, owner), 0600, false},
    {offsetof(struct enrolling, anchor), offsetof(struct paths, anchor), 0600, false},
    {offsetof(struct enrolling, key), offsetof(struct paths, key), 0600, false},
    {offsetof(struct enrolling, mark), offsetof(struct paths, mark), 0644, false},
};

static const char *member(const void *of, size_t offset)
{
	return *(const char *const *)((const char *)of + offset);
}

static bool exists(const char *path)
{
	return !access(path, F_OK);
}

static bool folders_make(const struct paths *p, struct err *e)
{
	return folder_make(p->conf_folder, 0755, e) && folder_make(p->run, 0755, e) &&
	       folder_make(p->state, 0700, e) && folder_make(p->grants, 0700, e) &&
	       folder_make(p->reports, 0700, e);
}

/* --- enrolling ------------------------------------------------------------------------------------ */

static bool parts_write(const struct paths *p, const struct enrolling *all, struct err *e)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(parts); i++) {
		const char *text = member(all, parts[i].text);
		const char *path = member(p, parts[i].path);

		if (parts[i].keep && exists(path))
			continue;
		if (!file_replace(path, text, strlen(text), parts[i].mode, e))
			return false;
	}
	return true;
}

static bool enrolling_finish(const struct paths *p, struct err *e)
{
	AUTO(arena_wipe) struct arena a = {0};
	struct enrolling all = {0};
	char *text;
	size_t n;

	if (!exists(p->enrolling))
		return true;
	return file_read(&a, p->enrolling, ENROLLING_MAX, &text, &n, e) &&
	       json_read_text(&a, text, n, enrolling_fields, &all, e) && parts_write(p, &all, e) &&
	       file_remove(p->enrolling, e);
}

static bool enrolling_write(const struct paths *p, const struct enrolling *all, struct err *e)
{
	AUTO(buf_wipe) struct buf text = {0};
	struct json_writer w = {.out = &text};
	const struct json_field *field;

	json_object(&w, NULL);
	for (field = enrolling_fields; field->name; field++)
		json_put_text(&w, field->name, member(all, field->offset));
	json_object_end(&w);
	return file_replace(p->enrolling, text.data, text.len, 0600, e);
}

static const char *owner_text(struct arena *a, uid_t uid, const char *id)
{
	AUTO(buf_done) struct buf text = {0};
	struct json_writer w = {.out = &text};

	json_object(&w, NULL);
	json_put_i64(&w, "v", 1);
	json_put_i64(&w, "uid", uid);
	json_put_text(&w, "id", id);
	json_object_end(&w);
	return arena_dup(a, text.data);
}

struct verified {
	struct anchor anchor; /* but for the ledger's id */
	struct statement statement;
};

/* The whole answer is judged before anything is written. */
static bool enrolment_verify(struct arena *a, const struct crypto_keypair *key,
			     const struct enrolment *n, struct verified *out, struct err *e)
{
	struct keys_pin pin = {.org = n->org};
	char thumbprint[CRYPTO_THUMBPRINT_SIZE];
	struct device_identity self = {.org = n->org, .device = n->device, .key = thumbprint};
	size_t size = sizeof(pin.root);
	struct keys keys;

	if (!id_valid(n->org) || !id_valid(n->device))
		return err_set(e, ERR_INVALID, "the server's ids are none");
	if (!text_unbase64url(n->root, strlen(n->root), pin.root, &size) ||
	    size != sizeof(pin.root))
		return err_set(e, ERR_INVALID, "the server's root key is none");
	crypto_thumbprint(key->public, thumbprint);
	if (!keys_verify(a, n->keys, strlen(n->keys), &pin, &keys, e) ||
	    !statement_verify(a, n->statement, strlen(n->statement), &keys, &out->statement, e) ||
	    !statement_check(&out->statement, &self, 0, e))
		return false;
	out->anchor = (struct anchor){.org = n->org, .device = n->device};
	memcpy(out->anchor.root, pin.root, sizeof(out->anchor.root));
	return true;
}

/* What a device that is enrolled has to say about it. *statement: the text that is to be written. */
static bool renewal_verify(const struct device *d, const struct crypto_keypair *key,
			   const struct enrolment *n, const struct verified *v,
			   const char **statement, struct err *e)
{
	bool same = text_equal(v->anchor.device, d->anchor.device) &&
		    !memcmp(key->public, d->key.public, sizeof(key->public));

	if (!text_equal(v->anchor.org, d->anchor.org) ||
	    memcmp(v->anchor.root, d->anchor.root, sizeof(v->anchor.root)) != 0)
		return err_set(e, ERR_UNPROCESSABLE,
			       "this computer belongs to another organisation's server");
	if (!same || !n->held || v->statement.counter >= n->held->counter)
		return true;
	*statement = n->held_text;
	return text_equal(v->statement.owner_id, n->held->owner_id) ||
	       err_set(e, ERR_CONFLICT, "the statement is older than the one that is held");
}

/* Whoever signs in again keeps the login that it was enrolled by; but for root's, by which a token enrols a computer in
 * somebody's name: it gives way to the account that this person signs in from. */
static uid_t uid_of(const struct device *d, const struct enrolment *n, const struct statement *s)
{
	bool same = d->has_owner && text_equal(d->owner_id, s->owner_id);

	return same && d->owner_uid != 0 ? d->owner_uid : n->uid;
}

bool device_enrol(struct device *d, const struct crypto_keypair *key,
		  const struct enrolment *enrolment, struct err *e)
{
	AUTO(arena_done) struct arena a = {0};
	char seed[DEVICE_KEY_TEXT_SIZE];
	struct enrolling all = {.key = seed, .statement = enrolment->statement};
	struct verified verified;
	char ledger[ID_SIZE];
	bool ok;

	if (d->standing == DEVICE_TAMPERED)
		return err_set(e, ERR_CONFLICT, "files of the enrolment are missing or changed");
	if (!enrolment_verify(&a, key, enrolment, &verified, e) ||
	    (d->standing == DEVICE_ENROLLED &&
	     !renewal_verify(d, key, enrolment, &verified, &all.statement, e)))
		return false;
	id_new(ledger);
	verified.anchor.ledger = d->standing == DEVICE_ENROLLED ? d->anchor.ledger : ledger;
	all.anchor = anchor_text(&a, &verified.anchor);
	all.keys = enrolment->keys;
	all.owner =
	    owner_text(&a, uid_of(d, enrolment, &verified.statement), verified.statement.owner_id);
	all.ledger = ledger_first_line(&a, verified.anchor.ledger);
	all.mark = arena_printf(&a, "%s\n", enrolment->device);
	device_key_text(key, seed);
	ok = enrolling_write(d->paths, &all, e);
	crypto_wipe(seed, sizeof(seed));
	return ok && device_load(d, d->paths, e);
}

/* --- leaving -------------------------------------------------------------------------------------- */

/* Every file of the folder but "leaving" itself. */
static bool folder_empty(const char *folder, const char *except, struct err *e)
{
	DIR *dir = opendir(folder);
	struct dirent *entry;
	bool ok = true;

	if (!dir)
		return errno == ENOENT ? true : err_errno(e, "%s", folder);
	while (ok && (entry = readdir(dir))) {
		if (entry->d_type == DT_DIR || text_equal(entry->d_name, except))
			continue;
		if (unlinkat(dirfd(dir), entry->d_name, 0) < 0 && errno != ENOENT)
			ok = err_errno(e, "%s/%s", folder, entry->d_name);
	}
	(void)closedir(dir);
	return ok;
}

static bool leaving_finish(const struct paths *p, struct err *e)
{
	if (!exists(p->leaving))
		return true;
	return folder_empty(p->grants, NULL, e) && folder_empty(p->reports, NULL, e) &&
	       folder_empty(p->state, "leaving", e) && file_remove(p->mark, e) &&
	       file_remove(p->leaving, e);
}

bool device_leave(struct device *d, struct err *e)
{
	const struct paths *paths = d->paths;

	if (!file_replace(paths->leaving, "", 0, 0600, e) || !leaving_finish(paths, e))
		return false;
	device_done(d);
	return device_load(d, paths, e);
}

/* --- loading -------------------------------------------------------------------------------------- */

struct owner_file {
	int64_t v, uid;
	const char *id;
};

static const struct json_field owner_fields[] = {
    {"v", JSON_FIELD_I64, offsetof(struct owner_file, v), true, 1, 1, NULL, 0, NULL},
    {"uid", JSON_FIELD_I64, offsetof(struct owner_file, uid), true, 0, UINT32_MAX, NULL, 0, NULL},
    {"id", JSON_FIELD_TEXT, offsetof(struct owner_file, id), true, 1, 128, NULL, 0, NULL},
    {0}};

static bool owner_load(struct device *d, struct err *e)
{
	struct owner_file owner;
	char *text;
	size_t n;

	if (!file_read(&d->arena, d->paths->owner, SMALL_MAX, &text, &n, e) ||
	    !json_read_text(&d->arena, text, n, owner_fields, &owner, e))
		return false;
	d->has_owner = true;
	d->owner_uid = (uid_t)owner.uid;
	d->owner_id = owner.id;
	return true;
}

static bool key_load(struct device *d, struct err *e)
{
	AUTO(arena_wipe) struct arena a = {0};
	char *text;
	size_t n;

	if (!file_read(&a, d->paths->key, DEVICE_KEY_MAX, &text, &n, e) ||
	    !device_key_read(text, n, &d->key, e))
		return false;
	crypto_thumbprint(d->key.public, d->thumbprint);
	return true;
}

static bool ledger_load(struct device *d, struct err *e)
{
	AUTO(arena_done) struct arena a = {0};
	struct ledger ledger;
	char *text;
	size_t n;

	if (!file_read(&a, d->paths->ledger, LEDGER_MAX, &text, &n, e) ||
	    !ledger_read(&a, text, n, &ledger, e))
		return false;
	if (!text_equal(ledger.id, d->anchor.ledger))
		return err_set(e, ERR_INVALID, "the ledger is not this enrolment's");
	return true;
}

static bool identity_load(struct device *d, struct err *e)
{
	char *text;
	size_t n;
	if (!file_read(&d->arena, d->paths->anchor, ANCHOR_MAX, &text, &n, e) ||
	    !anchor_read(&d->arena, text, n, &d->anchor, e) || !key_load(d, e))
		return false;
	d->known = true;
	d->identity = (struct device_identity){
	    .org = d->anchor.org, .device = d->anchor.device, .key = d->thumbprint};
	return ledger_load(d, e);
}

static bool mark_check(struct device *d, struct err *e)
{
	const char *wanted = arena_printf(&d->arena, "%s\n", d->anchor.device);
	char *text;
	struct err missing;

	if (file_read(&d->arena, d->paths->mark, SMALL_MAX, &text, NULL, &missing) &&
	    text_equal(text, wanted))
		return true;
	d->wrong = "the enrolment mark was missing or changed";
	return file_replace(d->paths->mark, wanted, strlen(wanted), 0644, e);
}

bool device_load(struct device *d, const struct paths *paths, struct err *e)
{
	struct err wrong;

	device_done(d);
	*d = (struct device){.paths = paths};
	if (!folders_make(paths, e) || !leaving_finish(paths, e) || !enrolling_finish(paths, e))
		return false;
	if (!exists(paths->mark) && !exists(paths->anchor) && !exists(paths->key) &&
	    !exists(paths->ledger))
		return true; /* Without it only root can act for the owner; the protection is the same. */
	if (!owner_load(d, &wrong))
		d->wrong = arena_dup(&d->arena, wrong.text);
	if (!identity_load(d, &wrong)) {
		d->standing = DEVICE_TAMPERED;
		d->wrong = arena_dup(&d->arena, wrong.text);
		return true;
	}
	d->standing = DEVICE_ENROLLED;
	return mark_check(d, e);
}

void device_done(struct device *d)
{
	crypto_wipe(&d->key, sizeof(d->key));
	arena_done(&d->arena);
	*d = (struct device){.paths = d->paths};
}
