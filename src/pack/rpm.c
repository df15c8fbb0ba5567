#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/arena.h"
#include "base/text.h"
#include "crypto/crypto.h"
#include "pack/pack.h"

/* --- a header ------------------------------------------------------------------------------------- */

enum type {
	TYPE_INT16 = 3,
	TYPE_INT32 = 4,
	TYPE_STRING = 6,
	TYPE_BIN = 7,
	TYPE_STRINGS = 8,
	TYPE_I18N = 9
};

#define HEADERS_MAX 80
#define REGION_SIZE 16

struct entry {
	uint32_t tag, type, offset, count;
};

/* Entries in the order of their tags; the first is the region that covers all of them. */
struct header {
	struct entry entries[HEADERS_MAX];
	size_t count;
	struct buf store;
};

static void header_done(struct header *h)
{
	buf_done(&h->store);
}

static void put_16(struct buf *out, unsigned value)
{
	const unsigned char bytes[] = {(unsigned char)(value >> 8), (unsigned char)value};

	buf_add(out, bytes, sizeof(bytes));
}

static void put_32(struct buf *out, uint32_t value)
{
	put_16(out, value >> 16);
	put_16(out, value & 0xffff);
}

static void pad(struct buf *out, size_t to)
{
	while (out->len % to)
		buf_char(out, '\0');
}

static void entry_add(struct header *h, uint32_t tag, enum type type, size_t count)
{
	if (type == TYPE_INT16)
		pad(&h->store, sizeof(uint16_t));
	if (type == TYPE_INT32)
		pad(&h->store, sizeof(uint32_t));
	h->entries[h->count++] = (struct entry){tag, type, (uint32_t)h->store.len, (uint32_t)count};
}

static void add_texts(struct header *h, uint32_t tag, enum type type, const char *const *texts,
		      size_t n)
{
	size_t i;

	entry_add(h, tag, type, n);
	for (i = 0; i < n; i++)
		buf_add(&h->store, texts[i], strlen(texts[i]) + 1);
}

static void add_text(struct header *h, uint32_t tag, const char *text)
{
	add_texts(h, tag, TYPE_STRING, &text, 1);
}

static void add_list(struct header *h, uint32_t tag, const char *text)
{
	add_texts(h, tag, TYPE_STRINGS, &text, 1);
}

static void add_numbers(struct header *h, uint32_t tag, const uint32_t *numbers, size_t n)
{
	size_t i;

	entry_add(h, tag, TYPE_INT32, n);
	for (i = 0; i < n; i++)
		put_32(&h->store, numbers[i]);
}

static void add_number(struct header *h, uint32_t tag, uint32_t number)
{
	add_numbers(h, tag, &number, 1);
}

static void put_entry(struct buf *out, const struct entry *e)
{
	put_32(out, e->tag);
	put_32(out, e->type);
	put_32(out, e->offset);
	put_32(out, e->count);
}

static void header_begin(struct header *h, uint32_t region)
{
	h->entries[h->count++] = (struct entry){region, TYPE_BIN, 0, REGION_SIZE};
}

/* The region's trailer is the end of the store and points back to the first entry. */
static void header_put(struct header *h, struct buf *out)
{
	static const unsigned char magic[] = {0x8e, 0xad, 0xe8, 0x01, 0, 0, 0, 0};
	const struct entry trailer = {h->entries[0].tag, TYPE_BIN,
				      (uint32_t) - (int32_t)(h->count * REGION_SIZE), REGION_SIZE};
	size_t i;

	h->entries[0].offset = (uint32_t)h->store.len;
	put_entry(&h->store, &trailer);
	buf_add(out, magic, sizeof(magic));
	put_32(out, (uint32_t)h->count);
	put_32(out, (uint32_t)h->store.len);
	for (i = 0; i < h->count; i++)
		put_entry(out, &h->entries[i]);
	buf_add(out, h->store.data, h->store.len);
}

static void hex_sha256(const void *bytes, size_t n, char out[static 2 * CRYPTO_HASH_SIZE + 1])
{
	unsigned char hash[CRYPTO_HASH_SIZE];

	crypto_sha256(bytes, n, hash);
	text_hex(hash, sizeof(hash), out);
}

/* --- the payload ---------------------------------------------------------------------------------- */

#define FILES 3 /* two folders and the guard in them */
#define MODE_FOLDER (S_IFDIR | 0755)
#define MODE_GUARD (S_IFREG | 0755)

/* cpio's "new ASCII" form: numbers are 8 hex digits, name and bytes are padded to 4. */
static void cpio_add(struct buf *out, const struct pack *p, const char *name, unsigned inode)
{
	bool file = inode == FILES, end = !inode;

	buf_printf(out, "070701%08x%08x%08x%08x%08x%08x%08zx%08x%08x%08x%08x%08zx%08x", inode,
		   end    ? 0
		   : file ? MODE_GUARD
			  : MODE_FOLDER,
		   0, 0, file || end ? 1 : 2, end ? 0 : (unsigned)p->time_s,
		   file ? p->guard_size : 0, 0, 0, 0, 0, strlen(name) + 1, 0);
	buf_add(out, name, strlen(name) + 1);
	pad(out, 4);
	if (file)
		buf_add(out, p->guard, p->guard_size);
	pad(out, 4);
}

static uint32_t crc32_of(const void *bytes, size_t n)
{
	const unsigned char *at = bytes;
	uint32_t crc = UINT32_MAX;
	int bit;

	for (; n; n--) {
		crc ^= *at++;
		for (bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0xedb88320 : 0);
	}
	return ~crc;
}

static void put_little(struct buf *out, uint32_t value, size_t bytes)
{
	for (; bytes; bytes--, value >>= 8)
		buf_char(out, (char)(value & 0xff));
}

/* RFC 1951, 1952: stored blocks, which every unpacker reads. */
static void gzip(struct buf *out, const struct buf *in)
{
	static const unsigned char head[] = {0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff};
	size_t at = 0, n;

	buf_add(out, head, sizeof(head));
	do {
		n = in->len - at < UINT16_MAX ? in->len - at : UINT16_MAX;
		buf_char(out, at + n == in->len);
		put_little(out, (uint32_t)n, 2);
		put_little(out, ~(uint32_t)n, 2);
		buf_add(out, in->data + at, n);
		at += n;
	} while (at < in->len);
	put_little(out, crc32_of(in->data, in->len), 4);
	put_little(out, (uint32_t)in->len, 4);
}

/* --- the package ---------------------------------------------------------------------------------- */

#define LESS_EQUAL (2 | 8)
#define EQUAL 8
#define RPMLIB (1 << 24)
#define TRIGGER_REMOVAL (1 << 17)
/* A scriptlet whose failure fails what it belongs to. For %preun that is so by itself; for a trigger rpm
 * looks here, and the removal of the guarded package itself is refused by it. */
#define CRITICAL 4
#define SHA256 8

/* rpm gives a scriptlet its arguments only if there is a text; the guard reads nothing of it. */
static const char script[] = "guard\n";

static void add_files(struct header *h, const struct pack *p, const char *digest)
{
	static const char *const empty[FILES] = {"", "", ""};
	static const char *const root[FILES] = {"root", "root", "root"};
	static const char *const folders[] = {"/usr/lib/", "/usr/lib/holdfast/", PACK_RPM_FOLDER};
	const char *const names[FILES] = {"holdfast", "guards", p->guarded};
	const char *const digests[FILES] = {"", "", digest};
	const uint32_t time = (uint32_t)p->time_s;
	const uint32_t sizes[FILES] = {0, 0, (uint32_t)p->guard_size};
	const uint32_t times[FILES] = {time, time, time};
	const uint32_t zeros[FILES] = {0}, ones[FILES] = {1, 1, 1}, places[FILES] = {0, 1, 2};
	const uint32_t inodes[FILES] = {1, 2, 3};
	const uint32_t verify[FILES] = {UINT32_MAX, UINT32_MAX, UINT32_MAX};

	add_numbers(h, 1028, sizes, FILES); /* FILESIZES */
	entry_add(h, 1030, TYPE_INT16, FILES);
	put_16(&h->store, MODE_FOLDER);
	put_16(&h->store, MODE_FOLDER);
	put_16(&h->store, MODE_GUARD);
	entry_add(h, 1033, TYPE_INT16, FILES); /* FILERDEVS */
	buf_add(&h->store, zeros, FILES * sizeof(uint16_t));
	add_numbers(h, 1034, times, FILES);
	add_texts(h, 1035, TYPE_STRINGS, digests, FILES);
	add_texts(h, 1036, TYPE_STRINGS, empty, FILES); /* FILELINKTOS */
	add_numbers(h, 1037, zeros, FILES);             /* FILEFLAGS */
	add_texts(h, 1039, TYPE_STRINGS, root, FILES);
	add_texts(h, 1040, TYPE_STRINGS, root, FILES);
	add_text(h, 1044, "holdfast-guards.src.rpm"); /* without it, it would be a source package */
	add_numbers(h, 1045, verify, FILES);
	add_list(h, 1047, p->name); /* PROVIDENAME */
	{
		static const char *const names_needed[] = {NULL, "rpmlib(CompressedFileNames)",
							   "rpmlib(FileDigests)",
							   "rpmlib(PayloadFilesHavePrefix)"};
		static const char *const versions[] = {"", "3.0.4-1", "4.6.0-1", "4.0-1"};
		static const uint32_t flags[] = {0, RPMLIB | LESS_EQUAL, RPMLIB | LESS_EQUAL,
						 RPMLIB | LESS_EQUAL};
		const char *needed[ARRAY_SIZE(names_needed)];

		memcpy(needed, names_needed, sizeof(needed));
		needed[0] = p->guarded;
		add_numbers(h, 1048, flags, ARRAY_SIZE(flags));
		add_texts(h, 1049, TYPE_STRINGS, needed, ARRAY_SIZE(needed));
		add_texts(h, 1050, TYPE_STRINGS, versions, ARRAY_SIZE(versions));
	}
	add_text(h, 1064, "4.14.0"); /* RPMVERSION: what reads all of this */
	add_list(h, 1065, script);   /* TRIGGERSCRIPTS */
	add_list(h, 1066, p->guarded);
	add_list(h, 1067, "");
	add_number(h, 1068, TRIGGER_REMOVAL);
	add_number(h, 1069, 0);
	{
		AUTO(arena_done) struct arena a = {0};
		const char *guard = arena_printf(&a, PACK_RPM_FOLDER "%s", p->guarded);
		const char *const preun[] = {guard, "preun", p->name};

		add_texts(h, 1087, TYPE_STRINGS, preun, ARRAY_SIZE(preun)); /* PREUNPROG */
		add_list(h, 1092, guard);                                   /* TRIGGERSCRIPTPROG */
	}
	add_numbers(h, 1095, ones, FILES);
	add_numbers(h, 1096, inodes, FILES);
	add_texts(h, 1097, TYPE_STRINGS, empty, FILES); /* FILELANGS */
	add_number(h, 1112, EQUAL);
	{
		AUTO(arena_done) struct arena a = {0};

		add_list(h, 1113, arena_printf(&a, "%s-%s", p->version, p->release));
	}
	add_numbers(h, 1116, places, FILES);
	add_texts(h, 1117, TYPE_STRINGS, names, FILES);
	add_texts(h, 1118, TYPE_STRINGS, folders, FILES);
}

static void put_header(struct buf *out, const struct pack *p, const struct buf *payload)
{
	static const char *const languages[] = {"C", "zh_CN"};
	const char *const summaries[] = {p->en.summary, p->zh.summary};
	const char *const descriptions[] = {p->en.description, p->zh.description};
	const char *const group = "System Environment/Base";
	char guard[2 * CRYPTO_HASH_SIZE + 1], archive[2 * CRYPTO_HASH_SIZE + 1];
	AUTO(header_done) struct header h = {0};

	hex_sha256(p->guard, p->guard_size, guard);
	hex_sha256(payload->data, payload->len, archive);
	header_begin(&h, 63);
	add_texts(&h, 100, TYPE_STRINGS, languages, ARRAY_SIZE(languages));
	add_text(&h, 1000, p->name);
	add_text(&h, 1001, p->version);
	add_text(&h, 1002, p->release);
	add_texts(&h, 1004, TYPE_I18N, summaries, ARRAY_SIZE(summaries));
	add_texts(&h, 1005, TYPE_I18N, descriptions, ARRAY_SIZE(descriptions));
	add_number(&h, 1006, (uint32_t)p->time_s);
	add_text(&h, 1007, "localhost");
	add_number(&h, 1009, (uint32_t)p->guard_size);
	add_text(&h, 1014, "Apache-2.0");
	add_texts(&h, 1016, TYPE_I18N, &group, 1);
	add_text(&h, 1021, "linux");
	add_text(&h, 1022, p->architecture);
	add_text(&h, 1025, script); /* PREUN */
	add_files(&h, p, guard);
	add_text(&h, 1124, "cpio");
	add_text(&h, 1125, "gzip");
	add_text(&h, 1126, "9");
	add_number(&h, 5011, SHA256);   /* FILEDIGESTALGO */
	add_number(&h, 5027, CRITICAL); /* TRIGGERSCRIPTFLAGS */
	add_list(&h, 5092, archive);    /* PAYLOADDIGEST */
	add_number(&h, 5093, SHA256);
	header_put(&h, out);
}

static void put_signature(struct buf *out, const struct buf *header, const struct buf *payload,
			  size_t unpacked)
{
	unsigned char hash[CRYPTO_SHA1_SIZE];
	char sha1[2 * CRYPTO_SHA1_SIZE + 1], sha256[2 * CRYPTO_HASH_SIZE + 1];
	AUTO(header_done) struct header h = {0};

	crypto_sha1(header->data, header->len, hash);
	text_hex(hash, sizeof(hash), sha1);
	hex_sha256(header->data, header->len, sha256);
	header_begin(&h, 62);
	add_text(&h, 269, sha1);
	add_text(&h, 273, sha256);
	add_number(&h, 1000, (uint32_t)(header->len + payload->len)); /* SIZE */
	add_number(&h, 1007, (uint32_t)unpacked);                     /* PAYLOADSIZE */
	header_put(&h, out);
	pad(out, 8);
}

/* Only file(1) reads more of the lead than its magic. */
static void put_lead(struct buf *out, const struct pack *p)
{
	static const unsigned char head[] = {0xed, 0xab, 0xee, 0xdb, 3, 0, 0, 0, 0, 1};
	char name[66] = {0};

	(void)snprintf(name, sizeof(name), "%s-%s-%s", p->name, p->version, p->release);
	buf_add(out, head, sizeof(head));
	buf_add(out, name, sizeof(name));
	put_16(out, 1);
	put_16(out, 5);
	memset(name, 0, 16);
	buf_add(out, name, 16);
}

void pack_rpm(const struct pack *p, struct buf *out)
{
	AUTO(arena_done) struct arena a = {0};
	AUTO(buf_done) struct buf archive = {0};
	AUTO(buf_done) struct buf payload = {0};
	AUTO(buf_done) struct buf header = {0};

	cpio_add(&archive, p, "./usr/lib/holdfast", 1);
	cpio_add(&archive, p, "./usr/lib/holdfast/guards", 2);
	cpio_add(&archive, p, arena_printf(&a, "." PACK_RPM_FOLDER "%s", p->guarded), FILES);
	cpio_add(&archive, p, "TRAILER!!!", 0);
	gzip(&payload, &archive);
	put_header(&header, p, &payload);
	put_lead(out, p);
	put_signature(out, &header, &payload, archive.len);
	buf_add(out, header.data, header.len);
	buf_add(out, payload.data, payload.len);
}
