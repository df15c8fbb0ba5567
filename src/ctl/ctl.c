#include "ctl/ctl.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "base/buf.h"
#include "base/text.h"
#include "conf/conf.h"
#include "ctl/schema.h"

#define MAX_ANSWER (8 * 1024 * 1024)
#define LONGEST_EXPORT_MS (INT64_C(4) * 3600 * 1000)
#define LONGEST_CALL_MS 120000

enum ctl_language ctl_language_of(const char *lc_all, const char *lc_messages, const char *lang)
{
	const char *chosen = lc_all != NULL && *lc_all != '\0'             ? lc_all
			     : lc_messages != NULL && *lc_messages != '\0' ? lc_messages
									   : lang;

	return chosen != NULL && text_starts(chosen, "zh") ? CTL_ZH : CTL_EN;
}

const char *ctl_say(const struct ctl *c, const char *en, const char *zh)
{
	return c->language == CTL_ZH ? zh : en;
}

const char *ctl_put(struct ctl *c, const char *sentence, const char *word)
{
	AUTO(buf_done) struct buf out = {0};
	const char *mark;

	while ((mark = strstr(sentence, "{1}")) != NULL) {
		buf_add(&out, sentence, (size_t)(mark - sentence));
		buf_text(&out, word);
		sentence = mark + strlen("{1}");
	}
	buf_text(&out, sentence);
	return arena_dup_n(&c->arena, out.data, out.len);
}

const char *ctl_time(struct ctl *c, int64_t utc_ms)
{
	time_t seconds = (time_t)(utc_ms / 1000);
	char text[32] = "?";
	struct tm local;

	if (utc_ms == 0)
		return "-";
	if (localtime_r(&seconds, &local) != NULL)
		(void)strftime(text, sizeof(text), "%Y-%m-%d %H:%M", &local);
	return arena_dup(&c->arena, text);
}

enum ctl_status ctl_complain(const struct err *e)
{
	(void)fprintf(stderr, "holdfastctl: %s\n", e->text);
	return CTL_FAILED;
}

const char *ctl_config_place(struct arena *a, const char *chosen, const char *xdg, const char *home)
{
	if (chosen != NULL && *chosen != '\0')
		return chosen;
	if (xdg != NULL && *xdg != '\0')
		return arena_printf(a, "%s/holdfast/ctl.ini", xdg);
	if (home != NULL && *home != '\0')
		return arena_printf(a, "%s/.config/holdfast/ctl.ini", home);
	return NULL;
}

struct settings {
	const char *url, *token, *ca;
};

static const struct conf_key keys[] = {
    {.section = "server",
     .name = "url",
     .kind = CONF_TEXT,
     .offset = offsetof(struct settings, url)},
    {.section = "server",
     .name = "token",
     .kind = CONF_TEXT,
     .offset = offsetof(struct settings, token)},
    {.section = "server", .name = "ca", .kind = CONF_TEXT, .offset = offsetof(struct settings, ca)},
    {0}};

bool ctl_config_read(struct ctl *c, const char *path, struct err *e)
{
	struct settings s = {0};
	struct stat st;

	if (path == NULL || stat(path, &st) != 0)
		return true;
	if (!conf_read(&c->arena, path, keys, &s, e))
		return false;
	if (s.token != NULL && (st.st_mode & (S_IRWXG | S_IRWXO)) != 0)
		return err_set(
		    e, ERR_FORBIDDEN, "%s",
		    ctl_put(c,
			    ctl_say(c, "others may read the token in {1}; run: chmod 600 {1}",
				    "其他用户可以读取 {1} 中的令牌，请执行：chmod 600 {1}"),
			    path));
	c->server = c->server != NULL ? c->server : s.url;
	c->token = c->token != NULL ? c->token : s.token;
	c->ca_file = c->ca_file != NULL ? c->ca_file : s.ca;
	return true;
}

/* Of http:// alone: a number that begins with 127, localhost, ::1. */
static bool is_loopback(const char *url)
{
	const char *host = url + strlen("http://");
	size_t n;

	if (!text_starts(url, "http://"))
		return false;
	n = strcspn(host, host[0] == '[' ? "/" : ":/");
	return (text_starts(host, "127.") && strspn(host, "0123456789.") == n) ||
	       (n == strlen("localhost") && text_starts(host, "localhost")) ||
	       text_starts(host, "[::1]:") || strcmp(host, "[::1]") == 0;
}

bool ctl_ready(struct ctl *c, bool guest, struct err *e)
{
	size_t n;

	if (c->server == NULL || *c->server == '\0')
		return err_set(
		    e, ERR_INVALID, "%s",
		    ctl_say(c,
			    "no server is named: use --server, HOLDFAST_SERVER, or url in "
			    "the configuration file, which holdfastctl setup and login write",
			    "未指定服务器：请使用 --server、HOLDFAST_SERVER 或配置文件中的 url"
			    "（由 holdfastctl setup 和 login 写入）"));
	if (!guest && (c->token == NULL || *c->token == '\0'))
		return err_set(
		    e, ERR_INVALID, "%s",
		    ctl_say(c,
			    "no token: set HOLDFAST_TOKEN, or token in the configuration "
			    "file. holdfastctl login gets one",
			    "没有令牌：请设置 HOLDFAST_TOKEN 或配置文件中的 token；用 "
			    "holdfastctl login 可获取"));
	if (!text_starts(c->server, "https://") && !is_loopback(c->server))
		return err_set(e, ERR_INVALID, "%s",
			       ctl_say(c, "the server's address must be https://",
				       "服务器地址必须以 https:// 开头"));
	n = strlen(c->server);
	if (c->server[n - 1] == '/')
		c->server = arena_dup_n(&c->arena, c->server, n - 1);
	c->http = http_client_new(c->ca_file, e);
	return c->http != NULL;
}

/* The server's own sentence, or what its status means. */
static bool refused(struct ctl *c, const struct http_reply *reply, const struct json *answer,
		    struct err *e)
{
	const char *detail = json_text(answer, "detail");

	if (reply->status == 401 && c->token != NULL)
		return err_set(
		    e, ERR_UNAUTHENTICATED, "%s",
		    ctl_say(c, "the server does not accept the token", "服务器不接受该令牌"));
	if (detail != NULL)
		return err_set(e, ERR_UNPROCESSABLE, "%s", detail);
	return err_set(e, ERR_PEER, "%s (HTTP %d)",
		       ctl_put(c,
			       ctl_say(c, "what answers at {1} is not a Holdfast server",
				       "{1} 上运行的不是 Holdfast 服务器"),
			       c->server),
		       reply->status);
}

/* Who is asking, what of, and what the body is. */
static void headers_set(struct ctl *c, struct http_call *call)
{
	size_t n = 0;

	call->headers[n++] = "accept: application/json, */*;q=0.5";
	if (c->cookie != NULL)
		call->headers[n++] = arena_printf(&c->arena, "cookie: %s", c->cookie);
	else if (c->token != NULL)
		call->headers[n++] = arena_printf(&c->arena, "authorization: Bearer %s", c->token);
	if (c->csrf != NULL)
		call->headers[n++] = arena_printf(&c->arena, "x-csrf-token: %s", c->csrf);
	if (c->etag != NULL && call->method != HTTP_GET)
		call->headers[n++] = arena_printf(&c->arena, "if-match: %s", c->etag);
	if (call->body != NULL)
		call->headers[n++] = "content-type: application/json";
}

/* how: method, body and sink. */
static bool ask(struct ctl *c, const struct http_call *how, const char *path,
		struct http_reply *reply, struct err *e)
{
	struct http_call call = *how;
	const struct json *answer = NULL;
	struct err unread;

	call.url =
	    arena_printf(&c->arena, "%s%s%s", c->server, *path == '/' ? "" : "/api/v1/", path);
	call.wanted[0] = "etag";
	call.wanted[1] = "set-cookie";
	call.body_len = call.body != NULL ? strlen(call.body) : 0;
	call.total_timeout_ms = call.sink != NULL ? LONGEST_EXPORT_MS : LONGEST_CALL_MS;
	call.max_answer = MAX_ANSWER;
	headers_set(c, &call);
	if (!http_client_call(c->http, &call, &c->arena, reply, e))
		return err_add(
		    e, "%s",
		    ctl_put(c, ctl_say(c, "{1} cannot be reached", "无法访问 {1}"), c->server));
	c->etag = reply->got[0];
	if (reply->got[1] != NULL)
		c->cookie = arena_dup_n(&c->arena, reply->got[1], strcspn(reply->got[1], ";"));
	if (reply->status >= 200 && reply->status <= 299)
		return true;
	if (reply->body_len > 0 &&
	    !json_parse(&c->arena, reply->body, reply->body_len, &answer, &unread))
		answer = NULL;
	return refused(c, reply, answer, e);
}

static bool understand(struct ctl *c, const struct http_reply *reply, const struct json **answer,
		       struct err *e)
{
	struct err unread;

	*answer = NULL;
	if (reply->body_len == 0 ||
	    json_parse(&c->arena, reply->body, reply->body_len, answer, &unread))
		return true;
	return refused(c, reply, NULL, e);
}

bool ctl_call(struct ctl *c, enum http_method method, const char *path, const char *body,
	      const struct json **answer, struct err *e)
{
	struct http_reply reply;

	*answer = NULL;
	if (!ask(c, &(struct http_call){.method = method, .body = body}, path, &reply, e) ||
	    !understand(c, &reply, answer, e))
		return false;
	if (c->json && reply.body_len > 0)
		(void)printf("%s\n", reply.body);
	return true;
}

bool ctl_get(struct ctl *c, const char *path, const struct json **answer, struct err *e)
{
	struct http_reply reply;

	*answer = NULL;
	return ask(c, &(struct http_call){.method = HTTP_GET}, path, &reply, e) &&
	       understand(c, &reply, answer, e);
}

bool ctl_get_all(struct ctl *c, const char *path, const struct json **items, struct err *e)
{
	struct value *all = value_new(&c->arena, JSON_ARRAY);
	const char *base =
	    arena_printf(&c->arena, "%s%slimit=200", path, strchr(path, '?') == NULL ? "?" : "&");
	const struct json *answer, *next;

	*items = &all->json;
	for (const char *page = base; page != NULL;) {
		if (!ctl_get(c, page, &answer, e))
			return false;
		next = json_get(answer, "items");
		for (const struct json *i = next != NULL ? next->first : NULL; i != NULL;
		     i = i->next)
			value_add(all, NULL, value_copy(&c->arena, i));
		page = json_text(answer, "next") == NULL
			   ? NULL
			   : arena_printf(&c->arena, "%s&cursor=%s", base,
					  text_percent(&c->arena, json_text(answer, "next")));
	}
	return true;
}

bool ctl_call_raw(struct ctl *c, const char *path, const struct http_sink *to, struct err *e)
{
	struct http_reply reply;

	return ask(c, &(struct http_call){.method = HTTP_GET, .sink = to}, path, &reply, e);
}

bool ctl_read_etag(struct ctl *c, const char *path, struct err *e)
{
	const struct json *answer;

	c->etag = NULL;
	return ctl_get(c, path, &answer, e);
}

bool ctl_read_for_edit(struct ctl *c, const char *path, struct value **out, struct err *e)
{
	const struct json *schema, *answer;
	const char *etag;

	if (!schema_of_body(c, HTTP_PUT, path, &schema, e) || !ctl_get(c, path, &answer, e))
		return false;
	etag = c->etag;
	*out = schema_keep(&c->arena, schema, answer);
	c->etag = etag;
	return true;
}
