/* A self-signed certificate and its key, made by the test that needs them. */
#pragma once

#include "../unit.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <unistd.h>

struct certificate {
	char folder[32];
	char cert[48];
	char key[48];
};

static void extend(X509 *x, int nid, const char *value)
{
	X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, NULL, nid, value);

	assert_non_null(extension);
	assert_int_equal(X509_add_ext(x, extension, -1), 1);
	X509_EXTENSION_free(extension);
}

/* names: "IP:127.0.0.1" or "DNS:some.host". */
static void certificate_make(struct certificate *c, const char *names)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *x = X509_new();
	FILE *out;

	(void)snprintf(c->folder, sizeof(c->folder), "/tmp/holdfast-cert-XXXXXX");
	assert_non_null(mkdtemp(c->folder));
	(void)snprintf(c->cert, sizeof(c->cert), "%s/cert", c->folder);
	(void)snprintf(c->key, sizeof(c->key), "%s/key", c->folder);
	assert_int_equal(X509_set_version(x, 2), 1);
	assert_int_equal(ASN1_INTEGER_set(X509_get_serialNumber(x), 1), 1);
	assert_non_null(X509_gmtime_adj(X509_getm_notBefore(x), -60));
	assert_non_null(X509_gmtime_adj(X509_getm_notAfter(x), 3600));
	assert_int_equal(X509_set_pubkey(x, key), 1);
	assert_int_equal(X509_NAME_add_entry_by_txt(X509_get_subject_name(x), "CN", MBSTRING_ASC,
						    (const unsigned char *)"test", -1, -1, 0),
			 1);
	assert_int_equal(X509_set_issuer_name(x, X509_get_subject_name(x)), 1);
	extend(x, NID_subject_alt_name, names);
	extend(x, NID_basic_constraints, "critical,CA:TRUE");
	assert_true(X509_sign(x, key, EVP_sha256()) > 0);
	out = fopen(c->cert, "w");
	assert_int_equal(PEM_write_X509(out, x), 1);
	(void)fclose(out);
	out = fopen(c->key, "w");
	assert_int_equal(PEM_write_PrivateKey(out, key, NULL, NULL, 0, NULL, NULL), 1);
	(void)fclose(out);
	X509_free(x);
	EVP_PKEY_free(key);
}

static void certificate_remove(const struct certificate *c)
{
	assert_int_equal(unlink(c->cert), 0);
	assert_int_equal(unlink(c->key), 0);
	assert_int_equal(rmdir(c->folder), 0);
}
