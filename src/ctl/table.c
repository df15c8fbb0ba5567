#include "ctl/command.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "ctl/value.h"

#define MAX_NAMES 20 /* in a cell */
#define MAX_LINE 112 /* columns of the screen, for names in a row */

struct range {
	uint32_t first, last;
};

/* Unicode's East Asian Width W and F, and what has no width, as far as names and reasons go. */
static const struct range wide[] = {
    {0x1100, 0x115f},   {0x2e80, 0x303e},   {0x3041, 0x33ff},   {0x3400, 0x4dbf},
    {0x4e00, 0xa4cf},   {0xa960, 0xa97f},   {0xac00, 0xd7a3},   {0xf900, 0xfaff},
    {0xfe30, 0xfe6f},   {0xff00, 0xff60},   {0xffe0, 0xffe6},   {0x1f300, 0x1f64f},
    {0x1f680, 0x1f6ff}, {0x1f900, 0x1f9ff}, {0x20000, 0x3fffd},
};
static const struct range none[] = {
    {0x0300, 0x036f}, {0x200b, 0x200f}, {0x20d0, 0x20ff}, {0xfe00, 0xfe0f}};
static const struct range unfit[] = {
    {0x00, 0x1f}, {0x7f, 0x9f}, {0x2028, 0x202e}, {0x2066, 0x2069}, {0xfeff, 0xfeff}};

static bool within(const struct range *ranges, size_t count, uint32_t code)
{
	for (size_t i = 0; i < count; i++) {
		if (code >= ranges[i].first && code <= ranges[i].last)
			return true;
	}
	return false;
}

/* The code point of valid UTF-8 at text, and its length. */
static uint32_t code_at(const char *text, size_t *n)
{
	static const unsigned char lead[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
	unsigned char first = (unsigned char)*text;
	uint32_t code;

	*n = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
	code = first & lead[*n];
	for (size_t i = 1; i < *n; i++)
		code = code << 6 | ((unsigned char)text[i] & 0x3f);
	return code;
}

static size_t width_of(uint32_t code)
{
	if (within(none, ARRAY_SIZE(none), code))
		return 0;
	return within(wide, ARRAY_SIZE(wide), code) ? 2 : 1;
}

size_t table_width(const char *utf8)
{
	size_t width = 0, n;

	for (; *utf8 != '\0'; utf8 += n)
		width += width_of(code_at(utf8, &n));
	return width;
}

const char *table_clean(struct arena *a, const char *utf8)
{
	AUTO(buf_done) struct buf out = {0};
	size_t n;

	if (!text_utf8_valid(utf8, strlen(utf8)))
		return "?";
	for (; *utf8 != '\0'; utf8 += n) {
		if (within(unfit, ARRAY_SIZE(unfit), code_at(utf8, &n)))
			buf_char(&out, ' ');
		else
			buf_add(&out, utf8, n);
	}
	return arena_dup_n(a, out.data != NULL ? out.data : "", out.len);
}

/* --- cells --- */

static const struct {
	const char *word, *zh;
} words[] = {
    {"pending", "待审批"},
    {"approved", "已通过"},
    {"rejected", "已拒绝"},
    {"revoked", "已撤回"},
    {"expired", "已过期"},
    {"none", "无"},
    {"unused", "未使用"},
    {"used", "已使用"},
    {"lapsed", "已失效"},
    {"revoking", "收回中"},
    {"cancelled", "已取消"},
    {"ready", "正常"},
    {"attention", "需要注意"},
    {"broken", "不可用"},
    {"queued", "排队中"},
    {"submitted", "已提交"},
    {"failed", "失败"},
    {"closing", "关闭中"},
    {"closed", "已关闭"},
    {"online", "在线"},
    {"offline", "离线"},
    {"long-offline", "长期离线"},
    {"lost", "丢失"},
    {"unbound", "已解绑"},
    {"uninstalled", "已卸载"},
    {"removed-without-grant", "未经批准移除"},
    {"presumed-uninstalled", "推定已卸载"},
    {"silent", "失联"},
    {"many-silent", "大量失联"},
    {"weakened", "保护被削弱"},
    {"unknown-build", "未知构建"},
    {"heard again", "恢复在线"},
    {"protection-restored", "保护已恢复"},
    {"the build was accepted", "构建已认可"},
    {"the device has another build", "设备已换用其他构建"},
    {"enrolled", "注册"},
    {"enrolled-again", "重新注册"},
    {"enrolled again", "重新注册"},
    {"removal-rolled-back", "卸载已回滚"},
    {"heard of again", "恢复在线"},
    {"switched", "切换用户"},
    {"everyone", "全体用户"},
    {"whitelist", "白名单"},
    {"out of scope", "不在范围内"},
    {"builtin", "内置"},
    {"dingtalk", "钉钉"},
    {"local", "本地"},
    {"waiting", "等待"},
    {"delivered", "已送达"},
    {"dead", "失败"},
    {"done", "完成"},
    {"active", "正常"},
    {"disabled", "停用"},
    {"owner", "所有者"},
    {"security-admin", "安全管理员"},
    {"approver", "审批人"},
    {"auditor", "审计员"},
    {"never", "从未"},
    {"running", "进行中"},
    {"reading", "读取中"},
    {"checking", "核对中"},
    {"applying", "应用中"},
    {"joined", "加入"},
    {"returned", "重新加入"},
    {"left", "离职"},
    {"moved", "调动"},
    {"renamed", "改名"},
    {"changed", "变更"},
    {"applied", "已生效"},
    {"refused", "已拒绝"},
    {"added", "新增"},
    {"same", "无变化"},
    {"person", "用户"},
    {"user", "用户"},
    {"department", "部门"},
    {"email", "邮箱"},
    {"telephone", "手机号"},
    {"equal", "等于"},
    {"unequal", "不等于"},
    {"unconfirmed", "待确认"},
    {"issuing", "签发中"},
    {"issued", "已签发"},
    {"stopping", "停止中"},
    {"stopped", "已停止"},
    {"open", "待处理"},
    {"live", "有效"},
    {"used-up", "已用完"},
    {"signed-out", "已退出登录"},
    {"departed", "已离职"},
    {"cloned", "身份重复"},
    {"skipped", "已跳过"},
    {"passed", "已通过"},
    {"console", "控制台"},
    {"release", "放行"},
    {"system", "系统"},
    {"fetched", "已领取"},
    {"allowed", "已放行"},
    {"removed", "已卸载"},
    {"rolled-back", "已恢复"},
    {"revealed", "已告知"},
    {"any", "或签"},
    {"all", "会签"},
    {"confirmed", "已确认"},
    {"refused", "已拒绝"},
    {"withdrawn", "已撤回"},
    {"stale", "已作废"},
    {"weakening", "削弱时"},
    {"policy", "策略"},
    {"user-group", "用户组"},
    {"settings", "设置"},
    {"block", "阻止"},
    {"audit", "仅审计"},
    {"off", "关闭"},
};

static const char *translated(const struct ctl *c, const char *word)
{
	for (size_t i = 0; i < ARRAY_SIZE(words) && c->language == CTL_ZH; i++) {
		if (text_equal(words[i].word, word))
			return words[i].zh;
	}
	return word;
}

static const char *text_of(const struct json *v)
{
	if (v->type == JSON_OBJECT) {
		const char *name = json_text(v, "name");

		if (name == NULL)
			name = json_text(json_get(v, "account"), "name");
		return name != NULL ? name : json_text(v, "id");
	}
	return v->type == JSON_TEXT || v->type == JSON_NUMBER ? v->text : NULL;
}

static const char *joined(struct ctl *c, const struct json *v)
{
	const char *all = NULL, *text;

	for (const struct json *item = v->first; item != NULL; item = item->next) {
		text = text_of(item);
		if (text == NULL)
			continue;
		all = all == NULL ? text : arena_printf(&c->arena, "%s, %s", all, text);
	}
	return all;
}

/* The id itself where the server does not say. */
static const char *name_of(struct ctl *c, const char *id, const struct noun *noun)
{
	const struct json *thing;
	const char *name;
	struct err e;

	if (!ctl_get(
		c, arena_printf(&c->arena, "%s/%s", noun->collection, text_percent(&c->arena, id)),
		&thing, &e))
		return id;
	name = json_text(thing, noun->key);
	return name != NULL ? name : id;
}

/* The first of them: each is a question to the server. */
static const char *names(struct ctl *c, const struct json *v, const struct noun *noun)
{
	const char *all = NULL, *name;
	size_t n = 0;

	if (v->type == JSON_TEXT)
		return name_of(c, v->text, noun);
	for (const struct json *item = v->first; item != NULL; item = item->next) {
		if (n++ == MAX_NAMES)
			return arena_printf(
			    &c->arena, "%s, %s", all,
			    ctl_put(c, ctl_say(c, "and {1} more", "另有 {1} 个"),
				    arena_printf(&c->arena, "%zu", v->count - MAX_NAMES)));
		name = item->type == JSON_TEXT ? name_of(c, item->text, noun) : "?";
		all = all == NULL ? name : arena_printf(&c->arena, "%s, %s", all, name);
	}
	return all;
}

static const char *truth(const struct ctl *c, bool yes)
{
	return yes ? ctl_say(c, "yes", "是") : ctl_say(c, "no", "否");
}

static const char *shown(struct ctl *c, const struct json *v, const struct column *column)
{
	int64_t ms;

	switch (column->look) {
	case LOOK_NAMES:
		return names(c, v, noun_find(column->noun));
	case LOOK_TIME:
		return v->type == JSON_NUMBER && text_i64(v->text, INT64_MIN, INT64_MAX, &ms)
			   ? ctl_time(c, ms)
			   : NULL;
	case LOOK_COUNT:
		return arena_printf(&c->arena, "%zu", v->count);
	case LOOK_LIST:
		return joined(c, v);
	case LOOK_SENTENCE:
		return json_text(v, ctl_say(c, "en", "zh"));
	case LOOK_WORD:
		return v->type == JSON_TEXT ? translated(c, v->text) : NULL;
	case LOOK_TRUTH:
	case LOOK_TEXT:
		return v->type == JSON_BOOL ? truth(c, v->truth) : text_of(v);
	}
	return NULL;
}

const char *table_cell(struct ctl *c, const struct json *row, const struct column *column)
{
	const struct json *v = value_at(row, column->path);
	const char *text = v != NULL ? shown(c, v, column) : NULL;

	if (text == NULL || *text == '\0')
		return "-";
	return table_clean(&c->arena, text);
}

/* --- tables --- */

static size_t columns_of(const struct column *columns)
{
	size_t n = 0;

	while (columns[n].path != NULL)
		n++;
	return n;
}

/* As much as fits, with a mark that there was more. */
static const char *cut(struct arena *a, const char *text)
{
	size_t width = 0, at = 0, n;

	if (table_width(text) <= TABLE_MAX_CELL)
		return text;
	for (; width + 2 < TABLE_MAX_CELL; at += n)
		width += width_of(code_at(text + at, &n));
	return arena_printf(a, "%s…", arena_dup_n(a, text, at));
}

void table_add(struct ctl *c, struct table *t, const struct json *row)
{
	size_t columns = columns_of(t->columns);
	const char **cells = arena_array(&c->arena, columns, sizeof(*cells));

	for (size_t i = 0; i < columns; i++) {
		cells[i] = table_cell(c, row, &t->columns[i]);
		if (i + 1 < columns)
			cells[i] = cut(&c->arena, cells[i]);
	}
	if ((t->count & (t->count - 1)) == 0) {
		const char ***more =
		    arena_array(&c->arena, t->count == 0 ? 1 : 2 * t->count, sizeof(*more));

		for (size_t i = 0; i < t->count; i++)
			more[i] = t->rows[i];
		t->rows = more;
	}
	t->rows[t->count++] = cells;
}

static void print_padded(const char *text, size_t width)
{
	(void)fputs(text, stdout);
	for (size_t n = table_width(text); n < width; n++)
		(void)putchar(' ');
}

static void print_row(const char *const *cells, const size_t *widths, size_t columns)
{
	for (size_t i = 0; i + 1 < columns; i++)
		print_padded(cells[i], widths[i] + 2);
	(void)puts(cells[columns - 1]);
}

void table_print(const struct ctl *c, const struct table *t, bool titles)
{
	size_t widths[TABLE_MAX_COLUMNS] = {0}, columns = columns_of(t->columns), width;
	const char *heads[TABLE_MAX_COLUMNS];

	for (size_t i = 0; i < columns; i++) {
		heads[i] = t->columns[i].title[c->language];
		widths[i] = table_width(heads[i]);
		for (size_t row = 0; row < t->count; row++) {
			width = table_width(t->rows[row][i]);
			widths[i] = width > widths[i] ? width : widths[i];
		}
	}
	if (titles)
		print_row(heads, widths, columns);
	for (size_t row = 0; row < t->count; row++)
		print_row(t->rows[row], widths, columns);
}

void table_print_names(struct ctl *c, const char *names, int indent, bool more)
{
	size_t at = (size_t)indent;

	(void)printf("%*s", indent, "");
	while (names != NULL) {
		const char *comma = strstr(names, ", "), *name;
		size_t width;

		name = arena_dup_n(&c->arena, names,
				   comma != NULL ? (size_t)(comma - names) : strlen(names));
		width = table_width(name) + 2;
		names = comma != NULL ? comma + 2 : NULL;
		if (at + width > MAX_LINE && at > (size_t)indent) {
			(void)printf(",\n%*s", indent, "");
			at = (size_t)indent;
		} else if (at > (size_t)indent) {
			(void)fputs(", ", stdout);
		}
		(void)fputs(name, stdout);
		at += width;
	}
	(void)puts(more ? ", …" : "");
}

void table_print_one(struct ctl *c, const struct json *thing, const struct column *columns)
{
	size_t widest = 0;

	for (size_t i = 0; columns[i].path != NULL; i++) {
		size_t width = table_width(columns[i].title[c->language]);

		widest = width > widest ? width : widest;
	}
	for (size_t i = 0; columns[i].path != NULL; i++) {
		const char *cell = table_cell(c, thing, &columns[i]);

		if (columns[i].quiet && (text_equal(cell, "-") || text_equal(cell, "0")))
			continue;
		print_padded(columns[i].title[c->language], widest + 2);
		(void)puts(cell);
	}
}
