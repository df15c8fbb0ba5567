/* A ledger that is accepted is exactly the lines that its entries make. */
#include "grant/ledger.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(arena_done) struct arena a = {0};
	AUTO(buf_done) struct buf text = {0};
	struct ledger ledger;
	struct err e = {0};
	size_t i;

	if (!ledger_read(&a, (const char *)data, size, &ledger, &e))
		return 0;
	buf_text(&text, ledger_first_line(&a, ledger.id));
	for (i = 0; i < ledger.count; i++)
		buf_text(&text, ledger_line(&a, &ledger.entries[i]));
	if (text.len != ledger.whole || ledger.whole > size ||
	    memcmp(text.data, data, text.len) != 0)
		abort();
	for (i = 0; i < ledger.count && i < 100; i++) {
		const struct ledger_entry *entry = &ledger.entries[i];
		const struct ledger_moment moment = {entry->boot ? entry->boot : "",
						     entry->version ? entry->version : "",
						     entry->time_ms};

		if (ledger_grant_state(&ledger, entry->grant, &moment, NULL) == LEDGER_UNUSED)
			abort();
		(void)ledger_restorable(&ledger, &moment);
	}
	return 0;
}
