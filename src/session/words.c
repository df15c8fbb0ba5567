#include "session/words.h"

#include <libintl.h>
#include <locale.h>
#include <time.h>

#include "base/buf.h"
#include "base/text.h"

#define DOMAIN "holdfast"
#define _(text) dgettext(DOMAIN, text)

void words_start(const char *folder)
{
	(void)setlocale(LC_ALL, "");
	(void)bindtextdomain(DOMAIN, folder);
	(void)bind_textdomain_codeset(DOMAIN, "UTF-8");
}

const char *words_language(void)
{
	/* TRANSLATORS: not a text: "zh" in Chinese, "en" elsewhere; chooses the organisation's texts. */
	return text_equal(_("en"), "zh") ? "zh" : "en";
}

static bool truth(const struct json *object, const char *key)
{
	bool value = false;

	return json_bool(object, key, &value) && value;
}

static const char *when(struct arena *a, int64_t utc_ms)
{
	time_t seconds = (time_t)(utc_ms / 1000);
	char text[32] = "?";
	struct tm local;

	if (localtime_r(&seconds, &local))
		(void)strftime(text, sizeof(text), "%Y-%m-%d %H:%M", &local);
	return arena_dup(a, text);
}

static void add_line(struct buf *b, const char *line)
{
	if (line && *line)
		buf_printf(b, "%s%s", b->len ? "\n" : "", line);
}

static void add_action(struct desktop_notice *n, const char *key, const char *label)
{
	size_t i = 0;

	while (i < DESKTOP_MAX_ACTIONS && n->actions[i].key)
		i++;
	if (i == DESKTOP_MAX_ACTIONS)
		return;
	n->actions[i].key = key;
	n->actions[i].label = label;
}

/* --- a removal was refused ------------------------------------------------------------------------ */

static const char *prompt_text(struct arena *a, const struct json *prompt, const char *member,
			       bool lines, const char *otherwise)
{
	const char *text = text_some(json_text(json_get(prompt, words_language()), member));

	return text ? text_plain(a, text, lines) : otherwise;
}

static const char *waiting_since(struct arena *a, const struct json *instance)
{
	const char *number = json_text(instance, "number");
	int64_t created_ms = 0;

	if (!text_equal(json_text(instance, "status"), "pending"))
		return NULL;
	(void)json_i64(instance, "created_ms", &created_ms);
	return arena_printf(a, _("Request %s has been waiting for approval since %s."),
			    number ? text_plain(a, number, false) : "", when(a, created_ms));
}

static const char *contact(struct arena *a, const struct json *status)
{
	const char *text = text_some(json_text(status, "contact"));

	return text ? arena_printf(a, _("Please contact: %s"), text_plain(a, text, false)) : NULL;
}

/* Files are missing or changed: what the policy says is not known or not believed. */
static void tampered(struct arena *a, const char *package, struct desktop_notice *out)
{
	out->title = arena_printf(a, _("%s was not uninstalled"), text_plain(a, package, false));
	out->body = _("Files of the Holdfast client are missing or were changed. Please contact "
		      "your administrator.");
	add_action(out, ACTION_DEFAULT, _("Show"));
	add_action(out, ACTION_STATUS, _("Show"));
}

static void prompt(struct arena *a, const struct json *status, struct desktop_notice *out)
{
	const struct json *texts = json_get(status, "prompt");
	const char *waiting = waiting_since(a, json_get(status, "instance"));
	struct buf body = {0};

	out->title = prompt_text(a, texts, "title", false,
				 _("Your security client is about to be uninstalled"));
	add_line(&body, prompt_text(a, texts, "content", true, NULL));
	add_line(&body, waiting);
	if (!truth(status, "filing"))
		add_line(&body, contact(a, status));
	out->body = arena_dup(a, body.data ? body.data : "");
	buf_done(&body);
	add_action(out, ACTION_DEFAULT, _("Show"));
	if (waiting)
		add_action(out, ACTION_PROMPT, _("Show Request"));
	else if (truth(status, "filing"))
		add_action(out, ACTION_PROMPT,
			   prompt_text(a, texts, "primary", false, _("File for Approval")));
	add_action(out, ACTION_CLOSE, prompt_text(a, texts, "secondary", false, _("Got It")));
}

void words_attempt(struct arena *a, const struct json *status, const char *package,
		   struct desktop_notice *out)
{
	*out = (struct desktop_notice){.critical = true};
	if (truth(status, "tampered") || !json_get(status, "prompt"))
		tampered(a, package, out);
	else
		prompt(a, status, out);
}

/* --- news ----------------------------------------------------------------------------------------- */

static const char *news_title(struct arena *a, const struct news *n)
{
	switch (n->kind) {
	case NEWS_APPROVED:
		return arena_printf(a, _("Your request %s is approved"), n->number);
	case NEWS_ALLOWED:
		return arena_printf(a, _("You may uninstall %s"), n->package);
	case NEWS_TAKEN_BACK:
		return arena_printf(a, _("The approval of your request %s was revoked"), n->number);
	case NEWS_REJECTED:
		return arena_printf(a, _("Your request %s was rejected"), n->number);
	case NEWS_WITHDRAWN:
		return arena_printf(a, _("Your request %s was withdrawn"), n->number);
	case NEWS_EXPIRED:
		return arena_printf(a, _("Your request %s has expired"), n->number);
	case NEWS_NOT_ACCEPTED:
		return _("Your request was not accepted");
	case NEWS_NONE:
	case NEWS_KIND_COUNT:
		break;
	}
	return "";
}

static const char *usable(struct arena *a, const struct news *n)
{
	if (n->kind != NEWS_APPROVED && n->kind != NEWS_ALLOWED)
		return n->kind == NEWS_EXPIRED ? _("Nobody decided on it in time.") : NULL;
	return n->until_ms ? arena_printf(a, _("You can uninstall %s until %s."), n->package,
					  when(a, n->until_ms))
			   : arena_printf(a, _("You can uninstall %s now."), n->package);
}

static const char *comment(struct arena *a, const struct news *n)
{
	if (!n->comment)
		return n->who && n->kind != NEWS_WITHDRAWN ? n->who : NULL;
	/* TRANSLATORS: who decided, and what they said. */
	return n->who ? arena_printf(a, _("%s: %s"), n->who, n->comment) : n->comment;
}

void words_news(struct arena *a, const struct news *news, struct desktop_notice *out)
{
	bool usable_now = news->kind == NEWS_APPROVED || news->kind == NEWS_ALLOWED;
	struct buf body = {0};

	*out = (struct desktop_notice){.title = news_title(a, news)};
	add_line(&body, usable(a, news));
	add_line(&body, comment(a, news));
	out->body = arena_dup(a, body.data ? body.data : "");
	buf_done(&body);
	add_action(out, ACTION_DEFAULT, _("Show"));
	add_action(out, ACTION_STATUS, usable_now ? _("Uninstall…") : _("Show"));
}

void words_removal(struct arena *a, const char *package, bool failed, const char *text,
		   struct desktop_notice *out)
{
	const char *name = text_plain(a, package, false);

	*out = (struct desktop_notice){.body = text ? text_plain(a, text, true) : ""};
	out->title = failed ? arena_printf(a, _("%s could not be uninstalled"), name)
			    : arena_printf(a, _("%s was uninstalled"), name);
	if (!failed)
		return;
	add_action(out, ACTION_DEFAULT, _("Show"));
	add_action(out, ACTION_STATUS, _("Show"));
}
