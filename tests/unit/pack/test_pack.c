/* The packages are read by the package managers' own tools, where a machine has them. */
#include "../unit.h"

#include <stdio.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/fd.h"
#include "crypto/crypto.h"
#include "pack/pack.h"

static const char guard[] = "#!/bin/false\nnot a real one, but bytes\n";

static const struct pack example = {
    .name = "holdfast-guards-osquery",
    .version = "0.1.0",
    .release = "1",
    .architecture = "amd64",
    .guarded = "osquery",
    .en = {"keeps osquery installed until its removal is approved",
	   "osquery is protected.\n\nRun: holdfast uninstall osquery\n"},
    .zh = {"未经批准不得卸载 osquery", "osquery 受您的组织保护。\n"},
    .guard = guard,
    .guard_size = sizeof(guard) - 1,
    .time_s = 1763830479,
};

struct scene {
	struct arena a;
	char folder[32], *file;
	struct buf bytes;
};

static int scene_new(void **state)
{
	struct scene *s = mem_new(struct scene);

	(void)snprintf(s->folder, sizeof(s->folder), "/tmp/hf-pack-XXXXXX");
	assert_non_null(mkdtemp(s->folder));
	s->file = arena_printf(&s->a, "%s/package", s->folder);
	*state = s;
	return 0;
}

static int scene_free(void **state)
{
	struct scene *s = *state;

	(void)unlink(s->file);
	(void)rmdir(s->folder);
	buf_done(&s->bytes);
	arena_done(&s->a);
	mem_free(s);
	return 0;
}

/* What the command says about the package; the test is skipped where there is no such command. */
static const char *ask(struct scene *s, const char *command)
{
	struct err e;
	char text[8192] = {0};
	size_t n;
	FILE *out;

	assert_true(file_replace(s->file, s->bytes.data, s->bytes.len, 0600, &e));
	out = popen(
	    arena_printf(&s->a, "exec 2>&1; cd %s; export LC_ALL=C.UTF-8; %s", s->folder, command),
	    "r");
	assert_non_null(out);
	n = fread(text, 1, sizeof(text) - 1, out);
	text[n] = '\0';
	switch (pclose(out)) {
	case 0:
		return arena_dup(&s->a, text);
	case 127 << 8:
		skip();
		break;
	default:
		fail_msg("%s: %s", command, text);
	}
	return NULL;
}

static void has(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("no \"%s\" in:\n%s", part, text);
}

static void dpkg_reads_a_deb(void **state)
{
	struct scene *s = *state;
	const char *text;

	pack_deb(&example, &s->bytes);
	text = ask(s, "dpkg-deb --info package");
	has(text, "Package: holdfast-guards-osquery\n");
	has(text, "Version: 0.1.0-1\n");
	has(text, "Depends: osquery\n");
	has(text, "osquery 受您的组织保护。\n");
	has(text, "Run: holdfast uninstall osquery\n  .\n");
	text = ask(s, "dpkg-deb --contents package");
	has(text, "drwxr-xr-x root/root");
	assert_string_equal(strchr(text, '\n') + 1, "");
	assert_string_equal(ask(s, "dpkg-deb --ctrl-tarfile package | tar -xO ./prerm"), guard);
	has(ask(s, "dpkg-deb --ctrl-tarfile package | tar -tv ./prerm"), "-rwxr-xr-x root/root");
}

static void rpm_reads_an_rpm_and_finds_its_digests_good(void **state)
{
	struct scene *s = *state;
	struct pack p = example;
	const char *text;

	p.architecture = "x86_64";
	pack_rpm(&p, &s->bytes);
	text = ask(s, "rpm -K -v package");
	has(text, "Header SHA256 digest: OK");
	has(text, "Header SHA1 digest: OK");
	has(text, "Payload SHA256 digest: OK");
	text = ask(s, "rpm -qip package");
	has(text, "Name        : holdfast-guards-osquery\n");
	has(text, "keeps osquery installed");
	has(ask(s, "LANGUAGE=zh_CN rpm -qp --qf '[%{SUMMARY}]' package"), "osquery");
	has(ask(s, "rpm -qp --requires package"), "osquery\n");
	has(ask(s, "rpm -qp --dump package"), "/usr/lib/holdfast/guards/osquery 39 1763830479 ");
	has(ask(s, "rpm -qp --scripts package"), "/usr/lib/holdfast/guards/osquery");
	has(ask(s, "rpm -qp --triggers package"), "triggerun scriptlet (using "
						  "/usr/lib/holdfast/guards/osquery) -- osquery");
	assert_string_equal(
	    ask(s, "rpm2cpio package | cpio --quiet -i --to-stdout './usr/lib/holdfast/guards/*'"),
	    guard);
}

static void a_changed_byte_is_found_by_rpm(void **state)
{
	struct scene *s = *state;

	pack_rpm(&example, &s->bytes);
	s->bytes.data[s->bytes.len - 100] ^= 1;
	has(ask(s, "rpm -K -v package || :"), "Payload SHA256 digest: BAD");
}

/* More than one stored block, and a size that nothing divides. */
static void a_guard_of_a_real_size_comes_out_as_it_went_in(void **state)
{
	struct scene *s = *state;
	struct pack p = example;
	size_t n = 900001, i;
	unsigned char *bytes = arena_alloc(&s->a, n), hash[CRYPTO_HASH_SIZE];
	char hex[2 * CRYPTO_HASH_SIZE + 1];

	for (i = 0; i < n; i++)
		bytes[i] = (unsigned char)(i * 2654435761U >> 13);
	crypto_sha256(bytes, n, hash);
	for (i = 0; i < sizeof(hash); i++)
		(void)snprintf(hex + 2 * i, 3, "%02x", hash[i]);
	p.guard = bytes;
	p.guard_size = n;
	pack_deb(&p, &s->bytes);
	has(ask(s, "dpkg-deb --ctrl-tarfile package | tar -xO ./prerm | sha256sum"), hex);
	buf_reset(&s->bytes);
	pack_rpm(&p, &s->bytes);
	has(ask(s, "rpm2cpio package | cpio --quiet -i --to-stdout './usr/lib/holdfast/guards/*' | "
		   "sha256sum"),
	    hex);
	has(ask(s, "rpm -K package"), "digests OK");
}

static void the_same_package_is_the_same_bytes(void **state)
{
	struct scene *s = *state;
	AUTO(buf_done) struct buf again = {0};

	pack_deb(&example, &s->bytes);
	pack_rpm(&example, &s->bytes);
	pack_deb(&example, &again);
	pack_rpm(&example, &again);
	assert_int_equal(s->bytes.len, again.len);
	assert_memory_equal(s->bytes.data, again.data, again.len);
}

#define SCENE_TEST(fn) cmocka_unit_test_setup_teardown(fn, scene_new, scene_free)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    SCENE_TEST(dpkg_reads_a_deb),
	    SCENE_TEST(rpm_reads_an_rpm_and_finds_its_digests_good),
	    SCENE_TEST(a_changed_byte_is_found_by_rpm),
	    SCENE_TEST(a_guard_of_a_real_size_comes_out_as_it_went_in),
	    SCENE_TEST(the_same_package_is_the_same_bytes),
	};
	struct err e;

	return crypto_start(&e) ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
