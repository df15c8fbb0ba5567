#include "world.h"

#include "flow/grant.h"
#include "flow/offline_code.h"
#include "flow/release.h"
#include "store/grant.h"
#include "store/setting.h"

#define DAY (INT64_C(24) * 3600 * 1000)

static const struct flow_releaser admin = {.name = "陈安", .account = "account-1"};

static struct store_device device_of(struct world *w)
{
	struct store_device d = {0};

	OK(store_device_get(w->db, &w->arena, w->device, &d, &e));
	return d;
}

static enum offline_step look(struct world *w, const char *told, const char **body)
{
	struct store_device d = device_of(w);
	enum offline_step step = OFFLINE_NOTHING;
	const char *any;

	OK(flow_offline_look(w->db, &w->arena, &d, told, w->flow.now_ms, &step,
			     body != NULL ? body : &any, &e));
	return step;
}

static void made(struct world *w, struct offline_set *out)
{
	struct store_device d = device_of(w);
	struct store_offline_set newest;
	struct flow_offline_made set;

	OK(store_offline_newest(w->db, &w->arena, d.id, &newest, &e));
	OK(flow_offline_make(&w->flow, w->master, &d, &newest, &set, &e));
	STEP(w, flow_offline_add(&w->flow, &set, &e));
	OK(offline_set_read(&w->arena, set.set.body, strlen(set.set.body), out, &e));
}

static void told(struct world *w, const struct offline_set *set)
{
	struct store_device d = device_of(w);

	STEP(w, flow_offline_told(&w->flow, &d, set->id, &e));
}

/* The device has a set, and the server knows. */
static void equip(struct world *w, struct offline_set *out)
{
	made(w, out);
	told(w, out);
}

static struct flow_offline_order order_of(struct world *w, int64_t index)
{
	char *code = arena_alloc(&w->arena, OFFLINE_DEVICE_CODE_SIZE);

	offline_device_code(w->device, code);
	return (struct flow_offline_order){
	    .device = w->device, .device_code = code, .index = index};
}

static struct flow_offline_revealed reveal(struct world *w, const struct flow_offline_order *o)
{
	struct flow_offline_revealed out;

	STEP(w, flow_offline_reveal(&w->flow, w->master, &admin, o, &out, &e));
	return out;
}

/* Of the grant that the code opens on the device. */
static const char *opened(struct world *w, const struct offline_set *set, const char *text)
{
	unsigned char code[OFFLINE_CODE_BYTES], key[CRYPTO_SEAL_KEY_SIZE];
	const struct json *payload;
	struct jws jws;
	const char *raw;

	OK(offline_code_read(text, code, &e));
	OK(crypto_code_key(code, sizeof(code), set->salt, key, &e));
	assert_non_null(offline_open(&w->arena, set, key, &raw));
	OK(jws_read(&w->arena, raw, strlen(raw), JWS_GRANT, &jws, &e));
	OK(json_parse(&w->arena, jws.payload, jws.payload_len, &payload, &e));
	assert_string_equal(json_text(payload, "device"), w->device);
	assert_string_equal(json_text(payload, "package"), OFFLINE_PACKAGE);
	assert_string_equal(json_text(payload, "instance"), set->id);
	return json_text(payload, "id");
}

static struct store_grant grant_of(struct world *w, const char *instance)
{
	struct store_grant g = {0};

	OK(store_grant_of_instance(w->db, &w->arena, instance, &g, &e));
	return g;
}

static void a_set_is_made_sent_and_kept_until_it_is_old(void **state)
{
	AUTO(world_done) struct world w = {0};
	struct offline_set set, next;
	const char *body;

	world_make(&w, state);
	assert_int_equal(look(&w, "", NULL), OFFLINE_MAKE);
	made(&w, &set);
	assert_int_equal(set.count, OFFLINE_CODES);
	assert_int_equal(set.entries[0].index, 1);
	assert_int_equal(set.exp_ms - set.made_ms, 30 * DAY);
	assert_int_equal(look(&w, "", &body), OFFLINE_SEND);
	assert_non_null(strstr(body, set.id));
	assert_int_equal(look(&w, set.id, NULL), OFFLINE_HELD);
	told(&w, &set);
	assert_int_equal(look(&w, set.id, NULL), OFFLINE_NOTHING);
	w.flow.now_ms += 7 * DAY;
	assert_int_equal(look(&w, set.id, NULL), OFFLINE_MAKE);
	made(&w, &next);
	assert_int_equal(next.entries[0].index, 6);
	/* Until it has said that it has the next one, the codes of either are good. */
	assert_int_equal(look(&w, set.id, NULL), OFFLINE_SEND);
	(void)reveal(&w, &(struct flow_offline_order){.device = w.device,
						      .device_code = order_of(&w, 0).device_code,
						      .index = 2,
						      .reason = "x"});
	told(&w, &next);
	REFUSED(&w, ERR_UNPROCESSABLE,
		flow_offline_reveal(
		    &w.flow, w.master, &admin,
		    &(struct flow_offline_order){.device = w.device,
						 .device_code = order_of(&w, 0).device_code,
						 .index = 3,
						 .reason = "x"},
		    &(struct flow_offline_revealed){0}, &e));
	world_device_becomes(&w, w.device, STORE_DEVICE_LOST);
	assert_int_equal(look(&w, "", NULL), OFFLINE_NOTHING);
}

static void of_two_servers_that_make_a_set_one_does(void **state)
{
	AUTO(world_done) struct world w = {0};
	struct store_offline_set newest = {0};
	struct flow_offline_made first, second;
	struct store_device d;

	world_make(&w, state);
	d = device_of(&w);
	OK(flow_offline_make(&w.flow, w.master, &d, &newest, &first, &e));
	OK(flow_offline_make(&w.flow, w.master, &d, &newest, &second, &e));
	STEP(&w, flow_offline_add(&w.flow, &first, &e));
	STEP(&w, flow_offline_add(&w.flow, &second, &e));
	OK(store_offline_newest(w.db, &w.arena, w.device, &newest, &e));
	assert_string_equal(newest.id, first.set.id);
}

static void what_was_made_for_another_owner_is_void(void **state)
{
	AUTO(world_done) struct world w = {0};
	struct flow_offline_revealed out;
	struct flow_offline_order o;
	struct offline_set set;
	struct store_person wang;

	world_make(&w, state);
	equip(&w, &set);
	OK(store_person_by_dingtalk(w.db, &w.arena, w.app, "wangfang", &wang, &e));
	STEP(&w,
	     db_exec(w.db, "UPDATE devices SET owner = $1", DB_PARAMS(db_text(wang.id)), NULL, &e));
	assert_int_equal(look(&w, set.id, NULL), OFFLINE_MAKE);
	o = order_of(&w, 1);
	o.reason = "x";
	REFUSED(&w, ERR_CONFLICT, flow_offline_reveal(&w.flow, w.master, &admin, &o, &out, &e));
}

static void a_revealed_code_opens_the_requests_grant_and_counts_as_a_release(void **state)
{
	AUTO(world_done) struct world w = {0};
	struct flow_offline_revealed out;
	struct flow_offline_order o;
	struct store_offline_code code;
	struct store_instance i;
	struct store_grant g;
	struct offline_set set;
	int64_t released = 0;

	world_make(&w, state);
	equip(&w, &set);
	o = order_of(&w, 3);
	o.reason = " 出差 ";
	out = reveal(&w, &o);
	assert_int_equal(out.exp_ms, set.exp_ms);
	i = world_instance(&w, out.instance);
	assert_string_equal(i.status, "approved");
	assert_string_equal(i.reason, "出差");
	assert_int_equal(world_events(&w, i.id, "offline-code-revealed"), 1);
	g = grant_of(&w, i.id);
	assert_string_equal(g.id, opened(&w, &set, out.code));
	assert_string_equal(g.state, "unused");
	assert_string_equal(g.jws, "");
	assert_int_equal(g.exp_ms, set.exp_ms);
	OK(store_release_alone(w.db, admin.account, WORLD_NOW - DAY, &released, &e));
	assert_int_equal(released, 1);
	/* Nothing of the code is left. */
	OK(store_offline_by_grant(w.db, &w.arena, g.id, &code, &e));
	assert_null(code.code);
	REFUSED(&w, ERR_CONFLICT, flow_offline_reveal(&w.flow, w.master, &admin, &o, &out, &e));
	assert_int_equal(look(&w, set.id, NULL), OFFLINE_MAKE);
	STEP(&w, flow_receipt_consumed(&w.flow, w.device, g.id, WORLD_NOW, &e));
	assert_string_equal(grant_of(&w, i.id).state, "used");
}

static void one_person_reveals_no_more_than_he_may_release(void **state)
{
	AUTO(world_done) struct world w = {0};
	struct flow_releaser owner = admin;
	struct flow_offline_revealed out;
	struct store_offline_code code;
	struct flow_offline_order o;
	struct offline_set set;

	world_make(&w, state);
	equip(&w, &set);
	o = order_of(&w, 1);
	o.reason = "x";
	owner.person = w.lihua;
	REFUSED(&w, ERR_CONFLICT, flow_offline_reveal(&w.flow, w.master, &owner, &o, &out, &e));
	STEP(&w, db_exec(w.db,
			 "INSERT INTO settings (name, value) VALUES ('release_threshold', '0') ON "
			 "CONFLICT (name) DO UPDATE SET value = '0'",
			 DB_NONE, NULL, &e));
	REFUSED(&w, ERR_CONFLICT, flow_offline_reveal(&w.flow, w.master, &admin, &o, &out, &e));
	OK(store_offline_find(w.db, &w.arena, w.device, 1, &code, &e));
	assert_null(code.instance);
	assert_non_null(code.code);
}

static void a_code_that_was_not_used_gives_the_approval_back(void **state)
{
	AUTO(world_done) struct world w = {0};
	struct flow_offline_revealed first, second;
	struct flow_offline_order o;
	struct offline_set set, next;
	struct store_grant before, g;
	const char *instance;

	world_make(&w, state);
	equip(&w, &set);
	o = order_of(&w, 1);
	instance = world_file(&w);
	o.instance = instance;
	REFUSED(&w, ERR_CONFLICT, flow_offline_reveal(&w.flow, w.master, &admin, &o, &first, &e));
	STEP(&w, flow_decide(&w.flow, instance, true,
			     &(struct flow_decision){
				 .by = "陈安",
				 .channel = "api",
				 .comment = "",
				 .who = {.role = ROLE_OWNER, .as = FLOW_AS_ADMINISTRATOR}},
			     &e));
	before = grant_of(&w, instance);
	first = reveal(&w, &o);
	o.index = 2;
	second = reveal(&w, &o);
	assert_string_equal(grant_of(&w, instance).id, opened(&w, &set, second.code));
	made(&w, &next);
	told(&w, &next);
	g = grant_of(&w, instance);
	assert_string_not_equal(g.id, before.id);
	assert_string_not_equal(g.id, opened(&w, &set, second.code));
	assert_string_not_equal(g.jws, "");
	assert_int_equal(g.exp_ms, before.exp_ms);
	assert_string_equal(g.state, "unused");
	assert_int_equal(world_events(&w, instance, "offline-code-unused"), 1);
	/* Whatever the device did with the first one meanwhile is what became of the request. */
	STEP(&w,
	     flow_receipt_consumed(&w.flow, w.device, opened(&w, &set, first.code), WORLD_NOW, &e));
	assert_string_equal(grant_of(&w, instance).state, "used");
}

static void an_approval_that_ran_out_is_not_given_back(void **state)
{
	AUTO(world_done) struct world w = {0};
	struct flow_offline_revealed out;
	struct flow_offline_order o;
	struct offline_set set, next;

	world_make(&w, state);
	equip(&w, &set);
	o = order_of(&w, 1);
	o.reason = "x";
	out = reveal(&w, &o);
	w.flow.now_ms += 8 * DAY;
	made(&w, &next);
	told(&w, &next);
	assert_string_equal(grant_of(&w, out.instance).state, "lapsed");
	assert_int_equal(world_events(&w, out.instance, "offline-code-unused"), 0);
}

static void codes_end_with_their_time(void **state)
{
	AUTO(world_done) struct world w = {0};
	struct store_offline_set newest;
	struct flow_offline_revealed out;
	struct flow_offline_order o;
	struct offline_set set;

	world_make(&w, state);
	equip(&w, &set);
	w.flow.now_ms = set.exp_ms;
	o = order_of(&w, 1);
	o.reason = "x";
	REFUSED(&w, ERR_CONFLICT, flow_offline_reveal(&w.flow, w.master, &admin, &o, &out, &e));
	STEP(&w, store_offline_purge(w.db, set.exp_ms - 1, &e));
	OK(store_offline_newest(w.db, &w.arena, w.device, &newest, &e));
	assert_string_equal(newest.id, set.id);
	STEP(&w, store_offline_purge(w.db, set.exp_ms, &e));
	OK(store_offline_newest(w.db, &w.arena, w.device, &newest, &e));
	assert_null(newest.id);
}

static void an_exported_grant_that_a_code_replaced_is_called_back(void **state)
{
	AUTO(world_done) struct world w = {0};
	struct flow_offline_order o;
	struct flow_held held = {.held_count = 1};
	struct flow_grants found;
	struct store_grant carried;
	struct offline_set set;
	const char *instance, *ids[1];

	world_make(&w, state);
	equip(&w, &set);
	instance = world_file(&w);
	STEP(&w, flow_decide(&w.flow, instance, true,
			     &(struct flow_decision){
				 .by = "陈安",
				 .channel = "api",
				 .comment = "",
				 .who = {.role = ROLE_OWNER, .as = FLOW_AS_ADMINISTRATOR}},
			     &e));
	STEP(&w, flow_grant_export(&w.flow, instance, "陈安", &carried, &e));
	assert_int_equal(world_events(&w, instance, "grant-exported"), 1);
	o = order_of(&w, 1);
	o.instance = instance;
	ids[0] = carried.id;
	held.held = ids;
	(void)reveal(&w, &o);
	REFUSED(&w, ERR_CONFLICT,
		flow_grant_export(&w.flow, instance, "陈安", &(struct store_grant){0}, &e));
	OK(flow_device_grants(w.db, &w.arena, w.device, &held, &found, &e));
	assert_int_equal(found.revoke_count, 1);
	assert_string_equal(found.revoke[0], carried.id);
	/* What only a code opens is not sent. */
	assert_int_equal(found.jws_count, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    BOTH(a_set_is_made_sent_and_kept_until_it_is_old),
	    BOTH(of_two_servers_that_make_a_set_one_does),
	    BOTH(what_was_made_for_another_owner_is_void),
	    BOTH(a_revealed_code_opens_the_requests_grant_and_counts_as_a_release),
	    BOTH(one_person_reveals_no_more_than_he_may_release),
	    BOTH(a_code_that_was_not_used_gives_the_approval_back),
	    BOTH(an_approval_that_ran_out_is_not_given_back),
	    BOTH(codes_end_with_their_time),
	    BOTH(an_exported_grant_that_a_code_replaced_is_called_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
