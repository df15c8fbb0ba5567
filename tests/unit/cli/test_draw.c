#include "../unit.h"

#include "base/buf.h"
#include "cli/cli.h"

#define BEGIN "\033[30;107m"
#define END "\033[0m\n"

/* Upper and lower module of the character at *p, which moves behind it. */
static void read_blocks(const char **p, bool *upper, bool *lower)
{
	static const struct {
		const char *text;
		bool upper, lower;
	} blocks[] = {
	    {" ", false, false}, {"▄", false, true}, {"▀", true, false}, {"█", true, true}};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(blocks); i++)
		if (!strncmp(*p, blocks[i].text, strlen(blocks[i].text))) {
			*p += strlen(blocks[i].text);
			*upper = blocks[i].upper;
			*lower = blocks[i].lower;
			return;
		}
	fail_msg("no block: %s", *p);
}

static void assert_module(const struct qr *qr, int row, int column, bool dark)
{
	bool inside = row >= 0 && row < qr->size && column >= 0 && column < qr->size;

	assert_int_equal(dark, inside && qr->dark[row][column]);
}

static void a_drawn_code_has_each_module_and_light_around_it(void **state)
{
	AUTO(buf_done) struct buf out = {0};
	const char *p;
	struct qr qr;
	int row, column;

	(void)state;
	assert_true(qr_make("7H2K-9QDM 3", &qr));
	draw_qr(&qr, &out);
	p = out.data;
	for (row = -QR_QUIET; row < qr.size + QR_QUIET; row += 2) {
		assert_memory_equal(p, BEGIN, strlen(BEGIN));
		p += strlen(BEGIN);
		for (column = -QR_QUIET; column < qr.size + QR_QUIET; column++) {
			bool upper, lower;

			read_blocks(&p, &upper, &lower);
			assert_module(&qr, row, column, upper);
			assert_module(&qr, row + 1, column, lower);
		}
		assert_memory_equal(p, END, strlen(END));
		p += strlen(END);
	}
	assert_string_equal(p, "");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_drawn_code_has_each_module_and_light_around_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
