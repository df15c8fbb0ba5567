#include "flow/account.h"

#include <string.h>

#include "base/id.h"
#include "base/text.h"
#include "crypto/crypto.h"
#include "flow/doctor.h"
#include "flow/record.h"
#include "model/notice.h"
#include "model/signin.h"
#include "store/credential.h"
#include "store/department.h"
#include "store/person.h"
#include "store/session.h"
#include "store/task.h"
#include "store/token.h"

static bool record(struct flow *f, const char *kind, const char *account, const char *text,
		   const char *detail, struct err *e)
{
	return flow_event(f,
			  &(struct flow_event){.kind = kind,
					       .object = "account",
					       .object_id = account,
					       .text = text,
					       .detail = detail},
			  e);
}

/* --- what an account may be --- */

static bool check_departments(struct flow *f, const struct store_account *a, struct err *e)
{
	if (a->department_count > 0 && !role_scoped(a->role))
		return err_set(
		    e, ERR_UNPROCESSABLE,
		    "departments: only an approver or an auditor can be limited to some");
	for (size_t i = 0; i < a->department_count; i++) {
		bool there;

		if (!store_department_exists(f->db, a->departments[i], &there, e))
			return false;
		if (!there)
			return err_set(e, ERR_UNPROCESSABLE,
				       "departments[%zu]: there is no such department", i);
	}
	return true;
}

static bool check(struct flow *f, const struct store_account *a, struct err *e)
{
	bool there = true;

	if (*a->name == '\0' || !text_printable(a->name, false) ||
	    text_length(a->name) > ACCOUNT_MAX_NAME)
		return err_set(e, ERR_INVALID, "name: must be 1 to %d characters on one line",
			       ACCOUNT_MAX_NAME);
	if (a->person != NULL && !store_person_exists(f->db, a->person, &there, e))
		return false;
	if (!there)
		return err_set(e, ERR_UNPROCESSABLE, "person: there is no such person");
	return check_departments(f, a, e);
}

static void put_account(struct json_writer *w, const char *key, const struct store_account *a)
{
	json_object(w, key);
	json_put_text(w, "name", a->name);
	json_put_text(w, "role", role_name(a->role));
	json_put_text(w, "state", a->active ? "active" : "disabled");
	json_put_text(w, "language", a->language);
	json_put_text(w, "person", a->person);
	json_array(w, "departments");
	for (size_t i = 0; i < a->department_count; i++)
		json_put_text(w, NULL, a->departments[i]);
	json_array_end(w);
	json_object_end(w);
}

/* before NULL: it is new; after NULL: it is gone. */
static const char *detail(struct flow *f, const struct store_account *before,
			  const struct store_account *after)
{
	AUTO(buf_done) struct buf text = {0};
	struct json_writer w = {.out = &text};

	json_object(&w, NULL);
	if (before != NULL)
		put_account(&w, "before", before);
	if (after != NULL)
		put_account(&w, "after", after);
	json_object_end(&w);
	return arena_dup(f->arena, text.data);
}

/* What waits for an approver, and the workflows that name one, are looked at again. */
static bool review(struct flow *f, const char *account, struct err *e)
{
	return store_approval_review(f->db, account, f->now_ms, e) &&
	       flow_doctor_accounts_changed(f, e);
}

bool flow_account_add(struct flow *f, struct store_account *account, struct err *e)
{
	char *id = arena_alloc(f->arena, ID_SIZE);

	id_new(id);
	account->id = id;
	account->updated_ms = f->now_ms;
	return check(f, account, e) && store_account_add(f->db, account, f->now_ms, e) &&
	       record(f, "account-added", id,
		      arena_printf(f->arena, "%s <%s>, %s", account->name, account->email,
				   role_name(account->role)),
		      detail(f, NULL, account), e) &&
	       review(f, id, e);
}

/* Somebody must be left who can put everything right again. */
static bool keeps_owner(struct flow *f, const struct store_account *before, bool stays,
			struct err *e)
{
	bool owned = true;

	if (before->role != ROLE_OWNER || !before->active || stays)
		return true;
	if (!store_account_owned(f->db, before->id, &owned, e))
		return false;
	return owned || err_set(e, ERR_CONFLICT,
				"This is the last active owner who can sign in. Make somebody else "
				"one first.");
}

static bool shut_out(struct flow *f, const char *account, struct err *e)
{
	return store_session_end_all(f->db, account, NULL, NULL, e) &&
	       store_token_revoke_all(f->db, account, f->now_ms, e) &&
	       store_link_remove(f->db, account, NULL, e);
}

static bool keeps_person(const struct store_account *before, const struct store_account *account,
			 const char *by, struct err *e)
{
	return by == NULL || !text_equal(by, before->id) || before->person == NULL ||
	       text_equal(before->person, account->person) ||
	       err_set(
		   e, ERR_FORBIDDEN,
		   "person: nobody changes whom his own account belongs to; another owner may.");
}

/* Whoever signed in as the person before is not whom the account belongs to any more. */
static bool ends_anothers(struct flow *f, const struct store_account *before,
			  const struct store_account *account, struct err *e)
{
	return before->person == NULL || text_equal(before->person, account->person) ||
	       store_session_end_all(f->db, account->id, NULL, NULL, e);
}

bool flow_account_change(struct flow *f, const struct store_account *before,
			 const struct store_account *account, const char *by, struct err *e)
{
	bool stays = account->role == ROLE_OWNER && account->active;

	return keeps_person(before, account, by, e) && check(f, account, e) &&
	       keeps_owner(f, before, stays, e) &&
	       store_account_set(f->db, account, f->now_ms, e) &&
	       (account->active || shut_out(f, account->id, e)) &&
	       ends_anothers(f, before, account, e) &&
	       record(f, "account-changed", account->id,
		      arena_printf(f->arena, "%s <%s>: %s, %s", account->name, before->email,
				   role_name(account->role),
				   account->active ? "active" : "disabled"),
		      detail(f, before, account), e) &&
	       review(f, account->id, e);
}

bool flow_account_remove(struct flow *f, const struct store_account *before, struct err *e)
{
	return keeps_owner(f, before, false, e) && store_account_remove(f->db, before, e) &&
	       record(f, "account-removed", before->id,
		      arena_printf(f->arena, "%s <%s>, %s", before->name, before->email,
				   role_name(before->role)),
		      detail(f, before, NULL), e) &&
	       review(f, before->id, e);
}

/* --- one-time links --- */

static bool may_make(struct flow *f, const struct flow_link *link, struct err *e)
{
	struct store_account account;
	bool owned;

	if (link->account != NULL)
		return store_account_get(f->db, f->arena, link->account, &account, e) &&
		       (account.active || err_set(e, ERR_CONFLICT, "This account is disabled."));
	if (!store_account_owned(f->db, NULL, &owned, e))
		return false;
	return !owned || err_set(e, ERR_CONFLICT, "There is an owner already.");
}

bool flow_link_make(struct flow *f, const struct flow_link *link,
		    char secret[static FLOW_LINK_SIZE], struct err *e)
{
	struct store_link stored = {.account = link->account,
				    .resets_totp = link->resets_totp,
				    .expires_ms = f->now_ms + link->life_ms};

	if (!may_make(f, link, e))
		return false;
	random_token("", 32, secret);
	crypto_sha256(secret, strlen(secret), stored.hash);
	return store_link_add(f->db, &stored, e) &&
	       record(f, link->account == NULL ? "setup-link-made" : "account-link-made",
		      link->account,
		      link->resets_totp ? "sets a password and takes the second factor away"
					: "sets a password",
		      NULL, e);
}

/* A person's link is none here. */
static bool gone_now(struct err *e)
{
	return err_set(e, ERR_GONE,
		       "This link is not good any more: it was used, replaced by a newer one, or "
		       "has expired.");
}

static bool gone(struct err *e)
{
	return e->code == ERR_NOT_FOUND ? gone_now(e) : false;
}

static bool check_owner(const struct flow_link_use *use, struct err *e)
{
	if (use->name == NULL || use->email == NULL)
		return err_set(e, ERR_INVALID, "%s: is missing: this link makes the first owner",
			       use->name == NULL ? "name" : "email");
	return true;
}

bool flow_link_look(struct flow *f, const char *secret, struct store_account *out, struct err *e)
{
	struct store_link link;

	*out = (struct store_account){0};
	crypto_sha256(secret, strlen(secret), link.hash);
	if (!store_link_get(f->db, f->arena, f->now_ms, &link, e))
		return gone(e);
	if (link.person != NULL)
		return gone_now(e);
	if (link.account == NULL)
		return true;
	return store_account_get(f->db, f->arena, link.account, out, e) &&
	       (out->active || err_set(e, ERR_GONE, "This account is disabled."));
}

bool flow_link_check(struct flow *f, struct flow_link_use *use, struct err *e)
{
	struct store_account account;

	if (!flow_link_look(f, use->secret, &account, e))
		return false;
	if (account.id == NULL)
		return check_owner(use, e);
	if (use->name != NULL || use->email != NULL)
		return err_set(e, ERR_INVALID,
			       "name and email: this link is for an account that has them");
	use->email = account.email;
	return true;
}

static bool first_owner(struct flow *f, const struct flow_link_use *use, struct store_account *out,
			struct err *e)
{
	bool owned;

	*out = (struct store_account){.name = use->name,
				      .email = use->email,
				      .role = ROLE_OWNER,
				      .active = true,
				      .language = use->language};
	if (!check_owner(use, e) || !store_account_owned(f->db, NULL, &owned, e))
		return false;
	if (owned)
		return err_set(e, ERR_GONE, "There is an owner already.");
	return flow_account_add(f, out, e);
}

bool flow_link_use(struct flow *f, const struct flow_link_use *use, struct store_account *out,
		   struct err *e)
{
	struct store_link link;

	crypto_sha256(use->secret, strlen(use->secret), link.hash);
	if (!store_link_take(f->db, f->arena, f->now_ms, &link, e))
		return gone(e);
	if (link.person != NULL)
		return gone_now(e);
	if (!(link.account == NULL ? first_owner(f, use, out, e)
				   : store_account_get(f->db, f->arena, link.account, out, e)))
		return false;
	if (!out->active)
		return err_set(e, ERR_GONE, "This account is disabled.");
	f->actor = flow_somebody(f, "account", out->id, out->name);
	return store_credential_password(f->db, out->id, use->password, e) &&
	       (!link.resets_totp || store_credential_totp(f->db, out->id, NULL, 0, e)) &&
	       store_session_end_all(f->db, out->id, NULL, NULL, e) &&
	       store_known_purge(f->db, out->id, f->now_ms, e) &&
	       record(f, "password-set", out->id,
		      link.resets_totp ? "with a link; the second factor is gone" : "with a link",
		      NULL, e) &&
	       store_account_get(f->db, f->arena, out->id, out, e);
}
