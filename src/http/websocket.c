#include "http/websocket.h"

#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "crypto/crypto.h"
#include "http/conn.h"
#include "http/frames.h"

#define KEY_SIZE 16 /* bytes of the nonce in Sec-WebSocket-Key */
#define KEY_LENGTH 24

/* One of the words of a list like "keep-alive, Upgrade". */
static bool lists(const char *list, const char *word)
{
	size_t n = strlen(word);

	while (list && *list) {
		size_t item;

		list += strspn(list, ", \t");
		item = strcspn(list, ", \t");
		if (item == n && strncasecmp(list, word, n) == 0)
			return true;
		list += item;
	}
	return false;
}

static bool key_fits(const char *key)
{
	unsigned char nonce[KEY_SIZE];
	size_t n = sizeof(nonce);

	return key && strlen(key) == KEY_LENGTH && text_unbase64(key, KEY_LENGTH, nonce, &n) &&
	       n == KEY_SIZE;
}

static bool upgrade_fits(struct http_request *r, struct err *e)
{
	const char *version = http_header(r, "Sec-WebSocket-Version");

	if (r->method != HTTP_GET || r->body_len || ((const struct request *)r)->parser->minor == 0)
		return err_set(e, ERR_INVALID, "a WebSocket begins with a GET of HTTP/1.1");
	if (!lists(http_header(r, "Upgrade"), "websocket") ||
	    !lists(http_header(r, "Connection"), "upgrade"))
		return err_set(e, ERR_INVALID, "the request does not ask for a WebSocket");
	if (!text_equal(version, "13")) {
		(void)http_set_header(r, "Sec-WebSocket-Version", "13");
		return err_set(e, version ? ERR_UNSUPPORTED : ERR_INVALID,
			       "Sec-WebSocket-Version must be 13");
	}
	if (!key_fits(http_header(r, "Sec-WebSocket-Key")))
		return err_set(e, ERR_INVALID, "Sec-WebSocket-Key must be 16 bytes in base64");
	return true;
}

/* RFC 6455 §4.2.2: proves that the key was read by somebody who speaks WebSocket. */
static const char *accept_value(struct http_request *r)
{
	const char *text = arena_printf(r->arena, "%s258EAFA5-E914-47DA-95CA-C5AB0DC85B11",
					http_header(r, "Sec-WebSocket-Key"));
	char *out = arena_alloc(r->arena, TEXT_BASE64_SIZE(CRYPTO_SHA1_SIZE));
	unsigned char hash[CRYPTO_SHA1_SIZE];

	crypto_sha1(text, strlen(text), hash);
	text_base64(hash, sizeof(hash), out);
	return out;
}

static void on_message(void *arg, const char *text, size_t n)
{
	struct websocket *ws = arg;

	ws->owner.message(ws->owner.arg, text, n);
}

struct websocket *websocket_accept(struct http_request *r, const struct websocket_owner *owner,
				   struct err *e)
{
	struct websocket *ws;

	if (!upgrade_fits(r, e))
		return NULL;
	ws = mem_new(struct websocket);
	ws->owner = *owner;
	ws->heard = true;
	ws->frames = frames_new(WEBSOCKET_MAX_MESSAGE, on_message, ws);
	request_upgrade((struct request *)r, ws, accept_value(r));
	return ws;
}

void websocket_gone(struct websocket *ws)
{
	struct websocket_owner owner = ws->owner;

	frames_free(ws->frames);
	mem_free(ws);
	owner.gone(owner.arg);
}

static void wake(struct websocket *ws)
{
	if (ws->conn)
		conn_socket_wakes(ws->conn);
}

void websocket_send(struct websocket *ws, const char *text, size_t n)
{
	frames_send(ws->frames, text, n);
	wake(ws);
}

void websocket_close(struct websocket *ws, int code)
{
	frames_close(ws->frames, code);
	wake(ws);
}
