/*
 * A list of devices as somebody keeps it: CSV (RFC 4180; semicolons and tabs separate too) with a first
 * line that names its columns, of which id, mac and name count, in that order; or without one, where each
 * line begins with an id, a MAC address or a name. Every line that is not empty is answered for: it names
 * one device, or it says why not.
 */
#pragma once

#include "base/arena.h"
#include "base/err.h"

#define DEVICE_LIST_MAX_BYTES (1024 * 1024)
#define DEVICE_LIST_MAX_LINES 10000 /* that are not empty */
#define DEVICE_LIST_MAX_TEXT 253    /* code points of a name; over it the line is reported, cut */

enum device_key { DEVICE_KEY_ID, DEVICE_KEY_MAC, DEVICE_KEY_NAME, DEVICE_KEY_COUNT };

enum device_line_end {
	DEVICE_LINE_FOUND,
	DEVICE_LINE_EMPTY,     /* names no device */
	DEVICE_LINE_UNMATCHED, /* no device is called that */
	DEVICE_LINE_AMBIGUOUS, /* several are */
	DEVICE_LINE_REPEATED   /* a line before it names the same device */
};

struct device_line {
	int64_t line;     /* from 1 */
	const char *text; /* as it is in the list */
	enum device_key by;
	const char *key;    /* how it is compared; "": names nothing */
	const char *device; /* the first that fits, or NULL */
	size_t fits;
	enum device_line_end end; /* after device_list_end */
};

struct device_list {
	struct arena *arena;
	struct device_line *lines;
	size_t count;
	struct device_line **by_key[DEVICE_KEY_COUNT]; /* sorted */
	size_t key_count[DEVICE_KEY_COUNT];
};

/* Everything in the arena. ERR_UNPROCESSABLE names the line: a quotation without its end, too many lines
 * or columns. */
[[nodiscard]] bool device_list_read(struct arena *a, const char *csv, struct device_list *out,
				    struct err *e);

/* Each device once, in any order; macs is separated by commas. True: some line may mean it. */
struct device_named {
	const char *id, *name, *macs;
};
bool device_list_see(struct device_list *list, const struct device_named *d);

/* When all were seen: what became of each line. devices: of the lines that found one, each once, in the
 * list's order; room for list->count. */
size_t device_list_end(struct arena *a, struct device_list *list, const char **devices);

/* "unmatched"; for the record and the API. */
const char *device_line_end_name(enum device_line_end end);
