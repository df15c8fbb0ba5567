#include "http/frames.h"

#include <stdlib.h>
#include <string.h>
#include <wslay/wslay.h>

#include "base/id.h"
#include "base/text.h"

/* wslay's own handling of messages lets a close depend on how its bytes are cut; only its frames
 * are used. */
struct frames {
	struct wslay_frame_context *wslay;
	frames_message_fn *message;
	void *arg;
	bool client; /* our frames are masked, not those that come */
	size_t max;
	const char *in; /* during frames_take */
	size_t in_n;
	struct wslay_frame_iocb frame; /* the one that is arriving */
	uint64_t left;                 /* bytes of it to come */
	bool inside;                   /* its head has arrived */
	bool begun;                    /* a message has */
	struct buf text;               /* of that message */
	struct buf control;            /* of a control frame */
	struct buf out;
	bool closing;
	bool deaf; /* the other side's close has come, or something that is no frame */
};

static ssize_t give(uint8_t *to, size_t n, [[maybe_unused]] int flags, void *arg)
{
	struct frames *f = arg;

	if (n > f->in_n)
		n = f->in_n;
	if (!n)
		return -1;
	memcpy(to, f->in, n);
	f->in += n;
	f->in_n -= n;
	return (ssize_t)n;
}

static ssize_t put(const uint8_t *bytes, size_t n, [[maybe_unused]] int flags, void *arg)
{
	buf_add(&((struct frames *)arg)->out, bytes, n);
	return (ssize_t)n;
}

static int make_mask(uint8_t *out, size_t n, [[maybe_unused]] void *arg)
{
	random_bytes(out, n);
	return 0;
}

struct frames *frames_new(enum frames_side side, size_t max_message, frames_message_fn *message,
			  void *arg)
{
	static const struct wslay_frame_callbacks callbacks = {
	    .send_callback = put, .recv_callback = give, .genmask_callback = make_mask};
	struct frames *f = mem_new(struct frames);

	f->client = side == FRAMES_CLIENT;
	f->max = max_message;
	f->message = message;
	f->arg = arg;
	if (wslay_frame_context_init(&f->wslay, &callbacks, f) != 0)
		abort();
	return f;
}

void frames_free(struct frames *f)
{
	if (!f)
		return;
	wslay_frame_context_free(f->wslay);
	buf_done(&f->text);
	buf_done(&f->control);
	buf_done(&f->out);
	mem_free(f);
}

static void queue(struct frames *f, uint8_t opcode, const char *bytes, size_t n)
{
	struct wslay_frame_iocb frame = {.fin = 1,
					 .mask = f->client,
					 .opcode = opcode,
					 .payload_length = n,
					 .data = (const uint8_t *)bytes,
					 .data_length = n};

	if (f->closing)
		return;
	/* put takes all. */
	if (wslay_frame_send(f->wslay, &frame) != (ssize_t)n)
		abort();
}

void frames_send(struct frames *f, const char *text, size_t n)
{
	queue(f, WSLAY_TEXT_FRAME, text, n);
}

void frames_ping(struct frames *f)
{
	queue(f, WSLAY_PING, "", 0);
}

void frames_close(struct frames *f, int code)
{
	const char bytes[] = {(char)(code >> 8), (char)code};

	queue(f, WSLAY_CONNECTION_CLOSE, bytes, code ? sizeof(bytes) : 0);
	f->closing = true;
}

static void fail(struct frames *f, int code)
{
	frames_close(f, code);
	f->deaf = true;
}

static bool is_control(const struct frames *f)
{
	return wslay_is_ctrl_frame(f->frame.opcode);
}

/* What is wrong with the frame whose head has arrived; 0: nothing. wslay has seen to the sizes of
 * control frames. */
static int head_fault(const struct frames *f)
{
	if (f->frame.rsv || (f->frame.mask != 0) == f->client)
		return WSLAY_CODE_PROTOCOL_ERROR;
	switch (f->frame.opcode) {
	case WSLAY_CONNECTION_CLOSE:
	case WSLAY_PING:
	case WSLAY_PONG:
		return 0;
	case WSLAY_BINARY_FRAME:
		return WSLAY_CODE_UNSUPPORTED_DATA;
	case WSLAY_TEXT_FRAME:
	case WSLAY_CONTINUATION_FRAME:
		if (f->begun != (f->frame.opcode == WSLAY_CONTINUATION_FRAME))
			return WSLAY_CODE_PROTOCOL_ERROR;
		break;
	default:
		return WSLAY_CODE_PROTOCOL_ERROR;
	}
	return f->frame.payload_length > f->max - f->text.len ? WSLAY_CODE_MESSAGE_TOO_BIG : 0;
}

/* RFC 6455 §7.4: what an endpoint may send. */
static bool code_fits(int code)
{
	return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) ||
	       (code >= 3000 && code <= 4999);
}

static void close_arrived(struct frames *f)
{
	const unsigned char *bytes = (const unsigned char *)f->control.data;
	size_t n = f->control.len;
	int code = n >= 2 ? bytes[0] << 8 | bytes[1] : 0;

	if (n == 1 || (n && !code_fits(code)))
		code = WSLAY_CODE_PROTOCOL_ERROR;
	else if (n && !text_utf8_valid(bytes + 2, n - 2))
		code = WSLAY_CODE_INVALID_FRAME_PAYLOAD_DATA;
	fail(f, code);
}

static void message_arrived(struct frames *f)
{
	struct buf text = f->text;

	f->text = (struct buf){0};
	f->begun = false;
	if (!text_utf8_valid(text.len ? text.data : "", text.len))
		fail(f, WSLAY_CODE_INVALID_FRAME_PAYLOAD_DATA);
	else if (!f->closing)
		f->message(f->arg, text.len ? text.data : "", text.len);
	buf_done(&text);
}

static void frame_arrived(struct frames *f)
{
	f->inside = false;
	if (f->frame.opcode == WSLAY_CONNECTION_CLOSE)
		close_arrived(f);
	else if (f->frame.opcode == WSLAY_PING)
		queue(f, WSLAY_PONG, f->control.len ? f->control.data : "", f->control.len);
	else if (!is_control(f) && f->frame.fin)
		message_arrived(f);
	buf_reset(&f->control);
}

/* A piece of a frame, the first one with its head. */
static void piece_arrived(struct frames *f, const struct wslay_frame_iocb *piece)
{
	if (!f->inside) {
		int code;

		f->frame = *piece;
		f->left = piece->payload_length;
		code = head_fault(f);
		if (code) {
			fail(f, code);
			return;
		}
		f->inside = true;
		f->begun = f->begun || !is_control(f);
	}
	buf_add(is_control(f) ? &f->control : &f->text, piece->data, piece->data_length);
	f->left -= piece->data_length;
	if (!f->left)
		frame_arrived(f);
}

void frames_take(struct frames *f, const char *bytes, size_t n)
{
	f->in = bytes;
	f->in_n = n;
	while (!f->deaf) {
		struct wslay_frame_iocb piece = {0};
		ssize_t got = wslay_frame_recv(f->wslay, &piece);

		if (got == WSLAY_ERR_WANT_READ)
			return;
		if (got < 0)
			fail(f, WSLAY_CODE_PROTOCOL_ERROR);
		else
			piece_arrived(f, &piece);
	}
}

void frames_fill(struct frames *f, struct buf *out)
{
	buf_add(out, f->out.data, f->out.len);
	buf_done(&f->out);
}

size_t frames_waiting(const struct frames *f)
{
	return f->out.len;
}

bool frames_closing(const struct frames *f)
{
	return f->closing;
}

bool frames_ended(const struct frames *f)
{
	return f->deaf && !f->out.len;
}
