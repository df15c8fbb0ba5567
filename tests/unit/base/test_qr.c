/* The pictures here were read by an independent reader (zbarimg) when they were written down. */
#include "../unit.h"

#include "base/base.h"
#include "base/qr.h"

static void a_short_text_gives_the_smallest_code(void **state)
{
	static const char *const rows[] = {
	    "#######.#.##..#######", "#.....#...##..#.....#", "#.###.#..##...#.###.#",
	    "#.###.#.#.###.#.###.#", "#.###.#.##.##.#.###.#", "#.....#.#...#.#.....#",
	    "#######.#.#.#.#######", "........###..........", "#...#.###...######..#",
	    "..###..##.#.#.##.#.##", "##....#####.#...#.##.", "#.#.##.....##........",
	    "#..#.####..#.##...##.", "........#..##..#.#.##", "#######.##.#..#.##.#.",
	    "#.....#......##.#....", "#.###.#.#.#.###...##.", "#.###.#..#..###..####",
	    "#.###.#..#..##..##...", "#.....#..####..#.....", "#######.####..##..#.#",
	};
	struct qr qr;
	int i, j;

	(void)state;
	assert_true(qr_make("HOLDFAST", &qr));
	assert_int_equal(qr.size, ARRAY_SIZE(rows));
	for (i = 0; i < qr.size; i++)
		for (j = 0; j < qr.size; j++)
			assert_int_equal(qr.dark[i][j], rows[i][j] == '#');
}

static uint32_t digest(const struct qr *qr)
{
	uint32_t sum = 2166136261u;
	int i, j;

	for (i = 0; i < qr->size; i++)
		for (j = 0; j < qr->size; j++)
			sum = (sum ^ qr->dark[i][j]) * 16777619u;
	return sum;
}

static void every_length_has_its_code(void **state)
{
	static const struct {
		size_t n;
		int size;
		uint32_t digest;
	} rows[] = {
	    {14, 21, 0xb533c139u},  {15, 25, 0x7b93e9dbu},  {84, 37, 0xf420ebb1u},
	    {122, 45, 0x880a6e6cu}, {123, 49, 0x76a7c1bdu}, {181, 57, 0xa8f75212u},
	    {213, 57, 0xc619aab4u},
	};
	size_t i, at;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		char text[QR_MAX_TEXT + 1] = {0};
		struct qr qr;

		for (at = 0; at < rows[i].n; at++)
			text[at] = (char)('A' + at * 7 % 26);
		assert_true(qr_make(text, &qr));
		assert_int_equal(qr.size, rows[i].size);
		assert_int_equal(digest(&qr), rows[i].digest);
	}
}

static void what_is_too_long_is_refused(void **state)
{
	char text[QR_MAX_TEXT + 2];
	struct qr qr;

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	assert_false(qr_make(text, &qr));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_short_text_gives_the_smallest_code),
	    cmocka_unit_test(every_length_has_its_code),
	    cmocka_unit_test(what_is_too_long_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
