#include "model/policy_second.h"

#include "model/policy_diff.h"

const char *const policy_second_rules[] = {POLICY_SECOND_OFF, POLICY_SECOND_WEAKENING, NULL};
const char *const policy_second_whys[] = {"mode", "whitelist", "devices", "settings", NULL};

struct json_list policy_second_words(struct arena *a, unsigned whys)
{
	const char **words = arena_array(a, ARRAY_SIZE(policy_second_whys), sizeof(*words));
	size_t n = 0;

	for (size_t i = 0; policy_second_whys[i] != NULL; i++) {
		if ((whys & 1U << i) != 0)
			words[n++] = policy_second_whys[i];
	}
	return (struct json_list){words, n};
}

static bool too_many(int64_t now, int64_t of_late, int64_t threshold)
{
	return now > 0 && (now > threshold || of_late > threshold);
}

unsigned policy_second(const struct policy_weakening *w)
{
	unsigned whys = 0;

	if (w->to < w->from)
		whys |= POLICY_SECOND_MODE;
	if (too_many(w->exempted, w->exempted_of_late, w->threshold))
		whys |= POLICY_SECOND_WHITELIST;
	if (too_many(w->lost, w->lost_of_late, w->threshold))
		whys |= POLICY_SECOND_DEVICES;
	return whys;
}

int64_t policy_exempted(const struct policy *before, const struct policy *after)
{
	AUTO(arena_done) struct arena a = {0};
	const struct json_list changes = policy_diff(&a, before, after);
	const struct policy_change *c = changes.items;

	for (size_t i = 0; i < changes.count; i++) {
		if (c[i].kind == policy_kinds[POLICY_KIND_PEOPLE])
			return (int64_t)c[i].added.count;
	}
	return 0;
}
