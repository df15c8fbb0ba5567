/* Devices, as an administrator sees them. */
#include "api/device.h"

#include "api/instance.h"
#include "api/routes.h"
#include "base/text.h"
#include "crypto/crypto.h"
#include "flow/snapshots.h"
#include "flow/statement.h"
#include "grant/offline.h"
#include "store/device_history.h"
#include "web/presence.h"
#include "web/server.h"
#include "web/language.h"

#define MAX_BODY 8192
#define MAX_BULK 32768
#define MAX_HISTORY 100 /* owners, states, in an answer */
#define DEVICE_SHOWN_STATES 8

const char *const device_states[] = {"online",
				     "offline",
				     "long-offline",
				     STORE_DEVICE_LOST,
				     STORE_DEVICE_UNBOUND,
				     STORE_DEVICE_UNINSTALLED,
				     STORE_DEVICE_REMOVED,
				     STORE_DEVICE_PRESUMED,
				     NULL};

/* --- how one is shown --- */

#define STORED(member) offsetof(struct device_view, stored.member)

static const struct json_field owner_json[] = {
    {"id", JSON_FIELD_TEXT, STORED(owner), .format = JSON_ID},
    {"name", JSON_FIELD_TEXT, STORED(owner_name), .example = "李华"},
    {"department", JSON_FIELD_TEXT, STORED(owner_department), .nullable = true,
     .doc = "the main one's name", .example = "研发部"},
    {"source", JSON_FIELD_TEXT, STORED(owner_source), .format = JSON_ID},
    {"source_name", JSON_FIELD_TEXT, STORED(owner_source_name), .example = "示例科技"},
    {"departed", JSON_FIELD_BOOL, STORED(owner_departed)},
    {0}};

static const struct json_field coverage_json[] = {
    {"covered", JSON_FIELD_BOOL, offsetof(struct device_view, covered),
     .doc = "by the policy's scope and whitelist, whatever its mode"},
    {"why", JSON_FIELD_TEXT, offsetof(struct device_view, why), .says = "coverage",
     .example = "group 研发部"},
    {0}};

static const struct json_field statement_json[] = {
    {"counter", JSON_FIELD_I64, STORED(statement_counter), .nullable = true,
     .doc = "of the newest that it is known to have been sent"},
    {"held", JSON_FIELD_I64, offsetof(struct device_view, held_counter), .nullable = true,
     .doc = "the counter of the one that the device has"},
    {"newest", JSON_FIELD_BOOL, offsetof(struct device_view, newest),
     .doc = "the device has what holds for it now"},
    {0}};

static const struct json_field session_json[] = {
    {"signed_in", JSON_FIELD_BOOL, offsetof(struct device_view, signed_in)},
    {"end", JSON_FIELD_TEXT, STORED(session_end), .omit = true, .doc = "why not",
     .example = "signed-out"},
    {"ended_ms", JSON_FIELD_I64, STORED(session_ended_ms), .omit = true},
    {0}};

static const struct json_field held_json[] = {
    {"id", JSON_FIELD_TEXT, STORED(held_for), .format = JSON_ID},
    {"name", JSON_FIELD_TEXT, STORED(held_for_name), .example = "王芳"},
    {"since_ms", JSON_FIELD_I64, STORED(held_ms)},
    {"waiting", JSON_FIELD_BOOL, offsetof(struct device_view, waiting),
     .doc = "for an administrator to confirm that the owner's own coverage counts"},
    {0}};

#define LISTED                                                                                       \
	{"id", JSON_FIELD_TEXT, STORED(id), .format = JSON_ID},                                      \
	    {"name", JSON_FIELD_TEXT, STORED(name), .example = "hua-laptop"},                        \
	    {"os", JSON_FIELD_TEXT, STORED(os), .example = "Debian GNU/Linux 12"},                   \
	    {"macs", JSON_FIELD_ARRAY, offsetof(struct device_view, macs),                           \
	     .example = "52:54:00:12:34:56"},                                                        \
	    {"client_version", JSON_FIELD_TEXT, STORED(client_version), .example = "0.1.0"},         \
	    {"build", JSON_FIELD_TEXT, STORED(build),                                                \
	     .doc = "of the client: SHA-256 of its manifest; empty: it has none",                    \
	     .example = "5d41402abc4b2a76b9719d911017c5925d41402abc4b2a76b9719d911017c592"},         \
	    {"owner", JSON_FIELD_OBJECT, .fields = owner_json,                                       \
	     .doc = "of an unbound one the last"},                                                   \
	    {"state", JSON_FIELD_TEXT, offsetof(struct device_view, state),                          \
	     .words = device_states,                                                                 \
	     .doc = "online: its client waits for news at this moment, or was heard within 90 "      \
		    "s; long-offline: not heard for 30 days"},                                       \
	    {"online", JSON_FIELD_BOOL, offsetof(struct device_view, online),                        \
	     .doc = "also of a lost or unbound one"},                                                \
	    {"coverage", JSON_FIELD_OBJECT, .fields = coverage_json},                                \
	    {"statement", JSON_FIELD_OBJECT, .fields = statement_json},                              \
	    {"session", JSON_FIELD_OBJECT, .fields = session_json},                                  \
	    {"held_for",                                                                             \
	     JSON_FIELD_POINTER,                                                                     \
	     offsetof(struct device_view, held),                                                     \
	     .fields = held_json,                                                                    \
	     .size = sizeof(struct device_view),                                                     \
	     .nullable = true,                                                                       \
	     .doc = "whose coverage counts in place of the owner's, who would be covered less"},     \
	    {"cloned_ms", JSON_FIELD_I64, STORED(cloned_ms), .nullable = true,                       \
	     .doc = "when its identity was seen on two machines"},                                   \
	    {"clone_of",        JSON_FIELD_TEXT,  STORED(clone_of),                                  \
	     .format = JSON_ID, .nullable = true, .doc = "the device whose identity it had before"}, \
	    {"key", JSON_FIELD_TEXT, offsetof(struct device_view, key),                              \
	     .doc = "thumbprint of the device's key",                                                \
	     .example = "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"},                              \
	    {"device_code", JSON_FIELD_TEXT, offsetof(struct device_view, code),                     \
	     .doc = "short, for the phone: the device shows it too", .example = "1WQQ-JW99"},        \
	    {"alarms", JSON_FIELD_I64, STORED(alarms), .doc = "open ones", .example = "0"},          \
	    {"enrolled_ms", JSON_FIELD_I64, STORED(enrolled_ms)},                                    \
	{                                                                                            \
		"last_seen_ms", JSON_FIELD_I64, offsetof(struct device_view, last_seen_ms)           \
	}

const struct json_field device_listed_json[] = {LISTED, {0}};

/* Of a detail: what a list leaves out. */
struct detail {
	struct device_view view;
	struct json_list owners; /* of struct store_device_owning */
	struct json_list states; /* of struct store_device_stay */
	struct store_device_uses uses;
	struct {
		bool unbind, lost, found, remove;
	} may;
};

static const struct json_field owning_json[] = {
    {"id", JSON_FIELD_TEXT, offsetof(struct store_device_owning, person), .format = JSON_ID},
    {"name", JSON_FIELD_TEXT, offsetof(struct store_device_owning, person_name),
     .doc = "as of then", .example = "李华"},
    {"how", JSON_FIELD_TEXT, offsetof(struct store_device_owning, how),
     .words = (const char *const[]){"enrolled", "enrolled-again", "switched", NULL}},
    {"from_ms", JSON_FIELD_I64, offsetof(struct store_device_owning, from_ms)},
    {"to_ms", JSON_FIELD_I64, offsetof(struct store_device_owning, to_ms), .nullable = true,
     .doc = "null: until now"},
    {0}};

static const struct json_field stay_json[] = {
    {"state", JSON_FIELD_TEXT, offsetof(struct store_device_stay, state),
     .doc = "active, long-offline, or one of the others", .example = "active"},
    {"at_ms", JSON_FIELD_I64, offsetof(struct store_device_stay, at_ms)},
    {"by", JSON_FIELD_TEXT, offsetof(struct store_device_stay, by), .says = "actor",
     .example = "陈安"},
    {"why", JSON_FIELD_TEXT, offsetof(struct store_device_stay, why), .says = "error",
     .doc = "what somebody entered, or what the server saw", .example = "Left in a train"},
    {0}};

static const struct json_field uses_json[] = {
    {"requests", JSON_FIELD_I64, offsetof(struct detail, uses.requests),
     .doc = "listed by instances?device="},
    {"pending", JSON_FIELD_I64, offsetof(struct detail, uses.pending)},
    {"live_grants", JSON_FIELD_I64, offsetof(struct detail, uses.live_grants)},
    {"removals", JSON_FIELD_I64, offsetof(struct detail, uses.removals),
     .doc = "listed by removals?device="},
    {0}};

static const struct json_field may_json[] = {
    {"unbind", JSON_FIELD_BOOL, offsetof(struct detail, may.unbind)},
    {"lost", JSON_FIELD_BOOL, offsetof(struct detail, may.lost)},
    {"found", JSON_FIELD_BOOL, offsetof(struct detail, may.found)},
    {"delete", JSON_FIELD_BOOL, offsetof(struct detail, may.remove)},
    {0}};

static const struct json_field detail_json[] = {
    LISTED,
    {"owners", JSON_FIELD_ARRAY, offsetof(struct detail, owners), .fields = owning_json,
     .size = sizeof(struct store_device_owning), .doc = "newest first"},
    {"states", JSON_FIELD_ARRAY, offsetof(struct detail, states), .fields = stay_json,
     .size = sizeof(struct store_device_stay), .doc = "newest first"},
    {"uses", JSON_FIELD_OBJECT, .fields = uses_json},
    {"may", JSON_FIELD_OBJECT, .fields = may_json, .doc = "what the caller may do with it now"},
    {0}};

/* Who is away is so from the moment at which that is known. */
static const char *presence_of(const struct store_device *d, const struct presence_last *here,
			       int64_t now_ms)
{
	int64_t last_ms = here->at_ms > d->last_seen_ms ? here->at_ms : d->last_seen_ms;
	bool ours = here->at_ms >= d->last_seen_ms;

	if (ours ? here->gone : d->left_ms >= d->last_seen_ms)
		return device_presence(last_ms, now_ms, 0);
	return device_presence(last_ms, now_ms, ours ? PRESENCE_ONLINE_MS : PRESENCE_STORED_MS);
}

static struct presence_last here(const struct request *r, const struct store_device *d)
{
	return presence_last(r->server->presence, d->id);
}

static const char *state_of(const struct store_device *d, const char *presence)
{
	return text_equal(d->state, STORE_DEVICE_ACTIVE) ? presence : d->state;
}

/* What it said last has the word. */
static bool has_newest(const struct flow_rules *rules, const struct store_device *d,
		       const struct presence_last *seen)
{
	bool here = seen->held >= d->held_counter && seen->at_ms > 0;
	char basis[FLOW_BASIS_SIZE];

	flow_statement_basis(rules, d, basis);
	return text_equal(basis, here ? seen->basis : d->held_basis);
}

void device_view(struct request *r, const struct flow_rules *rules, const struct store_device *d,
		 struct device_view *out)
{
	struct presence_last seen = here(r, d);
	const char *presence = presence_of(d, &seen, r->now_ms);
	struct coverage coverage = flow_device_coverage(rules->snapshot, d);
	char key[CRYPTO_THUMBPRINT_SIZE], code[OFFLINE_DEVICE_CODE_SIZE];

	crypto_thumbprint(d->key, key);
	offline_device_code(d->id, code);
	*out = (struct device_view){
	    .stored = *d,
	    .state = state_of(d, presence),
	    .key = arena_dup(r->arena, key),
	    .code = arena_dup(r->arena, code),
	    .why = arena_dup(r->arena, coverage.why),
	    .macs = request_split(r, d->macs, ","),
	    .last_seen_ms = seen.at_ms > d->last_seen_ms ? seen.at_ms : d->last_seen_ms,
	    .held_counter = seen.held > d->held_counter ? seen.held : d->held_counter,
	    .newest = has_newest(rules, d, &seen),
	    .online = text_equal(presence, device_presences[0]),
	    .covered = coverage.covered,
	    .signed_in = *d->session_end == '\0',
	    .waiting = d->held_for != NULL && d->held_refused_ms == 0};
	out->held = d->held_for == NULL ? NULL : out;
	if (*d->session_end == '\0')
		out->stored.session_end = NULL;
}

/* --- one --- */

/* Who is limited to departments sees what belongs to people in them. */
static const char *scope_of(struct request *r)
{
	const struct store_scope scope = instance_scope(r);

	return store_scope_text(r->arena, &scope);
}

bool device_seen(struct request *r, const char *id, struct store_device *out, struct err *e)
{
	bool visible;

	if (!store_device_visible(r->db, id, scope_of(r), &visible, e))
		return false;
	if (!visible)
		return err_set(e, ERR_NOT_FOUND, "There is no device with this id.");
	return store_device_get(r->db, r->arena, id, out, e);
}

static bool may(const struct request *r, const struct store_device *d, enum device_event event)
{
	enum device_state state;

	return (r->caller.role & ROLES_CHANGE) != 0 && device_state_from(d->state, &state) &&
	       (device_step(state, event).effects & DEVICE_REFUSE) == 0;
}

static bool add_history(struct request *r, struct detail *out, struct err *e)
{
	const char *id = out->view.stored.id;
	struct store_device_owning *owners;
	struct store_device_stay *stays;
	size_t owner_count, stay_count;

	if (!store_device_owners_of(r->db, r->arena, id, MAX_HISTORY, &owners, &owner_count, e) ||
	    !store_device_stays(r->db, r->arena, id, MAX_HISTORY, &stays, &stay_count, e))
		return false;
	out->owners = (struct json_list){owners, owner_count};
	out->states = (struct json_list){stays, stay_count};
	return true;
}

bool device_answer(struct request *r, const char *id, struct err *e)
{
	const struct snapshot *snapshot;
	struct flow_rules rules;
	struct detail answer = {0};
	struct store_device d;

	if (!device_seen(r, id, &d, e))
		return false;
	snapshot = snapshots_take(r->server->snapshots);
	flow_rules_init(&rules, r->arena, r->server->signer, snapshot);
	device_view(r, &rules, &d, &answer.view);
	snapshots_give(r->server->snapshots, snapshot);
	answer.may.unbind = may(r, &d, DEVICE_UNBIND);
	answer.may.lost = may(r, &d, DEVICE_LOSE);
	answer.may.found = may(r, &d, DEVICE_FIND);
	answer.may.remove = may(r, &d, DEVICE_DELETE) && !answer.view.online;
	if (!add_history(r, &answer, e) || !store_device_uses(r->db, id, &answer.uses, e))
		return false;
	request_etag(r, d.version);
	request_answer(r, &answer);
	return true;
}

static bool device_get(struct request *r, struct err *e)
{
	return device_answer(r, r->args[0], e);
}

/* --- lists --- */

static const char *const covered_words[] = {"true", "false", NULL};
static const char *const flags[] = {"owner-departed", "cloned",  "waiting",
				    "signed-out",     "alarmed", NULL};
static const char *const sorts[] = {"enrolled", "name", "last-seen", NULL};
static const char *const orders[] = {"ascending", "descending", NULL};
static const char *const formats[] = {"csv", "jsonl", NULL};

#define AT(member) offsetof(struct device_query, member)
#define FILTERS                                                                                   \
	{"state",                                                                                 \
	 JSON_FIELD_TEXT,                                                                         \
	 AT(state),                                                                               \
	 .max = 128,                                                                              \
	 .doc = "one of online, offline, long-offline, lost, unbound, uninstalled, "              \
		"removed-without-grant and presumed-uninstalled, or several with commas",         \
	 .example = "offline,long-offline"},                                                      \
	    {"owner", JSON_FIELD_TEXT, AT(owner), .format = JSON_ID, .doc = "a user's id"},       \
	    {"department", JSON_FIELD_TEXT, AT(department), .format = JSON_ID,                    \
	     .doc = "the owner's, or one above it"},                                              \
	    {"group", JSON_FIELD_TEXT, AT(group), .format = JSON_ID,                              \
	     .doc = "a user group that the owner is in"},                                         \
	    {"source", JSON_FIELD_TEXT, AT(source), .format = JSON_ID,                            \
	     .doc = "the owner's identity source"},                                               \
	    {"covered", JSON_FIELD_TEXT, AT(covered), .words = covered_words},                    \
	    {"os",       JSON_FIELD_TEXT,         AT(os),                                         \
	     .max = 100, .doc = "anywhere in it", .example = "Debian"},                           \
	    {"client_version", JSON_FIELD_TEXT, AT(client_version), .max = 64,                    \
	     .example = "0.1.0"},                                                                 \
	    {"flag",                                                                              \
	     JSON_FIELD_TEXT,                                                                     \
	     AT(flag),                                                                            \
	     .max = 128,                                                                          \
	     .doc = "one of owner-departed, cloned, waiting (for an administrator to confirm an " \
		    "owner), signed-out and alarmed (alarms are open), or several with commas: "  \
		    "all of them",                                                                \
	     .example = "owner-departed"},                                                        \
	    {"seen_from", JSON_FIELD_I64, AT(seen_from), .max = INT64_MAX,                        \
	     .doc = "last heard at this time or later; UTC milliseconds"},                        \
	    {"seen_to", JSON_FIELD_I64, AT(seen_to), .max = INT64_MAX,                            \
	     .doc = "last heard before this time"},                                               \
	{                                                                                         \
		"search", JSON_FIELD_TEXT, AT(search),                                            \
		    .max = STORE_DEVICE_SEARCH_MAX,                                               \
		    .doc = "anywhere in name, MAC address or owner's name, or how the id begins", \
		    .example = "李华"                                                           \
	}
#define ORDER                                                                                     \
	{"sort", JSON_FIELD_TEXT, AT(sort), .words = sorts, .doc = "enrolled, if not said"},      \
	{                                                                                         \
		"order", JSON_FIELD_TEXT, AT(order),                                              \
		    .words = orders, .doc = "descending by enrolled, else ascending, if not said" \
	}

const struct json_field device_list_query[] = {FILTERS, ORDER, {0}};
static const struct json_field count_query[] = {FILTERS, {0}};
const struct json_field device_export_query[] = {
    FILTERS,
    ORDER,
    {"format", JSON_FIELD_TEXT, AT(format), .words = formats, .doc = "csv, if not jsonl"},
    {"lang", JSON_FIELD_TEXT, AT(lang), .words = language_words,
     .doc = "of the CSV's titles and words, before Accept-Language"},
    {0}};

static bool word_index(const char *const *words, const char *word, unsigned *out)
{
	for (unsigned i = 0; words[i] != NULL; i++) {
		if (text_equal(words[i], word)) {
			*out = i;
			return true;
		}
	}
	return false;
}

/* Several of words with commas between, as a mask. */
static bool read_words(struct request *r, const char *what, const char *text,
		       const char *const *words, unsigned *out, struct err *e)
{
	struct json_list all = request_split(r, text, ",");
	unsigned index;

	for (size_t i = 0; i < all.count; i++) {
		const char *word = ((const char **)all.items)[i];

		if (!word_index(words, word, &index))
			return err_set(e, ERR_INVALID, "%s: there is no %s %s", what, what, word);
		*out |= 1U << index;
	}
	return true;
}

#define ACTIVE_STATES 7U /* the first three of device_states */
#define LONG_OFFLINE 4U

/* What of the states the database can see to. */
static void narrow(struct request *r, struct device_asked *out)
{
	unsigned index = 0;

	if (out->states == 0)
		return;
	if ((out->states & ~ACTIVE_STATES) == 0) {
		out->filter.state = STORE_DEVICE_ACTIVE;
		if (out->states == LONG_OFFLINE && out->filter.seen_to_ms == 0)
			out->filter.seen_to_ms = r->now_ms - DEVICE_LONG_OFFLINE_MS + 1;
		if (out->states == ACTIVE_STATES)
			out->states = 0;
	} else if ((out->states & (out->states - 1)) == 0) {
		while ((out->states >> index & 1) == 0)
			index++;
		out->filter.state = device_states[index];
		out->states = 0;
	}
}

static bool passes(void *arg, const struct store_device *d)
{
	const struct device_asked *asked = arg;
	struct presence_last seen;
	unsigned index;

	if (asked->states != 0) {
		seen = here(asked->request, d);
		if (!word_index(device_states,
				state_of(d, presence_of(d, &seen, asked->request->now_ms)),
				&index) ||
		    (asked->states & 1U << index) == 0)
			return false;
	}
	if (asked->group != NULL && !snapshot_in_group(asked->snapshot, asked->group, d->owner))
		return false;
	return asked->covered < 0 ||
	       flow_device_coverage(asked->snapshot, d).covered == (asked->covered == 1);
}

bool device_filter(struct request *r, struct device_query *q, struct device_asked *out,
		   struct err *e)
{
	unsigned marked = 0, sort = 0;

	*q = (struct device_query){0};
	*out = (struct device_asked){.request = r, .covered = -1};
	if (!request_query(r, q, e) ||
	    (q->state != NULL &&
	     !read_words(r, "state", q->state, device_states, &out->states, e)) ||
	    (q->flag != NULL && !read_words(r, "flag", q->flag, flags, &marked, e)))
		return false;
	if (q->search != NULL) {
		q->search = text_trim(arena_dup(r->arena, q->search));
		if (*q->search == '\0')
			return err_set(e, ERR_INVALID, "search: needs a character to look for");
	}
	out->filter = (struct store_device_filter){.owner = q->owner,
						   .department = q->department,
						   .source = q->source,
						   .os = q->os,
						   .client_version = q->client_version,
						   .seen_from_ms = q->seen_from,
						   .seen_to_ms = q->seen_to,
						   .departed = (marked & 1U) != 0,
						   .cloned = (marked & 2U) != 0,
						   .waiting = (marked & 4U) != 0,
						   .signed_out = (marked & 8U) != 0,
						   .alarmed = (marked & 16U) != 0,
						   .search = q->search,
						   .scope = scope_of(r)};
	out->group = q->group;
	if (q->covered != NULL)
		out->covered = text_equal(q->covered, "true");
	narrow(r, out);
	(void)(q->sort != NULL && word_index(sorts, q->sort, &sort));
	out->listing.order = (enum store_device_order)sort;
	out->listing.descending = q->order == NULL ? sort == STORE_DEVICE_BY_ENROLMENT
						   : text_equal(q->order, "descending");
	if (out->states != 0 || out->group != NULL || out->covered >= 0)
		out->listing.pass = passes;
	out->listing.arg = out;
	return true;
}

static bool device_list(struct request *r, struct err *e)
{
	struct store_page page;
	struct store_device_page found;
	struct device_asked asked;
	struct flow_rules rules;
	struct device_query q;
	bool ok;

	if (!device_filter(r, &q, &asked, e) || !request_limit(r, &page, e))
		return false;
	asked.listing.cursor = page.cursor;
	asked.listing.limit = page.limit;
	asked.snapshot = snapshots_take(r->server->snapshots);
	flow_rules_init(&rules, r->arena, r->server->signer, asked.snapshot);
	ok = store_device_list(r->db, r->arena, &asked.filter, &asked.listing, &found, e);
	request_items(r);
	for (size_t i = 0; ok && i < found.count; i++) {
		struct device_view view;

		device_view(r, &rules, &found.items[i], &view);
		json_write(&r->json, NULL, device_listed_json, &view);
	}
	snapshots_give(r->server->snapshots, asked.snapshot);
	if (!ok)
		return false;
	json_array_end(&r->json);
	json_put_text(&r->json, "next", found.next);
	json_object_end(&r->json);
	return true;
}

/* --- counts --- */

struct counts {
	int64_t total, of[DEVICE_SHOWN_STATES], covered, not_covered;
};

#define COUNT(name, index)                                                                    \
	{                                                                                     \
		name, JSON_FIELD_I64, offsetof(struct counts, of) + sizeof(int64_t) * (index) \
	}

static const struct json_field counts_json[] = {
    {"total", JSON_FIELD_I64, offsetof(struct counts, total)},
    COUNT("online", 0),
    COUNT("offline", 1),
    COUNT("long_offline", 2),
    COUNT("lost", 3),
    COUNT("unbound", 4),
    COUNT("uninstalled", 5),
    COUNT("removed_without_grant", 6),
    COUNT("presumed_uninstalled", 7),
    {"covered", JSON_FIELD_I64, offsetof(struct counts, covered),
     .doc = "of all, whatever their state"},
    {"not_covered", JSON_FIELD_I64, offsetof(struct counts, not_covered)},
    {0}};

struct counting {
	struct device_asked asked;
	struct counts counts;
};

/* None goes on a page, so that all are looked at. */
static bool count_one(void *arg, const struct store_device *d)
{
	struct counting *c = arg;
	struct presence_last seen = here(c->asked.request, d);
	unsigned index;

	if (!passes(&c->asked, d) ||
	    !word_index(device_states, state_of(d, presence_of(d, &seen, c->asked.request->now_ms)),
			&index))
		return false;
	c->counts.total++;
	c->counts.of[index]++;
	if (flow_device_coverage(c->asked.snapshot, d).covered)
		c->counts.covered++;
	else
		c->counts.not_covered++;
	return false;
}

static bool device_count(struct request *r, struct err *e)
{
	struct store_device_page page = {.next = ""};
	struct counting c = {0};
	struct device_query q;
	bool ok = true;

	if (!device_filter(r, &q, &c.asked, e))
		return false;
	c.asked.listing.pass = count_one;
	c.asked.listing.arg = &c;
	c.asked.listing.limit = 1;
	c.asked.snapshot = snapshots_take(r->server->snapshots);
	while (ok && page.next != NULL) {
		c.asked.listing.cursor = page.next;
		ok =
		    store_device_list(r->db, r->arena, &c.asked.filter, &c.asked.listing, &page, e);
	}
	snapshots_give(r->server->snapshots, c.asked.snapshot);
	if (!ok)
		return false;
	request_answer(r, &c.counts);
	return true;
}

static const char *const export_types[] = {"text/csv", "application/jsonl", NULL};

#define ACT(path, handler, name, what, more)                                            \
	{                                                                               \
		HTTP_POST, "/api/v1/devices/{id}/" path, MAX_BODY,                      \
		    ROUTE(ROLES_CHANGE, ROUTE_WRITE, handler,                           \
			  DOC(name, what, .text = more, .in = device_reason_json,       \
			      .out = detail_json, .noun = "DeviceDetail", .etag = true, \
			      .live = true, .errors = ERROR(ERR_CONFLICT)))             \
	}

static const struct http_route routes[] = {
    {HTTP_GET, "/api/v1/devices",
     ROUTE(ROLES_ALL, ROUTE_WORK, device_list,
	   DOC("listDevices", "Devices, any filters together",
	       .text =
		   "A page may be short, or empty, and still have a `next`: the list ends where "
		   "`next` is null.",
	       .query = device_list_query, .out = device_listed_json, .noun = "Device",
	       .list = true))},
    {HTTP_GET, "/api/v1/devices/counts",
     ROUTE(ROLES_ALL, ROUTE_WORK, device_count,
	   DOC("countDevices", "How many devices are in each state, with the list's filters",
	       .query = count_query, .out = counts_json, .noun = "DeviceCounts"))},
    {HTTP_GET, "/api/v1/devices/export",
     ROUTE(ROLES_ALL, ROUTE_WORK, device_export,
	   DOC("exportDevices", "The list as a file, of any length, with the list's filters",
	       .text = "CSV opens in spreadsheets: UTF-8 with a byte order mark, and what would be "
		       "a formula begins with an apostrophe. JSON lines are the rows of the list.",
	       .query = device_export_query, .out_types = export_types))},
    {HTTP_POST, "/api/v1/devices/bulk", MAX_BULK,
     ROUTE(ROLES_CHANGE, ROUTE_WORK, device_bulk,
	   DOC("changeDevices",
	       "Unbind, report lost or found, or delete up to 200, each for itself",
	       .text = "One that fails does not stop the others.", .in = device_bulk_in,
	       .out = device_bulk_out, .noun = "BulkDevices"))},
    {HTTP_GET, "/api/v1/devices/{id}",
     ROUTE(ROLES_ALL, ROUTE_READ, device_get,
	   DOC("getDevice", "One device, with whose it was and what became of it",
	       .out = detail_json, .noun = "DeviceDetail", .etag = true, .live = true))},
    ACT("unbind", device_unbind, "unbindDevice", "Take a device out of the system",
	"It is nobody's and not covered from then on, its waiting requests are revoked and its "
	"grants called back. Whoever signs in on it makes it a device of theirs again."),
    ACT("lost", device_lost, "loseDevice", "Report a device lost",
	"It stays as protected as before, but nothing can be filed on it: its waiting requests are "
	"revoked and its grants called back."),
    ACT("found", device_found, "findDevice", "A lost device is found again", NULL),
    {HTTP_POST, "/api/v1/devices/{id}/delete", MAX_BODY,
     ROUTE(ROLES_CHANGE, ROUTE_WRITE, device_delete,
	   DOC("deleteDevice", "Delete a device that is not online",
	       .text = "Its requests and the record stay. A client that is still there keeps its "
		       "protection, and can enrol anew.",
	       .in = device_reason_json, .status = 204, .etag = true,
	       .errors = ERROR(ERR_CONFLICT)))},
};

const struct route_table device_routes = ROUTE_TABLE(routes);
