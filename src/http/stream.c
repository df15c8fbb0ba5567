#include "http/stream.h"

#include <errno.h>
#include <openssl/err.h>
#include <sys/socket.h>
#include <unistd.h>

static int choose_protocol([[maybe_unused]] SSL *tls, const unsigned char **out, unsigned char *n,
			   const unsigned char *in, unsigned in_n, [[maybe_unused]] void *arg)
{
	static const unsigned char ours[] = "\x8http/1.1";

	if (SSL_select_next_proto((unsigned char **)out, n, ours, sizeof(ours) - 1, in, in_n) !=
	    OPENSSL_NPN_NEGOTIATED)
		return SSL_TLSEXT_ERR_ALERT_FATAL;
	return SSL_TLSEXT_ERR_OK;
}

static void tls_set(SSL_CTX *tls)
{
	SSL_CTX_set_mode(tls, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
				  SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	SSL_CTX_set_options(tls, SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE);
	SSL_CTX_set_alpn_select_cb(tls, choose_protocol, NULL);
	(void)SSL_CTX_set_min_proto_version(tls, TLS1_2_VERSION);
}

/* OpenSSL says "system lib" where a file is missing, and little more where it holds something else. */
static bool tls_load(SSL_CTX *tls, const char *cert, const char *key, struct err *e)
{
	const char *const files[] = {cert, key};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(files); i++)
		if (access(files[i], R_OK) < 0) {
			(void)err_errno(e, "%s", files[i]);
			e->code = ERR_CRYPTO;
			return false;
		}
	if (SSL_CTX_use_certificate_chain_file(tls, cert) != 1)
		return err_set(e, ERR_CRYPTO, "%s: not a certificate in PEM", cert);
	/* Belonging together is checked here too. */
	if (SSL_CTX_use_PrivateKey_file(tls, key, SSL_FILETYPE_PEM) != 1)
		return err_set(e, ERR_CRYPTO, "%s: not the key, in PEM, of the certificate in %s",
			       key, cert);
	return true;
}

SSL_CTX *stream_tls_new(const char *cert, const char *key, struct err *e)
{
	SSL_CTX *tls = SSL_CTX_new(TLS_server_method());
	bool ok;

	if (!tls) {
		(void)err_set(e, ERR_CRYPTO, "TLS cannot be set up");
		return NULL;
	}
	tls_set(tls);
	ok = tls_load(tls, cert, key, e);
	ERR_clear_error();
	if (ok)
		return tls;
	SSL_CTX_free(tls);
	return NULL;
}

void stream_open(struct stream *s, int fd, SSL_CTX *tls)
{
	*s = (struct stream){.fd = fd};
	if (!tls)
		return;
	s->tls = SSL_new(tls);
	if (!s->tls || SSL_set_fd(s->tls, fd) != 1)
		abort();
	SSL_set_accept_state(s->tls);
}

void stream_reset(struct stream *s)
{
	const struct linger none = {.l_onoff = 1};

	(void)setsockopt(s->fd, SOL_SOCKET, SO_LINGER, &none, sizeof(none));
}

void stream_close(struct stream *s)
{
	SSL_free(s->tls);
	if (s->fd >= 0)
		(void)close(s->fd);
	*s = (struct stream){.fd = -1};
}

/* What a call on s->tls that returned n (not above 0) means. */
static int tls_outcome(struct stream *s, int n)
{
	int why = SSL_get_error(s->tls, n);

	ERR_clear_error();
	if (why == SSL_ERROR_ZERO_RETURN)
		return STREAM_END;
	if (why != SSL_ERROR_WANT_READ && why != SSL_ERROR_WANT_WRITE)
		return STREAM_BROKEN;
	s->wants_write = why == SSL_ERROR_WANT_WRITE;
	return STREAM_AGAIN;
}

static int plain_outcome(void)
{
	return errno == EAGAIN || errno == EINTR ? STREAM_AGAIN : STREAM_BROKEN;
}

static int tls_size(size_t n)
{
	return n > INT32_MAX ? INT32_MAX : (int)n;
}

int stream_handshake(struct stream *s)
{
	int n;

	s->wants_write = false;
	ERR_clear_error();
	n = SSL_do_handshake(s->tls);
	if (n == 1)
		return 1;
	n = tls_outcome(s, n);
	return n == STREAM_AGAIN ? STREAM_AGAIN : STREAM_BROKEN;
}

ssize_t stream_read(struct stream *s, void *out, size_t n)
{
	ssize_t got;

	if (!s->tls) {
		got = recv(s->fd, out, n, 0);
		return got >= 0 ? got : plain_outcome();
	}
	s->wants_write = false;
	ERR_clear_error();
	got = SSL_read(s->tls, out, tls_size(n));
	return got > 0 ? got : tls_outcome(s, (int)got);
}

ssize_t stream_write(struct stream *s, const void *bytes, size_t n)
{
	ssize_t put;
	int outcome;

	if (!s->tls) {
		put = send(s->fd, bytes, n, MSG_NOSIGNAL);
		return put >= 0 ? put : plain_outcome();
	}
	ERR_clear_error();
	put = SSL_write(s->tls, bytes, tls_size(n));
	if (put > 0)
		return put;
	outcome = tls_outcome(s, (int)put);
	return outcome == STREAM_END ? STREAM_BROKEN : outcome;
}

bool stream_pending(const struct stream *s)
{
	return s->tls && SSL_has_pending(s->tls);
}

void stream_shut(struct stream *s)
{
	if (s->tls) {
		ERR_clear_error();
		(void)SSL_shutdown(s->tls);
		ERR_clear_error();
	}
	(void)shutdown(s->fd, SHUT_WR);
}

ssize_t stream_discard(struct stream *s, void *scratch, size_t n)
{
	ssize_t got = recv(s->fd, scratch, n, 0);

	return got >= 0 ? got : plain_outcome();
}
