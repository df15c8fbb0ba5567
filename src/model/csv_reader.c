#include "model/csv_reader.h"

#include <string.h>

#include "base/text.h"

#define BOM "\xef\xbb\xbf"

/* The first of them on the first line. */
static char separator_of(const char *csv)
{
	size_t n = strcspn(csv, ",;\t\r\n");

	return csv[n] == ';' || csv[n] == '\t' ? csv[n] : ',';
}

bool csv_reader_begin(struct csv_reader *r, struct arena *a, const char *csv, size_t max_bytes,
		      struct err *e)
{
	const char *text = text_starts(csv, BOM) ? csv + strlen(BOM) : csv;

	if (strlen(csv) > max_bytes)
		return err_set(e, ERR_UNPROCESSABLE, "csv: is longer than %zu bytes", max_bytes);
	*r = (struct csv_reader){
	    .at = arena_dup(a, text), .line = 1, .separator = separator_of(text)};
	return true;
}

static bool ends_line(char c)
{
	return c == '\n' || c == '\r' || c == '\0';
}

/* What stands between quotation marks, from behind the first. */
static bool read_quoted(struct csv_reader *r, char **out, struct err *e)
{
	int64_t begun = r->line;

	for (; *r->at != '\0'; r->at++) {
		if (*r->at == '"' && r->at[1] != '"') {
			r->at++;
			return true;
		}
		r->at += *r->at == '"';
		r->line += *r->at == '\n';
		*(*out)++ = *r->at;
	}
	return err_set(e, ERR_UNPROCESSABLE, "csv: the quotation on line %lld does not end",
		       (long long)begun);
}

/* *after is what the field ends at: the separator, the line's end or the list's. */
static bool read_field(struct csv_reader *r, const char **field, char *after, struct err *e)
{
	char *start = r->at, *out = r->at;

	if (*r->at == '"') {
		r->at++;
		if (!read_quoted(r, &out, e))
			return false;
	}
	while (!ends_line(*r->at) && *r->at != r->separator)
		*out++ = *r->at++;
	*after = *r->at;
	if (*after == '\r' && r->at[1] == '\n')
		r->at++;
	if (*after != '\0')
		r->at++;
	*out = '\0';
	*field = text_trim(start);
	return true;
}

static bool read_record(struct csv_reader *r, struct csv_record *out, struct err *e)
{
	char after;

	*out = (struct csv_record){.line = r->line};
	do {
		if (out->count == CSV_MAX_COLUMNS)
			return err_set(e, ERR_UNPROCESSABLE,
				       "csv: line %lld has more than %d columns",
				       (long long)out->line, CSV_MAX_COLUMNS);
		if (!read_field(r, &out->fields[out->count++], &after, e))
			return false;
	} while (after == r->separator);
	r->line++;
	return true;
}

static bool is_empty(const struct csv_record *rec)
{
	for (size_t i = 0; i < rec->count; i++) {
		if (*rec->fields[i] != '\0')
			return false;
	}
	return true;
}

bool csv_reader_next(struct csv_reader *r, struct csv_record *out, bool *more, struct err *e)
{
	*more = false;
	while (*r->at != '\0' && !*more) {
		if (!read_record(r, out, e))
			return false;
		*more = !is_empty(out);
	}
	return true;
}

size_t csv_reader_count(const char *csv, size_t max)
{
	size_t n = 1;

	for (; *csv != '\0' && n < max; csv++)
		n += *csv == '\n' || *csv == '\r';
	return n < max ? n : max;
}
