/*
 * Enrolment tokens: devices of fleets, servers and kiosks become somebody's without anybody at a page. Good for
 * a time and a number of devices, revocable; the secret is shown once. Inside a unit.
 */
#pragma once

#include "flow/flow.h"
#include "model/enrolment.h"
#include "store/enrolment_token.h"

#define ENROLMENT_TOKEN_PREFIX "hfe_"
#define ENROLMENT_TOKEN_BYTES 32
#define ENROLMENT_TOKEN_SIZE 48 /* prefix, base64url of 32 bytes, NUL */

#define ENROLMENT_TOKEN_MAX_NAME 100
#define ENROLMENT_TOKEN_DAYS 7
#define ENROLMENT_TOKEN_MAX_DAYS 365
#define ENROLMENT_TOKEN_MAX_USES 100000
#define ENROLMENT_TOKEN_MAX_LIVE 1000 /* that devices may come with, at all */

/* Fills id, created_ms and, from days, expires_ms of *t; its name, owner, max_uses and created_by are what is
 * wanted. ERR_INVALID: the name. ERR_UNPROCESSABLE: no such person, or departed. ERR_CONFLICT: too many. */
[[nodiscard]] bool flow_enrolment_token_make(struct flow *f, int64_t days,
					     struct store_enrolment_token *t,
					     char text[static ENROLMENT_TOKEN_SIZE], struct err *e);
/* Devices that came with it stay. ERR_CONFLICT: it was before. */
[[nodiscard]] bool flow_enrolment_token_revoke(struct flow *f,
					       const struct store_enrolment_token *t,
					       struct err *e);

/* Why it enrols nothing more, or NULL. */
const struct enrolment_refusal *flow_enrolment_token_ended(const struct flow *f,
							   const struct store_enrolment_token *t);

/* What a device's token is worth: *refused is NULL and *t filled, or it says why not. A wrong one is charged
 * to the address; with too many of those *wait_ms is how long until another is looked at. */
[[nodiscard]] bool flow_enrolment_token_find(struct flow *f, const char *text, const char *address,
					     struct store_enrolment_token *t,
					     const struct enrolment_refusal **refused,
					     int64_t *wait_ms, struct err *e);
