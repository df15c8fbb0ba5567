/* dingsim: a local DingTalk. */
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/text.h"
#include "crypto/crypto.h"
#include "dingsim/generate.h"
#include "dingsim/inject.h"
#include "dingsim/push.h"
#include "dingsim/routes.h"
#include "dingsim/seed.h"
#include "dingsim/sim.h"
#include "dingsim/stream.h"

#define STOP_GRACE_MS 2000
#define DELAY_MAX_S (86400 * (int64_t)30)

static const char usage[] =
    "usage: dingsim [--seed FILE] [--listen ADDRESS] [--data-dir DIR | --memory]\n"
    "               [--token-ttl SECONDS] [--withdraw-delay SECONDS]\n"
    "               [--retry-delays SECONDS,...] [--tls-cert FILE --tls-key FILE]\n"
    "       dingsim seed [--people N] [--departments N] [--seed N] > FILE\n"
    "\n"
    "A local DingTalk: both dialects of its calls, a sign-in page, an approver's\n"
    "pages and encrypted event pushes. It has no protection of its own: listen on\n"
    "loopback only.\n"
    "\n"
    "  --seed FILE            organisation, apps and forms, read when there are none yet\n"
    "  --listen ADDRESS       default 127.0.0.1:0, any free port\n"
    "  --data-dir DIR         keep the state there; without it, or with --memory,\n"
    "                         everything is gone at the end\n"
    "  --token-ttl SECONDS    how long access tokens are valid, default 7200\n"
    "  --withdraw-delay SECONDS\n"
    "                         a form younger than this cannot be withdrawn, default 15\n"
    "  --retry-delays SECONDS,...\n"
    "                         waits before a failed push is tried again, default 10,30\n"
    "  --tls-cert FILE, --tls-key FILE\n"
    "                         serve HTTPS, and Stream by wss, with this certificate\n"
    "                         chain and its key, in PEM\n"
    "  --help, --version\n";

enum {
	OPTION_SEED = 1,
	OPTION_LISTEN,
	OPTION_DATA,
	OPTION_MEMORY,
	OPTION_TTL,
	OPTION_WITHDRAW,
	OPTION_RETRY,
	OPTION_CERT,
	OPTION_KEY,
	OPTION_HELP,
	OPTION_VERSION
};

static const struct option long_options[] = {
    {"seed", required_argument, NULL, OPTION_SEED},
    {"listen", required_argument, NULL, OPTION_LISTEN},
    {"data-dir", required_argument, NULL, OPTION_DATA},
    {"memory", no_argument, NULL, OPTION_MEMORY},
    {"token-ttl", required_argument, NULL, OPTION_TTL},
    {"withdraw-delay", required_argument, NULL, OPTION_WITHDRAW},
    {"retry-delays", required_argument, NULL, OPTION_RETRY},
    {"tls-cert", required_argument, NULL, OPTION_CERT},
    {"tls-key", required_argument, NULL, OPTION_KEY},
    {"help", no_argument, NULL, OPTION_HELP},
    {"version", no_argument, NULL, OPTION_VERSION},
    {0}};

/* "10,30"; fractions of a second are for tests: "0.1,0.2". */
static bool read_delay(const char *text, size_t n, int64_t *out_ms)
{
	char part[32];
	char *dot;
	int64_t whole, tenths = 0;

	if (n >= sizeof(part))
		return false;
	memcpy(part, text, n);
	part[n] = '\0';
	dot = strchr(part, '.');
	if (dot) {
		*dot = '\0';
		if (!text_i64(dot + 1, 0, 9, &tenths))
			return false;
	}
	if (!text_i64(part, 0, DELAY_MAX_S, &whole))
		return false;
	*out_ms = whole * 1000 + tenths * 100;
	return true;
}

static bool read_delays(struct sim_options *o, const char *text)
{
	o->retry_count = 0;
	while (o->retry_count < SIM_MAX_RETRIES) {
		size_t n = strcspn(text, ",");

		if (!read_delay(text, n, &o->retry_ms[o->retry_count++]))
			return false;
		if (!text[n])
			return true;
		text += n + 1;
	}
	return false;
}

/* -1: go on; else the exit status. */
static int read_option(struct sim_options *o, int option, bool *memory)
{
	bool ok = true;

	switch (option) {
	case OPTION_SEED:
		o->seed = optarg;
		break;
	case OPTION_LISTEN:
		o->listen = optarg;
		break;
	case OPTION_DATA:
		o->data_dir = optarg;
		break;
	case OPTION_MEMORY:
		*memory = true;
		break;
	case OPTION_TTL:
		ok = text_i64(optarg, 1, DELAY_MAX_S, &o->token_ttl_s);
		break;
	case OPTION_WITHDRAW:
		ok = text_i64(optarg, 0, DELAY_MAX_S, &o->withdraw_delay_s);
		break;
	case OPTION_RETRY:
		ok = read_delays(o, optarg);
		break;
	case OPTION_CERT:
		o->tls_cert = optarg;
		break;
	case OPTION_KEY:
		o->tls_key = optarg;
		break;
	case OPTION_HELP:
		(void)fputs(usage, stdout);
		return 0;
	case OPTION_VERSION:
		(void)puts("dingsim " HOLDFAST_VERSION);
		return 0;
	default:
		return 2;
	}
	if (ok)
		return -1;
	(void)fprintf(stderr, "dingsim: %s is no time in seconds that is possible here\n", optarg);
	return 2;
}

static int read_options(struct sim_options *o, int argc, char **argv)
{
	bool memory = false;
	int option, status = -1;

	while (status < 0 && (option = getopt_long(argc, argv, "", long_options, NULL)) != -1)
		status = read_option(o, option, &memory);
	if (status >= 0)
		return status;
	if (optind < argc || (memory && o->data_dir)) {
		(void)fprintf(stderr, "dingsim: %s\n",
			      optind < argc ? "takes options only, see dingsim --help"
					    : "give --data-dir or --memory, not both");
		return 2;
	}
	if (!o->tls_cert != !o->tls_key) {
		(void)fprintf(stderr, "dingsim: --tls-cert and --tls-key go together\n");
		return 2;
	}
	return -1;
}

/* The organisation: what the folder has, else the seed. */
static bool load(struct sim *sim, struct arena *arena, struct err *e)
{
	struct store s = {.db = sim->db, .arena = arena};
	bool there = false;
	char *text;
	size_t n;

	if (!store_clock(&s, &sim->ahead_ms, e) ||
	    !store_corp(&s, &sim->corp_id, &sim->corp_name, &there, e) || there)
		return there;
	if (!sim->options.seed)
		return err_set(e, ERR_INVALID, "there is no organisation yet: give --seed FILE");
	if (!file_read(arena, sim->options.seed, SEED_MAX, &text, &n, e) || !db_begin(sim->db, e))
		return false;
	if (!seed_read(&s, text, n, sim_now_ms(sim), e)) {
		db_rollback(sim->db);
		return err_add(e, "%s", sim->options.seed);
	}
	return db_commit(sim->db, e) && store_corp(&s, &sim->corp_id, &sim->corp_name, &there, e);
}

static bool open_store(struct sim *sim, struct err *e)
{
	AUTO(mem_freep) char *url = NULL;

	if (!sim->options.data_dir) {
		sim->db = store_open("sqlite::memory:", e);
		return sim->db != NULL;
	}
	if (!folder_make(sim->options.data_dir, 0700, e))
		return false;
	url = mem_printf("sqlite:%s/dingsim.db", sim->options.data_dir);
	sim->db = store_open(url, e);
	return sim->db != NULL;
}

struct stopping {
	struct sim *sim;
	struct http_server *server;
};

static void stopped(void *arg)
{
	const struct stopping *s = arg;

	loop_stop(s->sim->loop);
}

static void on_signal(void *arg, int signal)
{
	struct stopping *s = arg;

	(void)signal;
	http_server_stop(s->server, STOP_GRACE_MS, stopped, s);
}

static bool serve(struct sim *sim, struct err *e)
{
	const struct http_server_config config = {.routes = routes,
						  .route_count = route_count,
						  .dispatch = call_dispatch,
						  .fallback = call_refuse,
						  .tls_cert = sim->options.tls_cert,
						  .tls_key = sim->options.tls_key,
						  .context = sim};
	struct stopping stopping = {.sim = sim};

	sim->client = http_async_client_new(sim->loop, NULL, e);
	if (!sim->client)
		return false;
	sim->injector = inject_start(sim, e);
	if (!sim->injector) {
		http_async_client_free(sim->client);
		return false;
	}
	sim->hub = stream_start(sim);
	sim->pusher = push_start(sim);
	stopping.server = http_server_new(sim->loop, &config, sim->options.listen, e);
	if (stopping.server) {
		loop_on_signal(sim->loop, SIGTERM, on_signal, &stopping);
		loop_on_signal(sim->loop, SIGINT, on_signal, &stopping);
		(void)printf("dingsim: listening on http%s://%s\n",
			     sim->options.tls_cert ? "s" : "",
			     http_server_address(stopping.server));
		(void)fflush(stdout);
		loop_run(sim->loop);
	}
	push_stop(sim->pusher);
	inject_stop(sim->injector);
	http_server_free(stopping.server);
	stream_stop(sim->hub);
	http_async_client_free(sim->client);
	return stopping.server != NULL;
}

static bool run(struct sim *sim, struct err *e)
{
	AUTO(arena_done) struct arena arena = {0};
	bool ok;

	if (!crypto_start(e) || !open_store(sim, e))
		return false;
	ok = load(sim, &arena, e);
	if (ok) {
		sim->loop = loop_new();
		ok = serve(sim, e);
		loop_free(sim->loop);
	}
	db_close(sim->db);
	return ok;
}

int main(int argc, char **argv)
{
	struct sim sim = {.options = {.listen = "127.0.0.1:0",
				      .token_ttl_s = 7200,
				      .withdraw_delay_s = 15,
				      .retry_ms = {10000, 30000},
				      .retry_count = 2}};
	struct err e = {0};
	int status;

	if (argc > 1 && text_equal(argv[1], "seed"))
		return generate_main(argc - 1, argv + 1);
	status = read_options(&sim.options, argc, argv);
	if (status >= 0)
		return status;
	log_start("dingsim", LOG_LEVEL_INFO);
	if (run(&sim, &e))
		return 0;
	(void)fprintf(stderr, "dingsim: %s\n", e.text);
	return err_exit_status(e.code);
}
