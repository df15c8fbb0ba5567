/*
 * JSON (RFC 8259). Reading is strict: UTF-8, escapes, numbers, depth, duplicate keys and trailing
 * bytes are checked for the whole text before anything is looked at, and a string with U+0000 is
 * refused. Our own formats are then read through field tables, which refuse unknown, missing and
 * wrongly typed members; other people's formats are looked up member by member and may hold
 * anything else beside. Nodes and texts live in the arena given to json_parse.
 */
#pragma once

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"

#define JSON_MAX_DEPTH 32
#define JSON_MAX_NODES 200000

enum json_type { JSON_NULL, JSON_BOOL, JSON_NUMBER, JSON_TEXT, JSON_ARRAY, JSON_OBJECT };

struct json {
	enum json_type type;
	const char *key;          /* inside an object, else NULL */
	const char *text;         /* JSON_TEXT: unescaped; JSON_NUMBER: its literal */
	bool truth;               /* JSON_BOOL */
	size_t count;             /* members or elements */
	const struct json *first; /* in the order of the text */
	const struct json *next;
};

/* ERR_INVALID says what is wrong and at which byte. */
[[nodiscard]] bool json_parse(struct arena *a, const char *text, size_t n, const struct json **out,
			      struct err *e);

/* Looking up; all accept NULL and the wrong type, and answer NULL or false. */
const struct json *json_get(const struct json *object, const char *key);
const char *json_text(const struct json *object, const char *key); /* NULL when absent or no text */
bool json_i64(const struct json *object, const char *key, int64_t *out); /* an integer that fits */
bool json_bool(const struct json *object, const char *key, bool *out);

/*
 * Field tables: where a member goes in a struct and what it must be. The same table reads, writes
 * and makes the schema (JSON Schema 2020-12), so that what is described is what happens.
 */
enum json_kind {
	JSON_FIELD_TEXT, /* const char *, min..max code points after no trimming */
	JSON_FIELD_I64,  /* int64_t, min..max */
	JSON_FIELD_BOOL, /* bool */
	JSON_FIELD_OBJECT, /* struct in place, through fields; at offset 0 they may be the outer struct's own */
	JSON_FIELD_POINTER, /* const struct *, through fields; NULL when there is none */
	JSON_FIELD_ARRAY, /* struct json_list of structs (fields) or, without fields, of const char
			      * */
	JSON_FIELD_ANY,   /* const struct json * */
	JSON_FIELD_RAW    /* const char *, JSON text that we made ourselves; written only */
};

struct json_list {
	void *items;
	size_t count;
};

/* What is to be written may be const. */
static inline struct json_list json_list_of(const void *items, size_t count)
{
	return (struct json_list){(void *)items, count};
}

struct json_field {
	const char *name;
	enum json_kind kind;
	size_t offset;
	bool required;    /* an absent optional member leaves the struct as it was; null counts as
			     absent */
	int64_t min, max; /* text: code points; i64: value; array: elements. max 0 on text and
			     array: named below */
	const struct json_field *fields; /* ends with {0} */
	size_t size;                     /* of one array element, or of what is pointed to */
	const char *const *words;        /* text: the allowed values, NULL-terminated, or NULL */
	const char *format; /* text: JSON_ID, which is checked, or "uri", "email", "date" */

	/* What is written for a NULL text or pointer, for 0, false and an empty array, if not just
	 * that. Without either a text or pointer is never NULL. */
	bool nullable; /* null; texts, pointers, numbers */
	bool omit;     /* nothing */

	const char
	    *says; /* a text of our own for a reader: its kind, which the writer's say gets */

	const char *doc;     /* for the schema: half a sentence, where the name does not say it */
	const char *example; /* as JSON without the quotes of a text; made up when NULL */
};

#define JSON_ID "uuid"

#define JSON_TEXT_DEFAULT_MAX 4096
#define JSON_ARRAY_DEFAULT_MAX 3000

/* Fills *out (which the caller has set to its defaults). ERR_INVALID names the member as a path:
 * "scope.groups[2]: must be text". */
[[nodiscard]] bool json_read(struct arena *a, const struct json *object,
			     const struct json_field *fields, void *out, struct err *e);

/* json_parse and json_read. */
[[nodiscard]] bool json_read_text(struct arena *a, const char *text, size_t n,
				  const struct json_field *fields, void *out, struct err *e);

/* Writing: compact, UTF-8 as it is, '"', '\\' and controls escaped. The writer places commas. */
struct json_writer {
	struct buf *out;
	bool comma;
	/* What json_write puts in place of the text of a field that says something; NULL: the text. */
	const char *(*say)(void *arg, const char *kind, const char *text);
	void *say_arg;
};

void json_object(struct json_writer *w,
		 const char *key); /* key NULL inside arrays and at the top */
void json_object_end(struct json_writer *w);
void json_array(struct json_writer *w, const char *key);
void json_array_end(struct json_writer *w);
void json_put_text(struct json_writer *w, const char *key, const char *text); /* NULL writes null */
void json_put_i64(struct json_writer *w, const char *key, int64_t value);
void json_put_bool(struct json_writer *w, const char *key, bool value);
void json_put_null(struct json_writer *w, const char *key);
void json_put_json(struct json_writer *w, const char *key, const struct json *value);
void json_put_raw(struct json_writer *w, const char *key, const char *text); /* NULL writes null */

/* Writes what json_read would read: the members of *in in the order of fields. */
void json_write(struct json_writer *w, const char *key, const struct json_field *fields,
		const void *in);

/* Reading and writing differ in what must be there and in limits, which hold for reading only. */
enum json_side { JSON_SIDE_IN, JSON_SIDE_OUT };

/* The schema of an object, of one member, and an object that is valid by it. */
void json_schema(struct json_writer *w, const char *key, const struct json_field *fields,
		 enum json_side side);
void json_schema_of(struct json_writer *w, const char *key, const struct json_field *field,
		    enum json_side side);
void json_example(struct json_writer *w, const char *key, const struct json_field *fields,
		  enum json_side side);
