/* What the sub-commands of holdfast share: the person's language, the line to the keeper. */
#pragma once

#include "cli/words.h"
#include "json/json.h"

#define CLI_POLL_MS 1000

#define CLI_PACKAGE_MAX 128 /* characters of a package's name */

/* Exit statuses, as the man page has them. */
enum cli_status {
	CLI_DONE = 0,
	CLI_REFUSED = 1,
	CLI_BAD_USE = 2,
	CLI_LATER = 3 /* something needed is away now */
};

struct cli {
	struct arena arena; /* until the next poll */
	struct arena keep;  /* of the whole run */
	enum language language;
	const char *socket;
	int fd;
	const char *reason;
	const char *package; /* NULL: the client itself */
	const char *file;
	const char *token_file;
	bool json, no_wait, switching;
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

/* The status of the computer, for the package that is meant; people who may not see it are told so. */
[[nodiscard]] bool cli_ask_status(struct cli *c, const struct json **answer,
				  enum cli_status *status);

/* Whether the request was done, and the code of its refusal. */
bool cli_ok(const struct json *answer);
bool cli_code_is(const struct json *answer, const char *code);

/* Says what every command can be refused for. */
enum cli_status cli_refused(struct cli *c, const struct json *answer);

/* Waits for a poll, and forgets what the last one brought. */
void cli_poll_pause(struct cli *c);

/* status.c: the parts that others show too */
void show_grant(struct cli *c, const struct json *grant, enum word until, enum word unlimited);
void show_instance(struct cli *c, const struct json *status);
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
