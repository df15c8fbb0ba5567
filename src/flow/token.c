#include "flow/token.h"

#include <string.h>

#include "base/id.h"
#include "base/text.h"
#include "crypto/crypto.h"
#include "flow/record.h"
#include "store/department.h"

#define DAY_MS ((int64_t)24 * 3600 * 1000)

static bool check_departments(struct flow *f, const struct store_token *t, struct err *e)
{
	if (t->department_count > 0 && !role_scoped(t->role))
		return err_set(e, ERR_UNPROCESSABLE,
			       "departments: only the roles approver and auditor can be limited to "
			       "some");
	for (size_t i = 0; i < t->department_count; i++) {
		bool there;

		if (!store_department_exists(f->db, t->departments[i], &there, e))
			return false;
		if (!there)
			return err_set(e, ERR_UNPROCESSABLE,
				       "departments[%zu]: there is no such department", i);
	}
	return true;
}

/* What was made with a token is no more than that one. */
static bool below_token(struct flow *f, const char *maker, struct store_token *t, struct err *e)
{
	struct store_token parent;

	if (maker == NULL)
		return true;
	if (!store_token_get(f->db, f->arena, maker, &parent, e))
		return false;
	if (parent.account == NULL && parent.maker != NULL)
		return err_set(e, ERR_FORBIDDEN,
			       "This token belongs to nobody and was made with another: it makes "
			       "no further ones.");
	if (parent.expires_ms != 0 && (t->expires_ms == 0 || t->expires_ms > parent.expires_ms))
		t->expires_ms = parent.expires_ms;
	if (parent.department_count == 0)
		return true;
	if (t->department_count > 0)
		return err_set(e, ERR_FORBIDDEN,
			       "departments: a token that is made with this one is for the same "
			       "departments");
	t->departments = parent.departments;
	t->department_count = parent.department_count;
	return true;
}

/* Departments beside those of its account would leave it nothing. */
static bool within_account(struct flow *f, const struct store_token *t, struct err *e)
{
	struct store_account account;
	const char *const *scope;
	size_t count;

	if (t->account == NULL || t->department_count == 0)
		return true;
	if (!store_account_get(f->db, f->arena, t->account, &account, e))
		return false;
	return account.department_count == 0 ||
	       (store_token_scope(f->db, f->arena, t, &scope, &count, e) &&
		(count > 0 ||
		 err_set(e, ERR_UNPROCESSABLE,
			 "departments: these are none of the departments of your account")));
}

static bool has_room(struct flow *f, const struct flow_token_maker *maker, struct err *e)
{
	int64_t count;

	if (!store_token_count(f->db, maker->account, maker->token, f->now_ms, &count, e))
		return false;
	return count < TOKEN_MAX_OF_ACCOUNT ||
	       err_set(e, ERR_CONFLICT,
		       "There are %d tokens of this account, or made with this token, already; "
		       "revoke some.",
		       TOKEN_MAX_OF_ACCOUNT);
}

static bool check(struct flow *f, const struct flow_token_maker *maker, struct store_token *t,
		  struct err *e)
{
	if (*t->name == '\0' || !text_printable(t->name, false) ||
	    text_length(t->name) > TOKEN_MAX_NAME)
		return err_set(e, ERR_INVALID, "name: must be 1 to %d characters on one line",
			       TOKEN_MAX_NAME);
	if (!role_covers(maker->role, t->role))
		return err_set(e, ERR_FORBIDDEN, "role: the role %s may not hand out the role %s",
			       role_name(maker->role), role_name(t->role));
	return below_token(f, maker->token, t, e) && check_departments(f, t, e) &&
	       has_room(f, maker, e);
}

bool flow_token_make(struct flow *f, const struct flow_token_maker *maker, int64_t days,
		     struct store_token *t, char text[static TOKEN_SIZE], struct err *e)
{
	unsigned char hash[CRYPTO_HASH_SIZE];
	char *id = arena_alloc(f->arena, ID_SIZE);

	id_new(id);
	t->id = id;
	t->account = maker->account;
	t->maker = maker->token;
	t->created_ms = f->now_ms;
	t->expires_ms = days == 0 ? 0 : f->now_ms + days * DAY_MS;
	if (!check(f, maker, t, e))
		return false;
	random_token(TOKEN_PREFIX, TOKEN_BYTES, text);
	crypto_sha256(text, strlen(text), hash);
	return store_token_add(f->db, t, hash, f->now_ms, e) && within_account(f, t, e) &&
	       flow_event(f,
			  &(struct flow_event){.kind = "token-created",
					       .object = "token",
					       .object_id = id,
					       .text = arena_printf(f->arena, "%s, role %s",
								    t->name, role_name(t->role))},
			  e);
}

bool flow_token_revoke(struct flow *f, const struct store_token *t, struct err *e)
{
	if (t->revoked_ms != 0)
		return err_set(e, ERR_CONFLICT, "This token was revoked before.");
	return store_token_revoke(f->db, t->id, f->now_ms, e) &&
	       flow_event(f,
			  &(struct flow_event){.kind = "token-revoked",
					       .object = "token",
					       .object_id = t->id,
					       .text = arena_printf(f->arena, "%s, role %s",
								    t->name, role_name(t->role))},
			  e);
}
