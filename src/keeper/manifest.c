#include "keeper/manifest.h"

#include <string.h>

#include "base/text.h"

#define HEX (2 * (size_t)CRYPTO_HASH_SIZE)

static bool hex_digit(char c, unsigned *out)
{
	if (c >= '0' && c <= '9')
		*out = (unsigned)(c - '0');
	else if (c >= 'a' && c <= 'f')
		*out = (unsigned)(c - 'a') + 10;
	else
		return false;
	return true;
}

static bool read_hash(const char *word, unsigned char out[static CRYPTO_HASH_SIZE])
{
	unsigned high, low;

	if (strlen(word) != HEX)
		return false;
	for (size_t i = 0; i < CRYPTO_HASH_SIZE; i++) {
		if (!hex_digit(word[2 * i], &high) || !hex_digit(word[2 * i + 1], &low))
			return false;
		out[i] = (unsigned char)(high << 4 | low);
	}
	return true;
}

static bool read_mode(const char *word, unsigned *out)
{
	*out = 0;
	if (!*word || strlen(word) > 4)
		return false;
	for (; *word; word++) {
		if (*word < '0' || *word > '7')
			return false;
		*out = *out << 3 | (unsigned)(*word - '0');
	}
	return true;
}

/* Cuts the line at its next space; what is behind it is the rest. */
static char *cut(char *line)
{
	char *space = strchr(line, ' ');

	if (!space)
		return NULL;
	*space = '\0';
	return space + 1;
}

static bool read_entry(char *line, struct manifest_entry *out)
{
	char *kind = cut(line), *name = kind ? cut(kind) : NULL;

	if (!name || !*name || !read_hash(line, out->hash))
		return false;
	out->name = name;
	out->script = text_equal(kind, "script");
	return out->script ? !strchr(name, '/') : read_mode(kind, &out->mode) && *name == '/';
}

static bool read_head(char *line, struct manifest *out)
{
	char *form = cut(line), *version = form ? cut(form) : NULL;
	char *architecture = version ? cut(version) : NULL;

	if (!architecture || !*version || !*architecture ||
	    !text_equal(line, "holdfast-manifest") || !text_equal(form, "1"))
		return false;
	out->version = version;
	out->architecture = architecture;
	return true;
}

/* Ends it at its newline and goes to what is behind that. */
static char *next_line(char **at)
{
	char *line = *at, *end = strchr(line, '\n');

	if (!end)
		return NULL;
	*end = '\0';
	*at = end + 1;
	return line;
}

bool manifest_parse(struct arena *a, const char *text, size_t n, struct manifest *out,
		    struct err *e)
{
	unsigned char hash[CRYPTO_HASH_SIZE];
	char *at = arena_dup_n(a, text, n), *line;

	*out =
	    (struct manifest){.entries = arena_array(a, MANIFEST_ENTRIES, sizeof(*out->entries))};
	crypto_sha256(text, n, hash);
	text_hex(hash, sizeof(hash), out->id);
	line = n <= MANIFEST_MAX && strlen(at) == n ? next_line(&at) : NULL;
	if (!line || !read_head(line, out))
		return err_set(e, ERR_INVALID, "manifest: its first line is not understood");
	while (*at) {
		line = next_line(&at);
		if (!line || out->count == MANIFEST_ENTRIES ||
		    !read_entry(line, &out->entries[out->count]))
			return err_set(e, ERR_INVALID, "manifest: line %zu is not understood",
				       out->count + 2);
		out->count++;
	}
	return true;
}
