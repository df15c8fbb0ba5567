/* The frames of a WebSocket: whatever the bytes, cutting them differently changes nothing; what gets
 * through is UTF-8 within the maximum, and what goes out is proper frames of a server. */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "fuzz.h"
#include "http/frames.h"

#define MAX_MESSAGE 400

static void must(bool holds)
{
	if (!holds)
		abort();
}

struct session {
	struct frames *frames;
	struct buf seen;
};

static void on_message(void *arg, const char *text, size_t n)
{
	struct session *s = arg;

	must(n <= MAX_MESSAGE && text_utf8_valid(text, n));
	must(!frames_closing(s->frames));
	buf_printf(&s->seen, "%zu:", n);
	buf_add(&s->seen, text, n);
	if (n && text[0] == '!')
		frames_close(s->frames, 1008);
	else
		frames_send(s->frames, text, n);
}

/* Unmasked text, pong or close frames in one piece, nothing behind a close. */
static void check_out(const struct buf *out)
{
	size_t at = 0;
	bool closed = false;

	while (at < out->len) {
		unsigned char first = (unsigned char)out->data[at];
		size_t n;

		must(!closed && at + 2 <= out->len);
		must(first == 0x81 || first == 0x8a || first == 0x88);
		closed = first == 0x88;
		n = (unsigned char)out->data[at + 1];
		at += 2;
		must(n <= 126);
		if (n == 126) {
			must(at + 2 <= out->len);
			n = (size_t)(unsigned char)out->data[at] << 8 |
			    (unsigned char)out->data[at + 1];
			at += 2;
		}
		must(n <= out->len - at);
		at += n;
	}
}

static void run(const uint8_t *data, size_t n, unsigned seed, struct buf *seen)
{
	AUTO(buf_done) struct buf out = {0};
	struct session s = {0};

	s.frames = frames_new(FRAMES_SERVER, MAX_MESSAGE, on_message, &s);
	while (n) {
		size_t piece = n;

		if (seed) {
			seed = seed * 1103515245U + 12345U;
			piece = 1 + (seed >> 16) % (seed & 1 ? 3 : 40);
			piece = piece < n ? piece : n;
		}
		frames_take(s.frames, (const char *)data, piece);
		frames_fill(s.frames, &out);
		data += piece;
		n -= piece;
	}
	check_out(&out);
	must(!frames_ended(s.frames) || frames_closing(s.frames));
	buf_add(seen, s.seen.data, s.seen.len);
	buf_printf(seen, "|%d%d", frames_closing(s.frames), frames_ended(s.frames));
	frames_free(s.frames);
	buf_done(&s.seen);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(buf_done) struct buf whole = {0};
	unsigned seed;

	run(data, size, 0, &whole);
	for (seed = 1; seed <= 2; seed++) {
		AUTO(buf_done) struct buf cut = {0};

		run(data, size, seed * 7919 + (unsigned)size, &cut);
		must(cut.len == whole.len && memcmp(cut.data, whole.data, whole.len) == 0);
	}
	return 0;
}
