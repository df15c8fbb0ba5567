#include "server/master.h"

#include <string.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "base/id.h"
#include "base/text.h"

#define HEX_SIZE (2 * CRYPTO_SEAL_KEY_SIZE)
#define MAX_FILE 256

static bool make_key(const char *path, struct err *e)
{
	unsigned char key[CRYPTO_SEAL_KEY_SIZE];
	char text[HEX_SIZE + 1];
	bool ok;

	random_bytes(key, sizeof(key));
	text_hex(key, sizeof(key), text);
	text[HEX_SIZE] = '\n';
	ok = file_replace(path, text, sizeof(text), 0600, e);
	crypto_wipe(key, sizeof(key));
	crypto_wipe(text, sizeof(text));
	return ok;
}

static bool read_key(const char *path, unsigned char out[CRYPTO_SEAL_KEY_SIZE], struct err *e)
{
	AUTO(arena_done) struct arena a = {0};
	struct stat st;
	char *text;
	size_t n;
	bool ok;

	if (!file_read(&a, path, MAX_FILE, &text, &n, e))
		return false;
	if (stat(path, &st) != 0)
		return err_errno(e, "%s", path);
	if ((st.st_mode & 077) != 0) {
		crypto_wipe(text, n);
		return err_set(e, ERR_INVALID,
			       "%s may be read by others than its owner: chmod 600 it", path);
	}
	ok = n == HEX_SIZE + 1 && text[HEX_SIZE] == '\n';
	text[ok ? HEX_SIZE : 0] = '\0';
	ok = ok && text_unhex(text, out, CRYPTO_SEAL_KEY_SIZE);
	crypto_wipe(text, n);
	return ok || err_set(e, ERR_INVALID, "%s must be 64 hex digits and a newline", path);
}

bool master_key_read(const char *path, bool make, unsigned char out[CRYPTO_SEAL_KEY_SIZE],
		     struct err *e)
{
	if (read_key(path, out, e))
		return true;
	if (!make || e->code != ERR_NOT_FOUND)
		return false;
	err_clear(e);
	return make_key(path, e) && read_key(path, out, e);
}
