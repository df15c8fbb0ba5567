/* What the sub-commands of holdfast share: the person's language, the line to the keeper. */
#pragma once

#include "base/buf.h"
#include "base/qr.h"
#include "cli/words.h"
#include "json/json.h"

#define CLI_CLIENT "holdfast-client"
#define CLI_PACKAGE_MAX 128 /* characters of a package's name */

/* Exit statuses, as the man page has them. */
enum cli_status {
	CLI_DONE = 0,
	CLI_REFUSED = 1,
	CLI_BAD_USE = 2,
	CLI_LATER = 3 /* something needed is away now */
};

struct cli {
	struct arena arena; /* until the next wait; wiped */
	struct arena keep;  /* of the whole run */
	enum language language;
	const char *root; /* "", or the folder below which everything is (tests) */
	const char *socket;
	int fd;
	int watch;      /* where the keeper tells what happens; -1: it does not */
	bool unwatched; /* it will not */
	const char *reason;
	const char *package; /* NULL: the client itself */
	const char *file;
	const char *token_file;
	const char *shell;
	bool help, json, now, no_wait, switching;
};

/* A sentence on standard output; on standard error. */
void cli_say(struct cli *c, enum word word, const char *first, const char *second);
void cli_complain(struct cli *c, enum word word, const char *first, const char *second);

/* "2026-11-22 17:54" in this computer's time zone. */
const char *cli_time(struct cli *c, int64_t utc_ms);

/* One request; *answer lives in the arena. False: it was said what is wrong and *status is set. A
 * refusal is true: its "ok" is false. */
[[nodiscard]] bool cli_ask(struct cli *c, const char *request, const struct json **answer,
			   enum cli_status *status);

/* The same; false: the keeper is not there, and nobody was told. */
[[nodiscard]] bool cli_try(struct cli *c, const char *request, const struct json **answer);

/* The status of the computer, for the package that is meant; people who may not see it are told so. */
[[nodiscard]] bool cli_ask_status(struct cli *c, const struct json **answer,
				  enum cli_status *status);

/* Whether the request was done, and the code of its refusal. */
bool cli_ok(const struct json *answer);
bool cli_code_is(const struct json *answer, const char *code);

/* Says what every command can be refused for. */
enum cli_status cli_refused(struct cli *c, const struct json *answer);

/*
 * wait.c: forgets what the last answers brought and waits until something may have changed: until the keeper says
 * so, at most a few seconds. Returns at once when it begins to listen. *event (NULL: it is not wanted) is what the
 * keeper said, NULL when it said nothing.
 */
void cli_wait(struct cli *c, const struct json **event);
/* Begins to listen, so that nothing that is asked for from now on is missed. False: the keeper tells nothing. */
bool cli_listen(struct cli *c);

/* A person is there to ask. */
bool cli_interactive(void);
/* "Question [y/N] ", on standard error. */
bool cli_confirm(struct cli *c, enum word question, const char *first);
/* One line as it was typed or piped, trimmed; at most max bytes. It is a secret. False: none came. */
[[nodiscard]] bool cli_read_line(struct cli *c, size_t max, char **out);

/* remove.c: says what the grant allows, in one of the two ways; does it when that was asked for or a person who is
 * asked says so. */
enum cli_status remove_offer(struct cli *c, const struct json *grant, enum word until,
			     enum word unlimited);

/* status.c: the parts that others show too */
/* In one of the two ways, as it ends or does not; with the commands that use it. */
void say_grant(struct cli *c, const struct json *grant, enum word until, enum word unlimited);
void show_grant(struct cli *c, const struct json *grant, enum word until, enum word unlimited);
/* The commands that remove a package: the package manager's, and our own for who has a grant. */
void show_how(struct cli *c, const char *package, bool granted);
/* What stands in the status's removal, if one runs or has failed. */
void show_removal(struct cli *c, const struct json *removal);
void show_instance(struct cli *c, const struct json *status);
/* How the newest request stands, and what can be done. */
void show_request(struct cli *c, const struct json *status);
void show_contact(struct cli *c, const struct json *status);
/* True when nobody is signed in, which it says. */
bool show_signed_out(struct cli *c, const struct json *status);
/* Standard input, or a file: no more than max bytes. */
[[nodiscard]] bool cli_read(struct cli *c, const char *file, size_t max, char **out, struct err *e);
/* The organisation's own words to who wants to uninstall, in this person's language; title false: the content
 * alone. */
void show_prompt(struct cli *c, const struct json *status, bool title);
/* Delivery to DingTalk has failed or takes too long. */
bool delivery_is_down(const struct json *instance, int64_t now_ms);

enum cli_status run_login(struct cli *c);
enum cli_status run_logout(struct cli *c);
enum cli_status run_status(struct cli *c);
enum cli_status run_uninstall(struct cli *c);
enum cli_status run_withdraw(struct cli *c);
enum cli_status run_grant_import(struct cli *c);
enum cli_status run_offline(struct cli *c);
enum cli_status run_code(struct cli *c);

/* offline.c: the code with its quiet zone in half blocks, two rows of modules a line, in colours of its own. */
void draw_qr(const struct qr *qr, struct buf *out);
