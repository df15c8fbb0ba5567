#include "../unit.h"

#include "dingtalk/credentials.h"

typedef bool check_fn(const char *text, struct err *e);

#define FIFTY "aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeee"

static const struct {
	check_fn *check;
	const char *text;
	bool valid;
} cases[] = {
    {dingtalk_corp_id_valid, "ding9f50b15bccd16741", true},
    {dingtalk_corp_id_valid, "ding35c2f4657eb6378f0123456789abcdef", true},
    {dingtalk_corp_id_valid, "9f50b15bccd16741", false},
    {dingtalk_corp_id_valid, "ding9f50 15bccd16741", false},
    {dingtalk_corp_id_valid, "", false},
    {dingtalk_corp_id_valid, NULL, false},
    {dingtalk_client_id_valid, "dingeqqpkv3xxxxx", true},
    {dingtalk_client_id_valid, "dingeqqpkv3xxxxx ", false},
    {dingtalk_client_id_valid, "ding" FIFTY FIFTY, false},
    {dingtalk_client_secret_valid, "Uq-_x9", true},
    {dingtalk_client_secret_valid, "two words", false},
    {dingtalk_client_secret_valid, "", false},
    {dingtalk_aes_key_valid, "o1w0aum42yaptlz8alnhwikjd3jenzt9cb9wmzptgus", true},
    {dingtalk_aes_key_valid, "1234567890123456789012345678901234567890123", true},
    {dingtalk_aes_key_valid, "o1w0aum42yaptlz8alnhwikjd3jenzt9cb9wmzptgu", false},
    {dingtalk_aes_key_valid, "o1w0aum42yaptlz8alnhwikjd3jenzt9cb9wmzptgus=", false},
    {dingtalk_aes_key_valid, "o1w0aum42yaptlz8alnhwikjd3jenzt9cb9wmzptgu+", false},
    {dingtalk_token_valid, "Tk9", true},
    {dingtalk_token_valid, "abcdefghijklmnopqrstuvwxyz012345", true},
    {dingtalk_token_valid, "abcdefghijklmnopqrstuvwxyz0123456", false},
    {dingtalk_token_valid, "T9", false},
    {dingtalk_token_valid, "to-ken", false},
    {dingtalk_process_code_valid, "PROC-BDBD627A-7E7F-4EBC-B80A-EC2A9E777D97", true},
    {dingtalk_process_code_valid, "PROC-", false},
    {dingtalk_process_code_valid, "BDBD627A-7E7F-4EBC-B80A-EC2A9E777D97", false},
    {dingtalk_process_code_valid, "PROC-\xE6\xB5\x81", false},
};

static void the_form_of_credentials_is_checked_and_explained(void **)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		struct err e = {0};

		assert_int_equal(cases[i].check(cases[i].text, &e), cases[i].valid);
		if (cases[i].valid)
			continue;
		assert_int_equal(e.code, ERR_INVALID);
		assert_true(strlen(e.text) > 20);
		/* What was typed may be a secret in the wrong field. */
		if (cases[i].text && strlen(cases[i].text) > 8)
			assert_null(strstr(e.text, cases[i].text));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_form_of_credentials_is_checked_and_explained),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
