#include "session/news.h"

#include "base/text.h"

static bool is_object(const struct json *node)
{
	return node && node->type == JSON_OBJECT;
}

static const char *plain(struct arena *a, const struct json *object, const char *member)
{
	const char *text = text_some(json_text(object, member));

	return text ? text_plain(a, text, false) : NULL;
}

static const char *plain_or(struct arena *a, const struct json *object, const char *member,
			    const char *otherwise)
{
	const char *text = plain(a, object, member);

	return text ? text : otherwise;
}

/* It becomes a line of a file. */
static const char *key(struct arena *a, const struct json *object, const char *state)
{
	const char *id = json_text(object, "id");
	const char *p;

	for (p = id ? id : ""; *p; p++)
		if (!(*p == '-' || (*p >= '0' && *p <= '9') || (*p >= 'a' && *p <= 'z')))
			return state;
	return arena_printf(a, "%s:%s", id ? id : "", state);
}

static void take_grant(struct arena *a, const struct json *status, const struct json *instance,
		       struct news *out)
{
	const struct json *grant = json_get(status, "grant");
	const struct json *decision = json_get(instance, "decision");
	bool ours = text_equal(json_text(instance, "number"), json_text(grant, "number")) &&
		    text_equal(json_text(instance, "status"), "approved");

	out->kind = ours ? NEWS_APPROVED : NEWS_ALLOWED;
	out->key = key(a, grant, "granted");
	out->number = plain_or(a, grant, "number", "");
	out->package = plain_or(a, grant, "package", "");
	(void)json_i64(grant, "exp", &out->until_ms);
	if (ours) {
		out->who = plain(a, decision, "who");
		out->comment = plain(a, decision, "comment");
	}
}

static void take_instance(struct arena *a, const struct json *instance, struct news *out)
{
	static const struct {
		const char *status;
		enum news_kind kind;
	} ends[] = {
	    {"rejected", NEWS_REJECTED}, {"revoked", NEWS_WITHDRAWN}, {"expired", NEWS_EXPIRED}};
	const char *state = json_text(instance, "status");
	const struct json *decision = json_get(instance, "decision");
	const struct json *revoked = json_get(instance, "revoked");
	size_t i;

	for (i = 0; i < ARRAY_SIZE(ends); i++)
		if (text_equal(state, ends[i].status))
			out->kind = ends[i].kind;
	out->who = plain(a, decision, "who");
	out->comment = plain(a, decision, "comment");
	if (text_equal(state, "approved") && is_object(revoked)) {
		out->kind = NEWS_TAKEN_BACK;
		out->who = NULL;
		out->comment = plain(a, revoked, "why");
		state = "taken-back";
	}
	if (out->kind == NEWS_NONE)
		return;
	out->key = key(a, instance, state);
	out->number = plain_or(a, instance, "number", "");
	out->package = plain_or(a, instance, "package", "");
}

static void take_kept(struct arena *a, const struct json *kept, struct news *out)
{
	out->kind = NEWS_NOT_ACCEPTED;
	out->key = key(a, kept, "not-accepted");
	out->number = "";
	out->package = plain_or(a, kept, "package", "");
	out->comment = plain(a, kept, "refused_text");
}

void news_read(struct arena *a, const struct json *status, struct news *out)
{
	const struct json *kept = json_get(status, "kept");
	const struct json *instance = json_get(status, "instance");

	*out = (struct news){.kind = NEWS_NONE};
	if (is_object(kept)) {
		if (json_text(kept, "refused_code"))
			take_kept(a, kept, out);
	} else if (is_object(json_get(status, "grant"))) {
		take_grant(a, status, instance, out);
	} else if (is_object(instance)) {
		take_instance(a, instance, out);
	}
}
