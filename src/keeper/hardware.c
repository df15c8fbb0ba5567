#include "keeper/hardware.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/fd.h"
#include "base/text.h"
#include "crypto/crypto.h"

#define FACT_MAX 256
#define UUID_LENGTH 36
#define MACHINE_ID_LENGTH 32
#define SERIAL_MIN 5

/* UUIDs that whole series of boards have. */
static const char *const shared_uuids[] = {
    "03000200-0400-0500-0006-000700080009", "00020003-0004-0005-0006-000700080009",
    "12345678-1234-5678-90ab-cddeefaabbcc", "11223344-5566-7788-99aa-bbccddeeff00"};

/* What stands where a serial number should. */
static const char *const placeholders[] = {"to be filled by o.e.m.",
					   "default string",
					   "system serial number",
					   "base board serial number",
					   "not specified",
					   "not applicable",
					   "not available",
					   "chassis serial number",
					   "0123456789",
					   "123456789",
					   "1234567890",
					   "o.e.m.",
					   "unknown",
					   "invalid",
					   "empty"};

static bool listed(const char *const *list, size_t count, const char *text)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (!strcasecmp(list[i], text))
			return true;
	return false;
}

/* "0000…", "FF-FF…": one character again and again says nothing. */
static bool monotonous(const char *text)
{
	char first = 0;

	for (; *text; text++) {
		if (*text == '-' || *text == '.' || *text == ' ')
			continue;
		if (first && *text != first)
			return false;
		first = *text;
	}
	return true;
}

static bool good_uuid(const char *text)
{
	return strlen(text) == UUID_LENGTH &&
	       strspn(text, "0123456789abcdefABCDEF-") == UUID_LENGTH && !monotonous(text) &&
	       !listed(shared_uuids, ARRAY_SIZE(shared_uuids), text);
}

static bool good_serial(const char *text)
{
	return strlen(text) >= SERIAL_MIN && text_printable(text, false) && !monotonous(text) &&
	       !listed(placeholders, ARRAY_SIZE(placeholders), text);
}

static bool good_machine_id(const char *text)
{
	return strlen(text) == MACHINE_ID_LENGTH &&
	       strspn(text, "0123456789abcdef") == MACHINE_ID_LENGTH && !monotonous(text);
}

static void add(struct buf *out, const char *kind, const char *text)
{
	buf_printf(out, "%s ", kind);
	for (; *text; text++)
		buf_char(out, (char)tolower((unsigned char)*text));
	buf_char(out, '\n');
}

static void name_firmware(const struct hardware_facts *f, struct buf *out)
{
	if (good_uuid(f->uuid))
		add(out, "uuid", f->uuid);
	if (good_serial(f->board_serial))
		add(out, "board", f->board_serial);
	if (!out->len && good_serial(f->product_serial))
		add(out, "product", f->product_serial);
	if (!out->len && good_serial(f->tree_serial))
		add(out, "tree", f->tree_serial);
}

void hardware_name(const struct hardware_facts *f, char out[static HARDWARE_SIZE])
{
	static const char purpose[] = "holdfast-hardware 1\n";
	AUTO(buf_done) struct buf name = {0};
	AUTO(buf_done) struct buf all = {0};
	unsigned char hash[CRYPTO_HASH_SIZE];

	if (!f->container)
		name_firmware(f, &name);
	if (!name.len && good_machine_id(f->machine_id))
		add(&name, "system", f->machine_id);
	*out = '\0';
	if (!name.len)
		return;
	buf_printf(&all, "%s%s", purpose, name.data);
	crypto_sha256(all.data, all.len, hash);
	text_base64url(hash, sizeof(hash), out);
}

/* The first line; the device tree ends its texts with NUL. */
static const char *read_fact(struct arena *a, const char *folder, const char *name)
{
	struct err e;
	char *text;

	if (!file_read(a, arena_printf(a, "%s/%s", folder, name), FACT_MAX, &text, NULL, &e))
		return "";
	text[strcspn(text, "\n")] = '\0';
	return text_trim(text);
}

void hardware_read(const struct paths *p, char out[static HARDWARE_SIZE])
{
	AUTO(arena_done) struct arena a = {0};
	const struct hardware_facts facts = {
	    .uuid = read_fact(&a, p->firmware, "product_uuid"),
	    .board_serial = read_fact(&a, p->firmware, "board_serial"),
	    .product_serial = read_fact(&a, p->firmware, "product_serial"),
	    .tree_serial = read_fact(&a, p->tree, "serial-number"),
	    .machine_id = read_fact(&a, p->etc, "machine-id"),
	    .container = !access(p->container, F_OK) || !access(p->docker, F_OK)};

	hardware_name(&facts, out);
}
