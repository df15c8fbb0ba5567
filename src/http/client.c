#include "http/client.h"

#include <stdlib.h>

#include "base/text.h"
#include "http/transfer.h"

static char *part(struct arena *a, CURLU *url, CURLUPart what)
{
	char *text = NULL, *copy = NULL;

	if (curl_url_get(url, what, &text, 0) == CURLUE_OK)
		copy = arena_dup(a, text);
	curl_free(text);
	return copy;
}

static const char *lower(char *ascii)
{
	for (char *c = ascii; c != NULL && *c != '\0'; c++)
		*c += *c >= 'A' && *c <= 'Z' ? 'a' - 'A' : 0;
	return ascii;
}

static bool is_plain(struct arena *a, CURLU *url)
{
	return part(a, url, CURLUPART_USER) == NULL && part(a, url, CURLUPART_PASSWORD) == NULL &&
	       part(a, url, CURLUPART_FRAGMENT) == NULL;
}

bool http_url_read(struct arena *a, const char *text, struct http_url *out, struct err *e)
{
	CURLU *url = curl_url();
	bool ok;

	if (url == NULL)
		abort();
	ok = curl_url_set(url, CURLUPART_URL, text, 0) == CURLUE_OK && is_plain(a, url);
	*out =
	    (struct http_url){part(a, url, CURLUPART_SCHEME), lower(part(a, url, CURLUPART_HOST))};
	curl_url_cleanup(url);
	if (!ok || out->host == NULL ||
	    !(text_equal(out->scheme, "http") || text_equal(out->scheme, "https")))
		return err_set(e, ERR_INVALID,
			       "not a URL that begins with https:// and has no user, password or "
			       "fragment");
	return true;
}

struct http_client {
	struct transfer t;
	char *ca_file;
};

struct http_client *http_client_new(const char *ca_file, struct err *e)
{
	struct http_client *c;

	if (!transfer_ca_check(ca_file, e))
		return NULL;
	transfer_start_library();
	c = mem_new(struct http_client);
	c->ca_file = mem_dup(ca_file);
	return c;
}

void http_client_free(struct http_client *c)
{
	if (!c)
		return;
	transfer_done(&c->t);
	mem_free(c->ca_file);
	mem_free(c);
}

static bool run(struct http_client *c, const struct http_call *call, struct http_reply *reply,
		struct err *e)
{
	return transfer_begin(&c->t, call, c->ca_file, e) &&
	       transfer_end(&c->t, curl_easy_perform(c->t.easy), reply, e);
}

bool http_client_call(struct http_client *c, const struct http_call *call, struct arena *a,
		      struct http_reply *out, struct err *e)
{
	struct http_reply reply;
	bool ok = run(c, call, &reply, e);

	if (ok) {
		*out = reply;
		out->type = arena_dup(a, reply.type);
		for (size_t i = 0; i < HTTP_CLIENT_MAX_WANTED; i++)
			out->got[i] = arena_dup(a, reply.got[i]);
		out->body = arena_dup_n(a, reply.body, reply.body_len);
	}
	transfer_reset(&c->t);
	return ok;
}
