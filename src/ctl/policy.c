/* What a change of the policy means, for people: what differs, what it would do, whether somebody else has to confirm it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "ctl/command.h"
#include "ctl/policy.h"
#include "ctl/value.h"

#define POLICY "policy"
#define PREVIEW "policy/preview"

struct said {
	const char *word, *en, *zh; /* NULL en: as the word */
};

static const struct said fields[] = {
    {"mode", NULL, "模式"},
    {"anti_logoff", NULL, "自启动与防退出"},
    {"scope.everyone", NULL, "全体用户"},
    {"scope.groups", NULL, "生效的用户组"},
    {"whitelist", NULL, "白名单"},
    {"filing.allowed", NULL, "允许报备"},
    {"filing.workflow", NULL, "审批流程"},
    {"filing.builtin_workflow", NULL, "备用审批流程"},
    {"contact", NULL, "联系方式"},
    {"packages", NULL, "其他受保护软件包"},
    {"pending_days", NULL, "等待天数"},
    {"grant_hours", NULL, "批准有效小时"},
    {"prompt.zh.title", NULL, "中文标题"},
    {"prompt.zh.content", NULL, "中文内容"},
    {"prompt.zh.primary", NULL, "中文主按钮"},
    {"prompt.zh.secondary", NULL, "中文次按钮"},
    {"prompt.en.title", NULL, "英文标题"},
    {"prompt.en.content", NULL, "英文内容"},
    {"prompt.en.primary", NULL, "英文主按钮"},
    {"prompt.en.secondary", NULL, "英文次按钮"},
};

static const struct said seconds[] = {
    {"mode", "it turns the protection down", "降低了保护强度"},
    {"whitelist", "it puts many people on the whitelist", "大量用户被加入白名单"},
    {"devices", "many devices would not be covered any more", "大量设备将不再受保护"},
    {"settings", "one person could do more alone", "单人可执行的操作范围将扩大"},
};

/* {1} is the name, {2} the count. */
static const struct said warnings[] = {
    {"empty-scope", "The scope is empty: nobody is covered.", "生效范围为空：不保护任何人。"},
    {"nobody-covered", "Nobody is covered.", "没有任何人受保护。"},
    {"everybody-covered", "Everybody is covered: {2} people.", "所有人都受保护：共 {2} 人。"},
    {"empty-group", "The user group {1} has no members.", "用户组“{1}”没有成员。"},
    {"broken-group", "The user group {1} has {2} rules that name who is not there any more.",
     "用户组“{1}”有 {2} 条规则引用了已不存在的对象。"},
    {"whitelisted-owner", "{1} is on the whitelist and owns {2} devices.",
     "{1} 在白名单中，名下有 {2} 台设备。"},
    {"whitelisted-departed", "{1} is on the whitelist and has left.", "{1} 在白名单中，但已离职。"},
    {"workflow-broken", "The workflow {1} is broken.", "审批流程“{1}”不可用。"},
    {"no-workflow", "{2} people would be blocked, and no workflow serves them.",
     "{2} 人将被阻止卸载，且没有可用的审批流程。"},
    {"no-contact", "There is no contact text for those who cannot file.",
     "没有为无法报备的人填写联系方式。"},
    {"filing-not-allowed", "Filing is not allowed: {2} people would be blocked.",
     "不允许报备：{2} 人将被阻止卸载。"},
};

static const struct said whys[] = {{"gone", "is not there any more", "已不存在"},
				   {"departed", "has left", "已离职"},
				   {"broken", "is broken", "不可用"}};

static const char *say(const struct ctl *c, const struct said *list, size_t count, const char *word)
{
	for (size_t i = 0; i < count; i++) {
		if (text_equal(list[i].word, word))
			return ctl_say(c, list[i].en != NULL ? list[i].en : word, list[i].zh);
	}
	return word;
}

#define SAY(c, list, word) say(c, list, ARRAY_SIZE(list), word)

static const char *number(const struct json *object, const char *path)
{
	const struct json *v = value_at(object, path);

	return v != NULL && v->type == JSON_NUMBER ? v->text : "0";
}

static const char *two(struct ctl *c, const char *sentence, const char *first, const char *second)
{
	const char *at = strstr(sentence, "{2}");

	if (at != NULL)
		sentence = arena_printf(&c->arena, "%.*s%s%s", (int)(at - sentence), sentence,
					second, at + strlen("{2}"));
	return ctl_put(c, sentence, first);
}

static const struct json *first_of(const struct json *object, const char *path)
{
	const struct json *list = value_at(object, path);

	return list != NULL ? list->first : NULL;
}

/* --- what differs --- */

static const char *value_shown(struct ctl *c, const struct json *v, const char *kind)
{
	static const struct column word = {.path = "value", .look = LOOK_WORD};
	const char *name = json_text(v, "name"), *source = json_text(v, "source"), *text;
	bool gone = false;

	if (v == NULL || v->type != JSON_OBJECT)
		return "-";
	if (text_equal(kind, "word"))
		return table_cell(c, v, &word);
	if (text_equal(kind, "truth"))
		return text_equal(json_text(v, "value"), "true") ? ctl_say(c, "yes", "是")
								 : ctl_say(c, "no", "否");
	text = name != NULL ? name : json_text(v, "value");
	if (text == NULL || *text == '\0')
		return "-";
	if (source != NULL)
		text = arena_printf(&c->arena, "%s (%s)", text, source);
	(void)json_bool(v, "gone", &gone);
	if (gone)
		text = arena_printf(&c->arena, "%s [%s]", text,
				    ctl_say(c, "not there any more", "已不存在"));
	return table_clean(&c->arena, text);
}

static void print_values(struct ctl *c, char mark, const struct json *change, const char *list)
{
	for (const struct json *v = first_of(change, list); v != NULL; v = v->next)
		(void)printf("    %c %s\n", mark, value_shown(c, v, NULL));
}

static void print_changes(struct ctl *c, const struct json *answer)
{
	const struct json *all = json_get(answer, "changes");

	if (all == NULL || all->count == 0)
		(void)printf("%s\n", ctl_say(c, "no changes", "没有变化"));
	for (const struct json *i = all != NULL ? all->first : NULL; i != NULL; i = i->next) {
		const struct json *before = json_get(i, "before"), *after = json_get(i, "after");
		const char *kind = json_text(i, "kind");
		bool moved = false;

		(void)printf("  %s", SAY(c, fields, json_text(i, "field")));
		(void)json_bool(i, "moved", &moved);
		if (moved)
			(void)printf(": %s", ctl_say(c, "in another order", "顺序改变"));
		else if ((before != NULL && before->type == JSON_OBJECT) ||
			 (after != NULL && after->type == JSON_OBJECT))
			(void)printf(": %s → %s", value_shown(c, before, kind),
				     value_shown(c, after, kind));
		(void)putchar('\n');
		print_values(c, '-', i, "removed");
		print_values(c, '+', i, "added");
	}
}

enum ctl_status policy_diff_run(struct ctl *c, const struct line *line)
{
	const struct json *answer;
	struct err e = {0};

	if (!ctl_call(c, HTTP_GET,
		      arena_printf(&c->arena, "policy/diff?from=%s&to=%s",
				   text_percent(&c->arena, line->args[0]),
				   text_percent(&c->arena, line->args[1])),
		      NULL, &answer, &e))
		return ctl_complain(&e);
	if (!c->json)
		print_changes(c, answer);
	return CTL_GOOD;
}

/* --- what it would do --- */

void policy_print_sample(struct ctl *c, const char *title, const struct json *some)
{
	const char *all = "", *count = some != NULL ? number(some, "count") : "0";
	int64_t shown = 0, n = 0;

	for (const struct json *i = first_of(some, "sample"); i != NULL; i = i->next, shown++) {
		const char *of = json_text(i, "source");

		if (of == NULL)
			of = json_text(json_get(i, "owner"), "name");
		all = arena_printf(&c->arena, "%s%s%s (%s)", all, shown > 0 ? ", " : "",
				   json_text(i, "name"), of != NULL ? of : "-");
	}
	(void)json_i64(some, "count", &n);
	if (n == 0)
		return;
	(void)printf("  %s: %s\n", title, count);
	table_print_names(c, table_clean(&c->arena, all), 4, n > shown);
}

void policy_print_covered(struct ctl *c, const struct json *preview)
{
	(void)printf("  %s: %s → %s\n", ctl_say(c, "people covered", "受保护的用户"),
		     number(preview, "covered.people.before"),
		     number(preview, "covered.people.after"));
	(void)printf("  %s: %s → %s\n", ctl_say(c, "devices covered", "受保护的设备"),
		     number(preview, "covered.devices.before"),
		     number(preview, "covered.devices.after"));
	policy_print_sample(c, ctl_say(c, "people gained", "新增用户"),
			    value_at(preview, "covered.people.gained"));
	policy_print_sample(c, ctl_say(c, "people lost", "减少用户"),
			    value_at(preview, "covered.people.lost"));
	policy_print_sample(c, ctl_say(c, "devices gained", "新增设备"),
			    value_at(preview, "covered.devices.gained"));
	policy_print_sample(c, ctl_say(c, "devices lost", "减少设备"),
			    value_at(preview, "covered.devices.lost"));
	policy_print_sample(c, ctl_say(c, "could not file any more", "将无法报备的用户"),
			    value_at(preview, "stranded"));
}

void policy_print_seconds(struct ctl *c, const struct json *list)
{
	if (list == NULL || list->count == 0)
		return;
	(void)printf("%s\n", ctl_say(c, "A second administrator has to confirm it:",
				     "需要第二位管理员确认："));
	for (const struct json *i = list->first; i != NULL; i = i->next)
		(void)printf("  - %s\n", SAY(c, seconds, i->text));
}

static void print_warnings(struct ctl *c, const struct json *preview)
{
	const struct json *first = first_of(preview, "warnings");

	if (first != NULL)
		(void)printf("%s\n", ctl_say(c, "Please note:", "请注意："));
	for (const struct json *i = first; i != NULL; i = i->next) {
		const char *name = json_text(i, "name");

		(void)printf(
		    "  - %s\n",
		    table_clean(&c->arena, two(c, SAY(c, warnings, json_text(i, "code")),
					       name != NULL ? name : "-", number(i, "count"))));
	}
}

void policy_print_preview(struct ctl *c, const struct json *preview)
{
	(void)printf("%s\n", ctl_say(c, "What differs:", "修改内容："));
	print_changes(c, preview);
	(void)printf("%s\n", ctl_say(c, "What that does:", "影响："));
	policy_print_covered(c, preview);
	if (!text_equal(number(preview, "requests"), "0"))
		(void)printf(
		    "  %s: %s\n",
		    ctl_say(c, "waiting requests that are withdrawn", "将被撤回的待审批申请"),
		    number(preview, "requests"));
	print_warnings(c, preview);
	policy_print_seconds(c, json_get(preview, "second_person"));
}

bool policy_preview(struct ctl *c, const struct json *body, const struct json **out, struct err *e)
{
	const char *etag = c->etag;
	bool quiet = c->json, ok;

	c->json = false;
	ok = ctl_call(c, HTTP_POST, PREVIEW, value_write(&c->arena, body), out, e);
	c->json = quiet;
	c->etag = etag;
	return ok;
}

/* --- changing it --- */

bool policy_print_proposal(struct ctl *c, const struct json *answer)
{
	const struct json *proposal = json_get(answer, "proposal");
	int64_t until = 0;

	if (proposal == NULL || proposal->type != JSON_OBJECT)
		return false;
	(void)json_i64(proposal, "expires_ms", &until);
	(void)fprintf(stderr, "%s\n",
		      two(c,
			  ctl_say(c,
				  "Nothing is changed yet: another administrator has to confirm it "
				  "until {2}: holdfastctl policy confirm {1}",
				  "尚未生效：需要另一位管理员在 {2} 之前确认：holdfastctl policy "
				  "confirm {1}"),
			  json_text(proposal, "id"), ctl_time(c, until)));
	return true;
}

/* The body that file and options make, over the policy as it is. */
static bool edited(struct ctl *c, const struct line *line, struct value **out, struct err *e)
{
	struct value *base;
	const char *etag;

	if (!ctl_read_for_edit(c, POLICY, &base, e))
		return false;
	etag = c->etag;
	if (!command_body(c, line, base, out, e))
		return false;
	c->etag = etag;
	return true;
}

static enum ctl_status print_saved(struct ctl *c, const struct line *line,
				   const struct json *answer)
{
	if (policy_print_proposal(c, answer))
		return CTL_ATTENTION;
	if (!c->json)
		table_print_one(c, answer, line->command->columns);
	return CTL_GOOD;
}

enum ctl_status policy_edit_run(struct ctl *c, const struct line *line)
{
	const struct json *answer;
	struct err e = {0};
	struct value *body;

	if (!edited(c, line, &body, &e) ||
	    !ctl_call(c, HTTP_PUT, POLICY, value_write(&c->arena, &body->json), &answer, &e))
		return ctl_complain(&e);
	return print_saved(c, line, answer);
}

enum ctl_status policy_preview_run(struct ctl *c, const struct line *line)
{
	const struct json *answer;
	struct err e = {0};
	struct value *body;

	if (!edited(c, line, &body, &e) ||
	    !ctl_call(c, HTTP_POST, PREVIEW, value_write(&c->arena, &body->json), &answer, &e))
		return ctl_complain(&e);
	if (!c->json)
		policy_print_preview(c, answer);
	return CTL_GOOD;
}

/* --- an old version --- */

static void print_missing(struct ctl *c, const struct json *version)
{
	const struct json *first = first_of(version, "missing");

	if (first != NULL)
		(void)printf("%s\n", ctl_say(c, "What it names and what cannot be chosen now:",
					     "此版本引用的以下对象已不可用："));
	for (const struct json *i = first; i != NULL; i = i->next) {
		const char *name = json_text(i, "name");

		(void)printf("  %s: %s: %s\n", SAY(c, fields, json_text(i, "field")),
			     table_clean(&c->arena, name != NULL ? name : json_text(i, "id")),
			     SAY(c, whys, json_text(i, "why")));
	}
	if (first != NULL)
		(void)printf("%s\n", ctl_say(c, "To leave it out: --without-missing",
					     "如需略去，请使用 --without-missing"));
}

enum ctl_status policy_version_run(struct ctl *c, const struct line *line)
{
	const struct json *answer;
	struct err e = {0};

	if (!ctl_call(c, HTTP_GET,
		      arena_printf(&c->arena, "policy/versions/%s",
				   text_percent(&c->arena, line->args[0])),
		      NULL, &answer, &e))
		return ctl_complain(&e);
	if (c->json)
		return CTL_GOOD;
	table_print_one(c, answer, line->command->columns);
	(void)printf("\n%s\n", ctl_say(c, "Against the version before it:", "与上一版本相比："));
	print_changes(c, answer);
	print_missing(c, answer);
	return CTL_GOOD;
}

static bool look_at_version(struct ctl *c, const char *version, struct err *e)
{
	const struct json *answer, *preview;

	if (!ctl_get(c, arena_printf(&c->arena, "policy/versions/%s", version), &answer, e))
		return false;
	print_missing(c, answer);
	/* What it names may be gone: then what is asked of the server says so. */
	if (first_of(answer, "missing") == NULL) {
		if (!policy_preview(c, json_get(answer, POLICY), &preview, e))
			return false;
		policy_print_preview(c, preview);
	}
	return true;
}

enum ctl_status policy_restore_run(struct ctl *c, const struct line *line)
{
	const char *version = text_percent(&c->arena, line->args[0]);
	const struct json *answer;
	struct err e = {0};
	struct value *body;
	const char *etag;

	if (!ctl_read_etag(c, POLICY, &e))
		return ctl_complain(&e);
	etag = c->etag;
	if (!c->json && !look_at_version(c, version, &e))
		return ctl_complain(&e);
	if (!command_ask(c, line, ctl_say(c, "Restore this version?", "恢复此版本？"), &e) ||
	    !command_body(c, line, NULL, &body, &e))
		return ctl_complain(&e);
	c->etag = etag;
	if (!ctl_call(c, HTTP_POST, arena_printf(&c->arena, "policy/versions/%s/restore", version),
		      value_write(&c->arena, &body->json), &answer, &e))
		return ctl_complain(&e);
	return print_saved(c, line, answer);
}

/* --- what waits for a second administrator --- */

static const char *path_of(struct ctl *c, const struct line *line, const char *what)
{
	return arena_printf(&c->arena, "policy/proposals/%s%s",
			    text_percent(&c->arena, line->args[0]), what);
}

static bool is_object(const struct json *v)
{
	return v != NULL && v->type == JSON_OBJECT;
}

/* NULL: it ended, and what was there before is not known. */
static void print_settings(struct ctl *c, const struct json *before, const struct json *after)
{
	static const struct said names[] = {
	    {"policy_second_person", "second person for the policy", "策略修改需第二人确认"},
	    {"policy_threshold", "people or devices that one person may exempt",
	     "单人可豁免的人数或设备数"},
	    {"release_threshold", "devices that one person may release", "单人可放行的设备数"}};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		const struct json *was = before != NULL ? json_get(before, names[i].word) : NULL;
		const char *to = value_at(after, names[i].word)->text;

		if (was == NULL)
			(void)printf("  %s: %s\n", SAY(c, names, names[i].word), to);
		else if (!text_equal(was->text, to))
			(void)printf("  %s: %s → %s\n", SAY(c, names, names[i].word), was->text,
				     to);
	}
}

static void print_what(struct ctl *c, const struct json *answer)
{
	const struct json *settings = json_get(answer, "settings"),
			  *now = json_get(answer, "settings_now"),
			  *group = json_get(answer, "group_preview");

	if (is_object(settings))
		print_settings(c, is_object(now) ? now : NULL, settings);
	else if (is_object(group))
		group_print_preview(c, group);
	else if (is_object(json_get(answer, "policy")))
		print_changes(c, answer);
	if (!is_object(group))
		policy_print_seconds(c, json_get(answer, "second_person"));
}

static void print_proposal(struct ctl *c, const struct line *line, const struct json *answer)
{
	const struct json *preview = json_get(answer, "preview");
	const char *obstacle = json_text(answer, "obstacle");

	table_print_one(c, answer, line->command->columns);
	(void)putchar('\n');
	if (is_object(preview)) {
		policy_print_preview(c, preview);
		return;
	}
	print_what(c, answer);
	if (obstacle != NULL)
		(void)printf("%s: %s\n", ctl_say(c, "It cannot be saved now", "目前无法保存"),
			     table_clean(&c->arena, obstacle));
}

enum ctl_status policy_proposal_run(struct ctl *c, const struct line *line)
{
	const struct json *answer;
	struct err e = {0};

	if (!ctl_call(c, HTTP_GET, path_of(c, line, ""), NULL, &answer, &e))
		return ctl_complain(&e);
	if (!c->json)
		print_proposal(c, line, answer);
	return CTL_GOOD;
}

/* Nobody confirms what he has not seen. */
enum ctl_status policy_confirm_run(struct ctl *c, const struct line *line)
{
	const struct json *answer;
	struct err e = {0};
	const char *etag;

	if (!ctl_get(c, path_of(c, line, ""), &answer, &e))
		return ctl_complain(&e);
	etag = c->etag;
	if (!c->json)
		print_proposal(c, line, answer);
	if (!command_ask(c, line, ctl_say(c, "Confirm this change?", "确认此修改？"), &e))
		return ctl_complain(&e);
	c->etag = etag;
	if (!ctl_call(c, HTTP_POST, path_of(c, line, "/confirm"), NULL, &answer, &e))
		return ctl_complain(&e);
	if (c->json)
		return CTL_GOOD;
	(void)printf(
	    "%s\n",
	    text_equal(json_text(answer, "subject"), "policy")
		? ctl_put(c, ctl_say(c, "The policy is at version {1} now.", "策略现为版本 {1}。"),
			  number(answer, "version"))
		: ctl_say(c, "The change holds now.", "修改已生效。"));
	return CTL_GOOD;
}

bool policy_count_waiting(struct ctl *c, int64_t *out, struct err *e)
{
	const struct json *all;

	*out = 0;
	if (!ctl_get_all(c, "policy/proposals?state=open", &all, e))
		return false;
	for (const struct json *i = all->first; i != NULL; i = i->next) {
		bool may = false;

		(void)json_bool(i, "may_decide", &may);
		*out += may;
	}
	return true;
}
