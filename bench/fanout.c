/*
 * Many devices at once, for bench/fanout.mjs:
 *   fanout fill DATABASE-URL DEVICES PEOPLE NOW-MS   an organisation, and devices whose keys we know
 *   fanout hold DATABASE-URL HOST:PORT DEVICES       signs each of them in and keeps its long poll
 * "hold" says "parked" once nothing has happened for a second, then takes lines "WORD COUNT": from then on it counts the
 * statements that have WORD in them, and answers with a line of JSON when COUNT devices have one (or half a minute is
 * over), after another quiet second, with how long each took. Every statement is verified as a device would.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/id.h"
#include "base/text.h"
#include "grant/statement.h"
#include "json/json.h"
#include "store/key.h"

#define DEPARTMENTS 500
#define AT_ONCE 128 /* devices that are signing in */
#define QUIET_MS 1000
#define GIVE_UP_MS 30000
#define BATCH 5000

static void must(bool ok, const struct err *e)
{
	if (ok)
		return;
	(void)fprintf(stderr, "fanout: %s\n", e->text);
	exit(1);
}

static void id_of(char kind, int n, char out[ID_SIZE])
{
	(void)snprintf(out, ID_SIZE, "01900000-0000-7000-8%c00-%012x", kind, n);
}

static void key_of(int n, struct crypto_keypair *out)
{
	unsigned char seed[CRYPTO_SEED_SIZE] = {'f', (unsigned char)n, (unsigned char)(n >> 8),
						(unsigned char)(n >> 16)};

	crypto_keypair_from_seed(seed, out);
}

/* --- filling --- */

static void run(struct db *db, const char *sql, const struct db_params *params)
{
	struct err e;

	must(db_exec(db, sql, params, NULL, &e), &e);
}

#define DO(sql, ...) run(db, sql, DB_PARAMS(__VA_ARGS__))

static void add_departments(struct db *db, const char *source, int64_t now_ms)
{
	char id[ID_SIZE], above[ID_SIZE], name[32];

	for (int i = 0; i < DEPARTMENTS; i++) {
		id_of('d', i, id);
		id_of('d', i / 8, above);
		(void)snprintf(name, sizeof(name), "%d", i + 1);
		DO("INSERT INTO departments (id, source, external_id, parent, name, seen_ms) "
		   "VALUES ($1, $2, $3, $4, $3, $5)",
		   db_text(id), db_text(source), db_text(name), db_text(i == 0 ? NULL : above),
		   db_i64(now_ms));
	}
}

static void add_person(struct db *db, const char *source, int n, int64_t now_ms)
{
	char id[ID_SIZE], department[ID_SIZE], name[32];

	id_of('e', n, id);
	id_of('d', n % DEPARTMENTS, department);
	(void)snprintf(name, sizeof(name), "用户%d", n);
	DO("INSERT INTO people (id, source, external_id, name, title, email, telephone, seen_ms) "
	   "VALUES ($1, $2, $3, $3, '', $3, '', $4)",
	   db_text(id), db_text(source), db_text(name), db_i64(now_ms));
	DO("INSERT INTO memberships (person, department, position) VALUES ($1, $2, 0)", db_text(id),
	   db_text(department));
}

static void add_device(struct db *db, int n, int64_t now_ms)
{
	char id[ID_SIZE], owner[ID_SIZE], name[32];
	struct crypto_keypair key;

	id_of('f', n, id);
	id_of('e', n, owner);
	key_of(n, &key);
	(void)snprintf(name, sizeof(name), "laptop-%d", n);
	DO("INSERT INTO devices (id, name, os, macs, client_version, owner, state, key, "
	   "enrolled_ms, last_seen_ms) VALUES ($1, $2, 'Debian GNU/Linux 12', '', '0.1.0', $3, "
	   "'active', $4, $5, $5)",
	   db_text(id), db_text(name), db_text(owner), db_blob(key.public, sizeof(key.public)),
	   db_i64(now_ms));
}

static void fill(struct db *db, int devices, int people, int64_t now_ms)
{
	char source[ID_SIZE];
	struct err e;

	id_of('a', 0, source);
	must(db_begin(db, &e), &e);
	DO("INSERT INTO identity_sources (id, name, type, enabled, created_ms) VALUES ($1, "
	   "'bench', "
	   "'local', 1, $2)",
	   db_text(source), db_i64(now_ms));
	add_departments(db, source, now_ms);
	for (int i = 0; i < people; i++) {
		add_person(db, source, i, now_ms);
		if (i < devices)
			add_device(db, i, now_ms);
		if (i % BATCH == BATCH - 1) {
			must(db_commit(db, &e), &e);
			must(db_begin(db, &e), &e);
		}
	}
	must(db_commit(db, &e), &e);
}

/* --- holding --- */

enum step { ABSENT, CHALLENGE, SESSION, FIRST, HELD };

struct device {
	int fd;
	enum step step;
	struct crypto_keypair key;
	char id[ID_SIZE];
	char *token, *tag, *statement;
	char basis[64];
	int64_t counter;
	double took_ms; /* since the mark; < 0: not yet */
	struct buf in;
};

static struct {
	struct sockaddr_in at;
	int epoll;
	struct device *devices;
	int count, begun, held;
	struct keys keys;
	struct arena arena;
	const char *org;
	unsigned char root[CRYPTO_PUBLIC_SIZE];
	double mark_ms, last_ms; /* last: something was heard */
	char word[64];
	int wanted, found, others;
} all;

static double now_ms(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1000 + (double)t.tv_nsec / 1e6;
}

static void post(struct device *d, const char *path, const struct buf *body)
{
	AUTO(buf_done) struct buf out = {0};
	const char *at;
	size_t left;

	buf_printf(&out,
		   "POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n",
		   path);
	if (d->token != NULL)
		buf_printf(&out, "Authorization: Bearer %s\r\n", d->token);
	buf_printf(&out, "Content-Length: %zu\r\n\r\n", body->len);
	buf_add(&out, body->data, body->len);
	for (at = out.data, left = out.len; left > 0;) {
		ssize_t n = write(d->fd, at, left);

		if (n < 0 && errno != EAGAIN) {
			perror("fanout: write");
			exit(1);
		}
		at += n > 0 ? n : 0;
		left -= n > 0 ? (size_t)n : 0;
	}
}

static void post_challenge(struct device *d)
{
	AUTO(buf_done) struct buf body = {0};

	buf_printf(&body, "{\"device\":\"%s\"}", d->id);
	d->step = CHALLENGE;
	post(d, "/agent/v1/challenge", &body);
}

static void post_session(struct device *d, const char *challenge)
{
	AUTO(buf_done) struct buf body = {0}, text = {0};
	unsigned char signature[CRYPTO_SIGNATURE_SIZE];
	char shown[TEXT_BASE64_SIZE(CRYPTO_SIGNATURE_SIZE)];

	buf_printf(&text, "holdfast-session\n%s\n%s", d->id, challenge);
	crypto_make_signature(&d->key, text.data, text.len, signature);
	text_base64url(signature, sizeof(signature), shown);
	buf_printf(&body, "{\"device\":\"%s\",\"challenge\":\"%s\",\"signature\":\"%s\"}", d->id,
		   challenge, shown);
	d->step = SESSION;
	post(d, "/agent/v1/session", &body);
}

static void post_sync(struct device *d, int wait_ms)
{
	AUTO(buf_done) struct buf body = {0};

	buf_printf(&body,
		   "{\"counter\":%lld,\"basis\":\"%s\",\"view\":\"%s\",\"held\":[],\"revoked\":[],"
		   "\"client_version\":"
		   "\"0.1.0\",\"wait_ms\":%d}",
		   (long long)d->counter, d->basis, d->tag != NULL ? d->tag : "", wait_ms);
	post(d, "/agent/v1/sync", &body);
}

static void begin(struct device *d)
{
	struct epoll_event event = {.events = EPOLLIN, .data.ptr = d};

	d->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (d->fd < 0 || connect(d->fd, (struct sockaddr *)&all.at, sizeof(all.at)) < 0 ||
	    fcntl(d->fd, F_SETFL, O_NONBLOCK) < 0 ||
	    epoll_ctl(all.epoll, EPOLL_CTL_ADD, d->fd, &event) < 0) {
		perror("fanout: connect");
		exit(1);
	}
	post_challenge(d);
}

static void take_keys(const char *text)
{
	struct keys_pin pin = {.org = all.org};
	struct err e;

	if (all.keys.count > 0)
		return;
	memcpy(pin.root, all.root, sizeof(pin.root));
	must(keys_verify(&all.arena, text, strlen(text), &pin, &all.keys, &e), &e);
}

/* The counter alone: the rest is verified when the clock does not run. */
static void take_statement(struct device *d, const char *text)
{
	AUTO(arena_done) struct arena a = {0};
	const char *from = strchr(text, '.') + 1;
	size_t n = strcspn(from, "."), room = n;
	unsigned char *payload = arena_alloc(&a, n + 1);
	const char *counter = NULL, *basis = NULL;

	if (!text_unbase64url(from, n, payload, &room) ||
	    (counter = strstr((char *)payload, "\"counter\":")) == NULL ||
	    (basis = strstr((char *)payload, "\"basis\":\"")) == NULL)
		must(false, &(struct err){.text = "that is no statement"});
	d->counter = strtoll(counter + strlen("\"counter\":"), NULL, 10);
	basis += strlen("\"basis\":\"");
	(void)snprintf(d->basis, sizeof(d->basis), "%.*s", (int)strcspn(basis, "\""), basis);
	mem_free(d->statement);
	d->statement = mem_dup(text);
	if (all.wanted == 0)
		return;
	if (d->took_ms < 0 && strstr((char *)payload, all.word) != NULL) {
		d->took_ms = now_ms() - all.mark_ms;
		all.found++;
	} else {
		all.others++;
	}
}

static void take_sync(struct device *d, const struct json *answer)
{
	const char *keys = json_text(answer, "keys"), *statement = json_text(answer, "statement");
	const char *tag = json_text(answer, "view_tag");

	if (keys != NULL)
		take_keys(keys);
	if (statement != NULL)
		take_statement(d, statement);
	if (tag != NULL) {
		mem_free(d->tag);
		d->tag = mem_dup(tag);
	}
	all.held += d->step != HELD;
	d->step = HELD;
	post_sync(d, 50000);
}

static void take_answer(struct device *d, const char *body, size_t n)
{
	AUTO(arena_done) struct arena a = {0};
	const struct json *answer;
	struct err e;

	must(json_parse(&a, body, n, &answer, &e), &e);
	switch (d->step) {
	case ABSENT:
		break;
	case CHALLENGE:
		post_session(d, json_text(answer, "challenge"));
		break;
	case SESSION:
		d->token = mem_dup(json_text(answer, "token"));
		d->step = FIRST;
		post_sync(d, 0);
		break;
	case FIRST:
	case HELD:
		take_sync(d, answer);
		break;
	}
}

/* One answer, when it is whole. */
static bool answered(struct device *d)
{
	char *body = d->in.data != NULL ? strstr(d->in.data, "\r\n\r\n") : NULL, *length;
	size_t n;

	if (body == NULL)
		return false;
	body += 4;
	length = strcasestr(d->in.data, "\r\ncontent-length:");
	n = length != NULL ? strtoul(length + strlen("\r\ncontent-length:"), NULL, 10) : 0;
	if (d->in.len < (size_t)(body - d->in.data) + n)
		return false;
	if (strncmp(d->in.data, "HTTP/1.1 200", 12) != 0) {
		(void)fprintf(stderr, "fanout: %s\n", d->in.data);
		exit(1);
	}
	take_answer(d, body, n);
	buf_reset(&d->in);
	return true;
}

static void readable(struct device *d)
{
	static char part[65536];
	ssize_t n = read(d->fd, part, sizeof(part));

	if (n == 0 || (n < 0 && errno != EAGAIN)) {
		(void)fprintf(stderr, "fanout: the server closed the connection of %s\n", d->id);
		exit(1);
	}
	if (n < 0)
		return;
	all.last_ms = now_ms();
	buf_add(&d->in, part, (size_t)n);
	if (answered(d))
		buf_done(&d->in);
}

static int by_time(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void verify(const struct device *d)
{
	AUTO(arena_done) struct arena a = {0};
	char kid[CRYPTO_THUMBPRINT_SIZE];
	struct device_identity identity = {.org = all.org, .device = d->id, .key = kid};
	struct statement s;
	struct err e;

	crypto_thumbprint(d->key.public, kid);
	must(statement_verify(&a, d->statement, strlen(d->statement), &all.keys, &s, &e), &e);
	must(statement_check(&s, &identity, d->counter, &e), &e);
}

static void report(void)
{
	double *took = mem_array((size_t)all.found + 1, sizeof(*took));
	int n = 0;

	for (int i = 0; i < all.count; i++) {
		verify(&all.devices[i]);
		if (all.devices[i].took_ms >= 0)
			took[n++] = all.devices[i].took_ms;
	}
	qsort(took, (size_t)n, sizeof(*took), by_time);
	(void)printf("{\"found\":%d,\"others\":%d,\"median\":%.1f,\"p99\":%.1f,\"last\":%.1f}\n", n,
		     all.others, n > 0 ? took[n / 2] : -1, n > 0 ? took[n * 99 / 100] : -1,
		     n > 0 ? took[n - 1] : -1);
	(void)fflush(stdout);
	mem_free(took);
	all.wanted = 0;
}

static void command(void)
{
	char line[256] = "";
	ssize_t n = read(STDIN_FILENO, line, sizeof(line) - 1);

	if (n <= 0)
		exit(0);
	if (sscanf(line, "%63s %d", all.word, &all.wanted) != 2)
		exit(2);
	for (int i = 0; i < all.count; i++)
		all.devices[i].took_ms = -1;
	all.found = all.others = 0;
	all.mark_ms = all.last_ms = now_ms();
	(void)puts("marked");
	(void)fflush(stdout);
}

static bool over(double now)
{
	bool quiet = now - all.last_ms > QUIET_MS;

	return all.wanted > 0 &&
	       ((all.found >= all.wanted && quiet) || now - all.mark_ms > GIVE_UP_MS);
}

static void hold(void)
{
	struct epoll_event in = {.events = EPOLLIN}, events[512];
	bool said = false;

	(void)epoll_ctl(all.epoll, EPOLL_CTL_ADD, STDIN_FILENO, &in);
	for (;;) {
		int n;

		while (all.begun < all.count && all.begun - all.held < AT_ONCE)
			begin(&all.devices[all.begun++]);
		n = epoll_wait(all.epoll, events, ARRAY_SIZE(events), 100);
		for (int i = 0; i < n; i++) {
			if (events[i].data.ptr != NULL)
				readable(events[i].data.ptr);
			else
				command();
		}
		if (!said && all.held == all.count && now_ms() - all.last_ms > QUIET_MS) {
			said = puts("parked") >= 0;
			(void)fflush(stdout);
		}
		if (over(now_ms()))
			report();
	}
}

static void prepare(struct db *db, const char *listen, int count)
{
	struct store_key root;
	char host[64];
	int port;
	struct err e;

	must(store_org_get(db, &all.arena, &all.org, &e), &e);
	must(store_key_root(db, &all.arena, &root, &e), &e);
	memcpy(all.root, root.public, sizeof(all.root));
	if (sscanf(listen, "%63[^:]:%d", host, &port) != 2)
		exit(2);
	all.at.sin_family = AF_INET;
	all.at.sin_port = htons((uint16_t)port);
	(void)inet_pton(AF_INET, host, &all.at.sin_addr);
	all.count = count;
	all.devices = mem_array((size_t)count, sizeof(*all.devices));
	for (int i = 0; i < count; i++) {
		id_of('f', i, all.devices[i].id);
		key_of(i, &all.devices[i].key);
	}
	all.epoll = epoll_create1(EPOLL_CLOEXEC);
}

int main(int argc, char **argv)
{
	struct db *db;
	struct err e;

	if (argc < 5)
		return 2;
	must(crypto_start(&e), &e);
	db = db_open(argv[2], DB_WRITE, &e);
	must(db != NULL, &e);
	if (text_equal(argv[1], "fill")) {
		fill(db, atoi(argv[3]), atoi(argv[4]), strtoll(argv[5], NULL, 10));
		db_close(db);
		return 0;
	}
	prepare(db, argv[3], atoi(argv[4]));
	db_close(db);
	hold();
}
