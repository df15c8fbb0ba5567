/* Whole calls: "METHOD target", a line with the body's Content-Type, then the body. */
#include "dingsim-harness.h"

#define LINE_MAX 500

/* "POST /topapi/…\napplication/json\n{…}" */
static bool write_wire(struct buf *wire, const char *text, size_t n)
{
	const char *type = memchr(text, '\n', n < LINE_MAX ? n : LINE_MAX);
	const char *body;

	if (!type)
		return false;
	type++;
	body = memchr(type, '\n', n - (size_t)(type - text));
	if (!body)
		return false;
	body++;
	buf_add(wire, text, (size_t)(type - text) - 1);
	buf_printf(wire, " HTTP/1.1\r\nHost: x\r\nx-acs-dingtalk-access-token: %s\r\n",
		   memmem(text, n, "/contact/", 9) ? "u" : "t");
	buf_text(wire, "Content-Type: ");
	buf_add(wire, type, (size_t)(body - type) - 1);
	buf_printf(wire, "\r\nContent-Length: %zu\r\n\r\n", n - (size_t)(body - text));
	buf_add(wire, body, n - (size_t)(body - text));
	return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(buf_done) struct buf wire = {0};
	static struct fuzz f;

	if (!write_wire(&wire, (const char *)data, size))
		return 0;
	call(fuzz_open(&f), &wire);
	fuzz_close(&f);
	return 0;
}
