#include "ctl/ctl.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "base/buf.h"
#include "base/text.h"
#include "conf/conf.h"

#define MAX_ANSWER (8 * 1024 * 1024)

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

bool ctl_ready(struct ctl *c, struct err *e)
{
	size_t n;

	if (c->server == NULL || *c->server == '\0')
		return err_set(
		    e, ERR_INVALID, "%s",
		    ctl_say(c,
			    "no server is named: use --server, HOLDFAST_SERVER, or url in "
			    "the configuration file",
			    "未指定服务器：请使用 --server、HOLDFAST_SERVER 或配置文件中的 url"));
	if (c->token == NULL || *c->token == '\0')
		return err_set(
		    e, ERR_INVALID, "%s",
		    ctl_say(c,
			    "no token: set HOLDFAST_TOKEN, or token in the configuration "
			    "file. holdfast-server token create makes one",
			    "没有令牌：请设置 HOLDFAST_TOKEN 或配置文件中的 token；用 "
			    "holdfast-server token create 可创建"));
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

	if (reply->status == 401)
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

bool ctl_call(struct ctl *c, enum http_method method, const char *path, const char *body,
	      const struct json **answer, struct err *e)
{
	const struct http_call call = {
	    .method = method,
	    .url = arena_printf(&c->arena, "%s/api/v1/%s", c->server, path),
	    .headers = {arena_printf(&c->arena, "authorization: Bearer %s", c->token),
			"accept: application/json",
			body != NULL ? "content-type: application/json" : NULL},
	    .body = body,
	    .body_len = body != NULL ? strlen(body) : 0,
	    .max_answer = MAX_ANSWER};
	struct http_reply reply;
	struct err unread;

	*answer = NULL;
	if (!http_client_call(c->http, &call, &c->arena, &reply, e))
		return err_add(
		    e, "%s",
		    ctl_put(c, ctl_say(c, "{1} cannot be reached", "无法访问 {1}"), c->server));
	if (reply.body_len > 0 &&
	    !json_parse(&c->arena, reply.body, reply.body_len, answer, &unread))
		*answer = NULL;
	if (reply.status < 200 || reply.status > 299 || (reply.body_len > 0 && *answer == NULL))
		return refused(c, &reply, *answer, e);
	if (c->json)
		(void)printf("%s\n", reply.body);
	return true;
}
