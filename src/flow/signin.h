/*
 * Signing in as an account: with an email address and a password, or because the source of the account's
 * person has vouched for that person; and as a person of a local source. Hashing takes a tenth of a second, too
 * long for a unit of work, so there are steps: look, charge (a unit), hash, finish (a unit). An unknown address takes the
 * same steps as a known one.
 */
#pragma once

#include "flow/flow.h"
#include "model/signin.h"
#include "store/account.h"
#include "store/session.h"

enum flow_signin_end {
	FLOW_SIGNIN_WRONG, /* no such account, not its password, or the person has none */
	FLOW_SIGNIN_DISABLED,
	FLOW_SIGNIN_CODE, /* all was right so far; a code is needed */
	FLOW_SIGNIN_CODE_WRONG,
	FLOW_SIGNIN_DONE
};

struct flow_signin {
	const char *source; /* a local one, whose people sign in; NULL: accounts do */
	const char *email;  /* in lower case, or of people the external_id; flow_signin_vouched
			       fills it */
	const char *code;   /* NULL: none was given */
	const char *address, *agent;  /* of who asks */
	const unsigned char *browser; /* SHA-256 of its cookie from an earlier sign-in, or NULL */
	const unsigned char *master;  /* the server's key */
	const unsigned char
	    *replaces; /* SHA-256 of the cookie of a session that ends with it, or NULL */
	unsigned char session[32], browser_new[32]; /* SHA-256 of the cookies that it will get */
	const char *csrf;

	/* From flow_signin_look. */
	const char *password; /* argon2id's text to compare with, or NULL */
	enum signin_from from;
	int64_t wait_ms; /* with ERR_TOO_MANY: until when trying again is of use */

	/* From flow_signin_finish. */
	enum flow_signin_end end;
	struct store_account account; /* FLOW_SIGNIN_DONE; of a person id and name only */
	const char *way;              /* "password", "DingTalk": for the record */
};

/* Reading only. ERR_TOO_MANY. */
[[nodiscard]] bool flow_signin_look(struct flow *f, struct flow_signin *s, struct err *e);
/* ERR_TOO_MANY. */
[[nodiscard]] bool flow_signin_charge(struct flow *f, struct flow_signin *s, struct err *e);
/* right: the password is s->password's. Of an account the session is there when it is done; a person's is for
 * the caller to begin. ERR_TOO_MANY: of codes. */
[[nodiscard]] bool flow_signin_finish(struct flow *f, struct flow_signin *s, bool right,
				      struct err *e);

/* The person is who says so: a source has just vouched, or did when the code was asked for; the person has
 * not left. Ends as flow_signin_finish does. ERR_TOO_MANY: of codes. */
[[nodiscard]] bool flow_signin_vouched(struct flow *f, struct flow_signin *s, const char *person,
				       const char *way, struct err *e);

/* Somebody for whom a source vouched, or would not, was turned away: on record, as long as there are few of the
 * person (id, or NULL for one who is not known here: then from the address). */
[[nodiscard]] bool flow_signin_refused(struct flow *f, const struct flow_signin *s,
				       const char *person, const char *why, struct err *e);

/* A session without all that, for somebody who has just set a password; how: for the record. */
[[nodiscard]] bool flow_signin_begin(struct flow *f, struct flow_signin *s, const char *how,
				     struct err *e);

/* Somebody who is signed in says the password once more: of an allowance of the session's own. charge
 * before the comparison, then give back when it was right. ERR_TOO_MANY fills *wait_ms. */
[[nodiscard]] bool flow_proof_charge(struct flow *f, const char *session, int64_t *wait_ms,
				     struct err *e);
[[nodiscard]] bool flow_proof_right(struct flow *f, const char *session, struct err *e);
