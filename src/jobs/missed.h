/* The pushes that DingTalk gave up on, fetched after an outage. */
#pragma once

#include "jobs/job.h"
#include "store/check.h"

/* Fetches the list, stores every event of it in one unit, and says when to ask again. */
[[nodiscard]] bool missed_collect(struct job *j, struct arena *a, const struct store_check_app *app,
				  struct err *e);
