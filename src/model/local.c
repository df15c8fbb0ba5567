#include "model/local.h"

#include <string.h>

#include "base/text.h"
#include "model/signin.h"

static bool fits(struct arena *a, const char *field, size_t max, const char **text, struct err *e)
{
	*text = text_trim(arena_dup(a, *text != NULL ? *text : ""));
	if (!text_printable(*text, false))
		return err_set(e, ERR_INVALID, "%s: must not hold control characters", field);
	return text_length(*text) <= max ||
	       err_set(e, ERR_INVALID, "%s: must have at most %zu characters", field, max);
}

static bool check_address(struct arena *a, const char **email, struct err *e)
{
	return **email == '\0' || email_read(arena_dup(a, *email), email, e);
}

bool local_person_check(struct arena *a, struct local_person *p, struct err *e)
{
	if (!fits(a, "name", LOCAL_MAX_NAME, &p->name, e) ||
	    !fits(a, "external_id", LOCAL_MAX_EXTERNAL_ID, &p->external_id, e) ||
	    !fits(a, "email", EMAIL_MAX, &p->email, e) || !check_address(a, &p->email, e) ||
	    !fits(a, "telephone", LOCAL_MAX_TELEPHONE, &p->telephone, e) ||
	    !fits(a, "title", LOCAL_MAX_TITLE, &p->title, e))
		return false;
	if (*p->name == '\0')
		return err_set(e, ERR_INVALID, "name: must not be empty");
	return strchr(p->external_id, '@') == NULL ||
	       err_set(e, ERR_INVALID,
		       "external_id: must not hold @: it would be taken for an email address");
}

bool local_department_check(struct arena *a, const char *typed, const char **out, struct err *e)
{
	*out = typed;
	if (!fits(a, "name", LOCAL_MAX_NAME, out, e))
		return false;
	if (**out == '\0')
		return err_set(e, ERR_INVALID, "name: must not be empty");
	return strpbrk(*out, "/|") == NULL ||
	       err_set(e, ERR_INVALID,
		       "name: must not hold / or |, which stand between departments in lists");
}
