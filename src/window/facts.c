#include "window/facts.h"

#include "base/buf.h"
#include "base/text.h"

static bool truth(const struct json *object, const char *key)
{
	bool value = false;

	return json_bool(object, key, &value) && value;
}

static int64_t number(const struct json *object, const char *key, int64_t otherwise)
{
	int64_t value = otherwise;

	(void)json_i64(object, key, &value);
	return value;
}

/* NULL when absent or empty: what is empty is not shown. */
static const char *plain(struct arena *a, const struct json *object, const char *key, bool lines)
{
	const char *text = text_some(json_text(object, key));

	return text ? text_plain(a, text, lines) : NULL;
}

static const char *line(struct arena *a, const struct json *object, const char *key)
{
	return plain(a, object, key, false);
}

static void read_prompt(struct arena *a, const struct json *prompt, struct facts_prompt *out)
{
	out->title = line(a, prompt, "title");
	out->content = plain(a, prompt, "content", true);
	out->primary = line(a, prompt, "primary");
	out->secondary = line(a, prompt, "secondary");
}

static void read_login(struct arena *a, const struct json *login, struct facts_login *out)
{
	const char *state = json_text(login, "state");

	if (text_equal(state, "waiting") && json_text(login, "url"))
		out->state = LOGIN_WAITING;
	else if (text_equal(state, "failed"))
		out->state = LOGIN_FAILED;
	out->url = line(a, login, "url");
	out->user_code = line(a, login, "user_code");
	out->expires_ms = number(login, "expires_ms", 0);
	out->code = line(a, login, "code");
	out->text = line(a, login, "text");
	out->reason = line(a, login, "reason");
}

static void read_kept(struct arena *a, const struct json *kept, struct facts_kept *out)
{
	out->id = line(a, kept, "id");
	out->reason = plain(a, kept, "reason", true);
	out->package = line(a, kept, "package");
	out->at_ms = number(kept, "at_ms", 0);
	out->refused_code = line(a, kept, "refused_code");
	out->refused_text = line(a, kept, "refused_text");
}

static const char *names(struct arena *a, const struct json *list)
{
	AUTO(buf_done) struct buf out = {0};
	const struct json *name = list && list->type == JSON_ARRAY ? list->first : NULL;

	for (; name; name = name->next)
		if (name->type == JSON_TEXT)
			buf_printf(&out, "%s%s", out.len ? ", " : "",
				   text_plain(a, name->text, false));
	return arena_dup(a, out.data);
}

static void read_request(struct arena *a, const struct json *instance, struct facts_request *out)
{
	const struct json *decision = json_get(instance, "decision");

	out->number = line(a, instance, "number");
	out->status = line(a, instance, "status");
	out->package = line(a, instance, "package");
	out->reason = plain(a, instance, "reason", true);
	out->delivery = line(a, instance, "delivery");
	out->created_ms = number(instance, "created_ms", 0);
	out->expires_ms = number(instance, "expires_ms", 0);
	out->pending_with = names(a, json_get(instance, "pending_with"));
	out->who = line(a, decision, "who");
	out->comment = plain(a, decision, "comment", true);
	out->decided_ms = number(decision, "at_ms", 0);
	out->revoked_why = line(a, json_get(instance, "revoked"), "why");
}

static void read_packages(struct arena *a, const struct json *list, struct facts *out)
{
	const struct json *item = list && list->type == JSON_ARRAY ? list->first : NULL;

	out->packages[out->package_count++] =
	    (struct facts_package){.name = CLIENT_PACKAGE, .installed = true};
	for (; item && out->package_count < FACTS_MAX_PACKAGES; item = item->next) {
		const char *name = line(a, item, "package");

		if (name && !text_equal(name, CLIENT_PACKAGE))
			out->packages[out->package_count++] = (struct facts_package){
			    .name = name, .installed = truth(item, "installed")};
	}
}

static void read_findings(struct arena *a, const struct json *list, struct facts *out)
{
	const struct json *item = list && list->type == JSON_ARRAY ? list->first : NULL;

	for (; item && out->finding_count < FACTS_MAX_FINDINGS; item = item->next)
		if (item->type == JSON_TEXT)
			out->findings[out->finding_count++] = text_plain(a, item->text, false);
}

void facts_read(struct arena *a, const struct json *status, const char *language, struct facts *out)
{
	const struct json *removal = json_get(status, "removal");
	const struct json *grant = json_get(status, "grant");

	*out = (struct facts){.enrolled = truth(status, "enrolled"),
			      .is_protected = truth(status, "protected"),
			      .pending = truth(status, "pending"),
			      .full = json_get(status, "online"),
			      .online = truth(status, "online"),
			      .tampered = truth(status, "tampered"),
			      .covered = truth(status, "covered"),
			      .filing = truth(status, "filing"),
			      .stays_signed_in = truth(status, "anti_logoff"),
			      .server = line(a, status, "server"),
			      .owner = line(a, json_get(status, "owner"), "name"),
			      .mode = line(a, status, "mode"),
			      .why = line(a, status, "why"),
			      .contact = line(a, status, "contact"),
			      .device_state = line(a, status, "device_state"),
			      .session_ended = line(a, json_get(status, "session"), "ended"),
			      .filings_left = number(status, "filings_left", -1)};
	read_prompt(a, json_get(json_get(status, "prompt"), language), &out->prompt);
	read_login(a, json_get(status, "login"), &out->login);
	read_kept(a, json_get(status, "kept"), &out->kept);
	read_request(a, json_get(status, "instance"), &out->request);
	out->grant.id = line(a, grant, "id");
	out->grant.number = line(a, grant, "number");
	out->grant.package = line(a, grant, "package");
	out->grant.exp_ms = number(grant, "exp", 0);
	out->removal.package = line(a, removal, "package");
	out->removal.state = line(a, removal, "state");
	out->removal.step = line(a, removal, "step");
	out->removal.text = plain(a, removal, "text", true);
	read_packages(a, json_get(status, "packages"), out);
	read_findings(a, json_get(status, "findings"), out);
}
