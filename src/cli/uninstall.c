#include <stdio.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/text.h"
#include "cli/cli.h"

#define REASON_MAX 500
/* How long an approval may take from the server to this computer before we stop waiting for it. */
#define GRANT_WAIT_MS 60000

static bool truth(const struct json *object, const char *key)
{
	bool value = false;

	return json_bool(object, key, &value) && value;
}

static bool is_object(const struct json *node)
{
	return node && node->type == JSON_OBJECT;
}

/* What was said already while waiting, so that each thing is said once. */
struct waiting {
	bool link_down;
	bool kept;
	int64_t approved_ms; /* since when the approval is on its way; 0: it is not */
};

/* True when there is nothing more to wait for. */
static bool settled(struct cli *c, struct waiting *w, const struct json *status,
		    enum cli_status *end)
{
	const struct json *instance = json_get(status, "instance");
	const struct json *grant = json_get(status, "grant");
	const char *state = json_text(instance, "status");

	if (is_object(grant)) {
		*end = remove_offer(c, grant, W_APPROVED_UNTIL, W_APPROVED);
		return true;
	}
	if (is_object(json_get(status, "kept")) || text_equal(state, "pending")) {
		if (!w->link_down && delivery_is_down(instance, clock_utc_ms())) {
			cli_say(c, W_LINK_DOWN, json_text(instance, "number"), NULL);
			w->link_down = true;
		}
		return false;
	}
	if (text_equal(state, "approved") && !w->approved_ms)
		w->approved_ms = clock_mono_ms();
	if (text_equal(state, "approved") && clock_mono_ms() - w->approved_ms < GRANT_WAIT_MS)
		return false;
	show_instance(c, status);
	*end = text_equal(state, "approved") ? CLI_DONE : CLI_REFUSED;
	return true;
}

static enum cli_status wait_for_answer(struct cli *c)
{
	struct waiting w = {0};

	cli_say(c, W_WAITING, NULL, NULL);
	for (;;) {
		const struct json *status;
		enum cli_status end;

		cli_wait(c, NULL);
		if (!cli_ask_status(c, &status, &end) || settled(c, &w, status, &end))
			return end;
	}
}

static enum cli_status refused(struct cli *c, const struct json *answer, const struct json *status)
{
	if (cli_code_is(answer, "unprocessable") || cli_code_is(answer, "invalid")) {
		cli_complain(c, W_BAD_REASON, NULL, NULL);
		return CLI_BAD_USE;
	}
	if (cli_code_is(answer, "too-many")) {
		cli_complain(c, W_TOO_MANY, NULL, NULL);
		return CLI_REFUSED;
	}
	if (cli_code_is(answer, "forbidden")) {
		cli_complain(c, W_NOBODY, json_text(answer, "text"), NULL);
		show_contact(c, status);
		return CLI_REFUSED;
	}
	return cli_refused(c, answer);
}

static enum cli_status file(struct cli *c, const struct json *status)
{
	AUTO(buf_done) struct buf request = {0};
	struct json_writer w = {.out = &request};
	const struct json *answer, *instance;
	enum cli_status end;

	json_object(&w, NULL);
	json_put_text(&w, "cmd", "file");
	json_put_text(&w, "reason", c->reason);
	if (c->package)
		json_put_text(&w, "package", c->package);
	json_object_end(&w);
	if (!cli_ask(c, request.data, &answer, &end))
		return end;
	if (!cli_ok(answer))
		return refused(c, answer, status);
	instance = json_get(answer, "instance");
	if (!is_object(instance)) {
		cli_say(c, W_KEPT, NULL, NULL);
		return c->no_wait ? CLI_LATER : wait_for_answer(c);
	}
	cli_say(c, text_equal(json_text(instance, "reason"), c->reason) ? W_FILED : W_FILED_BEFORE,
		json_text(instance, "number"), NULL);
	return c->no_wait ? CLI_DONE : wait_for_answer(c);
}

/* Of those that have not been sent yet there is one at a time. */
static bool keeps_another(const struct cli *c, const struct json *status)
{
	const struct json *kept = json_get(status, "kept");

	return is_object(kept) && !json_text(kept, "refused_code") &&
	       !text_equal(json_text(kept, "package"), c->package ? c->package : CLI_CLIENT);
}

/* Whether filing has a purpose. */
static bool may_file(struct cli *c, const struct json *status, enum cli_status *end)
{
	*end = CLI_REFUSED;
	if (!truth(status, "enrolled")) {
		cli_complain(c, W_NOT_ENROLLED, NULL, NULL);
	} else if (truth(status, "tampered")) {
		cli_complain(c, W_TAMPERED, NULL, NULL);
	} else if (!truth(status, "protected")) {
		/* Ours is for approvals; what needs none is the package manager's. */
		cli_say(c, W_FREE_TO_GO, NULL, NULL);
		show_how(c, c->package ? c->package : CLI_CLIENT, false);
		*end = c->now ? CLI_REFUSED : CLI_DONE;
	} else if (is_object(json_get(status, "grant"))) {
		*end = remove_offer(c, json_get(status, "grant"), W_APPROVED_UNTIL, W_APPROVED);
	} else if (show_signed_out(c, status)) {
		return false;
	} else if (!truth(status, "filing")) {
		bool lost = text_equal(json_text(status, "device_state"), "lost");

		show_prompt(c, status, true);
		cli_complain(c, lost ? W_LOST : W_FILING_OFF, NULL, NULL);
		show_contact(c, status);
	} else if (keeps_another(c, status)) {
		cli_complain(c, W_KEPT_ANOTHER, json_text(json_get(status, "kept"), "package"),
			     NULL);
	} else {
		show_prompt(c, status, true);
		return true;
	}
	return false;
}

/* A request for this package waits, or is on its way. */
static bool waits(const struct cli *c, const struct json *status)
{
	const struct json *kept = json_get(status, "kept"),
			  *instance = json_get(status, "instance");
	bool unsent = is_object(kept) && !json_text(kept, "refused_code");
	const char *package = json_text(unsent ? kept : instance, "package");

	return (unsent || text_equal(json_text(instance, "status"), "pending")) &&
	       text_equal(package, c->package ? c->package : CLI_CLIENT);
}

static bool take_reason(struct cli *c, const char *typed)
{
	char *reason = text_trim(arena_dup(&c->arena, typed));

	c->reason = reason;
	if (*reason && text_printable(reason, true) && text_length(reason) <= REASON_MAX)
		return true;
	cli_complain(c, W_BAD_REASON, NULL, NULL);
	return false;
}

/* At a terminal; elsewhere nobody is there to be asked. */
static bool ask_reason(struct cli *c)
{
	char *typed = NULL;

	if (cli_interactive())
		(void)fprintf(stderr, "%s ",
			      words(&c->arena, c->language, W_REASON_PROMPT, NULL, NULL));
	return take_reason(
	    c, cli_interactive() && cli_read_line(c, REASON_MAX * 4 + 1, &typed) ? typed : "");
}

/* Who has given no reason goes on waiting for an answer, or is told first what an uninstallation means here. */
static enum cli_status without_reason(struct cli *c)
{
	const struct json *status;
	enum cli_status end;

	if (!cli_ask_status(c, &status, &end) || !may_file(c, status, &end))
		return end;
	if (waits(c, status)) {
		show_request(c, status);
		return c->no_wait ? CLI_DONE : wait_for_answer(c);
	}
	return ask_reason(c) ? file(c, status) : CLI_BAD_USE;
}

enum cli_status run_uninstall(struct cli *c)
{
	const struct json *status;
	enum cli_status end;

	if (!c->reason)
		return without_reason(c);
	if (!take_reason(c, c->reason))
		return CLI_BAD_USE;
	if (!cli_ask_status(c, &status, &end) || !may_file(c, status, &end))
		return end;
	return file(c, status);
}

enum cli_status run_withdraw(struct cli *c)
{
	const struct json *status, *answer;
	enum cli_status end;

	if (!cli_ask_status(c, &status, &end) ||
	    !cli_ask(c, "{\"cmd\":\"withdraw\"}", &answer, &end))
		return end;
	if (cli_ok(answer) && is_object(json_get(answer, "instance"))) {
		cli_say(c, W_WITHDRAWN, json_text(json_get(answer, "instance"), "number"), NULL);
		return CLI_DONE;
	}
	if (cli_ok(answer)) {
		cli_say(c, W_WITHDRAWN_UNSENT, NULL, NULL);
		return CLI_DONE;
	}
	if (cli_code_is(answer, "not-found"))
		cli_complain(c, W_NOTHING_TO_WITHDRAW, NULL, NULL);
	else if (cli_code_is(answer, "conflict"))
		cli_complain(c, W_DECIDED_ALREADY, NULL, NULL);
	else if (cli_code_is(answer, "forbidden"))
		cli_complain(c, W_NOT_ENROLLED, NULL, NULL);
	else
		return cli_refused(c, answer);
	return CLI_REFUSED;
}
