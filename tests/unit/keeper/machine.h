/* An enrolled device in a folder of its own, and the server's keys to sign for it. */
#pragma once

#include "../unit.h"

#include <ftw.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fd.h"
#include "base/id.h"
#include "base/text.h"
#include "keeper/holding.h"

struct machine {
	char root[32];
	struct arena arena;
	struct paths paths;
	struct device device;
	struct holding holding;
	struct crypto_keypair root_key, epoch_key, device_key;
	char org[ID_SIZE], id[ID_SIZE], owner[ID_SIZE];
	char thumbprint[CRYPTO_THUMBPRINT_SIZE];
	int64_t now_ms;
};

static inline const char *sign_keys(struct machine *m, int64_t epoch,
				    const struct crypto_keypair *root)
{
	struct keys keys = {.org = m->org, .epoch = epoch, .time_ms = m->now_ms, .count = 1};
	const char *text;
	struct err e;

	memcpy(keys.key[0].public, m->epoch_key.public, CRYPTO_PUBLIC_SIZE);
	keys.key[0].nbf_ms = m->now_ms - 1000;
	keys.key[0].exp_ms = m->now_ms + 1000000;
	assert_true(keys_sign(&m->arena, root, &keys, &text, &e));
	return text;
}

static inline struct statement statement_of(struct machine *m, int64_t counter)
{
	static const char *package = "holdfast-client";
	static const struct statement_prompt prompt = {"t", "c", "p", "s"};

	return (struct statement){.org = m->org,
				  .device = m->id,
				  .key = m->thumbprint,
				  .counter = counter,
				  .basis = "basis",
				  .time_ms = m->now_ms,
				  .owner_id = m->owner,
				  .owner_name = "李华",
				  .device_name = "laptop-42",
				  .organisation = "",
				  .mode = STATEMENT_BLOCK,
				  .covered = true,
				  .why = "group",
				  .packages = {.items = &package, .count = 1},
				  .filing = true,
				  .contact = "",
				  .zh = prompt,
				  .en = prompt};
}

static inline const char *sign_statement(struct machine *m, const struct statement *s)
{
	const char *text;
	struct err e;

	assert_true(statement_sign(&m->arena, &m->epoch_key, s, &text, &e));
	return text;
}

static inline struct grant grant_of(struct machine *m, char id[static ID_SIZE])
{
	id_new(id);
	return (struct grant){.id = id,
			      .org = m->org,
			      .device = m->id,
			      .key = m->thumbprint,
			      .action = GRANT_UNINSTALL,
			      .package = "holdfast-client",
			      .instance = id,
			      .number = "HF-000001",
			      .iat_ms = m->now_ms,
			      .nbf_ms = m->now_ms,
			      .exp_ms = m->now_ms + 500000};
}

static inline const char *sign_grant(struct machine *m, const struct grant *g)
{
	const char *text;
	struct err e;

	assert_true(grant_sign(&m->arena, &m->epoch_key, g, &text, &e));
	return text;
}

static inline int machine_new(void **state)
{
	struct machine *m = mem_new(struct machine);
	struct enrolment enrolment;
	char root[TEXT_BASE64_SIZE(CRYPTO_PUBLIC_SIZE)];
	struct statement statement;
	struct err e;

	assert_true(crypto_start(&e));
	(void)snprintf(m->root, sizeof(m->root), "/tmp/hf-unit-XXXXXX");
	assert_non_null(mkdtemp(m->root));
	paths_fill(&m->arena, m->root, &m->paths);
	crypto_keypair_new(&m->root_key);
	crypto_keypair_new(&m->epoch_key);
	crypto_keypair_new(&m->device_key);
	crypto_thumbprint(m->device_key.public, m->thumbprint);
	id_new(m->org);
	id_new(m->id);
	id_new(m->owner);
	m->now_ms = clock_utc_ms();
	text_base64url(m->root_key.public, CRYPTO_PUBLIC_SIZE, root);
	statement = statement_of(m, 10);
	enrolment = (struct enrolment){.org = m->org,
				       .device = m->id,
				       .root = root,
				       .keys = sign_keys(m, 3, &m->root_key),
				       .statement = sign_statement(m, &statement),
				       .uid = 1000};
	assert_true(device_load(&m->device, &m->paths, &e));
	assert_int_equal(m->device.standing, DEVICE_NEW);
	assert_true(device_enrol(&m->device, &m->device_key, &enrolment, &e));
	holding_load(&m->holding, &m->device);
	*state = m;
	return 0;
}

static inline int remove_one(const char *path, [[maybe_unused]] const struct stat *st,
			     [[maybe_unused]] int kind, [[maybe_unused]] struct FTW *at)
{
	return remove(path);
}

static inline int machine_free(void **state)
{
	struct machine *m = *state;

	holding_done(&m->holding);
	device_done(&m->device);
	(void)nftw(m->root, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	arena_done(&m->arena);
	mem_free(m);
	return 0;
}
