#include "dingsim/clock.h"

#include "base/clock.h"
#include "dingsim/inject.h"
#include "dingsim/push.h"
#include "dingsim/routes.h"
#include "dingsim/stream.h"

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
    {.name = "forwardMs", .kind = JSON_FIELD_I64, .required = true, .max = CLOCK_AHEAD_MAX_MS},
    {0}};

bool clock_move(struct call *c, int64_t forward_ms, struct err *e)
{
	if (forward_ms < 0 || forward_ms > CLOCK_AHEAD_MAX_MS - c->sim->ahead_ms)
		return err_set(e, ERR_INVALID,
			       "forwardMs: the clock would be over ten years ahead");
	if (!store_clock_set(&c->store, c->sim->ahead_ms + forward_ms, e))
		return false;
	c->sim->ahead_ms += forward_ms;
	push_wake(c->sim->pusher);
	stream_clock_moved(c->sim->hub);
	inject_clock_moved(c->sim->injector);
	return true;
}

bool clock_forward(struct call *c, struct err *e)
{
	int64_t forward_ms = 0;

	if (!c->in)
		return err_set(e, ERR_INVALID, "a JSON object is missing");
	if (!json_read(c->store.arena, c->in, fields, &forward_ms, e) ||
	    !clock_move(c, forward_ms, e))
		return false;
	put_clock(c);
	return true;
}
