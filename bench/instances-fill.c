/*
 * Fills a database that a server has set up with an organisation and a year of its approval instances,
 * through the functions that store them in the server:
 *   instances-fill DATABASE-URL COUNT NOW-MS
 * What exists depends on COUNT and NOW-MS alone, ids apart. Prints what a load can be made of, as JSON.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/id.h"
#include "base/text.h"
#include "flow/instance.h"
#include "model/instance.h"
#include "store/grant.h"

#define DAY INT64_C(86400000)
#define YEAR (365 * DAY)
#define DEPARTMENTS 300
#define PEOPLE 20000
#define BATCH 2000

struct world {
	struct db *db;
	struct arena arena;
	uint64_t seed;
	int64_t now_ms;
	char app[ID_SIZE], source[ID_SIZE];
	char departments[DEPARTMENTS][ID_SIZE];
	char people[PEOPLE][ID_SIZE], devices[PEOPLE][ID_SIZE];
	const char *names[PEOPLE], *device_names[PEOPLE];
	int department_of[PEOPLE];
};

static struct world world;

static const char *const surnames[] = {"李", "王", "张", "刘", "陈", "杨",  "赵",
				       "黄", "周", "吴", "徐", "孙", "马",  "朱",
				       "胡", "郭", "何", "林", "高", "欧阳"};
static const char *const given[] = {"华",   "芳",   "敏",   "静",   "磊",   "洋",   "艳",   "勇",
				    "杰",   "娟",   "涛",   "明",   "超",   "秀英", "霞",   "平",
				    "刚",   "桂英", "子涵", "雨桐", "浩然", "梓萱", "一诺", "建国",
				    "文博", "Alex", "Zoë",  "志强", "丽",   "鹏"};
static const char *const units[] = {"研发部", "财务部", "市场部",   "人力资源部",
				    "销售部", "运维部", "客户端组", "后端组",
				    "设计组", "采购部", "法务部",   "华东大区"};
static const char *const whys[] = {"旧电脑报废，需要卸载客户端",
				   "更换新电脑，旧设备归还资产部",
				   "与开发环境的网络驱动冲突，申请临时卸载",
				   "离职办理，设备交接",
				   "系统重装前需要卸载",
				   "客户端占用 CPU 过高，IT 建议重新安装",
				   "The laptop is going back to the leasing company",
				   "Conflicts with the VPN of our customer",
				   "出差期间无法连接公司内网",
				   "虚拟机测试环境，不再使用",
				   "Kernel upgrade breaks the driver, reinstalling afterwards",
				   "显卡驱动蓝屏，排查问题",
				   "设备转给外包同事使用",
				   "参加演练，按安全部通知执行"};
static const struct {
	const char *name;
	uint32_t share; /* of 1000 */
} packages[] = {{"holdfast-client", 720}, {"edr-sensor", 150}, {"vpn-connect", 70},
		{"dlp-agent", 40},        {"disk-crypt", 15},  {"print-guard", 5}};
static const struct {
	const char *id, *name;
	bool dingtalk;
} workflows[] = {{"01900000-0000-7000-8000-000000000001", "终端卸载审批", true},
		 {"01900000-0000-7000-8000-000000000002", "子公司卸载审批", true},
		 {"01900000-0000-7000-8000-000000000003", "Built-in", false},
		 {"01900000-0000-7000-8000-000000000004", "高管设备", true}};

static uint32_t chance(uint32_t below)
{
	world.seed = world.seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t)(world.seed >> 33) % below;
}

static void must(bool ok, const struct err *e)
{
	if (ok)
		return;
	(void)fprintf(stderr, "instances-fill: %s\n", e->text);
	exit(1);
}

static void run(const char *sql, const struct db_params *params)
{
	struct err e = {0};

	must(db_exec(world.db, sql, params, NULL, &e), &e);
}

#define DO(sql, ...) run(sql, DB_PARAMS(__VA_ARGS__))

static void add_workflows(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(workflows); i++) {
		DO("INSERT INTO workflows (id, name, description, type, app, version, created_ms, "
		   "updated_ms) VALUES ($1, $2, '', $3, $4, 1, $5, $5)",
		   db_text(workflows[i].id), db_text(workflows[i].name),
		   db_text(workflows[i].dingtalk ? "dingtalk" : "builtin"),
		   db_text(workflows[i].dingtalk ? world.app : NULL), db_i64(world.now_ms));
		DO("INSERT INTO workflow_versions (workflow, version, forms, created_by, "
		   "created_ms) VALUES "
		   "($1, 1, '[]', '', $2)",
		   db_text(workflows[i].id), db_i64(world.now_ms));
	}
}

/* The first eight are below the root, the others below one of those before them. */
static void add_departments(void)
{
	for (int i = 0; i < DEPARTMENTS; i++) {
		int above = i == 0 ? -1 : i < 9 ? 0 : (int)chance((uint32_t)(i < 60 ? 9 : 60));

		id_new(world.departments[i]);
		DO("INSERT INTO departments (id, source, external_id, parent, name, seen_ms) "
		   "VALUES "
		   "($1, $2, $3, $4, $5, $6)",
		   db_text(world.departments[i]), db_text(world.source),
		   db_text(arena_printf(&world.arena, "%d", i + 1)),
		   db_text(above < 0 ? NULL : world.departments[above]),
		   db_text(arena_printf(&world.arena, "%s%d", units[chance(ARRAY_SIZE(units))], i)),
		   db_i64(world.now_ms));
	}
}

static void add_person(int i)
{
	const char *prefix = (const char *[]){"PC-", "laptop-", "MBP-", "研发-"}[chance(4)];

	id_new(world.people[i]);
	id_new(world.devices[i]);
	world.department_of[i] = (int)chance(DEPARTMENTS);
	world.names[i] = arena_printf(&world.arena, "%s%s", surnames[chance(ARRAY_SIZE(surnames))],
				      given[chance(ARRAY_SIZE(given))]);
	world.device_names[i] = arena_printf(&world.arena, "%s%05u", prefix, chance(100000));
	DO("INSERT INTO people (id, source, external_id, name, title, email, telephone, seen_ms) "
	   "VALUES "
	   "($1, $2, $3, $4, '', '', '', $5)",
	   db_text(world.people[i]), db_text(world.source),
	   db_text(arena_printf(&world.arena, "user%d", i)), db_text(world.names[i]),
	   db_i64(world.now_ms));
	DO("INSERT INTO memberships (person, department, position) VALUES ($1, $2, 0)",
	   db_text(world.people[i]), db_text(world.departments[world.department_of[i]]));
	DO("INSERT INTO devices (id, name, os, macs, client_version, owner, state, key, "
	   "enrolled_ms, "
	   "last_seen_ms) VALUES ($1, $2, 'Debian GNU/Linux 12', '', '0.1.0', $3, 'active', $4, "
	   "$5, $5)",
	   db_text(world.devices[i]), db_text(world.device_names[i]), db_text(world.people[i]),
	   db_blob(world.devices[i], 32), db_i64(world.now_ms));
}

static const char *pick_package(void)
{
	uint32_t at = chance(1000);
	size_t i = 0;

	for (; at >= packages[i].share; i++)
		at -= packages[i].share;
	return packages[i].name;
}

/* A subsidiary has a workflow of its own. */
static size_t pick_workflow(int department)
{
	if (department % 9 == 4)
		return 1;
	return chance(1000) < 3 ? 3 : chance(10) == 0 ? 2 : 0;
}

/* What became of it, by its age. */
static void pick_end(struct store_instance *i, bool dingtalk)
{
	int64_t age_ms = world.now_ms - i->created_ms;
	uint32_t at = chance(1000);

	i->status = at < 700   ? "approved"
		    : at < 870 ? "rejected"
		    : at < 950 ? "revoked"
			       : "expired";
	i->channel = dingtalk ? "dingtalk" : "console";
	if (age_ms < 10 * DAY && chance(10) < 6)
		i->status = "pending";
	else if (at % 20 == 0)
		i->channel = "console";
	else if (at % 50 == 1)
		i->channel = "api";
	else if (at % 50 == 2)
		i->channel = "release";
	if (text_equal(i->status, "revoked"))
		i->channel = chance(4) == 0 ? "system" : "client";
	else if (text_equal(i->status, "expired"))
		i->channel = "system";
	i->decided_by = i->channel;
	i->decision_comment = chance(3) == 0 ? "同意" : "";
	i->decided_ms = i->created_ms + 60000 + (int64_t)chance(2 * 86400) * 1000;
}

static void add_grant(const struct store_instance *i)
{
	uint32_t at = chance(1000);
	const char *state = at < 720   ? "used"
			    : at < 930 ? "lapsed"
			    : at < 970 ? "cancelled"
				       : "unused";
	char id[ID_SIZE];
	struct err e = {0};
	bool won;

	id_new(id);
	must(store_grant_add(world.db,
			     &(struct store_grant){.id = id,
						   .instance = i->id,
						   .device = i->device,
						   .package = i->package,
						   .jws = "",
						   .state = "unused",
						   .issued_ms = i->decided_ms,
						   .exp_ms = i->decided_ms + YEAR},
			     &e),
	     &e);
	if (!text_equal(state, "unused"))
		must(store_grant_change(world.db,
					&(struct store_grant_change){id, "unused", state,
								     i->decided_ms + 60000, ""},
					&won, &e),
		     &e);
}

/* Whether this person waits already: then somebody else files. */
static bool waits(struct arena *a, const struct store_instance *i)
{
	struct store_instance other = {0};
	struct err e = {0};

	must(store_instance_pending(
		 world.db, a, &(struct store_filing){i->person, i->device, i->package}, &other, &e),
	     &e);
	return other.id != NULL;
}

static void add_instance(int64_t number, int64_t count)
{
	int who = (int)chance(chance(4) == 0 ? PEOPLE / 20 : PEOPLE);
	size_t w = pick_workflow(world.department_of[who]);
	AUTO(arena_done) struct arena a = {0};
	struct flow f = {.db = world.db, .arena = &a, .now_ms = world.now_ms};
	char id[ID_SIZE];
	struct store_instance i = {.id = id,
				   .number = number,
				   .template = "app_uninstall",
				   .workflow = workflows[w].id,
				   .workflow_name = workflows[w].name,
				   .version = 1,
				   .app = workflows[w].dingtalk ? world.app : NULL,
				   .process_code = workflows[w].dingtalk ? "PROC-MAIN" : "",
				   .sent = "[]",
				   .person = world.people[who],
				   .person_name = world.names[who],
				   .department = units[world.department_of[who] % 12],
				   .originator = "",
				   .originator_department = "",
				   .device = world.devices[who],
				   .device_name = world.device_names[who],
				   .device_os = "Debian GNU/Linux 12",
				   .device_macs = "52:54:00:12:34:56",
				   .package = pick_package(),
				   .status = "pending",
				   .grant_hours = 72};
	const char *end;
	struct err e = {0};
	bool won;

	if (waits(&a, &i)) {
		add_instance(number, count);
		return;
	}
	id_new(id);
	i.created_ms = world.now_ms - YEAR + YEAR / count * number;
	i.expires_ms = i.created_ms + 15 * DAY;
	i.reason = arena_printf(&a, "%s%s%u", whys[chance(ARRAY_SIZE(whys))],
				chance(2) == 0 ? "，工单 " : " ticket ", chance(1000000));
	pick_end(&i, workflows[w].dingtalk);
	i.delivery = !workflows[w].dingtalk            ? "none"
		     : text_equal(i.status, "pending") ? "submitted"
						       : "closed";
	if (workflows[w].dingtalk && chance(500) == 0)
		i.delivery = "failed";
	end = i.status;
	i.status = "pending";
	must(flow_instance_add(&f, &i, &e), &e);
	if (text_equal(end, "pending"))
		return;
	i.status = end;
	must(store_instance_decide(world.db, &i, &won, &e), &e);
	if (text_equal(end, "approved"))
		add_grant(&i);
}

static void fill(int64_t count)
{
	struct err e = {0};

	must(db_begin(world.db, &e), &e);
	id_new(world.app);
	DO("INSERT INTO dingtalk_apps (id, corp_id, client_id, client_secret, path_secret, "
	   "created_ms) "
	   "VALUES ($1, 'corp', $2, $3, 'x', $4)",
	   db_text(world.app), db_text(world.app), db_blob("x", 1), db_i64(world.now_ms));
	id_new(world.source);
	DO("INSERT INTO identity_sources (id, name, type, app, enabled, cycle_hours, created_ms) "
	   "VALUES ($1, 'DingTalk', 'dingtalk', $2, 1, 24, $3)",
	   db_text(world.source), db_text(world.app), db_i64(world.now_ms));
	add_workflows();
	add_departments();
	for (int i = 0; i < PEOPLE; i++)
		add_person(i);
	must(db_commit(world.db, &e), &e);
	for (int64_t n = 1; n <= count;) {
		must(db_begin(world.db, &e), &e);
		for (int k = 0; k < BATCH && n <= count; k++)
			add_instance(n++, count);
		must(db_commit(world.db, &e), &e);
	}
	must(db_begin(world.db, &e), &e);
	DO("INSERT INTO counters (name, reached) VALUES ('instance', $1)", db_i64(count));
	must(db_commit(world.db, &e), &e);
}

int main(int argc, char **argv)
{
	struct err e = {0};
	int64_t count;

	if (argc != 4 || !text_i64(argv[2], 1, 10000000, &count) ||
	    !text_i64(argv[3], 1, INT64_MAX, &world.now_ms)) {
		(void)fputs("usage: instances-fill DATABASE-URL COUNT NOW-MS\n", stderr);
		return 2;
	}
	world.seed = 42;
	world.db = db_open(argv[1], DB_WRITE, &e);
	must(world.db != NULL, &e);
	fill(count);
	(void)printf("{\"departments\":[");
	for (int i = 0; i < DEPARTMENTS; i++)
		(void)printf("%s\"%s\"", i == 0 ? "" : ",", world.departments[i]);
	(void)printf("],\"people\":[");
	for (int i = 0; i < PEOPLE; i += 97)
		(void)printf("%s\"%s\"", i == 0 ? "" : ",", world.people[i]);
	(void)printf("],\"devices\":[");
	for (int i = 0; i < PEOPLE; i += 97)
		(void)printf("%s\"%s\"", i == 0 ? "" : ",", world.devices[i]);
	(void)printf("]}\n");
	db_close(world.db);
	arena_done(&world.arena);
	return 0;
}
