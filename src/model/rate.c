#include "model/rate.h"

bool rate_take(const struct rate *rate, int64_t now_ms, int64_t *full_ms, int64_t *wait_ms)
{
	int64_t from = *full_ms > now_ms ? *full_ms : now_ms;
	int64_t then = from + rate->per_ms / rate->count;

	*wait_ms = then - rate->per_ms - now_ms;
	if (*wait_ms > 0)
		return false;
	*wait_ms = 0;
	*full_ms = then;
	return true;
}

void rate_give(const struct rate *rate, int64_t *full_ms)
{
	*full_ms -= rate->per_ms / rate->count;
}
