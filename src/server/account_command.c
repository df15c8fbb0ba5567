/* holdfast-server token and setup-link: ways in for who has the server. */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "flow/account.h"
#include "flow/token.h"
#include "model/signin.h"
#include "server/command.h"
#include "server/options.h"
#include "server/start.h"

static bool in_transaction(struct db *db, bool ok, struct err *e)
{
	if (ok)
		return db_commit(db, e);
	db_rollback(db);
	return false;
}

/* --- token create --- */

bool command_token_create(char **arguments, struct err *e)
{
	AUTO(arena_done) struct arena a = {0};
	AUTO(db_closep) struct db *db = NULL;
	struct server_options options;
	const char *role_word = NULL, *days_word = NULL;
	struct store_token made = {.name = "token"};
	const struct option_extra extra[] = {
	    {"role", &role_word}, {"name", &made.name}, {"days", &days_word}, {0}};
	const struct flow_token_maker maker = {.role = ROLE_OWNER};
	char token[TOKEN_SIZE], node[ID_SIZE];
	int64_t days = TOKEN_DAYS;
	struct flow f;

	if (!options_read(&a, arguments, extra, &options, e))
		return false;
	if (!role_from_name(role_word, &made.role))
		return err_set(e, ERR_INVALID,
			       "--role must be owner, security-admin, approver or auditor");
	if (days_word != NULL && !text_i64(days_word, 0, TOKEN_MAX_DAYS, &days))
		return err_set(e, ERR_INVALID,
			       "--days must be 1 to %d, or 0 for a token that does not expire",
			       TOKEN_MAX_DAYS);
	db = server_database(&options, true, NULL, e);
	if (db == NULL || !server_flow(&options, db, &a, node, &f, e) || !db_begin(db, e) ||
	    !in_transaction(db, flow_token_make(&f, &maker, days, &made, token, e), e))
		return false;
	printf("%s\n", token);
	crypto_wipe(token, sizeof(token));
	return true;
}

/* --- setup-link --- */

/* Without email the link makes the first owner; with it, it sets a new password of that account. */
static bool make_link(struct flow *f, const char *email, bool resets_totp,
		      char secret[static FLOW_LINK_SIZE], struct err *e)
{
	struct flow_link link = {.resets_totp = resets_totp,
				 .life_ms =
				     email == NULL ? FLOW_LINK_SETUP_MS : FLOW_LINK_RECOVERY_MS};
	struct store_account account;
	const char *read;

	if (email != NULL) {
		if (!email_read(arena_dup(f->arena, email), &read, e) ||
		    !store_account_by_email(f->db, f->arena, read, &account, e))
			return false;
		link.account = account.id;
	}
	if (flow_link_make(f, &link, secret, e))
		return true;
	return email == NULL && e->code == ERR_CONFLICT
		   ? err_set(e, ERR_CONFLICT,
			     "There is an owner already. With --for EMAIL this makes a link that "
			     "sets a new password.")
		   : false;
}

bool command_setup_link(char **arguments, struct err *e)
{
	AUTO(arena_done) struct arena a = {0};
	AUTO(db_closep) struct db *db = NULL;
	struct server_options options;
	const char *email = NULL, *totp = "keep";
	const struct option_extra extra[] = {{"for", &email}, {"totp", &totp}, {0}};
	char secret[FLOW_LINK_SIZE], node[ID_SIZE];
	struct flow f;

	if (!options_read(&a, arguments, extra, &options, e))
		return false;
	if (!text_equal(totp, "keep") && !text_equal(totp, "remove"))
		return err_set(e, ERR_INVALID, "--totp must be keep or remove");
	db = server_database(&options, true, NULL, e);
	if (db == NULL || !server_flow(&options, db, &a, node, &f, e) || !db_begin(db, e) ||
	    !in_transaction(db, make_link(&f, email, text_equal(totp, "remove"), secret, e), e))
		return false;
	printf("%s/%s#%s\n", server_public_url(&options, &a), email == NULL ? "setup" : "password",
	       secret);
	crypto_wipe(secret, sizeof(secret));
	return true;
}
