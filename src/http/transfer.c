#include "http/transfer.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/text.h"
#include "http/parse.h"

#define CONNECT_TIMEOUT_MS 5000
#define TOTAL_TIMEOUT_MS 15000
#define ANSWER_MAX (1 << 20)
#define ANSWER_HEAD_MAX 65536
#define REUSE_SECONDS 30L /* an older idle connection may be closed on the other side already */

#define SET(t, option, value) (curl_easy_setopt((t)->easy, option, value) == CURLE_OK)

static void start_library(void)
{
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		abort();
}

void transfer_start_library(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	(void)pthread_once(&once, start_library);
}

bool transfer_ca_check(const char *ca_file, struct err *e)
{
	return !ca_file || access(ca_file, R_OK) == 0 || err_errno(e, "%s", ca_file);
}

static bool for_sink(const struct transfer *t)
{
	long status = 0;

	return t->sink && curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status) == CURLE_OK &&
	       status >= 200 && status <= 299;
}

static size_t on_body(char *bytes, size_t size, size_t n, void *arg)
{
	struct transfer *t = arg;

	if (for_sink(t)) {
		t->sink_full = !t->sink->take(t->sink->arg, bytes, size * n);
		return t->sink_full ? 0 : size * n;
	}
	buf_add(&t->body, bytes, size * n);
	t->too_large = t->body.overflow;
	return t->too_large ? 0 : size * n;
}

/* Line by line. To libcurl an answer that breaks off between its fields is a whole one. */
static size_t on_head(char *bytes, size_t size, size_t n, void *arg)
{
	struct transfer *t = arg;
	size_t all = size * n;

	if (all >= 5 && memcmp(bytes, "HTTP/", 5) == 0)
		t->head_whole = false;
	if (all && (bytes[0] == '\r' || bytes[0] == '\n'))
		t->head_whole = true;
	t->head_bytes += all;
	t->too_large = t->head_bytes > ANSWER_HEAD_MAX;
	return t->too_large ? 0 : all;
}

/* Called when a connection is ready and the request is about to leave. libcurl sends a request anew
 * when a kept connection breaks without an answer; one that must not be processed twice stays
 * unanswered instead. */
static int on_send(void *arg, [[maybe_unused]] char *to, [[maybe_unused]] char *from,
		   [[maybe_unused]] int to_port, [[maybe_unused]] int from_port)
{
	struct transfer *t = arg;

	if (t->sent && !t->repeatable)
		return CURL_PREREQFUNC_ABORT;
	t->sent = true;
	return CURL_PREREQFUNC_OK;
}

static void name_address(const struct sockaddr *address, char out[static INET6_ADDRSTRLEN])
{
	const void *bytes = address->sa_family == AF_INET
				? (const void *)&((const struct sockaddr_in *)address)->sin_addr
				: &((const struct sockaddr_in6 *)address)->sin6_addr;

	if (inet_ntop(address->sa_family, bytes, out, INET6_ADDRSTRLEN) == NULL)
		out[0] = '\0';
}

/* As libcurl's own, but close-on-exec, and only where the guard lets it. */
static curl_socket_t open_socket(void *arg, [[maybe_unused]] curlsocktype purpose,
				 struct curl_sockaddr *to)
{
	struct transfer *t = arg;

	if (t->guard && !t->guard->may(t->guard->arg, &to->addr)) {
		name_address(&to->addr, t->refused);
		return CURL_SOCKET_BAD;
	}
	return socket(to->family, to->socktype | SOCK_CLOEXEC, to->protocol);
}

static bool is_loopback(const char *host)
{
	return text_equal_nocase(host, "localhost") || text_starts(host, "127.") ||
	       text_equal(host, "[::1]");
}

/* Proxies come from the environment, as with every other program, but never stand before the
 * machine itself. */
static bool url_set(struct transfer *t, const char *text, struct err *e)
{
	CURLU *url = curl_url();
	char *scheme = NULL, *host = NULL;
	bool ok = url && curl_url_set(url, CURLUPART_URL, text, 0) == CURLUE_OK &&
		  curl_url_get(url, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK &&
		  curl_url_get(url, CURLUPART_HOST, &host, 0) == CURLUE_OK &&
		  (text_equal(scheme, "http") || text_equal(scheme, "https"));

	if (ok && is_loopback(host))
		ok = SET(t, CURLOPT_PROXY, "");
	curl_free(scheme);
	curl_free(host);
	curl_url_cleanup(url);
	if (!ok || !SET(t, CURLOPT_URL, text))
		return err_set(e, ERR_INVALID, "not a URL that begins with http:// or https://");
	return true;
}

static void header_add(struct transfer *t, const char *line)
{
	struct curl_slist *longer = curl_slist_append(t->headers, line);

	if (!longer)
		abort();
	t->headers = longer;
}

static bool headers_set(struct transfer *t, const struct http_call *call, struct err *e)
{
	bool typed = false;
	size_t i;

	for (i = 0; i < HTTP_CLIENT_MAX_HEADERS && call->headers[i]; i++) {
		const char *line = call->headers[i];

		if (!http_value_valid(line) || !strchr(line, ':'))
			return err_set(e, ERR_INVALID, "a header is not a name and a value");
		typed = typed || strncasecmp(line, "content-type:", 13) == 0;
		header_add(t, line);
	}
	/* libcurl would wait for a 100 before large bodies, and call every body a form. */
	header_add(t, "Expect:");
	if (!typed)
		header_add(t, "Content-Type:");
	return true;
}

static bool method_set(struct transfer *t, const struct http_call *call)
{
	bool body = call->body || call->method == HTTP_POST || call->method == HTTP_PUT ||
		    call->method == HTTP_PATCH;

	if (call->method == HTTP_HEAD)
		return SET(t, CURLOPT_NOBODY, 1L);
	if (body && !(SET(t, CURLOPT_POSTFIELDS, call->body ? call->body : "") &&
		      SET(t, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)call->body_len)))
		return false;
	return SET(t, CURLOPT_CUSTOMREQUEST, http_method_name(call->method));
}

static bool limits_set(struct transfer *t, const struct http_call *call)
{
	int64_t connect = call->connect_timeout_ms ? call->connect_timeout_ms : CONNECT_TIMEOUT_MS;
	int64_t total = call->total_timeout_ms ? call->total_timeout_ms : TOTAL_TIMEOUT_MS;

	t->body.max = call->max_answer ? call->max_answer : ANSWER_MAX;
	return SET(t, CURLOPT_CONNECTTIMEOUT_MS, (long)connect) &&
	       SET(t, CURLOPT_TIMEOUT_MS, (long)total) && SET(t, CURLOPT_WRITEFUNCTION, on_body) &&
	       SET(t, CURLOPT_WRITEDATA, t) && SET(t, CURLOPT_HEADERFUNCTION, on_head) &&
	       SET(t, CURLOPT_HEADERDATA, t) && SET(t, CURLOPT_PREREQFUNCTION, on_send) &&
	       SET(t, CURLOPT_PREREQDATA, t);
}

/* "1a2b3c4d.0", as openssl-rehash(1) names them. */
static bool is_hashed(const char *name)
{
	return strspn(name, "0123456789abcdef") == 8 && text_equal(name + 8, ".0");
}

/* The system's store as a folder in which OpenSSL looks up the one certificate it needs; from the file with all of
 * them every connection would keep some 140. NULL: there is none such, and libcurl's default is right. */
static const char *system_folder(void)
{
	static const char folder[] = "/etc/ssl/certs";
	DIR *list = opendir(folder);
	const struct dirent *entry;
	bool found = false;

	while (list && !found && (entry = readdir(list)))
		found = is_hashed(entry->d_name);
	if (list)
		(void)closedir(list);
	return found ? folder : NULL;
}

static bool ca_set(struct transfer *t, const char *ca_file)
{
	const char *folder = ca_file ? NULL : system_folder();

	if (!ca_file && !folder)
		return true;
	return SET(t, CURLOPT_CAINFO, ca_file) && SET(t, CURLOPT_CAPATH, folder);
}

static bool protocol_set(struct transfer *t, const char *ca_file)
{
	return SET(t, CURLOPT_PROTOCOLS_STR, "http,https") && SET(t, CURLOPT_NOSIGNAL, 1L) &&
	       SET(t, CURLOPT_OPENSOCKETFUNCTION, open_socket) &&
	       SET(t, CURLOPT_OPENSOCKETDATA, t) && SET(t, CURLOPT_FOLLOWLOCATION, 0L) &&
	       SET(t, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1) &&
	       SET(t, CURLOPT_MAXAGE_CONN, REUSE_SECONDS) &&
	       SET(t, CURLOPT_USERAGENT, "holdfast/" HOLDFAST_VERSION) &&
	       SET(t, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2) &&
	       SET(t, CURLOPT_SSL_VERIFYPEER, 1L) && SET(t, CURLOPT_SSL_VERIFYHOST, 2L) &&
	       SET(t, CURLOPT_ERRORBUFFER, t->error) && ca_set(t, ca_file);
}

/* The connection of an earlier call was allowed then, and a proxy resolves names by itself. */
static bool guard_set(struct transfer *t, const struct http_guard *guard)
{
	t->guard = guard;
	return !guard || (SET(t, CURLOPT_FRESH_CONNECT, 1L) && SET(t, CURLOPT_FORBID_REUSE, 1L) &&
			  SET(t, CURLOPT_PROXY, ""));
}

bool transfer_begin(struct transfer *t, const struct http_call *call, const char *ca_file,
		    struct err *e)
{
	if (!t->easy)
		t->easy = curl_easy_init();
	if (!t->easy)
		abort();
	memcpy(t->wanted, call->wanted, sizeof(t->wanted));
	t->sink = call->sink;
	t->repeatable = call->method != HTTP_POST && call->method != HTTP_PATCH;
	if (!url_set(t, call->url, e) || !headers_set(t, call, e))
		return false;
	if (!protocol_set(t, ca_file) || !limits_set(t, call) || !method_set(t, call) ||
	    !guard_set(t, call->guard) || !SET(t, CURLOPT_HTTPHEADER, t->headers))
		return err_set(e, ERR_INTERNAL, "libcurl does not know an option");
	return true;
}

static enum err_code code_of(const struct transfer *t, CURLcode outcome)
{
	if (!t->sent)
		return ERR_UNAVAILABLE;
	return outcome == CURLE_OPERATION_TIMEDOUT ? ERR_TIMEOUT : ERR_PEER;
}

/* Lives as long as the handle's call. */
static const char *header_of(const struct transfer *t, const char *name)
{
	struct curl_header *header;

	if (!name || curl_easy_header(t->easy, name, 0, CURLH_HEADER, -1, &header) != CURLHE_OK)
		return NULL;
	return header->value;
}

/* 0: the answer has no date that can be read. */
static int64_t date_of(const struct transfer *t)
{
	const char *text = header_of(t, "Date");
	time_t seconds;

	if (!text)
		return 0;
	seconds = curl_getdate(text, NULL);
	return seconds > 0 ? (int64_t)seconds * 1000 : 0;
}

bool transfer_end(struct transfer *t, CURLcode outcome, struct http_reply *out, struct err *e)
{
	char *type = NULL;
	long status = 0;

	if (outcome == CURLE_OUT_OF_MEMORY)
		abort();
	if (t->too_large)
		return err_set(e, ERR_PEER, "the answer is too large");
	if (t->sink_full)
		return err_set(e, ERR_IO, "the answer could not be stored");
	if (outcome == CURLE_ABORTED_BY_CALLBACK)
		return err_set(e, ERR_PEER, "the connection broke before the answer");
	if (outcome != CURLE_OK && !t->sent && t->refused[0])
		return err_set(e, ERR_FORBIDDEN, "the address %s is not allowed", t->refused);
	if (outcome != CURLE_OK)
		return err_set(e, code_of(t, outcome), "%s",
			       t->error[0] ? t->error : curl_easy_strerror(outcome));
	if (!t->head_whole)
		return err_set(e, ERR_PEER, "the answer broke off in its head");
	if (curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status) != CURLE_OK ||
	    curl_easy_getinfo(t->easy, CURLINFO_CONTENT_TYPE, &type) != CURLE_OK)
		return err_set(e, ERR_INTERNAL, "libcurl does not tell the status");
	*out = (struct http_reply){
	    .status = (int)status,
	    .date_ms = date_of(t),
	    .type = type ? type : "",
	    .body = t->body.data ? t->body.data : "",
	    .body_len = t->body.len,
	};
	for (size_t i = 0; i < HTTP_CLIENT_MAX_WANTED; i++)
		out->got[i] = header_of(t, t->wanted[i]);
	return true;
}

void transfer_reset(struct transfer *t)
{
	CURL *easy = t->easy;

	curl_slist_free_all(t->headers);
	buf_done(&t->body);
	if (easy)
		curl_easy_reset(easy);
	*t = (struct transfer){.easy = easy};
}

void transfer_done(struct transfer *t)
{
	transfer_reset(t);
	curl_easy_cleanup(TAKE(t->easy));
}
