#include "agent/facts.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/fd.h"
#include "base/text.h"

#define NETWORK "/sys/class/net"
#define OS_RELEASE_MAX 16384

/* PRETTY_NAME="Debian GNU/Linux 12 (bookworm)" (os-release(5)). */
static const char *pretty_name(struct arena *a)
{
	static const char key[] = "PRETTY_NAME=";
	struct err e;
	char *text, *line, *rest;

	if (!file_read(a, "/etc/os-release", OS_RELEASE_MAX, &text, NULL, &e) &&
	    !file_read(a, "/usr/lib/os-release", OS_RELEASE_MAX, &text, NULL, &e))
		return NULL;
	for (line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		char *value = line + sizeof(key) - 1;
		size_t n;

		if (!text_starts(line, key))
			continue;
		n = strlen(value);
		if (n >= 2 && (*value == '"' || *value == '\'') && value[n - 1] == *value)
			value = arena_dup_n(a, value + 1, n - 2);
		return *value && text_printable(value, false) ? value : NULL;
	}
	return NULL;
}

/* A hardware interface has a device behind it; bridges, tunnels and containers' have none. */
static const char *mac_of(struct arena *a, const char *interface)
{
	static const char form[] = "00:00:00:00:00:00";
	struct err e;
	char *text;
	size_t n;

	if (access(arena_printf(a, NETWORK "/%s/device", interface), F_OK) < 0 ||
	    !file_read(a, arena_printf(a, NETWORK "/%s/address", interface), 4096, &text, &n, &e))
		return NULL;
	text = text_trim(text);
	if (strlen(text) != sizeof(form) - 1 || !strcmp(text, form) ||
	    strspn(text, "0123456789abcdef:") != sizeof(form) - 1)
		return NULL;
	return text;
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static const char *macs(struct arena *a)
{
	AUTO(buf_done) struct buf list = {0};
	const char *found[FACTS_MAX_MACS];
	DIR *folder = opendir(NETWORK);
	struct dirent *entry;
	size_t n = 0, i;

	if (!folder)
		return "";
	while (n < FACTS_MAX_MACS && (entry = readdir(folder))) {
		const char *mac = entry->d_name[0] == '.' ? NULL : mac_of(a, entry->d_name);

		if (mac)
			found[n++] = mac;
	}
	(void)closedir(folder);
	qsort(found, n, sizeof(*found), by_text);
	for (i = 0; i < n; i++)
		buf_printf(&list, "%s%s", i ? "," : "", found[i]);
	return arena_dup(a, list.data ? list.data : "");
}

void facts_read(struct arena *a, struct facts *out)
{
	struct utsname name;

	if (uname(&name) < 0)
		abort();
	out->hostname = arena_dup(a, text_printable(name.nodename, false) ? name.nodename : "");
	out->os = pretty_name(a);
	if (!out->os)
		out->os = arena_printf(a, "%s %s", name.sysname, name.release);
	out->macs = macs(a);
}
