/* Tickets: once, and for 90 seconds. */
#include "../unit.h"

#include "dingsim/ticket.h"

static char client_id[] = "dingapp", ua[] = "", topics[] = "[]";
static const struct ticket like = {.client_id = client_id, .ua = ua, .topics = topics};

static void a_ticket_is_good_once(void **state)
{
	struct tickets all = {0};
	char id[ID_SIZE];
	struct ticket *t;

	(void)state;
	memcpy(id, ticket_issue(&all, &like, 1000)->id, sizeof(id));
	(void)ticket_issue(&all, &like, 1000);
	t = ticket_redeem(&all, id, 1000);
	assert_non_null(t);
	assert_string_equal(t->client_id, "dingapp");
	ticket_free(t);
	assert_null(ticket_redeem(&all, id, 1000));
	assert_int_equal(all.count, 1);
	tickets_done(&all);
}

static void a_ticket_is_good_for_90_seconds(void **state)
{
	struct tickets all = {0};
	char early[ID_SIZE], late[ID_SIZE];
	struct ticket *t;

	(void)state;
	memcpy(early, ticket_issue(&all, &like, 1000)->id, sizeof(early));
	memcpy(late, ticket_issue(&all, &like, 1001)->id, sizeof(late));
	assert_null(ticket_redeem(&all, early, 91000));
	t = ticket_redeem(&all, late, 91000);
	assert_non_null(t);
	ticket_free(t);
	assert_int_equal(all.count, 0);
}

static void tickets_that_nobody_uses_do_not_pile_up(void **state)
{
	struct tickets all = {0};
	char first[ID_SIZE], second[ID_SIZE];
	struct ticket *t;
	int i;

	(void)state;
	memcpy(first, ticket_issue(&all, &like, 1000)->id, sizeof(first));
	memcpy(second, ticket_issue(&all, &like, 1000)->id, sizeof(second));
	for (i = 0; i < TICKETS_MAX - 1; i++)
		(void)ticket_issue(&all, &like, 1000);
	assert_int_equal(all.count, TICKETS_MAX);
	assert_null(ticket_redeem(&all, first, 1000));
	t = ticket_redeem(&all, second, 1000);
	assert_non_null(t);
	ticket_free(t);
	tickets_done(&all);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_ticket_is_good_once),
	    cmocka_unit_test(a_ticket_is_good_for_90_seconds),
	    cmocka_unit_test(tickets_that_nobody_uses_do_not_pile_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
