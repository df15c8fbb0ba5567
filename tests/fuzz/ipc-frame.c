/* Whatever bytes a local program sends: frames come out, or one error. */
#include "fuzz.h"

#include "ipc/ipc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(buf_done) struct buf in = {0};
	AUTO(arena_done) struct arena a = {0};
	const struct json *frame;
	struct err e;

	buf_add(&in, data, size);
	while (ipc_take(&in, &a, &frame, &e) && frame)
		(void)json_text(frame, "cmd");
	return 0;
}
