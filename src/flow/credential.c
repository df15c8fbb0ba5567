#include "flow/credential.h"

#include "base/id.h"
#include "base/text.h"
#include "flow/record.h"
#include "store/session.h"

static bool record(struct flow *f, const char *kind, const char *account, struct err *e)
{
	return flow_event(
	    f, &(struct flow_event){.kind = kind, .object = "account", .object_id = account}, e);
}

bool flow_password_change(struct flow *f, const char *account, const char *password,
			  const char *keep, struct err *e)
{
	return store_credential_password(f->db, account, password, e) &&
	       store_session_end_all(f->db, account, keep, NULL, e) &&
	       store_link_remove(f->db, account, NULL, e) &&
	       record(f, "password-changed", account, e);
}

/* A row cannot be moved to another account. */
static const char *seal_context(struct flow *f, const char *account)
{
	return arena_printf(f->arena, "holdfast totp 1 %s", account);
}

bool flow_totp_enrol(struct flow *f, const unsigned char *master, const char *account,
		     unsigned char secret[static CRYPTO_TOTP_SECRET_SIZE], struct err *e)
{
	unsigned char sealed[CRYPTO_TOTP_SECRET_SIZE + CRYPTO_SEAL_OVERHEAD];
	struct store_credential now;

	if (!store_credential_get(f->db, f->arena, account, &now, e))
		return false;
	if (now.totp_confirmed)
		return err_set(e, ERR_CONFLICT,
			       "Codes are asked for already. Take them away first to begin anew.");
	random_bytes(secret, CRYPTO_TOTP_SECRET_SIZE);
	crypto_seal(master, seal_context(f, account), secret, CRYPTO_TOTP_SECRET_SIZE, sealed);
	return store_credential_totp(f->db, account, sealed, sizeof(sealed), e);
}

/* *right is false also for a code that counted before; *step is its own. */
static bool totp_right(struct flow *f, const unsigned char *master, const char *account,
		       const struct store_credential *c, const char *code, int64_t *step,
		       bool *right, struct err *e)
{
	unsigned char secret[CRYPTO_TOTP_SECRET_SIZE];

	*right = false;
	if (c->totp == NULL)
		return true;
	if (c->totp_size != sizeof(secret) + CRYPTO_SEAL_OVERHEAD)
		return err_set(e, ERR_CRYPTO, "a stored TOTP secret has the wrong size");
	if (!crypto_unseal(master, seal_context(f, account), c->totp, c->totp_size, secret, e))
		return false;
	*step = c->totp_step;
	*right = crypto_totp_verify(secret, code, f->now_ms, step);
	crypto_wipe(secret, sizeof(secret));
	return true;
}

/* What people type: without blanks and hyphens, in upper case. */
static bool recovery_hash(const char *typed, unsigned char hash[CRYPTO_HASH_SIZE])
{
	char code[FLOW_RECOVERY_SIZE];
	size_t n = 0;

	for (; *typed != '\0'; typed++) {
		if (*typed == ' ' || *typed == '-')
			continue;
		if (n == sizeof(code))
			return false;
		code[n++] = *typed >= 'a' && *typed <= 'z' ? (char)(*typed - 'a' + 'A') : *typed;
	}
	crypto_sha256(code, n, hash);
	crypto_wipe(code, sizeof(code));
	return true;
}

static void new_code(char out[static FLOW_RECOVERY_SIZE])
{
	unsigned char random[10];
	char text[TEXT_BASE32_SIZE(sizeof(random))];
	size_t n = 0;

	random_bytes(random, sizeof(random));
	text_base32(random, sizeof(random), text);
	for (size_t i = 0; text[i] != '\0'; i++) {
		if (i > 0 && i % 4 == 0)
			out[n++] = '-';
		out[n++] = text[i];
	}
	out[n] = '\0';
	crypto_wipe(random, sizeof(random));
	crypto_wipe(text, sizeof(text));
}

static bool new_codes(struct flow *f, const char *account, char codes[][FLOW_RECOVERY_SIZE],
		      struct err *e)
{
	unsigned char hashes[FLOW_RECOVERY_CODES][CREDENTIAL_HASH];

	for (size_t i = 0; i < FLOW_RECOVERY_CODES; i++) {
		new_code(codes[i]);
		(void)recovery_hash(codes[i], hashes[i]);
	}
	return store_credential_codes(f->db, account, hashes, FLOW_RECOVERY_CODES, e);
}

bool flow_totp_confirm(struct flow *f, const unsigned char *master, const char *account,
		       const char *code, char codes[][FLOW_RECOVERY_SIZE], struct err *e)
{
	struct store_credential now;
	int64_t step;
	bool right, won;

	if (!store_credential_get(f->db, f->arena, account, &now, e))
		return false;
	if (now.totp == NULL || now.totp_confirmed)
		return err_set(e, ERR_CONFLICT,
			       "There is nothing to confirm: ask for a secret first.");
	if (!totp_right(f, master, account, &now, code, &step, &right, e))
		return false;
	if (!right)
		return err_set(e, ERR_UNPROCESSABLE,
			       "The code does not match. Is the clock of the phone right?");
	if (!store_credential_step(f->db, account, step, &won, e))
		return false;
	if (!won)
		return err_set(e, ERR_CONFLICT, "Somebody else was first: codes are asked for.");
	return new_codes(f, account, codes, e) && record(f, "totp-enabled", account, e);
}

bool flow_totp_remove(struct flow *f, const char *account, struct err *e)
{
	struct store_credential now;

	if (!store_credential_get(f->db, f->arena, account, &now, e))
		return false;
	if (now.totp == NULL)
		return err_set(e, ERR_CONFLICT, "This account is not asked for codes.");
	return store_credential_totp(f->db, account, NULL, 0, e) &&
	       record(f, "totp-disabled", account, e);
}

bool flow_recovery_codes(struct flow *f, const char *account, char codes[][FLOW_RECOVERY_SIZE],
			 struct err *e)
{
	struct store_credential now;

	if (!store_credential_get(f->db, f->arena, account, &now, e))
		return false;
	if (!now.totp_confirmed)
		return err_set(e, ERR_CONFLICT, "This account is not asked for codes.");
	return new_codes(f, account, codes, e) && record(f, "recovery-codes-made", account, e);
}

bool flow_code_use(struct flow *f, const unsigned char *master, const char *account,
		   const struct store_credential *credential, const char *code, enum flow_code *out,
		   struct err *e)
{
	unsigned char hash[CRYPTO_HASH_SIZE];
	int64_t step;
	bool right, used = false;

	*out = FLOW_CODE_WRONG;
	if (!totp_right(f, master, account, credential, code, &step, &right, e))
		return false;
	if (right) {
		if (!store_credential_step(f->db, account, step, &used, e))
			return false;
		*out = used ? FLOW_CODE_TOTP : FLOW_CODE_WRONG;
		return true;
	}
	if (!recovery_hash(code, hash))
		return true;
	if (!store_credential_use_code(f->db, account, hash, &used, e))
		return false;
	*out = used ? FLOW_CODE_RECOVERY : FLOW_CODE_WRONG;
	return true;
}
