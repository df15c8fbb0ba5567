#include <stdio.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/text.h"
#include "cli/cli.h"

/* Queued for longer than a slow minute is trouble; so is a failure. */
#define DELIVERY_SLOW_MS 60000
/* An approval that has not come after this long does not come any more. */
#define COMING_MS 120000

static bool truth(const struct json *object, const char *key)
{
	bool value = false;

	return json_bool(object, key, &value) && value;
}

void show_contact(struct cli *c, const struct json *status)
{
	const char *contact = json_text(status, "contact");

	if (contact && *contact)
		cli_say(c, W_CONTACT, contact, NULL);
}

void show_prompt(struct cli *c, const struct json *status, bool title)
{
	const struct json *prompt = json_get(status, "prompt");
	const struct json *own = json_get(prompt, c->language == LANGUAGE_ZH ? "zh" : "en");
	const char *head = json_text(own, "title"), *content = json_text(own, "content");

	if (title && head)
		(void)puts(text_plain(&c->arena, head, false));
	if (content)
		(void)puts(text_plain(&c->arena, content, true));
	(void)fflush(stdout);
}

void say_grant(struct cli *c, const struct json *grant, enum word until, enum word unlimited)
{
	const char *number = json_text(grant, "number");
	int64_t exp_ms = 0;

	if (json_i64(grant, "exp", &exp_ms) && exp_ms)
		cli_say(c, until, number, cli_time(c, exp_ms));
	else
		cli_say(c, unlimited, number, NULL);
}

void show_how(struct cli *c, const char *package, bool granted)
{
	bool apt = !access(arena_printf(&c->arena, "%s/usr/bin/apt", c->root), X_OK) || *c->root;

	if (granted && text_equal(package, CLI_CLIENT))
		cli_say(c, W_RUN_OURS, NULL, NULL);
	else if (granted)
		cli_say(c, W_RUN_OURS_OF, package, NULL);
	cli_say(c, apt ? W_RUN_APT : W_RUN_DNF, package, NULL);
}

void show_grant(struct cli *c, const struct json *grant, enum word until, enum word unlimited)
{
	say_grant(c, grant, until, unlimited);
	show_how(c, json_text(grant, "package"), true);
}

void show_removal(struct cli *c, const struct json *removal)
{
	const char *package = json_text(removal, "package");

	if (text_equal(json_text(removal, "state"), "running"))
		cli_say(c, W_REMOVING, package, NULL);
	else if (text_equal(json_text(removal, "state"), "failed"))
		cli_say(c, W_REMOVE_FAILED, package, json_text(removal, "text"));
}

bool delivery_is_down(const struct json *instance, int64_t now_ms)
{
	const char *delivery = json_text(instance, "delivery");
	int64_t created_ms = now_ms;

	(void)json_i64(instance, "created_ms", &created_ms);
	return text_equal(delivery, "failed") ||
	       (text_equal(delivery, "queued") && now_ms - created_ms > DELIVERY_SLOW_MS);
}

static void show_pending(struct cli *c, const struct json *instance)
{
	const struct json *with = json_get(instance, "pending_with");
	AUTO(buf_done) struct buf names = {0};
	const char *number = json_text(instance, "number");
	int64_t created_ms = 0;

	(void)json_i64(instance, "created_ms", &created_ms);
	cli_say(c, W_PENDING, number, cli_time(c, created_ms));
	for (with = with && with->type == JSON_ARRAY ? with->first : NULL; with; with = with->next)
		if (with->type == JSON_TEXT)
			buf_printf(&names, "%s%s", names.len ? ", " : "", with->text);
	if (names.len)
		cli_say(c, W_WITH, names.data, NULL);
	if (delivery_is_down(instance, clock_utc_ms()))
		cli_say(c, W_LINK_DOWN, number, NULL);
	cli_say(c, W_TO_WITHDRAW, NULL, NULL);
}

static void show_rejected(struct cli *c, const struct json *instance)
{
	const struct json *decision = json_get(instance, "decision");
	const char *who = json_text(decision, "who");
	const char *comment = json_text(decision, "comment");

	cli_say(c, who && *who ? W_REJECTED_BY : W_REJECTED, json_text(instance, "number"), who);
	if (comment && *comment)
		cli_say(c, W_COMMENT, comment, NULL);
}

/* When nothing waits. */
static void show_filing(struct cli *c, const struct json *status, bool again)
{
	int64_t left = 1;

	if (!truth(status, "filing"))
		return;
	(void)json_i64(status, "filings_left", &left);
	if (left > 0)
		cli_say(c, again ? W_TO_FILE_AGAIN : W_TO_FILE, NULL, NULL);
	else
		cli_say(c, W_TOO_MANY, NULL, NULL);
}

static void show_approved(struct cli *c, const struct json *status, const struct json *instance)
{
	const char *revoked = json_text(json_get(instance, "revoked"), "why");
	int64_t at_ms = 0;
	bool coming;

	if (revoked) {
		cli_say(c, W_APPROVED_REVOKED, json_text(instance, "number"), revoked);
		show_filing(c, status, true);
		return;
	}
	(void)json_i64(json_get(instance, "decision"), "at_ms", &at_ms);
	coming = !truth(status, "online") || clock_utc_ms() - at_ms < COMING_MS;
	cli_say(c, coming ? W_APPROVED_COMING : W_APPROVED_PAST, json_text(instance, "number"),
		NULL);
	if (!coming)
		show_filing(c, status, true);
}

void show_instance(struct cli *c, const struct json *status)
{
	const struct json *instance = json_get(status, "instance");
	const char *state = json_text(instance, "status");

	if (text_equal(state, "pending")) {
		show_pending(c, instance);
		return;
	}
	if (text_equal(state, "approved")) {
		show_approved(c, status, instance);
		return;
	}
	if (text_equal(state, "rejected"))
		show_rejected(c, instance);
	else if (text_equal(state, "revoked"))
		cli_say(c, W_REVOKED, json_text(instance, "number"), NULL);
	else if (text_equal(state, "expired"))
		cli_say(c, W_EXPIRED, json_text(instance, "number"), NULL);
	show_filing(c, status, state != NULL);
}

static void show_kept(struct cli *c, const struct json *kept)
{
	int64_t at_ms = 0;

	(void)json_i64(kept, "at_ms", &at_ms);
	if (json_text(kept, "refused_code"))
		cli_say(c, W_KEPT_REFUSED, cli_time(c, at_ms), json_text(kept, "refused_text"));
	else
		cli_say(c, W_KEPT_SINCE, cli_time(c, at_ms), NULL);
}

static int64_t codes_left(const struct json *status)
{
	int64_t left = 0;

	(void)json_i64(json_get(status, "offline"), "left", &left);
	return left;
}

/* On its way: what came before it is of no interest now. */
static bool is_waiting(const struct json *kept)
{
	return kept && kept->type == JSON_OBJECT && !json_text(kept, "refused_code");
}

void show_request(struct cli *c, const struct json *status)
{
	const struct json *kept = json_get(status, "kept");
	const struct json *grant = json_get(status, "grant");

	if (kept && kept->type == JSON_OBJECT)
		show_kept(c, kept);
	if (is_waiting(kept))
		cli_say(c, W_TO_WITHDRAW, NULL, NULL);
	else if (grant && grant->type == JSON_OBJECT)
		show_grant(c, grant, W_APPROVED_UNTIL, W_APPROVED);
	else if (truth(status, "protected") ||
		 text_equal(json_text(json_get(status, "instance"), "status"), "pending"))
		show_instance(c, status);
	if (!truth(status, "protected"))
		return;
	if (!truth(status, "filing")) {
		if (!text_equal(json_text(status, "device_state"), "lost"))
			cli_say(c, W_FILING_OFF, NULL, NULL);
		show_contact(c, status);
	}
	if (!truth(status, "online"))
		cli_say(c, codes_left(status) > 0 ? W_OFFLINE_CODES : W_OFFLINE_WAY, NULL, NULL);
}

bool show_signed_out(struct cli *c, const struct json *status)
{
	const char *why = json_text(json_get(status, "session"), "ended");

	if (why)
		cli_say(c, text_equal(why, "cloned") ? W_SIGNED_OUT_COPY : W_SIGNED_OUT, NULL,
			NULL);
	return why;
}

static void show_protection(struct cli *c, const struct json *status)
{
	if (truth(status, "protected"))
		cli_say(c, W_PROTECTED, NULL, NULL);
	else if (text_equal(json_text(status, "mode"), "audit") && truth(status, "covered"))
		cli_say(c, W_AUDIT, NULL, NULL);
	else
		cli_say(c, W_OPEN, NULL, NULL);
}

/* The server's words for why the policy covers this person or not. */
static void show_why(struct cli *c, const struct json *status)
{
	static const char group[] = "group ";
	const char *why = json_text(status, "why");

	if (text_equal(json_text(status, "mode"), "off") || !why)
		return;
	if (text_starts(why, group))
		cli_say(c, W_WHY_GROUP, why + sizeof(group) - 1, NULL);
	else if (text_equal(why, "everyone"))
		cli_say(c, W_WHY_EVERYONE, NULL, NULL);
	else if (text_equal(why, "whitelist"))
		cli_say(c, W_WHY_WHITELIST, NULL, NULL);
	else if (text_equal(why, "out of scope"))
		cli_say(c, W_WHY_OUTSIDE, NULL, NULL);
}

static void show_device_state(struct cli *c, const struct json *status)
{
	const char *state = json_text(status, "device_state");

	if (text_equal(state, "lost"))
		cli_say(c, W_LOST, NULL, NULL);
	else if (text_equal(state, "unbound"))
		cli_say(c, W_UNBOUND, NULL, NULL);
	else if (text_equal(state, "unknown"))
		cli_say(c, W_UNKNOWN, NULL, NULL);
}

/* Elements of an array member. */
static const struct json *first_of(const struct json *object, const char *member)
{
	const struct json *list = json_get(object, member);

	return list && list->type == JSON_ARRAY ? list->first : NULL;
}

static void show_packages(struct cli *c, const struct json *status)
{
	const struct json *each;

	for (each = first_of(status, "packages"); each; each = each->next) {
		bool guarded = truth(each, "guarded");

		cli_say(c,
			!truth(each, "installed") ? W_PACKAGE_ABSENT
			: guarded                 ? W_PACKAGE_GUARDED
						  : W_PACKAGE_UNGUARDED,
			json_text(each, "package"), NULL);
	}
}

static void show_findings(struct cli *c, const struct json *status)
{
	static const struct {
		const char *code;
		enum word word;
	} findings[] = {
	    {"files-changed", W_FINDING_FILES_CHANGED},
	    {"files-missing", W_FINDING_FILES_MISSING},
	    {"script-changed", W_FINDING_SCRIPT_CHANGED},
	    {"package-selection", W_FINDING_SELECTION},
	    {"unit-masked", W_FINDING_UNIT_MASKED},
	    {"unit-disabled", W_FINDING_UNIT_DISABLED},
	    {"unit-overridden", W_FINDING_UNIT_OVERRIDDEN},
	    {"unit-missing", W_FINDING_UNIT_MISSING},
	    {"clock-back", W_FINDING_CLOCK_BACK},
	    {"guard-missing", W_FINDING_GUARD_MISSING},
	    {"restarted-by-force", W_FINDING_RESTARTED},
	};
	const struct json *each;
	size_t i;

	for (each = first_of(status, "findings"); each; each = each->next) {
		for (i = 0; i < ARRAY_SIZE(findings); i++)
			if (text_equal(each->text, findings[i].code))
				break;
		cli_say(c, i < ARRAY_SIZE(findings) ? findings[i].word : W_FINDING_OTHER,
			each->text, NULL);
	}
}

static void show_brief(struct cli *c, const struct json *status)
{
	cli_say(c, truth(status, "protected") ? W_PROTECTED : W_OPEN, NULL, NULL);
	cli_say(c, W_NOT_YOURS, NULL, NULL);
}

static void show_full(struct cli *c, const struct json *status)
{
	const char *owner = json_text(json_get(status, "owner"), "name");
	const char *server = json_text(status, "server");

	if (truth(status, "tampered")) {
		cli_say(c, W_TAMPERED, NULL, NULL);
		return;
	}
	show_device_state(c, status);
	show_protection(c, status);
	show_why(c, status);
	if (truth(status, "protected"))
		show_prompt(c, status, false);
	show_packages(c, status);
	show_findings(c, status);
	if (owner)
		cli_say(c,
			json_text(json_get(status, "session"), "ended") ? W_OWNER_BEFORE : W_OWNER,
			owner, NULL);
	if (server)
		cli_say(c, W_SERVER, server,
			words(&c->arena, c->language,
			      truth(status, "online") ? W_CONNECTED : W_DISCONNECTED, NULL, NULL));
	if (codes_left(status) > 0)
		cli_say(c, W_OFFLINE_LEFT, arena_printf(&c->arena, "%d", (int)codes_left(status)),
			NULL);
	if (text_equal(json_text(status, "device_state"), "unbound"))
		return;
	show_removal(c, json_get(status, "removal"));
	if (!show_signed_out(c, status) || is_waiting(json_get(status, "kept")))
		show_request(c, status);
}

static void print_json(const struct json *status)
{
	AUTO(buf_done) struct buf text = {0};
	struct json_writer w = {.out = &text};
	const struct json *member;

	json_object(&w, NULL);
	for (member = status->first; member; member = member->next)
		if (!text_equal(member->key, "ok"))
			json_put_json(&w, member->key, member);
	json_object_end(&w);
	(void)puts(text.data);
}

enum cli_status run_status(struct cli *c)
{
	const struct json *status;
	enum cli_status end;

	if (!cli_ask(c, "{\"cmd\":\"status\"}", &status, &end))
		return end;
	if (!cli_ok(status))
		return cli_refused(c, status);
	if (c->json)
		print_json(status);
	else if (!truth(status, "enrolled"))
		cli_say(c, W_NOT_ENROLLED, NULL, NULL);
	else if (!json_get(status, "online"))
		show_brief(c, status);
	else
		show_full(c, status);
	return CLI_DONE;
}
