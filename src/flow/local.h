/*
 * People and departments of a local source, which administrators keep here. Each inside a unit, on record with
 * before and after. Nobody is deleted: who left is departed and keeps the departments, a department that was
 * removed is gone, and what names either stays.
 */
#pragma once

#include "flow/flow.h"
#include "model/local.h"
#include "store/department.h"
#include "store/person.h"
#include "store/source.h"

/* ERR_UNPROCESSABLE: there is no such source. ERR_CONFLICT: it is not local; changes are made where it is. */
[[nodiscard]] bool flow_local_source(struct flow *f, const char *id, struct store_source *out,
				     struct err *e);

/* Before so many more are added. ERR_UNPROCESSABLE. */
[[nodiscard]] bool flow_local_room(struct flow *f, const char *source, int64_t people,
				   int64_t departments, struct err *e);

/* --- people --- */

struct flow_local_person {
	const char *id, *source;
	struct local_person is;
	bool departed;
	const char *const *departments; /* ids, the main one first */
	size_t department_count;
};

/* ERR_CONFLICT: not of a local source. */
[[nodiscard]] bool flow_local_person_get(struct flow *f, const char *id,
					 struct flow_local_person *out, struct err *e);

/* Makes p->id, which is the external_id too when there is none. ERR_INVALID as local_person_check has it;
 * ERR_UNPROCESSABLE: a department is not one of the source, or they are too many; ERR_CONFLICT: the number
 * or the address is somebody's. */
[[nodiscard]] bool flow_local_person_add(struct flow *f, struct flow_local_person *p,
					 struct err *e);

/* The same for somebody who is there; was is what it was made from. Nothing is written or recorded when it is the
 * same. Leaving ends sign-ins (flow/departure.h). ERR_STALE: was is not how it is any more. */
[[nodiscard]] bool flow_local_person_change(struct flow *f, const struct flow_local_person *was,
					    struct flow_local_person *p, struct err *e);

/* --- departments --- */

/* ERR_CONFLICT: not of a local source. ERR_NOT_FOUND also: it is gone. */
[[nodiscard]] bool flow_local_department_get(struct flow *f, const char *id,
					     struct store_department *out, struct err *e);

/* From d->source, name and parent (NULL: at the top); makes the ids. ERR_CONFLICT: the name is there already
 * below parent. ERR_UNPROCESSABLE: there is no such parent in the source, or it is too deep. */
[[nodiscard]] bool flow_local_department_add(struct flow *f, struct store_department *d,
					     struct err *e);

/* Name and parent; with everything below it. ERR_UNPROCESSABLE also: parent lies below it. ERR_STALE. */
[[nodiscard]] bool flow_local_department_change(struct flow *f, const struct store_department *was,
						struct store_department *d, struct err *e);

/* ERR_CONFLICT: people are in it or departments below it. */
[[nodiscard]] bool flow_local_department_remove(struct flow *f, const struct store_department *d,
						struct err *e);
