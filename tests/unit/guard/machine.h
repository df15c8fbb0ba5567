/* A machine below a folder of its own: enrolled, protected, with whatever a test changes. */
#pragma once

#include <ftw.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../grant/signing.h"
#include "base/clock.h"
#include "base/fd.h"
#include "guard/guard.h"
#include "guard/state.h"

#define LEDGER_ID "01900000-0000-7000-8000-000000000007"
#define BOOT "3f0c1b52-7d0e-4a3b-9a51-0f6d1c2b3a49"

struct machine {
	struct signing s;
	char root[32];
	struct guard guard;
	struct buf text; /* what the guard said last */
};

static inline const char *machine_path(struct machine *m, const char *path)
{
	return arena_printf(&m->s.a, "%s%s", m->root, path);
}

static inline void machine_write_bytes(struct machine *m, const char *path, const void *bytes,
				       size_t n)
{
	FILE *f = fopen(machine_path(m, path), "w");

	assert_non_null(f);
	assert_int_equal(fwrite(bytes, 1, n, f), n);
	assert_int_equal(fclose(f), 0);
}

static inline void machine_write(struct machine *m, const char *path, const char *text)
{
	machine_write_bytes(m, path, text, strlen(text));
}

static inline const char *machine_read(struct machine *m, const char *path)
{
	char *text;

	if (!file_read(&m->s.a, machine_path(m, path), 2 << 20, &text, NULL, &m->s.e))
		fail_msg("%s", m->s.e.text);
	return text;
}

static inline void machine_remove(struct machine *m, const char *path)
{
	assert_int_equal(unlink(machine_path(m, path)), 0);
}

static inline const char *machine_ledger(struct machine *m)
{
	return machine_read(m, "/var/lib/holdfast/ledger") + strlen("holdfast-ledger 1 \n") +
	       strlen(LEDGER_ID);
}

static inline void machine_state(struct machine *m, const struct statement *statement)
{
	const char *text;

	assert_true(statement_sign(&m->s.a, &m->s.epoch, statement, &text, &m->s.e));
	machine_write(m, "/var/lib/holdfast/statement.jws", text);
}

static inline const char *machine_grant(struct machine *m, const struct grant *grant)
{
	const char *text;

	assert_true(grant_sign(&m->s.a, &m->s.epoch, grant, &text, &m->s.e));
	machine_write(m, arena_printf(&m->s.a, "/var/lib/holdfast/grants/%s.jws", grant->id), text);
	return text;
}

static inline void machine_enrol(struct machine *m)
{
	struct anchor anchor = {.org = ORG, .device = DEVICE, .ledger = LEDGER_ID};
	struct statement statement = signing_statement(&m->s);
	char key[DEVICE_KEY_TEXT_SIZE];
	const char *keys;

	memcpy(anchor.root, m->s.root.public, sizeof(anchor.root));
	device_key_text(&m->s.device, key);
	assert_true(keys_sign(&m->s.a, &m->s.root, &m->s.keys, &keys, &m->s.e));
	machine_write(m, "/etc/holdfast/enrolled", DEVICE "\n");
	machine_write(m, "/var/lib/holdfast/anchor", anchor_text(&m->s.a, &anchor));
	machine_write(m, "/var/lib/holdfast/device.key", key);
	machine_write(m, "/var/lib/holdfast/keys.jws", keys);
	machine_write(m, "/var/lib/holdfast/ledger", ledger_first_line(&m->s.a, LEDGER_ID));
	machine_state(m, &statement);
}

/* Not enrolled yet. */
static inline int machine_new(void **state)
{
	static const char *const folders[] = {"/etc/holdfast", "/var/lib/holdfast/grants",
					      "/run/holdfast", "/proc/sys/kernel/random"};
	struct machine *m = mem_new(struct machine);
	size_t i;

	if (!crypto_start(&m->s.e))
		return -1;
	m->s.root = signing_key(1);
	m->s.epoch = signing_key(2);
	m->s.device = signing_key(3);
	crypto_thumbprint(m->s.device.public, m->s.device_kid);
	m->s.keys = signing_keys(&m->s.epoch);
	strcpy(m->root, "/tmp/holdfast-guard-XXXXXX");
	if (!mkdtemp(m->root))
		return -1;
	for (i = 0; i < ARRAY_SIZE(folders); i++)
		if (!folder_make(machine_path(m, folders[i]), 0700, &m->s.e))
			return -1;
	machine_write(m, "/proc/sys/kernel/random/boot_id", BOOT "\n");
	m->guard = (struct guard){.root = m->root, .version = "0.1.0", .now_ms = NOW + HOUR};
	*state = m;
	return 0;
}

static inline int machine_start(void **state)
{
	if (machine_new(state) != 0)
		return -1;
	machine_enrol(*state);
	return 0;
}

static inline int machine_delete(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static inline int machine_end(void **state)
{
	struct machine *m = *state;

	(void)nftw(m->root, machine_delete, 16, FTW_DEPTH | FTW_PHYS);
	buf_done(&m->text);
	arena_done(&m->s.a);
	mem_free(m);
	return 0;
}

static inline int machine_run(struct machine *m, const char *first, const char *second)
{
	char *const argv[] = {(char *)"guard", (char *)first, (char *)second, NULL};

	buf_reset(&m->text);
	return guard_run(&m->guard, second ? 3 : 2, argv, &m->text);
}

static inline int machine_try(struct machine *m)
{
	return machine_run(m, "remove", NULL);
}

static inline void machine_said(const struct machine *m, const char *words)
{
	if (!m->text.data || !strstr(m->text.data, words))
		fail_msg("\"%s\" is not in:\n%s", words, m->text.data ? m->text.data : "");
}
