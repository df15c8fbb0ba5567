#include "guard/guard.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fd.h"
#include "base/text.h"
#include "guard/explain.h"
#include "guard/keeper.h"
#include "guard/state.h"

#define KEEPER_SOCKET "/run/holdfast/keeper.sock"
#define BOOT_ID "/proc/sys/kernel/random/boot_id"
#define BOOT_SIZE 36
#define LOCK_WAIT_MS 2000
#define PACKAGE_NAME_MAX 160
#define RPM_FOLDER "/usr/lib/holdfast/guards/"

/* As dpkg and rpm allow it; dpkg knows no capitals and no '_'. */
static bool is_package_name(const char *name, size_t n)
{
	static const char allowed[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+-._";

	return n >= 2 && n <= PACKAGE_NAME_MAX && strspn(name, allowed) >= n;
}

/* One call of the guard. */
struct call {
	struct arena a;
	const struct guard *guard;
	const char *package; /* what is protected */
	bool generated;      /* called for the generated package that guards it */
	struct keeper keeper;
	struct state state;
	struct state_grants grants;
	struct ledger_moment moment;
	int ledger_lock; /* holds the flock, or -1 */
	struct buf *text;
};

static void call_done(struct call *c)
{
	fd_closep(&c->ledger_lock);
	arena_done(&c->a);
}

/* A request with the members that every one about a package has. */
static void begin(const struct call *c, struct json_writer *w, const char *command)
{
	json_object(w, NULL);
	json_put_text(w, "cmd", command);
	json_put_text(w, "package", c->package);
}

static const struct json *ask(struct call *c, struct json_writer *w)
{
	json_object_end(w);
	return keeper_ask(&c->keeper, &c->a, w->out);
}

static const struct json *tell_attempt(struct call *c, bool tampered)
{
	AUTO(buf_done) struct buf request = {0};
	struct json_writer w = {.out = &request};

	begin(c, &w, "attempt");
	json_put_text(&w, "action", grant_action_name(GRANT_UNINSTALL));
	json_put_bool(&w, "tampered", tampered);
	return ask(c, &w);
}

static void tell_ground(struct call *c, const char *ground)
{
	AUTO(buf_done) struct buf request = {0};
	struct json_writer w = {.out = &request};

	begin(c, &w, "ground");
	json_put_text(&w, "ground", ground);
	(void)ask(c, &w);
}

static void tell_consumed(struct call *c, const char *grant)
{
	AUTO(buf_done) struct buf request = {0};
	struct json_writer w = {.out = &request};

	begin(c, &w, "consumed");
	json_put_text(&w, "grant", grant);
	json_put_text(&w, "version", c->guard->version);
	(void)ask(c, &w);
}

static bool keeper_says_enrolled(struct call *c)
{
	AUTO(buf_done) struct buf request = {0};
	struct json_writer w = {.out = &request};
	bool enrolled = false;

	json_object(&w, NULL);
	json_put_text(&w, "cmd", "status");
	return json_bool(ask(c, &w), "enrolled", &enrolled) && enrolled;
}

/* Held by others only while they append a line. Without it nothing is written. */
static void lock_ledger(struct call *c)
{
	const struct timespec pause = {.tv_nsec = 10 * 1000 * 1000};
	int64_t deadline = clock_mono_ms() + LOCK_WAIT_MS;
	AUTO(fd_closep)
	int fd = open(state_path(&c->a, c->guard->root, STATE_LEDGER),
		      O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);

	if (fd < 0)
		return;
	while (flock(fd, LOCK_EX | LOCK_NB) < 0) {
		if ((errno != EWOULDBLOCK && errno != EINTR) || clock_mono_ms() >= deadline)
			return;
		(void)nanosleep(&pause, NULL);
	}
	c->ledger_lock = fd;
	fd = -1;
}

/* Durable before it returns true; on false the ledger is, if at all possible, what it was. */
static bool append(struct call *c, enum ledger_kind kind, const char *grant, struct err *e)
{
	const struct ledger_entry entry = {kind, grant, c->moment.now_ms, c->moment.boot,
					   c->moment.version};
	const char *line = ledger_line(&c->a, &entry);
	const char *path = state_path(&c->a, c->guard->root, STATE_LEDGER);
	off_t whole = (off_t)c->state.ledger.whole;
	bool written;

	if (c->ledger_lock < 0)
		return err_set(e, ERR_UNAVAILABLE, "the ledger is in use");
	if (c->state.ledger.whole + strlen(line) > LEDGER_MAX)
		return err_set(e, ERR_TOO_LARGE, "the ledger is full");
	AUTO(fd_closep) int fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0 || ftruncate(fd, whole) < 0)
		return err_errno(e, "ledger");
	written = fd_write_full(fd, line, strlen(line), e);
	if (written && fsync(fd) == 0)
		return true;
	if (written)
		(void)err_errno(e, "ledger");
	if (ftruncate(fd, whole) == 0)
		(void)fsync(fd);
	return false;
}

/* A file in /proc has no size of its own, so file_read cannot take it. */
static const char *read_boot(struct arena *a, const char *root)
{
	AUTO(fd_closep) int fd = open(arena_printf(a, "%s%s", root, BOOT_ID), O_RDONLY | O_CLOEXEC);
	char *boot = arena_alloc(a, BOOT_SIZE + 1);
	struct err e = {0};

	return fd >= 0 && fd_read_full(fd, boot, BOOT_SIZE, &e) ? boot : NULL;
}

static int refuse_tampering(struct call *c, const struct err *e)
{
	bool told = tell_attempt(c, true) != NULL;

	explain_tampering(c->text, c->package, e->text, told);
	return 1;
}

/* Why the statement lets this package go without a grant; NULL: it does not. */
static const char *ground_of(const struct call *c)
{
	const struct statement *s = &c->state.statement;

	if (s->mode == STATEMENT_OFF)
		return "off";
	if (!s->covered && text_equal(s->why, "whitelist"))
		return "whitelist";
	if (!s->covered || !statement_protects(s, c->package))
		return "out of scope";
	return s->mode == STATEMENT_AUDIT ? "audit mode" : NULL;
}

static enum refusal refusal_of(enum grant_result result)
{
	switch (result) {
	case GRANT_OTHER_ORG:
		return REFUSAL_OTHER_ORG;
	case GRANT_OTHER_DEVICE:
		return REFUSAL_OTHER_DEVICE;
	case GRANT_OTHER_KEY:
		return REFUSAL_OTHER_KEY;
	case GRANT_OTHER_PACKAGE:
		return REFUSAL_OTHER_PACKAGE;
	case GRANT_OTHER_ACTION:
		return REFUSAL_OTHER_ACTION;
	case GRANT_TOO_EARLY:
		return REFUSAL_TOO_EARLY;
	case GRANT_EXPIRED:
		return REFUSAL_EXPIRED;
	case GRANT_GOOD:
		break;
	}
	return REFUSAL_NO_GRANT;
}

/* Whether this grant lets the removal through now; if not, why. */
static bool judge(const struct call *c, const struct state_grant *item, enum refusal *why)
{
	struct grant_use use = {.device = c->state.device,
				.package = c->package,
				.action = GRANT_UNINSTALL,
				.now_ms = c->moment.now_ms};
	enum grant_result result;

	*why = REFUSAL_UNVERIFIED;
	if (!item->verified)
		return false;
	switch (ledger_grant_state(&c->state.ledger, item->grant.id, &c->moment, &use.now_ms)) {
	case LEDGER_UNUSED:
	case LEDGER_GIVEN_BACK: /* the same removal, so judged at the time of its first use */
		break;
	case LEDGER_USED:
		*why = REFUSAL_USED;
		return false;
	case LEDGER_CANCELLED:
		*why = REFUSAL_CANCELLED;
		return false;
	}
	result = grant_check(&item->grant, &use);
	*why = refusal_of(result);
	return result == GRANT_GOOD;
}

/* When the client has gone, all that it generated may go in the same hour. */
static bool client_went(const struct call *c)
{
	const char *used = ledger_restorable(&c->state.ledger, &c->moment);
	size_t i;

	for (i = 0; used && i < c->grants.count; i++) {
		const struct state_grant *item = &c->grants.items[i];

		if (item->verified && text_equal(item->grant.id, used))
			return text_equal(item->grant.package, GUARD_PACKAGE);
	}
	return false;
}

static int let_through(struct call *c, const struct grant *grant)
{
	struct err e = {0};

	bool recorded = append(c, LEDGER_CONSUMED, grant->id, &e);

	/* The keeper may want the ledger before it answers. */
	fd_closep(&c->ledger_lock);
	if (!recorded) {
		/* It puts the package's selection back, as after any refusal. */
		(void)tell_attempt(c, false);
		explain_not_recorded(c->text, grant->number, e.text);
		return 1;
	}
	tell_consumed(c, grant->id);
	explain_removal(c->text, c->package, grant->number);
	return 0;
}

static int decide_by_grants(struct call *c)
{
	struct explanation why = {.package = c->package, .statement = &c->state.statement};
	enum refusal refusal;
	size_t i;

	for (i = 0; i < c->grants.count; i++) {
		const struct state_grant *item = &c->grants.items[i];

		if (judge(c, item, &refusal))
			return let_through(c, &item->grant);
		if (refusal > why.refusal) {
			why.refusal = refusal;
			why.number = item->verified ? item->grant.number : NULL;
		}
	}
	fd_closep(&c->ledger_lock);
	if (c->generated && client_went(c))
		return 0;
	why.waiting = json_text(tell_attempt(c, false), "number");
	if (why.waiting && !text_printable(why.waiting, false))
		why.waiting = NULL;
	explain_refusal(c->text, &why);
	return 1;
}

/* Everything that is read, under the ledger's lock, so that no two runs use one grant. */
static bool load(struct call *c, struct err *e)
{
	const char *boot = read_boot(&c->a, c->guard->root);

	if (!boot)
		return err_set(e, ERR_IO, "the boot id cannot be read");
	lock_ledger(c);
	if (!state_read(&c->a, c->guard->root, &c->state, e))
		return false;
	state_grants(&c->a, c->guard->root, &c->state.keys, &c->grants);
	c->moment = (struct ledger_moment){
	    .boot = boot,
	    .version = c->guard->version,
	    .now_ms = state_trusted_now(&c->state, &c->grants, c->guard->now_ms)};
	return true;
}

static int removal(struct call *c)
{
	const char *ground;
	struct err e = {0};

	if (!state_enrolled(&c->a, c->guard->root) && !keeper_says_enrolled(c))
		return 0;
	if (!load(c, &e)) {
		fd_closep(&c->ledger_lock);
		return refuse_tampering(c, &e);
	}
	ground = ground_of(c);
	if (!ground)
		return decide_by_grants(c);
	fd_closep(&c->ledger_lock);
	/* What becomes of the guarded package itself, the keeper sees. */
	if (!c->generated)
		tell_ground(c, ground);
	return 0;
}

static bool is_for(const struct call *c, const char *grant)
{
	size_t i;

	for (i = 0; i < c->grants.count; i++) {
		const struct state_grant *item = &c->grants.items[i];

		if (item->verified && text_equal(item->grant.id, grant))
			return text_equal(item->grant.package, c->package);
	}
	return false;
}

/* The package manager put the package back. Whatever goes wrong, that must not stop it. */
static int restoration(struct call *c)
{
	struct err e = {0};
	const char *grant;

	if (!load(c, &e))
		return 0;
	grant = ledger_restorable(&c->state.ledger, &c->moment);
	if (grant && is_for(c, grant))
		(void)append(c, LEDGER_RESTORED, grant, &e);
	return 0;
}

static int let_pass(struct call *c)
{
	(void)c;
	return 0;
}

static const struct {
	const char *first, *second; /* second NULL: any */
	int (*run)(struct call *c);
} calls[] = {
    {"remove", NULL, removal},
    {"upgrade", NULL, let_pass},
    {"failed-upgrade", NULL, let_pass},
    {"deconfigure", NULL, let_pass},
    {"postinst", "abort-remove", restoration},
};

static void set_package(struct call *c, const char *name)
{
	c->generated = text_starts(name, GUARD_PREFIX);
	c->package = c->generated ? name + strlen(GUARD_PREFIX) : name;
}

/* As the interpreter of rpm's %preun: "preun" and the package from the spec, then the file with the
 * scriptlet's text, which says nothing, then how many instances of the package stay. */
static int preun(struct call *c, int argc, char *const *argv)
{
	int64_t stay;

	if (argc < 5 || !is_package_name(argv[2], strlen(argv[2])) ||
	    !text_i64(argv[4], 0, INT32_MAX, &stay)) {
		explain_unknown_call(c->text, argv[1]);
		return 1;
	}
	set_package(c, argv[2]);
	return stay > 0 ? 0 : removal(c);
}

/* As that of a generated package's trigger on the guarded one, whose interpreter rpm gives no words of the
 * spec: the file, how many of the generated package stay, how many of the guarded one. That the generated one
 * itself goes is for its %preun to say. */
static int trigger(struct call *c, int argc, char *const *argv)
{
	int64_t own, guarded;

	if (argc < 4 || !text_i64(argv[2], 0, INT32_MAX, &own) ||
	    !text_i64(argv[3], 0, INT32_MAX, &guarded)) {
		explain_unknown_call(c->text, argv[1]);
		return 1;
	}
	return own == 0 || guarded > 0 ? 0 : removal(c);
}

static int run(struct call *c, const char *first, const char *second)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(calls); i++)
		if (!strcmp(first, calls[i].first) &&
		    (!calls[i].second || !strcmp(second, calls[i].second)))
			return calls[i].run(c);
	if (!text_starts(first, "remove") && !text_starts(first, "purge"))
		return 0;
	explain_unknown_call(c->text, first);
	return 1;
}

int guard_run(const struct guard *guard, int argc, char *const *argv, struct buf *text)
{
	AUTO(call_done)
	struct call c = {.guard = guard, .text = text, .ledger_lock = -1};
	int at = 1;

	set_package(&c, guard_package(&c.a, guard->exe));
	c.keeper.path = arena_printf(&c.a, "%s%s", guard->root, KEEPER_SOCKET);
	if (argc > 1 && !strcmp(argv[1], "preun"))
		return preun(&c, argc, argv);
	if (argc > 1 && argv[1][0] == '/' && c.generated)
		return trigger(&c, argc, argv);
	/* A generated package's postinst is a script, and says whose. */
	if (argc > 2 && !strcmp(argv[1], "for") && is_package_name(argv[2], strlen(argv[2]))) {
		set_package(&c, argv[2]);
		at = 3;
	}
	return run(&c, at < argc ? argv[at] : "", at + 1 < argc ? argv[at + 1] : "");
}

const char *guard_package(struct arena *a, const char *exe)
{
	const char *file = exe ? strrchr(exe, '/') : NULL;
	const char *end;
	size_t n;

	if (!file)
		return GUARD_PACKAGE;
	n = (size_t)(++file - exe);
	if (n == strlen(RPM_FOLDER) && !strncmp(exe, RPM_FOLDER, n))
		return is_package_name(file, strlen(file))
			   ? arena_printf(a, GUARD_PREFIX "%s", file)
			   : GUARD_PACKAGE;
	if (n < strlen("/info/") ||
	    strncmp(file - strlen("/info/"), "/info/", strlen("/info/")) != 0)
		return GUARD_PACKAGE;
	end = strstr(file, ".prerm");
	if (!end || strcmp(end, ".prerm") != 0)
		return GUARD_PACKAGE;
	n = strcspn(file, ":");
	if (n > (size_t)(end - file))
		n = (size_t)(end - file);
	return is_package_name(file, n) ? arena_dup_n(a, file, n) : GUARD_PACKAGE;
}
