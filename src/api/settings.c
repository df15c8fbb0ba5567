/* The organisation's settings. What a change does not name stays as it is. */
#include <string.h>

#include "base/text.h"
#include "flow/proposal.h"
#include "flow/record.h"
#include "flow/release.h"
#include "flow/silence.h"
#include "model/alarm.h"
#include "model/notice.h"
#include "model/release.h"
#include "model/webhook.h"
#include "api/account.h"
#include "api/policy.h"
#include "web/request.h"
#include "api/routes.h"
#include "store/note.h"
#include "store/setting.h"

#define MAX_BODY 8192
#define MAX_ROLES 4
#define MAX_ORGANISATION 60

struct settings {
	const char *language, *organisation_name;
	int64_t release_threshold;
	const char *policy_second_person;
	int64_t policy_threshold, silent_hours;
	struct json_list webhook_networks, totp_roles;
	const struct policy_proposed *proposal; /* what a change has become, or NULL */
};

#define SETTINGS                                                                                   \
	{"language", JSON_FIELD_TEXT, offsetof(struct settings, language),                         \
	 .words = language_names, .doc = "of what Holdfast writes into DingTalk"},                 \
	    {"organisation_name",                                                                  \
	     JSON_FIELD_TEXT,                                                                      \
	     offsetof(struct settings, organisation_name),                                         \
	     .max = MAX_ORGANISATION,                                                              \
	     .example = "示例科技",                                                                \
	     .doc = "as people are shown it on pages and in prompts; empty: none is shown"},       \
	    {"release_threshold",                                                                  \
	     JSON_FIELD_I64,                                                                       \
	     offsetof(struct settings, release_threshold),                                         \
	     .max = RELEASE_MAX_THRESHOLD,                                                         \
	     .example = "20",                                                                      \
	     .doc = "devices that one person may release without a second one who confirms"},      \
	    {"policy_second_person", JSON_FIELD_TEXT,                                              \
	     offsetof(struct settings, policy_second_person), .words = policy_second_rules,        \
	     .doc = "weakening: a second administrator confirms what weakens the policy"},         \
	    {"policy_threshold",                                                                   \
	     JSON_FIELD_I64,                                                                       \
	     offsetof(struct settings, policy_threshold),                                          \
	     .max = POLICY_SECOND_MAX_THRESHOLD,                                                   \
	     .example = "20",                                                                      \
	     .doc = "people put on the whitelist, or devices no longer covered, in 24 hours "      \
		    "without one"},                                                                \
	    {"silent_hours",                                                                       \
	     JSON_FIELD_I64,                                                                       \
	     offsetof(struct settings, silent_hours),                                              \
	     .max = ALARM_SILENT_MAX_HOURS,                                                        \
	     .example = "24",                                                                      \
	     .doc = "until the silence of a device that did not say goodbye is an alarm; 0: "      \
		    "never"},                                                                      \
	    {"totp_roles",                                                                         \
	     JSON_FIELD_ARRAY,                                                                     \
	     offsetof(struct settings, totp_roles),                                                \
	     .max = MAX_ROLES,                                                                     \
	     .words = account_roles,                                                               \
	     .example = "owner",                                                                   \
	     .doc = "who must have a second factor to do more than set one up"},                   \
	{                                                                                          \
		"webhook_networks", JSON_FIELD_ARRAY, offsetof(struct settings, webhook_networks), \
		    .max = WEBHOOK_MAX_NETWORKS, .example = "10.20.0.0/16",                        \
		    .doc = "networks inside that webhooks may go to; without them only the "       \
			   "public internet"                                                       \
	}

static const struct json_field settings_json[] = {SETTINGS, {0}};
static const struct json_field shown_json[] = {
    SETTINGS,
    {"proposal", JSON_FIELD_POINTER, offsetof(struct settings, proposal),
     .fields = policy_proposed_json, .size = sizeof(struct policy_proposed), .omit = true,
     .doc = "the change waits for a second administrator; absent: it does not"},
    {0}};

static bool text_of(struct request *r, const char *name, const char *otherwise, const char **out,
		    struct err *e)
{
	if (!store_setting_get(r->db, r->arena, name, out, e))
		return false;
	if (*out == NULL)
		*out = otherwise;
	return true;
}

static bool version_of(struct request *r, int64_t *out, struct err *e)
{
	const char *text;

	*out = 0;
	return text_of(r, SETTING_VERSION, "0", &text, e) &&
	       (text_i64(text, 0, INT64_MAX, out) ||
		err_set(e, ERR_INTERNAL, "the settings' version is no number"));
}

static bool load(struct request *r, struct settings *out, struct err *e)
{
	struct flow f = request_flow(r);
	const char *networks, *roles;

	if (!text_of(r, SETTING_LANGUAGE, language_names[LANGUAGE_ZH], &out->language, e) ||
	    !text_of(r, SETTING_ORGANISATION, "", &out->organisation_name, e) ||
	    !flow_release_threshold(&f, &out->release_threshold, e) ||
	    !flow_silence_hours(&f, &out->silent_hours, e) ||
	    !flow_policy_rule(&f, &out->policy_second_person, &out->policy_threshold, e) ||
	    !text_of(r, SETTING_WEBHOOK_NETWORKS, "", &networks, e) ||
	    !text_of(r, SETTING_TOTP_ROLES, "", &roles, e))
		return false;
	out->proposal = NULL;
	out->totp_roles = request_split(r, roles, " ");
	out->webhook_networks = request_split(r, networks, " ");
	return true;
}

static bool settings_read(struct request *r, struct err *e)
{
	struct settings now;
	int64_t version;

	if (!load(r, &now, e) || !version_of(r, &version, e))
		return false;
	request_etag(r, version);
	request_answer(r, &now);
	return true;
}

/* Each is one word, and together they are what model/webhook.h reads. */
static bool networks_join(struct request *r, const struct json_list *list, const char **out,
			  struct err *e)
{
	const char *const *items = list->items;
	struct webhook_networks checked;

	*out = "";
	for (size_t i = 0; i < list->count; i++) {
		if (*items[i] == '\0' || strchr(items[i], ' ') != NULL)
			return err_set(e, ERR_UNPROCESSABLE, "webhook_networks[%zu]: no network",
				       i);
		*out = arena_printf(r->arena, "%s%s%s", *out, i > 0 ? " " : "", items[i]);
	}
	return webhook_networks_read(*out, &checked, e) || err_add(e, "webhook_networks");
}

static const char *roles_join(struct request *r, const struct json_list *list)
{
	const char *const *items = list->items, *all = "";

	for (size_t i = 0; i < list->count; i++)
		all = arena_printf(r->arena, "%s%s%s", all, i > 0 ? " " : "", items[i]);
	return all;
}

/* The rules of two persons, and that of the second factor, are not for those whom they bind to change. */
static bool may_change(struct request *r, const struct settings *from, const struct settings *to,
		       struct err *e)
{
	if (r->caller.role == ROLE_OWNER)
		return true;
	if (from->release_threshold != to->release_threshold)
		return err_set(e, ERR_FORBIDDEN, "release_threshold: only an owner may change it.");
	if (!text_equal(from->policy_second_person, to->policy_second_person) ||
	    from->policy_threshold != to->policy_threshold)
		return err_set(e, ERR_FORBIDDEN,
			       "policy_second_person, policy_threshold: only an owner may change "
			       "them.");
	return text_equal(roles_join(r, &from->totp_roles), roles_join(r, &to->totp_roles)) ||
	       err_set(e, ERR_FORBIDDEN, "totp_roles: only an owner may change them.");
}

static bool record(struct request *r, const struct settings *to, const char *networks,
		   struct err *e)
{
	struct flow f = request_flow(r);
	const char *roles = roles_join(r, &to->totp_roles);

	return flow_event(
	    &f,
	    &(struct flow_event){
		.kind = "settings-changed",
		.object = "settings",
		.text = arena_printf(
		    r->arena,
		    "language %s, organisation %s, release threshold %lld, second person for the "
		    "policy: %s above %lld, silent after %lld hours, networks for webhooks: %s, "
		    "second factor for: %s",
		    to->language,
		    *to->organisation_name == '\0' ? "unnamed" : to->organisation_name,
		    (long long)to->release_threshold, to->policy_second_person,
		    (long long)to->policy_threshold, (long long)to->silent_hours,
		    *networks == '\0' ? "none" : networks, *roles == '\0' ? "nobody" : roles)},
	    e);
}

static bool number_set(struct request *r, const char *name, int64_t value, struct err *e)
{
	return store_setting_set(r->db, name, arena_printf(r->arena, "%lld", (long long)value), e);
}

static bool store(struct request *r, const struct settings *to, int64_t version, struct err *e)
{
	const char *networks;

	return networks_join(r, &to->webhook_networks, &networks, e) &&
	       store_setting_set(r->db, SETTING_LANGUAGE, to->language, e) &&
	       store_setting_set(r->db, SETTING_ORGANISATION, to->organisation_name, e) &&
	       number_set(r, SETTING_RELEASE_THRESHOLD, to->release_threshold, e) &&
	       store_setting_set(r->db, SETTING_POLICY_SECOND, to->policy_second_person, e) &&
	       number_set(r, SETTING_POLICY_THRESHOLD, to->policy_threshold, e) &&
	       number_set(r, SETTING_SILENT_HOURS, to->silent_hours, e) &&
	       store_setting_set(r->db, SETTING_WEBHOOK_NETWORKS, networks, e) &&
	       store_setting_set(r->db, SETTING_TOTP_ROLES, roles_join(r, &to->totp_roles), e) &&
	       number_set(r, SETTING_VERSION, version, e) && record(r, to, networks, e);
}

static bool same(const struct settings *a, const struct settings *b)
{
	AUTO(buf_done) struct buf one = {0}, two = {0};
	struct json_writer first = {.out = &one}, second = {.out = &two};

	json_write(&first, NULL, settings_json, a);
	json_write(&second, NULL, settings_json, b);
	return one.len == two.len && memcmp(one.data, two.data, one.len) == 0;
}

/* Statements carry it. */
static bool organisation_changes(struct request *r, const char *from, const char **to,
				 struct err *e)
{
	*to = text_trim(arena_dup(r->arena, *to));
	if (!text_equal(*to, text_plain(r->arena, *to, false)))
		return err_set(e, ERR_UNPROCESSABLE,
			       "organisation_name: must not hold control characters or such that "
			       "turn the direction of text");
	if (!text_equal(from, *to))
		db_note(r->db, NOTE_POLICY, POLICY_ALONE);
	return true;
}

static struct flow_guard guard_of(const struct settings *s)
{
	return (struct flow_guard){s->policy_second_person, s->policy_threshold,
				   s->release_threshold};
}

/* What lets one person do more waits for another; it is changed by itself, so that nothing is half done. */
static bool guard_changes(struct request *r, const struct settings *from, const struct settings *to,
			  const char **proposal, struct err *e)
{
	const struct party by = {r->caller.account, r->caller.person};
	const struct flow_guard now = guard_of(from), wanted = guard_of(to);
	struct settings others = *to;
	struct flow f = request_flow(r);

	if (!flow_guard_change(&f, &by, &now, &wanted, proposal, e))
		return false;
	if (*proposal == NULL)
		return true;
	others.policy_second_person = from->policy_second_person;
	others.policy_threshold = from->policy_threshold;
	others.release_threshold = from->release_threshold;
	return same(from, &others) ||
	       err_set(e, ERR_UNPROCESSABLE,
		       "policy_second_person, policy_threshold, release_threshold: a second "
		       "administrator has to confirm that; change the other settings by "
		       "themselves.");
}

static bool answer_proposed(struct request *r, const struct settings *now, int64_t version,
			    const char *proposal, struct err *e)
{
	struct settings shown = *now;

	if (!policy_proposed(r, proposal, &shown.proposal, e))
		return false;
	request_etag(r, version);
	request_answer(r, &shown);
	return true;
}

static bool settings_change(struct request *r, struct err *e)
{
	struct settings from, to;
	const char *proposal;
	int64_t version;

	if (!store_setting_lock(r->db, SETTING_VERSION, e) || !load(r, &from, e) ||
	    !version_of(r, &version, e) || !request_if_match(r, version, e))
		return false;
	to = from;
	if (!request_read(r, &to, e) || !may_change(r, &from, &to, e) ||
	    !organisation_changes(r, from.organisation_name, &to.organisation_name, e) ||
	    !guard_changes(r, &from, &to, &proposal, e))
		return false;
	if (proposal != NULL)
		return answer_proposed(r, &from, version, proposal, e);
	return store(r, &to, version + 1, e) && settings_read(r, e);
}

static const struct http_route routes[] = {
    {HTTP_GET, "/api/v1/settings",
     ROUTE(ROLES_ALL, ROUTE_READ, settings_read,
	   DOC("getSettings", "The organisation's settings", .out = shown_json, .noun = "Settings",
	       .etag = true))},
    {HTTP_PUT, "/api/v1/settings", MAX_BODY,
     ROUTE(ROLES_CHANGE, ROUTE_WRITE, settings_change,
	   DOC("changeSettings", "Change the settings that the body names", .in = settings_json,
	       .waits = "A second administrator has to confirm it: `proposal`; the settings are as "
			"they were",
	       .out = shown_json, .noun = "Settings", .etag = true,
	       .errors = ERROR(ERR_UNPROCESSABLE) | ERROR(ERR_CONFLICT)))},
};

const struct route_table settings_routes = ROUTE_TABLE(routes);
