#include "model/offline.h"

#include "base/text.h"

#define RANGE 50 /* an index has two digits at most; ten sets until one comes again */

enum offline_step offline_step(const struct offline_fact *f, int64_t now_ms)
{
	bool has = f->newest != NULL && text_equal(f->told, f->newest);

	if (f->newest == NULL || f->void_now)
		return OFFLINE_MAKE;
	/* What ends with it is settled first. */
	if (has && !f->held)
		return OFFLINE_HELD;
	if (f->revealed || f->made_ms + OFFLINE_RENEW_MS <= now_ms)
		return OFFLINE_MAKE;
	if (has)
		return OFFLINE_NOTHING;
	return f->kept ? OFFLINE_SEND : OFFLINE_MAKE;
}

int64_t offline_first_index(int64_t last)
{
	return last % RANGE + 1;
}
