/* A small organisation in a real database: an app, two departments, three people, a laptop, a workflow,
 * a policy. Each step of a test is one transaction, as a unit of work would be. */
#pragma once

#include "../db/both.h"

#include "base/id.h"
#include "flow/app.h"
#include "flow/delivery.h"
#include "flow/device.h"
#include "flow/inbox.h"
#include "flow/request.h"
#include "flow/source.h"
#include "flow/snapshots.h"
#include "flow/workflow.h"
#include "model/form.h"
#include "store/account.h"
#include "store/applicant.h"
#include "store/device.h"
#include "store/directory.h"
#include "store/event.h"
#include "store/migrate.h"
#include "store/person.h"
#include "store/policy.h"

#define WORLD_NOW INT64_C(1763830479123)
#define WORLD_ADMIN                \
	{                          \
		.role = ROLE_OWNER \
	}

struct world {
	struct db *db;
	struct arena arena;
	struct flow flow;
	struct snapshots *snapshots;
	unsigned char master[CRYPTO_SEAL_KEY_SIZE];
	struct crypto_keypair key; /* the laptop's */
	const char *app, *source, *workflow, *lihua, *device;
};

/* Steps: begin, do, commit. A failed step is rolled back, as its savepoint would be. */
#define STEP(w, call)                                \
	do {                                         \
		struct err e = {0};                  \
		assert_true(db_begin((w)->db, &e));  \
		if (!(call))                         \
			fail_msg("%s", e.text);      \
		assert_true(db_commit((w)->db, &e)); \
	} while (0)

#define REFUSED(w, want, call)                                        \
	do {                                                          \
		struct err e = {0};                                   \
		assert_true(db_begin((w)->db, &e));                   \
		assert_false(call);                                   \
		if (e.code != (want))                                 \
			fail_msg("%s: %s", err_name(e.code), e.text); \
		db_rollback((w)->db);                                 \
	} while (0)

static const char world_forms[] = "{\"forms\":[{\"template\":\"app_uninstall\",\"process_code\":"
				  "\"PROC-A\",\"groups\":[],\"fields\":"
				  "[{\"system\":\"reason\",\"component\":\"卸载原因\"}]}]}";

static inline bool world_leaves(struct world *w, const char *external_id, int64_t at_ms,
				struct err *e)
{
	struct store_known_person p;
	size_t count;

	return store_directory_get_people(w->db, &w->arena,
					  &(struct store_external_ids){w->source, &external_id, 1},
					  &p, &count, e) &&
	       store_directory_left(w->db, p.id, at_ms, e);
}

static inline bool world_directory(struct world *w, int64_t at_ms, bool with_zhao, struct err *e)
{
	static const char *const one[] = {"2"}, *const both[] = {"2", "1", "99"};
	const struct store_walk walk = {w->source, at_ms};

	return store_directory_department(w->db, &w->arena, &walk,
					  &(struct store_walked_department){"1", NULL, "示例科技"},
					  e) &&
	       store_directory_department(w->db, &w->arena, &walk,
					  &(struct store_walked_department){"2", "1", "研发部"},
					  e) &&
	       store_directory_person(w->db, &w->arena, &walk,
				      &(struct store_walked_person){"lihua", "ulihua", "李华",
								    "工程师", "", "138", both, 3},
				      e) &&
	       store_directory_person(
		   w->db, &w->arena, &walk,
		   &(struct store_walked_person){"wangfang", "uwang", "王芳", "", "", "", one, 1},
		   e) &&
	       (with_zhao
		    ? store_directory_person(w->db, &w->arena, &walk,
					     &(struct store_walked_person){
						 "zhaolei", "uzhao", "赵磊", "", "", "", one, 1},
					     e)
		    : world_leaves(w, "zhaolei", at_ms, e));
}

static inline void world_policy(struct world *w, int64_t version, const char *filing)
{
	AUTO(buf_done) struct buf body = {0};
	struct json_writer json = {.out = &body};
	struct policy p;

	policy_default(&p);
	p.filing_allowed = strcmp(filing, "none") != 0;
	p.workflow = strcmp(filing, "workflow") == 0 ? w->workflow : NULL;
	p.pending_days = 15;
	p.grant_hours = 72;
	policy_write(&json, &p);
	STEP(w, store_policy_add(w->db,
				 &(struct store_policy){.version = version,
							.body = body.data,
							.created_by = "test",
							.created_ms = WORLD_NOW},
				 &e));
	OK(snapshots_load(w->snapshots, w->db, &e));
	if (w->flow.snapshot != NULL)
		snapshots_give(w->snapshots, w->flow.snapshot);
	w->flow.snapshot = snapshots_take(w->snapshots);
}

static inline bool world_people(struct world *w, struct err *e)
{
	struct flow_app app = {.corp_id = "dingcorp",
			       .client_id = "dingclient",
			       .client_secret = arena_dup(&w->arena, "secret"),
			       .aes_key = arena_dup(&w->arena, "aes"),
			       .token = arena_dup(&w->arena, "token"),
			       .agent_id = 1000001};
	struct store_source source = {.name = "示例科技", .type = SOURCE_DINGTALK, .enabled = true};
	struct flow_workflow workflow = {.name = "卸载审批", .description = ""};
	struct store_device device = {.id = w->device,
				      .name = "laptop-42",
				      .os = "Debian 12",
				      .macs = "00:11:22:33:44:55,66:77:88:99:aa:bb",
				      .client_version = "0.1.0",
				      .state = STORE_DEVICE_ACTIVE,
				      .enrolled_ms = WORLD_NOW,
				      .last_seen_ms = WORLD_NOW};
	struct store_person lihua;

	if (!flow_app_add(&w->flow, w->master, &app, e))
		return false;
	w->app = source.app = app.id;
	if (!flow_source_add(&w->flow, &source, e))
		return false;
	w->source = source.id;
	if (!world_directory(w, WORLD_NOW, true, e) ||
	    !store_person_by_dingtalk(w->db, &w->arena, w->app, "lihua", &lihua, e))
		return false;
	w->lihua = device.owner = lihua.id;
	memcpy(device.key, w->key.public, sizeof(device.key));
	workflow.app = w->app;
	return store_device_add(w->db, &device, e) &&
	       forms_read(&w->arena, world_forms, &workflow.forms, e) &&
	       flow_workflow_add(&w->flow, &workflow, &w->workflow, e);
}

static inline void world_make(struct world *w, void **state)
{
	char *device;

	*w = (struct world){0};
	OK(crypto_start(&e));
	w->db = database_open(both_database(state), DB_WRITE);
	OK(store_migrate(w->db, WORLD_NOW, &e));
	random_bytes(w->master, sizeof(w->master));
	crypto_keypair_new(&w->key);
	device = arena_alloc(&w->arena, ID_SIZE);
	id_new(device);
	w->device = device;
	w->snapshots = snapshots_new();
	w->flow =
	    (struct flow){.db = w->db, .arena = &w->arena, .now_ms = WORLD_NOW, .node = "world"};
	STEP(w, signer_open(w->db, w->master, WORLD_NOW, &w->flow.signer, &e));
	STEP(w, world_people(w, &e));
	world_policy(w, 1, "workflow");
}

/* Somebody who signs in; userid: who that is in the directory, or NULL. */
static inline const char *world_account(struct world *w, const char *name, enum role role,
					const char *userid)
{
	char *id = arena_alloc(&w->arena, ID_SIZE);
	struct store_account a = {.name = name,
				  .email = arena_printf(&w->arena, "%s@example.com", name),
				  .role = role,
				  .active = true,
				  .language = "zh"};
	struct store_person p;

	id_new(id);
	a.id = id;
	if (userid != NULL) {
		OK(store_person_by_dingtalk(w->db, &w->arena, w->app, userid, &p, &e));
		a.person = p.id;
	}
	STEP(w, store_account_add(w->db, &a, WORLD_NOW, &e));
	return id;
}

/* Everybody is of a local source from here on: no DingTalk app knows them. */
static inline void world_local(struct world *w)
{
	struct store_source local = {.name = "本地", .type = SOURCE_LOCAL, .enabled = true};

	STEP(w, flow_source_add(&w->flow, &local, &e));
	STEP(w, db_exec(w->db, "UPDATE people SET source = $1", DB_PARAMS(db_text(local.id)), NULL,
			&e));
}

/* From here on w->workflow; a policy still has to choose it. */
static inline void world_builtin(struct world *w, const char *levels)
{
	char *id = arena_alloc(&w->arena, ID_SIZE);

	id_new(id);
	STEP(w, store_workflow_add(w->db,
				   &(struct store_workflow){.id = id,
							    .name = "内置审批",
							    .description = "",
							    .type = WORKFLOW_BUILTIN,
							    .version = 1,
							    .forms = "{\"forms\":[]}",
							    .levels = levels,
							    .console_decision = WORKFLOW_CLOSE,
							    .carry_confirmed_by = "",
							    .saved_by = "test",
							    .created_ms = WORLD_NOW,
							    .updated_ms = WORLD_NOW},
				   &e));
	w->workflow = id;
}

/* For AUTO(world_done). */
static inline void world_done(struct world *w)
{
	if (w->flow.snapshot != NULL)
		snapshots_give(w->snapshots, w->flow.snapshot);
	snapshots_free(w->snapshots);
	signer_free(w->flow.signer);
	db_close(w->db);
	arena_done(&w->arena);
}

/* An active device becomes this, behind everybody's back. */
static inline void world_device_becomes(struct world *w, const char *id, const char *state)
{
	const struct store_device_move move = {
	    .id = id, .from = STORE_DEVICE_ACTIVE, .to = state, .by = "", .why = ""};
	bool won = false;

	STEP(w, store_device_move(w->db, &move, &won, &e));
	assert_true(won);
}

static inline const char *world_file(struct world *w)
{
	struct flow_filed filed = {0};

	STEP(w, flow_file(&w->flow,
			  &(struct flow_filing){.device = w->device, .reason = " 旧电脑报废\n"},
			  &filed, &e));
	return filed.id;
}

static inline struct store_instance world_instance(struct world *w, const char *id)
{
	struct store_instance i = {0};

	OK(store_instance_get(w->db, &w->arena, id, &i, &e));
	return i;
}

static inline void world_is(struct world *w, const char *id, const char *status,
			    const char *delivery)
{
	struct store_instance i = world_instance(w, id);

	assert_string_equal(i.status, status);
	assert_string_equal(i.delivery, delivery);
}

/* How many events of a kind the instance's record has. */
static inline size_t world_events(struct world *w, const char *id, const char *kind)
{
	const struct store_event_filter filter = {.instance = id, .before = "", .max = 100};
	struct store_event *events;
	size_t count, n = 0;

	OK(store_event_list(w->db, &w->arena, &filter, &events, &count, &e));
	for (size_t i = 0; i < count; i++)
		n += strcmp(events[i].kind, kind) == 0;
	return n;
}

static inline struct flow_delivery world_begin(struct world *w)
{
	struct flow_delivery d;

	STEP(w, flow_delivery_begin(&w->flow, &(struct flow_carrier){w->app, "node-1"}, &d, &e));
	return d;
}

/* The next row is a create, and DingTalk makes this of it. */
static inline void world_created(struct world *w, const char *external_id)
{
	struct flow_delivery d = world_begin(w);

	assert_non_null(d.row.id);
	assert_string_equal(d.row.kind, "create");
	STEP(w, flow_delivery_end(&w->flow, &d, &(struct flow_outcome){.external_id = external_id},
				  &e));
}

static inline void world_failed(struct world *w, const struct flow_delivery *d, enum err_code code,
				const char *text)
{
	struct err why = {0};

	(void)err_set(&why, code, "%s", text);
	STEP(w, flow_delivery_end(
		    &w->flow, d,
		    &(struct flow_outcome){.error = &why, .uncertain = code == ERR_TIMEOUT}, &e));
}

/* What DingTalk holds of the request: as sent, by lihua, agreed by this person. */
struct world_seen {
	struct oa_record records[2];
	struct oa_task tasks[1];
	struct oa_seen seen;
};

static inline struct oa_seen *world_agreed(struct world *w, const char *id, const char *by,
					   struct world_seen *s)
{
	struct store_instance i = world_instance(w, id);

	*s = (struct world_seen){.records = {{"lihua", "START_PROCESS_INSTANCE", "NONE", ""},
					     {by, "EXECUTE_TASK_NORMAL", "AGREE", "可以"}},
				 .tasks = {{70001, by, "RUNNING"}},
				 .seen = {.status = "COMPLETED",
					  .result = "agree",
					  .biz_action = "NONE",
					  .originator = "lihua",
					  .business_id = "202611221",
					  .record_count = 2}};
	s->seen.records = s->records;
	s->seen.tasks = s->tasks;
	OK(form_values_read(&w->arena, i.sent, &s->seen.values, &e));
	return &s->seen;
}
