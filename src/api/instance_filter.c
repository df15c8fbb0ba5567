#include <string.h>

#include "base/text.h"
#include "api/instance.h"
#include "store/delegation.h"
#include "store/task.h"
#include "web/language.h"

#define MAX_STATUS_TEXT 64

static const char *const effects[] = {"none", "unused", "used", "lapsed", "cancelled", NULL};
static const char *const channels[] = {"console", "dingtalk", "api", "client",
				       "system",  "release",  NULL};
static const char *const deliveries[] = {"none",    "queued", "submitted", "failed",
					 "closing", "closed", NULL};
static const char *const orders[] = {"newest", "oldest", NULL};
static const char *const formats[] = {"csv", "jsonl", NULL};
static const char *const waits[] = {"me", NULL};

#define AT(member) offsetof(struct instance_query, member)
#define FILTERS                                                                                    \
	{"status",                                                                                 \
	 JSON_FIELD_TEXT,                                                                          \
	 AT(status),                                                                               \
	 .max = MAX_STATUS_TEXT,                                                                   \
	 .doc = "one of pending, approved, rejected, revoked and expired, or several with commas", \
	 .example = "pending,approved"},                                                           \
	    {"effect", JSON_FIELD_TEXT, AT(effect), .words = effects},                             \
	    {"template", JSON_FIELD_TEXT, AT(template), .max = 64, .example = "app_uninstall"},    \
	    {"workflow", JSON_FIELD_TEXT, AT(workflow), .format = JSON_ID},                        \
	    {"applicant", JSON_FIELD_TEXT, AT(applicant), .format = JSON_ID,                       \
	     .doc = "a user's id"},                                                                \
	    {"department", JSON_FIELD_TEXT, AT(department), .format = JSON_ID,                     \
	     .doc = "where the applicant was at the filing, or above that"},                       \
	    {"device", JSON_FIELD_TEXT, AT(device), .format = JSON_ID},                            \
	    {"package", JSON_FIELD_TEXT, AT(package), .max = 128, .example = "holdfast-client"},   \
	    {"channel", JSON_FIELD_TEXT, AT(channel), .words = channels,                           \
	     .doc = "by which it was decided"},                                                    \
	    {"delivery", JSON_FIELD_TEXT, AT(delivery), .words = deliveries},                      \
	    {"waiting_for", JSON_FIELD_TEXT, AT(waiting_for), .words = waits,                      \
	     .doc = "whose turn it is, or whose delegate's, of those approved level by level"},    \
	    {"from", JSON_FIELD_I64, AT(from), .max = INT64_MAX,                                   \
	     .doc = "filed at this time or later; UTC milliseconds"},                              \
	    {"to", JSON_FIELD_I64, AT(to), .max = INT64_MAX, .doc = "filed before this time"},     \
	    {"decided_from", JSON_FIELD_I64, AT(decided_from), .max = INT64_MAX},                  \
	    {"decided_to", JSON_FIELD_I64, AT(decided_to), .max = INT64_MAX},                      \
	{                                                                                          \
		"search", JSON_FIELD_TEXT, AT(search),                                             \
		    .max = STORE_SEARCH_MAX,                                                       \
		    .doc = "anywhere in number, reason, applicant, device or package; one "        \
			   "character: where one of them begins",                                  \
		    .example = "报废"                                                            \
	}
#define ORDER                                                                          \
	{                                                                              \
		"order", JSON_FIELD_TEXT, AT(order),                                   \
		    .words = orders, .doc = "newest (filed last) first, if not oldest" \
	}

const struct json_field instance_list_query[] = {FILTERS, ORDER, {0}};
const struct json_field instance_count_query[] = {FILTERS, {0}};
const struct json_field instance_export_query[] = {
    FILTERS,
    ORDER,
    {"format", JSON_FIELD_TEXT, AT(format), .words = formats, .doc = "csv, if not jsonl"},
    {"lang", JSON_FIELD_TEXT, AT(lang), .words = language_words,
     .doc = "of the CSV's titles and words, before Accept-Language"},
    {0}};

static bool read_statuses(struct request *r, const char *text, unsigned *out, struct err *e)
{
	struct json_list words = request_split(r, text, ",");
	enum instance_status status;

	for (size_t i = 0; i < words.count; i++) {
		const char *word = ((const char **)words.items)[i];

		if (!instance_status_from(word, &status))
			return err_set(e, ERR_INVALID, "status: there is no status %s", word);
		*out |= 1U << status;
	}
	return true;
}

static bool is_in(const char *const *all, size_t count, const char *one)
{
	for (size_t i = 0; i < count; i++) {
		if (text_equal(all[i], one))
			return true;
	}
	return false;
}

/* The caller, and whoever has delegated to somebody of these. */
static bool read_waiting(struct request *r, struct store_instance_filter *out, struct err *e)
{
	struct store_delegation *delegations;
	const char **accounts;
	size_t count, n = 1;

	if (r->caller.account == NULL)
		return err_set(e, ERR_INVALID,
			       "waiting_for: nothing waits for a token that belongs to no account");
	if (!store_delegation_at(r->db, r->arena, r->now_ms, &delegations, &count, e))
		return false;
	accounts = arena_array(r->arena, count + 1, sizeof(*accounts));
	accounts[0] = r->caller.account;
	for (size_t before = 0; before < n;) {
		before = n;
		for (size_t i = 0; i < count; i++) {
			if (is_in(accounts, n, delegations[i].delegate) &&
			    !is_in(accounts, n, delegations[i].account))
				accounts[n++] = delegations[i].account;
		}
	}
	out->waiting = accounts;
	out->waiting_count = n;
	out->scope.count = 0; /* as in instance_seen */
	return true;
}

static bool read_search(struct request *r, const char *text, struct store_instance_filter *out,
			struct err *e)
{
	out->search = search_fold(r->arena, text_trim(arena_dup(r->arena, text)));
	return *out->search != '\0' ||
	       err_set(e, ERR_INVALID, "search: needs a character to look for");
}

struct store_scope instance_scope(const struct request *r)
{
	return (struct store_scope){r->caller.departments, r->caller.department_count};
}

bool instance_filter(struct request *r, struct instance_query *q, struct store_instance_filter *out,
		     struct err *e)
{
	*q = (struct instance_query){0};
	if (!request_query(r, q, e))
		return false;
	*out = (struct store_instance_filter){.effect = q->effect,
					      .template = q->template,
					      .workflow = q->workflow,
					      .package = q->package,
					      .channel = q->channel,
					      .delivery = q->delivery,
					      .person = q->applicant,
					      .device = q->device,
					      .department = q->department,
					      .from_ms = q->from,
					      .to_ms = q->to,
					      .decided_from_ms = q->decided_from,
					      .decided_to_ms = q->decided_to,
					      .scope = instance_scope(r)};
	return (q->status == NULL || read_statuses(r, q->status, &out->statuses, e)) &&
	       (q->waiting_for == NULL || read_waiting(r, out, e)) &&
	       (q->search == NULL || read_search(r, q->search, out, e));
}

bool instance_seen(struct request *r, const char *id, struct err *e)
{
	struct store_scope scope = instance_scope(r);
	bool visible;

	if (!store_instance_visible(r->db, r->arena, id, &scope, &visible, e))
		return false;
	/* Who is asked sees what he is asked about. */
	if (!visible && r->caller.account != NULL &&
	    !store_task_concerns(r->db, id, r->caller.account, r->now_ms, &visible, e))
		return false;
	return visible || err_set(e, ERR_NOT_FOUND, "There is no request with this id.");
}
