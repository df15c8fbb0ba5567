#include "model/party.h"

#include "base/text.h"

bool party_same(const struct party *a, const struct party *b)
{
	return (a->account != NULL && text_equal(a->account, b->account)) ||
	       (a->person != NULL && text_equal(a->person, b->person));
}

const char *party_refusal(const struct party *by, const struct party *maker)
{
	if (by->account == NULL)
		return "A second person confirms it: sign in, or use a token that belongs to an "
		       "account.";
	if (party_same(by, maker))
		return "A second person confirms it: not the one who made it.";
	return NULL;
}
