#include "../unit.h"

#include "dingsim/admin.h"
#include "dingsim/signin.h"

static void scopes_need_openid(void **state)
{
	bool with_corp;

	(void)state;
	assert_true(signin_scope("openid", &with_corp));
	assert_false(with_corp);
	assert_true(signin_scope("openid corpid", &with_corp));
	assert_true(with_corp);
	assert_true(signin_scope("corpid openid", &with_corp));
	assert_false(signin_scope("corpid", &with_corp));
	assert_false(signin_scope("", &with_corp));
	assert_false(signin_scope("openid profile", &with_corp));
	assert_false(signin_scope("openid,corpid", &with_corp));
}

static void origins_can_stand_in_a_header(void **state)
{
	AUTO(arena_done) struct arena a = {0};

	(void)state;
	assert_string_equal(signin_origin(&a, "http://127.0.0.1:8080/auth/cb?x=1"),
			    "http://127.0.0.1:8080");
	assert_string_equal(signin_origin(&a, "https://[::1]:8080/"), "https://[::1]:8080");
	assert_string_equal(signin_origin(&a, "https://example.com"), "https://example.com");
	assert_null(signin_origin(&a, "https://exa;mple.com/"));
	assert_null(signin_origin(&a, "https://exa mple.com/"));
	assert_null(signin_origin(&a, "example.com"));
}

static void addresses_are_http(void **state)
{
	struct err e = {0};

	(void)state;
	assert_true(admin_url_check("http://127.0.0.1:1/x?y=z", &e));
	assert_true(admin_url_check("https://example.com/", &e));
	assert_false(admin_url_check("ftp://example.com/", &e));
	assert_false(admin_url_check("https://example.com/a b", &e));
	assert_false(admin_url_check("https://example.com/#x", &e));
	assert_false(admin_url_check("https://example.com/\r\nX: y", &e));
	assert_false(admin_url_check("https://例子.com/", &e));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(scopes_need_openid),
	    cmocka_unit_test(origins_can_stand_in_a_header),
	    cmocka_unit_test(addresses_are_http),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
