#include "grant/offline.h"

#include <string.h>

#include "base/id.h"
#include "base/text.h"

#define MINUTE_MS INT64_C(60000)
#define MAX_WAIT_MS (60 * MINUTE_MS)
#define GROUP 4
#define BITS 5 /* of a symbol */

#define CHECK_BITS 20
#define CODE_SYMBOLS ((OFFLINE_CODE_BYTES * 8 + CHECK_BITS) / BITS)
#define DEVICE_BYTES 5
#define DEVICE_SYMBOLS (DEVICE_BYTES * 8 / BITS)

#define MIN_SEALED (((CRYPTO_SEAL_OVERHEAD + 1) * 8 + 5) / 6)
#define MAX_SEALED 4096

static const char symbols[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/* --- Crockford's base32 --- */

static void encode(const unsigned char *bytes, size_t count, char *out)
{
	for (size_t i = 0; i < count; i++) {
		unsigned value = 0;

		for (size_t bit = i * BITS; bit < (i + 1) * BITS; bit++)
			value = value << 1 | (bytes[bit / 8] >> (7 - bit % 8) & 1U);
		if (i > 0 && i % GROUP == 0)
			*out++ = '-';
		*out++ = symbols[value];
	}
	*out = '\0';
}

/* The value of what people take for a symbol; negative: it is none. */
static int value_of(char c)
{
	const char *at;

	if (c >= 'a' && c <= 'z')
		c = (char)(c - 'a' + 'A');
	if (c == 'O')
		c = '0';
	if (c == 'I' || c == 'L')
		c = '1';
	at = c == '\0' ? NULL : strchr(symbols, c);
	return at == NULL ? -1 : (int)(at - symbols);
}

/* Exactly count symbols. bytes has room for them, zeroed. */
static bool decode(const char *typed, size_t count, unsigned char *bytes, struct err *e)
{
	size_t n = 0;

	for (; *typed != '\0'; typed++) {
		int value;

		if (strchr(" \t\r\n-", *typed) != NULL)
			continue;
		value = value_of(*typed);
		if (value < 0)
			return err_set(e, ERR_UNPROCESSABLE,
				       "a code has digits and letters only, and no U");
		if (n == count)
			return err_set(e, ERR_UNPROCESSABLE,
				       "that is longer than a code, which has %zu characters",
				       count);
		for (size_t bit = 0; bit < BITS; bit++) {
			size_t to = n * BITS + bit;

			if ((value >> (BITS - 1 - bit) & 1) != 0)
				bytes[to / 8] |= (unsigned char)(0x80U >> to % 8);
		}
		n++;
	}
	return n == count ||
	       err_set(e, ERR_UNPROCESSABLE,
		       "that is shorter than a code, which has %zu characters", count);
}

/* --- codes --- */

static void device_bytes(const char *device, unsigned char out[CRYPTO_HASH_SIZE])
{
	static const char label[] = "holdfast device code 1\n";
	char text[sizeof(label) + ID_SIZE] = {0};
	size_t n = strnlen(device, ID_SIZE);

	memcpy(text, label, sizeof(label) - 1);
	memcpy(text + sizeof(label) - 1, device, n);
	crypto_sha256(text, sizeof(label) - 1 + n, out);
}

void offline_device_code(const char *device, char out[static OFFLINE_DEVICE_CODE_SIZE])
{
	unsigned char hash[CRYPTO_HASH_SIZE];

	device_bytes(device, hash);
	encode(hash, DEVICE_SYMBOLS, out);
}

bool offline_device_code_is(const char *device, const char *typed)
{
	unsigned char hash[CRYPTO_HASH_SIZE], bytes[DEVICE_BYTES] = {0};
	struct err e;

	device_bytes(device, hash);
	return decode(typed, DEVICE_SYMBOLS, bytes, &e) && crypto_equal(bytes, hash, sizeof(bytes));
}

#define CHECKED ((CODE_SYMBOLS * BITS + 7) / 8) /* bytes of a code with its checksum */

/* The code, then the checksum's bits, the rest zero. */
static void add_check(const unsigned char code[OFFLINE_CODE_BYTES], unsigned char out[CHECKED])
{
	static const char label[] = "holdfast offline code 1\n";
	unsigned char text[sizeof(label) - 1 + OFFLINE_CODE_BYTES], hash[CRYPTO_HASH_SIZE];

	memcpy(text, label, sizeof(label) - 1);
	memcpy(text + sizeof(label) - 1, code, OFFLINE_CODE_BYTES);
	crypto_sha256(text, sizeof(text), hash);
	memcpy(out, code, OFFLINE_CODE_BYTES);
	memcpy(out + OFFLINE_CODE_BYTES, hash, CHECKED - OFFLINE_CODE_BYTES);
	out[CHECKED - 1] &= (unsigned char)(0xff << (CHECKED * 8 - CODE_SYMBOLS * BITS));
	crypto_wipe(text, sizeof(text));
}

void offline_code_text(const unsigned char code[OFFLINE_CODE_BYTES],
		       char out[static OFFLINE_CODE_SIZE])
{
	unsigned char checked[CHECKED];

	add_check(code, checked);
	encode(checked, CODE_SYMBOLS, out);
	crypto_wipe(checked, sizeof(checked));
}

bool offline_code_read(const char *typed, unsigned char out[OFFLINE_CODE_BYTES], struct err *e)
{
	unsigned char bytes[CHECKED] = {0}, right[CHECKED];
	bool ok = decode(typed, CODE_SYMBOLS, bytes, e);

	if (ok) {
		add_check(bytes, right);
		ok = crypto_equal(bytes, right, CHECKED) ||
		     err_set(e, ERR_UNPROCESSABLE,
			     "a character of the code is mistyped; look at it again");
		crypto_wipe(right, sizeof(right));
	}
	if (ok)
		memcpy(out, bytes, OFFLINE_CODE_BYTES);
	crypto_wipe(bytes, sizeof(bytes));
	return ok;
}

/* --- sets --- */

struct form {
	int64_t v;
	const char *id, *salt;
	int64_t made_ms, exp_ms;
	struct json_list codes;
};

static const struct json_field entry_fields[] = {
    {"index", JSON_FIELD_I64, offsetof(struct offline_entry, index), .required = true, .min = 1,
     .max = OFFLINE_MAX_INDEX},
    {"sealed", JSON_FIELD_TEXT, offsetof(struct offline_entry, sealed), .required = true,
     .min = MIN_SEALED, .max = MAX_SEALED},
    {0}};

static const struct json_field set_fields[] = {
    {"v", JSON_FIELD_I64, offsetof(struct form, v), .required = true, .min = 1, .max = 1},
    {"id", JSON_FIELD_TEXT, offsetof(struct form, id), .required = true, .format = JSON_ID},
    {"made_ms", JSON_FIELD_I64, offsetof(struct form, made_ms), .required = true, .max = INT64_MAX},
    {"exp_ms", JSON_FIELD_I64, offsetof(struct form, exp_ms), .required = true, .max = INT64_MAX},
    {"salt", JSON_FIELD_TEXT, offsetof(struct form, salt), .required = true, .max = 64},
    {"codes", JSON_FIELD_ARRAY, offsetof(struct form, codes), .required = true, .min = 1,
     .max = OFFLINE_CODES, .fields = entry_fields, .size = sizeof(struct offline_entry)},
    {0}};

static bool unseal_text(struct arena *a, const struct offline_entry *entry, unsigned char **out,
			size_t *n)
{
	size_t len = strlen(entry->sealed);

	*n = len;
	*out = arena_alloc(a, len);
	return text_unbase64url(entry->sealed, len, *out, n) && *n > CRYPTO_SEAL_OVERHEAD;
}

static bool check_entries(struct arena *a, const struct offline_set *set, struct err *e)
{
	unsigned char *sealed;
	size_t n;

	for (size_t i = 0; i < set->count; i++) {
		if (i > 0 && set->entries[i].index <= set->entries[i - 1].index)
			return err_set(e, ERR_INVALID, "offline codes: codes[%zu].index: must rise",
				       i);
		if (!unseal_text(a, &set->entries[i], &sealed, &n))
			return err_set(e, ERR_INVALID,
				       "offline codes: codes[%zu].sealed: is not sealed", i);
	}
	return true;
}

bool offline_set_read(struct arena *a, const char *text, size_t n, struct offline_set *out,
		      struct err *e)
{
	struct form f = {0};
	size_t salt = CRYPTO_SALT_SIZE;

	if (n > OFFLINE_SET_MAX)
		return err_set(e, ERR_INVALID, "offline codes: over the maximum");
	if (!json_read_text(a, text, n, set_fields, &f, e))
		return err_add(e, "offline codes");
	*out = (struct offline_set){
	    .id = f.id, .made_ms = f.made_ms, .exp_ms = f.exp_ms, .count = f.codes.count};
	if (f.exp_ms <= f.made_ms)
		return err_set(e, ERR_INVALID, "offline codes: they end before they begin");
	if (!text_unbase64url(f.salt, strlen(f.salt), out->salt, &salt) || salt != CRYPTO_SALT_SIZE)
		return err_set(e, ERR_INVALID, "offline codes: salt: must be %d bytes",
			       CRYPTO_SALT_SIZE);
	memcpy(out->entries, f.codes.items, out->count * sizeof(out->entries[0]));
	return check_entries(a, out, e);
}

void offline_set_write(const struct offline_set *set, struct buf *out)
{
	struct json_writer w = {.out = out};
	char salt[TEXT_BASE64_SIZE(CRYPTO_SALT_SIZE)];
	struct form f = {.v = 1,
			 .id = set->id,
			 .salt = salt,
			 .made_ms = set->made_ms,
			 .exp_ms = set->exp_ms,
			 .codes = json_list_of(set->entries, set->count)};

	text_base64url(set->salt, CRYPTO_SALT_SIZE, salt);
	json_write(&w, NULL, set_fields, &f);
}

/* --- sealing --- */

static const char *context_of(struct arena *a, const char *set, int64_t index)
{
	return arena_printf(a, "holdfast offline grant 1 %s %lld", set, (long long)index);
}

const char *offline_seal(struct arena *a, const char *set, int64_t index,
			 const unsigned char key[CRYPTO_SEAL_KEY_SIZE], const char *jws)
{
	size_t n = strlen(jws);
	unsigned char *sealed = arena_alloc(a, n + CRYPTO_SEAL_OVERHEAD);
	char *text = arena_alloc(a, TEXT_BASE64_SIZE(n + CRYPTO_SEAL_OVERHEAD));

	crypto_seal(key, context_of(a, set, index), jws, n, sealed);
	text_base64url(sealed, n + CRYPTO_SEAL_OVERHEAD, text);
	return text;
}

static bool open_one(struct arena *a, const struct offline_set *set,
		     const struct offline_entry *entry,
		     const unsigned char key[CRYPTO_SEAL_KEY_SIZE], const char **jws)
{
	unsigned char *sealed, *open;
	struct err e;
	size_t n;

	if (!unseal_text(a, entry, &sealed, &n))
		return false;
	open = arena_alloc(a, n - CRYPTO_SEAL_OVERHEAD + 1);
	if (!crypto_unseal(key, context_of(a, set->id, entry->index), sealed, n, open, &e))
		return false;
	*jws = (const char *)open;
	return strlen(*jws) == n - CRYPTO_SEAL_OVERHEAD;
}

const struct offline_entry *offline_open(struct arena *a, const struct offline_set *set,
					 const unsigned char key[CRYPTO_SEAL_KEY_SIZE],
					 const char **jws)
{
	for (size_t i = 0; i < set->count; i++) {
		if (open_one(a, set, &set->entries[i], key, jws))
			return &set->entries[i];
	}
	return NULL;
}

int64_t offline_wait_ms(int64_t failed)
{
	int64_t wait = MINUTE_MS;

	if (failed < OFFLINE_FREE_TRIES)
		return 0;
	for (; failed > OFFLINE_FREE_TRIES && wait < MAX_WAIT_MS; failed--)
		wait *= 2;
	return wait < MAX_WAIT_MS ? wait : MAX_WAIT_MS;
}
