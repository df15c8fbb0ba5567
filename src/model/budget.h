/*
 * What a DingTalk organisation may call in a month. DingTalk counts by the calendar month of Beijing
 * and tells nobody what is left (protocol §5.8), so we count ourselves, against a figure that an
 * administrator enters. Calls are handed out in blocks before they are made: whoever ends without
 * having made them has lost them, and the figure is never exceeded.
 */
#pragma once

#include "base/base.h"

/* Without a figure: what DingTalk gives the smallest organisation. Too low costs minutes, too high
 * costs filings. */
#define BUDGET_DEFAULT 5000
#define BUDGET_MAX INT64_C(1000000000)

/* When the month of Beijing begins, in UTC ms, that is `months` after the one utc_ms is in; also what a
 * month is called in the database. */
int64_t budget_month(int64_t utc_ms, int months);
/* "2026-11" */
#define BUDGET_MONTH_SIZE 8
void budget_month_name(int64_t month, char out[static BUDGET_MONTH_SIZE]);

/* Who may still call when little is left: everybody, then all but what can wait, then filings and what
 * brings final states to DingTalk alone. */
enum budget_tier {
	BUDGET_FILING,
	BUDGET_READING,  /* what an event or a person asked for */
	BUDGET_LEFTOVER, /* looks by the schedule, notices */
	BUDGET_TIER_COUNT
};

/* How many calls of the month may be gone after one of this tier. */
int64_t budget_limit(int64_t figure, enum budget_tier tier);

/* How many to hand out at once when taken are gone; 0: none are left for this tier. */
#define BUDGET_BLOCK_MAX 50
int64_t budget_block(int64_t figure, enum budget_tier tier, int64_t taken);
