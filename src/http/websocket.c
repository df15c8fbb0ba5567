#include "http/websocket.h"

#include <string.h>

#include "base/text.h"
#include "http/conn.h"
#include "http/frames.h"
#include "http/upgrade.h"

#define KEY_SIZE 16 /* bytes of the nonce in Sec-WebSocket-Key */
#define KEY_LENGTH 24

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
	if (!upgrade_lists(http_header(r, "Upgrade"), "websocket") ||
	    !upgrade_lists(http_header(r, "Connection"), "upgrade"))
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

static void on_message(void *arg, const char *text, size_t n)
{
	struct websocket *ws = arg;

	ws->owner.message(ws->owner.arg, text, n);
}

struct websocket *websocket_accept(struct http_request *r, const struct websocket_owner *owner,
				   struct err *e)
{
	struct websocket *ws;
	char *accept;

	if (!upgrade_fits(r, e))
		return NULL;
	ws = mem_new(struct websocket);
	ws->owner = *owner;
	ws->heard = true;
	ws->frames = frames_new(FRAMES_SERVER, WEBSOCKET_MAX_MESSAGE, on_message, ws);
	accept = arena_alloc(r->arena, UPGRADE_ACCEPT_SIZE);
	upgrade_accept(http_header(r, "Sec-WebSocket-Key"), accept);
	request_upgrade((struct request *)r, ws, accept);
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
