#include "../unit.h"

#include "base/id.h"
#include "web/presence.h"

static void presence_done(struct presence **p)
{
	presence_free(*p);
}

static struct presence_last last(struct presence *p, const char *device)
{
	return presence_last(p, device);
}

static void seen(struct presence *p, const char *device, int64_t held, int64_t now_ms)
{
	presence_seen(p, device, &(struct flow_has){.counter = held, .basis = ""}, now_ms);
}

static void who_goes_away_is_gone_until_heard_again(void **state)
{
	AUTO(presence_done) struct presence *p = presence_new();
	char id[ID_SIZE];

	(void)state;
	id_new(id);
	presence_gone(p, id, 10, 20); /* never seen here */
	assert_int_equal(last(p, id).at_ms, 0);
	seen(p, id, 7, 100);
	assert_false(last(p, id).gone);
	assert_int_equal(last(p, id).held, 7);
	presence_gone(p, id, 100, 150);
	assert_true(last(p, id).gone);
	assert_int_equal(last(p, id).at_ms, 150);
	seen(p, id, 8, 160);
	assert_false(last(p, id).gone);
	assert_int_equal(last(p, id).held, 8);
}

/* A device asks anew over another connection before the old one is seen to end. */
static void the_end_of_an_earlier_poll_means_nothing(void **state)
{
	AUTO(presence_done) struct presence *p = presence_new();
	char id[ID_SIZE];

	(void)state;
	id_new(id);
	seen(p, id, 0, 100);
	seen(p, id, 0, 200);
	presence_gone(p, id, 100, 250);
	assert_false(last(p, id).gone);
	assert_int_equal(last(p, id).at_ms, 200);
}

static void many_are_kept_apart(void **state)
{
	enum { DEVICES = 3000 };
	AUTO(presence_done) struct presence *p = presence_new();
	AUTO(arena_done) struct arena a = {0};
	char **ids = arena_array(&a, DEVICES, sizeof(*ids));

	(void)state;
	for (int64_t i = 0; i < DEVICES; i++) {
		ids[i] = arena_alloc(&a, ID_SIZE);
		id_new(ids[i]);
		seen(p, ids[i], i, 1000 + i);
	}
	for (int64_t i = 0; i < DEVICES; i++) {
		assert_int_equal(last(p, ids[i]).at_ms, 1000 + i);
		assert_int_equal(last(p, ids[i]).held, i);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(who_goes_away_is_gone_until_heard_again),
	    cmocka_unit_test(the_end_of_an_earlier_poll_means_nothing),
	    cmocka_unit_test(many_are_kept_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
