/*
 * The web console: one page, under all the addresses that its own router knows, and the files that it loads. All
 * it knows comes over /api/v1. One-time links open it too: their secret stands behind the #, which no browser sends.
 */
#include "server/console.h"

#include <string.h>

#include "base/text.h"
#include "base/id.h"
#include "server/routes.h"
#include "web/request.h"

#define NONCE_SIZE 18

/* Scripts are files of ours alone; styles are ours or carry the page's nonce (Ant Design makes them as it goes). */
static const char policy[] =
    "default-src 'none'; script-src 'self'; style-src 'self' 'nonce-%s'; img-src 'self' data:; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

static bool page_show(struct request *r, struct err *e)
{
	unsigned char random[NONCE_SIZE];
	char nonce[TEXT_BASE64_SIZE(NONCE_SIZE)];
	const char *at = strstr(console_page, "NONCE");

	(void)e;
	random_bytes(random, sizeof(random));
	text_base64url(random, sizeof(random), nonce);
	r->type = "text/html; charset=utf-8";
	request_header(r, "Content-Security-Policy", arena_printf(r->arena, policy, nonce));
	request_header(r, "Referrer-Policy", "same-origin");
	request_header(r, "Cross-Origin-Opener-Policy", "same-origin");
	if (at == NULL) {
		buf_text(&r->body, console_page);
		return true;
	}
	buf_add(&r->body, console_page, (size_t)(at - console_page));
	buf_text(&r->body, nonce);
	buf_text(&r->body, at + strlen("NONCE"));
	return true;
}

/* They are kept compressed only: whoever cannot read that has no use for them either. */
static bool file_show(struct request *r, struct err *e)
{
	for (const struct console_file *f = console_files; f->name != NULL; f++) {
		if (strcmp(f->name, r->args[0]) != 0)
			continue;
		r->type = f->type;
		r->cached = true;
		request_header(r, "Content-Encoding", "gzip");
		buf_add(&r->body, console_data + f->offset, f->size);
		return true;
	}
	return err_set(e, ERR_NOT_FOUND, "There is no such file.");
}

/* Who types the server's name alone. */
static bool root_show(struct request *r, struct err *e)
{
	(void)e;
	request_redirect(r, "/console");
	return true;
}

#define PAGE ROUTE(ACCESS_PUBLIC, ROUTE_READ, page_show, ERRORS_PAGE)

static const struct http_route routes[] = {
    {HTTP_GET, "/", ROUTE(ACCESS_PUBLIC, ROUTE_READ, root_show, ERRORS_PAGE)},
    {HTTP_GET, "/console/assets/{name}", ROUTE(ACCESS_PUBLIC, ROUTE_READ, file_show, ERRORS_PLAIN)},
    {HTTP_GET, "/console", PAGE},
    {HTTP_GET, "/console/", PAGE},
    {HTTP_GET, "/console/{a}", PAGE},
    {HTTP_GET, "/console/{a}/{b}", PAGE},
    {HTTP_GET, "/console/{a}/{b}/{c}", PAGE},
    {HTTP_GET, "/setup", PAGE},
    {HTTP_GET, "/password", PAGE},
};

const struct route_table console_routes = ROUTE_TABLE(routes);
