#include "model/webhook.h"

#include <string.h>

#include "base/text.h"

#define SECOND_MS INT64_C(1000)
#define MINUTE_MS (60 * SECOND_MS)
#define HOUR_MS (60 * MINUTE_MS)

static const struct {
	const char *kind, *type;
} told[] = {
    {"filed", "request.filed"},
    {"approved", "request.decided"},
    {"rejected", "request.decided"},
    {"revoked", "request.revoked"},
    {"expired", "request.expired"},
    {"grant-issued", "grant.issued"},
    {"grant-used", "grant.consumed"},
    {"grant-lapsed", "grant.lapsed"},
    {"grant-cancelled", "grant.cancelled"},
    {"tampered", "device.alarm"},
    {"removed-without-grant", "device.alarm"},
    {"protection-weakened", "device.alarm"},
    {"protection-restored", "device.alarm"},
    {"device-silent", "device.alarm"},
    {"device-heard", "device.alarm"},
    {"devices-silent", "device.alarm"},
    {"devices-heard", "device.alarm"},
    {"unknown-build", "device.alarm"},
    {"device-session-ended", "device.session"},
    {"device-signed-in", "device.session"},
    {"owner-changed", "device.owner"},
    {"owner-change-held", "device.owner"},
    {"owner-change-confirmed", "device.owner"},
    {"owner-change-refused", "device.owner"},
    {"identity-cloned", "device.alarm"},
    {"device-enrolled", "device.state"},
    {"device-enrolled-again", "device.state"},
    {"device-reinstalled", "device.state"},
    {"device-unbound", "device.state"},
    {"device-lost", "device.state"},
    {"device-found", "device.state"},
    {"device-deleted", "device.state"},
    {"device-long-offline", "device.state"},
    {"device-back", "device.state"},
    {"device-presumed-uninstalled", "device.state"},
    {"removed", "device.state"},
    {"policy-changed", "policy.changed"},
    {"policy-proposed", "policy.proposed"},
    {"policy-confirmed", "policy.decided"},
    {"policy-refused", "policy.decided"},
    {"policy-withdrawn", "policy.withdrawn"},
    {"policy-expired", "policy.expired"},
    {"policy-stale", "policy.expired"},
    {"app-alert", "system.alarm"},
    {"workflow-broken", "system.alarm"},
    {"webhook-disabled", "system.alarm"},
    {"sync-waiting", "directory.waiting"},
    {"source-broken", "system.alarm"},
    {"rule-broken", "system.alarm"},
};

const char *const webhook_types[] = {"*",
				     "request.filed",
				     "request.decided",
				     "request.revoked",
				     "request.expired",
				     "grant.issued",
				     "grant.consumed",
				     "grant.lapsed",
				     "grant.cancelled",
				     "device.alarm",
				     "directory.waiting",
				     "device.owner",
				     "device.session",
				     "device.state",
				     "policy.changed",
				     "policy.proposed",
				     "policy.decided",
				     "policy.withdrawn",
				     "policy.expired",
				     "system.alarm",
				     NULL};

const char *webhook_type(const char *kind)
{
	for (size_t i = 0; i < ARRAY_SIZE(told); i++) {
		if (text_equal(told[i].kind, kind))
			return told[i].type;
	}
	return NULL;
}

static bool has_word(const char *words, const char *word)
{
	size_t n = strlen(word);

	while (*words != '\0') {
		size_t length = strcspn(words, " ");

		if (length == n && memcmp(words, word, n) == 0)
			return true;
		words += length + strspn(words + length, " ");
	}
	return false;
}

bool webhook_wants(const char *chosen, const char *type)
{
	return text_equal(type, WEBHOOK_TEST) || has_word(chosen, type) || has_word(chosen, "*");
}

int64_t webhook_delay_ms(const char *type, int64_t attempts, uint32_t chance)
{
	/* The specification's, which spans three days. */
	static const int64_t delays[WEBHOOK_TRIES - 1] = {
	    5 * SECOND_MS, 5 * MINUTE_MS, 30 * MINUTE_MS, 2 * HOUR_MS,  5 * HOUR_MS,
	    10 * HOUR_MS,  14 * HOUR_MS,  20 * HOUR_MS,   24 * HOUR_MS,
	};
	int64_t delay;

	if (attempts < 1 || attempts > (int64_t)ARRAY_SIZE(delays) ||
	    text_equal(type, WEBHOOK_TEST))
		return 0;
	delay = delays[attempts - 1];
	return delay + (int64_t)((uint64_t)(delay / 5) * chance / UINT32_MAX);
}

int64_t webhook_pause_ms(int64_t failures)
{
	const int64_t most = 5 * MINUTE_MS;
	int64_t pause = SECOND_MS;

	if (failures <= 0)
		return 0;
	for (int64_t i = 1; i < failures && pause < most; i++)
		pause *= 2;
	return pause < most ? pause : most;
}

bool webhook_networks_read(const char *text, struct webhook_networks *out, struct err *e)
{
	out->count = 0;
	for (const char *word = text == NULL ? "" : text; *word != '\0';) {
		int length = (int)strcspn(word, " ");
		char one[64];

		if (out->count == WEBHOOK_MAX_NETWORKS)
			return err_set(e, ERR_UNPROCESSABLE, "There may be at most %d networks.",
				       WEBHOOK_MAX_NETWORKS);
		if ((size_t)length >= sizeof(one))
			return err_set(e, ERR_UNPROCESSABLE, "%.40s… is not a network.", word);
		memcpy(one, word, (size_t)length);
		one[length] = '\0';
		if (!network_read(one, &out->items[out->count++]))
			return err_set(e, ERR_UNPROCESSABLE,
				       "%s is not a network like 10.0.0.0/8 or fd00::/8.", one);
		word += length;
		word += strspn(word, " ");
	}
	return true;
}

bool webhook_may_reach(const struct webhook_networks *allowed, bool tls,
		       const unsigned char address[static ADDRESS_SIZE])
{
	for (size_t i = 0; i < allowed->count; i++) {
		if (network_has(&allowed->items[i], address))
			return true;
	}
	return tls && address_public(address);
}
