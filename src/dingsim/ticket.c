#include "dingsim/ticket.h"

#include "base/text.h"

static struct ticket *take(struct tickets *all, struct ticket **at)
{
	struct ticket *t = *at;

	*at = t->next;
	t->next = NULL;
	all->count--;
	return t;
}

/* Every ticket lives equally long, so the oldest one expires first. */
static void expire(struct tickets *all, int64_t now_ms)
{
	while (all->first && (all->first->expires_ms <= now_ms || all->count > TICKETS_MAX))
		ticket_free(take(all, &all->first));
}

const struct ticket *ticket_issue(struct tickets *all, const struct ticket *like, int64_t now_ms)
{
	struct ticket *t = mem_new(struct ticket);
	struct ticket **end = &all->first;

	id_new(t->id);
	t->client_id = mem_dup(like->client_id);
	t->ua = mem_dup(like->ua);
	t->topics = mem_dup(like->topics);
	t->expires_ms = now_ms + TICKET_TTL_MS;
	while (*end)
		end = &(*end)->next;
	*end = t;
	all->count++;
	expire(all, now_ms);
	return t;
}

struct ticket *ticket_redeem(struct tickets *all, const char *id, int64_t now_ms)
{
	struct ticket **at;

	expire(all, now_ms);
	at = &all->first;
	while (*at && !text_equal((*at)->id, id))
		at = &(*at)->next;
	return *at ? take(all, at) : NULL;
}

void ticket_free(struct ticket *t)
{
	if (!t)
		return;
	mem_free(t->client_id);
	mem_free(t->ua);
	mem_free(t->topics);
	mem_free(t);
}

void tickets_done(struct tickets *all)
{
	while (all->first)
		ticket_free(take(all, &all->first));
}
