/*
 * A list of people (model/people_csv.h) becomes part of a local source. First it is planned, reading only: that is all
 * of a dry run. Nothing is written while a line is refused, unless those are to be left out. Then it is
 * written in pages, each a unit, so that nobody waits for a long list: what a page has written stays whatever
 * becomes of the next, and the same list once more does the rest, for what is there already is the same.
 */
#pragma once

#include "flow/local.h"
#include "model/people_plan.h"

struct flow_import_order {
	const char *csv;
	struct people_options options;
	bool without_refused; /* refused lines are left out */
	int64_t departing; /* how many may be marked departed although that is more than a tenth */
};

struct flow_import {
	struct store_source source;
	struct people_csv csv;
	struct people_plan plan;
	bool brake; /* so many would leave that somebody has to confirm it: flow_sync_too_many */
};

/* ERR_UNPROCESSABLE: the list is none, as people_csv_read has it; ERR_CONFLICT: the source is not local. */
[[nodiscard]] bool flow_import_plan(struct flow *f, const char *source,
				    const struct flow_import_order *order, struct flow_import *out,
				    struct err *e);

/* Whether it may be written: ERR_UNPROCESSABLE says why not. */
[[nodiscard]] bool flow_import_check(struct flow *f, const struct flow_import_order *order,
				     const struct flow_import *import, struct err *e);

/* One page after the other, from 0: each a unit, which may run again. *more is false after the last. ERR_STALE,
 * ERR_CONFLICT: the source was changed since the plan. */
#define FLOW_IMPORT_PAGE 100
[[nodiscard]] bool flow_import_page(struct flow *f, struct flow_import *import, size_t page,
				    bool *more, struct err *e);
