#include "http/upgrade.h"

#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "base/id.h"
#include "base/text.h"
#include "crypto/crypto.h"

#define NONCE_SIZE 16
#define NAME_CHARACTERS \
	"!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

_Static_assert(UPGRADE_KEY_SIZE == TEXT_BASE64_SIZE(NONCE_SIZE), "base64");
_Static_assert(UPGRADE_ACCEPT_SIZE == TEXT_BASE64_SIZE(CRYPTO_SHA1_SIZE), "base64");

/* The fields that count, NULL when absent. */
struct answer {
	const char *upgrade, *connection, *accept;
	bool unasked; /* an extension or a subprotocol */
	bool twice;
};

bool upgrade_lists(const char *list, const char *word)
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

void upgrade_key(char out[static UPGRADE_KEY_SIZE])
{
	unsigned char nonce[NONCE_SIZE];

	random_bytes(nonce, sizeof(nonce));
	text_base64(nonce, sizeof(nonce), out);
}

void upgrade_accept(const char *key, char out[static UPGRADE_ACCEPT_SIZE])
{
	AUTO(buf_done) struct buf text = {0};
	unsigned char hash[CRYPTO_SHA1_SIZE];

	buf_printf(&text, "%s258EAFA5-E914-47DA-95CA-C5AB0DC85B11", key);
	crypto_sha1(text.data, text.len, hash);
	text_base64(hash, sizeof(hash), out);
}

void upgrade_ask(struct buf *out, const char *host, const char *target, const char *key)
{
	buf_printf(out,
		   "GET %s HTTP/1.1\r\nHost: %s\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
		   "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: %s\r\n"
		   "User-Agent: holdfast/" HOLDFAST_VERSION "\r\n\r\n",
		   target, host, key);
}

static bool status_read(const char *line, struct err *e)
{
	int64_t status = 0;
	char code[4] = "";

	if (!text_printable(line, false) || !text_starts(line, "HTTP/1.1 ") || strlen(line) < 13 ||
	    line[12] != ' ')
		return err_set(e, ERR_PEER, "the answer is not one of HTTP/1.1");
	memcpy(code, line + 9, 3);
	if (!text_i64(code, 100, 599, &status))
		return err_set(e, ERR_PEER, "the answer is not one of HTTP/1.1");
	return status == 101 ||
	       err_set(e, ERR_PEER, "the gateway answers %lld instead of opening a WebSocket",
		       (long long)status);
}

static void put(const char **slot, const char *value, struct answer *out)
{
	out->twice = out->twice || *slot;
	*slot = value;
}

static bool field_read(char *line, struct answer *out)
{
	size_t n = strspn(line, NAME_CHARACTERS);
	char *value;

	if (!n || line[n] != ':')
		return false;
	line[n] = '\0';
	value = text_trim(line + n + 1);
	if (!text_printable(value, false))
		return false;
	if (text_equal_nocase(line, "Upgrade"))
		put(&out->upgrade, value, out);
	else if (text_equal_nocase(line, "Connection"))
		put(&out->connection, value, out);
	else if (text_equal_nocase(line, "Sec-WebSocket-Accept"))
		put(&out->accept, value, out);
	else if (text_equal_nocase(line, "Sec-WebSocket-Extensions") ||
		 text_equal_nocase(line, "Sec-WebSocket-Protocol"))
		out->unasked = true;
	return true;
}

/* Cuts the head, which ends in an empty line, into lines. */
static bool lines_read(char *text, struct answer *out, struct err *e)
{
	char *end = strstr(text, "\r\n");

	*end = '\0';
	if (!status_read(text, e))
		return false;
	for (text = end + 2; !text_equal(text, "\r\n"); text = end + 2) {
		end = strstr(text, "\r\n");
		*end = '\0';
		if (!field_read(text, out))
			return err_set(e, ERR_PEER, "the answer has a line that is not HTTP");
	}
	return true;
}

bool upgrade_read(const char *bytes, size_t n, const char *key, size_t *head, struct err *e)
{
	AUTO(arena_done) struct arena a = {0};
	size_t seen = n < UPGRADE_MAX_HEAD ? n : UPGRADE_MAX_HEAD;
	const char *end = memmem(bytes, seen, "\r\n\r\n", 4);
	char expected[UPGRADE_ACCEPT_SIZE];
	struct answer answer = {0};

	*head = 0;
	if (!end)
		return n < UPGRADE_MAX_HEAD ||
		       err_set(e, ERR_PEER, "the head of the answer is too long");
	seen = (size_t)(end - bytes) + 4;
	if (memchr(bytes, '\0', seen))
		return err_set(e, ERR_PEER, "the answer is not one of HTTP/1.1");
	if (!lines_read(arena_dup_n(&a, bytes, seen), &answer, e))
		return false;
	upgrade_accept(key, expected);
	if (answer.twice || answer.unasked ||
	    !text_equal_nocase(answer.upgrade ? answer.upgrade : "", "websocket") ||
	    !upgrade_lists(answer.connection, "upgrade") || !text_equal(answer.accept, expected))
		return err_set(e, ERR_PEER, "the answer does not open a WebSocket");
	*head = seen;
	return true;
}
