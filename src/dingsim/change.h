/* Changes of the organisation, each told as its event. In the transaction of a writing call. */
#pragma once

#include "dingsim/call.h"

/* ERR_CONFLICT: the id is taken. d->id 0: one is given. ERR_INVALID: no such parent. */
[[nodiscard]] bool change_department_add(struct call *c, struct department *d, struct err *e);
/* name and parent. ERR_INVALID: the parent is the department itself or below it. */
[[nodiscard]] bool change_department_set(struct call *c, const struct department *d, struct err *e);
/* ERR_CONFLICT: it has members or departments, or is the root. */
[[nodiscard]] bool change_department_remove(struct call *c, int64_t id, struct err *e);

/* userid and unionid "": they are given. departments is a JSON array of ids, at least one unless
 * external. ERR_CONFLICT: userid or unionid is taken. People outside make no events. */
[[nodiscard]] bool change_person_add(struct call *c, struct person *p, struct err *e);
/* Everything but the unionid. */
[[nodiscard]] bool change_person_set(struct call *c, const struct person *p, struct err *e);
/* Who was added as not active, and signs in for the first time. */
[[nodiscard]] bool change_person_active(struct call *c, struct person *p, struct err *e);
/* What the person did stays as it is; tasks that wait for them go to the form's administrator. */
[[nodiscard]] bool change_person_remove(struct call *c, const char *userid, struct err *e);
