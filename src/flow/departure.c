#include "flow/departure.h"

#include "flow/ownership.h"
#include "flow/record.h"
#include "store/account.h"
#include "store/session.h"

/* An administrator who left still has the password: owners have to hear of that. */
static bool flag_account(struct flow *f, const char *person, struct err *e)
{
	struct store_account account;

	if (!store_account_by_person(f->db, f->arena, person, &account, e)) {
		bool none = e->code == ERR_NOT_FOUND;

		if (none)
			err_clear(e);
		return none;
	}
	return store_session_end_all(f->db, account.id, NULL, NULL, e) &&
	       flow_event(f,
			  &(struct flow_event){
			      .kind = "account-person-departed",
			      .object = "account",
			      .object_id = account.id,
			      .text = arena_printf(f->arena, "%s <%s>: has left the directory",
						   account.name, account.email)},
			  e);
}

bool flow_person_departed(struct flow *f, const char *person, struct err *e)
{
	return store_session_end_person(f->db, person, e) &&
	       flow_person_sessions_end(f, person, SESSION_DEPARTED, e) &&
	       flag_account(f, person, e);
}
