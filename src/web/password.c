#include "web/password.h"

#include "flow/signin.h"
#include "web/server.h"
#include "store/credential.h"
#include "store/session.h"

#define BUSY_MS 1000

/* Never counts one that finds no place, not even for a moment: many of those would take the last one. */
bool password_enter(struct request *r, bool known, struct err *e)
{
	atomic_int *hashing = &r->server->hashing;
	int places = known ? PASSWORD_PLACES : PASSWORD_PLACES_STRANGERS;
	int now = atomic_load(hashing);

	while (now < places) {
		if (atomic_compare_exchange_weak(hashing, &now, now + 1))
			return true;
	}
	r->retry_ms = BUSY_MS;
	return err_set(e, ERR_UNAVAILABLE,
		       "Too many are signing in at this moment; try again in a second.");
}

void password_leave(struct request *r)
{
	atomic_fetch_sub(&r->server->hashing, 1);
}

bool password_hash(struct request *r, const char *password, const char **out, struct err *e)
{
	char hash[CRYPTO_PASSWORD_SIZE];
	bool ok;

	if (!password_enter(r, true, e))
		return false;
	ok = crypto_password_hash(password, hash, e);
	password_leave(r);
	if (ok)
		*out = arena_dup(r->arena, hash);
	crypto_wipe(hash, sizeof(hash));
	return ok;
}

static bool charge(struct db *db, void *arg, struct err *e)
{
	struct request *r = arg;
	struct flow f = request_flow(r);

	f.db = db;
	return flow_proof_charge(&f, r->caller.session, &r->retry_ms, e);
}

static bool give_back(struct db *db, void *arg, struct err *e)
{
	struct request *r = arg;
	struct flow f = request_flow(r);

	f.db = db;
	return flow_proof_right(&f, r->caller.session, e);
}

static bool just_signed_in(struct request *r, struct err *e)
{
	const struct store_session_now now = {r->now_ms, r->now_ms - SESSION_IDLE_MS};
	struct store_session session;

	return store_session_by_id(r->db, r->arena, r->caller.session, &now, &session, e) &&
	       (session.created_ms > r->now_ms - SESSION_FRESH_MS ||
		err_set(e, ERR_FORBIDDEN,
			"This account has no password: sign in with DingTalk anew, then do this "
			"within %d minutes.",
			(int)(SESSION_FRESH_MS / 60000)));
}

static bool compare(struct request *r, const char *password, struct err *e)
{
	struct store_credential credential;

	if (!store_credential_get(r->db, r->arena, r->caller.account, &credential, e))
		return false;
	if (credential.password == NULL)
		return just_signed_in(r, e);
	if (password == NULL)
		return err_set(e, ERR_INVALID, "password: is missing");
	if (!request_run(r, charge, r, e))
		return false;
	return crypto_password_verify(credential.password, password)
		   ? request_run(r, give_back, r, e)
		   : err_set(e, ERR_FORBIDDEN, "The password is not right.");
}

bool password_prove(struct request *r, const char *password, struct err *e)
{
	bool ok;

	if (r->caller.session == NULL)
		return err_set(e, ERR_FORBIDDEN,
			       "An API token may not do this: sign in with the account.");
	if (!password_enter(r, true, e))
		return false;
	ok = compare(r, password, e);
	password_leave(r);
	return ok;
}
