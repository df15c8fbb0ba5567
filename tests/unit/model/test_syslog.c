#include "../unit.h"

#include <string.h>

#include "model/syslog.h"

static const struct syslog_event plain = {.at_ms = 1763830479123,
					  .host = "hf-1.example.com",
					  .node = "01900000-0000-7000-8000-00000000000a",
					  .sequence = 12,
					  .id = "01900000-0000-7000-8000-00000000000b",
					  .kind = "policy-changed",
					  .actor = "王芳",
					  .actor_kind = "account",
					  .object = "policy",
					  .object_id = "7",
					  .record = "{\"v\":1}"};

/* The message behind its length, which must be right. */
static const char *message(struct buf *out, const struct syslog_event *event)
{
	size_t n = 0;
	char *blank;

	buf_reset(out);
	syslog_put(out, event);
	for (blank = out->data; *blank != ' '; blank++)
		n = n * 10 + (size_t)(*blank - '0');
	assert_int_equal(n, out->len - (size_t)(blank + 1 - out->data));
	return blank + 1;
}

static void a_message_is_what_the_standard_says(void **state)
{
	AUTO(buf_done) struct buf out = {0};

	(void)state;
	assert_string_equal(
	    message(&out, &plain),
	    "<110>1 2025-11-22T16:54:39.123Z hf-1.example.com holdfast "
	    "01900000-0000-7000-8000-00000000000a policy-changed [holdfast@32473 "
	    "id=\"01900000-0000-7000-8000-00000000000b\" "
	    "node=\"01900000-0000-7000-8000-00000000000a\" sequence=\"12\" "
	    "kind=\"policy-changed\" actor=\"王芳\" actorKind=\"account\" object=\"policy\" "
	    "objectId=\"7\"] \xEF\xBB\xBF{\"v\":1}");
}

static void what_is_not_said_is_a_dash(void **state)
{
	AUTO(buf_done) struct buf out = {0};
	struct syslog_event event = {.at_ms = 0, .node = "n", .kind = "k", .record = "{}"};

	(void)state;
	assert_string_equal(message(&out, &event),
			    "<110>1 1970-01-01T00:00:00.000Z - holdfast n k [holdfast@32473 "
			    "node=\"n\" sequence=\"0\" kind=\"k\"] \xEF\xBB\xBF{}");
}

/* Each byte that there is, in each field: one message, one line, one element. */
static void nothing_ends_its_field(void **state)
{
	AUTO(buf_done) struct buf out = {0};

	(void)state;
	for (int c = 1; c < 256; c++) {
		const char text[] = {'a', (char)c, 'b', (char)0xC2, (char)0x85, '\0'};
		struct syslog_event event = plain;
		const char *got, *element, *end;
		size_t quotes = 0, blanks = 0;

		event.host = event.kind = event.node = event.actor = event.object = text;
		got = message(&out, &event);
		end = strstr(got, "] \xEF\xBB\xBF");
		element = strstr(got, " [holdfast@32473 ");
		assert_true(element != NULL && end != NULL && element < end);
		assert_string_equal(end, "] \xEF\xBB\xBF{\"v\":1}");
		for (const char *at = got; at < end; at++) {
			assert_true((unsigned char)*at >= ' ' && *at != 0x7F);
			assert_false((unsigned char)at[0] == 0xC2 && (unsigned char)at[1] >= 0x80 &&
				     (unsigned char)at[1] <= 0x9F);
			blanks += *at == ' ' && at < element;
			quotes += *at == '"' && at > element && at[-1] != '\\';
			assert_false(*at == ']' && at > element && at[-1] != '\\');
		}
		assert_int_equal(quotes, 16);
		assert_int_equal(blanks, 5); /* between six words */
	}
}

static void only_the_machine_itself_goes_without_tls(void **state)
{
	static const struct {
		const char *url;
		bool tls;
		const char *host;
		int64_t port;
	} good[] = {{"tls://log.example.com", true, "log.example.com", 6514},
		    {"tls://10.0.0.1:601", true, "10.0.0.1", 601},
		    {"tls://[2001:db8::1]:6514", true, "2001:db8::1", 6514},
		    {"tcp://127.0.0.1:514", false, "127.0.0.1", 514},
		    {"tcp://[::1]:514", false, "::1", 514},
		    {"tcp://localhost:514", false, "localhost", 514}};
	static const char *const bad[] = {"",
					  "log.example.com:6514",
					  "udp://127.0.0.1:514",
					  "https://log.example.com",
					  "tls://",
					  "tls://:6514",
					  "tls://a:0",
					  "tls://a:65536",
					  "tls://a:6514/x",
					  "tls://a b",
					  "tls://user@a",
					  "tls://[::1",
					  "tls://[::1]x",
					  "tls://-x",
					  "tcp://log.example.com:514",
					  "tcp://10.0.0.1:514",
					  "tcp://128.0.0.1:514"};
	AUTO(arena_done) struct arena a = {0};
	struct syslog_target t;
	struct err e;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		if (!syslog_target_read(&a, good[i].url, &t, &e))
			fail_msg("%s: %s", good[i].url, e.text);
		assert_int_equal(t.tls, good[i].tls);
		assert_string_equal(t.host, good[i].host);
		assert_int_equal(t.port, good[i].port);
	}
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		if (syslog_target_read(&a, bad[i], &t, &e))
			fail_msg("%s is taken", bad[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_message_is_what_the_standard_says),
	    cmocka_unit_test(what_is_not_said_is_a_dash),
	    cmocka_unit_test(nothing_ends_its_field),
	    cmocka_unit_test(only_the_machine_itself_goes_without_tls),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
