/* What the pages are put together with, and what is said of the computer on each of them. */
#pragma once

#include "window/page.h"

/* What page_make is about to draw on. */
struct draft {
	struct arena *arena;
	const struct facts *facts;
	const struct wish *wish;
	int64_t now_ms;
	struct page *page;
};

void draft_heading(struct draft *d, const char *icon, const char *title, const char *text);

/* A second sentence below the first. */
void draft_add_text(struct draft *d, const char *text);

/* A fact; none when value is NULL. */
void draft_put(struct page_facts *facts, const char *name, const char *value, const char *package);
void draft_about(struct draft *d, const char *name, const char *value); /* of the request */

void draft_button(struct draft *d, const char *label, enum act act, enum look look);

/* "2026-11-22 17:54" in this computer's time zone; NULL for 0. */
const char *draft_time(struct draft *d, int64_t utc_ms);

/* computer.c: who, which policy and why, the server, what is amiss, what else is protected. */
void computer_put(struct draft *d);
