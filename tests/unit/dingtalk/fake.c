#include "fake.h"

#include <pthread.h>
#include <string.h>

#include "base/arena.h"
#include "crypto/crypto.h"
#include "http/server.h"
#include "loop/loop.h"

#define MAX_ASKED 4096
#define MAX_ROWS 64

struct asked {
	const char *path;
	const char *what;
};

/* An answer that waits for its time. */
struct later {
	struct fake *fake;
	struct http_request *request;
	const struct fake_row *row;
	struct loop_timer *timer;
	struct later *next;
};

struct fake {
	struct loop *loop;
	struct http_server *server;
	pthread_t thread;
	const struct fake_row *rows;
	int used[MAX_ROWS];
	struct later *waiting;
	pthread_mutex_t mutex; /* for what follows */
	struct arena arena;
	struct asked asked[MAX_ASKED];
	int count;
};

static void reply(struct http_request *r, const struct fake_row *row)
{
	const char *body = row->body ? row->body : "";

	if (row->drop)
		http_drop(r);
	else
		http_answer(r, row->status ? row->status : 200, "application/json", body,
			    strlen(body));
}

static void later_free(struct later *l)
{
	struct later **at = &l->fake->waiting;

	while (*at != l)
		at = &(*at)->next;
	*at = l->next;
	loop_timer_free(l->timer);
	mem_free(l);
}

static void reply_late(void *arg)
{
	struct later *l = arg;

	reply(l->request, l->row);
	later_free(l);
}

static void reply_after(struct fake *f, struct http_request *r, const struct fake_row *row)
{
	struct later *l = mem_new(struct later);

	*l = (struct later){.fake = f, .request = r, .row = row, .next = f->waiting};
	f->waiting = l;
	l->timer = loop_timer_new(f->loop, reply_late, l);
	loop_timer_start(l->timer, row->wait_ms, 0);
}

static const char *note(struct fake *f, const struct http_request *r)
{
	const char *token = http_header(r, "x-acs-dingtalk-access-token");
	struct asked *asked;
	const char *what;

	(void)pthread_mutex_lock(&f->mutex);
	what = arena_printf(&f->arena, "%s|%s|%.*s", token ? token : "", r->query, (int)r->body_len,
			    r->body ? r->body : "");
	if (f->count < MAX_ASKED) {
		asked = &f->asked[f->count++];
		asked->path = arena_dup(&f->arena, r->path);
		asked->what = what;
	}
	(void)pthread_mutex_unlock(&f->mutex);
	return what;
}

static const struct fake_row *choose(struct fake *f, const char *path, const char *what)
{
	static const struct fake_row none = {
	    .status = 404, .body = "{\"code\":\"InvalidAction.NotFound\",\"message\":\"m\"}"};
	const struct fake_row *row;

	for (row = f->rows; row->path; row++) {
		int *used = &f->used[row - f->rows];

		if (strcmp(row->path, path) != 0 || (row->when && !strstr(what, row->when)) ||
		    (row->times && *used == row->times))
			continue;
		(*used)++;
		return row;
	}
	return &none;
}

static void dispatch(struct http_request *r)
{
	struct fake *f = r->context;
	const struct fake_row *row = choose(f, r->path, note(f, r));

	if (row->wait_ms)
		reply_after(f, r, row);
	else
		reply(r, row);
}

#define MAX_BODY 1048576

static const struct http_route routes[] = {
    {HTTP_POST, FAKE_TOKEN_PATH, MAX_BODY, NULL},
    {HTTP_POST, "/v1.0/oauth2/userAccessToken", MAX_BODY, NULL},
    {HTTP_GET, "/v1.0/contact/users/me", 0, NULL},
    {HTTP_POST, "/v1.0/workflow/processInstances", MAX_BODY, NULL},
    {HTTP_GET, "/v1.0/workflow/processInstances", 0, NULL},
    {HTTP_POST, "/v1.0/workflow/processInstances/execute", MAX_BODY, NULL},
    {HTTP_POST, "/v1.0/workflow/processInstances/comments", MAX_BODY, NULL},
    {HTTP_POST, "/v1.0/workflow/processInstances/terminate", MAX_BODY, NULL},
    {HTTP_POST, "/v1.0/workflow/processes/instanceIds/query", MAX_BODY, NULL},
    {HTTP_GET, "/v1.0/workflow/forms/schemas/processCodes", 0, NULL},
    {HTTP_GET, "/v1.0/workflow/processes/userVisibilities/templates", 0, NULL},
    {HTTP_POST, "/v1.0/workflow/processes/forecast", MAX_BODY, NULL},
    {HTTP_POST, "/topapi/user/getbyunionid", MAX_BODY, NULL},
    {HTTP_POST, "/topapi/v2/user/get", MAX_BODY, NULL},
    {HTTP_POST, "/topapi/v2/user/list", MAX_BODY, NULL},
    {HTTP_POST, "/topapi/v2/department/get", MAX_BODY, NULL},
    {HTTP_POST, "/topapi/v2/department/listsub", MAX_BODY, NULL},
    {HTTP_GET, "/auth/scopes", 0, NULL},
    {HTTP_POST, "/topapi/message/corpconversation/asyncsend_v2", MAX_BODY, NULL},
    {HTTP_POST, "/v1.0/robot/oToMessages/batchSend", MAX_BODY, NULL},
};

static void *run(void *arg)
{
	loop_run(((struct fake *)arg)->loop);
	return NULL;
}

static struct fake *fake_start(const struct fake_row *rows)
{
	struct fake *f = mem_new(struct fake);
	const struct http_server_config config = {.routes = routes,
						  .route_count = ARRAY_SIZE(routes),
						  .dispatch = dispatch,
						  .context = f};
	struct err e;

	f->rows = rows;
	f->loop = loop_new();
	(void)pthread_mutex_init(&f->mutex, NULL);
	f->server = http_server_new(f->loop, &config, "127.0.0.1:0", &e);
	if (!f->server)
		fail_msg("%s", e.text);
	assert_int_equal(pthread_create(&f->thread, NULL, run, f), 0);
	return f;
}

static void stop(void *arg)
{
	struct fake *f = arg;

	while (f->waiting) {
		http_drop(f->waiting->request);
		later_free(f->waiting);
	}
	loop_stop(f->loop);
}

static void fake_end(struct fake *f)
{
	loop_post(f->loop, stop, f);
	(void)pthread_join(f->thread, NULL);
	http_server_free(f->server);
	loop_free(f->loop);
	(void)pthread_mutex_destroy(&f->mutex);
	arena_done(&f->arena);
	mem_free(f);
}

void world_start(struct world *w, const struct fake_row *rows, int64_t timeout_ms)
{
	struct dingtalk_config config = {.corp_id = CORP_ID,
					 .client_id = CLIENT_ID,
					 .client_secret = CLIENT_SECRET,
					 .agent_id = 41605932,
					 .total_timeout_ms = timeout_ms};
	const char *url;

	assert_true(crypto_start(&w->e));
	w->fake = fake_start(rows);
	url = arena_printf(&w->arena, "http://%s", http_server_address(w->fake->server));
	config.api_url = config.oapi_url = config.login_url = url;
	w->access = dingtalk_access_new(&config);
	w->dingtalk = dingtalk_new(w->access, DINGTALK_FOR_FILING, &w->e);
	assert_non_null(w->dingtalk);
}

void world_done(struct world *w)
{
	dingtalk_free(w->dingtalk);
	dingtalk_access_unref(w->access);
	if (w->fake)
		fake_end(w->fake);
	arena_done(&w->arena);
}

static const char *find(struct fake *f, const char *path, int n, int *count)
{
	const char *what = NULL;
	int i, seen = 0;

	(void)pthread_mutex_lock(&f->mutex);
	for (i = 0; i < f->count; i++)
		if (strcmp(f->asked[i].path, path) == 0 && seen++ == n)
			what = f->asked[i].what;
	(void)pthread_mutex_unlock(&f->mutex);
	*count = seen;
	return what;
}

int fake_count(struct fake *f, const char *path)
{
	int count;

	(void)find(f, path, 0, &count);
	return count;
}

const char *fake_asked(struct fake *f, const char *path, int n)
{
	int count;
	const char *what = find(f, path, n, &count);

	if (!what)
		fail_msg("%s was asked %d times", path, count);
	return what;
}

void assert_failed(const struct world *w, enum err_code code, enum dingtalk_class class,
		   const char *word)
{
	const struct dingtalk_failure *f = dingtalk_failure(w->dingtalk);

	if (w->e.code != code || f->class != class || strcmp(f->code, word) != 0)
		fail_msg("%s, %s, \"%s\": %s", err_name(w->e.code), dingtalk_class_name(f->class),
			 f->code, w->e.text);
	assert_true(strlen(w->e.text) > 20);
	assert_null(strchr(w->e.text, '\n'));
	assert_null(strstr(w->e.text, CLIENT_SECRET));
	assert_null(strstr(w->e.text, "at-1"));
}
