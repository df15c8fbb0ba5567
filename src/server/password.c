#include "server/password.h"

#include "flow/signin.h"
#include "server/server.h"
#include "store/credential.h"

#define BUSY_MS 1000

static bool enter(struct request *r, int places, struct err *e)
{
	atomic_int *hashing = &r->server->hashing;

	if (atomic_fetch_add(hashing, 1) < places)
		return true;
	atomic_fetch_sub(hashing, 1);
	r->retry_ms = BUSY_MS;
	return err_set(e, ERR_UNAVAILABLE,
		       "Too many are signing in at this moment; try again in a second.");
}

bool password_compare(struct request *r, const char *hash, const char *password, bool known,
		      bool *right, struct err *e)
{
	if (!enter(r, known ? PASSWORD_PLACES : PASSWORD_PLACES_STRANGERS, e))
		return false;
	*right = crypto_password_verify(hash, password);
	atomic_fetch_sub(&r->server->hashing, 1);
	return true;
}

bool password_hash(struct request *r, const char *password, const char **out, struct err *e)
{
	char hash[CRYPTO_PASSWORD_SIZE];
	bool ok;

	if (!enter(r, PASSWORD_PLACES, e))
		return false;
	ok = crypto_password_hash(password, hash, e);
	atomic_fetch_sub(&r->server->hashing, 1);
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

bool password_prove(struct request *r, const char *password, struct err *e)
{
	struct store_credential credential;
	bool right;

	if (r->caller.session == NULL)
		return err_set(e, ERR_FORBIDDEN,
			       "An API token may not do this: sign in with the account.");
	if (!store_credential_get(r->db, r->arena, r->caller.account, &credential, e) ||
	    !request_run(r, charge, r, e) ||
	    !password_compare(r, credential.password, password, true, &right, e))
		return false;
	return right ? request_run(r, give_back, r, e)
		     : err_set(e, ERR_FORBIDDEN, "The password is not right.");
}
