/* workflow doctor: runs the connection test, waits for it, and prints what is well, what is not, and
 * what to do. */
#include <stdio.h>
#include <time.h>

#include "base/clock.h"
#include "base/text.h"
#include "ctl/command.h"

#define POLL_MS 500
#define LONGEST_MS 180000 /* longer than a test takes */

static const struct {
	const char *severity, *mark;
} marks[] = {{"ok", "✓"}, {"unknown", "?"}, {"attention", "!"}, {"broken", "✗"}};

static const struct {
	const char *state, *words[CTL_LANGUAGES];
	enum ctl_status status;
} states[] = {{"ready", {"ready", "正常"}, CTL_GOOD},
	      {"attention", {"attention", "需要注意"}, CTL_ATTENTION},
	      {"broken", {"broken", "不可用"}, CTL_BROKEN}};

static const char *mark_of(const char *severity)
{
	for (size_t i = 0; i < ARRAY_SIZE(marks); i++) {
		if (text_equal(marks[i].severity, severity))
			return marks[i].mark;
	}
	return "?";
}

static void show_finding(const struct ctl *c, const struct json *f)
{
	const char *language = ctl_say(c, "en", "zh");
	const char *what = json_text(json_get(f, "what"), language);
	const char *remedy = json_text(json_get(f, "remedy"), language);
	const char *form = json_text(f, "form");

	(void)printf("%s %s%s%s\n", mark_of(json_text(f, "severity")), form != NULL ? form : "",
		     form != NULL ? ctl_say(c, ": ", "：") : "", what != NULL ? what : "");
	if (remedy != NULL && *remedy != '\0')
		(void)printf("    → %s\n", remedy);
}

enum ctl_status ctl_doctor_show(struct ctl *c, const struct json *doctor)
{
	const struct json *findings = json_get(doctor, "findings");
	const char *state = json_text(doctor, "state"), *name = json_text(doctor, "name");
	int64_t checked_ms = 0;

	(void)json_i64(doctor, "checked_ms", &checked_ms);
	for (size_t i = 0; i < ARRAY_SIZE(states); i++) {
		if (!text_equal(states[i].state, state))
			continue;
		if (c->json)
			return states[i].status;
		for (const struct json *f = findings != NULL ? findings->first : NULL; f != NULL;
		     f = f->next)
			show_finding(c, f);
		(void)printf("\n%s: %s (%s)\n", name != NULL ? name : "",
			     states[i].words[c->language], ctl_time(c, checked_ms));
		return states[i].status;
	}
	(void)fprintf(stderr, "holdfastctl: %s\n",
		      ctl_say(c, "the server's answer is not understood", "无法识别服务器的回答"));
	return CTL_FAILED;
}

enum ctl_status ctl_doctor(struct ctl *c, const struct line *line)
{
	const char *path, *id;
	const int64_t end_ms = clock_mono_ms() + LONGEST_MS;
	const struct timespec pause = {0, POLL_MS * 1000000};
	const struct json *doctor;
	bool json = c->json, running = true;
	struct err e = {0};

	/* Only the last answer is one to print. */
	c->json = false;
	if (!command_resolve(c, noun_find("workflow"), line->args[0], &id, &e))
		return ctl_complain(&e);
	path = arena_printf(&c->arena, "workflows/%s/doctor", text_percent(&c->arena, id));
	if (!ctl_call(c, HTTP_POST, path, "{}", &doctor, &e))
		return ctl_complain(&e);
	while (running && clock_mono_ms() < end_ms) {
		(void)nanosleep(&pause, NULL);
		if (!ctl_call(c, HTTP_GET, path, NULL, &doctor, &e))
			return ctl_complain(&e);
		running = json_bool(doctor, "running", &running) && running;
	}
	if (running) {
		(void)err_set(
		    &e, ERR_TIMEOUT, "%s",
		    ctl_say(c, "the test has not ended in three minutes", "检测三分钟内未结束"));
		return ctl_complain(&e);
	}
	c->json = json;
	if (json && !ctl_call(c, HTTP_GET, path, NULL, &doctor, &e))
		return ctl_complain(&e);
	return ctl_doctor_show(c, doctor);
}

enum ctl_status ctl_source_test(struct ctl *c, const struct line *line)
{
	const struct json *test;
	const char *path, *id;
	struct err e = {0};

	if (!command_resolve(c, noun_find("source"), line->args[0], &id, &e))
		return ctl_complain(&e);
	path = arena_printf(&c->arena, "identity-sources/%s/test", text_percent(&c->arena, id));
	if (!ctl_call(c, HTTP_POST, path, "{}", &test, &e))
		return ctl_complain(&e);
	return ctl_doctor_show(c, test);
}
