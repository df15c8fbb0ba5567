/* What somebody who is signed in sees and changes of their own: who they are, password, codes. */
#include "base/text.h"
#include "crypto/crypto.h"
#include "flow/account.h"
#include "flow/credential.h"
#include "model/notice.h"
#include "model/signin.h"
#include "api/account.h"
#include "web/password.h"
#include "api/routes.h"
#include "web/server.h"

#define MAX_BODY 8192
#define MAX_CODE 64

/* --- who is asking --- */

struct me_token {
	const char *id;
	int64_t expires_ms;
};

struct me_session {
	const char *id, *csrf;
	int64_t expires_ms, idle_ms;
};

struct me {
	const char *name, *role;
	bool needs_totp;
	struct json_list departments;
	const struct account_view *account;
	const struct me_token *token;
	const struct me_session *session;
};

static const struct json_field token_json[] = {
    {"id", JSON_FIELD_TEXT, offsetof(struct me_token, id), .format = JSON_ID},
    {"expires_ms", JSON_FIELD_I64, offsetof(struct me_token, expires_ms), .nullable = true},
    {0}};

static const struct json_field session_json[] = {
    {"id", JSON_FIELD_TEXT, offsetof(struct me_session, id), .format = JSON_ID},
    {"csrf_token", JSON_FIELD_TEXT, offsetof(struct me_session, csrf),
     .doc = "for the header X-CSRF-Token of all that changes something"},
    {"expires_ms", JSON_FIELD_I64, offsetof(struct me_session, expires_ms)},
    {"idle_ms", JSON_FIELD_I64, offsetof(struct me_session, idle_ms),
     .doc = "it also ends when it is not used for so long"},
    {0}};

static const struct json_field me_json[] = {
    {"name", JSON_FIELD_TEXT, offsetof(struct me, name), .example = "王芳"},
    {"role", JSON_FIELD_TEXT, offsetof(struct me, role), .words = account_roles,
     .doc = "what this caller may do; a token's may be less than its account's"},
    {"departments", JSON_FIELD_ARRAY, offsetof(struct me, departments), .format = JSON_ID,
     .doc = "what it is limited to, with everything below; empty: no limit"},
    {"needs_totp", JSON_FIELD_BOOL, offsetof(struct me, needs_totp),
     .doc = "whether this session may do nothing but set up a second factor (enrolTotp)"},
    {"account", JSON_FIELD_POINTER, offsetof(struct me, account), .fields = account_json,
     .size = sizeof(struct account_view), .nullable = true,
     .doc = "null for a token that was made on the server's command line"},
    {"token", JSON_FIELD_POINTER, offsetof(struct me, token), .fields = token_json,
     .size = sizeof(struct me_token), .nullable = true},
    {"session", JSON_FIELD_POINTER, offsetof(struct me, session), .fields = session_json,
     .size = sizeof(struct me_session), .nullable = true},
    {0}};

static bool own_account(struct request *r, struct account_view *out, struct err *e)
{
	struct store_account account;

	if (!store_account_get(r->db, r->arena, r->caller.account, &account, e))
		return false;
	account_view(r, &account, true, out);
	return true;
}

static bool me_read(struct request *r, struct err *e)
{
	const struct caller *c = &r->caller;
	const struct me_token token = {c->token, c->ends_ms};
	const struct me_session session = {c->session, c->csrf, c->ends_ms, SESSION_IDLE_MS};
	struct account_view account = {0};

	if (c->account != NULL && !own_account(r, &account, e))
		return false;
	request_etag(r, account.stored.updated_ms);
	request_answer(r, &(struct me){.name = c->session != NULL ? account.stored.name : c->name,
				       .role = role_name(c->role),
				       .needs_totp = c->needs_totp,
				       .departments = {(void *)c->departments, c->department_count},
				       .account = c->account != NULL ? &account : NULL,
				       .token = c->token != NULL ? &token : NULL,
				       .session = c->session != NULL ? &session : NULL});
	return true;
}

/* --- name and language --- */

struct own_input {
	const char *name, *language;
};

static const struct json_field own_fields[] = {
    {"name", JSON_FIELD_TEXT, offsetof(struct own_input, name), .min = 1, .max = ACCOUNT_MAX_NAME,
     .example = "王芳"},
    {"language", JSON_FIELD_TEXT, offsetof(struct own_input, language), .words = language_names,
     .doc = "that the console speaks with this account"},
    {0}};

static bool of_session(const struct request *r, struct err *e)
{
	return r->caller.session != NULL ||
	       err_set(e, ERR_FORBIDDEN, "An API token may not do this: sign in with the account.");
}

/* What an owner says about the account stays as it is. */
static bool me_change(struct request *r, struct err *e)
{
	struct flow f = request_flow(r);
	struct own_input in = {0};
	struct store_account before, account;

	if (!request_read(r, &in, e) || !of_session(r, e) ||
	    !store_account_get(r->db, r->arena, r->caller.account, &before, e) ||
	    !request_if_match(r, before.updated_ms, e))
		return false;
	account = before;
	if (in.name != NULL)
		account.name = text_trim(arena_dup(r->arena, in.name));
	if (in.language != NULL)
		account.language = in.language;
	if (text_equal(account.name, before.name) && text_equal(account.language, before.language))
		return me_read(r, e);
	return flow_account_change(&f, &before, &account, r->caller.account, e) && me_read(r, e);
}

/* --- password --- */

struct proof {
	const char *password, *new_password;
};

static const struct json_field proof_fields[] = {
    {"password", JSON_FIELD_TEXT, offsetof(struct proof, password), .max = PASSWORD_MAX,
     .doc = "the present one; an account that has none signed in at most 10 minutes ago"},
    {0}};

static const struct json_field password_fields[] = {
    {"password", JSON_FIELD_TEXT, offsetof(struct proof, password), .required = true,
     .max = PASSWORD_MAX, .doc = "the present one"},
    {"new_password", JSON_FIELD_TEXT, offsetof(struct proof, new_password), .required = true,
     .max = PASSWORD_MAX, .doc = "at least 12 characters", .example = "correct horse battery"},
    {0}};

struct change {
	struct request *r;
	const char *hash;
	unsigned char secret[CRYPTO_TOTP_SECRET_SIZE];
	char codes[FLOW_RECOVERY_CODES][FLOW_RECOVERY_SIZE];
};

static bool proven(struct request *r, struct err *e)
{
	struct proof in = {0};

	return request_read(r, &in, e) && password_prove(r, in.password, e);
}

static bool change_password(struct db *db, void *arg, struct err *e)
{
	struct change *c = arg;
	struct flow f = request_flow(c->r);

	f.db = db;
	return flow_password_change(&f, c->r->caller.account, c->hash, c->r->caller.session, e);
}

static bool has_password(const struct account_view *account, struct err *e)
{
	return account->stored.has_password ||
	       err_set(e, ERR_CONFLICT, "This account has no password. An owner's link sets one.");
}

static bool password_put(struct request *r, struct err *e)
{
	struct change c = {.r = r};
	struct proof in = {0};
	struct account_view account;

	return request_read(r, &in, e) && password_prove(r, in.password, e) &&
	       own_account(r, &account, e) && has_password(&account, e) &&
	       password_check(in.new_password, account.stored.email, e) &&
	       password_hash(r, in.new_password, &c.hash, e) &&
	       request_run(r, change_password, &c, e);
}

/* --- codes --- */

struct enrolment {
	const char *secret, *uri;
};

static const struct json_field enrolment_json[] = {
    {"secret", JSON_FIELD_TEXT, offsetof(struct enrolment, secret), .doc = "base32, to be typed",
     .example = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"},
    {"uri", JSON_FIELD_TEXT, offsetof(struct enrolment, uri), .format = "uri",
     .doc = "the same, to be shown as a QR code",
     .example = "otpauth://totp/Holdfast:wang.fang%40example.com?secret="
		"GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Holdfast"},
    {0}};

static bool enrol(struct db *db, void *arg, struct err *e)
{
	struct change *c = arg;
	struct flow f = request_flow(c->r);

	f.db = db;
	return flow_totp_enrol(&f, c->r->server->master_key, c->r->caller.account, c->secret, e);
}

static bool totp_enrol(struct request *r, struct err *e)
{
	struct change c = {.r = r};
	char secret[TEXT_BASE32_SIZE(CRYPTO_TOTP_SECRET_SIZE)];
	struct account_view account;

	if (!proven(r, e) || !own_account(r, &account, e) || !request_run(r, enrol, &c, e))
		return false;
	text_base32(c.secret, sizeof(c.secret), secret);
	request_answer(
	    r, &(struct enrolment){secret, totp_uri(r->arena, account.stored.email, secret)});
	crypto_wipe(&c.secret, sizeof(c.secret));
	crypto_wipe(secret, sizeof(secret));
	return true;
}

struct code_input {
	const char *code;
};

static const struct json_field code_fields[] = {
    {"code", JSON_FIELD_TEXT, offsetof(struct code_input, code), .required = true, .max = MAX_CODE,
     .example = "287082"},
    {0}};

struct codes {
	struct json_list recovery_codes;
};

static const struct json_field codes_json[] = {
    {"recovery_codes", JSON_FIELD_ARRAY, offsetof(struct codes, recovery_codes),
     .doc = "shown once; each is good for one sign-in without the app",
     .example = "MZXW-6YTB-OI2G-K3DM"},
    {0}};

static void answer_codes(struct request *r, char (*codes)[FLOW_RECOVERY_SIZE])
{
	const char *all[FLOW_RECOVERY_CODES];

	for (size_t i = 0; i < FLOW_RECOVERY_CODES; i++)
		all[i] = codes[i];
	request_answer(r, &(struct codes){{all, FLOW_RECOVERY_CODES}});
	crypto_wipe(codes, FLOW_RECOVERY_CODES * sizeof(*codes));
}

static bool confirm(struct request *r, const char *code, struct err *e)
{
	char codes[FLOW_RECOVERY_CODES][FLOW_RECOVERY_SIZE];
	struct flow f = request_flow(r);

	if (!flow_totp_confirm(&f, r->server->master_key, r->caller.account, code, codes, e))
		return false;
	answer_codes(r, codes);
	return true;
}

static bool totp_confirm(struct request *r, struct err *e)
{
	struct code_input in = {0};

	if (!request_read(r, &in, e))
		return false;
	return of_session(r, e) && confirm(r, in.code, e);
}

static bool remove_totp(struct db *db, void *arg, struct err *e)
{
	struct request *r = arg;
	struct flow f = request_flow(r);

	f.db = db;
	return flow_totp_remove(&f, r->caller.account, e);
}

static bool totp_disable(struct request *r, struct err *e)
{
	return proven(r, e) && request_run(r, remove_totp, r, e);
}

static bool make_codes(struct db *db, void *arg, struct err *e)
{
	struct change *c = arg;
	struct flow f = request_flow(c->r);

	f.db = db;
	return flow_recovery_codes(&f, c->r->caller.account, c->codes, e);
}

static bool codes_renew(struct request *r, struct err *e)
{
	struct change c = {.r = r};

	if (!proven(r, e) || !request_run(r, make_codes, &c, e))
		return false;
	answer_codes(r, c.codes);
	return true;
}

#define PROOF_ERRORS (ERROR(ERR_TOO_MANY) | ERROR(ERR_UNPROCESSABLE) | ERROR(ERR_CONFLICT))

static const struct http_route routes[] = {
    {HTTP_GET, "/api/v1/me",
     ROUTE(
	 ROLES_ALL, ROUTE_READ, me_read, .before_totp = true,
	 DOC("readMe", "Who is asking", .out = me_json, .noun = "Me", .etag = true, .live = true))},
    {HTTP_PUT, "/api/v1/me", MAX_BODY,
     ROUTE(ROLES_ALL, ROUTE_WRITE, me_change,
	   DOC("changeMe", "Change the own name or language", .in = own_fields, .out = me_json,
	       .noun = "Me", .etag = true,
	       .text = "Absent members stay as they are; everything else about an account is an "
		       "owner's to change. Not with an API token."))},
    {HTTP_POST, "/api/v1/me/password", MAX_BODY,
     ROUTE(ROLES_ALL, ROUTE_WORK, password_put, .before_totp = true,
	   DOC("changePassword", "Change the own password", .in = password_fields, .status = 204,
	       .text = "Ends all other sessions of the account.", .errors = PROOF_ERRORS))},
    {HTTP_POST, "/api/v1/me/totp", MAX_BODY,
     ROUTE(ROLES_ALL, ROUTE_WORK, totp_enrol, .before_totp = true,
	   DOC("enrolTotp", "A secret for an authenticator app", .in = proof_fields,
	       .out = enrolment_json, .noun = "TotpEnrolment",
	       .text = "Codes are asked for at sign-in once one was confirmed (confirmTotp).",
	       .errors = PROOF_ERRORS))},
    {HTTP_POST, "/api/v1/me/totp/confirm", MAX_BODY,
     ROUTE(ROLES_ALL, ROUTE_WRITE, totp_confirm, .before_totp = true,
	   DOC("confirmTotp", "Ask for codes from now on", .in = code_fields, .out = codes_json,
	       .noun = "RecoveryCodes", .errors = PROOF_ERRORS))},
    {HTTP_POST, "/api/v1/me/totp/disable", MAX_BODY,
     ROUTE(ROLES_ALL, ROUTE_WORK, totp_disable,
	   DOC("disableTotp", "Ask for no codes any more", .in = proof_fields, .status = 204,
	       .errors = PROOF_ERRORS))},
    {HTTP_POST, "/api/v1/me/recovery-codes", MAX_BODY,
     ROUTE(ROLES_ALL, ROUTE_WORK, codes_renew,
	   DOC("renewRecoveryCodes", "New recovery codes; the old ones are void",
	       .in = proof_fields, .out = codes_json, .noun = "RecoveryCodes",
	       .errors = PROOF_ERRORS))},
};

const struct route_table me_routes = ROUTE_TABLE(routes);
