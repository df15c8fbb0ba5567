#include "window/trouble.h"

#include <libintl.h>
#include <string.h>

#include "base/text.h"

#define _(text) gettext(text)
#define N_(text) text

/* The server's words for why it refuses a sign-in (docs/device.md). */
static const struct {
	const char *reason, *say;
} reasons[] = {
    {"source-disabled", N_("Your organisation has switched off the way in which you signed in. "
			   "Please contact your administrator.")},
    {"departed", N_("Who signed in on the page has left the organisation.")},
    {"owned", N_("This computer is somebody else's. To take it over, choose Switch User in the "
		 "menu.")},
    {"lost", N_("This computer was reported lost. Your administrator has to enter first that it "
		"is found.")},
};

/* ACT_NONE: whatever was tried. The first that fits is said; %s is the keeper's or server's text. */
static const struct {
	enum act act;
	const char *code, *say;
} refusals[] = {
    {ACT_SIGN_IN, "conflict", N_("This computer is enrolled already.")},
    {ACT_SIGN_IN, "forbidden", N_("This computer was enrolled by another account.")},
    {ACT_SIGN_IN, "too-many",
     N_("Another sign-in on this computer is under way. Please try again "
	"in a few minutes.")},
    {ACT_SIGN_IN, "invalid", N_("No usable server is set in /etc/holdfast/agent.conf: %s.")},
    {ACT_SIGN_IN, "unavailable",
     N_("The server cannot be reached: %s. Please try again later; if "
	"that does not help, tell your administrator.")},
    {ACT_SIGN_IN, "gone", N_("Files of the Holdfast client are missing or were changed.")},
    {ACT_FILE, "invalid", N_("Please give a reason of 1 to 500 characters.")},
    {ACT_FILE, "unprocessable", N_("Please give a reason of 1 to 500 characters.")},
    {ACT_FILE, "too-many",
     N_("Too many requests were filed from this computer today. Please try "
	"again tomorrow.")},
    {ACT_FILE, "forbidden", N_("This request cannot be filed: %s.")},
    {ACT_WITHDRAW_SURE, "not-found", N_("No request is waiting any more.")},
    {ACT_WITHDRAW_SURE, "conflict", N_("The request is decided already.")},
    {ACT_UNINSTALL, "not-found", N_("This approval cannot be used any more.")},
    {ACT_UNINSTALL, "gone", N_("This approval cannot be used any more.")},
    {ACT_UNINSTALL, "conflict", N_("Software is being uninstalled already.")},
    {ACT_IMPORT_TEXT, "crypto",
     N_("This is not a valid approval for this computer's "
	"organisation.")},
    {ACT_IMPORT_TEXT, "invalid",
     N_("This is not a valid approval for this computer's "
	"organisation.")},
    {ACT_IMPORT_TEXT, "too-large",
     N_("This is not a valid approval for this computer's "
	"organisation.")},
    {ACT_IMPORT_TEXT, "forbidden",
     N_("This approval is for another computer or another "
	"enrolment.")},
    {ACT_IMPORT_TEXT, "gone", N_("This approval has expired, or was used or called back.")},
    {ACT_IMPORT_TEXT, "conflict", N_("This computer is not enrolled yet.")},
    {ACT_CODE, "invalid", N_("The code is wrong.")},
    {ACT_CODE, "unprocessable",
     N_("That is not a code. It has five groups of four letters and "
	"digits; nothing was tried.")},
    {ACT_CODE, "too-many", N_("Too many wrong codes were entered.")},
    {ACT_CODE, "conflict", N_("No code can be tried at this moment.")},
    {ACT_CODE, "not-found",
     N_("No offline code is on this computer. It gets new ones when it "
	"reaches the server.")},
    {ACT_SIGN_OUT_SURE, "forbidden",
     N_("You cannot sign out here: your organisation does not let people "
	"sign out of protected computers.")},
    {ACT_NONE, "forbidden", N_("Only the account that enrolled this computer can do this.")},
    {ACT_NONE, "unavailable", N_("The server cannot be reached. Please try again later.")},
    {ACT_NONE, "timeout", N_("The server cannot be reached. Please try again later.")},
    {ACT_NONE, NULL, N_("That did not work: %s.")},
};

static enum act like(enum act act)
{
	return act == ACT_TAKE_OVER ? ACT_SIGN_IN : act;
}

static const char *fill(struct arena *a, const char *say, const char *text)
{
	const char *at;

	say = _(say);
	at = strstr(say, "%s");
	if (!at)
		return say;
	return arena_printf(a, "%.*s%s%s", (int)(at - say), say,
			    text ? text_plain(a, text, false) : "?", at + 2);
}

static const char *explained(const char *reason)
{
	size_t i;

	for (i = 0; reason && i < ARRAY_SIZE(reasons); i++)
		if (text_equal(reason, reasons[i].reason))
			return _(reasons[i].say);
	return NULL;
}

const char *trouble_say(struct arena *a, enum act act, const struct json *answer)
{
	const char *code = json_text(answer, "code");
	const char *known = explained(json_text(answer, "reason"));
	size_t i = 0;

	if (!answer)
		return _("The Holdfast client is not running.");
	if (known)
		return known;
	while (refusals[i].code &&
	       !((refusals[i].act == like(act) || refusals[i].act == ACT_NONE) &&
		 text_equal(refusals[i].code, code)))
		i++;
	return fill(a, refusals[i].say, json_text(answer, "text"));
}

const char *trouble_of_login(struct arena *a, const struct facts_login *login)
{
	const char *known = explained(login->reason);

	if (known)
		return known;
	if (text_equal(login->code, "forbidden"))
		return _("The sign-in was refused on the page.");
	if (text_equal(login->code, "gone"))
		return _("The code has expired. Please sign in again.");
	return fill(a, N_("The sign-in did not succeed: %s."), login->text);
}
