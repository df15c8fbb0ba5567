/* What local programs may ask for: one table, the right of each beside it. */
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/text.h"
#include "keeper/local.h"

#define NAME_MAX_LENGTH 128
#define TOKEN_MAX 128

static const char *name_or(const struct json *frame, const char *key, const char *otherwise)
{
	const char *text = json_text(frame, key);

	return text && *text && text_length(text) <= NAME_MAX_LENGTH && text_printable(text, false)
		   ? text
		   : otherwise;
}

/* --- the guard ------------------------------------------------------------------------------------ */

static void put_attempt(struct json_writer *w, const void *arg)
{
	const struct keeper *k = arg;

	json_put_bool(w, "enrolled", k->device.standing != DEVICE_NEW);
	if (view_pending(k))
		json_put_text(w, "number", json_text(k->view.instance, "number"));
}

static void run_attempt(struct keeper *k, struct client *c, const struct json *frame)
{
	struct report report = {.kind = REPORT_ATTEMPT,
				.package = name_or(frame, "package", KEEPER_PACKAGE),
				.text = name_or(frame, "action", NULL)};
	bool tampered = false;

	if (json_bool(frame, "tampered", &tampered) && tampered)
		report.kind = REPORT_TAMPERED;
	if (k->device.standing != DEVICE_NEW) {
		keeper_report(k, &report);
		repair_begin(k);
		watch_tell_attempt(k, report.package);
	}
	local_answer(c, put_attempt, k);
}

static void run_consumed(struct keeper *k, struct client *c, const struct json *f)
{
	/* The guard wrote it down before it said so: the ledger is what is believed. */
	keeper_follow(k);
	removing_allowed(k, json_text(f, "grant"));
	local_answer(c, NULL, NULL);
}

static void run_ground(struct keeper *k, struct client *c, const struct json *frame)
{
	if (k->device.standing != DEVICE_NEW)
		keeper_report(k,
			      &(struct report){.kind = REPORT_LET_THROUGH,
					       .package = name_or(frame, "package", KEEPER_PACKAGE),
					       .text = name_or(frame, "ground", NULL)});
	local_answer(c, NULL, NULL);
}

/* --- people --------------------------------------------------------------------------------------- */

/* What a status is asked of, and for whom. */
struct about {
	const struct keeper *keeper;
	const char *package;
	uid_t uid;
};

static void put_status(struct json_writer *w, const void *arg)
{
	const struct about *about = arg;

	status_put(about->keeper, about->package, about->uid, w);
}

static void run_status(struct keeper *k, struct client *c, const struct json *frame)
{
	const struct about about = {
	    .keeper = k, .package = name_or(frame, "package", KEEPER_PACKAGE), .uid = c->peer.uid};

	local_answer(c, put_status, &about);
}

static void run_watch(struct keeper *k, struct client *c, [[maybe_unused]] const struct json *f)
{
	bool first = !local_watched(c->local);
	struct err e;

	if (!local_watch(c, &e)) {
		local_refuse(c, &e);
		return;
	}
	if (first)
		watch_begin(k);
	local_answer(c, NULL, NULL);
}

/* Whoever takes the device over need not be who has it; a token is the administrator's. */
static bool login_read(struct keeper *k, const struct client *c, const struct json *frame,
		       struct login_request *out, struct err *e)
{
	struct rights_owner owner = keeper_owner(k);

	*out = (struct login_request){.token = json_text(frame, "token")};
	(void)json_bool(frame, "switch", &out->switching);
	if (out->token && c->peer.uid != 0)
		return err_set(e, ERR_FORBIDDEN, "only root enrols with a token");
	if (out->token &&
	    (!*out->token || strlen(out->token) > TOKEN_MAX || !text_printable(out->token, false)))
		return err_set(e, ERR_UNPROCESSABLE, "that is no enrolment token");
	return out->token || out->switching || rights_allow(RIGHT_LOGIN, c->peer.uid, &owner) ||
	       err_set(e, ERR_FORBIDDEN, "this is not for you to ask for");
}

static void run_login(struct keeper *k, struct client *c, const struct json *frame)
{
	struct login_request request;
	struct err e;

	if (login_read(k, c, frame, &request, &e))
		login_begin(k, c, &request);
	else
		local_refuse(c, &e);
}

static void run_logout(struct keeper *k, struct client *c, [[maybe_unused]] const struct json *f)
{
	AUTO(buf_done) struct buf frame = {0};
	struct json_writer w = {.out = &frame};
	struct call *call;

	if (k->view.session) {
		local_answer(c, NULL, NULL);
		return;
	}
	call = call_new(k, c);
	if (!call)
		return;
	json_object(&w, NULL);
	json_put_text(&w, "m", "logout");
	json_put_i64(&w, "call", call->number);
	json_object_end(&w);
	(void)link_send(k, &frame);
}

static bool filing_read(const struct keeper *k, struct arena *a, const struct json *frame,
			struct filing *out, struct err *e)
{
	const char *reason = json_text(frame, "reason");
	const char *package = json_text(frame, "package");

	out->package = package ? package : KEEPER_PACKAGE;
	if (!reason)
		return err_set(e, ERR_UNPROCESSABLE, "a reason is needed");
	out->reason = text_trim(arena_dup(a, reason));
	if (!*out->reason || text_length(out->reason) > REASON_MAX ||
	    !text_printable(out->reason, true))
		return err_set(e, ERR_UNPROCESSABLE, "a reason of 1 to %d characters is needed",
			       REASON_MAX);
	if (k->holding.has_statement && !statement_protects(&k->holding.statement, out->package))
		return err_set(e, ERR_CONFLICT, "the package is not protected");
	if (k->holding.has_statement && !k->holding.statement.filing)
		return err_set(e, ERR_FORBIDDEN, "filing is not allowed here");
	return true;
}

static void run_file(struct keeper *k, struct client *c, const struct json *frame)
{
	AUTO(arena_done) struct arena a = {0};
	struct filing filing = {.by_root = c->peer.uid == 0 && k->device.owner_uid != 0};
	struct err e;
	/* One that waits is sent again; it is the same request. */
	bool ok = (k->filing.id && !k->filing.refused_code) ||
		  (filing_read(k, &a, frame, &filing, &e) && filing_keep(k, &filing, &e));

	if (ok)
		filing_send(k, c);
	else
		local_refuse(c, &e);
}

static void run_withdraw(struct keeper *k, struct client *c, [[maybe_unused]] const struct json *f)
{
	AUTO(buf_done) struct buf frame = {0};
	struct json_writer w = {.out = &frame};
	struct call *call;
	struct err e;

	if (k->filing.id && !k->filing.sending) {
		filing_sent(k);
		local_answer(c, NULL, NULL);
		return;
	}
	if (!view_pending(k)) {
		(void)err_set(&e, ERR_NOT_FOUND, "no request is waiting");
		local_refuse(c, &e);
		return;
	}
	call = call_new(k, c);
	if (!call)
		return;
	json_object(&w, NULL);
	json_put_text(&w, "m", "withdraw");
	json_put_i64(&w, "call", call->number);
	json_put_text(&w, "instance", json_text(k->view.instance, "id"));
	json_object_end(&w);
	(void)link_send(k, &frame);
}

static void put_grant(struct json_writer *w, const void *arg)
{
	status_put_grant(w, arg);
}

static void run_import(struct keeper *k, struct client *c, const struct json *frame)
{
	const char *jws = json_text(frame, "grant");
	const struct grant *grant;
	struct err e;

	if (!jws)
		(void)err_set(&e, ERR_INVALID, "there is no grant in the request");
	if (jws && holding_grant(&k->holding, &k->device, jws, &grant, &e))
		local_answer(c, put_grant, grant);
	else
		local_refuse(c, &e);
}

static void run_uninstall_now(struct keeper *k, struct client *c, const struct json *frame)
{
	struct err e;

	if (removing_begin(k, json_text(frame, "grant"), &e))
		local_answer(c, NULL, NULL);
	else
		local_refuse(c, &e);
}

static const struct command {
	const char *name;
	enum right right;
	void (*run)(struct keeper *k, struct client *c, const struct json *frame);
} commands[] = {
    {"attempt", RIGHT_ROOT, run_attempt},
    {"consumed", RIGHT_ROOT, run_consumed},
    {"ground", RIGHT_ROOT, run_ground},
    {"login", RIGHT_ANYBODY, run_login},
    {"status", RIGHT_ANYBODY, run_status},
    {"file", RIGHT_OWNER, run_file},
    {"withdraw", RIGHT_OWNER, run_withdraw},
    {"import", RIGHT_ANYBODY, run_import},
    {"logout", RIGHT_OWNER, run_logout},
    {"watch", RIGHT_ANYBODY, run_watch},
    {"uninstall-now", RIGHT_OWNER, run_uninstall_now},
    {"offline", RIGHT_OWNER, offline_run},
    {"code", RIGHT_OWNER, offline_code_run},
};

static const struct command *command_find(const char *name)
{
	size_t i;

	for (i = 0; name && i < ARRAY_SIZE(commands); i++)
		if (!strcmp(name, commands[i].name))
			return &commands[i];
	return NULL;
}

bool command_right(const char *name, enum right *out)
{
	const struct command *command = command_find(name);

	if (command)
		*out = command->right;
	return command;
}

void command_run(struct keeper *k, struct client *c, const struct json *frame)
{
	const struct command *command = command_find(json_text(frame, "cmd"));
	struct rights_owner owner = keeper_owner(k);
	struct err e;

	if (!command)
		(void)err_set(&e, ERR_INVALID, "there is no such command");
	else if (!rights_allow(command->right, c->peer.uid, &owner))
		(void)err_set(&e, ERR_FORBIDDEN, "this is not for you to ask for");
	else {
		command->run(k, c, frame);
		packages_consider(k);
		watch_look(k);
		return;
	}
	local_refuse(c, &e);
}
