/*
 * What a Stream gateway says to us. The first line: "answer", the head of the opening handshake;
 * "endpoint", the answer to the open call; "frame", a frame, and the event in it.
 */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "crypto/crypto.h"
#include "dingtalk/frame.h"
#include "fuzz.h"
#include "http/upgrade.h"
#include "json/json.h"

static void must(bool holds)
{
	if (!holds)
		abort();
}

/* What is taken whole is not refused, and not taken sooner, when it comes in pieces. */
static void answer(const char *bytes, size_t n)
{
	size_t head, part;
	struct err e;

	if (!upgrade_read(bytes, n, "dGhlIHNhbXBsZSBub25jZQ==", &head, &e)) {
		must(e.code == ERR_PEER);
		return;
	}
	must(head <= n && head <= UPGRADE_MAX_HEAD);
	if (head > 0)
		must(upgrade_read(bytes, head - 1, "dGhlIHNhbXBsZSBub25jZQ==", &part, &e) &&
		     part == 0);
}

static void endpoint(struct arena *a, const char *bytes, size_t n)
{
	const char *url;
	struct err e;

	if (dingtalk_frame_endpoint(a, bytes, n, true, &url, &e))
		must(text_starts(url, "wss://") && strstr(url, "ticket="));
	else
		must(e.code == ERR_PEER);
}

static void frame(struct arena *a, const char *bytes, size_t n)
{
	AUTO(buf_done) struct buf out = {0};
	struct dingtalk_frame f;
	struct dingtalk_event event;
	const struct json *root;
	struct err e;

	if (!dingtalk_frame_parse(a, bytes, n, &f, &e))
		return;
	must(strlen(f.message_id) <= DINGTALK_FRAME_MAX_ID && strlen(f.data) == f.data_len);
	dingtalk_frame_answer(&out, DINGTALK_ANSWER_ECHO, f.message_id, f.data);
	must(json_parse(a, out.data, out.len, &root, &e));
	must(text_equal(json_text(root, "data"), f.data));
	if (f.kind == DINGTALK_FRAME_EVENT &&
	    dingtalk_event_parse_stream(a, &f.event, f.data, f.data_len, &event, &e))
		must(*event.key && *event.name);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(arena_done) struct arena a = {0};
	const char *text = arena_dup_n(&a, data, size);
	const char *line = memchr(text, '\n', size);
	size_t n;
	struct err e;

	must(crypto_start(&e));
	if (!line)
		return 0;
	n = size - (size_t)(line + 1 - text);
	if (text_starts(text, "answer\n"))
		answer(line + 1, n);
	else if (text_starts(text, "endpoint\n"))
		endpoint(&a, line + 1, n);
	else if (text_starts(text, "frame\n"))
		frame(&a, line + 1, n);
	return 0;
}
