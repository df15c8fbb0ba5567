/* Bytes over a connected non-blocking socket, plain or through TLS. */
#pragma once

#include <openssl/ssl.h>
#include <sys/types.h>

#include "base/err.h"

enum { STREAM_END = 0, STREAM_AGAIN = -1, STREAM_BROKEN = -2 };

struct stream {
	int fd;
	SSL *tls;         /* NULL: plain */
	bool wants_write; /* TLS cannot read or shake hands before it has written */
};

/* Server side, from a PEM chain and key. TLS 1.2 and newer, HTTP/1.1 by ALPN. ERR_CRYPTO. */
[[nodiscard]] SSL_CTX *stream_tls_new(const char *cert, const char *key, struct err *e);

/* Takes the connected descriptor. tls NULL: plain. */
void stream_open(struct stream *s, int fd, SSL_CTX *tls);
void stream_close(struct stream *s);

/* Closing will reset the connection and drop what was not sent. */
void stream_reset(struct stream *s);

/* 1, STREAM_AGAIN or STREAM_BROKEN. */
int stream_handshake(struct stream *s);

/* The number of bytes, STREAM_END (reading), STREAM_AGAIN or STREAM_BROKEN. n above 0. */
ssize_t stream_read(struct stream *s, void *out, size_t n);
ssize_t stream_write(struct stream *s, const void *bytes, size_t n);

/* Bytes that were received and that no event will announce. */
bool stream_pending(const struct stream *s);

/* Ends our side; the peer's bytes may still come. */
void stream_shut(struct stream *s);

/* After stream_shut: takes what the peer still sends, without looking at it. As stream_read. */
ssize_t stream_discard(struct stream *s, void *scratch, size_t n);
