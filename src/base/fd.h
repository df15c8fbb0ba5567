/* File descriptors and small files. Everything opened here is close-on-exec. */
#pragma once

#include <sys/types.h>

#include "base/arena.h"
#include "base/err.h"

/* For AUTO(fd_closep) int fd = -1. */
void fd_closep(int *fd);

[[nodiscard]] bool fd_read_full(int fd, void *out, size_t n, struct err *e);
[[nodiscard]] bool fd_write_full(int fd, const void *bytes, size_t n, struct err *e);

/* The whole of a regular file of at most max bytes, NUL-terminated; *n (may be NULL) is its length.
 * ERR_NOT_FOUND when there is none, ERR_TOO_LARGE over max. */
[[nodiscard]] bool file_read(struct arena *a, const char *path, size_t max, char **out, size_t *n,
			     struct err *e);

/* Writes beside, fsyncs, renames over path, fsyncs the folder: readers see the old or the new,
 * whole. */
[[nodiscard]] bool file_replace(const char *path, const void *bytes, size_t n, mode_t mode,
				struct err *e);

/* Appends with one write and fsyncs before it returns true. The file must exist. */
[[nodiscard]] bool file_append(const char *path, const void *bytes, size_t n, struct err *e);

/* Removes and fsyncs the folder; a file that is not there is success. */
[[nodiscard]] bool file_remove(const char *path, struct err *e);

/* Makes a folder and its missing parents. An existing folder is success, its mode is left alone. */
[[nodiscard]] bool folder_make(const char *path, mode_t mode, struct err *e);
