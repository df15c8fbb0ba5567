#include "dingtalk/app.h"

#include <string.h>

#include "base/clock.h"
#include "crypto/crypto.h"
#include "dingtalk/call.h"
#include "http/client.h"

#define API_URL "https://api.dingtalk.com"
#define OAPI_URL "https://oapi.dingtalk.com"
#define LOGIN_URL "https://login.dingtalk.com"
#define TOTAL_TIMEOUT_MS 10000

static const char *copy(const char *text, const char *otherwise)
{
	return mem_dup(text ? text : otherwise);
}

struct dingtalk_access *dingtalk_access_new(const struct dingtalk_config *config)
{
	struct dingtalk_access *a = mem_new(struct dingtalk_access);

	a->references = 1;
	a->config.api_url = copy(config->api_url, API_URL);
	a->config.oapi_url = copy(config->oapi_url, OAPI_URL);
	a->config.login_url = copy(config->login_url, LOGIN_URL);
	a->config.ca_file = copy(config->ca_file, NULL);
	a->config.corp_id = copy(config->corp_id, "");
	a->config.client_id = copy(config->client_id, "");
	a->config.client_secret = copy(config->client_secret, "");
	a->config.agent_id = config->agent_id;
	a->config.total_timeout_ms =
	    config->total_timeout_ms ? config->total_timeout_ms : TOTAL_TIMEOUT_MS;
	dingtalk_token_init(&a->token);
	dingtalk_gate_init(&a->gate, &config->meter, a->config.corp_id);
	return a;
}

struct dingtalk_access *dingtalk_access_ref(struct dingtalk_access *a)
{
	(void)__atomic_add_fetch(&a->references, 1, __ATOMIC_RELAXED);
	return a;
}

static void wipe(const char *owned)
{
	char *text = (char *)owned;

	if (text)
		crypto_wipe(text, strlen(text));
	mem_free(text);
}

void dingtalk_access_unref(struct dingtalk_access *a)
{
	if (!a || __atomic_sub_fetch(&a->references, 1, __ATOMIC_ACQ_REL) > 0)
		return;
	wipe(a->config.api_url);
	wipe(a->config.oapi_url);
	wipe(a->config.login_url);
	wipe(a->config.ca_file);
	wipe(a->config.corp_id);
	wipe(a->config.client_id);
	wipe(a->config.client_secret);
	dingtalk_token_done(&a->token);
	dingtalk_gate_done(&a->gate);
	mem_free(a);
}

void dingtalk_access_unrefp(struct dingtalk_access **a)
{
	dingtalk_access_unref(*a);
	*a = NULL;
}

struct dingtalk *dingtalk_new(struct dingtalk_access *access, enum dingtalk_purpose purpose,
			      struct err *e)
{
	struct http_client *http = http_client_new(access->config.ca_file, e);
	struct dingtalk *d;

	if (!http)
		return NULL;
	d = mem_new(struct dingtalk);
	d->http = http;
	d->purpose = purpose;
	d->access = dingtalk_access_ref(access);
	return d;
}

void dingtalk_free(struct dingtalk *d)
{
	if (!d)
		return;
	http_client_free(d->http);
	dingtalk_access_unref(d->access);
	mem_free(d);
}

const char *dingtalk_corp_id(const struct dingtalk *d)
{
	return d->access->config.corp_id;
}

void dingtalk_set_purpose(struct dingtalk *d, enum dingtalk_purpose purpose)
{
	d->purpose = purpose;
	d->failure = (struct dingtalk_failure){0};
}

void dingtalk_access_look(struct dingtalk_access *a, struct dingtalk_gate_view *out)
{
	dingtalk_gate_look(&a->gate, clock_mono_ms(), out);
}

void dingtalk_freep(struct dingtalk **d)
{
	dingtalk_free(*d);
	*d = NULL;
}

const struct dingtalk_failure *dingtalk_failure(const struct dingtalk *d)
{
	return &d->failure;
}

bool dingtalk_clock_ahead(const struct dingtalk *d, int64_t *ms)
{
	*ms = d->ahead_ms;
	return d->ahead_known;
}
