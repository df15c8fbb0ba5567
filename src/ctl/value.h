/*
 * JSON that is made and changed: nodes of json/json.h with the line that they stand on in a file. Nodes
 * and texts live in the arena; a node stands in one place only.
 */
#pragma once

#include "base/arena.h"
#include "json/json.h"

struct value {
	struct json json; /* the first member */
	int line;         /* 0: from no file */
};

struct value *value_new(struct arena *a, enum json_type type);
struct value *value_text(struct arena *a, const char *text); /* copied */
struct value *value_number(struct arena *a, int64_t number);
struct value *value_bool(struct arena *a, bool truth);
/* Deep; a clone stands on the same lines. */
struct value *value_copy(struct arena *a, const struct json *from);
struct value *value_clone(struct arena *a, const struct value *from);

/* At the end of an object (key, borrowed) or an array (key NULL). */
void value_add(struct value *container, const char *key, struct value *item);
/* In the place of the member of that name, or at the end. */
void value_put(struct value *object, const char *key, struct value *item);
/* What `over` names in the place of what base has; objects member by member. over is taken apart. */
void value_merge(struct value *base, struct value *over);
void value_drop(struct value *object, const char *key);

/* Of a node made here or by yaml.h. */
int value_line(const struct json *value);
struct value *value_of(const struct json *value);

/* "filing.workflow": a member of a member; NULL when there is none. And setting it: what is not there is
 * made. False: what should be an object is something else. */
const struct json *value_at(const struct json *object, const char *path);
[[nodiscard]] bool value_set(struct arena *a, struct value *object, const char *path,
			     struct value *item);

/*
 * Whether `has` has all that `wants` names, so that nothing would change: what wants does not name may be
 * anything; nothing, null, "" and [] are the same; arrays of texts and numbers have no order.
 */
bool value_covers(const struct json *wants, const struct json *has);

/* Compact JSON. */
const char *value_write(struct arena *a, const struct json *value);
