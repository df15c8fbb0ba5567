/* Requests that the server answers, by way of the agent. */
#include <string.h>

#include "base/text.h"
#include "keeper/local.h"

static const struct {
	const char *name;
	enum err_code code;
} lasting[] = {
    {"invalid", ERR_INVALID},
    {"forbidden", ERR_FORBIDDEN},
    {"not-found", ERR_NOT_FOUND},
    {"conflict", ERR_CONFLICT},
    {"gone", ERR_GONE},
    {"too-large", ERR_TOO_LARGE},
    {"unprocessable", ERR_UNPROCESSABLE},
    {"too-many", ERR_TOO_MANY},
};

/* The server's word: anything else may be otherwise on another try. */
static enum err_code code_of(const char *name)
{
	size_t i;

	for (i = 0; name && i < ARRAY_SIZE(lasting); i++)
		if (!strcmp(name, lasting[i].name))
			return lasting[i].code;
	return ERR_UNAVAILABLE;
}

struct call *call_new(struct keeper *k, struct client *client)
{
	struct err e;
	size_t i;

	(void)err_set(&e, ERR_UNAVAILABLE, "the server cannot be reached");
	for (i = 0; k->link.channel && i < KEEPER_MAX_CALLS; i++)
		if (!k->calls[i].number) {
			k->calls[i] = (struct call){.number = ++k->last_call, .client = client};
			return &k->calls[i];
		}
	if (client)
		local_refuse(client, &e);
	return NULL;
}

static void put_session(struct json_writer *w, const void *arg)
{
	json_put_json(w, "session", arg);
}

static void put_instance(struct json_writer *w, const void *arg)
{
	json_put_json(w, "instance", arg);
}

/* A filing that the server did not get is kept, which is an answer too. */
static void fail(struct keeper *k, struct call *call, const struct err *e)
{
	struct client *client = call->client;
	bool filing = call->filing;

	*call = (struct call){0};
	if (filing)
		k->filing.sending = false;
	if (filing && e->code == ERR_UNAVAILABLE) {
		filing_unsent(k);
		if (client)
			filing_answer_kept(k, client);
		return;
	}
	/* Who asked is told now or, having left, by the status. */
	if (filing && client)
		filing_sent(k);
	else if (filing)
		filing_refused(k, e);
	if (client)
		local_refuse(client, e);
}

void call_answer(struct keeper *k, const struct json *frame)
{
	const struct json *instance = json_get(frame, "instance");
	const struct json *session = json_get(frame, "session");
	const char *text = json_text(frame, "text");
	struct client *client;
	struct call *call = NULL;
	int64_t number;
	struct err e;
	size_t i;

	if (!json_i64(frame, "call", &number) || number < 1)
		return;
	for (i = 0; i < KEEPER_MAX_CALLS; i++)
		if (k->calls[i].number == number)
			call = &k->calls[i];
	if (!call)
		return;
	client = call->client;
	if (session && !call->filing) {
		*call = (struct call){0};
		view_set_session(k, session);
		if (client)
			local_answer(client, put_session, session);
		return;
	}
	if (!instance) {
		(void)err_set(&e, code_of(json_text(frame, "code")), "%s",
			      text && text_printable(text, false) ? text : "the server refused");
		fail(k, call, &e);
		return;
	}
	if (call->filing)
		filing_sent(k);
	*call = (struct call){0};
	view_set_instance(k, instance);
	if (client)
		local_answer(client, put_instance, instance);
}

void calls_fail(struct keeper *k, const struct err *e)
{
	size_t i;

	for (i = 0; i < KEEPER_MAX_CALLS; i++)
		if (k->calls[i].number)
			fail(k, &k->calls[i], e);
}

void calls_forget_client(struct keeper *k, const struct client *client)
{
	size_t i;

	for (i = 0; i < KEEPER_MAX_CALLS; i++)
		if (k->calls[i].client == client)
			k->calls[i].client = NULL;
}
