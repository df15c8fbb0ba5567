/*
 * The few pages that employees see in a browser: plain HTML without scripts, in English or Chinese
 * as the browser asks for (?lang=en|zh wins), under a strict content policy.
 */
#pragma once

#include "web/request.h"

struct page_text {
	const char *en, *zh;
};

/* In the reader's language. */
const char *page_say(const struct request *r, struct page_text text);

/* "?lang=zh" while the reader chose one, so that forms and links keep it; else "". */
const char *page_language(const struct request *r);

/* Head and heading, then the caller's body, then the end. Sets the type and the headers. */
void page_begin(struct request *r, struct page_text title);
void page_end(struct request *r);

/* Adds the text, escaped. */
void page_put(struct request *r, const char *text);
void page_paragraph(struct request *r, struct page_text text);

/* A whole page that says what went wrong; keeps r->status. */
void page_error(struct request *r, const char *detail);

/* Where a sign-in leads to: next, if it is a path of ours and nothing that a browser could take for another
 * site's; else the other one. */
#define PAGE_MAX_NEXT 500
const char *page_next(const char *next, const char *otherwise);
