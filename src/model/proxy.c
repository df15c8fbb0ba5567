#include "model/proxy.h"

#include <arpa/inet.h>
#include <string.h>

#include "base/text.h"

#define MAX_WORD 64
#define V4_AT 12
#define GROUP_BYTES 8
#define LOCAL "unix"

static const struct network v4 = {{[10] = 0xff, [11] = 0xff}, 8 * V4_AT};

static bool add(const char *word, struct proxies *out, struct err *e)
{
	if (text_equal(word, LOCAL)) {
		out->local = true;
		return true;
	}
	if (out->count == PROXIES_MAX)
		return err_set(e, ERR_INVALID, "more than %d networks", PROXIES_MAX);
	return network_read(word, &out->items[out->count++]) ||
	       err_set(e, ERR_INVALID,
		       "\"%s\" is no address or network such as 10.0.0.0/8 or fd00::/8", word);
}

bool proxies_read(const char *text, struct proxies *out, struct err *e)
{
	static const char separators[] = ", \t";
	char word[MAX_WORD];

	*out = (struct proxies){0};
	for (size_t n; text += strspn(text, separators), *text != '\0'; text += n) {
		n = strcspn(text, separators);
		if (n >= sizeof(word))
			return err_set(e, ERR_INVALID, "\"%.60s…\" is no address or network", text);
		memcpy(word, text, n);
		word[n] = '\0';
		if (!add(word, out, e))
			return false;
	}
	return true;
}

static bool have(const struct proxies *p, const char *address)
{
	unsigned char bytes[ADDRESS_SIZE];

	if (text_equal(address, LOCAL))
		return p->local;
	if (!address_read(address, bytes))
		return false;
	for (size_t i = 0; i < p->count; i++) {
		if (network_has(&p->items[i], bytes))
			return true;
	}
	return false;
}

/* Some proxies write "[2001:db8::1]:443" and "192.0.2.1:443". */
static char *without_port(char *text)
{
	char *colon = strchr(text, ':');

	if (*text == '[') {
		text[strcspn(text, "]")] = '\0';
		return text + 1;
	}
	if (colon != NULL && strchr(colon + 1, ':') == NULL)
		*colon = '\0';
	return text;
}

const char *proxies_behind(const struct proxies *p, struct arena *a, const char *peer,
			   const char *forwarded_for)
{
	const char *who = peer;
	char *list = arena_dup(a, forwarded_for != NULL ? forwarded_for : "");
	unsigned char bytes[ADDRESS_SIZE];

	while (have(p, who)) {
		char *comma = strrchr(list, ',');
		char *last = without_port(text_trim(comma != NULL ? comma + 1 : list));

		if (!address_read(last, bytes))
			break;
		who = last;
		if (comma == NULL)
			break;
		*comma = '\0';
	}
	return who;
}

const char *address_group(struct arena *a, const char *address)
{
	unsigned char bytes[ADDRESS_SIZE];
	char text[INET6_ADDRSTRLEN];

	if (!address_read(address, bytes))
		return address;
	if (network_has(&v4, bytes))
		return inet_ntop(AF_INET, bytes + V4_AT, text, sizeof(text)) != NULL
			   ? arena_dup(a, text)
			   : address;
	memset(bytes + GROUP_BYTES, 0, ADDRESS_SIZE - GROUP_BYTES);
	return inet_ntop(AF_INET6, bytes, text, sizeof(text)) != NULL
		   ? arena_printf(a, "%s/64", text)
		   : address;
}
