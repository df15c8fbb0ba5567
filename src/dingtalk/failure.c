#include "dingtalk/failure.h"

#include "dingtalk/answer.h"

static const char *const class_names[] = {
    [DINGTALK_RETRY] = "retry",
    [DINGTALK_QUOTA] = "quota",
    [DINGTALK_CREDENTIALS] = "credentials",
    [DINGTALK_PERMISSION] = "permission",
    [DINGTALK_REFUSED] = "refused",
};

const char *dingtalk_class_name(enum dingtalk_class class)
{
	return class_names[class];
}

static const char *words(const struct dingtalk_failure *f)
{
	return *f->message ? f->message : "no reason given";
}

static bool say_permission(const struct dingtalk_failure *f, struct err *e)
{
	if (*f->scopes)
		return err_set(e, ERR_FORBIDDEN, "the DingTalk app lacks the permission %s (%s)",
			       f->scopes, f->code);
	return err_set(e, ERR_FORBIDDEN, "DingTalk does not allow the app this call: %s (%s)",
		       words(f), f->code);
}

static bool say_retry(const struct dingtalk_failure *f, enum err_code code, struct err *e)
{
	if (code == ERR_UNAVAILABLE)
		return err_set(
		    e, code, "DingTalk is taking no more calls from us for a moment (%s)", f->code);
	if (*f->code)
		return err_set(e, code, "DingTalk has a problem of its own: %s (%s)", words(f),
			       f->code);
	return err_set(e, code, "DingTalk's answer makes no sense (HTTP %d)", f->status);
}

bool dingtalk_failure_say(const struct dingtalk_failure *f, enum err_code code, struct err *e)
{
	switch (f->class) {
	case DINGTALK_RETRY:
		return say_retry(f, code, e);
	case DINGTALK_QUOTA:
		return err_set(e, code,
			       "the DingTalk calls of the organisation are used up for this month "
			       "(%s)",
			       f->code);
	case DINGTALK_CREDENTIALS:
		return err_set(e, code, "DingTalk does not accept the app's credentials: %s (%s)",
			       words(f), f->code);
	case DINGTALK_PERMISSION:
		return say_permission(f, e);
	case DINGTALK_REFUSED:
		break;
	}
	return err_set(e, code, "DingTalk refuses: %s (%s)", words(f), f->code);
}
