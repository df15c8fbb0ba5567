#include "http/wire.h"

#include <linux/sockios.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>

#include "base/clock.h"
#include "http/transfer.h"

#define LOOK_MS 10 /* between two looks at what the other machine has taken */

/* libcurl makes the connection, TLS and its checks included, and hands it over. */
struct wire {
	CURL *easy;
	curl_socket_t socket;
};

static const struct {
	CURLcode code;
	enum err_code means;
} failures[] = {
    {CURLE_OPERATION_TIMEDOUT, ERR_TIMEOUT}, {CURLE_PEER_FAILED_VERIFICATION, ERR_CRYPTO},
    {CURLE_SSL_CERTPROBLEM, ERR_CRYPTO},     {CURLE_SSL_CACERT_BADFILE, ERR_CRYPTO},
    {CURLE_SSL_CONNECT_ERROR, ERR_CRYPTO},
};

static bool failed(CURLcode code, const char *what, struct err *e)
{
	enum err_code means = ERR_UNAVAILABLE;

	for (size_t i = 0; i < ARRAY_SIZE(failures); i++) {
		if (failures[i].code == code)
			means = failures[i].means;
	}
	return err_set(e, means, "%s: %s", what, curl_easy_strerror(code));
}

static CURLcode prepare(CURL *easy, const struct wire_target *t, int64_t timeout_ms)
{
	AUTO(mem_freep)
	char *url = mem_printf(strchr(t->host, ':') != NULL ? "%s://[%s]:%lld" : "%s://%s:%lld",
			       t->tls ? "https" : "http", t->host, (long long)t->port);
	const struct {
		CURLoption option;
		const char *text;
	} texts[] = {{CURLOPT_URL, url},
		     {CURLOPT_PROXY, ""},
		     {CURLOPT_CAINFO, t->ca_file},
		     {CURLOPT_SSLCERT, t->cert_file},
		     {CURLOPT_SSLKEY, t->key_file}};
	const struct {
		CURLoption option;
		long number;
	} numbers[] = {{CURLOPT_CONNECT_ONLY, 1},    {CURLOPT_NOSIGNAL, 1},
		       {CURLOPT_SSL_ENABLE_ALPN, 0}, {CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2},
		       {CURLOPT_TCP_KEEPALIVE, 1},   {CURLOPT_CONNECTTIMEOUT_MS, (long)timeout_ms}};
	CURLcode code = CURLE_OK;

	for (size_t i = 0; code == CURLE_OK && i < ARRAY_SIZE(texts); i++) {
		if (texts[i].text != NULL)
			code = curl_easy_setopt(easy, texts[i].option, texts[i].text);
	}
	for (size_t i = 0; code == CURLE_OK && i < ARRAY_SIZE(numbers); i++)
		code = curl_easy_setopt(easy, numbers[i].option, numbers[i].number);
	return code;
}

struct wire *wire_open(const struct wire_target *target, int64_t timeout_ms, struct err *e)
{
	struct wire *w;
	CURLcode code;

	transfer_start_library();
	w = mem_new(struct wire);
	w->easy = curl_easy_init();
	if (w->easy == NULL)
		abort();
	code = prepare(w->easy, target, timeout_ms);
	if (code == CURLE_OK)
		code = curl_easy_perform(w->easy);
	if (code == CURLE_OK)
		code = curl_easy_getinfo(w->easy, CURLINFO_ACTIVESOCKET, &w->socket);
	if (code == CURLE_OK)
		return w;
	(void)failed(code, target->host, e);
	wire_close(w);
	return NULL;
}

void wire_close(struct wire *w)
{
	if (w == NULL)
		return;
	curl_easy_cleanup(w->easy);
	mem_free(w);
}

static bool wait_to_write(const struct wire *w, int64_t left_ms, struct err *e)
{
	struct pollfd p = {.fd = w->socket, .events = POLLOUT};

	if (left_ms <= 0 || poll(&p, 1, (int)left_ms) == 0)
		return err_set(e, ERR_TIMEOUT, "the receiver takes nothing");
	return true;
}

bool wire_send(struct wire *w, const void *bytes, size_t n, int64_t timeout_ms, struct err *e)
{
	int64_t end_ms = clock_mono_ms() + timeout_ms;
	const char *at = bytes;

	while (n > 0) {
		size_t sent = 0;
		CURLcode code = curl_easy_send(w->easy, at, n, &sent);

		at += sent;
		n -= sent;
		if (code == CURLE_AGAIN) {
			if (!wait_to_write(w, end_ms - clock_mono_ms(), e))
				return false;
		} else if (code != CURLE_OK) {
			return failed(code, "sending", e);
		}
	}
	return true;
}

bool wire_alive(struct wire *w, struct err *e)
{
	char thrown_away[512];
	size_t n;
	CURLcode code;

	do
		code = curl_easy_recv(w->easy, thrown_away, sizeof(thrown_away), &n);
	while (code == CURLE_OK && n > 0);
	if (code == CURLE_AGAIN)
		return true;
	return code == CURLE_OK ? err_set(e, ERR_UNAVAILABLE, "the receiver has hung up")
				: failed(code, "the connection", e);
}

bool wire_taken(struct wire *w, int64_t timeout_ms, struct err *e)
{
	int64_t end_ms = clock_mono_ms() + timeout_ms;
	const struct timespec pause = {.tv_nsec = LOOK_MS * 1000000L};
	int left = 0;

	for (;;) {
		if (!wire_alive(w, e))
			return false;
		if (ioctl(w->socket, SIOCOUTQ, &left) < 0)
			return err_errno(e, "asking what was taken");
		if (left == 0)
			return wire_alive(w, e);
		if (clock_mono_ms() >= end_ms)
			return err_set(e, ERR_TIMEOUT, "the receiver takes nothing");
		(void)nanosleep(&pause, NULL);
	}
}
