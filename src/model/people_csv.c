#include "model/people_csv.h"

#include <string.h>

#include "base/buf.h"
#include "base/id.h"
#include "base/text.h"

static const struct {
	const char *name;
	enum people_column column;
} titles[] = {
    {"name", PEOPLE_NAME},
    {"full name", PEOPLE_NAME},
    {"姓名", PEOPLE_NAME},
    {"external_id", PEOPLE_EXTERNAL_ID},
    {"employee number", PEOPLE_EXTERNAL_ID},
    {"employee_number", PEOPLE_EXTERNAL_ID},
    {"employee id", PEOPLE_EXTERNAL_ID},
    {"employee_id", PEOPLE_EXTERNAL_ID},
    {"工号", PEOPLE_EXTERNAL_ID},
    {"员工编号", PEOPLE_EXTERNAL_ID},
    {"email", PEOPLE_EMAIL},
    {"e-mail", PEOPLE_EMAIL},
    {"mail", PEOPLE_EMAIL},
    {"邮箱", PEOPLE_EMAIL},
    {"电子邮箱", PEOPLE_EMAIL},
    {"telephone", PEOPLE_TELEPHONE},
    {"phone", PEOPLE_TELEPHONE},
    {"mobile", PEOPLE_TELEPHONE},
    {"手机", PEOPLE_TELEPHONE},
    {"手机号", PEOPLE_TELEPHONE},
    {"电话", PEOPLE_TELEPHONE},
    {"title", PEOPLE_TITLE},
    {"职位", PEOPLE_TITLE},
    {"职务", PEOPLE_TITLE},
    {"departments", PEOPLE_DEPARTMENTS},
    {"department", PEOPLE_DEPARTMENTS},
    {"部门", PEOPLE_DEPARTMENTS},
};

const char *people_column_name(enum people_column column)
{
	static const char *const names[] = {
	    [PEOPLE_NAME] = "name",   [PEOPLE_EXTERNAL_ID] = "external_id",
	    [PEOPLE_EMAIL] = "email", [PEOPLE_TELEPHONE] = "telephone",
	    [PEOPLE_TITLE] = "title", [PEOPLE_DEPARTMENTS] = "departments",
	};

	return names[column];
}

/* --- the first line --- */

/* Which field of a record holds which column; -1: none does. */
struct layout {
	int field[PEOPLE_COLUMNS];
};

static int column_of(const char *title)
{
	for (size_t i = 0; i < ARRAY_SIZE(titles); i++) {
		if (text_equal_nocase(title, titles[i].name))
			return (int)titles[i].column;
	}
	return -1;
}

static bool read_layout(struct arena *a, const struct csv_record *first, struct layout *l,
			struct people_csv *out, struct err *e)
{
	out->ignored = arena_array(a, first->count, sizeof(*out->ignored));
	memset(l, -1, sizeof(*l));
	for (size_t i = 0; i < first->count; i++) {
		const char *title = first->fields[i];
		int column = column_of(title);

		if (column < 0) {
			if (*title != '\0')
				out->ignored[out->ignored_count++] = title;
			continue;
		}
		if (out->has[column])
			return err_set(e, ERR_UNPROCESSABLE, "csv: two columns are the %s: \"%s\"",
				       people_column_name((enum people_column)column), title);
		out->has[column] = true;
		l->field[column] = (int)i;
	}
	return out->has[PEOPLE_NAME] ||
	       err_set(e, ERR_UNPROCESSABLE,
		       "csv: the first line must name the columns, and one of them \"name\"");
}

/* --- the others --- */

static const char *field(const struct layout *l, const struct csv_record *rec,
			 enum people_column column)
{
	int at = l->field[column];

	return at < 0 || (size_t)at >= rec->count ? "" : rec->fields[at];
}

/* One path, each name of it by itself. */
static bool read_path(struct arena *a, char *typed, const char **out, struct err *e)
{
	AUTO(buf_done) struct buf path = {0};
	size_t depth = 0;

	if (id_valid(typed)) {
		*out = typed;
		return true;
	}
	typed += *typed == '/';
	for (char *at = typed; at != NULL; depth++) {
		char *end = strchr(at, '/');
		const char *name;

		if (end != NULL)
			*end++ = '\0';
		if (depth == LOCAL_MAX_DEPTH)
			return err_set(e, ERR_INVALID, "departments: has more than %d levels",
				       LOCAL_MAX_DEPTH);
		if (!local_department_check(a, at, &name, e))
			return err_add(e, "departments");
		buf_printf(&path, "%s%s", depth == 0 ? "" : "/", name);
		at = end;
	}
	*out = arena_dup_n(a, path.data, path.len);
	return true;
}

static bool is_there(const char *const *all, size_t count, const char *text)
{
	for (size_t i = 0; i < count; i++) {
		if (text_equal(all[i], text))
			return true;
	}
	return false;
}

static bool read_departments(struct arena *a, const char *text, struct people_line *out,
			     struct err *e)
{
	const char **all = arena_array(a, LOCAL_MAX_DEPARTMENTS_EACH, sizeof(*all));
	char *rest = arena_dup(a, text);

	out->departments = all;
	while (rest != NULL) {
		char *at = text_trim(strsep(&rest, "|"));
		const char *path = NULL;

		if (*at == '\0')
			continue;
		if (!read_path(a, at, &path, e))
			return false;
		if (is_there(all, out->department_count, path))
			continue;
		if (out->department_count == LOCAL_MAX_DEPARTMENTS_EACH)
			return err_set(e, ERR_INVALID, "departments: are more than %d",
				       LOCAL_MAX_DEPARTMENTS_EACH);
		all[out->department_count++] = path;
	}
	return true;
}

static void read_line(struct arena *a, const struct layout *l, const struct csv_record *rec,
		      struct people_line *out)
{
	struct err e = {0};

	*out = (struct people_line){.line = rec->line,
				    .person = {.name = field(l, rec, PEOPLE_NAME),
					       .external_id = field(l, rec, PEOPLE_EXTERNAL_ID),
					       .email = field(l, rec, PEOPLE_EMAIL),
					       .telephone = field(l, rec, PEOPLE_TELEPHONE),
					       .title = field(l, rec, PEOPLE_TITLE)}};
	if (!local_person_check(a, &out->person, &e)) {
		out->why = arena_dup(a, e.text);
		return;
	}
	if (!read_departments(a, field(l, rec, PEOPLE_DEPARTMENTS), out, &e)) {
		out->why = arena_dup(a, e.text);
		return;
	}
	if (*out->person.external_id == '\0' && *out->person.email == '\0')
		out->why = "external_id or email: one of them must be there, to know people by";
}

bool people_csv_read(struct arena *a, const char *csv, struct people_csv *out, struct err *e)
{
	struct csv_reader r;
	struct csv_record rec;
	struct layout layout;
	bool more;

	*out = (struct people_csv){0};
	if (!csv_reader_begin(&r, a, csv, PEOPLE_CSV_MAX_BYTES, e) ||
	    !csv_reader_next(&r, &rec, &more, e))
		return false;
	if (!more)
		return err_set(e, ERR_UNPROCESSABLE, "csv: is empty");
	if (!read_layout(a, &rec, &layout, out, e))
		return false;
	out->lines =
	    arena_array(a, csv_reader_count(r.at, PEOPLE_CSV_MAX_LINES), sizeof(*out->lines));
	for (;;) {
		if (!csv_reader_next(&r, &rec, &more, e))
			return false;
		if (!more)
			return true;
		if (out->count == PEOPLE_CSV_MAX_LINES)
			return err_set(e, ERR_UNPROCESSABLE, "csv: has more than %d lines",
				       PEOPLE_CSV_MAX_LINES);
		read_line(a, &layout, &rec, &out->lines[out->count++]);
	}
}
