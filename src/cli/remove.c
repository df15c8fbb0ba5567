/* "Uninstall now": the keeper removes what a grant allows, and what it says of that is shown. */
#include <stdio.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/text.h"
#include "cli/cli.h"

#define KEEPER "/usr/lib/holdfast/holdfast-keeper"
/* How long a keeper that went away in the middle may take to be back. */
#define AWAY_MS 30000
/* How often a status may say nothing of a removal that was begun. */
#define SILENT_LOOKS 5

struct removal {
	const char *grant, *package;
	const char *step, *text; /* what was said last */
	int64_t away_ms;         /* since when the keeper is away; 0: it is not */
	int silent;
};

static void remember(struct cli *c, const char **place, const char *text)
{
	*place = text ? arena_dup(&c->keep, text) : NULL;
}

static void say_step(struct cli *c, struct removal *r, const char *step)
{
	static const struct {
		const char *step;
		enum word word;
	} steps[] = {
	    {"starting", W_REMOVING}, {"waiting", W_REMOVE_WAITS}, {"allowed", W_REMOVE_ALLOWED}};
	size_t i;

	if (text_equal(step, r->step))
		return;
	remember(c, &r->step, step);
	for (i = 0; i < ARRAY_SIZE(steps); i++)
		if (text_equal(step, steps[i].step))
			cli_say(c, steps[i].word, r->package, NULL);
}

/* True: it is over. */
static bool follow(struct cli *c, struct removal *r, const struct json *said, enum cli_status *end)
{
	const char *state = json_text(said, "state"), *text = text_some(json_text(said, "text"));

	if (!text_equal(json_text(said, "package"), r->package))
		return false;
	if (text_equal(state, "failed")) {
		cli_complain(c, W_REMOVE_FAILED, r->package, text);
		*end = CLI_REFUSED;
		return true;
	}
	if (text_equal(state, "done")) {
		cli_say(c, W_REMOVED, r->package, NULL);
		*end = CLI_DONE;
		return true;
	}
	say_step(c, r, json_text(said, "step"));
	if (text && !text_equal(text, r->text)) {
		remember(c, &r->text, text);
		cli_say(c, W_REMOVE_LINE, text, NULL);
	}
	return false;
}

/* The client goes with its own removal. */
static bool client_is_gone(struct cli *c)
{
	return access(arena_printf(&c->arena, "%s" KEEPER, c->root), F_OK) < 0;
}

static bool over_without_keeper(struct cli *c, struct removal *r, enum cli_status *end)
{
	int64_t now_ms = clock_mono_ms();

	if (client_is_gone(c) && text_equal(r->package, CLI_CLIENT)) {
		cli_say(c, W_REMOVED, r->package, NULL);
		*end = CLI_DONE;
		return true;
	}
	if (!r->away_ms)
		r->away_ms = now_ms;
	if (now_ms - r->away_ms < AWAY_MS)
		return false;
	cli_complain(c, W_NOT_RUNNING, NULL, NULL);
	*end = CLI_LATER;
	return true;
}

/* What the status says when no event has: of a removal that was done there is nothing left in it. */
static bool over_by_status(struct cli *c, struct removal *r, enum cli_status *end)
{
	AUTO(buf_done) struct buf request = {0};
	struct json_writer w = {.out = &request};
	const struct json *status, *removal;

	json_object(&w, NULL);
	json_put_text(&w, "cmd", "status");
	json_put_text(&w, "package", r->package);
	json_object_end(&w);
	if (!cli_try(c, request.data, &status))
		return over_without_keeper(c, r, end);
	r->away_ms = 0;
	removal = json_get(status, "removal");
	if (removal && removal->type == JSON_OBJECT)
		return follow(c, r, removal, end);
	if (!text_equal(json_text(json_get(status, "grant"), "id"), r->grant)) {
		cli_say(c, W_REMOVED, r->package, NULL);
		*end = CLI_DONE;
		return true;
	}
	if (++r->silent < SILENT_LOOKS)
		return false;
	cli_complain(c, W_REMOVE_FAILED, r->package, NULL);
	*end = CLI_REFUSED;
	return true;
}

static enum cli_status wait_for_end(struct cli *c, struct removal *r)
{
	for (;;) {
		const struct json *event;
		enum cli_status end;
		bool over;

		cli_wait(c, &event);
		over = event && text_equal(json_text(event, "event"), "removal")
			   ? follow(c, r, event, &end)
			   : over_by_status(c, r, &end);
		if (over)
			return end;
	}
}

static enum cli_status refused(struct cli *c, struct removal *r, const struct json *answer)
{
	bool busy = cli_code_is(answer, "conflict");
	const char *why = arena_dup(&c->keep, json_text(answer, "text"));
	const struct json *status;
	enum cli_status end;

	/* It may be this very removal, begun in the window. */
	if (busy && cli_ask_status(c, &status, &end) &&
	    text_equal(json_text(json_get(status, "removal"), "package"), r->package))
		return wait_for_end(c, r);
	cli_complain(c, W_REMOVE_FAILED, r->package, why);
	return busy ? CLI_LATER : CLI_REFUSED;
}

static enum cli_status remove_now(struct cli *c, const struct json *grant)
{
	AUTO(buf_done) struct buf request = {0};
	struct json_writer w = {.out = &request};
	const struct json *answer;
	struct removal r = {0};
	enum cli_status end;

	remember(c, &r.grant, json_text(grant, "id"));
	remember(c, &r.package, json_text(grant, "package"));
	(void)cli_listen(c);
	json_object(&w, NULL);
	json_put_text(&w, "cmd", "uninstall-now");
	json_put_text(&w, "grant", r.grant);
	json_object_end(&w);
	if (!cli_ask(c, request.data, &answer, &end))
		return end;
	return cli_ok(answer) ? wait_for_end(c, &r) : refused(c, &r, answer);
}

enum cli_status remove_offer(struct cli *c, const struct json *grant, enum word until,
			     enum word unlimited)
{
	const char *package = json_text(grant, "package");

	say_grant(c, grant, until, unlimited);
	if (c->now || (cli_interactive() && cli_confirm(c, W_REMOVE_NOW, package)))
		return remove_now(c, grant);
	show_how(c, package, true);
	return CLI_DONE;
}
