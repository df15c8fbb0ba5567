/* What holdfastctl's commands share: where the server is, one call to it, what is said to people. */
#pragma once

#include "base/arena.h"
#include "base/err.h"
#include "http/client.h"
#include "json/json.h"

/* The program's exit codes. */
enum ctl_status {
	CTL_GOOD = 0,      /* done; of a test: ready */
	CTL_ATTENTION = 1, /* of a test */
	CTL_BROKEN = 2,    /* of a test */
	CTL_FAILED = 3     /* not asked, refused, or not understood */
};

enum ctl_language { CTL_EN, CTL_ZH, CTL_LANGUAGES };

/* From LC_ALL, LC_MESSAGES, LANG, the first that is not empty (POSIX). */
enum ctl_language ctl_language_of(const char *lc_all, const char *lc_messages, const char *lang);

struct ctl {
	struct arena arena;
	enum ctl_language language;
	const char *server, *token, *ca_file; /* NULL: not given */
	bool json;                            /* print the server's answers as they are */
	bool waits;                           /* a change waits for a second administrator */
	struct http_client *http;
	const char *etag;           /* for If-Match of the next change; NULL: none */
	const char *cookie, *csrf;  /* of a session, instead of a token; NULL: none */
	const struct json *openapi; /* the server's, once it was asked for */
};

/* The place of the configuration file, or NULL: HOLDFASTCTL_CONFIG, else holdfast/ctl.ini in
 * XDG_CONFIG_HOME or ~/.config. */
const char *ctl_config_place(struct arena *a, const char *chosen, const char *xdg,
			     const char *home);

/* Reads [server] url, token and ca of the file into what is still NULL; no file is none. ERR_FORBIDDEN:
 * others may read a file that has a token. */
[[nodiscard]] bool ctl_config_read(struct ctl *c, const char *path, struct err *e);

/* Whether c is complete: an https URL (http on loopback only) and, unless for a guest, a token. */
[[nodiscard]] bool ctl_ready(struct ctl *c, bool guest, struct err *e);

/* One call; body NULL or JSON. *answer is NULL for an empty one. False: e says why in the reader's words,
 * the server's own when it gave some. */
[[nodiscard]] bool ctl_call(struct ctl *c, enum http_method method, const char *path,
			    const char *body, const struct json **answer, struct err *e);

/* The same with GET, and prints nothing. */
[[nodiscard]] bool ctl_get(struct ctl *c, const char *path, const struct json **answer,
			   struct err *e);
/* All items of a list, as one JSON array. */
[[nodiscard]] bool ctl_get_all(struct ctl *c, const char *path, const struct json **items,
			       struct err *e);
/* What is answered, as it is, of any length. */
[[nodiscard]] bool ctl_call_raw(struct ctl *c, const char *path, const struct http_sink *to,
				struct err *e);
/* Reads it, so that the next change is of nothing newer. */
[[nodiscard]] bool ctl_read_etag(struct ctl *c, const char *path, struct err *e);
/* The same, and what of it a PUT may send back. */
struct value;
[[nodiscard]] bool ctl_read_for_edit(struct ctl *c, const char *path, struct value **out,
				     struct err *e);

/* One of two sentences; and one with word in the place of each {1}. */
const char *ctl_say(const struct ctl *c, const char *en, const char *zh);
const char *ctl_put(struct ctl *c, const char *sentence, const char *word);

/* "2026-11-22 21:31" here; "-" for 0. */
const char *ctl_time(struct ctl *c, int64_t utc_ms);

enum ctl_status ctl_complain(const struct err *e);

/* workflow doctor ID */
struct line;
enum ctl_status ctl_doctor(struct ctl *c, const struct line *line);
enum ctl_status ctl_source_test(struct ctl *c, const struct line *line);
/* The report alone, of the server's answer. */
enum ctl_status ctl_doctor_show(struct ctl *c, const struct json *doctor);
