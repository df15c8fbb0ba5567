/* Which page is shown in which state, and what is on it. */
#include "../unit.h"

#include "base/text.h"
#include "window/page.h"
#include "window/trouble.h"

#define NOW_MS INT64_C(1763900000000)

/* What every status of a signed-in owner has. */
#define MINE                                                                                           \
	"\"ok\":true,\"enrolled\":true,\"protected\":true,\"pending\":false,\"online\":true,"          \
	"\"server\":\"https://hf.example\",\"tampered\":false,\"owner\":{\"id\":\"1\",\"name\":"       \
	"\"李华\"},\"mode\":\"block\",\"covered\":true,\"why\":\"group 研发部\",\"filing\":true," \
	"\"contact\":\"it@example.com\",\"prompt\":{\"en\":{\"title\":\"T\",\"content\":\"C\","        \
	"\"primary\":\"P\",\"secondary\":\"S\"}},\"login\":null,\"filings_left\":5,"
#define REQUEST(status)                                               \
	"\"instance\":{\"number\":\"HF-000123\",\"status\":\"" status \
	"\",\"package\":\"holdfast-client\",\"reason\":\"old "        \
	"laptop\",\"created_ms\":1763890000000"                       \
	",\"expires_ms\":1764000000000,"
#define GRANT                                                                               \
	"\"grant\":{\"id\":\"g\",\"number\":\"HF-000123\",\"package\":\"holdfast-client\"," \
	"\"exp\":1763990000000}"

struct row {
	const char *status; /* members of the keeper's answer; NULL: none came */
	enum place place;
	enum page_kind kind;
	const char *has[4]; /* on the page */
	const char *has_not;
};

static const struct row rows[] = {
    {NULL, PLACE_HOME, PAGE_AWAY, {"not running"}, "["},
    {"\"ok\":true,\"enrolled\":false,\"online\":true",
     PLACE_HOME,
     PAGE_SIGN_IN,
     {"not enrolled", "[_Sign In]"},
     NULL},
    {"\"enrolled\":false,\"login\":{\"state\":\"waiting\",\"url\":\"https://hf.example/enrol\","
     "\"user_code\":\"WDJB-MJHT\",\"expires_ms\":1763900100000}",
     PLACE_HOME,
     PAGE_CODE,
     {"Code: WDJB-MJHT", "Address: https://hf.example/enrol", "Valid until"},
     NULL},
    /* A code that is over is no code. */
    {"\"enrolled\":false,\"login\":{\"state\":\"waiting\",\"url\":\"https://hf.example/enrol\","
     "\"user_code\":\"WDJB-MJHT\",\"expires_ms\":1763890000000}",
     PLACE_HOME,
     PAGE_SIGN_IN,
     {"[_Sign In]"},
     "WDJB"},
    {"\"enrolled\":true,\"protected\":true,\"pending\":false",
     PLACE_PROMPT,
     PAGE_FOREIGN,
     {"another account", "It is protected", "[_Take It Over]"},
     NULL},
    {MINE "\"grant\":null",
     PLACE_HOME,
     PAGE_PROTECTED,
     {"Signed in as: 李华", "Policy: Uninstalling needs approval (applies to the group 研发部)",
      "Connection: Connected to https://hf.example", "[_Uninstall…]"},
     "Offline"},
    {MINE "\"grant\":null,\"packages\":[{\"package\":\"edr\",\"installed\":true},{\"package\":"
	  "\"vpn\",\"installed\":false}]",
     PLACE_HOME,
     PAGE_PROTECTED,
     {"Protected software: holdfast-client *", ": edr *"},
     "vpn"},
    {MINE "\"grant\":null,\"findings\":[\"unit-masked\",\"something-new\"]",
     PLACE_HOME,
     PAGE_PROTECTED,
     {"Protection weakened: The client's service is masked.\nSomething about the client"},
     "something-new"},
    {MINE GRANT, PLACE_PROMPT, PAGE_APPROVED, {"Request: HF-000123", "[_Uninstall Now]"}, "[P]"},
    {MINE GRANT ",\"removal\":{\"package\":\"holdfast-client\",\"state\":\"running\",\"step\":"
		"\"allowed\",\"text\":\"Removing holdfast-client ...\"}",
     PLACE_HOME,
     PAGE_REMOVING,
     {"holdfast-client is being uninstalled", "Removing holdfast-client ...", "switched on"},
     "["},
    {MINE GRANT ",\"removal\":{\"package\":\"holdfast-client\",\"state\":\"running\",\"step\":"
		"\"waiting\",\"text\":\"\"}",
     PLACE_HOME,
     PAGE_REMOVING,
     {"Another program"},
     "["},
    {MINE GRANT ",\"removal\":{\"package\":\"holdfast-client\",\"state\":\"failed\",\"step\":null,"
		"\"text\":\"dpkg: error\"}",
     PLACE_HOME,
     PAGE_REMOVAL_FAILED,
     {"could not be uninstalled", "Nothing was changed", "dpkg: error", "[_Try Again]"},
     NULL},
    {MINE "\"device_state\":\"lost\"",
     PLACE_PROMPT,
     PAGE_LOST,
     {"reported lost", "Contact: it@example.com"},
     "[P]"},
    {MINE "\"device_state\":\"unbound\"", PLACE_HOME, PAGE_UNBOUND, {"[_Sign In]"}, NULL},
    {MINE "\"device_state\":\"unknown\"", PLACE_HOME, PAGE_UNKNOWN, {"[_Sign In]"}, NULL},
    {MINE "\"session\":{\"ended\":\"signed-out\",\"at_ms\":1}",
     PLACE_PROMPT,
     PAGE_SIGNED_OUT,
     {"Nobody is signed in", "Signed in last: 李华", "[_Sign In]"},
     "[P]"},
    {MINE "\"session\":{\"ended\":\"cloned\",\"at_ms\":1}",
     PLACE_HOME,
     PAGE_SIGNED_OUT,
     {"whose computer"},
     NULL},
    {MINE "\"grant\":null", PLACE_PROMPT, PAGE_PROMPT, {"T\nC\n", "[P]", "[S]"}, "Offline"},
    {MINE "\"grant\":null",
     PLACE_FILING,
     PAGE_FILING,
     {"Security Software Uninstall Prohibited", "[_Initiate Filing]", "[_Back]"},
     NULL},
    {MINE REQUEST("rejected") "\"decision\":{\"who\":\"王芳\",\"comment\":\"keep it\",\"at_ms\":"
			      "1763895000000}}",
     PLACE_PROMPT,
     PAGE_PROMPT,
     {"Your last request: HF-000123 (Rejected)", "Comment: keep it", "[P]"},
     NULL},
    {MINE REQUEST("pending") "\"delivery\":\"submitted\",\"pending_with\":[\"王芳\",\"张伟\"]}",
     PLACE_PROMPT,
     PAGE_PENDING,
     {"Request: HF-000123", "It is with: 王芳, 张伟", "Reason for filing: old laptop",
      "[_Withdraw…]"},
     "DingTalk"},
    {MINE REQUEST("pending") "\"delivery\":\"failed\",\"pending_with\":[]}",
     PLACE_HOME,
     PAGE_PENDING,
     {"Your request is recorded (HF-000123); the link to DingTalk is down and your administrator "
      "has been told."},
     NULL},
    {MINE REQUEST("approved") "\"decision\":{\"who\":\"王芳\",\"comment\":\"\",\"at_ms\":"
			      "1763899990000}}",
     PLACE_HOME,
     PAGE_APPROVAL_COMING,
     {"on its way"},
     "File Again"},
    {MINE REQUEST("approved") "\"decision\":{\"who\":\"王芳\",\"comment\":\"\",\"at_ms\":"
			      "1763890000000}}",
     PLACE_HOME,
     PAGE_APPROVAL_OVER,
     {"[_File Again]"},
     NULL},
    {MINE REQUEST("approved") "\"decision\":{\"who\":\"王芳\",\"at_ms\":1763899990000},"
			      "\"revoked\":{\"why\":\"device lost\"}}",
     PLACE_HOME,
     PAGE_APPROVAL_OVER,
     {"called back: device lost"},
     NULL},
    {MINE REQUEST("rejected") "\"decision\":{\"who\":\"王芳\",\"comment\":\"keep it\",\"at_ms\":"
			      "1763895000000}}",
     PLACE_HOME,
     PAGE_REJECTED,
     {"Rejected by: 王芳", "Comment: keep it", "Requests left today: 5", "[_File Again]"},
     NULL},
    {MINE REQUEST("revoked") "\"decision\":null}",
     PLACE_HOME,
     PAGE_REVOKED,
     {"withdrawn", "[_File Again]"},
     NULL},
    {MINE REQUEST("expired") "\"decision\":null}",
     PLACE_HOME,
     PAGE_EXPIRED,
     {"expired", "[_File Again]"},
     NULL},
    {MINE "\"kept\":{\"id\":\"k\",\"reason\":\"old laptop\",\"package\":\"holdfast-client\","
	  "\"by_root\":false,\"at_ms\":1763890000000}",
     PLACE_FILING,
     PAGE_KEPT,
     {"not been sent", "Reason for filing: old laptop", "[_Withdraw…]"},
     NULL},
    {MINE "\"kept\":{\"id\":\"k\",\"reason\":\"old laptop\",\"package\":\"holdfast-client\","
	  "\"by_root\":false,\"at_ms\":1763890000000,\"refused_code\":\"forbidden\","
	  "\"refused_text\":\"nobody can approve it\"}",
     PLACE_HOME,
     PAGE_KEPT_REFUSED,
     {"not accepted", "nobody can approve it", "[_File Again]"},
     "forbidden"},
};

static void read_status(struct arena *a, const char *members, struct facts *out)
{
	const char *text = arena_printf(a, "{%s}", members);
	const struct json *status;
	struct err e;

	if (!json_parse(a, text, strlen(text), &status, &e))
		fail_msg("%s: %s", e.text, text);
	facts_read(a, status, "en", out);
}

static const char *page_of(struct arena *a, const char *members, enum place place,
			   struct page *page)
{
	const struct wish wish = {.place = place, .package = CLIENT_PACKAGE, .asked = true};
	AUTO(buf_done) struct buf out = {0};
	struct facts facts;

	if (members)
		read_status(a, members, &facts);
	page_make(a, members ? &facts : NULL, &wish, NOW_MS, page);
	page_print(page, &out);
	return arena_dup(a, out.data);
}

static void each_state_has_its_page(void **state)
{
	size_t i, j;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		AUTO(arena_done) struct arena a = {0};
		struct page page;
		const char *text;

		text = page_of(&a, rows[i].status, rows[i].place, &page);
		if (page.kind != rows[i].kind)
			fail_msg("row %zu: page %d instead of %d:\n%s", i, (int)page.kind,
				 (int)rows[i].kind, text);
		for (j = 0; j < ARRAY_SIZE(rows[i].has) && rows[i].has[j]; j++)
			if (!strstr(text, rows[i].has[j]))
				fail_msg("row %zu has no \"%s\":\n%s", i, rows[i].has[j], text);
		if (rows[i].has_not && strstr(text, rows[i].has_not))
			fail_msg("row %zu has \"%s\":\n%s", i, rows[i].has_not, text);
	}
}

/* The same status with one of its members another. */
static const char *changed(struct arena *a, const char *members, const char *from, const char *to)
{
	const char *at = strstr(members, from);

	assert_non_null(at);
	return arena_printf(a, "%.*s%s%s", (int)(at - members), members, to, at + strlen(from));
}

static void where_filing_is_not_allowed_the_prompt_has_its_second_button_only(void **state)
{
	AUTO(arena_done) struct arena a = {0};
	const char *text;
	struct page page;

	(void)state;
	text =
	    page_of(&a, changed(&a, MINE "\"grant\":null", "\"filing\":true", "\"filing\":false"),
		    PLACE_PROMPT, &page);
	assert_int_equal(page.kind, PAGE_PROMPT);
	assert_null(strstr(text, "[P]"));
	assert_non_null(strstr(text, "[S]"));
	assert_non_null(strstr(text, "Requests cannot be filed from this computer."));
	assert_non_null(strstr(text, "Contact: it@example.com"));

	text = page_of(
	    &a, changed(&a, MINE "\"grant\":null", "\"filings_left\":5", "\"filings_left\":0"),
	    PLACE_PROMPT, &page);
	assert_null(strstr(text, "[P]"));
	assert_non_null(strstr(text, "Too many requests were filed"));
}

static void without_a_connection_every_page_of_a_request_offers_the_offline_ways(void **state)
{
	static const struct {
		const char *members;
		enum place place;
		enum page_kind kind;
	} away[] = {
	    {MINE "\"grant\":null", PLACE_HOME, PAGE_PROTECTED},
	    {MINE "\"grant\":null", PLACE_PROMPT, PAGE_PROMPT},
	    {MINE REQUEST("pending") "\"delivery\":\"submitted\"}", PLACE_HOME, PAGE_PENDING},
	    {MINE REQUEST("rejected") "\"decision\":null}", PLACE_HOME, PAGE_REJECTED},
	    {MINE "\"kept\":{\"id\":\"k\",\"reason\":\"r\",\"package\":\"holdfast-client\"}",
	     PLACE_HOME, PAGE_KEPT},
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(away); i++) {
		AUTO(arena_done) struct arena a = {0};
		struct page page;
		const char *text =
		    page_of(&a, changed(&a, away[i].members, "\"online\":true", "\"online\":false"),
			    away[i].place, &page);

		assert_int_equal(page.kind, away[i].kind);
		if (!strstr(text, "[_Offline Approval…]"))
			fail_msg("row %zu:\n%s", i, text);
	}
}

static void a_changed_client_says_so_whatever_else_there_is(void **state)
{
	AUTO(arena_done) struct arena a = {0};
	struct page page;

	(void)state;
	(void)page_of(&a, changed(&a, MINE GRANT, "\"tampered\":false", "\"tampered\":true"),
		      PLACE_PROMPT, &page);
	assert_int_equal(page.kind, PAGE_TAMPERED);
	assert_int_equal(page.button_count, 0);
}

static void what_was_uninstalled_is_said_although_the_client_is_gone(void **state)
{
	AUTO(arena_done) struct arena a = {0};
	struct wish wish = {.package = CLIENT_PACKAGE};
	struct page page;

	(void)state;
	page_make(&a, NULL, &wish, NOW_MS, &page);
	assert_int_equal(page.kind, PAGE_WAIT);
	wish.asked = true;
	wish.removed = CLIENT_PACKAGE;
	page_make(&a, NULL, &wish, NOW_MS, &page);
	assert_int_equal(page.kind, PAGE_REMOVED);
}

/* A sign-in that another program began on an enrolled computer is that program's. */
static void a_code_is_shown_to_who_began_the_sign_in(void **state)
{
	AUTO(arena_done) struct arena a = {0};
	struct wish wish = {.package = CLIENT_PACKAGE, .asked = true};
	struct facts facts;
	struct page page;

	(void)state;
	read_status(&a,
		    changed(&a, MINE "\"grant\":null", "\"login\":null",
			    "\"login\":{\"state\":\"waiting\",\"url\":\"u\",\"user_code\":\"c\","
			    "\"expires_ms\":1763900100000}"),
		    &facts);
	page_make(&a, &facts, &wish, NOW_MS, &page);
	assert_int_equal(page.kind, PAGE_PROTECTED);
	wish.signing_in = true;
	page_make(&a, &facts, &wish, NOW_MS, &page);
	assert_int_equal(page.kind, PAGE_CODE);
}

static void what_others_wrote_is_shown_plain(void **state)
{
	AUTO(arena_done) struct arena a = {0};
	struct page page;
	const char *text =
	    page_of(&a,
		    MINE REQUEST("rejected") "\"decision\":{\"who\":\"a\\u0007b\",\"comment\":"
					     "\"one\\n\\u202etwo\",\"at_ms\":1}}",
		    PLACE_HOME, &page);

	(void)state;
	assert_non_null(strstr(text, "Rejected by: a\xef\xbf\xbd"
				     "b"));
	assert_non_null(strstr(text, "Comment: one\n\xef\xbf\xbdtwo"));
}

static void a_refusal_is_said_in_words_and_never_as_a_code(void **state)
{
	static const struct {
		enum act act;
		const char *answer, *say;
	} refusals[] = {
	    {ACT_FILE, "{\"code\":\"too-many\",\"text\":\"x\"}", "Too many requests"},
	    {ACT_FILE, "{\"code\":\"forbidden\",\"text\":\"nobody %s can\"}",
	     "cannot be filed: nobody %s can."},
	    {ACT_FILE, "{\"code\":\"unavailable\",\"text\":\"x\"}", "cannot be reached"},
	    {ACT_WITHDRAW_SURE, "{\"code\":\"conflict\",\"text\":\"x\"}", "decided already"},
	    {ACT_TAKE_OVER, "{\"code\":\"forbidden\",\"text\":\"x\",\"reason\":\"lost\"}",
	     "reported lost"},
	    {ACT_IMPORT_TEXT, "{\"code\":\"gone\",\"text\":\"x\"}", "has expired"},
	    {ACT_CODE, "{\"code\":\"invalid\",\"text\":\"x\"}", "The code is wrong"},
	    {ACT_UNINSTALL, "{\"code\":\"io\",\"text\":\"the disk is full\"}",
	     "did not work: the disk is full."},
	    {ACT_UNINSTALL, NULL, "not running"},
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(refusals); i++) {
		AUTO(arena_done) struct arena a = {0};
		const struct json *answer = NULL;
		const char *said, *json = refusals[i].answer;
		struct err e;

		assert_true(!json || json_parse(&a, json, strlen(json), &answer, &e));
		said = trouble_say(&a, refusals[i].act, answer);
		if (!strstr(said, refusals[i].say))
			fail_msg("row %zu: %s", i, said);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(each_state_has_its_page),
	    cmocka_unit_test(where_filing_is_not_allowed_the_prompt_has_its_second_button_only),
	    cmocka_unit_test(without_a_connection_every_page_of_a_request_offers_the_offline_ways),
	    cmocka_unit_test(a_changed_client_says_so_whatever_else_there_is),
	    cmocka_unit_test(what_was_uninstalled_is_said_although_the_client_is_gone),
	    cmocka_unit_test(a_code_is_shown_to_who_began_the_sign_in),
	    cmocka_unit_test(what_others_wrote_is_shown_plain),
	    cmocka_unit_test(a_refusal_is_said_in_words_and_never_as_a_code),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
