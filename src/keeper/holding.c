#include "keeper/holding.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fd.h"
#include "base/id.h"
#include "base/text.h"

#define SUFFIX ".jws"
/* Revocations leave half of the ledger to what this device does itself. */
#define REVOKED_MAX (LEDGER_MAX / 2)

const char *boot_id(struct arena *a)
{
	struct err e;
	AUTO(fd_closep) int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
	char text[ID_SIZE] = {0};

	if (fd < 0 || !fd_read_full(fd, text, ID_SIZE - 1, &e) || !text_printable(text, false))
		return "unknown";
	return arena_dup(a, text);
}

static void later(struct holding *h, int64_t ms)
{
	if (ms > h->signed_ms)
		h->signed_ms = ms;
}

static struct keys_pin pin_of(const struct holding *h, const struct device *d)
{
	struct keys_pin pin = {.org = d->anchor.org, .epoch = h->has_keys ? h->keys.epoch : 0};

	memcpy(pin.root, d->anchor.root, sizeof(pin.root));
	return pin;
}

/* --- reading back --------------------------------------------------------------------------------- */

static void keys_load(struct holding *h, const struct device *d)
{
	struct keys_pin pin = pin_of(h, d);
	struct err e;
	char *text;
	size_t n;

	h->has_keys = file_read(&h->arena, d->paths->keys, JWS_MAX, &text, &n, &e) &&
		      keys_verify(&h->arena, text, n, &pin, &h->keys, &e);
	if (h->has_keys)
		later(h, h->keys.time_ms);
}

static void statement_load(struct holding *h, const struct device *d)
{
	struct err e;
	char *text;
	size_t n;

	h->has_statement = h->has_keys &&
			   file_read(&h->arena, d->paths->statement, JWS_MAX, &text, &n, &e) &&
			   statement_verify(&h->arena, text, n, &h->keys, &h->statement, &e) &&
			   statement_check(&h->statement, &d->identity, 0, &e);
	if (!h->has_statement)
		return;
	h->statement_text = text;
	later(h, h->statement.time_ms);
}

static const char *grant_path(struct arena *a, const struct device *d, const char *id)
{
	return arena_printf(a, "%s/%s" SUFFIX, d->paths->grants, id);
}

static bool ours(const struct grant *grant, const struct device *d, int64_t now_ms,
		 enum grant_result *out)
{
	struct grant_use use = {.device = d->identity,
				.package = grant->package,
				.action = grant->action,
				.now_ms = now_ms};

	*out = grant_check(grant, &use);
	return *out == GRANT_GOOD || *out == GRANT_TOO_EARLY || *out == GRANT_EXPIRED;
}

static void grant_load(struct holding *h, const struct device *d, const char *name)
{
	struct grant *grant = &h->grants[h->grant_count];
	size_t n = strlen(name);
	enum grant_result result;
	struct err e;
	char *id, *text;

	if (n != ID_SIZE - 1 + strlen(SUFFIX) || !text_equal(name + ID_SIZE - 1, SUFFIX))
		return;
	id = arena_dup_n(&h->arena, name, ID_SIZE - 1);
	if (!file_read(&h->arena, grant_path(&h->arena, d, id), JWS_MAX, &text, &n, &e) ||
	    !grant_verify(&h->arena, text, n, &h->keys, grant, &e) || !text_equal(grant->id, id) ||
	    !ours(grant, d, 0, &result))
		return;
	h->grant_count++;
	later(h, grant->iat_ms);
}

static void grants_load(struct holding *h, const struct device *d)
{
	DIR *folder = opendir(d->paths->grants);
	struct dirent *entry;

	if (!folder)
		return;
	while (h->grant_count < HOLDING_MAX_GRANTS && (entry = readdir(folder)))
		grant_load(h, d, entry->d_name);
	(void)closedir(folder);
}

void holding_load(struct holding *h, const struct device *d)
{
	struct err e;
	holding_done(h);
	if (!d->known)
		return;
	if (!folder_make(d->paths->grants, 0700, &e))
		return;
	keys_load(h, d);
	statement_load(h, d);
	if (h->has_keys)
		grants_load(h, d);
}

void holding_done(struct holding *h)
{
	arena_done(&h->arena);
	*h = (struct holding){0};
}

int64_t holding_now_ms(const struct holding *h)
{
	int64_t now = clock_utc_ms();

	return now > h->signed_ms ? now : h->signed_ms;
}

/* --- taking --------------------------------------------------------------------------------------- */

static bool statement_judge(const struct holding *h, const struct device *d,
			    const struct keys *keys, const char *text, struct err *e)
{
	AUTO(arena_done) struct arena a = {0};
	int64_t least = h->has_statement ? h->statement.counter : 0;
	struct statement statement;

	if (!statement_verify(&a, text, strlen(text), keys, &statement, e) ||
	    !statement_check(&statement, &d->identity, least, e))
		return err_add(e, "statement");
	if (d->has_owner && !text_equal(statement.owner_id, d->owner_id))
		return err_set(e, ERR_FORBIDDEN, "statement: it names another owner");
	return true;
}

static bool rewrite(const char *path, const char *text, struct err *e)
{
	AUTO(arena_done) struct arena a = {0};
	struct err missing;
	char *old;

	if (file_read(&a, path, JWS_MAX, &old, NULL, &missing) && text_equal(old, text))
		return true;
	return file_replace(path, text, strlen(text), 0600, e);
}

bool holding_rules(struct holding *h, const struct device *d, const char *keys_text,
		   const char *statement_text, struct err *e)
{
	AUTO(arena_done) struct arena a = {0};
	struct keys_pin pin;
	const char *judged = statement_text ? statement_text : h->statement_text;
	struct keys keys = h->keys;
	if (!d->known)
		return err_set(e, ERR_CONFLICT, "this device is not enrolled");
	pin = pin_of(h, d);
	if (keys_text && !keys_verify(&a, keys_text, strlen(keys_text), &pin, &keys, e))
		return err_add(e, "key list");
	if (judged && !statement_judge(h, d, &keys, judged, e))
		return false;
	if (keys_text && !rewrite(d->paths->keys, keys_text, e))
		return false;
	if (statement_text && !rewrite(d->paths->statement, statement_text, e))
		return false;
	holding_load(h, d);
	return true;
}

bool holding_ledger(const struct device *d, struct arena *a, struct ledger *out, struct err *e)
{
	char *text;
	size_t n;

	if (!file_read(a, d->paths->ledger, LEDGER_MAX, &text, &n, e) ||
	    !ledger_read(a, text, n, out, e))
		return false;
	if (!text_equal(out->id, d->anchor.ledger))
		return err_set(e, ERR_INVALID, "the ledger is not this enrolment's");
	return true;
}

static struct ledger_moment moment(struct arena *a, int64_t now_ms)
{
	return (struct ledger_moment){
	    .boot = boot_id(a), .version = HOLDFAST_VERSION, .now_ms = now_ms};
}

static const struct grant *find(const struct holding *h, const char *id)
{
	size_t i;

	for (i = 0; i < h->grant_count; i++)
		if (text_equal(h->grants[i].id, id))
			return &h->grants[i];
	return NULL;
}

/* Bindings, time and the ledger; the grant's own time counts as seen. */
static bool grant_judge(struct arena *a, const struct holding *h, const struct device *d,
			const struct grant *grant, struct err *e)
{
	int64_t now_ms = holding_now_ms(h) > grant->iat_ms ? holding_now_ms(h) : grant->iat_ms;
	struct ledger_moment at = moment(a, now_ms);
	enum grant_result result;
	struct ledger ledger;

	if (!ours(grant, d, now_ms, &result))
		return err_set(e, ERR_FORBIDDEN, "the grant is %s", grant_result_text(result));
	if (result == GRANT_EXPIRED)
		return err_set(e, ERR_GONE, "the grant is %s", grant_result_text(result));
	if (!holding_ledger(d, a, &ledger, e))
		return false;
	switch (ledger_grant_state(&ledger, grant->id, &at, NULL)) {
	case LEDGER_UNUSED:
	case LEDGER_GIVEN_BACK:
		return true;
	case LEDGER_USED:
		return err_set(e, ERR_GONE, "the grant was used already");
	case LEDGER_CANCELLED:
		return err_set(e, ERR_GONE, "the grant was revoked");
	}
	return err_set(e, ERR_INTERNAL, "unknown ledger state");
}

/* Room for one more: the grant that ended longest ago makes it. */
static bool make_room(const struct holding *h, const struct device *d, struct err *e)
{
	AUTO(arena_done) struct arena a = {0};
	const struct grant *oldest = NULL;
	size_t i;

	if (h->grant_count < HOLDING_MAX_GRANTS)
		return true;
	for (i = 0; i < h->grant_count; i++) {
		const struct grant *grant = &h->grants[i];

		if (grant->exp_ms && grant->exp_ms < holding_now_ms(h) &&
		    (!oldest || grant->exp_ms < oldest->exp_ms))
			oldest = grant;
	}
	if (!oldest)
		return err_set(e, ERR_TOO_MANY, "this device holds %d grants already",
			       HOLDING_MAX_GRANTS);
	return file_remove(grant_path(&a, d, oldest->id), e);
}

bool holding_grant(struct holding *h, const struct device *d, const char *text,
		   const struct grant **out, struct err *e)
{
	AUTO(arena_done) struct arena a = {0};
	struct grant grant;

	if (d->standing != DEVICE_ENROLLED || !h->has_keys)
		return err_set(e, ERR_CONFLICT, "this device is not enrolled");
	if (!grant_verify(&a, text, strlen(text), &h->keys, &grant, e) ||
	    !grant_judge(&a, h, d, &grant, e))
		return false;
	if (!find(h, grant.id)) {
		if (!make_room(h, d, e) ||
		    !file_replace(grant_path(&a, d, grant.id), text, strlen(text), 0600, e))
			return false;
		holding_load(h, d);
	}
	*out = find(h, grant.id);
	return *out ? true : err_set(e, ERR_IO, "the grant cannot be read back");
}

/* --- the ledger ----------------------------------------------------------------------------------- */

/* Reads the file that fd is locked on. */
static bool ledger_locked(int fd, struct arena *a, struct ledger *out, struct err *e)
{
	struct stat st;
	char *text;

	if (fstat(fd, &st) < 0)
		return err_errno(e, "ledger");
	if (st.st_size > LEDGER_MAX)
		return err_set(e, ERR_TOO_LARGE, "the ledger is over its maximum");
	text = arena_alloc(a, (size_t)st.st_size + 1);
	return fd_read_full(fd, text, (size_t)st.st_size, e) &&
	       ledger_read(a, text, (size_t)st.st_size, out, e);
}

static bool ledger_add(int fd, const struct ledger *ledger, const char *line, struct err *e)
{
	if (ledger->whole + strlen(line) > REVOKED_MAX)
		return err_set(e, ERR_TOO_LARGE, "the ledger has no room for revocations");
	/* Half a line that a crash left must not become part of this one. */
	if (ftruncate(fd, (off_t)ledger->whole) < 0 || lseek(fd, 0, SEEK_END) < 0)
		return err_errno(e, "ledger");
	if (!fd_write_full(fd, line, strlen(line), e))
		return err_add(e, "ledger");
	return fsync(fd) < 0 ? err_errno(e, "ledger") : true;
}

bool holding_revoke(struct holding *h, const struct device *d, const char *id, struct err *e)
{
	AUTO(arena_done) struct arena a = {0};
	AUTO(fd_closep) int fd = open(d->paths->ledger, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	struct ledger_entry entry = {
	    .kind = LEDGER_REVOKED, .grant = id, .time_ms = clock_utc_ms()};
	struct ledger_moment at = moment(&a, holding_now_ms(h));
	enum ledger_state state;
	struct ledger ledger;

	if (!id_valid(id))
		return err_set(e, ERR_INVALID, "that is no grant's id");
	if (fd < 0 || flock(fd, LOCK_EX) < 0)
		return err_errno(e, "ledger");
	if (!ledger_locked(fd, &a, &ledger, e))
		return false;
	state = ledger_grant_state(&ledger, id, &at, NULL);
	if (state == LEDGER_USED)
		return true;
	if (state != LEDGER_CANCELLED && !ledger_add(fd, &ledger, ledger_line(&a, &entry), e))
		return false;
	if (!file_remove(grant_path(&a, d, id), e))
		return false;
	if (find(h, id))
		holding_load(h, d);
	return true;
}

/* package or id NULL: any. */
static const struct grant *good_grant(const struct holding *h, const struct device *d,
				      const char *package, const char *id)
{
	AUTO(arena_done) struct arena a = {0};
	struct grant_use use = {
	    .device = d->identity, .action = GRANT_UNINSTALL, .now_ms = holding_now_ms(h)};
	struct ledger_moment at = moment(&a, use.now_ms);
	struct ledger ledger;
	struct err e;
	size_t i;

	if (!h->grant_count || !holding_ledger(d, &a, &ledger, &e))
		return NULL;
	for (i = 0; i < h->grant_count; i++) {
		const struct grant *grant = &h->grants[i];
		enum ledger_state state = ledger_grant_state(&ledger, grant->id, &at, NULL);

		use.package = package ? package : grant->package;
		if ((!id || text_equal(grant->id, id)) && grant_check(grant, &use) == GRANT_GOOD &&
		    (state == LEDGER_UNUSED || state == LEDGER_GIVEN_BACK))
			return grant;
	}
	return NULL;
}

bool holding_used_up(struct holding *h, const struct device *d, const char *grant, struct err *e)
{
	AUTO(arena_done) struct arena a = {0};

	if (!id_valid(grant))
		return err_set(e, ERR_INVALID, "that is no grant's id");
	if (!file_remove(grant_path(&a, d, grant), e))
		return false;
	holding_load(h, d);
	return true;
}

const struct grant *holding_good_grant(const struct holding *h, const struct device *d,
				       const char *package)
{
	return good_grant(h, d, package, NULL);
}

const struct grant *holding_good_grant_of(const struct holding *h, const struct device *d,
					  const char *id)
{
	return good_grant(h, d, NULL, id);
}

const char *holding_package_of(const struct holding *h, const char *grant)
{
	const struct grant *held = find(h, grant);

	return held ? held->package : NULL;
}

bool holding_blocks(const struct holding *h, const char *package)
{
	return h->has_statement && h->statement.mode == STATEMENT_BLOCK && h->statement.covered &&
	       statement_protects(&h->statement, package);
}
