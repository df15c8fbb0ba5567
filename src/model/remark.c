#include "model/remark.h"

#include "model/phrase.h"

enum code {
	NO_SECOND_PERSON,
	NOBODY_LEFT,
	ADMINISTRATORS_ASKED,
	NOT_IN_DINGTALK,
	SECOND_FORM,
	WITHDRAWN_AFTER_USE,
	OTHER_VALUE,
	OTHER_NUMBER,
	OTHER_PERSON,
	OTHER_FORM,
	OTHER_INSTANCE,
	OTHER_CONTENT,
	OTHER_END,
	WITHDRAWN_INSTEAD,
	CARRIED_INSTEAD,
	LEFT_OPEN,
	OTHER,
	CODE_COUNT
};

const char *const remark_codes[CODE_COUNT + 1] = {
    [NO_SECOND_PERSON] = "no-second-person",
    [NOBODY_LEFT] = "nobody-left",
    [ADMINISTRATORS_ASKED] = "administrators-asked",
    [NOT_IN_DINGTALK] = "not-in-dingtalk",
    [SECOND_FORM] = "second-form",
    [WITHDRAWN_AFTER_USE] = "withdrawn-after-use",
    [OTHER_VALUE] = "other-value",
    [OTHER_NUMBER] = "other-number",
    [OTHER_PERSON] = "other-person",
    [OTHER_FORM] = "other-form",
    [OTHER_INSTANCE] = "other-instance",
    [OTHER_CONTENT] = "other-content",
    [OTHER_END] = "other-end",
    [WITHDRAWN_INSTEAD] = "withdrawn-instead",
    [CARRIED_INSTEAD] = "carried-instead",
    [LEFT_OPEN] = "left-open",
    [OTHER] = "other",
};

#define DIFFERS "what DingTalk holds is not what was sent"

/* The first that fits; the last ones are for those before them that have more to say. */
static const struct {
	enum code code;
	const char *en;
} notes[] = {
    {NO_SECOND_PERSON, "no second person"},
    {NOBODY_LEFT, "nobody is left who could be asked"},
    {ADMINISTRATORS_ASKED, "no approver is left: the administrators are asked"},
    {NOT_IN_DINGTALK, "DingTalk does not know it"},
    {SECOND_FORM, "DingTalk has a second form for this request"},
    {WITHDRAWN_AFTER_USE, "the approval was withdrawn in DingTalk after the removal"},
    {OTHER_VALUE, DIFFERS ": the value of \"%s\" is not the one sent"},
    {OTHER_NUMBER, DIFFERS ": it does not carry the number %s"},
    {OTHER_PERSON, DIFFERS ": another person started it"},
    {OTHER_FORM, DIFFERS ": it belongs to another form"},
    {OTHER_INSTANCE, DIFFERS ": it is a %s of another instance"},
    {OTHER_CONTENT, DIFFERS ": %s"},
    {OTHER_CONTENT, DIFFERS},
    {OTHER_END, "DingTalk shows another end: %s"},
    {WITHDRAWN_INSTEAD, "DingTalk does not let the decision be carried through, the form is "
			"withdrawn instead: %s"},
    {CARRIED_INSTEAD, "DingTalk does not let the form be withdrawn, the decision is carried "
		      "through instead: %s"},
    {LEFT_OPEN, "The form stays open in DingTalk: %s"},
};

struct remark remark_of(struct arena *a, const char *note)
{
	struct phrase_part parts[PHRASE_MAX_PARTS] = {0};

	for (size_t i = 0; i < ARRAY_SIZE(notes); i++) {
		if (phrase_fits(notes[i].en, note, parts))
			return (struct remark){remark_codes[notes[i].code],
					       parts[0].text == NULL
						   ? NULL
						   : arena_dup_n(a, parts[0].text, parts[0].size)};
		parts[0] = (struct phrase_part){0};
	}
	return (struct remark){remark_codes[OTHER], NULL};
}
