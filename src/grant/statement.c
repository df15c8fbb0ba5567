#include "grant/statement.h"

#include <string.h>

#include "base/id.h"

static const char *const mode_names[] = {
    [STATEMENT_OFF] = "off", [STATEMENT_AUDIT] = "audit", [STATEMENT_BLOCK] = "block", NULL};

/* The statement and what its JSON holds in another way. */
struct form {
	struct statement s;
	int64_t v;
	const char *mode;
};

#define FIELD(name, kind, member) name, JSON_FIELD_##kind, offsetof(struct form, member)

static const struct json_field owner_fields[] = {
    {FIELD("id", TEXT, s.owner_id), .required = true, .min = 1, .max = 64},
    {FIELD("name", TEXT, s.owner_name), .required = true},
    {0},
};

static const struct json_field zh_fields[] = {
    {FIELD("title", TEXT, s.zh.title), .required = true},
    {FIELD("content", TEXT, s.zh.content), .required = true},
    {FIELD("primary", TEXT, s.zh.primary), .required = true},
    {FIELD("secondary", TEXT, s.zh.secondary), .required = true},
    {0},
};

static const struct json_field en_fields[] = {
    {FIELD("title", TEXT, s.en.title), .required = true},
    {FIELD("content", TEXT, s.en.content), .required = true},
    {FIELD("primary", TEXT, s.en.primary), .required = true},
    {FIELD("secondary", TEXT, s.en.secondary), .required = true},
    {0},
};

/* Offsets count from the form, so nested objects start at 0. */
static const struct json_field prompt_fields[] = {
    {"zh", JSON_FIELD_OBJECT, 0, .required = true, .fields = zh_fields},
    {"en", JSON_FIELD_OBJECT, 0, .required = true, .fields = en_fields},
    {0},
};

static const struct json_field form_fields[] = {
    {FIELD("v", I64, v), .required = true, .min = 1, .max = 1},
    {FIELD("org", TEXT, s.org), .required = true},
    {FIELD("device", TEXT, s.device), .required = true},
    {FIELD("key", TEXT, s.key), .required = true, .min = CRYPTO_THUMBPRINT_SIZE - 1,
     .max = CRYPTO_THUMBPRINT_SIZE - 1},
    {FIELD("counter", I64, s.counter), .required = true, .min = 1, .max = INT64_MAX},
    {FIELD("basis", TEXT, s.basis), .required = true, .min = 1, .max = STATEMENT_MAX_BASIS},
    {FIELD("time", I64, s.time_ms), .required = true, .max = INT64_MAX},
    {"owner", JSON_FIELD_OBJECT, 0, .required = true, .fields = owner_fields},
    {FIELD("device_name", TEXT, s.device_name), .required = true},
    {FIELD("organisation", TEXT, s.organisation), .required = true},
    {FIELD("mode", TEXT, mode), .required = true, .words = mode_names},
    {FIELD("covered", BOOL, s.covered), .required = true},
    {FIELD("why", TEXT, s.why), .required = true},
    {FIELD("packages", ARRAY, s.packages), .required = true, .max = 128},
    {FIELD("filing", BOOL, s.filing), .required = true},
    {FIELD("contact", TEXT, s.contact), .required = true},
    {"prompt", JSON_FIELD_OBJECT, 0, .required = true, .fields = prompt_fields},
    {0},
};

const char *statement_mode_name(enum statement_mode mode)
{
	return mode_names[mode];
}

static void write_prompt(struct json_writer *w, const char *key, const struct statement_prompt *p)
{
	json_object(w, key);
	json_put_text(w, "title", p->title);
	json_put_text(w, "content", p->content);
	json_put_text(w, "primary", p->primary);
	json_put_text(w, "secondary", p->secondary);
	json_object_end(w);
}

static void write_statement(struct json_writer *w, const struct statement *s)
{
	const char *const *packages = s->packages.items;
	size_t i;

	json_object(w, NULL);
	json_put_i64(w, "v", 1);
	json_put_text(w, "org", s->org);
	json_put_text(w, "device", s->device);
	json_put_text(w, "key", s->key);
	json_put_i64(w, "counter", s->counter);
	json_put_text(w, "basis", s->basis);
	json_put_i64(w, "time", s->time_ms);
	json_object(w, "owner");
	json_put_text(w, "id", s->owner_id);
	json_put_text(w, "name", s->owner_name);
	json_object_end(w);
	json_put_text(w, "device_name", s->device_name);
	json_put_text(w, "organisation", s->organisation);
	json_put_text(w, "mode", mode_names[s->mode]);
	json_put_bool(w, "covered", s->covered);
	json_put_text(w, "why", s->why);
	json_array(w, "packages");
	for (i = 0; i < s->packages.count; i++)
		json_put_text(w, NULL, packages[i]);
	json_array_end(w);
	json_put_bool(w, "filing", s->filing);
	json_put_text(w, "contact", s->contact);
	json_object(w, "prompt");
	write_prompt(w, "zh", &s->zh);
	write_prompt(w, "en", &s->en);
	json_object_end(w);
	json_object_end(w);
}

bool statement_sign(struct arena *a, const struct crypto_keypair *key,
		    const struct statement *statement, const char **out, struct err *e)
{
	AUTO(buf_done) struct buf payload = {.max = JWS_MAX};
	struct json_writer w = {.out = &payload};

	write_statement(&w, statement);
	return jws_sign(a, JWS_STATEMENT, key, &payload, out, e);
}

bool statement_verify(struct arena *a, const char *text, size_t n, const struct keys *keys,
		      struct statement *out, struct err *e)
{
	struct form form = {0};
	struct jws jws;

	if (!keys_open(a, keys, JWS_STATEMENT, text, n, &jws, e) ||
	    !json_read_text(a, jws.payload, jws.payload_len, form_fields, &form, e) ||
	    !keys_hold_at(keys, jws.kid, form.s.time_ms, e))
		return err_add(e, "statement");
	if (!id_valid(form.s.org) || !id_valid(form.s.device))
		return err_set(e, ERR_INVALID, "statement: org or device is not an id");
	while (strcmp(mode_names[form.s.mode], form.mode) != 0)
		form.s.mode++;
	*out = form.s;
	return true;
}

bool statement_check(const struct statement *statement, const struct device_identity *device,
		     int64_t least, struct err *e)
{
	if (strcmp(statement->org, device->org) != 0)
		return err_set(e, ERR_FORBIDDEN, "the statement is another organisation's");
	if (strcmp(statement->device, device->device) != 0)
		return err_set(e, ERR_FORBIDDEN, "the statement is another device's");
	if (strcmp(statement->key, device->key) != 0)
		return err_set(e, ERR_FORBIDDEN, "the statement is for another device key");
	if (statement->counter < least)
		return err_set(e, ERR_CONFLICT, "the statement is older than the one there is");
	return true;
}

bool statement_protects(const struct statement *statement, const char *package)
{
	const char *const *packages = statement->packages.items;
	size_t i;

	for (i = 0; i < statement->packages.count; i++)
		if (!strcmp(packages[i], package))
			return true;
	return false;
}
