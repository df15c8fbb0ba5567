#include <libintl.h>

#include "base/text.h"
#include "window/draft.h"

#define _(text) gettext(text)
#define N_(text) text

/* The server's words for why somebody is covered or not (model/snapshot.h), in the reader's language. */
static const char *why(struct draft *d)
{
	static const char group[] = "group ";
	const char *text = d->facts->why;

	if (!text)
		return NULL;
	if (text_starts(text, group))
		return arena_printf(d->arena, _("applies to the group %s"),
				    text + sizeof(group) - 1);
	if (text_equal(text, "everyone"))
		return _("applies to everyone");
	if (text_equal(text, "whitelist"))
		return _("you are on the whitelist");
	if (text_equal(text, "out of scope"))
		return _("does not apply to you");
	return NULL;
}

static const char *policy(struct draft *d)
{
	const struct facts *f = d->facts;
	bool on = f->covered && !text_equal(f->mode, "off");
	const char *rule = on && text_equal(f->mode, "block") ? _("Uninstalling needs approval")
			   : on                               ? _("Uninstalling is reported")
							      : _("No approval is needed");
	const char *reason = text_equal(f->mode, "off") ? NULL : why(d);

	return reason ? arena_printf(d->arena, _("%s (%s)"), rule, reason) : rule;
}

static void put_packages(struct draft *d)
{
	const struct facts *f = d->facts;
	size_t i;

	if (!f->is_protected || f->package_count < 2)
		return;
	for (i = 0; i < f->package_count; i++)
		if (f->packages[i].installed)
			draft_put(&d->page->computer, i ? "" : _("Protected software"),
				  f->packages[i].name,
				  page_may_file(f, f->packages[i].name) ? f->packages[i].name
									: NULL);
}

/* What the client found amiss with itself (docs/device.md). A newer client may know more. */
static const char *finding(const char *name)
{
	static const struct {
		const char *name, *say;
	} findings[] = {
	    {"files-changed", N_("Files of the client were changed.")},
	    {"files-missing", N_("Files of the client are missing.")},
	    {"script-changed", N_("A script of the client's package was changed.")},
	    {"package-selection", N_("The client's package is marked for removal.")},
	    {"unit-masked", N_("The client's service is masked.")},
	    {"unit-disabled", N_("The client's service is disabled.")},
	    {"unit-overridden", N_("The client's service is overridden by another file.")},
	    {"unit-missing", N_("The file of the client's service is missing.")},
	    {"clock-back", N_("The clock was set back.")},
	    {"guard-missing", N_("The guard of a protected package is gone.")},
	    {"restarted-by-force", N_("The client was ended by force again and again.")},
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(findings); i++)
		if (text_equal(name, findings[i].name))
			return _(findings[i].say);
	return _("Something about the client is not as it should be.");
}

static void put_findings(struct draft *d)
{
	AUTO(buf_done) struct buf all = {0};
	size_t i;

	for (i = 0; i < d->facts->finding_count; i++)
		buf_printf(&all, "%s%s", i ? "\n" : "", finding(d->facts->findings[i]));
	if (all.len)
		draft_put(&d->page->computer, _("Protection weakened"),
			  arena_dup(d->arena, all.data), NULL);
}

void computer_put(struct draft *d)
{
	const struct facts *f = d->facts;
	struct page_facts *out = &d->page->computer;

	draft_put(out, f->session_ended ? _("Signed in last") : _("Signed in as"), f->owner, NULL);
	if (f->mode)
		draft_put(out, _("Policy"), policy(d), NULL);
	if (f->server)
		draft_put(out, _("Connection"),
			  f->online
			      ? arena_printf(d->arena, _("Connected to %s"), f->server)
			      : arena_printf(d->arena, _("%s cannot be reached at the moment"),
					     f->server),
			  NULL);
	put_findings(d);
	put_packages(d);
}
