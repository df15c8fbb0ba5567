#include "http/client.h"

#include "http/transfer.h"

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
		out->body = arena_dup_n(a, reply.body, reply.body_len);
	}
	transfer_reset(&c->t);
	return ok;
}
