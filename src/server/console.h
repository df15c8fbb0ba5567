/*
 * The console's files, as console/build.mjs makes them: one page for all of its addresses, and what the page loads.
 * A build without the console has a page that says so, and no files.
 */
#pragma once

#include <stddef.h>

struct console_file {
	const char *name; /* with its contents' hash */
	const char *type;
	size_t offset, size; /* in console_data: gzip, RFC 1952 */
};

extern const char console_page[];                 /* NONCE stands where the answer's own belongs */
extern const struct console_file console_files[]; /* ends with a name NULL */
extern const char console_data[];
