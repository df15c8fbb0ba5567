/* An account as it is shown, to itself and to others. */
#pragma once

#include "web/request.h"
#include "store/account.h"

struct account_sign_in {
	bool password, totp;
	int64_t last_ms;
};

struct account_link {
	const char *link;
	int64_t expires_ms;
};

struct account_view {
	struct store_account stored;
	const char *role, *state;
	struct json_list departments;
	const struct account_sign_in *sign_in; /* NULL: none of the reader's business */
	const struct account_link *invitation; /* of one that was just made, else NULL */
};

extern const struct json_field account_json[];
extern const struct json_field account_link_json[];
extern const char *const account_roles[];

/* sign_in: with how it signs in. */
void account_view(struct request *r, const struct store_account *account, bool sign_in,
		  struct account_view *out);
