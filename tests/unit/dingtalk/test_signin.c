/* Who is let in, and who is not. */
#include "fake.h"

#include "dingtalk/signin.h"

#define USER_TOKEN "/v1.0/oauth2/userAccessToken"
#define ME "/v1.0/contact/users/me"
#define BY_UNION "/topapi/user/getbyunionid"

#define GRANTED                                                                         \
	{                                                                               \
		USER_TOKEN, .body = "{\"accessToken\":\"ut-1\",\"refreshToken\":\"r\"," \
				    "\"expireIn\":7200,\"corpId\":\"" CORP_ID "\"}"     \
	}
#define MYSELF                                                                         \
	{                                                                              \
		ME, .when = "ut-1|", .body = "{\"nick\":\"n\",\"unionId\":\"union1\"}" \
	}
#define MEMBER                                                                       \
	{                                                                            \
		BY_UNION, .when = "access_token=at-1|{\"unionid\":\"union1\"}",      \
			  .body = "{\"errcode\":0,\"errmsg\":\"ok\",\"result\":"     \
				  "{\"contact_type\":0,\"userid\":\"manager4220\"}}" \
	}

static void a_member_of_the_organisation_is_named(void **)
{
	static const struct fake_row rows[] = {FAKE_TOKEN, GRANTED, MYSELF, MEMBER, {0}};
	AUTO(world_done) struct world w = {0};
	struct dingtalk_person person;

	world_start(&w, rows, 0);
	if (!dingtalk_signin(w.dingtalk, "code-1", &w.arena, &person, &w.e))
		fail_msg("%s", w.e.text);
	assert_string_equal(person.userid, "manager4220");
	assert_string_equal(person.unionid, "union1");
	assert_string_equal(person.nick, "n");
	assert_string_equal(fake_asked(w.fake, USER_TOKEN, 0),
			    "||{\"clientId\":\"" CLIENT_ID "\",\"clientSecret\":\"" CLIENT_SECRET
			    "\",\"code\":\"code-1\",\"grantType\":\"authorization_code\"}");
}

static void whoever_is_not_a_member_stays_out(void **)
{
	static const struct {
		struct fake_row row; /* instead of the good one */
		enum err_code code;
		enum dingtalk_class class;
		const char *words;
		enum dingtalk_stranger stranger;
	} cases[] = {
	    {{USER_TOKEN, .body = "{\"accessToken\":\"ut-1\",\"expireIn\":7200,"
				  "\"corpId\":\"dingother0001\"}"},
	     ERR_FORBIDDEN,
	     DINGTALK_REFUSED,
	     "another organisation",
	     DINGTALK_STRANGER_FOREIGN},
	    {{USER_TOKEN, .body = "{\"accessToken\":\"ut-1\",\"expireIn\":7200}"},
	     ERR_FORBIDDEN,
	     DINGTALK_REFUSED,
	     "another organisation",
	     DINGTALK_STRANGER_FOREIGN},
	    {{BY_UNION, .body = "{\"errcode\":50002,\"errmsg\":\"m\"}"},
	     ERR_FORBIDDEN,
	     DINGTALK_REFUSED,
	     "may see",
	     DINGTALK_STRANGER_HIDDEN},
	    {{ME, .status = 403,
	      .body = "{\"code\":\"Forbidden.AccessDenied.AccessTokenPermissionDenied\"}"},
	     ERR_FORBIDDEN,
	     DINGTALK_PERMISSION,
	     "",
	     DINGTALK_STRANGER_NONE},
	    {{USER_TOKEN, .status = 400,
	      .body = "{\"code\":\"invalidParameter.authCode.notFound\",\"message\":\"m\"}"},
	     ERR_GONE,
	     DINGTALK_REFUSED,
	     "authCode"},
	    {{USER_TOKEN, .body = "{\"expireIn\":7200}"}, ERR_PEER, DINGTALK_RETRY, ""},
	    {{USER_TOKEN, .body = "<html></html>"}, ERR_PEER, DINGTALK_RETRY, ""},
	    {{ME, .status = 400, .body = "{\"code\":\"InvalidAuthentication\"}"},
	     ERR_GONE,
	     DINGTALK_REFUSED,
	     "too long"},
	    {{ME, .status = 404, .body = "{\"code\":\"invalidParameter.user.notFound\"}"},
	     ERR_FORBIDDEN,
	     DINGTALK_REFUSED,
	     "not a member",
	     DINGTALK_STRANGER_UNKNOWN},
	    {{ME, .body = "{\"nick\":\"n\",\"unionId\":\"\"}"}, ERR_PEER, DINGTALK_RETRY, ""},
	    {{ME, .body = "{\"nick\":\"n\",\"unionId\":7}"}, ERR_PEER, DINGTALK_RETRY, ""},
	    {{BY_UNION, .body = "{\"errcode\":60121,\"errmsg\":\"m\"}"},
	     ERR_FORBIDDEN,
	     DINGTALK_REFUSED,
	     "not a member",
	     DINGTALK_STRANGER_UNKNOWN},
	    {{BY_UNION, .body = "{\"errcode\":0,\"result\":{\"contact_type\":1,\"userid\":\"x\"}}"},
	     ERR_FORBIDDEN,
	     DINGTALK_REFUSED,
	     "external contact",
	     DINGTALK_STRANGER_EXTERNAL},
	    {{BY_UNION, .body = "{\"errcode\":0,\"result\":{\"userid\":\"x\"}}"},
	     ERR_PEER,
	     DINGTALK_RETRY,
	     ""},
	    {{BY_UNION, .body = "{\"errcode\":0,\"result\":{\"contact_type\":0}}"},
	     ERR_PEER,
	     DINGTALK_RETRY,
	     ""},
	    {{BY_UNION, .body = "{\"result\":{\"contact_type\":0,\"userid\":\"x\"}}"},
	     ERR_PEER,
	     DINGTALK_RETRY,
	     ""},
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct fake_row rows[] = {FAKE_TOKEN, cases[i].row, GRANTED,
						MYSELF,     MEMBER,       {0}};
		AUTO(world_done) struct world w = {0};
		struct dingtalk_person person = {0};

		world_start(&w, rows, 0);
		assert_false(dingtalk_signin(w.dingtalk, "code-1", &w.arena, &person, &w.e));
		if (w.e.code != cases[i].code || !strstr(w.e.text, cases[i].words))
			fail_msg("%zu: %s: %s", i, err_name(w.e.code), w.e.text);
		assert_int_equal(dingtalk_failure(w.dingtalk)->class, cases[i].class);
		assert_null(strstr(w.e.text, "ut-1"));
		assert_null(person.userid);
		assert_int_equal(person.stranger, cases[i].stranger);
	}
}

static void a_code_or_token_that_is_repeated_to_us_is_not_shown(void **)
{
	static const struct fake_row code[] = {
	    {USER_TOKEN, .status = 400,
	     .body = "{\"code\":\"bad\",\"message\":\"the code code-1 is bad\"}"},
	    {0}};
	static const struct fake_row token[] = {
	    GRANTED,
	    {ME, .status = 400, .body = "{\"code\":\"bad\",\"message\":\"ut-1 is bad\"}"},
	    {0}};
	static const struct fake_row *const scripts[] = {code, token};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(scripts); i++) {
		AUTO(world_done) struct world w = {0};
		struct dingtalk_person person;

		world_start(&w, scripts[i], 0);
		assert_false(dingtalk_signin(w.dingtalk, "code-1", &w.arena, &person, &w.e));
		assert_null(strstr(w.e.text, "code-1"));
		assert_null(strstr(w.e.text, "ut-1"));
		assert_string_equal(dingtalk_failure(w.dingtalk)->message, "");
	}
}

static void a_malformed_code_is_not_sent(void **)
{
	static const struct fake_row rows[] = {GRANTED, {0}};
	AUTO(world_done) struct world w = {0};
	struct dingtalk_person person;
	char endless[600];

	memset(endless, 'x', sizeof(endless));
	endless[sizeof(endless) - 1] = '\0';
	world_start(&w, rows, 0);
	assert_false(dingtalk_signin(w.dingtalk, "", &w.arena, &person, &w.e));
	assert_failed(&w, ERR_INVALID, DINGTALK_REFUSED, "");
	assert_false(dingtalk_signin(w.dingtalk, endless, &w.arena, &person, &w.e));
	assert_false(dingtalk_signin(w.dingtalk, "a\nb", &w.arena, &person, &w.e));
	assert_int_equal(fake_count(w.fake, USER_TOKEN), 0);
}

static void the_browser_is_sent_with_everything_escaped(void **)
{
	static const struct dingtalk_config config = {.client_id = CLIENT_ID};
	AUTO(dingtalk_access_unrefp) struct dingtalk_access *access = dingtalk_access_new(&config);
	AUTO(arena_done) struct arena a = {0};

	assert_string_equal(
	    dingtalk_signin_url(access, &a, "https://hf.example/auth?x=1&y=\xE5\xBC\xA0", "s+/="),
	    "https://login.dingtalk.com/oauth2/auth?redirect_uri="
	    "https%3A%2F%2Fhf.example%2Fauth%3Fx%3D1%26y%3D%E5%BC%A0&response_type=code"
	    "&client_id=" CLIENT_ID "&scope=openid%20corpid&state=s%2B%2F%3D&prompt=consent");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_member_of_the_organisation_is_named),
	    cmocka_unit_test(whoever_is_not_a_member_stays_out),
	    cmocka_unit_test(a_code_or_token_that_is_repeated_to_us_is_not_shown),
	    cmocka_unit_test(a_malformed_code_is_not_sent),
	    cmocka_unit_test(the_browser_is_sent_with_everything_escaped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
