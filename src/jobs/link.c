#include "jobs/link.h"

#include <pthread.h>
#include <string.h>

#include "flow/app.h"

/* Newest first. */
struct link {
	struct link *next;
	char *app;
	unsigned char credentials[CRYPTO_HASH_SIZE]; /* that access was made from */
	struct dingtalk_access *access;
};

struct links {
	struct links_config config;
	pthread_mutex_t lock;
	struct link *first;
};

struct links *links_new(const struct links_config *config)
{
	struct links *l = mem_new(struct links);

	l->config = (struct links_config){.api_url = mem_dup(config->api_url),
					  .oapi_url = mem_dup(config->oapi_url),
					  .login_url = mem_dup(config->login_url),
					  .ca_file = mem_dup(config->ca_file),
					  .master_key = config->master_key,
					  .meter = config->meter};
	(void)pthread_mutex_init(&l->lock, NULL);
	return l;
}

void links_free(struct links *l)
{
	if (l == NULL)
		return;
	while (l->first != NULL) {
		struct link *gone = l->first;

		l->first = gone->next;
		dingtalk_access_unref(gone->access);
		mem_free(gone->app);
		mem_free(gone);
	}
	(void)pthread_mutex_destroy(&l->lock);
	mem_free((char *)l->config.api_url);
	mem_free((char *)l->config.oapi_url);
	mem_free((char *)l->config.login_url);
	mem_free((char *)l->config.ca_file);
	mem_free(l);
}

const struct links_config *links_settings(const struct links *l)
{
	return &l->config;
}

static void fingerprint(struct arena *a, const struct flow_app *app,
			unsigned char out[CRYPTO_HASH_SIZE])
{
	char *all = arena_printf(a, "%s\n%s\n%lld\n%s", app->corp_id, app->client_id,
				 (long long)app->agent_id, app->client_secret);

	crypto_sha256(all, strlen(all), out);
	crypto_wipe(all, strlen(all));
}

/* With the lock held. */
static struct link *find(struct links *l, const char *app)
{
	for (struct link *link = l->first; link != NULL; link = link->next) {
		if (strcmp(link->app, app) == 0)
			return link;
	}
	return NULL;
}

static struct link *add(struct links *l, const char *app)
{
	struct link *link = mem_new(struct link);

	link->app = mem_dup(app);
	link->next = l->first;
	l->first = link;
	return link;
}

static void renew(struct links *l, struct link *link, const struct flow_app *app,
		  const unsigned char credentials[CRYPTO_HASH_SIZE])
{
	dingtalk_access_unref(link->access);
	link->access =
	    dingtalk_access_new(&(struct dingtalk_config){.api_url = l->config.api_url,
							  .oapi_url = l->config.oapi_url,
							  .login_url = l->config.login_url,
							  .ca_file = l->config.ca_file,
							  .corp_id = app->corp_id,
							  .client_id = app->client_id,
							  .client_secret = app->client_secret,
							  .agent_id = app->agent_id,
							  .meter = l->config.meter});
	memcpy(link->credentials, credentials, CRYPTO_HASH_SIZE);
}

bool links_get(struct links *l, struct db *db, const char *app, struct dingtalk_access **out,
	       struct err *e)
{
	AUTO(arena_done) struct arena a = {0};
	AUTO(flow_app_wipe) struct flow_app opened = {0};
	unsigned char credentials[CRYPTO_HASH_SIZE];
	struct link *link;

	if (!flow_app_open(db, &a, l->config.master_key, app, &opened, e))
		return false;
	fingerprint(&a, &opened, credentials);
	(void)pthread_mutex_lock(&l->lock);
	link = find(l, app);
	if (link == NULL)
		link = add(l, app);
	if (link->access == NULL || memcmp(link->credentials, credentials, CRYPTO_HASH_SIZE) != 0)
		renew(l, link, &opened, credentials);
	*out = dingtalk_access_ref(link->access);
	(void)pthread_mutex_unlock(&l->lock);
	return true;
}

/* With a reference for the caller, NULL when nobody has called the app yet. */
static struct dingtalk_access *access_of(struct links *l, const char *app)
{
	struct dingtalk_access *access = NULL;
	struct link *link;

	(void)pthread_mutex_lock(&l->lock);
	link = find(l, app);
	if (link != NULL && link->access != NULL)
		access = dingtalk_access_ref(link->access);
	(void)pthread_mutex_unlock(&l->lock);
	return access;
}

int64_t links_closed_for(struct links *l, const char *app)
{
	AUTO(dingtalk_access_unrefp) struct dingtalk_access *access = access_of(l, app);
	struct dingtalk_gate_view view = {0};

	if (access != NULL)
		dingtalk_access_look(access, &view);
	return view.wait_ms;
}

void links_look(struct links *l, struct arena *a, struct link_view **out, size_t *count)
{
	size_t n = 0;

	(void)pthread_mutex_lock(&l->lock);
	for (struct link *link = l->first; link != NULL; link = link->next)
		n++;
	*out = arena_array(a, n, sizeof(**out));
	*count = 0;
	for (struct link *link = l->first; link != NULL; link = link->next) {
		struct link_view *view = &(*out)[*count];

		if (link->access == NULL)
			continue;
		*view = (struct link_view){.app = arena_dup(a, link->app)};
		dingtalk_access_look(link->access, &view->gate);
		(*count)++;
	}
	(void)pthread_mutex_unlock(&l->lock);
}

bool line_open(struct line *line, struct links *l, struct db *db, const struct line_to *to,
	       struct dingtalk **out, struct err *e)
{
	AUTO(dingtalk_access_unrefp) struct dingtalk_access *access = NULL;

	/* First: whoever is not let in must not hear why the call before, of another app, failed. */
	if (line->dingtalk != NULL)
		dingtalk_set_purpose(line->dingtalk, to->purpose);
	if (!links_get(l, db, to->app, &access, e))
		return false;
	if (line->access != access) {
		line_close(line);
		line->dingtalk = dingtalk_new(access, to->purpose, e);
		if (line->dingtalk == NULL)
			return false;
		line->access = TAKE(access);
	}
	*out = line->dingtalk;
	return true;
}

void line_close(struct line *line)
{
	dingtalk_free(line->dingtalk);
	dingtalk_access_unref(line->access);
	*line = (struct line){0};
}
