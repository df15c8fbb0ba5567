/*
 * YAML as configuration needs it: one document of mappings with text keys, sequences and scalars. Plain
 * scalars are what JSON's are (null, true, false, whole numbers), everything else is text: yes and no are
 * words. Anchors are copied where they are named. Bytes from outside; tests/fuzz/yaml.c.
 */
#pragma once

#include "ctl/value.h"

#define YAML_MAX_FILE (1024 * 1024)
#define YAML_MAX_NODES 20000 /* after anchors were copied */
#define YAML_MAX_DEPTH 32

/* ERR_INVALID names the line. *out is JSON_NULL for an empty document. */
[[nodiscard]] bool yaml_read(struct arena *a, const char *text, size_t n, struct value **out,
			     struct err *e);

/* What yaml_read reads again as the same. */
[[nodiscard]] bool yaml_write(struct buf *out, const struct json *value, struct err *e);
