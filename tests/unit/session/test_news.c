#include "../unit.h"

#include "session/news.h"

static void read_news(struct arena *a, const char *status, struct news *out)
{
	const struct json *node;
	struct err e;

	if (!json_parse(a, status, strlen(status), &node, &e))
		fail_msg("%s: %s", e.text, status);
	news_read(a, node, out);
}

static void each_end_of_a_request_is_news_of_its_own(void **state)
{
	static const struct {
		const char *status;
		enum news_kind kind;
		const char *key, *who, *comment;
	} rows[] = {
	    {"{}", NEWS_NONE},
	    {"{\"instance\":null,\"grant\":null}", NEWS_NONE},
	    {"{\"instance\":{\"id\":\"a1\",\"number\":\"HF-1\",\"status\":\"pending\"}}",
	     NEWS_NONE},
	    {"{\"instance\":{\"id\":\"a1\",\"number\":\"HF-1\",\"status\":\"approved\"}}",
	     NEWS_NONE},
	    {"{\"instance\":{\"id\":\"a1\",\"number\":\"HF-1\",\"status\":\"rejected\","
	     "\"decision\":"
	     "{\"who\":\"W\",\"comment\":\"no\"}}}",
	     NEWS_REJECTED, "a1:rejected", "W", "no"},
	    {"{\"instance\":{\"id\":\"a1\",\"number\":\"HF-1\",\"status\":\"rejected\","
	     "\"decision\":"
	     "{\"who\":\"\",\"comment\":\"\"}}}",
	     NEWS_REJECTED, "a1:rejected", NULL, NULL},
	    {"{\"instance\":{\"id\":\"a1\",\"number\":\"HF-1\",\"status\":\"revoked\"}}",
	     NEWS_WITHDRAWN, "a1:revoked"},
	    {"{\"instance\":{\"id\":\"a1\",\"number\":\"HF-1\",\"status\":\"expired\"}}",
	     NEWS_EXPIRED, "a1:expired"},
	    {"{\"instance\":{\"id\":\"a1\",\"number\":\"HF-1\",\"status\":\"approved\","
	     "\"decision\":"
	     "{\"who\":\"W\",\"comment\":\"yes\"}},\"grant\":{\"id\":\"b2\",\"number\":\"HF-1\"}}",
	     NEWS_APPROVED, "b2:granted", "W", "yes"},
	    {"{\"instance\":{\"id\":\"a1\",\"number\":\"HF-1\",\"status\":\"rejected\","
	     "\"decision\":"
	     "{\"who\":\"W\",\"comment\":\"no\"}},\"grant\":{\"id\":\"b2\",\"number\":\"HF-9\"}}",
	     NEWS_ALLOWED, "b2:granted", NULL, NULL},
	    {"{\"instance\":{\"id\":\"a1\",\"number\":\"HF-1\",\"status\":\"approved\","
	     "\"decision\":"
	     "{\"who\":\"W\",\"comment\":\"yes\"},\"revoked\":{\"why\":\"mistake\"}}}",
	     NEWS_TAKEN_BACK, "a1:taken-back", NULL, "mistake"},
	    /* What is on its way makes what came before it old. */
	    {"{\"kept\":{\"id\":\"c3\",\"package\":\"x\"},\"instance\":{\"id\":\"a1\",\"status\":"
	     "\"rejected\"}}",
	     NEWS_NONE},
	    {"{\"kept\":{\"id\":\"c3\",\"package\":\"x\",\"refused_code\":\"forbidden\",\"refused_"
	     "text\":"
	     "\"not here\"}}",
	     NEWS_NOT_ACCEPTED, "c3:not-accepted", NULL, "not here"},
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		AUTO(arena_done) struct arena a = {0};
		struct news news;

		read_news(&a, rows[i].status, &news);
		if (news.kind != rows[i].kind)
			fail_msg("%s", rows[i].status);
		if (news.kind == NEWS_NONE)
			continue;
		assert_string_equal(news.key, rows[i].key);
		assert_string_equal(news.who ? news.who : "-", rows[i].who ? rows[i].who : "-");
		assert_string_equal(news.comment ? news.comment : "-",
				    rows[i].comment ? rows[i].comment : "-");
	}
}

/* The server's texts are a screen's and a file's next. */
static void texts_are_plain_and_keys_are_one_word(void **state)
{
	AUTO(arena_done) struct arena a = {0};
	struct news news;

	(void)state;
	read_news(
	    &a,
	    "{\"instance\":{\"id\":\"a\\nb\",\"number\":\"HF\\u001b[2J\",\"status\":\"rejected\","
	    "\"decision\":{\"who\":\"\\u202eW\",\"comment\":\"no\\nway\"}}}",
	    &news);
	assert_string_equal(news.key, "rejected");
	assert_string_equal(news.number, "HF\uFFFD[2J");
	assert_string_equal(news.who, "\uFFFDW");
	assert_string_equal(news.comment, "no way");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(each_end_of_a_request_is_news_of_its_own),
	    cmocka_unit_test(texts_are_plain_and_keys_are_one_word),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
