#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/id.h"
#include "base/log.h"
#include "base/text.h"
#include "flow/record.h"
#include "flow/signer.h"
#include "server/command.h"
#include "server/options.h"
#include "server/start.h"

#define NAME "holdfast-server"

typedef bool command_fn(char **arguments, struct err *e);

static bool serve(char **arguments, struct err *e)
{
	AUTO(arena_done) struct arena a = {0};
	struct server_options options;

	return options_read(&a, arguments, NULL, &options, e) && server_run(&options, e);
}

static bool in_transaction(struct db *db, bool ok, struct err *e)
{
	if (ok)
		return db_commit(db, e);
	db_rollback(db);
	return false;
}

/* --- keys --- */

/* The secret is on its way out before the server forgets it. */
static bool show_root(struct db *db, const unsigned char *master, struct err *e)
{
	char root[SIGNER_ROOT_SIZE];
	bool ok = signer_take_root(db, master, root, e);

	if (ok && (printf("%s\n", root) < 0 || fflush(stdout) != 0))
		ok = err_errno(e, "printing the root's secret");
	crypto_wipe(root, sizeof(root));
	return ok;
}

static bool keys_root(char **arguments, struct err *e)
{
	AUTO(arena_done) struct arena a = {0};
	AUTO(db_closep) struct db *db = NULL;
	unsigned char master[CRYPTO_SEAL_KEY_SIZE];
	struct server_options options;
	char node[ID_SIZE];
	struct flow f;
	bool ok;

	if (!options_read(&a, arguments, NULL, &options, e))
		return false;
	db = server_database(&options, false, master, e);
	if (db == NULL || !server_flow(&options, db, &a, node, &f, e) || !db_begin(db, e))
		return false;
	ok = in_transaction(
	    db,
	    flow_event(&f,
		       &(struct flow_event){.kind = "root-taken",
					    .object = "keys",
					    .text = "the root's secret was shown and forgotten"},
		       e) &&
		show_root(db, master, e),
	    e);
	crypto_wipe(master, sizeof(master));
	if (!ok)
		return false;
	fprintf(stderr, "This is the root's secret. It is not on the server any more: keep it "
			"offline, \"" NAME " keys renew\" asks for it.\n");
	return true;
}

static bool read_root(char *out, size_t size, struct err *e)
{
	size_t n;

	if (fgets(out, (int)size, stdin) == NULL)
		return err_set(e, ERR_INVALID, "the root's secret is expected on standard input");
	n = strlen(out);
	if (n > 0 && out[n - 1] == '\n')
		out[n - 1] = '\0';
	return true;
}

static bool keys_renew(char **arguments, struct err *e)
{
	AUTO(arena_done) struct arena a = {0};
	AUTO(db_closep) struct db *db = NULL;
	unsigned char master[CRYPTO_SEAL_KEY_SIZE];
	struct server_options options;
	char root[SIGNER_ROOT_SIZE + 2], node[ID_SIZE];
	struct flow f;
	bool ok;

	if (!options_read(&a, arguments, NULL, &options, e) || !read_root(root, sizeof(root), e))
		return false;
	db = server_database(&options, false, master, e);
	if (db == NULL || !server_flow(&options, db, &a, node, &f, e) || !db_begin(db, e))
		return false;
	ok = in_transaction(
	    db,
	    signer_renew(db, master, root, f.now_ms, e) &&
		flow_event(&f, &(struct flow_event){.kind = "key-renewed", .object = "keys"}, e),
	    e);
	crypto_wipe(master, sizeof(master));
	crypto_wipe(root, sizeof(root));
	if (ok)
		printf("A new signing key is in use within a minute.\n");
	return ok;
}

/* --- the rest --- */

static bool check(char **arguments, struct err *e)
{
	AUTO(arena_done) struct arena a = {0};
	struct server_options options;

	if (!options_read(&a, arguments, NULL, &options, e) || !server_check(&options, e))
		return false;
	printf("Everything is in order: the server can start.\n");
	return true;
}

static bool help(char **arguments, struct err *e)
{
	AUTO(buf_done) struct buf lines = {0};

	(void)arguments;
	(void)e;
	options_help(&lines);
	printf(
	    "usage: " NAME " [serve] [OPTIONS]\n"
	    "       " NAME
	    " token create --role ROLE [--name NAME] [--days 1..365, 0 for ever; 90] [OPTIONS]\n"
	    "       " NAME " setup-link [OPTIONS]    a new link that makes the first owner\n"
	    "       " NAME " setup-link --for EMAIL [--totp remove] [OPTIONS]\n"
	    "                               a link that sets a new password\n"
	    "       " NAME " keys root [OPTIONS]     prints the root's secret once and forgets it\n"
	    "       " NAME " keys renew [OPTIONS]    new signing key; reads the root's secret\n"
	    "       " NAME " audit export [--from DAY] [--to DAY] [--out FILE] [OPTIONS]\n"
	    "                               the audit record with what proves it, as JSON lines\n"
	    "       " NAME " audit verify FILE [--root KEY] [--seen HASH]\n"
	    "                               whether an export is what was written; needs no "
	    "server\n"
	    "       " NAME " check [OPTIONS]         says what is wrong before anything starts\n"
	    "       " NAME " --help | --version\n"
	    "ROLE is owner, security-admin, approver or auditor. OPTIONS:\n%s",
	    lines.data);
	return true;
}

static bool version(char **arguments, struct err *e)
{
	(void)arguments;
	(void)e;
	printf(NAME " " HOLDFAST_VERSION "\n");
	return true;
}

static const struct {
	const char *first, *second; /* words of the command line */
	command_fn *run;
} commands[] = {
    {"serve", NULL, serve},
    {"token", "create", command_token_create},
    {"keys", "root", keys_root},
    {"keys", "renew", keys_renew},
    {"audit", "export", command_audit_export},
    {"audit", "verify", command_audit_verify},
    {"setup-link", NULL, command_setup_link},
    {"check", NULL, check},
    {"--version", NULL, version},
};

static bool run(char **arguments, struct err *e)
{
	if (arguments[0] == NULL)
		return serve(arguments, e);
	for (char **argument = arguments; *argument != NULL; argument++) {
		if (text_equal(*argument, "--help"))
			return help(arguments, e);
	}
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
		if (!text_equal(commands[i].first, arguments[0]))
			continue;
		if (commands[i].second == NULL)
			return commands[i].run(arguments + 1, e);
		if (text_equal(commands[i].second, arguments[1]))
			return commands[i].run(arguments + 2, e);
	}
	if (text_starts(arguments[0], "--"))
		return serve(arguments, e);
	return err_set(e, ERR_INVALID, "unknown command %s; --help lists them", arguments[0]);
}

int main(int argc, char **argv)
{
	struct err e = {0};

	log_start(NAME, LOG_LEVEL_INFO);
	if (run(argv + (argc > 0 ? 1 : 0), &e))
		return 0;
	fprintf(stderr, NAME ": %s\n", e.text);
	return err_exit_status(e.code);
}
