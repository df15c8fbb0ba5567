#include "base/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void fd_closep(int *fd)
{
	int saved = errno;

	if (*fd >= 0)
		(void)close(*fd);
	*fd = -1;
	errno = saved;
}

bool fd_read_full(int fd, void *out, size_t n, struct err *e)
{
	char *p = out;

	while (n) {
		ssize_t got = read(fd, p, n);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return err_errno(e, "read");
		if (got == 0)
			return err_set(e, ERR_IO, "the other side closed the connection");
		p += got;
		n -= (size_t)got;
	}
	return true;
}

bool fd_write_full(int fd, const void *bytes, size_t n, struct err *e)
{
	const char *p = bytes;

	while (n) {
		ssize_t put = write(fd, p, n);

		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0)
			return err_errno(e, "write");
		p += put;
		n -= (size_t)put;
	}
	return true;
}

bool file_read(struct arena *a, const char *path, size_t max, char **out, size_t *n, struct err *e)
{
	AUTO(fd_closep) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	struct stat st;
	size_t len = 0;
	char *text;

	if (fd < 0 && errno == ENOENT)
		return err_set(e, ERR_NOT_FOUND, "%s: no such file", path);
	if (fd < 0 || fstat(fd, &st) < 0)
		return err_errno(e, "%s", path);
	if (!S_ISREG(st.st_mode))
		return err_set(e, ERR_IO, "%s: not a regular file", path);
	if ((uint64_t)st.st_size > max)
		return err_set(e, ERR_TOO_LARGE, "%s: over %zu bytes", path, max);
	/* One byte more than its size, so that growth since fstat is seen. */
	text = arena_alloc(a, (size_t)st.st_size + 2);
	for (;;) {
		ssize_t got = read(fd, text + len, (size_t)st.st_size + 1 - len);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return err_errno(e, "%s", path);
		if (got == 0)
			break;
		len += (size_t)got;
		if (len > (size_t)st.st_size)
			return err_set(e, ERR_UNAVAILABLE, "%s: changed while it was read", path);
	}
	text[len] = '\0';
	*out = text;
	if (n)
		*n = len;
	return true;
}

static bool sync_folder(const char *path, struct err *e)
{
	char folder[PATH_MAX];
	const char *slash = strrchr(path, '/');
	int len = slash ? (int)(slash - path) : 0;

	if (slash)
		(void)snprintf(folder, sizeof(folder), "%.*s", len ? len : 1, path);
	else
		(void)snprintf(folder, sizeof(folder), ".");
	AUTO(fd_closep) int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || fsync(fd) < 0)
		return err_errno(e, "%s", folder);
	return true;
}

static bool write_beside(const char *beside, const void *bytes, size_t n, mode_t mode,
			 struct err *e)
{
	AUTO(fd_closep)
	int fd = open(beside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);

	if (fd < 0 || fchmod(fd, mode) < 0)
		return err_errno(e, "%s", beside);
	if (!fd_write_full(fd, bytes, n, e))
		return err_add(e, "%s", beside);
	if (fsync(fd) < 0)
		return err_errno(e, "%s", beside);
	return true;
}

bool file_replace(const char *path, const void *bytes, size_t n, mode_t mode, struct err *e)
{
	char beside[PATH_MAX];
	int len = snprintf(beside, sizeof(beside), "%s.new", path);

	if (len < 0 || (size_t)len >= sizeof(beside))
		return err_set(e, ERR_INVALID, "path too long");
	if (!write_beside(beside, bytes, n, mode, e)) {
		(void)unlink(beside);
		return false;
	}
	if (rename(beside, path) < 0) {
		(void)err_errno(e, "%s", path);
		(void)unlink(beside);
		return false;
	}
	return sync_folder(path, e);
}

bool file_append(const char *path, const void *bytes, size_t n, struct err *e)
{
	AUTO(fd_closep) int fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC | O_NOFOLLOW);

	if (fd < 0)
		return err_errno(e, "%s", path);
	if (!fd_write_full(fd, bytes, n, e))
		return err_add(e, "%s", path);
	if (fsync(fd) < 0)
		return err_errno(e, "%s", path);
	return true;
}

bool file_remove(const char *path, struct err *e)
{
	if (unlink(path) < 0)
		return errno == ENOENT ? true : err_errno(e, "%s", path);
	return sync_folder(path, e);
}

bool folder_make(const char *path, mode_t mode, struct err *e)
{
	char part[PATH_MAX];
	char *p;
	int len = snprintf(part, sizeof(part), "%s", path);

	if (len < 0 || (size_t)len >= sizeof(part))
		return err_set(e, ERR_INVALID, "path too long");
	for (p = part + 1; *p; p++) {
		if (*p != '/')
			continue;
		*p = '\0';
		if (mkdir(part, mode) < 0 && errno != EEXIST)
			return err_errno(e, "the folder %s cannot be made", part);
		*p = '/';
	}
	if (mkdir(part, mode) < 0 && errno != EEXIST)
		return err_errno(e, "the folder %s cannot be made", part);
	return true;
}
