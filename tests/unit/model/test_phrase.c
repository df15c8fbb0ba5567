#include "../unit.h"

#include "model/phrase.h"

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

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_what_holdfast_wrote_is_said_in_chinese),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
