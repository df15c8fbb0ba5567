#include "model/budget.h"

#include <string.h>

#include "base/clock.h"

#define BEIJING_MS INT64_C(28800000) /* no summer time */
#define BLOCKS 20                    /* so many at least are left in what there is */

static const int64_t kept_percent[BUDGET_TIER_COUNT] = {
    [BUDGET_FILING] = 0,
    [BUDGET_READING] = 15,
    [BUDGET_LEFTOVER] = 20,
};

int64_t budget_month(int64_t utc_ms, int months)
{
	return clock_month(utc_ms, BEIJING_MS, months);
}

void budget_month_name(int64_t month, char out[static BUDGET_MONTH_SIZE])
{
	char text[CLOCK_TEXT_SIZE];

	clock_text(month + BEIJING_MS, text);
	memcpy(out, text, BUDGET_MONTH_SIZE - 1);
	out[BUDGET_MONTH_SIZE - 1] = '\0';
}

int64_t budget_limit(int64_t figure, enum budget_tier tier)
{
	return figure - (figure * kept_percent[tier] + 99) / 100;
}

int64_t budget_block(int64_t figure, enum budget_tier tier, int64_t taken)
{
	int64_t room = budget_limit(figure, tier) - taken;

	if (room <= 0)
		return 0;
	if (room / BLOCKS > BUDGET_BLOCK_MAX)
		return BUDGET_BLOCK_MAX;
	return room < BLOCKS ? 1 : room / BLOCKS;
}
