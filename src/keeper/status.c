/* What a status tells of this computer. */
#include <unistd.h>

#include "grant/prompt.h"
#include "keeper/keeper.h"

static bool signs_in(const struct keeper *k, uid_t uid)
{
	return k->login.state != LOGIN_NONE && k->login.uid == uid;
}

bool status_tells_all(const struct keeper *k, uid_t uid)
{
	struct rights_owner owner = keeper_owner(k);

	return uid == 0 || rights_allow(RIGHT_OWNER, uid, &owner) ||
	       (!owner.known && signs_in(k, uid));
}

/* The guard reads them at each removal; we did when we started. */
static bool files_are_there(const struct paths *p)
{
	const char *const files[] = {p->mark, p->anchor, p->key, p->keys, p->statement, p->ledger};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(files); i++)
		if (access(files[i], F_OK) < 0)
			return false;
	return true;
}

/* What the guard would call tampering. */
static bool is_tampered(const struct keeper *k)
{
	return k->device.standing == DEVICE_TAMPERED ||
	       (k->device.standing == DEVICE_ENROLLED &&
		(!k->holding.has_statement || !files_are_there(&k->paths)));
}

static void put_brief(const struct keeper *k, const char *package, struct json_writer *w)
{
	json_put_bool(w, "enrolled", k->device.standing != DEVICE_NEW);
	json_put_bool(w, "protected", is_tampered(k) || holding_blocks(&k->holding, package));
	json_put_bool(w, "pending", view_pending(k));
}

static void put_prompt(struct json_writer *w, const char *key, const struct statement *s,
		       enum prompt_language language, const char *package)
{
	AUTO(arena_done) struct arena a = {0};
	struct statement_prompt p;

	prompt_fill(&a, s, language, package, &p);
	json_object(w, key);
	json_put_text(w, "title", p.title);
	json_put_text(w, "content", p.content);
	json_put_text(w, "primary", p.primary);
	json_put_text(w, "secondary", p.secondary);
	json_object_end(w);
}

static void put_statement(const struct statement *s, const char *package, struct json_writer *w)
{
	json_object(w, "owner");
	json_put_text(w, "id", s->owner_id);
	json_put_text(w, "name", s->owner_name);
	json_object_end(w);
	json_put_text(w, "mode", statement_mode_name(s->mode));
	json_put_bool(w, "covered", s->covered);
	json_put_text(w, "why", s->why);
	json_put_bool(w, "filing", s->filing);
	json_put_text(w, "contact", s->contact);
	json_object(w, "prompt");
	put_prompt(w, "zh", s, PROMPT_ZH, package);
	put_prompt(w, "en", s, PROMPT_EN, package);
	json_object_end(w);
}

void status_put_grant(struct json_writer *w, const struct grant *grant)
{
	if (!grant) {
		json_put_null(w, "grant");
		return;
	}
	json_object(w, "grant");
	json_put_text(w, "id", grant->id);
	json_put_text(w, "number", grant->number);
	json_put_text(w, "package", grant->package);
	json_put_i64(w, "exp", grant->exp_ms);
	json_object_end(w);
}

static void put_full(const struct keeper *k, const char *package, struct json_writer *w)
{
	put_brief(k, package, w);
	json_put_bool(w, "online", k->link.online);
	json_put_text(w, "server", *k->settings.url ? k->settings.url : NULL);
	json_put_bool(w, "tampered", is_tampered(k));
	json_put_text(w, "device", k->device.known ? k->device.anchor.device : NULL);
	if (k->holding.has_statement)
		put_statement(&k->holding.statement, package, w);
	login_put(k, w);
	if (k->view.session)
		json_put_json(w, "session", k->view.session);
	filing_put(k, w);
	if (k->view.instance)
		json_put_json(w, "instance", k->view.instance);
	else
		json_put_null(w, "instance");
	if (k->view.filings_left)
		json_put_json(w, "filings_left", k->view.filings_left);
	if (k->view.device_state)
		json_put_json(w, "device_state", k->view.device_state);
	if (k->view.anti_logoff)
		json_put_json(w, "anti_logoff", k->view.anti_logoff);
	offline_put(k, w);
	status_put_grant(w, holding_good_grant(&k->holding, &k->device, package));
	guards_put(k, w);
	findings_put(k, w);
	if (k->removing.state != REMOVING_NONE) {
		json_object(w, "removal");
		removing_put(k, w);
		json_object_end(w);
	}
}

void status_put(const struct keeper *k, const char *package, uid_t uid, struct json_writer *w)
{
	if (status_tells_all(k, uid)) {
		put_full(k, package, w);
		return;
	}
	put_brief(k, package, w);
	/* Whoever would take the computer over is not its owner before that. */
	if (signs_in(k, uid))
		login_put(k, w);
}
