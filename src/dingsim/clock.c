/* dingsim's clock: the machine's, and what scripts have moved it forward by. */
#include "base/clock.h"

#include "dingsim/push.h"
#include "dingsim/routes.h"

#define FORWARD_MAX_MS (10LL * 366 * 86400 * 1000) /* in all */

int64_t sim_now_ms(const struct sim *sim)
{
	return clock_utc_ms() + sim->ahead_ms;
}

static void put_clock(struct call *c)
{
	json_put_i64(&c->w, "now", sim_now_ms(c->sim));
	json_put_i64(&c->w, "aheadMs", c->sim->ahead_ms);
}

bool clock_read(struct call *c, struct err *e)
{
	(void)e;
	put_clock(c);
	return true;
}

static const struct json_field fields[] = {
    {.name = "forwardMs", .kind = JSON_FIELD_I64, .required = true, .max = FORWARD_MAX_MS}, {0}};

bool clock_forward(struct call *c, struct err *e)
{
	int64_t forward_ms = 0;

	if (!c->in)
		return err_set(e, ERR_INVALID, "a JSON object is missing");
	if (!json_read(c->store.arena, c->in, fields, &forward_ms, e))
		return false;
	if (c->sim->ahead_ms + forward_ms > FORWARD_MAX_MS)
		return err_set(e, ERR_INVALID,
			       "forwardMs: the clock would be over ten years ahead");
	if (!store_clock_set(&c->store, c->sim->ahead_ms + forward_ms, e))
		return false;
	c->sim->ahead_ms += forward_ms;
	put_clock(c);
	push_wake(c->sim->pusher);
	return true;
}
