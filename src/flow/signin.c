#include "flow/signin.h"

#include <string.h>

#include "base/text.h"
#include "crypto/crypto.h"
#include "flow/credential.h"
#include "flow/record.h"
#include "model/proxy.h"
#include "store/local.h"
#include "store/note.h"
#include "store/rate.h"
#include "store/source.h"

#define HEX_SIZE (2 * CRYPTO_HASH_SIZE + 1)

/* --- allowances --- */

/* By what was typed, so that who does not exist is treated alike. */
static const char *named(struct flow *f, const struct flow_signin *s)
{
	return s->source == NULL ? s->email : arena_printf(f->arena, "%s\n%s", s->source, s->email);
}

/* What an allowance is for, hashed. */
static void rate_key(struct flow *f, const struct flow_signin *s, enum signin_rate rate,
		     unsigned char out[CRYPTO_HASH_SIZE])
{
	char browser[HEX_SIZE] = "";
	const char *from = address_group(f->arena, s->address), *text = "";

	if (s->browser != NULL && s->from == SIGNIN_FROM_KNOWN_BROWSER)
		text_hex(s->browser, CRYPTO_HASH_SIZE, browser);
	switch (rate) {
	case SIGNIN_ADDRESS:
		text = from;
		break;
	case SIGNIN_ACCOUNT_ADDRESS:
		text = arena_printf(f->arena, "%s\n%s", named(f, s), from);
		break;
	case SIGNIN_STRANGERS:
	case SIGNIN_RECORD:
		text = named(f, s);
		break;
	case SIGNIN_BROWSER:
	case SIGNIN_CODE:
	case SIGNIN_CODE_DAY:
		text = arena_printf(f->arena, "%s\n%s", named(f, s), browser);
		break;
	case SIGNIN_RATES:
		break;
	}
	text = arena_printf(f->arena, "signin %d\n%s", (int)rate, text);
	crypto_sha256(text, strlen(text), out);
}

typedef bool rate_fn(struct db *db, const unsigned char *key, const struct rate *rate,
		     int64_t now_ms, int64_t *wait_ms, struct err *e);

static bool use_rate(struct flow *f, struct flow_signin *s, enum signin_rate rate, rate_fn *use,
		     struct err *e)
{
	unsigned char key[CRYPTO_HASH_SIZE];

	rate_key(f, s, rate, key);
	if (!use(f->db, key, &signin_rates[rate], f->now_ms, &s->wait_ms, e))
		return false;
	return s->wait_ms == 0 ||
	       err_set(e, ERR_TOO_MANY, "Too many attempts; try again in %lld minutes.",
		       (long long)(s->wait_ms / 60000 + 1));
}

static bool use_rates(struct flow *f, struct flow_signin *s, rate_fn *use, struct err *e)
{
	for (int rate = 0; rate < SIGNIN_RATES; rate++) {
		if (signin_counts((enum signin_rate)rate, s->from) &&
		    !use_rate(f, s, (enum signin_rate)rate, use, e))
			return false;
	}
	return true;
}

static bool give(struct flow *f, const struct flow_signin *s, enum signin_rate rate, struct err *e)
{
	unsigned char key[CRYPTO_HASH_SIZE];

	rate_key(f, s, rate, key);
	return store_rate_give(f->db, key, &signin_rates[rate], e);
}

static bool give_back(struct flow *f, const struct flow_signin *s, struct err *e)
{
	for (int rate = 0; rate < SIGNIN_RATES; rate++) {
		if (signin_counts((enum signin_rate)rate, s->from) &&
		    !give(f, s, (enum signin_rate)rate, e))
			return false;
	}
	return true;
}

/* --- before the password is compared --- */

/* A person as far as signing in is concerned. Who left still has the number, but no claim on the address. */
static bool find_person(struct flow *f, const struct flow_signin *s, struct store_account *out,
			struct store_credential *credential, bool *found, struct err *e)
{
	const char *id;
	struct store_person p;
	struct store_source source;

	*credential = (struct store_credential){0};
	if (!(strchr(s->email, '@') != NULL ? store_local_person_by_email
					    : store_local_person_by_number)(
		f->db, f->arena, s->source, s->email, NULL, &id, e))
		return false;
	*found = id != NULL;
	if (!*found)
		return true;
	if (!store_person_get(f->db, f->arena, id, &p, e) ||
	    !store_source_get(f->db, f->arena, s->source, &source, e) ||
	    !store_local_password(f->db, f->arena, id, &credential->password, e))
		return false;
	*out = (struct store_account){
	    .id = p.id, .name = p.name, .email = p.name, .active = !p.departed && source.enabled};
	return true;
}

/* *found is false when there is none. */
static bool find(struct flow *f, const struct flow_signin *s, struct store_account *account,
		 struct store_credential *credential, bool *found, struct err *e)
{
	if (s->source != NULL)
		return find_person(f, s, account, credential, found, e);
	*found = store_account_by_email(f->db, f->arena, s->email, account, e);
	if (!*found) {
		bool none = e->code == ERR_NOT_FOUND;

		if (none)
			err_clear(e);
		return none;
	}
	return store_credential_get(f->db, f->arena, account->id, credential, e);
}

static bool find_from(struct flow *f, struct flow_signin *s, const char *account, struct err *e)
{
	struct store_known known;

	if (!store_known_get(f->db, account, s->browser, address_group(f->arena, s->address),
			     f->now_ms - SIGNIN_KNOWN_MS, &known, e))
		return false;
	s->from = known.browser   ? SIGNIN_FROM_KNOWN_BROWSER
		  : known.address ? SIGNIN_FROM_KNOWN_ADDRESS
				  : SIGNIN_FROM_ANYWHERE;
	return true;
}

bool flow_signin_look(struct flow *f, struct flow_signin *s, struct err *e)
{
	struct store_account account;
	struct store_credential credential;
	bool found;

	s->from = SIGNIN_FROM_ANYWHERE;
	s->password = NULL;
	if (!find(f, s, &account, &credential, &found, e) ||
	    !find_from(f, s, found ? account.id : "", e))
		return false;
	if (found)
		s->password = credential.password;
	return use_rates(f, s, store_rate_look, e);
}

bool flow_signin_charge(struct flow *f, struct flow_signin *s, struct err *e)
{
	return use_rates(f, s, store_rate_take, e);
}

/* --- after --- */

static const char *more(struct flow *f, int64_t missed)
{
	return missed == 0 ? ""
			   : arena_printf(f->arena, "; %lld more since the last that was recorded",
					  (long long)missed);
}

/* One by one as long as there are few, so that nobody can flood the record. about: whose allowance it takes. */
static bool record_failure(struct flow *f, const struct flow_signin *about, const char *object,
			   const char *object_id, const char *text, struct err *e)
{
	unsigned char key[CRYPTO_HASH_SIZE];
	int64_t missed;
	bool said;

	db_note(f->db, NOTE_COUNT, COUNT_SIGNIN_FAILED);
	rate_key(f, about, SIGNIN_RECORD, key);
	if (!store_rate_say(f->db, key, &signin_rates[SIGNIN_RECORD], f->now_ms, &said, &missed, e))
		return false;
	return !said || flow_event(f,
				   &(struct flow_event){.kind = "signin-failed",
							.object = object,
							.object_id = object_id,
							.text = arena_printf(f->arena, "%s%s", text,
									     more(f, missed))},
				   e);
}

static bool end(struct flow *f, struct flow_signin *s, const struct store_account *account,
		enum flow_signin_end how, const char *why, struct err *e)
{
	struct flow_signin about = *s;
	const char *object = s->source != NULL ? "person" : "account";

	s->end = how;
	if (account != NULL)
		return record_failure(f, s, object, account->id,
				      arena_printf(f->arena, "%s: %s", account->email, why), e);
	/* What was typed as the address is not recorded: it may be a password. */
	about.email = "";
	return record_failure(f, &about, object, NULL, why, e);
}

static bool known_from_now(struct flow *f, const struct flow_signin *s, struct err *e)
{
	return store_known_add(f->db, s->account.id, s->browser, s->browser_new,
			       address_group(f->arena, s->address), f->now_ms, e);
}

bool flow_signin_begin(struct flow *f, struct flow_signin *s, const char *how, struct err *e)
{
	const struct store_session session = {.account = s->account.id,
					      .csrf = s->csrf,
					      .address = s->address,
					      .agent = s->agent,
					      .expires_ms = f->now_ms + SESSION_LIFE_MS};

	s->end = FLOW_SIGNIN_DONE;
	db_note(f->db, NOTE_COUNT, COUNT_SIGNIN_DONE);
	f->actor = flow_somebody(f, "account", s->account.id, s->account.name);
	return (s->replaces == NULL || store_session_remove(f->db, s->replaces, e)) &&
	       store_session_add(f->db, s->session, &session, f->now_ms, e) &&
	       known_from_now(f, s, e) &&
	       store_account_signed_in(f->db, s->account.id, f->now_ms, e) &&
	       flow_event(f,
			  &(struct flow_event){.kind = "signed-in",
					       .object = "account",
					       .object_id = s->account.id,
					       .text = how},
			  e);
}

static bool with_code(struct flow *f, struct flow_signin *s, const struct store_credential *c,
		      struct err *e)
{
	enum flow_code code;

	if (s->code == NULL) {
		s->end = FLOW_SIGNIN_CODE;
		return true;
	}
	if (!use_rate(f, s, SIGNIN_CODE, store_rate_take, e) ||
	    !use_rate(f, s, SIGNIN_CODE_DAY, store_rate_take, e) ||
	    !flow_code_use(f, s->master, s->account.id, c, s->code, &code, e))
		return false;
	if (code == FLOW_CODE_WRONG)
		return end(f, s, &s->account, FLOW_SIGNIN_CODE_WRONG, "wrong code", e);
	if (!give(f, s, SIGNIN_CODE, e) || !give(f, s, SIGNIN_CODE_DAY, e))
		return false;
	if (code == FLOW_CODE_TOTP)
		return flow_signin_begin(f, s, arena_printf(f->arena, "with %s and code", s->way),
					 e);
	return flow_signin_begin(f, s,
				 arena_printf(f->arena, "with %s and recovery code; %lld are left",
					      s->way, (long long)(c->codes - 1)),
				 e);
}

/* s->account has said who it is. */
static bool proven(struct flow *f, struct flow_signin *s, const struct store_credential *c,
		   struct err *e)
{
	if (!s->account.active)
		return end(f, s, &s->account, FLOW_SIGNIN_DISABLED,
			   s->source != NULL ? "the person has left, or the source is disabled"
					     : "the account is disabled",
			   e);
	if (s->source != NULL) {
		s->end = FLOW_SIGNIN_DONE;
		return known_from_now(f, s, e);
	}
	if (c->totp_confirmed)
		return with_code(f, s, c, e);
	return flow_signin_begin(f, s, arena_printf(f->arena, "with %s", s->way), e);
}

bool flow_signin_finish(struct flow *f, struct flow_signin *s, bool right, struct err *e)
{
	struct store_credential credential;
	bool found;

	if (!find(f, s, &s->account, &credential, &found, e))
		return false;
	if (!found)
		return end(f, s, NULL, FLOW_SIGNIN_WRONG, "unknown address", e);
	/* It may have been changed while the old one was compared. */
	if (!right || !text_equal(credential.password, s->password))
		return end(f, s, &s->account, FLOW_SIGNIN_WRONG, "wrong password", e);
	s->way = "password";
	return give_back(f, s, e) && proven(f, s, &credential, e);
}

/* --- vouched for --- */

bool flow_signin_refused(struct flow *f, const struct flow_signin *s, const char *person,
			 const char *why, struct err *e)
{
	struct flow_signin about = *s;

	about.source = "refused";
	about.email = person != NULL ? person : address_group(f->arena, s->address);
	return record_failure(f, &about, "person", person, why, e);
}

bool flow_signin_vouched(struct flow *f, struct flow_signin *s, const char *person, const char *way,
			 struct err *e)
{
	struct store_credential credential;

	s->way = way;
	s->end = FLOW_SIGNIN_WRONG;
	if (!store_account_by_person(f->db, f->arena, person, &s->account, e)) {
		bool none = e->code == ERR_NOT_FOUND;

		if (none)
			err_clear(e);
		return none;
	}
	s->email = s->account.email;
	return find_from(f, s, s->account.id, e) &&
	       store_credential_get(f->db, f->arena, s->account.id, &credential, e) &&
	       proven(f, s, &credential, e);
}

/* --- once more, by who is signed in --- */

static void proof_key(struct flow *f, const char *session, unsigned char out[CRYPTO_HASH_SIZE])
{
	const char *text = arena_printf(f->arena, "proof\n%s", session);

	crypto_sha256(text, strlen(text), out);
}

bool flow_proof_charge(struct flow *f, const char *session, int64_t *wait_ms, struct err *e)
{
	unsigned char key[CRYPTO_HASH_SIZE];

	proof_key(f, session, key);
	if (!store_rate_take(f->db, key, &signin_rates[SIGNIN_BROWSER], f->now_ms, wait_ms, e))
		return false;
	return *wait_ms == 0 ||
	       err_set(e, ERR_TOO_MANY, "Too many attempts; try again in %lld minutes.",
		       (long long)(*wait_ms / 60000 + 1));
}

bool flow_proof_right(struct flow *f, const char *session, struct err *e)
{
	unsigned char key[CRYPTO_HASH_SIZE];

	proof_key(f, session, key);
	return store_rate_give(f->db, key, &signin_rates[SIGNIN_BROWSER], e);
}
