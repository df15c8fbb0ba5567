#include "model/syslog.h"

#include <string.h>

#include "base/clock.h"
#include "base/text.h"

#define PRIORITY 110 /* facility 13, log audit; severity 6, informational */
#define APPLICATION "holdfast"
#define DATA_ID "holdfast@32473" /* the number that RFC 5612 gives for what has none of its own */
#define MARK "\xEF\xBB\xBF"

#define MAX_HOSTNAME 255
#define MAX_PROCESS 128
#define MAX_MESSAGE_ID 32

/* --- where to --- */

static bool is_loopback(const char *host)
{
	return text_equal(host, "localhost") || text_equal(host, "::1") ||
	       text_starts(host, "127.");
}

/* A name or an address, as a URL may have it. */
static bool is_host(const char *host)
{
	size_t n = strlen(host);

	return n > 0 && n <= SYSLOG_MAX_HOST && host[0] != '-' &&
	       strspn(host, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_:") ==
		   n;
}

static bool split(struct arena *a, const char *text, struct syslog_target *out)
{
	const char *end, *port;

	if (*text == '[') {
		text++;
		end = strchr(text, ']');
		port = end == NULL ? NULL : end + 1;
	} else {
		end = port = text + strcspn(text, ":");
	}
	if (end == NULL)
		return false;
	out->host = arena_dup_n(a, text, (size_t)(end - text));
	out->port = SYSLOG_TLS_PORT;
	return *port == '\0' || (*port == ':' && text_i64(port + 1, 1, 65535, &out->port));
}

bool syslog_target_read(struct arena *a, const char *url, struct syslog_target *out, struct err *e)
{
	*out = (struct syslog_target){.tls = text_starts(url, "tls://")};
	if ((!out->tls && !text_starts(url, "tcp://")) || !split(a, url + 6, out) ||
	    !is_host(out->host))
		return err_set(e, ERR_INVALID, "must be tls://host or tls://host:port");
	return out->tls || is_loopback(out->host) ||
	       err_set(e, ERR_INVALID, "tcp:// is only for the machine itself; use tls://");
}

/* --- a message --- */

/* A field of the header: printable ASCII without blanks, "-" when there is none. */
static void put_word(struct buf *out, const char *text, size_t max)
{
	size_t n = 0;

	buf_char(out, ' ');
	for (; text != NULL && *text != '\0' && n < max; text++, n++)
		buf_char(out, *text > ' ' && *text <= '~' ? *text : '?');
	if (n == 0)
		buf_char(out, '-');
}

/* A value of the structured data: three characters are escaped as the standard says; controls, which it
 * leaves open, as #ooo. C1 controls are two bytes in UTF-8. */
static void put_value(struct buf *out, const char *name, const char *text)
{
	const unsigned char *c = (const unsigned char *)text;

	if (text == NULL || *text == '\0')
		return;
	buf_printf(out, " %s=\"", name);
	for (; *c != '\0'; c++) {
		if (c[0] == 0xC2 && c[1] >= 0x80 && c[1] <= 0x9F) {
			buf_printf(out, "#%03o", c[1]);
			c++;
			continue;
		}
		if (*c < ' ' || *c == 0x7F) {
			buf_printf(out, "#%03o", *c);
			continue;
		}
		if (*c == '"' || *c == '\\' || *c == ']')
			buf_char(out, '\\');
		buf_char(out, (char)*c);
	}
	buf_char(out, '"');
}

static void put_message(struct buf *out, const struct syslog_event *v)
{
	char at[CLOCK_TEXT_SIZE];

	clock_text(v->at_ms, at);
	buf_printf(out, "<%d>1 %s", PRIORITY, at);
	put_word(out, v->host, MAX_HOSTNAME);
	put_word(out, APPLICATION, 48);
	put_word(out, v->node, MAX_PROCESS);
	put_word(out, v->kind, MAX_MESSAGE_ID);
	buf_text(out, " [" DATA_ID);
	put_value(out, "id", v->id);
	put_value(out, "node", v->node);
	buf_printf(out, " sequence=\"%lld\"", (long long)v->sequence);
	put_value(out, "kind", v->kind);
	put_value(out, "actor", v->actor);
	put_value(out, "actorKind", v->actor_kind);
	put_value(out, "object", v->object);
	put_value(out, "objectId", v->object_id);
	put_value(out, "instance", v->instance);
	put_value(out, "device", v->device);
	buf_text(out, "] " MARK);
	buf_text(out, v->record);
}

void syslog_put(struct buf *out, const struct syslog_event *event)
{
	AUTO(buf_done) struct buf message = {0};

	put_message(&message, event);
	buf_printf(out, "%zu ", message.len);
	buf_add(out, message.data, message.len);
}
