/* What the package's manifest says, and what systemd would make of the unit's files. */
#include "../unit.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/text.h"
#include "keeper/manifest.h"
#include "keeper/units.h"

#define HASH "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
#define HEAD "holdfast-manifest 1 0.1.0 amd64\n"

static bool parses(const char *text, struct arena *a, struct manifest *out)
{
	struct err e;

	return manifest_parse(a, text, strlen(text), out, &e);
}

static void a_manifest_is_read_as_it_was_written(void **state)
{
	AUTO(arena_done) struct arena a = {0};
	struct manifest m;

	(void)state;
	assert_true(parses(HEAD HASH " 755 /usr/bin/hold fast\n" HASH " 4755 /usr/x\n" HASH
				     " script prerm\n",
			   &a, &m));
	assert_string_equal(m.version, "0.1.0");
	assert_string_equal(m.architecture, "amd64");
	assert_int_equal(m.count, 3);
	assert_string_equal(m.entries[0].name, "/usr/bin/hold fast");
	assert_int_equal(m.entries[0].mode, 0755);
	assert_int_equal(m.entries[0].hash[1], 0x11);
	assert_int_equal(m.entries[1].mode, 04755);
	assert_true(m.entries[2].script);
	assert_string_equal(m.entries[2].name, "prerm");
	/* sha256sum of the first line alone. */
	assert_true(parses(HEAD, &a, &m));
	assert_string_equal(m.id,
			    "3aafc88923590eb949d54e1c63c89c77ba3c285c3a4334ec74d015e3e6169d83");
}

static void what_is_no_manifest_is_refused(void **state)
{
	static const char *const texts[] = {
	    "",
	    "holdfast-manifest 1 0.1.0 amd64",
	    "holdfast-manifest 2 0.1.0 amd64\n",
	    "holdfast-manifest 1 0.1.0\n",
	    "holdfast-manifest 1  amd64\n",
	    HEAD HASH " 755 /usr/x",
	    HEAD HASH " 755 usr/x\n",
	    HEAD HASH " 755\n",
	    HEAD HASH " 788 /usr/x\n",
	    HEAD HASH " 75555 /usr/x\n",
	    HEAD "00 755 /usr/x\n",
	    HEAD HASH "00 755 /usr/x\n",
	    HEAD HASH " script ../x\n",
	    HEAD "\n",
	    HEAD "Z" HASH " 755 /usr/x\n",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		AUTO(arena_done) struct arena a = {0};
		struct manifest m;

		if (parses(texts[i], &a, &m))
			fail_msg("taken: %s", texts[i]);
	}
}

/* --- the unit --- */

#define OWN "[Unit]\nRefuseManualStop=yes\n"
#define UNIT "/usr/lib/systemd/system/" UNIT_NAME
#define WANTS "/etc/systemd/system/multi-user.target.wants/" UNIT_NAME

struct root {
	char path[32];
	struct arena arena;
	struct paths paths;
};

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *at)
{
	(void)st;
	(void)kind;
	(void)at;
	return remove(path);
}

static void root_done(struct root *r)
{
	(void)nftw(r->path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	arena_done(&r->arena);
}

static const char *prepare(struct root *r, const char *path)
{
	const char *full = arena_printf(&r->arena, "%s%s", r->path, path);
	char *folder = arena_dup(&r->arena, full);
	struct err e;

	*strrchr(folder, '/') = '\0';
	assert_true(folder_make(folder, 0755, &e));
	return full;
}

static void put(struct root *r, const char *path, const char *text)
{
	struct err e;

	assert_true(file_replace(prepare(r, path), text, strlen(text), 0644, &e));
}

static void link_to(struct root *r, const char *path, const char *to)
{
	assert_int_equal(symlink(to, prepare(r, path)), 0);
}

/* As the package leaves it. */
static void root_make(struct root *r)
{
	*r = (struct root){.path = "/tmp/hf-units-XXXXXX"};
	assert_non_null(mkdtemp(r->path));
	paths_fill(&r->arena, r->path, &r->paths);
	put(r, UNIT, "[Unit]\n");
	link_to(r, WANTS, UNIT);
}

static void what_is_done_to_the_unit_is_seen_in_its_files(void **state)
{
	static const struct {
		const char *path, *to, *text; /* to: a link; text: a file; neither: taken away */
		struct unit_look look;
	} cases[] = {
	    {"/tmp/nothing", NULL, "", {0}},
	    {"/etc/systemd/system/" UNIT_NAME,
	     "/dev/null",
	     NULL,
	     {.masked = "/etc/systemd/system/" UNIT_NAME}},
	    {"/run/systemd/system/" UNIT_NAME,
	     "/dev/null",
	     NULL,
	     {.masked = "/run/systemd/system/" UNIT_NAME}},
	    {"/etc/systemd/system/" UNIT_NAME,
	     NULL,
	     "",
	     {.masked = "/etc/systemd/system/" UNIT_NAME}},
	    {"/etc/systemd/system/" UNIT_NAME,
	     NULL,
	     "[Service]\nExecStart=/bin/true\n",
	     {.overridden = "/etc/systemd/system/" UNIT_NAME}},
	    {"/etc/systemd/system/" UNIT_NAME,
	     "/tmp/other.service",
	     NULL,
	     {.overridden = "/etc/systemd/system/" UNIT_NAME}},
	    {"/etc/systemd/system/" UNIT_NAME ".d/x.conf",
	     NULL,
	     "[Unit]\nRefuseManualStop=no\n",
	     {.overridden = "/etc/systemd/system/" UNIT_NAME ".d/x.conf"}},
	    {"/run/systemd/system.control/" UNIT_NAME ".d/50-Kill.conf",
	     NULL,
	     "[Service]\n",
	     {.overridden = "/run/systemd/system.control/" UNIT_NAME ".d/50-Kill.conf"}},
	    {"/etc/systemd/system/holdfast-.service.d/x.conf",
	     NULL,
	     "[Unit]\n",
	     {.overridden = "/etc/systemd/system/holdfast-.service.d/x.conf"}},
	    {"/usr/lib/systemd/system/" UNIT_NAME ".d/x.conf",
	     NULL,
	     "[Service]\nExecStart=\nExecStart=/bin/sleep inf\n",
	     {.overridden = "/usr/lib/systemd/system/" UNIT_NAME ".d/x.conf"}},
	    {"/run/systemd/generator.late/" UNIT_NAME ".d/x.conf",
	     NULL,
	     "[Service]\n",
	     {.overridden = "/run/systemd/generator.late/" UNIT_NAME ".d/x.conf"}},
	    {"/etc/systemd/system.attached/" UNIT_NAME,
	     NULL,
	     "[Service]\nExecStart=/bin/true\n",
	     {.overridden = "/etc/systemd/system.attached/" UNIT_NAME}},
	    {"/etc/systemd/system/" UNIT_NAME ".d/notes.txt", NULL, "no drop-in", {0}},
	    /* The keeper's own, and one that only has its name. */
	    {"/run/systemd/system/" UNIT_NAME ".d/holdfast-protected.conf", NULL, OWN, {0}},
	    {"/run/systemd/system/" UNIT_NAME ".d/holdfast-protected.conf",
	     NULL,
	     "[Unit]\nRefuseManualStop=no\n",
	     {.overridden = "/run/systemd/system/" UNIT_NAME ".d/holdfast-protected.conf"}},
	    {WANTS, NULL, NULL, {.disabled = "nothing starts " UNIT_NAME " with the machine"}},
	    {UNIT, NULL, NULL, {.missing = UNIT_NAME " is in none of systemd's folders"}},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		AUTO(root_done) struct root r;
		const char *masks[UNITS_MASKS];
		struct unit_look look;

		root_make(&r);
		if (cases[i].to)
			link_to(&r, cases[i].path, cases[i].to);
		else if (cases[i].text)
			put(&r, cases[i].path, cases[i].text);
		else
			assert_int_equal(unlink(prepare(&r, cases[i].path)), 0);
		units_look(&r.arena, &r.paths, OWN, &look);
		if (!text_equal(look.masked, cases[i].look.masked) ||
		    !text_equal(look.overridden, cases[i].look.overridden) ||
		    !text_equal(look.disabled, cases[i].look.disabled) ||
		    !text_equal(look.missing, cases[i].look.missing))
			fail_msg("case %zu, %s: masked %s, overridden %s, disabled %s, missing %s",
				 i, cases[i].path, look.masked, look.overridden, look.disabled,
				 look.missing);
		assert_int_equal(units_masks(&r.arena, &r.paths, masks),
				 cases[i].look.masked != NULL);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_manifest_is_read_as_it_was_written),
	    cmocka_unit_test(what_is_no_manifest_is_refused),
	    cmocka_unit_test(what_is_done_to_the_unit_is_seen_in_its_files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
