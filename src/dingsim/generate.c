#include "dingsim/generate.h"

#include <getopt.h>
#include <string.h>

#include "base/buf.h"
#include "base/text.h"
#include "json/json.h"

#define PEOPLE_MAX 100000
#define DEPARTMENTS_MAX 20000
#define WRITE_SIZE 65536
#define ROOT 1
#define CHILDREN 6         /* about so many departments in one */
#define TWO_DEPARTMENTS 20 /* one person in so many has a second one */

static const char *const surnames[] = {"王", "李", "张", "刘", "陈", "杨", "赵", "黄", "周", "吴",
				       "徐", "孙", "胡", "朱", "高", "林", "何", "郭", "马", "罗",
				       "梁", "宋", "郑", "谢", "韩", "唐", "冯", "于", "董", "萧"};
static const char *const given[] = {"伟", "芳", "娜", "敏", "静", "丽", "强", "磊", "军", "洋",
				    "勇", "艳", "杰", "娟", "涛", "明", "超", "霞", "平", "刚",
				    "桂", "英", "华", "玉", "萍", "红", "文", "云", "晨", "宇"};
static const char *const units[] = {"研发部",     "平台组",     "客户端组",  "质量保障组",
				    "产品设计部", "信息安全部", "IT 服务部", "市场销售部",
				    "人力资源部", "财务部"};
static const char *const titles[] = {"工程师",   "高级工程师", "测试工程师", "产品经理", "设计师",
				     "客户经理", "运营专员",   "人事专员",   "会计",     "经理"};

/* splitmix64 */
static uint64_t draw(uint64_t *state)
{
	uint64_t x = *state += 0x9e3779b97f4a7c15U;

	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9U;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebU;
	return x ^ (x >> 31);
}

#define PICK(list, state) ((list)[draw(state) % ARRAY_SIZE(list)])

struct writing {
	const struct generate *g;
	uint64_t state;
	FILE *out;
	struct buf text;
	struct json_writer w;
	bool ok;
};

/* A line ends here: what is there goes out when it is enough. */
static void line(struct writing *o)
{
	buf_char(&o->text, '\n');
	if (o->text.len < WRITE_SIZE)
		return;
	o->ok = o->ok && fwrite(o->text.data, 1, o->text.len, o->out) == o->text.len;
	buf_reset(&o->text);
}

static void head(struct writing *o)
{
	json_object(&o->w, NULL);
	json_object(&o->w, "corp");
	json_put_text(&o->w, "corpId", "dinglarge00000000000000000000000");
	json_put_text(&o->w, "name", "大型示例集团");
	json_object_end(&o->w);
	line(o);
	json_array(&o->w, "apps");
	json_object(&o->w, NULL);
	json_put_text(&o->w, "clientId", "dingexampleapp0000");
	json_put_text(&o->w, "clientSecret", "not-a-secret-example-only-not-a-secret-example-only");
	json_put_i64(&o->w, "agentId", 100001);
	json_put_text(&o->w, "name", "示例应用");
	json_array(&o->w, "redirectUrls");
	json_array_end(&o->w);
	json_object_end(&o->w);
	json_array_end(&o->w);
	line(o);
}

static void put_department(struct writing *o, int64_t id)
{
	char name[64];

	(void)snprintf(name, sizeof(name), "%s%lld", PICK(units, &o->state), (long long)id);
	json_object(&o->w, NULL);
	json_put_i64(&o->w, "id", id);
	json_put_text(&o->w, "name", name);
	json_put_i64(&o->w, "parent",
		     ROOT + (int64_t)(draw(&o->state) % (uint64_t)(id / CHILDREN + 1)));
	json_object_end(&o->w);
	line(o);
}

static int64_t some_department(struct writing *o)
{
	return ROOT + (int64_t)(draw(&o->state) % (uint64_t)(o->g->departments + 1));
}

static void put_departments_of(struct writing *o)
{
	int64_t first = some_department(o), second = first;

	if (draw(&o->state) % TWO_DEPARTMENTS == 0)
		second = some_department(o);
	json_array(&o->w, "departments");
	json_put_i64(&o->w, NULL, first);
	if (second != first)
		json_put_i64(&o->w, NULL, second);
	json_array_end(&o->w);
}

static void put_person(struct writing *o, int64_t n)
{
	const char *surname = PICK(surnames, &o->state), *first = PICK(given, &o->state);
	const char *second = draw(&o->state) % 2 ? PICK(given, &o->state) : "";
	char text[64];

	json_object(&o->w, NULL);
	(void)snprintf(text, sizeof(text), "p%06lld", (long long)n);
	json_put_text(&o->w, "userid", text);
	(void)snprintf(text, sizeof(text), "u%06lld", (long long)n);
	json_put_text(&o->w, "unionid", text);
	(void)snprintf(text, sizeof(text), "%s%s%s", surname, first, second);
	json_put_text(&o->w, "name", text);
	(void)snprintf(text, sizeof(text), "13800%06lld", (long long)n);
	json_put_text(&o->w, "mobile", text);
	(void)snprintf(text, sizeof(text), "p%06lld@example.com", (long long)n);
	json_put_text(&o->w, "email", text);
	json_put_text(&o->w, "title", PICK(titles, &o->state));
	put_departments_of(o);
	json_object_end(&o->w);
	line(o);
}

static void put_form(struct writing *o)
{
	json_array(&o->w, "forms");
	json_object(&o->w, NULL);
	json_put_text(&o->w, "processCode", "PROC-LARGE-EXAMPLE");
	json_put_text(&o->w, "name", "示例审批");
	json_put_bool(&o->w, "allowWithdraw", true);
	json_array(&o->w, "components");
	json_object(&o->w, NULL);
	json_put_text(&o->w, "componentType", "TextareaField");
	json_put_text(&o->w, "id", "TextareaField_reason");
	json_put_text(&o->w, "label", "原因");
	json_put_bool(&o->w, "required", true);
	json_object_end(&o->w);
	json_array_end(&o->w);
	json_array(&o->w, "approvers");
	json_object(&o->w, NULL);
	json_put_text(&o->w, "actionType", "NONE");
	json_array(&o->w, "userIds");
	json_put_text(&o->w, NULL, "p000001");
	json_array_end(&o->w);
	json_object_end(&o->w);
	json_array_end(&o->w);
	json_object_end(&o->w);
	json_array_end(&o->w);
}

bool generate_seed(const struct generate *g, FILE *out, struct err *e)
{
	struct writing o = {.g = g, .state = (uint64_t)g->seed, .out = out, .ok = true};
	int64_t i;

	o.w.out = &o.text;
	head(&o);
	json_array(&o.w, "departments");
	for (i = 0; i < g->departments; i++)
		put_department(&o, ROOT + 1 + i);
	json_array_end(&o.w);
	json_array(&o.w, "people");
	for (i = 1; i <= g->people; i++)
		put_person(&o, i);
	json_array_end(&o.w);
	put_form(&o);
	json_object_end(&o.w);
	line(&o);
	o.ok = o.ok && fwrite(o.text.data, 1, o.text.len, out) == o.text.len && !fflush(out);
	buf_done(&o.text);
	return o.ok || err_errno(e, "writing the seed");
}

static const char usage[] =
    "usage: dingsim seed [--people N] [--departments N] [--seed N] > org.json\n"
    "\n"
    "Writes an organisation for dingsim --seed. The same numbers give the same one.\n"
    "\n"
    "  --people N        1 to 100000, default 1000\n"
    "  --departments N   beside the root, 0 to 20000, default 50\n"
    "  --seed N          another organisation of that size, default 1\n";

enum { OPTION_PEOPLE = 1, OPTION_DEPARTMENTS, OPTION_SEED, OPTION_HELP };

static const struct option options[] = {
    {"people", required_argument, NULL, OPTION_PEOPLE},
    {"departments", required_argument, NULL, OPTION_DEPARTMENTS},
    {"seed", required_argument, NULL, OPTION_SEED},
    {"help", no_argument, NULL, OPTION_HELP},
    {0}};

/* -1: go on; else the exit status. */
static int read_option(struct generate *g, int option)
{
	bool ok = false;

	switch (option) {
	case OPTION_PEOPLE:
		ok = text_i64(optarg, 1, PEOPLE_MAX, &g->people);
		break;
	case OPTION_DEPARTMENTS:
		ok = text_i64(optarg, 0, DEPARTMENTS_MAX, &g->departments);
		break;
	case OPTION_SEED:
		ok = text_i64(optarg, 0, INT64_MAX, &g->seed);
		break;
	case OPTION_HELP:
		(void)fputs(usage, stdout);
		return 0;
	default:
		return 2;
	}
	if (ok)
		return -1;
	(void)fprintf(stderr, "dingsim: %s is no number that is possible here\n", optarg);
	return 2;
}

int generate_main(int argc, char **argv)
{
	struct generate g = {.people = 1000, .departments = 50, .seed = 1};
	int option, status = -1;
	struct err e = {0};

	while (status < 0 && (option = getopt_long(argc, argv, "", options, NULL)) != -1)
		status = read_option(&g, option);
	if (status >= 0)
		return status;
	if (optind < argc) {
		(void)fprintf(stderr,
			      "dingsim: seed takes options only, see dingsim seed --help\n");
		return 2;
	}
	if (generate_seed(&g, stdout, &e))
		return 0;
	(void)fprintf(stderr, "dingsim: %s\n", e.text);
	return err_exit_status(e.code);
}
