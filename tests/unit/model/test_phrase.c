#include "../unit.h"

#include <stdio.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/text.h"
#include "model/event.h"
#include "model/phrase.h"
#include "model/remark.h"

static const struct row {
	const char *kind, *text, *expected;
} rows[] = {
    {"submitted", "DingTalk has the request", "钉钉已收到申请"},
    {"grant-issued", "good until 2026-11-26T01:07:02Z", "有效期至 2026-11-26T01:07:02Z"},
    {"grant-used",
     "a removal was let through with it at 2026-11-23T01:07:02Z by the device's clock",
     "已凭此授权放行卸载（设备时间 2026-11-23T01:07:02Z）"},
    {"asked", "level 1: 王芳 (for 周敏)", "第 1 级：王芳 (for 周敏)"},
    {"asked", "level 12 (安全): 王芳, 周敏", "第 12 级（安全）：王芳, 周敏"},
    {"level-approved", "level 1", "第 1 级"},
    {"level-approved", "level 1: ok", "第 1 级：ok"},
    {"level-approved", "level 1, for 周敏: ok, for now: yes", "第 1 级，代周敏：ok, for now: yes"},
    {"level-rejected", "level 2 (IT): no (not yet), for good",
     "第 2 级（IT）：no (not yet), for good"},
    {"approver-skipped", "level 1: cannot be asked: 李华", "第 1 级：无法审批：李华"},
    {"approved", "in DingTalk: no longer needed", "钉钉审批：no longer needed"},
    {"coverage", "group office", "用户组 office"},
    {"owner-changed", "before: 李华", "原使用者：李华"},
    {"owner-change-held",
     "王芳 is not covered by the policy; the device stays protected as before until an "
     "administrator confirms",
     "策略不覆盖王芳；在管理员确认之前，设备仍按原样受保护"},
    {"owner-change-confirmed", "王芳 instead of 李华: loaned", "王芳取代李华：loaned"},
    {"identity-cloned",
     "laptop-7: at 10.0.0.1 and, to get an entry of its own, at 10.0.0.2 (other hardware)",
     "laptop-7：在 10.0.0.1；另一台在 10.0.0.2（硬件不同），将获得单独的条目"},
    {"device-session-ended", "signed out", "已退出登录"},
    {"policy-proposed", "on the user group 研发, to be confirmed by a second person for: devices",
     "用户组“研发”，待第二人确认：devices"},
    {"policy-proposed", "on version 7, to be confirmed by a second person for: mode",
     "基于版本 7，待第二人确认：mode"},
    /* Whoever wrote it wrote it so. */
    {"filed", "in DingTalk", "in DingTalk"},
    {"released", "DingTalk has the request", "DingTalk has the request"},
    {"submitted", "DingTalk has the request too", "DingTalk has the request too"},
    {"asked", "level one: 王芳", "level one: 王芳"},
    {"executed", "the task of  was executed in DingTalk", "the task of  was executed in DingTalk"},
    {"grant-issued", "", ""},
};

static void test_what_holdfast_wrote_is_said_in_chinese(void **state)
{
	AUTO(arena_done) struct arena a = {0};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		assert_string_equal(phrase_chinese(&a, rows[i].kind, rows[i].text),
				    rows[i].expected);
	assert_null(phrase_chinese(&a, "note", NULL));
}

static const struct row errors[] = {
    {"error", "There is no device with this id.", "没有该设备。"},
    {"error", "name: must not be empty", "名称：不能为空"},
    {"error", "levels[1].approvers[0]: is missing", "levels[1].approvers[0]：缺失"},
    {"error", "role: must be one of: owner, auditor", "角色：必须是以下之一：owner, auditor"},
    {"error", "JSON, byte 12: a comma must stand here", "JSON 第 12 字节：此处应为逗号"},
    {"error", "The role auditor may not do this.", "审计员无权执行此操作。"},
    {"error", "This request is final already: it was approved.", "该申请已有最终结果：已通过。"},
    {"error", "The grant cannot be used any more: revoked.", "该授权已无法使用：已收回。"},
    /* A sentence in a sentence in a sentence. */
    {"error", "csv: 2 lines are refused, the first is line 3: name: must not be empty",
     "列表：有 2 行被拒绝，首先是第 3 行：名称：不能为空"},
    {"error",
     "not all of it was imported (import the list again for the rest): line 7: email: belongs to "
     "李华 (a@example.com)",
     "未全部导入（请重新导入该列表以完成其余部分）：第 7 行：邮箱：属于 李华（a@example.com）"},
    /* In another order. */
    {"error", "kind: there is no kind sparrow", "类型：没有类型 sparrow"},
    {"error", "filter: there is no state sparrow", "筛选条件：没有 sparrow 状态"},
    /* Names stay, whatever they are. */
    {"error", "The workflow \"pending\" uses this app.", "审批流程“pending”正在使用该应用。"},
    {"error", "The workflow \"%s %w %t %n\" uses this app.",
     "审批流程“%s %w %t %n”正在使用该应用。"},
    {"error", "The workflow \"a\" uses this app.\" uses this app.",
     "审批流程“a\" uses this app.”正在使用该应用。"},
    {"error", "rules[0]: the department 研发 is gone is gone",
     "rules[0]：部门“研发 is gone”已不存在"},
    /* What a connection test finds is in another table. */
    {"error",
     "Nobody can be asked in level 2, not even an administrator: every request ends there.",
     "第 2 级无人可以审批，连管理员也没有：所有申请都将停在该级。"},
    {"workflow-broken",
     "终端卸载: Nobody can be asked in level 2, not even an administrator: every request ends "
     "there.",
     "终端卸载：第 2 级无人可以审批，连管理员也没有：所有申请都将停在该级。"},
    /* None of ours, or only in part. */
    {"error", "name: sounds odd", "name: sounds odd"},
    {"error", "There is no device with this id", "There is no device with this id"},
    {"error", "days: must be from 1 to many.", "days: must be from 1 to many."},
    {"error", "csv: 2 lines are refused, the first is line 3: nobody knows why",
     "csv: 2 lines are refused, the first is line 3: nobody knows why"},
    {"error", ": ", ": "},
    {"error", "", ""},
};

static void test_an_error_is_said_in_chinese(void **state)
{
	AUTO(arena_done) struct arena a = {0};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(errors); i++)
		assert_string_equal(phrase_chinese(&a, errors[i].kind, errors[i].text),
				    errors[i].expected);
	assert_null(phrase_find(&a, "error", "name: sounds odd"));
	assert_null(phrase_find(&a, "error", NULL));
}

static const struct {
	const char *en, *text, *parts[3]; /* NULL: does not fit */
} fits[] = {
    {"a", "a", {"-"}},
    {"a", "ab", {NULL}},
    {"%s", "anything", {"anything"}},
    {"%s", "", {NULL}},
    {"%d of %zu", "-7 of 12", {"-7", "12"}},
    {"%d of %d", "7 of twelve", {NULL}},
    {"%d of %d", "- of 1", {NULL}},
    {"%s of %lld: %s", "7 of 9 of 3: x", {"7 of 9", "3", "x"}},
    {"level %d (%[^)]), for %s", "level 2 (IT), for 周敏", {"2", "IT", "周敏"}},
    {"level %d (%[^)]), for %s", "level 2 (IT): no (not yet), for good", {NULL}},
    {"level %d (%[^)])", "level 2 ()", {NULL}},
    {"%s: %s", "a: b: c", {"a", "b: c"}},
    {"%s and %s.", "a and b and c.", {"a", "b and c"}},
    {"%s ends", "ends ends ends", {"ends ends"}},
    {"%.40s… is it", "abc… is it", {"abc"}},
};

static void test_what_fits_a_format_and_what_stands_in_it(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(fits); i++) {
		struct phrase_part parts[PHRASE_MAX_PARTS];

		assert_int_equal(phrase_fits(fits[i].en, fits[i].text, parts),
				 fits[i].parts[0] != NULL);
		for (size_t k = 0; k < 3 && fits[i].parts[k] != NULL; k++) {
			if (text_equal(fits[i].parts[k], "-"))
				continue;
			assert_int_equal(parts[k].size, strlen(fits[i].parts[k]));
			assert_memory_equal(parts[k].text, fits[i].parts[k], parts[k].size);
		}
	}
}

/* What stands for a conversion of a row: said as text, and found again as chinese. */
struct sample {
	const char *text, *chinese;
};

static size_t conversions(const char *format, struct sample *out, bool chinese)
{
	size_t count = 0;

	for (; *format != '\0'; format++) {
		size_t order;
		char letter;

		if (*format != '%')
			continue;
		assert_int_not_equal(format[1], '%');
		order = format[1] >= '1' && format[1] <= '9' && format[2] == '$'
			    ? (size_t)(format[1] - '1')
			    : count;
		format += strcspn(format, "sduwt[");
		letter = *format;
		assert_true(order < PHRASE_MAX_PARTS && letter != '\0');
		count++;
		if (!chinese)
			out[order] = (letter == 'd' || letter == 'u')
					 ? (struct sample){"7", "7"}
					 : (struct sample){"Xyzzy", "Xyzzy"};
		else if (letter == 't')
			out[order] = (struct sample){"must be text", "必须是文本"};
	}
	return count;
}

/* The format with its samples. */
static const char *rendered(struct arena *a, const char *format, const struct sample *samples,
			    bool chinese)
{
	AUTO(buf_done) struct buf out = {0};
	size_t next = 0;

	for (; *format != '\0'; format++) {
		size_t order = next;

		if (*format != '%') {
			buf_char(&out, *format);
			continue;
		}
		next++;
		if (format[1] >= '1' && format[1] <= '9' && format[2] == '$')
			order = (size_t)(format[1] - '1');
		format += strcspn(format, "sduwt[");
		if (*format == '[')
			format = strchr(format, ']');
		buf_text(&out, chinese ? samples[order].chinese : samples[order].text);
	}
	return arena_dup_n(a, out.data, out.len);
}

static void test_every_row_is_found_and_none_hides_another(void **state)
{
	(void)state;
	for (const struct phrase_row *row = phrase_rows; row->kind != NULL; row++) {
		AUTO(arena_done) struct arena a = {0};
		struct sample samples[PHRASE_MAX_PARTS] = {0};
		size_t count = conversions(row->en, samples, false);

		assert_true(conversions(row->zh, samples, true) <= count);
		for (size_t i = count; i < PHRASE_MAX_PARTS; i++)
			assert_null(samples[i].text);
		if (strstr(row->en, "%s%") != NULL || strchr(row->zh, '\t') != NULL)
			fail_msg("%s: two parts touch, or a tab", row->en);
		for (const struct phrase_row *same = row + 1; same->kind != NULL; same++) {
			if (text_equal(same->kind, row->kind) && text_equal(same->en, row->en))
				fail_msg("%s: is there twice", row->en);
		}
		assert_string_equal(
		    phrase_chinese(&a, row->kind, rendered(&a, row->en, samples, false)),
		    rendered(&a, row->zh, samples, true));
	}
}

/* What comes from outside cannot make it look for long, nor deep. */
static void test_no_text_takes_long(void **state)
{
	static const char *const pieces[] = {
	    ": ", "a: ",  "line 1: ", "JSON, byte 1: ", "the value ",
	    "%s", " of ", "aaaaaaaa", "There is no "};
	int64_t begun = clock_mono_ms();

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(pieces); i++) {
		AUTO(arena_done) struct arena a = {0};
		AUTO(buf_done) struct buf text = {0};

		while (text.len < PHRASE_MAX_TEXT - 64)
			buf_text(&text, pieces[i]);
		(void)phrase_chinese(&a, "error", text.data);
		(void)phrase_chinese(&a, "level-approved", text.data);
		assert_true(a.used < 4 * 1024 * 1024);
		buf_text(&text, "must not be empty");
		(void)phrase_chinese(&a, "error", text.data);
		while (text.len <= PHRASE_MAX_TEXT)
			buf_char(&text, 'x');
		assert_ptr_equal(phrase_chinese(&a, "error", text.data), text.data);
	}
	/* Far less; a sanitizer and a busy machine are slow. */
	assert_true(clock_mono_ms() - begun < 30000);
}

static void test_a_note_of_any_age_has_a_code(void **state)
{
	static const struct {
		const char *note, *code, *value;
	} notes[] = {
	    {"no second person", "no-second-person", NULL},
	    {"DingTalk does not know it", "not-in-dingtalk", NULL},
	    {"what DingTalk holds is not what was sent", "other-content", NULL},
	    {"what DingTalk holds is not what was sent: another person started it", "other-person",
	     NULL},
	    {"what DingTalk holds is not what was sent: it does not carry the number HF-000012",
	     "other-number", "HF-000012"},
	    {"what DingTalk holds is not what was sent: it is too long", "other-content",
	     "it is too long"},
	    {"The form stays open in DingTalk: x: y", "left-open", "x: y"},
	    {"somebody should look at it", "other", NULL},
	};
	AUTO(arena_done) struct arena a = {0};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(notes); i++) {
		struct remark r = remark_of(&a, notes[i].note);

		assert_string_equal(r.code, notes[i].code);
		assert_true(text_equal(r.value, notes[i].value));
	}
}

static void test_the_words_of_the_record_are_in_order_and_each_once(void **state)
{
	(void)state;
	for (size_t i = 0; event_kinds[i] != NULL && event_kinds[i + 1] != NULL; i++)
		assert_true(strcmp(event_kinds[i], event_kinds[i + 1]) < 0);
	for (size_t i = 0; event_objects[i] != NULL && event_objects[i + 1] != NULL; i++)
		assert_true(strcmp(event_objects[i], event_objects[i + 1]) < 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_what_holdfast_wrote_is_said_in_chinese),
	    cmocka_unit_test(test_an_error_is_said_in_chinese),
	    cmocka_unit_test(test_what_fits_a_format_and_what_stands_in_it),
	    cmocka_unit_test(test_every_row_is_found_and_none_hides_another),
	    cmocka_unit_test(test_no_text_takes_long),
	    cmocka_unit_test(test_a_note_of_any_age_has_a_code),
	    cmocka_unit_test(test_the_words_of_the_record_are_in_order_and_each_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
