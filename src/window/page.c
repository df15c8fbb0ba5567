#include "window/page.h"

#include <libintl.h>

#include "base/text.h"
#include "window/draft.h"

#define _(text) gettext(text)

/* Queued for longer than a slow minute is trouble; so is a failure. */
#define DELIVERY_SLOW_MS 60000
/* An approval that has not come after this long does not come any more. */
#define COMING_MS 120000

/* Without a connection, what an administrator can do is worth knowing. */
static void put_offline_way(struct draft *d)
{
	if (!d->facts->online && d->facts->is_protected)
		draft_button(d, _("_Offline Approval…"), ACT_OFFLINE, LOOK_PLAIN);
}

/* --- before there is anything to say ------------------------------------------------------------------ */

static bool waits(const struct draft *d)
{
	return !d->facts && !d->wish->asked;
}

static void fill_wait(struct draft *d)
{
	draft_heading(d, "security-high-symbolic", _("One moment…"), NULL);
	d->page->progress = true;
}

static bool is_removed(const struct draft *d)
{
	return d->wish->removed;
}

static void fill_removed(struct draft *d)
{
	draft_heading(
	    d, "emblem-ok-symbolic",
	    arena_printf(d->arena, _("%s was uninstalled"), d->wish->removed),
	    _("The approval is used up. Your administrator sees that it was uninstalled."));
	draft_button(d, _("_Close"), ACT_CLOSE, LOOK_FIRST);
}

static bool is_away(const struct draft *d)
{
	return !d->facts;
}

static void fill_away(struct draft *d)
{
	draft_heading(
	    d, "dialog-warning-symbolic", _("The Holdfast client is not running"),
	    _("This window goes on by itself as soon as the client runs again. If it stays "
	      "like this, please tell your administrator."));
}

/* --- signing in --------------------------------------------------------------------------------------- */

/* A sign-in that another program began on an enrolled computer is that program's. */
static bool has_code(const struct draft *d)
{
	const struct facts *f = d->facts;

	return f->login.state == LOGIN_WAITING && f->login.expires_ms > d->now_ms &&
	       (d->wish->signing_in || !f->enrolled || f->session_ended);
}

static void fill_code(struct draft *d)
{
	const struct facts_login *login = &d->facts->login;

	draft_heading(
	    d, "dialog-password-symbolic", _("Sign in on the web page"),
	    _("The page is open in your browser. Sign in there and check that it shows this "
	      "code. This window then goes on by itself."));
	draft_about(d, _("Code"), login->user_code);
	draft_about(d, _("Address"), login->url);
	draft_about(d, _("Valid until"), draft_time(d, login->expires_ms));
	d->page->qr = login->url;
	draft_button(d, _("_Open the Page Again"), ACT_OPEN_ADDRESS, LOOK_FIRST);
	draft_button(d, _("_Copy the Address"), ACT_COPY_ADDRESS, LOOK_PLAIN);
}

static bool is_new(const struct draft *d)
{
	return !d->facts->enrolled;
}

static void fill_sign_in(struct draft *d)
{
	draft_heading(d, "avatar-default-symbolic", _("This computer is not enrolled yet"),
		      _("Sign in once on a web page to enrol it with your organisation."));
	draft_button(d, _("_Sign In"), ACT_SIGN_IN, LOOK_FIRST);
}

static bool is_foreign(const struct draft *d)
{
	return !d->facts->full;
}

static void fill_foreign(struct draft *d)
{
	draft_heading(
	    d, "system-users-symbolic", _("This computer was enrolled by another account"),
	    d->facts->is_protected
		? _("It is protected: the client cannot be uninstalled without approval. Only "
		    "that account can ask for it. If the computer is yours now, sign in to "
		    "take it over.")
		: _("Only that account sees more. If the computer is yours now, sign in to "
		    "take it over."));
	draft_button(d, _("_Take It Over"), ACT_TAKE_OVER, LOOK_PLAIN);
}

static bool is_signed_out(const struct draft *d)
{
	return d->facts->session_ended;
}

static void fill_signed_out(struct draft *d)
{
	if (text_equal(d->facts->session_ended, "cloned"))
		draft_heading(
		    d, "avatar-default-symbolic", _("Please say whose computer this is"),
		    _("It carried a copy of another computer's identity and has one of its "
		      "own now. Sign in to say whose it is."));
	else
		draft_heading(
		    d, "avatar-default-symbolic", _("Nobody is signed in on this computer"),
		    _("It stays as protected as it was. Nothing can be filed until somebody "
		      "signs in."));
	computer_put(d);
	draft_button(d, _("_Sign In"), ACT_SIGN_IN, LOOK_FIRST);
	put_offline_way(d);
}

/* --- what an administrator or somebody else did to the computer ---------------------------------------- */

static bool is_tampered(const struct draft *d)
{
	return d->facts->tampered;
}

static void fill_tampered(struct draft *d)
{
	draft_heading(d, "dialog-warning-symbolic",
		      _("Files of the Holdfast client are missing or were changed"),
		      _("Uninstalling is refused until this is mended. Please contact your "
			"administrator."));
	draft_about(d, _("Contact"), d->facts->contact);
}

static bool is_state(const struct draft *d, const char *state)
{
	return text_equal(d->facts->device_state, state);
}

static bool is_unknown(const struct draft *d)
{
	return is_state(d, "unknown");
}

static void fill_unknown(struct draft *d)
{
	draft_heading(d, "avatar-default-symbolic",
		      _("The server does not know this computer any more"),
		      _("Sign in to enrol it again."));
	computer_put(d);
	draft_button(d, _("_Sign In"), ACT_SIGN_IN, LOOK_FIRST);
}

static bool is_unbound(const struct draft *d)
{
	return is_state(d, "unbound");
}

static void fill_unbound(struct draft *d)
{
	draft_heading(d, "avatar-default-symbolic",
		      _("Your administrator has unbound this computer"),
		      _("Sign in to make it yours again."));
	computer_put(d);
	draft_button(d, _("_Sign In"), ACT_SIGN_IN, LOOK_FIRST);
}

static bool is_lost(const struct draft *d)
{
	return is_state(d, "lost");
}

static void fill_lost(struct draft *d)
{
	draft_heading(
	    d, "dialog-warning-symbolic", _("This computer was reported lost"),
	    _("Nothing can be filed on it until your administrator has entered that it is "
	      "found."));
	draft_about(d, _("Contact"), d->facts->contact);
	computer_put(d);
}

/* --- the removal -------------------------------------------------------------------------------------- */

static bool is_removing(const struct draft *d)
{
	return d->facts && text_equal(d->facts->removal.state, "running");
}

static void fill_removing(struct draft *d)
{
	const char *package = d->facts->removal.package;

	draft_heading(
	    d, "user-trash-symbolic",
	    arena_printf(d->arena, _("%s is being uninstalled"), package ? package : "?"),
	    text_equal(d->facts->removal.step, "waiting")
		? _("Another program is installing or uninstalling software. This goes on as "
		    "soon as it has finished.")
		: _("Please leave the computer switched on until this is done."));
	d->page->quote = d->facts->removal.text;
	d->page->progress = true;
}

static bool has_grant(const struct draft *d)
{
	return d->facts->grant.id;
}

static bool removal_failed(const struct draft *d)
{
	return text_equal(d->facts->removal.state, "failed") && has_grant(d) &&
	       text_equal(d->facts->removal.package, d->facts->grant.package);
}

static void fill_removal_failed(struct draft *d)
{
	const struct facts_removal *r = &d->facts->removal;

	draft_heading(
	    d, "dialog-error-symbolic",
	    arena_printf(d->arena, _("%s could not be uninstalled"), r->package),
	    r->text ? _("Nothing was changed, and the approval is still good. The package manager "
			"says:")
		    : _("Nothing was changed, and the approval is still good."));
	d->page->quote = r->text;
	draft_button(d, _("_Try Again"), ACT_UNINSTALL, LOOK_GRAVE);
}

static void fill_approved(struct draft *d)
{
	const struct facts_grant *g = &d->facts->grant;
	const struct facts_request *r = &d->facts->request;

	draft_heading(d, "emblem-ok-symbolic", _("Your request is approved"),
		      g->exp_ms
			  ? arena_printf(d->arena, _("You can uninstall %s until %s."), g->package,
					 draft_time(d, g->exp_ms))
			  : arena_printf(d->arena, _("You can uninstall %s now."), g->package));
	draft_about(d, _("Request"), g->number);
	if (text_equal(r->number, g->number)) {
		draft_about(d, _("Approved by"), r->who);
		draft_about(d, _("Comment"), r->comment);
	}
	computer_put(d);
	draft_button(d, _("_Uninstall Now"), ACT_UNINSTALL, LOOK_GRAVE);
}

static bool is_open(const struct draft *d)
{
	return !d->facts->is_protected && !text_equal(d->facts->request.status, "pending");
}

static void fill_open(struct draft *d)
{
	bool audit = text_equal(d->facts->mode, "audit") && d->facts->covered;

	draft_heading(
	    d, "computer-symbolic",
	    arena_printf(d->arena, _("%s can be uninstalled without approval"), d->wish->package),
	    audit ? _("Use your software centre or package manager. Uninstalling is reported.")
		  : _("Use your software centre or package manager."));
	computer_put(d);
}

/* --- asking for it ------------------------------------------------------------------------------------ */

/* A request that is on its way: what came before it is of no interest now. */
static bool keeps_request(const struct facts *f)
{
	return f->kept.id && !f->kept.refused_code;
}

static bool is_kept(const struct draft *d)
{
	return keeps_request(d->facts);
}

static void fill_kept(struct draft *d)
{
	const struct facts_kept *k = &d->facts->kept;

	draft_heading(d, "network-offline-symbolic", _("Your request has not been sent yet"),
		      _("The server cannot be reached at the moment. The request is kept on this "
			"computer and sent as soon as the server is back."));
	draft_about(d, _("Software"), k->package);
	draft_about(d, _("Reason for filing"), k->reason);
	draft_about(d, _("Filed"), draft_time(d, k->at_ms));
	computer_put(d);
	put_offline_way(d);
	draft_button(d, _("_Withdraw…"), ACT_WITHDRAW, LOOK_PLAIN);
}

bool page_may_file(const struct facts *f, const char *package)
{
	bool waits =
	    text_equal(f->request.status, "pending") && text_equal(f->request.package, package);

	return f->filing && f->filings_left && !f->session_ended && !f->device_state &&
	       !keeps_request(f) && !waits;
}

/* The person is about to uninstall, and has neither asked yet nor may go. */
static bool asks(const struct draft *d, enum place place)
{
	const struct facts *f = d->facts;

	return d->wish->place == place && f->is_protected &&
	       !(text_equal(f->request.status, "pending") &&
		 text_equal(f->request.package, d->wish->package));
}

static bool is_filing(const struct draft *d)
{
	return asks(d, PLACE_FILING) && page_may_file(d->facts, d->wish->package);
}

static void fill_filing(struct draft *d)
{
	draft_heading(
	    d, "security-high-symbolic", _("Security Software Uninstall Prohibited"),
	    arena_printf(d->arena,
			 _("Say in a sentence why %s has to be uninstalled from this computer. "
			   "Whoever approves it reads this."),
			 d->wish->package));
	if (!d->facts->online)
		draft_add_text(
		    d, _("The server cannot be reached at the moment; the request is kept and "
			 "sent when it is back."));
	draft_button(d, _("_Initiate Filing"), ACT_FILE, LOOK_FIRST);
	draft_button(d, _("_Back"), ACT_BACK, LOOK_PLAIN);
	d->page->escape = ACT_BACK;
}

/* How the last request for the package ended, in a line. */
static void put_last(struct draft *d)
{
	const struct facts_request *r = &d->facts->request;
	const char *ended = text_equal(r->status, "rejected")  ? _("Rejected")
			    : text_equal(r->status, "revoked") ? _("Withdrawn")
			    : text_equal(r->status, "expired") ? _("Expired")
							       : NULL;

	if (!ended || !text_equal(r->package, d->wish->package))
		return;
	draft_about(d, _("Your last request"),
		    arena_printf(d->arena, _("%s (%s)"), r->number, ended));
	draft_about(d, _("Comment"), r->comment);
}

/* Why nothing can be filed, when that is so. */
static void put_no_filing(struct draft *d)
{
	const struct facts *f = d->facts;

	if (f->filing && f->filings_left)
		return;
	if (f->filing)
		draft_add_text(
		    d, _("Too many requests were filed from this computer today. Please try "
			 "again tomorrow."));
	else
		draft_add_text(d, _("Requests cannot be filed from this computer."));
	draft_about(d, _("Contact"), f->contact);
}

static bool is_prompt(const struct draft *d)
{
	return asks(d, PLACE_PROMPT);
}

static void fill_prompt(struct draft *d)
{
	const struct facts_prompt *p = &d->facts->prompt;
	bool may_file = page_may_file(d->facts, d->wish->package);

	draft_heading(d, "security-high-symbolic", p->title, p->content);
	put_no_filing(d);
	put_last(d);
	if (may_file)
		d->page->buttons[d->page->button_count++] =
		    (struct page_button){p->primary, true, ACT_WRITE, LOOK_FIRST};
	d->page->buttons[d->page->button_count++] =
	    (struct page_button){p->secondary, true, ACT_CLOSE, may_file ? LOOK_PLAIN : LOOK_FIRST};
	put_offline_way(d);
}

/* --- what became of a request -------------------------------------------------------------------------- */

/* Filing again, or why that is not possible; the first time the prompt comes first. */
static void put_again(struct draft *d, const char *label, enum act act, enum look look)
{
	if (!d->facts->is_protected)
		return;
	if (page_may_file(d->facts, d->wish->package))
		draft_button(d, label, act, look);
	else
		put_no_filing(d);
	put_offline_way(d);
}

static void put_file_again(struct draft *d)
{
	if (d->facts->filing && d->facts->filings_left > 0)
		draft_about(d, _("Requests left today"),
			    arena_printf(d->arena, "%d", (int)d->facts->filings_left));
	computer_put(d);
	put_again(d, _("_File Again"), ACT_WRITE, LOOK_FIRST);
}

static void put_request(struct draft *d)
{
	const struct facts_request *r = &d->facts->request;

	draft_about(d, _("Request"), r->number);
	draft_about(d, _("Software"), r->package);
	draft_about(d, _("Reason for filing"), r->reason);
	draft_about(d, _("Filed"), draft_time(d, r->created_ms));
}

static void put_decision(struct draft *d, const char *by)
{
	const struct facts_request *r = &d->facts->request;

	draft_about(d, by, r->who);
	draft_about(d, _("Comment"), r->comment);
	draft_about(d, _("Decided"), draft_time(d, r->decided_ms));
}

static bool kept_was_refused(const struct draft *d)
{
	return d->facts->kept.id;
}

static void fill_kept_refused(struct draft *d)
{
	const struct facts_kept *k = &d->facts->kept;

	draft_heading(d, "dialog-error-symbolic", _("Your request was not accepted"),
		      text_equal(k->refused_code, "too-many")
			  ? _("Too many requests were filed from this computer today.")
			  : k->refused_text);
	draft_about(d, _("Software"), k->package);
	draft_about(d, _("Reason for filing"), k->reason);
	draft_about(d, _("Filed"), draft_time(d, k->at_ms));
	put_file_again(d);
}

static bool has_status(const struct draft *d, const char *status)
{
	return text_equal(d->facts->request.status, status);
}

static bool is_pending(const struct draft *d)
{
	return has_status(d, "pending");
}

static bool link_is_down(const struct draft *d)
{
	const struct facts_request *r = &d->facts->request;

	return text_equal(r->delivery, "failed") ||
	       (text_equal(r->delivery, "queued") && d->now_ms - r->created_ms > DELIVERY_SLOW_MS);
}

static void fill_pending(struct draft *d)
{
	const struct facts_request *r = &d->facts->request;

	if (link_is_down(d))
		draft_heading(
		    d, "dialog-warning-symbolic", _("Your request is recorded"),
		    arena_printf(d->arena,
				 _("Your request is recorded (%s); the link to DingTalk is down "
				   "and your administrator has been told."),
				 r->number));
	else
		draft_heading(
		    d, "alarm-symbolic", _("Your request waits for approval"),
		    _("This page changes by itself when there is an answer. You can close the "
		      "window meanwhile."));
	if (!d->facts->online)
		draft_add_text(
		    d, _("The server cannot be reached at the moment; an answer is shown when "
			 "it is back."));
	draft_about(d, _("Request"), r->number);
	draft_about(d, _("It is with"), r->pending_with);
	draft_about(d, _("Filed"), draft_time(d, r->created_ms));
	draft_about(d, _("Waits at most until"), draft_time(d, r->expires_ms));
	draft_about(d, _("Software"), r->package);
	draft_about(d, _("Reason for filing"), r->reason);
	computer_put(d);
	put_offline_way(d);
	draft_button(d, _("_Withdraw…"), ACT_WITHDRAW, LOOK_PLAIN);
}

static bool is_coming(const struct draft *d)
{
	const struct facts_request *r = &d->facts->request;

	return has_status(d, "approved") && !r->revoked_why &&
	       (!d->facts->online || d->now_ms - r->decided_ms < COMING_MS);
}

static void fill_coming(struct draft *d)
{
	draft_heading(d, "emblem-ok-symbolic", _("Your request is approved"),
		      _("The approval is on its way to this computer."));
	put_request(d);
	put_decision(d, _("Approved by"));
	computer_put(d);
	d->page->progress = true;
	put_offline_way(d);
}

static bool is_over(const struct draft *d)
{
	return has_status(d, "approved");
}

static void fill_over(struct draft *d)
{
	const struct facts_request *r = &d->facts->request;

	draft_heading(d, "dialog-warning-symbolic", _("The approval cannot be used any more"),
		      r->revoked_why
			  ? arena_printf(d->arena, _("It was called back: %s"), r->revoked_why)
			  : _("It was used already, or its time is over."));
	put_request(d);
	put_decision(d, _("Approved by"));
	put_file_again(d);
}

static bool is_rejected(const struct draft *d)
{
	return has_status(d, "rejected");
}

static void fill_rejected(struct draft *d)
{
	draft_heading(d, "dialog-error-symbolic", _("Your request was rejected"),
		      arena_printf(d->arena, _("%s stays installed."), d->facts->request.package));
	put_decision(d, _("Rejected by"));
	put_request(d);
	put_file_again(d);
}

static bool is_revoked(const struct draft *d)
{
	return has_status(d, "revoked");
}

static void fill_revoked(struct draft *d)
{
	draft_heading(d, "edit-undo-symbolic", _("Your request was withdrawn"),
		      arena_printf(d->arena, _("%s stays installed."), d->facts->request.package));
	draft_about(d, _("Comment"), d->facts->request.comment);
	put_request(d);
	put_file_again(d);
}

static bool is_expired(const struct draft *d)
{
	return has_status(d, "expired");
}

static void fill_expired(struct draft *d)
{
	draft_heading(d, "alarm-symbolic", _("Your request has expired"),
		      _("Nobody decided on it in time."));
	put_request(d);
	put_file_again(d);
}

static bool always([[maybe_unused]] const struct draft *d)
{
	return true;
}

static void fill_protected(struct draft *d)
{
	draft_heading(d, "security-high-symbolic", _("This computer is protected"),
		      _("The client cannot be uninstalled without approval."));
	computer_put(d);
	/* With several there is a button beside each. */
	if (d->facts->package_count < 2)
		put_again(d, _("_Uninstall…"), ACT_PROMPT, LOOK_PLAIN);
	else
		put_no_filing(d);
}

/* --- without a connection ------------------------------------------------------------------------------ */

static bool is_offline_page(const struct draft *d)
{
	return d->wish->place == PLACE_OFFLINE;
}

static void fill_offline(struct draft *d)
{
	draft_heading(
	    d, "network-offline-symbolic", _("Approval without a connection"),
	    _("Your administrator can approve the uninstallation although this computer does "
	      "not reach the server."));
	draft_about(d, _("Contact"), d->facts->contact);
	draft_button(d, _("_Back"), ACT_BACK, LOOK_PLAIN);
	d->page->escape = ACT_BACK;
}

/* The first that holds is shown. */
static const struct {
	bool (*holds)(const struct draft *d);
	void (*fill)(struct draft *d);
} pages[PAGE_KINDS] = {
    [PAGE_WAIT] = {waits, fill_wait},
    [PAGE_REMOVED] = {is_removed, fill_removed},
    [PAGE_AWAY] = {is_away, fill_away},
    [PAGE_REMOVING] = {is_removing, fill_removing},
    [PAGE_CODE] = {has_code, fill_code},
    [PAGE_SIGN_IN] = {is_new, fill_sign_in},
    [PAGE_FOREIGN] = {is_foreign, fill_foreign},
    [PAGE_TAMPERED] = {is_tampered, fill_tampered},
    [PAGE_REMOVAL_FAILED] = {removal_failed, fill_removal_failed},
    [PAGE_UNKNOWN] = {is_unknown, fill_unknown},
    [PAGE_UNBOUND] = {is_unbound, fill_unbound},
    [PAGE_OFFLINE] = {is_offline_page, fill_offline},
    [PAGE_APPROVED] = {has_grant, fill_approved},
    [PAGE_KEPT] = {is_kept, fill_kept},
    [PAGE_LOST] = {is_lost, fill_lost},
    [PAGE_SIGNED_OUT] = {is_signed_out, fill_signed_out},
    [PAGE_OPEN] = {is_open, fill_open},
    [PAGE_FILING] = {is_filing, fill_filing},
    [PAGE_PROMPT] = {is_prompt, fill_prompt},
    [PAGE_KEPT_REFUSED] = {kept_was_refused, fill_kept_refused},
    [PAGE_PENDING] = {is_pending, fill_pending},
    [PAGE_APPROVAL_COMING] = {is_coming, fill_coming},
    [PAGE_APPROVAL_OVER] = {is_over, fill_over},
    [PAGE_REJECTED] = {is_rejected, fill_rejected},
    [PAGE_REVOKED] = {is_revoked, fill_revoked},
    [PAGE_EXPIRED] = {is_expired, fill_expired},
    [PAGE_PROTECTED] = {always, fill_protected},
};

void page_make(struct arena *a, const struct facts *facts, const struct wish *wish, int64_t now_ms,
	       struct page *out)
{
	struct draft d = {a, facts, wish, now_ms, out};
	size_t i = 0;

	while (!pages[i].holds(&d))
		i++;
	*out =
	    (struct page){.kind = (enum page_kind)i, .escape = ACT_CLOSE, .package = wish->package};
	pages[i].fill(&d);
}
