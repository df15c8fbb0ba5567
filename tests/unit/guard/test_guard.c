#include "../unit.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "machine.h"

#define SECOND "01900000-0000-7000-8000-000000000009"

static void only_removals_are_gated(void **state)
{
	static const struct {
		const char *first, *second;
		int status;
	} calls[] = {
	    {"remove", NULL, 1},
	    {"remove", "in-favour", 1},
	    {"upgrade", "0.2.0", 0},
	    {"failed-upgrade", "0.1", 0},
	    {"deconfigure", "in-favour", 0},
	    {"postinst", "configure", 0},
	    {"postinst", "abort-remove", 0},
	    {"remove-all", NULL, 1},
	    {"purge", NULL, 1},
	    {"purged", "x", 1},
	    {"Remove", NULL, 0},
	    {"configure", NULL, 0},
	    {"", NULL, 0},
	    {"0", NULL, 0},
	};
	struct machine *m = *state;
	char *const none[] = {(char *)"guard", NULL};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(calls); i++) {
		int status = machine_run(m, calls[i].first, calls[i].second);

		if (status != calls[i].status)
			fail_msg("%s: %d", calls[i].first, status);
		assert_true(status == 0 || m->text.len > 0);
	}
	assert_int_equal(guard_run(&m->guard, 1, none, &m->text), 0);
	assert_string_equal(machine_ledger(m), "");
}

/* What rpm 4.18 gives the interpreter of %preun: the words of the spec, a file, the instances that stay. */
static void the_last_instance_that_rpm_erases_is_a_removal(void **state)
{
	static const struct {
		const char *package, *count;
		int argc, status;
		const char *said;
	} calls[] = {
	    {"holdfast-client", "0", 5, 1, "is protected by your organisation"},
	    {"holdfast-client", "1", 5, 0, NULL}, /* an upgrade, a downgrade, a reinstallation */
	    {"holdfast-client", "2", 5, 0, NULL},
	    {"printer", "0", 5, 0, NULL}, /* not in the statement */
	    {"holdfast-client", "", 5, 1, "未卸载"},
	    {"holdfast-client", "00", 5, 1, "未卸载"},
	    {"holdfast-client", "-1", 5, 1, "未卸载"},
	    {"holdfast-client", "0x1", 5, 1, "未卸载"},
	    {"holdfast-client", "9999999999", 5, 1, "未卸载"},
	    {"", "1", 5, 1, "未卸载"},
	    {"../x", "1", 5, 1, "未卸载"},
	    {"holdfast-client", "0", 4, 1, "未卸载"},
	    {"holdfast-client", "0", 2, 1, "未卸载"},
	};
	struct machine *m = *state;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(calls); i++) {
		char *const argv[] = {(char *)"/usr/lib/holdfast/holdfast-guard",
				      (char *)"preun",
				      (char *)calls[i].package,
				      (char *)"/var/tmp/rpm-tmp.FnBXFs",
				      (char *)calls[i].count,
				      NULL};

		buf_reset(&m->text);
		if (guard_run(&m->guard, calls[i].argc, argv, &m->text) != calls[i].status)
			fail_msg("%zu", i);
		if (calls[i].said)
			machine_said(m, calls[i].said);
		else
			assert_int_equal(m->text.len, 0);
	}
	assert_string_equal(machine_ledger(m), "");
}

static void a_machine_that_was_never_enrolled_opens(void **state)
{
	struct machine *m = *state;

	assert_int_equal(machine_try(m), 0);
	assert_int_equal(m->text.len, 0);
	assert_int_equal(machine_run(m, "postinst", "abort-remove"), 0);
	/* A folder that the package made is no trace of an enrolment. */
	assert_int_equal(rmdir(machine_path(m, "/var/lib/holdfast/grants")), 0);
	assert_int_equal(rmdir(machine_path(m, "/var/lib/holdfast")), 0);
	assert_int_equal(machine_try(m), 0);
}

static const char *const state_files[] = {
    "/etc/holdfast/enrolled",     "/var/lib/holdfast/anchor",        "/var/lib/holdfast/device.key",
    "/var/lib/holdfast/keys.jws", "/var/lib/holdfast/statement.jws", "/var/lib/holdfast/ledger",
};

static void refused_as_tampering(struct machine *m, const char *what)
{
	if (machine_try(m) != 1)
		fail_msg("let through: %s", what);
	machine_said(m, "missing or have been changed");
	machine_said(m, "缺失或被改动");
}

static void a_file_that_is_gone_is_tampering(void **state)
{
	struct machine *m = *state;
	struct grant grant = signing_grant(&m->s);
	size_t i, j;

	(void)machine_grant(m, &grant);
	for (i = 0; i < ARRAY_SIZE(state_files); i++) {
		const char *was = machine_read(m, state_files[i]);

		machine_remove(m, state_files[i]);
		refused_as_tampering(m, state_files[i]);
		/* Something of another kind, or that leads nowhere, in its place. */
		assert_int_equal(mkdir(machine_path(m, state_files[i]), 0700), 0);
		refused_as_tampering(m, state_files[i]);
		assert_int_equal(rmdir(machine_path(m, state_files[i])), 0);
		assert_int_equal(symlink("/nowhere", machine_path(m, state_files[i])), 0);
		refused_as_tampering(m, state_files[i]);
		machine_remove(m, state_files[i]);
		assert_int_equal(mkfifo(machine_path(m, state_files[i]), 0600), 0);
		refused_as_tampering(m, state_files[i]);
		machine_remove(m, state_files[i]);
		machine_write(m, state_files[i], was);
	}
	/* All but one gone: each trace of an enrolment keeps it closed. */
	for (i = 0; i < ARRAY_SIZE(state_files); i++) {
		for (j = 0; j < ARRAY_SIZE(state_files); j++)
			(void)unlink(machine_path(m, state_files[j]));
		machine_enrol(m);
		for (j = 0; j < ARRAY_SIZE(state_files); j++)
			if (j != i)
				machine_remove(m, state_files[j]);
		if (i == 3 || i == 4) /* what the server sent says nothing by itself */
			continue;
		refused_as_tampering(m, state_files[i]);
	}
}

static void deleting_the_state_folder_does_not_open_the_guard(void **state)
{
	struct machine *m = *state;

	(void)nftw(machine_path(m, "/var/lib/holdfast"), machine_delete, 16, FTW_DEPTH | FTW_PHYS);
	refused_as_tampering(m, "no state folder");
	/* A file where the folder was. */
	machine_remove(m, "/etc/holdfast/enrolled");
	machine_write(m, "/var/lib/holdfast", "");
	refused_as_tampering(m, "a file instead of the state folder");
}

static void a_file_that_was_changed_is_tampering(void **state)
{
	struct machine *m = *state;
	struct grant grant = signing_grant(&m->s);
	size_t i;

	(void)machine_grant(m, &grant);
	for (i = 0; i < ARRAY_SIZE(state_files); i++) {
		const char *was = machine_read(m, state_files[i]);
		char *changed = arena_dup(&m->s.a, was);

		machine_write(m, state_files[i], "");
		refused_as_tampering(m, state_files[i]);
		changed[strlen(was) / 2] ^= 1;
		machine_write(m, state_files[i], changed);
		refused_as_tampering(m, state_files[i]);
		machine_write(m, state_files[i], arena_printf(&m->s.a, "%s\nx\n", was));
		refused_as_tampering(m, state_files[i]);
		machine_write_bytes(m, state_files[i], arena_alloc(&m->s.a, 2 << 20), 2 << 20);
		refused_as_tampering(m, state_files[i]);
		machine_write(m, state_files[i], was);
	}
	assert_int_equal(machine_try(m), 0);
}

static void files_of_another_enrolment_are_tampering(void **state)
{
	struct machine *m = *state;
	struct crypto_keypair other = signing_key(9);
	struct statement statement = signing_statement(&m->s);
	struct anchor anchor = {.org = ORG, .device = DEVICE, .ledger = LEDGER_ID};
	char key[DEVICE_KEY_TEXT_SIZE];
	const char *keys;

	machine_write(m, "/var/lib/holdfast/ledger", ledger_first_line(&m->s.a, GRANT));
	refused_as_tampering(m, "another ledger");
	machine_enrol(m);
	machine_write(m, "/etc/holdfast/enrolled", OTHER_DEVICE "\n");
	refused_as_tampering(m, "another device's mark");
	machine_enrol(m);
	device_key_text(&other, key);
	machine_write(m, "/var/lib/holdfast/device.key", key);
	refused_as_tampering(m, "another device key");
	machine_enrol(m);
	statement.device = OTHER_DEVICE;
	statement.mode = STATEMENT_OFF;
	machine_state(m, &statement);
	refused_as_tampering(m, "another device's statement");
	machine_enrol(m);
	assert_true(keys_sign(&m->s.a, &other, &m->s.keys, &keys, &m->s.e));
	machine_write(m, "/var/lib/holdfast/keys.jws", keys);
	refused_as_tampering(m, "keys of another root");
	memcpy(anchor.root, other.public, sizeof(anchor.root));
	machine_enrol(m);
	machine_write(m, "/var/lib/holdfast/anchor", anchor_text(&m->s.a, &anchor));
	refused_as_tampering(m, "another root");
	machine_enrol(m);
	assert_int_equal(machine_try(m), 1);
	machine_said(m, "is protected by your organisation");
}

static void what_the_statement_lets_go_goes(void **state)
{
	static const char *const others[] = {"vpn-client"};
	struct machine *m = *state;
	struct statement statement;

	statement = signing_statement(&m->s);
	statement.mode = STATEMENT_OFF;
	machine_state(m, &statement);
	assert_int_equal(machine_try(m), 0);
	statement = signing_statement(&m->s);
	statement.covered = false;
	machine_state(m, &statement);
	assert_int_equal(machine_try(m), 0);
	statement = signing_statement(&m->s);
	statement.packages = (struct json_list){(void *)others, 1};
	machine_state(m, &statement);
	assert_int_equal(machine_try(m), 0);
	statement = signing_statement(&m->s);
	statement.mode = STATEMENT_AUDIT;
	machine_state(m, &statement);
	assert_int_equal(machine_try(m), 0);
	assert_string_equal(machine_ledger(m), "");
}

static void a_refusal_says_what_to_do_in_both_languages(void **state)
{
	struct machine *m = *state;
	struct statement statement = signing_statement(&m->s);

	assert_int_equal(machine_try(m), 1);
	machine_said(m, "Title\nContent\n"
			"holdfast-client is protected by your organisation and was not removed.\n"
			"File for Approval: holdfast uninstall --reason \"why\"\n"
			"标题\n内容\n"
			"holdfast-client 受您的组织保护，未被卸载。\n"
			"去报备：holdfast uninstall --reason \"原因\"\n"
			"Contact 联系人: it@example.com\n");
	statement.filing = false;
	statement.contact = "\x1b[31mred";
	machine_state(m, &statement);
	assert_int_equal(machine_try(m), 1);
	machine_said(m, "Requests are switched off");
	machine_said(m, "未开放报备");
	assert_null(strstr(m->text.data, "holdfast uninstall"));
	assert_null(strchr(m->text.data, '\x1b'));
}

/* Whoever can name a person or a computer, or writes the texts, rules neither the terminal nor the guard's lines. */
static void the_prompt_is_filled_in_and_stays_plain_text(void **state)
{
	struct machine *m = *state;
	struct statement statement = signing_statement(&m->s);

	statement.owner_name = "{package}\nRequest HF-1 is approved\x1b[2J\xe2\x80\xae";
	statement.organisation = "示例科技";
	statement.en.title = "{user} on {device}, {organisation}: {{user} {nobody} {package}";
	statement.en.content = "one\r\ntwo\x1b]0;x\x07";
	statement.zh.title = statement.en.title;
	machine_state(m, &statement);
	assert_int_equal(machine_try(m), 1);
	machine_said(
	    m,
	    "{package} Request HF-1 is approved\xef\xbf\xbd[2J\xef\xbf\xbd on laptop-42, 示例科技: "
	    "{user} {nobody} holdfast-client\n"
	    "one\ntwo\xef\xbf\xbd]0;x\xef\xbf\xbd\n"
	    "holdfast-client is protected");
	machine_said(m, "why\"\n内容\n");
}

static void a_grant_lets_one_removal_through(void **state)
{
	struct machine *m = *state;
	struct grant grant = signing_grant(&m->s);
	const char *line = arena_printf(&m->s.a, "consumed %s %lld %s 0.1.0\n", GRANT,
					(long long)m->guard.now_ms, BOOT);

	(void)machine_grant(m, &grant);
	assert_int_equal(machine_try(m), 0);
	machine_said(m, "HF-000123");
	assert_string_equal(machine_ledger(m), line);
	assert_int_equal(machine_try(m), 1);
	machine_said(m, "The approval HF-000123 cannot be used: it has been used.");
	machine_said(m, "HF-000123 的审批结果不可用：已使用。");
	assert_string_equal(machine_ledger(m), line);
}

static void a_second_grant_is_a_second_removal(void **state)
{
	struct machine *m = *state;
	struct grant grant = signing_grant(&m->s);

	(void)machine_grant(m, &grant);
	grant.id = SECOND;
	(void)machine_grant(m, &grant);
	assert_int_equal(machine_try(m), 0);
	assert_int_equal(machine_try(m), 0);
	assert_int_equal(machine_try(m), 1);
}

static void refused_for(struct machine *m, const struct grant *grant, const char *words)
{
	(void)machine_grant(m, grant);
	assert_int_equal(machine_try(m), 1);
	machine_said(m, words);
	assert_string_equal(machine_ledger(m), "");
}

static void a_grant_for_something_else_is_refused_and_the_reason_said(void **state)
{
	struct machine *m = *state;
	const struct grant good = signing_grant(&m->s);
	struct grant grant;

	grant = good;
	grant.org = OTHER_ORG;
	refused_for(m, &grant, "it is for another organisation");
	grant = good;
	grant.device = OTHER_DEVICE;
	refused_for(m, &grant, "it is for another device");
	grant = good;
	grant.key = m->s.keys.key[0].kid;
	refused_for(m, &grant, "it is for an earlier enrolment of this device");
	grant = good;
	grant.package = "vpn-client";
	refused_for(m, &grant, "it is for another package");
	grant = good;
	grant.action = GRANT_UNENROL;
	refused_for(m, &grant, "it is not for an uninstallation");
	grant = good;
	grant.nbf_ms = m->guard.now_ms + 1;
	refused_for(m, &grant, "its time has not come yet");
	grant = good;
	grant.exp_ms = m->guard.now_ms;
	refused_for(m, &grant, "it has expired");
	(void)machine_grant(m, &good);
	assert_int_equal(machine_try(m), 0);
}

static void a_grant_with_any_byte_changed_is_refused(void **state)
{
	struct machine *m = *state;
	struct grant grant = signing_grant(&m->s);
	const char *text = machine_grant(m, &grant);
	char *changed = arena_dup(&m->s.a, text);
	size_t i;

	for (i = 0; i < strlen(text); i++) {
		changed[i] ^= 1;
		machine_write(m, "/var/lib/holdfast/grants/" GRANT ".jws", changed);
		if (machine_try(m) != 1)
			fail_msg("byte %zu", i);
		changed[i] = text[i];
	}
	machine_said(m, "it is damaged or not signed by your organisation");
	assert_string_equal(machine_ledger(m), "");
}

static void what_is_no_grant_in_the_folder_is_passed_over(void **state)
{
	struct machine *m = *state;
	struct grant grant = signing_grant(&m->s);
	const char *text = machine_grant(m, &grant);

	machine_remove(m, "/var/lib/holdfast/grants/" GRANT ".jws");
	machine_write(m, "/var/lib/holdfast/grants/" GRANT ".jws.new", text);
	machine_write(m, "/var/lib/holdfast/grants/grant.jws", text);
	assert_int_equal(mkdir(machine_path(m, "/var/lib/holdfast/grants/" SECOND ".jws"), 0700),
			 0);
	assert_int_equal(machine_try(m), 1);
	machine_write(m, "/var/lib/holdfast/grants/" GRANT ".jws", text);
	assert_int_equal(machine_try(m), 0);
}

static void a_clock_set_back_gains_nothing(void **state)
{
	struct machine *m = *state;
	struct statement statement = signing_statement(&m->s);
	struct grant grant = signing_grant(&m->s);

	/* The statement proves that the grant's time is over. */
	statement.time_ms = grant.exp_ms;
	machine_state(m, &statement);
	(void)machine_grant(m, &grant);
	m->guard.now_ms = NOW;
	assert_int_equal(machine_try(m), 1);
	machine_said(m, "it has expired");
	/* So does a later grant. */
	statement.time_ms = NOW;
	machine_state(m, &statement);
	assert_int_equal(machine_try(m), 0);
	machine_enrol(m);
	grant.id = SECOND;
	grant.package = "vpn-client";
	grant.iat_ms = grant.exp_ms;
	grant.exp_ms = 0;
	(void)machine_grant(m, &grant);
	assert_int_equal(machine_try(m), 1);
	machine_said(m, "it has expired");
}

static void a_slow_clock_does_not_delay_a_fresh_grant(void **state)
{
	struct machine *m = *state;
	struct grant grant = signing_grant(&m->s);

	(void)machine_grant(m, &grant);
	m->guard.now_ms = 0;
	assert_int_equal(machine_try(m), 0);
}

static void a_revoked_grant_is_refused(void **state)
{
	struct machine *m = *state;
	struct grant grant = signing_grant(&m->s);

	(void)machine_grant(m, &grant);
	machine_write(m, "/var/lib/holdfast/ledger",
		      "holdfast-ledger 1 " LEDGER_ID "\nrevoked " GRANT " 5\n");
	assert_int_equal(machine_try(m), 1);
	machine_said(m, "it has been revoked");
}

static void a_removal_that_was_rolled_back_can_be_done_again(void **state)
{
	struct machine *m = *state;
	struct grant grant = signing_grant(&m->s);
	const char *before;

	grant.exp_ms = m->guard.now_ms + 1; /* ends meanwhile: it is the same removal */
	(void)machine_grant(m, &grant);
	assert_int_equal(machine_run(m, "postinst", "abort-remove"), 0);
	assert_string_equal(machine_ledger(m), "");
	assert_int_equal(machine_try(m), 0);
	m->guard.now_ms += HOUR / 2;
	assert_int_equal(machine_run(m, "postinst", "abort-remove"), 0);
	before = machine_ledger(m);
	assert_non_null(strstr(before, "\nrestored " GRANT " "));
	assert_int_equal(machine_run(m, "postinst", "abort-remove"), 0);
	assert_string_equal(machine_ledger(m), before);
	m->guard.version = "0.2.0";
	assert_int_equal(machine_try(m), 1);
	m->guard.version = "0.1.0";
	machine_write(m, "/proc/sys/kernel/random/boot_id",
		      "3f0c1b52-7d0e-4a3b-9a51-0f6d1c2b3a50\n");
	assert_int_equal(machine_try(m), 1);
	machine_write(m, "/proc/sys/kernel/random/boot_id", BOOT "\n");
	m->guard.now_ms += HOUR / 2 + 1;
	assert_int_equal(machine_try(m), 1);
	m->guard.now_ms -= 1;
	assert_int_equal(machine_try(m), 0);
	assert_int_equal(machine_try(m), 1);
}

static void a_use_that_cannot_be_recorded_is_no_use(void **state)
{
	struct machine *m = *state;
	struct grant grant = signing_grant(&m->s);
	struct rlimit was, small;

	(void)machine_grant(m, &grant);
	(void)signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &was), 0);
	small = was;
	small.rlim_cur = strlen(machine_read(m, "/var/lib/holdfast/ledger")) + 20;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	assert_int_equal(machine_try(m), 1);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &was), 0);
	machine_said(m, "could not be recorded");
	machine_said(m, "无法记录其使用");
	assert_string_equal(machine_ledger(m), "");
	assert_int_equal(machine_try(m), 0);
}

static void a_full_ledger_refuses(void **state)
{
	struct machine *m = *state;
	struct grant grant = signing_grant(&m->s);
	AUTO(buf_done) struct buf ledger = {0};

	(void)machine_grant(m, &grant);
	buf_text(&ledger, ledger_first_line(&m->s.a, LEDGER_ID));
	while (ledger.len + 60 < LEDGER_MAX)
		buf_text(&ledger, "revoked " SECOND " 5\n");
	machine_write(m, "/var/lib/holdfast/ledger", ledger.data);
	assert_int_equal(machine_try(m), 1);
	machine_said(m, "the ledger is full");
}

static void half_a_line_left_by_a_crash_is_cut_off(void **state)
{
	struct machine *m = *state;
	struct grant grant = signing_grant(&m->s);

	(void)machine_grant(m, &grant);
	machine_write(m, "/var/lib/holdfast/ledger",
		      "holdfast-ledger 1 " LEDGER_ID "\nconsumed " GRANT " 17638");
	assert_int_equal(machine_try(m), 0);
	assert_string_equal(machine_ledger(m),
			    arena_printf(&m->s.a, "consumed %s %lld %s 0.1.0\n", GRANT,
					 (long long)m->guard.now_ms, BOOT));
}

static void of_many_at_once_one_uses_the_grant(void **state)
{
	struct machine *m = *state;
	struct grant grant = signing_grant(&m->s);
	int i, status, through = 0, gate[2];
	char byte;

	(void)machine_grant(m, &grant);
	assert_int_equal(pipe(gate), 0);
	for (i = 0; i < 8; i++) {
		pid_t pid = fork();

		assert_true(pid >= 0);
		if (pid)
			continue;
		/* All wait at the gate until the last of them is there and it is closed. */
		(void)close(gate[1]);
		_exit(read(gate[0], &byte, 1) == 0 ? machine_try(m) : 1);
	}
	(void)close(gate[0]);
	(void)close(gate[1]);
	for (i = 0; i < 8; i++) {
		assert_true(wait(&status) > 0);
		assert_true(WIFEXITED(status));
		through += WEXITSTATUS(status) == 0;
	}
	assert_int_equal(through, 1);
}

static void a_ledger_that_somebody_keeps_locked_refuses_in_time(void **state)
{
	struct machine *m = *state;
	struct grant grant = signing_grant(&m->s);
	AUTO(fd_closep)
	int fd = open(machine_path(m, "/var/lib/holdfast/ledger"), O_RDONLY | O_CLOEXEC);
	int64_t start = clock_mono_ms();

	(void)machine_grant(m, &grant);
	assert_int_equal(flock(fd, LOCK_EX), 0);
	assert_int_equal(machine_try(m), 1);
	machine_said(m, "the ledger is in use");
	assert_true(clock_mono_ms() - start < 5000);
	assert_string_equal(machine_ledger(m), "");
}

static void the_package_is_named_by_the_script(void **state)
{
	static const struct {
		const char *exe, *package;
	} cases[] = {
	    {"/var/lib/dpkg/info/holdfast-client.prerm", "holdfast-client"},
	    {"/var/lib/dpkg/info/hold-vpn.prerm", "hold-vpn"},
	    {"/var/lib/dpkg/info/hold-vpn:amd64.prerm", "hold-vpn"},
	    {"/mnt/root/var/lib/dpkg/info/g++-12.prerm", "g++-12"},
	    {"/var/lib/dpkg/info/hold.vpn.prerm", "hold.vpn"},
	    {"/var/lib/dpkg/info/holdfast-guards-vpn.prerm", "holdfast-guards-vpn"},
	    {"/usr/lib/holdfast/guards/Vpn_2", "holdfast-guards-Vpn_2"},
	    {"/usr/lib/holdfast/guards/a b", GUARD_PACKAGE},
	    {"/usr/lib/holdfast/guards/", GUARD_PACKAGE},
	    {"/mnt/usr/lib/holdfast/guards/vpn", GUARD_PACKAGE},
	    {"/usr/lib/holdfast/holdfast-guard", GUARD_PACKAGE},
	    {"/var/lib/dpkg/tmp.ci/prerm", GUARD_PACKAGE},
	    {"/var/lib/dpkg/info/hold-vpn.prerm (deleted)", GUARD_PACKAGE},
	    {"/var/lib/dpkg/info/.prerm", GUARD_PACKAGE},
	    {"/var/lib/dpkg/info/:amd64.prerm", GUARD_PACKAGE},
	    {"/var/lib/dpkg/info/Bad Name.prerm", GUARD_PACKAGE},
	    {"/var/lib/dpkg/info/hold-vpn.postrm", GUARD_PACKAGE},
	    {"/tmp/hold-vpn.prerm", GUARD_PACKAGE},
	    {"hold-vpn.prerm", GUARD_PACKAGE},
	    {"/x.prerm", GUARD_PACKAGE},
	    {"", GUARD_PACKAGE},
	    {NULL, GUARD_PACKAGE},
	};
	AUTO(arena_done) struct arena a = {0};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++)
		assert_string_equal(guard_package(&a, cases[i].exe), cases[i].package);
}

static void a_grant_opens_only_its_own_package(void **state)
{
	struct machine *m = *state;
	struct grant grant = signing_grant(&m->s);

	grant.package = "vpn-client";
	(void)machine_grant(m, &grant);
	assert_int_equal(machine_try(m), 1);
	m->guard.exe = "/var/lib/dpkg/info/vpn-client.prerm";
	assert_int_equal(machine_try(m), 0);
	assert_int_equal(machine_try(m), 1);
	m->guard.exe = "/var/lib/dpkg/info/not-protected.prerm";
	assert_int_equal(machine_try(m), 0);
}

static int machine_call(struct machine *m, const char *const *words)
{
	char *argv[8] = {(char *)"guard"};
	int n = 1;

	for (; *words; words++)
		argv[n++] = (char *)*words;
	buf_reset(&m->text);
	return guard_run(&m->guard, n, argv, &m->text);
}

static const char dpkg_guard[] = "/var/lib/dpkg/info/holdfast-guards-vpn-client.prerm";
static const char rpm_guard[] = "/usr/lib/holdfast/guards/vpn-client";
#define TEXT "/var/tmp/rpm-tmp.cGzNNf"

static void a_generated_package_asks_for_what_it_guards(void **state)
{
	static const struct {
		const char *exe;
		const char *words[5];
		int status;
	} cases[] = {
	    {dpkg_guard, {"remove"}, 1},
	    {dpkg_guard, {"remove", "in-favour", "other"}, 1},
	    {dpkg_guard, {"upgrade", "2"}, 0},
	    {dpkg_guard, {"deconfigure", "in-favour"}, 0},
	    {rpm_guard, {"preun", "holdfast-guards-vpn-client", TEXT, "0"}, 1},
	    {rpm_guard, {"preun", "holdfast-guards-vpn-client", TEXT, "1"}, 0},
	    {rpm_guard, {TEXT, "1", "0"}, 1}, /* the guarded package goes */
	    {rpm_guard, {TEXT, "1", "1"}, 0}, /* is upgraded */
	    {rpm_guard, {TEXT, "0", "1"}, 0}, /* the generated one goes, its %preun says */
	    {rpm_guard, {TEXT, "0"}, 1},
	    {rpm_guard, {TEXT, "1", "x"}, 1},
	};
	struct machine *m = *state;
	struct grant grant = signing_grant(&m->s);
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		m->guard.exe = cases[i].exe;
		if (machine_call(m, cases[i].words) != cases[i].status)
			fail_msg("%zu: %s", i, m->text.data ? m->text.data : "");
	}
	m->guard.exe = rpm_guard;
	assert_int_equal(machine_call(m, cases[4].words), 1);
	machine_said(m, "vpn-client is protected by your organisation");
	machine_said(m, "holdfast uninstall vpn-client --reason");
	grant.package = "vpn-client";
	(void)machine_grant(m, &grant);
	assert_int_equal(machine_call(m, cases[4].words), 0);
	assert_int_equal(machine_call(m, cases[4].words), 1);
}

static void with_the_client_go_the_packages_it_generated(void **state)
{
	static const char *const removal[] = {"remove", NULL};
	struct machine *m = *state;
	struct grant grant = signing_grant(&m->s);

	m->guard.exe = dpkg_guard;
	assert_int_equal(machine_call(m, removal), 1);
	(void)machine_grant(m, &grant);
	/* The client's approval is the client's. */
	assert_int_equal(machine_call(m, removal), 1);
	assert_string_equal(machine_ledger(m), "");
	/* After it they may go. */
	m->guard.exe = NULL;
	assert_int_equal(machine_call(m, removal), 0);
	m->guard.exe = dpkg_guard;
	assert_int_equal(machine_call(m, removal), 0);
	/* That was the client's end and not another one an hour later. */
	m->guard.now_ms += HOUR + 1;
	assert_int_equal(machine_call(m, removal), 1);
	/* And nobody but the client takes others along. */
	m->guard.exe = "/var/lib/dpkg/info/vpn-client.prerm";
	grant.id = SECOND;
	grant.exp_ms = 0;
	(void)machine_grant(m, &grant);
	assert_int_equal(machine_call(m, removal), 1);
}

static void a_removal_taken_back_gives_back_its_own_grant_alone(void **state)
{
	static const char *const removal[] = {"remove", NULL};
	static const char *const client[] = {"postinst", "abort-remove", NULL};
	static const char *const other[] = {"for", "holdfast-guards-vpn-client", "postinst",
					    "abort-remove", NULL};
	struct machine *m = *state;
	struct grant grant = signing_grant(&m->s);

	grant.package = "vpn-client";
	(void)machine_grant(m, &grant);
	m->guard.exe = dpkg_guard;
	assert_int_equal(machine_call(m, removal), 0);
	m->guard.exe = "/usr/lib/holdfast/holdfast-guard";
	assert_int_equal(machine_call(m, client), 0);
	m->guard.exe = dpkg_guard;
	assert_int_equal(machine_call(m, removal), 1);
	m->guard.exe = "/usr/lib/holdfast/holdfast-guard";
	assert_int_equal(machine_call(m, other), 0);
	m->guard.exe = dpkg_guard;
	assert_int_equal(machine_call(m, removal), 0);
}

#define ENROLLED(f) cmocka_unit_test_setup_teardown(f, machine_start, machine_end)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    ENROLLED(only_removals_are_gated),
	    ENROLLED(the_last_instance_that_rpm_erases_is_a_removal),
	    cmocka_unit_test_setup_teardown(a_machine_that_was_never_enrolled_opens, machine_new,
					    machine_end),
	    ENROLLED(a_file_that_is_gone_is_tampering),
	    ENROLLED(deleting_the_state_folder_does_not_open_the_guard),
	    ENROLLED(a_file_that_was_changed_is_tampering),
	    ENROLLED(files_of_another_enrolment_are_tampering),
	    ENROLLED(what_the_statement_lets_go_goes),
	    ENROLLED(a_refusal_says_what_to_do_in_both_languages),
	    ENROLLED(the_prompt_is_filled_in_and_stays_plain_text),
	    ENROLLED(a_grant_lets_one_removal_through),
	    ENROLLED(a_second_grant_is_a_second_removal),
	    ENROLLED(a_grant_for_something_else_is_refused_and_the_reason_said),
	    ENROLLED(a_grant_with_any_byte_changed_is_refused),
	    ENROLLED(what_is_no_grant_in_the_folder_is_passed_over),
	    ENROLLED(a_clock_set_back_gains_nothing),
	    ENROLLED(a_slow_clock_does_not_delay_a_fresh_grant),
	    ENROLLED(a_revoked_grant_is_refused),
	    ENROLLED(a_removal_that_was_rolled_back_can_be_done_again),
	    ENROLLED(a_use_that_cannot_be_recorded_is_no_use),
	    ENROLLED(a_full_ledger_refuses),
	    ENROLLED(half_a_line_left_by_a_crash_is_cut_off),
	    ENROLLED(of_many_at_once_one_uses_the_grant),
	    ENROLLED(a_ledger_that_somebody_keeps_locked_refuses_in_time),
	    cmocka_unit_test(the_package_is_named_by_the_script),
	    ENROLLED(a_grant_opens_only_its_own_package),
	    ENROLLED(a_generated_package_asks_for_what_it_guards),
	    ENROLLED(with_the_client_go_the_packages_it_generated),
	    ENROLLED(a_removal_taken_back_gives_back_its_own_grant_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
