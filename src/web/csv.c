#include "web/csv.h"

#include <string.h>

#include "base/clock.h"

#define MARK "\xEF\xBB\xBF"

void csv_begin(struct buf *out, const char *const *titles)
{
	buf_text(out, MARK);
	for (const char *const *title = titles; *title != NULL; title++)
		csv_text(out, title == titles, *title);
	csv_row_end(out);
}

/* Blanks in front do not keep spreadsheets from it, nor does full width. */
static bool is_formula(const char *text)
{
	static const char *const wide[] = {"＝", "＋", "－", "＠"};

	text += strspn(text, " ");
	for (size_t i = 0; i < ARRAY_SIZE(wide); i++) {
		if (strncmp(text, wide[i], strlen(wide[i])) == 0)
			return true;
	}
	return *text != '\0' && strchr("=+-@\t\r\n", *text) != NULL;
}

void csv_text(struct buf *out, bool first, const char *text)
{
	if (!first)
		buf_char(out, ',');
	if (text == NULL || *text == '\0')
		return;
	buf_char(out, '"');
	if (is_formula(text))
		buf_char(out, '\'');
	for (; *text != '\0'; text++) {
		if (*text == '"')
			buf_char(out, '"');
		buf_char(out, *text);
	}
	buf_char(out, '"');
}

void csv_time(struct buf *out, bool first, int64_t utc_ms)
{
	char text[CLOCK_TEXT_SIZE] = "";

	if (utc_ms != 0)
		clock_text(utc_ms, text);
	csv_text(out, first, text);
}

void csv_number(struct buf *out, bool first, int64_t number)
{
	if (!first)
		buf_char(out, ',');
	buf_printf(out, "%lld", (long long)number);
}

void csv_row_end(struct buf *out)
{
	buf_text(out, "\r\n");
}
