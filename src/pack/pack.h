/*
 * Writes the package that guards another one (docs/device.md, Protecting other packages), as the
 * bytes of a .deb or an .rpm: no dpkg-deb, no rpmbuild and no compiler is on an employee's computer.
 * The same description gives the same bytes.
 *
 * A .deb is an ar archive of two tar archives (deb(5)); its prerm is the guard itself. An .rpm (format 4:
 * https://rpm-software-management.github.io/rpm/manual/format_v4.html) carries the guard as its one file, which
 * is the interpreter of %preun and of the trigger on the removal of the guarded package. It is not signed; its
 * header and payload have the SHA-256 digests that rpm 4.14 and later ask for.
 */
#pragma once

#include "base/buf.h"
#include "base/err.h"

/* The names of what rpm's package installs: PACK_RPM_FOLDER and the guarded package's name. */
#define PACK_RPM_FOLDER "/usr/lib/holdfast/guards/"

struct pack_text {
	const char *summary;     /* one line */
	const char *description; /* lines ended by LF, an empty one between paragraphs */
};

struct pack {
	const char *name;
	const char *version, *release; /* a .deb has VERSION-RELEASE */
	const char *architecture;      /* in the package manager's word */
	const char *guarded;           /* the package that it depends on and is named after */
	struct pack_text en, zh; /* a .deb has one description: the English, then the Chinese one */
	const void *guard;       /* the program */
	size_t guard_size;
	int64_t time_s; /* of the files; UTC, 0..UINT32_MAX */
};

/* *out is appended to. */
void pack_deb(const struct pack *p, struct buf *out);
void pack_rpm(const struct pack *p, struct buf *out);
