/* What is said, in this person's language: gettext's catalogue "holdfast". */
#pragma once

#include "base/arena.h"
#include "json/json.h"
#include "session/desktop.h"
#include "session/news.h"

/* Chooses the language by the environment. folder: where the catalogues are (/usr/share/locale). */
void words_start(const char *folder);

/* The language of the organisation's own texts: "en" or "zh". */
const char *words_language(void);

/* What to show for a refused removal, a piece of news, a removal that has ended; everything in the arena. */
void words_attempt(struct arena *a, const struct json *status, const char *package,
		   struct desktop_notice *out);
void words_news(struct arena *a, const struct news *news, struct desktop_notice *out);
/* text: why it failed; NULL: it was done. */
void words_removal(struct arena *a, const char *package, bool failed, const char *text,
		   struct desktop_notice *out);

/* The actions of notices. */
#define ACTION_PROMPT "prompt" /* the window with the organisation's prompt */
#define ACTION_STATUS "status" /* the window with what applies here */
#define ACTION_CLOSE "close"
#define ACTION_DEFAULT "default"
