#include "guard/state.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "base/id.h"
#include "base/text.h"

#define GRANTS_FOLDER "/var/lib/holdfast/grants"
#define MARK_MAX 64

static const struct {
	const char *path;
	size_t max;
	bool enrols; /* its being there means that the machine was enrolled */
} files[] = {
    [STATE_MARK] = {"/etc/holdfast/enrolled", MARK_MAX, true},
    [STATE_ANCHOR] = {"/var/lib/holdfast/anchor", ANCHOR_MAX, true},
    [STATE_DEVICE_KEY] = {"/var/lib/holdfast/device.key", DEVICE_KEY_MAX, true},
    [STATE_KEYS] = {"/var/lib/holdfast/keys.jws", JWS_MAX, false},
    [STATE_STATEMENT] = {"/var/lib/holdfast/statement.jws", JWS_MAX, false},
    [STATE_LEDGER] = {"/var/lib/holdfast/ledger", LEDGER_MAX, true},
};

const char *state_path(struct arena *a, const char *root, enum state_file file)
{
	return arena_printf(a, "%s%s", root, files[file].path);
}

bool state_enrolled(struct arena *a, const char *root)
{
	struct stat st;
	int i;

	for (i = 0; i < STATE_FILE_COUNT; i++)
		if (files[i].enrols && (lstat(state_path(a, root, i), &st) == 0 || errno != ENOENT))
			return true;
	return false;
}

bool state_read(struct arena *a, const char *root, struct state *out, struct err *e)
{
	struct state_text texts[STATE_FILE_COUNT] = {0};
	bool read = true;
	int i;

	for (i = 0; read && i < STATE_FILE_COUNT; i++)
		read = file_read(a, state_path(a, root, i), files[i].max, &texts[i].bytes,
				 &texts[i].n, e);
	if (!read) {
		crypto_wipe(texts[STATE_DEVICE_KEY].bytes, texts[STATE_DEVICE_KEY].n);
		return false;
	}
	return state_check(a, texts, out, e);
}

static bool check_device_key(struct state_text *text, struct state *out, struct err *e)
{
	struct crypto_keypair pair = {0};
	bool good = device_key_read(text->bytes, text->n, &pair, e);

	crypto_wipe(text->bytes, text->n);
	if (good)
		crypto_thumbprint(pair.public, out->key);
	crypto_wipe(&pair, sizeof(pair));
	return good;
}

bool state_check(struct arena *a, struct state_text texts[static STATE_FILE_COUNT],
		 struct state *out, struct err *e)
{
	const struct state_text *mark = &texts[STATE_MARK], *anchor = &texts[STATE_ANCHOR],
				*keys = &texts[STATE_KEYS], *statement = &texts[STATE_STATEMENT],
				*ledger = &texts[STATE_LEDGER];
	struct keys_pin pin = {0};

	if (!check_device_key(&texts[STATE_DEVICE_KEY], out, e) ||
	    !anchor_read(a, anchor->bytes, anchor->n, &out->anchor, e))
		return false;
	if (mark->n != ID_SIZE || mark->bytes[ID_SIZE - 1] != '\n' ||
	    strncmp(mark->bytes, out->anchor.device, ID_SIZE - 1) != 0)
		return err_set(e, ERR_INVALID, "the enrolment mark does not name this device");
	pin.org = out->anchor.org;
	memcpy(pin.root, out->anchor.root, sizeof(pin.root));
	out->device = (struct device_identity){out->anchor.org, out->anchor.device, out->key};
	if (!keys_verify(a, keys->bytes, keys->n, &pin, &out->keys, e) ||
	    !statement_verify(a, statement->bytes, statement->n, &out->keys, &out->statement, e) ||
	    !statement_check(&out->statement, &out->device, 0, e) ||
	    !ledger_read(a, ledger->bytes, ledger->n, &out->ledger, e))
		return false;
	if (strcmp(out->ledger.id, out->anchor.ledger) != 0)
		return err_set(e, ERR_INVALID, "the ledger is not the one made at enrolment");
	return true;
}

/* "<grant id>.jws" */
static bool is_grant_name(const char *name)
{
	char id[ID_SIZE] = {0};

	if (strlen(name) != ID_SIZE - 1 + strlen(".jws") || strcmp(name + ID_SIZE - 1, ".jws") != 0)
		return false;
	memcpy(id, name, ID_SIZE - 1);
	return id_valid(id);
}

static void read_grant(struct arena *a, const char *path, const struct keys *keys,
		       struct state_grant *out)
{
	struct err e = {0};
	char *text;
	size_t n;

	out->verified = file_read(a, path, JWS_MAX, &text, &n, &e) &&
			grant_verify(a, text, n, keys, &out->grant, &e);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void closedirp(DIR **dir)
{
	if (*dir)
		(void)closedir(*dir);
}

void state_grants(struct arena *a, const char *root, const struct keys *keys,
		  struct state_grants *out)
{
	const char *folder = arena_printf(a, "%s%s", root, GRANTS_FOLDER);
	AUTO(closedirp) DIR *dir = opendir(folder);
	const char *names[STATE_MAX_GRANTS];
	const struct dirent *entry;
	size_t i, n = 0;

	*out = (struct state_grants){0};
	for (entry = dir ? readdir(dir) : NULL; entry && n < ARRAY_SIZE(names);
	     entry = readdir(dir))
		if (is_grant_name(entry->d_name))
			names[n++] = arena_dup(a, entry->d_name);
	qsort(names, n, sizeof(names[0]), by_name);
	out->items = arena_array(a, n, sizeof(*out->items));
	out->count = n;
	for (i = 0; i < n; i++)
		read_grant(a, arena_printf(a, "%s/%s", folder, names[i]), keys, &out->items[i]);
}

static int64_t later(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

int64_t state_trusted_now(const struct state *state, const struct state_grants *grants,
			  int64_t clock_ms)
{
	int64_t now = later(clock_ms, later(state->keys.time_ms, state->statement.time_ms));
	size_t i;

	for (i = 0; i < grants->count; i++)
		if (grants->items[i].verified)
			now = later(now, grants->items[i].grant.iat_ms);
	return now;
}
