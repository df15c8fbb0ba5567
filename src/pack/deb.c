#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "pack/pack.h"

#define BLOCK 512

/* POSIX.1 ustar: numbers are octal text, the checksum is over the block with blanks in its place. */
struct tar_head {
	char name[100], mode[8], uid[8], gid[8], size[12], mtime[12], checksum[8], type;
	char link[100], magic[6], version[2], user[32], group[32], major[8], minor[8];
	char prefix[155], rest[12];
};

_Static_assert(sizeof(struct tar_head) == BLOCK, "a tar header is one block");

struct member {
	const char *name; /* a folder when it ends with a slash */
	unsigned mode;
	const void *bytes;
	size_t size;
};

static void tar_add(struct buf *out, const struct member *m, int64_t time_s)
{
	static const char zeros[BLOCK];
	bool folder = m->name[strlen(m->name) - 1] == '/';
	struct tar_head head = {.type = folder ? '5' : '0', .version = "00"};
	const unsigned char *bytes = (const unsigned char *)&head;
	unsigned sum = 0;
	size_t i;

	memcpy(head.magic, "ustar", 6);
	(void)snprintf(head.name, sizeof(head.name), "%s", m->name);
	(void)snprintf(head.mode, sizeof(head.mode), "%07o", m->mode);
	(void)snprintf(head.uid, sizeof(head.uid), "%07o", 0);
	(void)snprintf(head.gid, sizeof(head.gid), "%07o", 0);
	(void)snprintf(head.size, sizeof(head.size), "%011zo", m->size);
	(void)snprintf(head.mtime, sizeof(head.mtime), "%011llo", (unsigned long long)time_s);
	(void)snprintf(head.user, sizeof(head.user), "root");
	(void)snprintf(head.group, sizeof(head.group), "root");
	memset(head.checksum, ' ', sizeof(head.checksum));
	for (i = 0; i < sizeof(head); i++)
		sum += bytes[i];
	(void)snprintf(head.checksum, sizeof(head.checksum), "%06o", sum);
	buf_add(out, &head, sizeof(head));
	if (m->size)
		buf_add(out, m->bytes, m->size);
	buf_add(out, zeros, (BLOCK - m->size % BLOCK) % BLOCK);
}

static void tar_end(struct buf *out)
{
	static const char zeros[2 * BLOCK];

	buf_add(out, zeros, sizeof(zeros));
}

static void ar_add(struct buf *out, const char *name, const struct buf *member, int64_t time_s)
{
	buf_printf(out, "%-16s%-12lld%-6d%-6d%-8o%-10zu`\n", name, (long long)time_s, 0, 0, 0100644,
		   member->len);
	buf_add(out, member->data, member->len);
	if (member->len % 2)
		buf_char(out, '\n');
}

/* deb-control(5): a continued line begins with a space, an empty one is " .". */
static void put_lines(struct buf *out, const char *text)
{
	while (*text) {
		size_t n = strcspn(text, "\n");

		buf_printf(out, " %.*s\n", n ? (int)n : 1, n ? text : ".");
		text += n + (text[n] == '\n');
	}
}

static void put_control(struct buf *out, const struct pack *p)
{
	buf_printf(out,
		   "Package: %s\nVersion: %s-%s\nArchitecture: %s\n"
		   "Maintainer: Holdfast on this computer <root@localhost>\n"
		   "Installed-Size: %zu\nDepends: %s\nSection: admin\nPriority: optional\n"
		   "Description: %s\n",
		   p->name, p->version, p->release, p->architecture, (p->guard_size + 1023) / 1024,
		   p->guarded, p->en.summary);
	put_lines(out, p->en.description);
	put_lines(out, "\n");
	put_lines(out, p->zh.description);
}

void pack_deb(const struct pack *p, struct buf *out)
{
	/* Only the note that a removal was taken back goes through a shell: it opens nothing. */
	static const char postinst[] =
	    "#!/bin/sh\n"
	    "[ \"$1\" != abort-remove ] || [ ! -x /usr/lib/holdfast/holdfast-guard ] ||\n"
	    "  exec /usr/lib/holdfast/holdfast-guard for \"${DPKG_MAINTSCRIPT_PACKAGE:-?}\" "
	    "postinst "
	    "\"$@\"\n";
	static const char format[] = "2.0\n";
	AUTO(buf_done) struct buf version = {0};
	AUTO(buf_done) struct buf text = {0};
	AUTO(buf_done) struct buf control = {0};
	AUTO(buf_done) struct buf data = {0};
	size_t i;

	put_control(&text, p);
	const struct member members[] = {
	    {"./", 0755, NULL, 0},
	    {"./control", 0644, text.data, text.len},
	    {"./postinst", 0755, postinst, sizeof(postinst) - 1},
	    {"./prerm", 0755, p->guard, p->guard_size},
	};
	for (i = 0; i < ARRAY_SIZE(members); i++)
		tar_add(&control, &members[i], p->time_s);
	tar_end(&control);
	/* Nothing but the root folder, so no other package can take all of it over and make it disappear. */
	tar_add(&data, &members[0], p->time_s);
	tar_end(&data);
	buf_add(&version, format, sizeof(format) - 1);
	buf_text(out, "!<arch>\n");
	ar_add(out, "debian-binary", &version, p->time_s);
	ar_add(out, "control.tar", &control, p->time_s);
	ar_add(out, "data.tar", &data, p->time_s);
}
