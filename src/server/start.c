#include "server/start.h"

#include <pthread.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fd.h"
#include "base/id.h"
#include "base/log.h"
#include "base/notify.h"
#include "flow/flow.h"
#include "flow/account.h"
#include "flow/signer.h"
#include "flow/snapshots.h"
#include "web/dispatch.h"
#include "server/fanout.h"
#include "server/jobs.h"
#include "server/master.h"
#include "server/metrics.h"
#include "server/offline.h"
#include "web/elsewhere.h"
#include "web/live.h"
#include "web/notes.h"
#include "web/openapi.h"
#include "web/presence.h"
#include "web/readers.h"
#include "server/routes.h"
#include "server/upkeep.h"
#include "web/wait.h"
#include "store/key.h"
#include "store/migrate.h"

#define WORKERS 1
#define GRACE_MS 3000

/* The server and what only starting and stopping need. server comes first, so that one address
 * names both. */
struct run {
	struct server server;
	struct arena arena;
	struct upkeep *upkeep;
	pthread_t threads[SERVER_MAX_WORKERS]; /* of all workers but the first */
	int lock;                              /* on the data folder, while the server runs */
	bool stopping;
	size_t open; /* workers whose HTTP server has not ended; on the first loop */
};

/* --- starting --- */

/* A new key beside a database that was sealed with another would only hide what is missing. */
static bool make_master(struct db *db, const char *path, unsigned char *master, struct err *e)
{
	AUTO(arena_done) struct arena a = {0};
	const char *org;

	if (!store_org_get(db, &a, &org, e))
		return false;
	if (master_key_read(path, org == NULL, master, e))
		return true;
	if (e->code == ERR_NOT_FOUND)
		err_set(e, ERR_NOT_FOUND,
			"%s is missing, and the secrets in the database are sealed with it: "
			"restore it from its backup",
			path);
	return false;
}

struct db *server_database(const struct server_options *options, bool make, unsigned char *master,
			   struct err *e)
{
	const char *key = options->master_key;
	struct db *db;

	if (!crypto_start(e) || (make && !folder_make(options->data_dir, 0700, e)) ||
	    (!make && master != NULL && !master_key_read(key, false, master, e)))
		return NULL;
	db = db_open(options->db_url, DB_WRITE, e);
	if (db == NULL)
		return NULL;
	if (store_migrate(db, clock_utc_ms(), e) &&
	    (!make || master == NULL || make_master(db, key, master, e)))
		return db;
	db_close(db);
	return NULL;
}

static bool open_signer(struct server *s, struct db *db, struct err *e)
{
	if (!db_begin(db, e))
		return false;
	if (!signer_open(db, s->master_key, clock_utc_ms(), &s->signer, e)) {
		db_rollback(db);
		return false;
	}
	return db_commit(db, e);
}

static bool open_store(struct server *s, struct err *e)
{
	AUTO(db_closep) struct db *db = server_database(&s->options, true, s->master_key, e);

	if (db == NULL || !open_signer(s, db, e))
		return false;
	s->snapshots = snapshots_new();
	return snapshots_load(s->snapshots, db, e);
}

const char *server_public_url(const struct server_options *options, struct arena *a)
{
	return options->public_url != NULL
		   ? options->public_url
		   : arena_printf(a, "%s://%s", options->tls_cert != NULL ? "https" : "http",
				  options->listen);
}

/* Port 0 is chosen once; further workers listen where the first one does. */
static bool open_worker(struct run *run, size_t i, const struct http_server_config *config,
			struct err *e)
{
	struct server *s = &run->server;
	struct worker *w = &s->workers[i];
	struct http_server_config own = *config;
	const char *listen = i == 0 ? s->options.listen : http_server_address(s->workers[0].http);

	own.context = w;
	w->db = db_open(s->options.db_url, DB_READ, e);
	if (w->db == NULL)
		return false;
	w->http = http_server_new(w->loop, &own, listen, e);
	return w->http != NULL;
}

static bool open_workers(struct run *run, struct err *e)
{
	struct server *s = &run->server;
	struct http_server_config config = {.dispatch = dispatch,
					    .fallback = dispatch_unmatched,
					    .tls_cert = s->options.tls_cert,
					    .tls_key = s->options.tls_key,
					    .shared = s->worker_count > 1};

	config.routes = routes_gather(&run->arena, &config.route_count);
	s->openapi = openapi_make(&run->arena, config.routes, config.route_count);
	for (size_t i = 0; i < s->worker_count; i++) {
		if (!open_worker(run, i, &config, e))
			return false;
	}
	s->options.listen = arena_dup(&run->arena, http_server_address(s->workers[0].http));
	s->options.public_url = server_public_url(&s->options, &run->arena);
	return true;
}

/* The lock's content names the folder, so that its next server knows which leases were its last
 * one's, and everybody who writes here in whose chain the record goes. */
static bool read_name(int lock, char node[static ID_SIZE], struct err *e)
{
	ssize_t n = pread(lock, node, ID_SIZE - 1, 0);

	if (n < 0)
		return err_errno(e, "reading the data folder's lock");
	node[n] = '\0';
	if (id_valid(node))
		return true;
	id_new(node);
	return (pwrite(lock, node, ID_SIZE - 1, 0) == ID_SIZE - 1 && fsync(lock) == 0) ||
	       err_errno(e, "writing the data folder's lock");
}

/* A command may come at the same moment: the content has a lock of its own, fcntl's, not flock's. */
static bool read_node(int lock, char node[static ID_SIZE], struct err *e)
{
	struct flock content = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	bool ok;

	if (fcntl(lock, F_SETLKW, &content) < 0)
		return err_errno(e, "locking the data folder's name");
	ok = read_name(lock, node, e);
	content.l_type = F_UNLCK;
	(void)fcntl(lock, F_SETLK, &content);
	return ok;
}

bool server_node(const struct server_options *options, char node[static ID_SIZE], struct err *e)
{
	AUTO(arena_done) struct arena a = {0};
	AUTO(fd_closep) int lock = -1;
	const char *path = arena_printf(&a, "%s/lock", options->data_dir);

	if (!folder_make(options->data_dir, 0700, e))
		return false;
	lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	return lock < 0 ? err_errno(e, "%s", path) : read_node(lock, node, e);
}

bool server_flow(const struct server_options *options, struct db *db, struct arena *a,
		 char node[static ID_SIZE], struct flow *out, struct err *e)
{
	*out = (struct flow){
	    .db = db,
	    .arena = a,
	    .now_ms = clock_utc_ms(),
	    .node = node,
	    .actor = {.name = arena_printf(a, "command line, uid %ld", (long)getuid())}};
	return server_node(options, node, e);
}

/* Two servers on one folder would each believe to be the only one. */
static bool lock_folder(struct run *run, struct err *e)
{
	const char *folder = run->server.options.data_dir;
	const char *path = arena_printf(&run->arena, "%s/lock", folder);

	if (!folder_make(folder, 0700, e))
		return false;
	run->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (run->lock < 0)
		return err_errno(e, "%s", path);
	if (flock(run->lock, LOCK_EX | LOCK_NB) == 0)
		return read_node(run->lock, run->server.node, e);
	return errno == EWOULDBLOCK
		   ? err_set(e, ERR_CONFLICT, "another holdfast-server runs on %s", folder)
		   : err_errno(e, "%s", path);
}

static void make_loops(struct server *s)
{
	s->worker_count = WORKERS;
	for (size_t i = 0; i < s->worker_count; i++) {
		s->workers[i].server = s;
		s->workers[i].loop = loop_new();
		s->workers[i].waits = waits_new(s->workers[i].loop);
		s->workers[i].fanout = sync_fanout(&s->workers[i]);
		s->workers[i].lives = lives_new(&s->workers[i]);
	}
}

static bool open_all(struct run *run, struct err *e)
{
	struct server *s = &run->server;

	if (!lock_folder(run, e) || !open_store(s, e))
		return false;
	s->readers = readers_new(s->options.db_url, e);
	if (s->readers == NULL)
		return false;
	s->presence = presence_new();
	make_loops(s);
	s->notes = notes_new(s);
	s->live = live_new(s);
	s->offline = offline_maker_new(s);
	s->elsewhere = elsewhere_new(s);
	s->metrics = metrics_new(s);
	s->jobs = server_jobs_new(s);
	s->committer = committer_start(s->options.db_url, notes_dispatch, s, e);
	if (s->committer == NULL || !open_workers(run, e))
		return false;
	run->upkeep = upkeep_new(s);
	elsewhere_start(s->elsewhere);
	return server_jobs_start(s->jobs, e);
}

/* --- stopping --- */

static void stop_loop(void *arg)
{
	loop_stop(((struct worker *)arg)->loop);
}

/* On the pool, while the loops still take what the committer tells. */
static void stop_background(void *arg)
{
	struct run *run = arg;

	server_jobs_stop(run->server.jobs);
	(void)presence_flush(run->server.presence, run->server.committer, clock_utc_ms());
	committer_stop(TAKE(run->server.committer));
}

/* Policy and people may still be read on the pool. */
static void background_stopped(void *arg)
{
	struct run *run = arg;

	notes_stop(run->server.notes);
	for (size_t i = 1; i < run->server.worker_count; i++)
		loop_post(run->server.workers[i].loop, stop_loop, &run->server.workers[i]);
	loop_when_idle(run->server.workers[0].loop, stop_loop, &run->server.workers[0]);
}

static void http_ended(void *arg)
{
	struct run *run = arg;

	if (--run->open == 0)
		loop_work(run->server.workers[0].loop, stop_background, background_stopped, run);
}

static void on_idle(void *arg)
{
	struct worker *w = arg;
	struct run *run = (struct run *)w->server;

	loop_post(w->server->workers[0].loop, http_ended, run);
}

/* A request may still be at work on the pool although its client was let go. */
static void on_http_stopped(void *arg)
{
	struct worker *w = arg;

	loop_when_idle(w->loop, on_idle, w);
}

static void stop_worker(void *arg)
{
	struct worker *w = arg;

	waits_stop(w->waits);
	lives_stop(w->lives);
	http_server_stop(w->http, GRACE_MS, on_http_stopped, w);
}

static void on_signal(void *arg, int signal)
{
	struct run *run = arg;
	struct server *s = &run->server;

	(void)signal;
	if (run->stopping)
		return;
	run->stopping = true;
	notify("STOPPING=1");
	upkeep_free(TAKE(run->upkeep));
	elsewhere_stop(s->elsewhere);
	live_stop(s->live);
	offline_maker_stop(s->offline);
	run->open = s->worker_count;
	for (size_t i = 0; i < s->worker_count; i++)
		loop_post(s->workers[i].loop, stop_worker, &s->workers[i]);
}

static void close_store(struct server *s)
{
	snapshots_free(s->snapshots);
	signer_free(s->signer);
	crypto_wipe(s->master_key, sizeof(s->master_key));
}

static void close_all(struct run *run)
{
	struct server *s = &run->server;

	upkeep_free(run->upkeep);
	for (size_t i = 0; i < s->worker_count; i++)
		http_server_free(s->workers[i].http);
	server_jobs_stop(s->jobs);
	committer_stop(s->committer);
	server_jobs_free(s->jobs);
	elsewhere_free(s->elsewhere);
	live_free(s->live);
	notes_free(s->notes);
	offline_maker_free(s->offline);
	metrics_free(s->metrics);
	for (size_t i = 0; i < s->worker_count; i++) {
		fanout_free(s->workers[i].fanout);
		waits_free(s->workers[i].waits);
		lives_free(s->workers[i].lives);
		db_close(s->workers[i].db);
		loop_free(s->workers[i].loop);
	}
	presence_free(s->presence);
	readers_free(s->readers);
	close_store(s);
	fd_closep(&run->lock);
	arena_done(&run->arena);
	mem_free(run);
}

/* --- running --- */

static void *worker_thread(void *arg)
{
	loop_run(((struct worker *)arg)->loop);
	return NULL;
}

static void run_workers(struct run *run)
{
	struct server *s = &run->server;
	size_t started = 1;

	loop_on_signal(s->workers[0].loop, SIGTERM, on_signal, run);
	loop_on_signal(s->workers[0].loop, SIGINT, on_signal, run);
	for (; started < s->worker_count; started++) {
		if (pthread_create(&run->threads[started], NULL, worker_thread,
				   &s->workers[started]) != 0)
			break;
	}
	printf("holdfast-server: listening on %s://%s\n",
	       s->options.tls_cert != NULL ? "https" : "http",
	       http_server_address(s->workers[0].http));
	(void)fflush(stdout);
	notify("READY=1");
	loop_run(s->workers[0].loop);
	for (size_t i = 1; i < started; i++)
		(void)pthread_join(run->threads[i], NULL);
}

/* --- the first owner --- */

struct offer {
	struct server *server;
	char secret[FLOW_LINK_SIZE]; /* "": there are accounts */
};

static bool make_offer(struct db *db, void *arg, struct err *e)
{
	AUTO(arena_done) struct arena a = {0};
	struct offer *offer = arg;
	struct flow f = {
	    .db = db, .arena = &a, .now_ms = clock_utc_ms(), .node = offer->server->node};
	bool any;

	offer->secret[0] = '\0';
	return store_account_any(db, &any, e) &&
	       (any || flow_link_make(&f, &(struct flow_link){.life_ms = FLOW_LINK_SETUP_MS},
				      offer->secret, e));
}

/* Whoever can read what the server says at its first start becomes its first owner. */
static bool offer_setup(struct server *s, struct err *e)
{
	struct offer offer = {.server = s};

	if (!committer_run(s->committer, make_offer, &offer, e))
		return false;
	if (offer.secret[0] != '\0')
		printf("holdfast-server: there is no account yet. This link makes the first owner, "
		       "once, within 24 hours:\nholdfast-server: %s/setup#%s\n"
		       "holdfast-server: open it in a browser, or run \"holdfastctl setup --server "
		       "%s\" and paste it there\n",
		       s->options.public_url, offer.secret, s->options.public_url);
	crypto_wipe(&offer, sizeof(offer));
	return true;
}

bool server_run(const struct server_options *options, struct err *e)
{
	struct run *run = mem_new(struct run);
	bool ok;

	run->server.options = *options;
	run->lock = -1;
	ok = open_all(run, e);
	ok = ok && offer_setup(&run->server, e);
	if (ok) {
		run_workers(run);
		log_line(LOG_LEVEL_INFO, "stopped");
	}
	close_all(run);
	return ok;
}

bool server_check(const struct server_options *options, struct err *e)
{
	const struct http_server_config config = {.tls_cert = options->tls_cert,
						  .tls_key = options->tls_key};
	struct server *s = mem_new(struct server);
	bool ok;

	s->options = *options;
	ok = http_server_check(&config, options->listen, e) && open_store(s, e);
	close_store(s);
	mem_free(s);
	return ok;
}
