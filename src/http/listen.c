#include "http/listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/text.h"

struct address {
	union {
		struct sockaddr any;
		struct sockaddr_in v4;
		struct sockaddr_in6 v6;
		struct sockaddr_un local;
	} at;
	socklen_t n;
};

static bool local_read(const char *path, struct address *out, struct err *e)
{
	struct sockaddr_un *un = &out->at.local;

	if (!*path || strlen(path) >= sizeof(un->sun_path))
		return err_set(e, ERR_INVALID, "unix:%s: no path, or one over %zu bytes", path,
			       sizeof(un->sun_path) - 1);
	un->sun_family = AF_UNIX;
	(void)snprintf(un->sun_path, sizeof(un->sun_path), "%s", path);
	out->n = sizeof(*un);
	return true;
}

static bool address_read(const char *text, struct address *out, struct err *e)
{
	char host[INET6_ADDRSTRLEN + 2];
	const char *colon = strrchr(text, ':');
	size_t n = colon ? (size_t)(colon - text) : 0;
	int64_t port;

	*out = (struct address){0};
	if (text_starts(text, "unix:"))
		return local_read(text + 5, out, e);
	if (!n || n >= sizeof(host) || !text_i64(colon + 1, 0, 65535, &port))
		return err_set(e, ERR_INVALID, "%s: not an address like 127.0.0.1:8080", text);
	(void)snprintf(host, sizeof(host), "%.*s", (int)n, text);
	if (inet_pton(AF_INET, host, &out->at.v4.sin_addr) == 1) {
		out->at.v4.sin_family = AF_INET;
		out->at.v4.sin_port = htons((uint16_t)port);
		out->n = sizeof(out->at.v4);
		return true;
	}
	host[n - 1] = host[n - 1] == ']' ? '\0' : 'x';
	if (host[0] != '[' || inet_pton(AF_INET6, host + 1, &out->at.v6.sin6_addr) != 1)
		return err_set(e, ERR_INVALID, "%s: not an address like 127.0.0.1:8080", text);
	out->at.v6.sin6_family = AF_INET6;
	out->at.v6.sin6_port = htons((uint16_t)port);
	out->n = sizeof(out->at.v6);
	return true;
}

/* A Unix socket outlives its program: one that refuses connections is a leftover. */
static void leftover_remove(const struct address *a)
{
	AUTO(fd_closep) int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd >= 0 && connect(fd, &a->at.any, a->n) < 0 && errno == ECONNREFUSED)
		(void)unlink(a->at.local.sun_path);
}

/* "127.0.0.1", "::1", "unix"; an IPv4 address in IPv6's clothes without them. */
static void host_text(const struct address *a, char out[static LISTEN_PEER_MAX])
{
	const struct in6_addr *v6 = &a->at.v6.sin6_addr;

	if (a->at.any.sa_family == AF_UNIX)
		(void)snprintf(out, LISTEN_PEER_MAX, "unix");
	else if (a->at.any.sa_family == AF_INET)
		(void)inet_ntop(AF_INET, &a->at.v4.sin_addr, out, LISTEN_PEER_MAX);
	else if (IN6_IS_ADDR_V4MAPPED(v6))
		(void)inet_ntop(AF_INET, &v6->s6_addr[12], out, LISTEN_PEER_MAX);
	else
		(void)inet_ntop(AF_INET6, v6, out, LISTEN_PEER_MAX);
}

static void bound_text(const struct address *a, char out[static LISTEN_ADDRESS_MAX])
{
	char host[LISTEN_PEER_MAX] = "";

	host_text(a, host);
	if (a->at.any.sa_family == AF_INET)
		(void)snprintf(out, LISTEN_ADDRESS_MAX, "%s:%d", host, ntohs(a->at.v4.sin_port));
	else
		(void)snprintf(out, LISTEN_ADDRESS_MAX, "[%s]:%d", host, ntohs(a->at.v6.sin6_port));
}

static bool bind_and_listen(int fd, struct address *a, bool shared, struct err *e)
{
	int on = 1;

	if (a->at.any.sa_family == AF_UNIX)
		leftover_remove(a);
	else if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) < 0 ||
		 (shared && setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on)) < 0))
		return err_errno(e, "socket option");
	if (bind(fd, &a->at.any, a->n) < 0)
		return errno == EADDRINUSE ? err_set(e, ERR_CONFLICT, "the address is taken")
					   : err_errno(e, "cannot be listened on");
	if (listen(fd, SOMAXCONN) < 0)
		return errno == EADDRINUSE ? err_set(e, ERR_CONFLICT, "the address is taken")
					   : err_errno(e, "listen");
	return true;
}

bool listen_check(const char *text, struct err *e)
{
	struct address a;

	return address_read(text, &a, e);
}

bool listen_open(const char *text, bool shared, int *out, char bound[static LISTEN_ADDRESS_MAX],
		 struct err *e)
{
	AUTO(fd_closep) int fd = -1;
	struct address a;

	if (!address_read(text, &a, e))
		return false;
	fd = socket(a.at.any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return err_errno(e, "%s: socket", text);
	if (!bind_and_listen(fd, &a, shared, e))
		return err_add(e, "%s", text);
	if (a.at.any.sa_family == AF_UNIX) {
		(void)snprintf(bound, LISTEN_ADDRESS_MAX, "%s", text);
	} else {
		if (getsockname(fd, &a.at.any, &a.n) < 0)
			return err_errno(e, "%s: socket name", text);
		bound_text(&a, bound);
	}
	*out = fd;
	fd = -1;
	return true;
}

int listen_accept(int listener, char peer[static LISTEN_PEER_MAX])
{
	struct address a = {.n = sizeof(a.at)};
	int on = 1;
	int fd = accept4(listener, &a.at.any, &a.n, SOCK_NONBLOCK | SOCK_CLOEXEC);

	if (fd < 0)
		return errno == EAGAIN ? LISTEN_NOBODY : LISTEN_FAILED;
	if (a.at.any.sa_family != AF_UNIX)
		(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	host_text(&a, peer);
	return fd;
}
