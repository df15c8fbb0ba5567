/* What is not a request beyond doubt is refused and ends its connection. */
#include "fixture.h"

static struct world world;

static void answer_hello(struct http_request *r)
{
	http_answer(r, 200, "text/plain", "hello", 5);
}

static void answer_echo(struct http_request *r)
{
	http_answer(r, 200, "text/plain", r->body, r->body_len);
}

static void dispatch(struct http_request *r)
{
	((http_dispatch_fn *)r->route->data)(r);
}

static int start(void **state)
{
	static const struct http_route routes[] = {
	    {HTTP_GET, "/", 0, answer_hello},
	    {HTTP_GET, "/hello", 0, answer_hello},
	    {HTTP_POST, "/echo", 16, answer_echo},
	};
	static const struct http_server_config config = {
	    .routes = routes, .route_count = ARRAY_SIZE(routes), .dispatch = dispatch};

	(void)state;
	world_start(&world, &config, "127.0.0.1:0");
	return 0;
}

static int end(void **state)
{
	(void)state;
	world_end(&world);
	return 0;
}

struct form {
	const char *name;
	int status;
	const char *bytes;
	size_t n; /* 0: up to the NUL */
	const char *body;
};

#define H "Host: a\r\n"
#define GET "GET /hello HTTP/1.1\r\n" H
#define POST "POST /echo HTTP/1.1\r\n" H
#define WITH_NUL(text) (text), sizeof(text) - 1

/* A request behind each: were it read, there would be a second answer. */
#define SMUGGLED "GET /hello HTTP/1.1\r\n" H "Connection: close\r\n\r\n"

static const struct form refused[] = {
    /* The rows of the comparison of servers. */
    {"a bare CR that hides Transfer-Encoding", 400,
     POST "X: a\rTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
    {"two Content-Length", 400, POST "Content-Length: 1\r\nContent-Length: 2\r\n\r\nab"},
    {"two equal Content-Length", 400, POST "Content-Length: 1\r\nContent-Length: 1\r\n\r\na"},
    {"Content-Length and Transfer-Encoding", 400,
     POST "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
    {"Transfer-Encoding and Content-Length", 400,
     POST "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n"},
    {"a folded field", 400, GET "X: a\r\n b\r\n\r\n"},
    {"a field folded with a tab", 400, GET "X: a\r\n\tb\r\n\r\n"},
    {"a folded first field", 400, "GET /hello HTTP/1.1\r\n " H "\r\n"},
    {"a bare LF after the request line", 400, "GET /hello HTTP/1.1\n" H "\r\n"},
    {"a bare LF after a field", 400, "GET /hello HTTP/1.1\r\nHost: a\n\r\n"},
    {"a bare LF at the end of the head", 400, GET "\n"},
    {"a space before the colon", 400, GET "X : a\r\n\r\n"},
    {"a space before the colon of Transfer-Encoding", 400,
     POST "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n"},

    {"a bare CR in the request line", 400, "GET /hello\r HTTP/1.1\r\n" H "\r\n"},
    {"two CR before LF", 400, GET "\r\r\n"},
    {"an empty line before the request", 400, "\r\n" GET "\r\n"},
    {"a NUL in a value", 400, WITH_NUL(GET "X: a\0b\r\n\r\n")},
    {"a control character in a value", 400, GET "X: a\x01\r\n\r\n"},
    {"DEL in a value", 400, GET "X: a\x7f\r\n\r\n"},
    {"no Host", 400, "GET /hello HTTP/1.1\r\n\r\n"},
    {"two Host", 400, GET H "\r\n"},
    {"an empty Host", 400, "GET /hello HTTP/1.1\r\nHost:\r\n\r\n"},
    {"a Host that is a list", 400, "GET /hello HTTP/1.1\r\nHost: a,b\r\n\r\n"},
    {"a Host with user information", 400, "GET /hello HTTP/1.1\r\nHost: u@a\r\n\r\n"},
    {"a Host with a path", 400, "GET /hello HTTP/1.1\r\nHost: a/b\r\n\r\n"},
    {"a Host with a port that is none", 400, "GET /hello HTTP/1.1\r\nHost: a:b\r\n\r\n"},
    {"an unclosed address in Host", 400, "GET /hello HTTP/1.1\r\nHost: [::1\r\n\r\n"},
    {"a Content-Length with a plus", 400, POST "Content-Length: +1\r\n\r\na"},
    {"a negative Content-Length", 400, POST "Content-Length: -1\r\n\r\na"},
    {"a Content-Length in hex", 400, POST "Content-Length: 0x1\r\n\r\na"},
    {"a Content-Length with a leading zero", 400, POST "Content-Length: 01\r\n\r\na"},
    {"a Content-Length that is a list", 400, POST "Content-Length: 1, 1\r\n\r\na"},
    {"an empty Content-Length", 400, POST "Content-Length:\r\n\r\n"},
    {"a Content-Length beyond 64 bits", 400, POST "Content-Length: 18446744073709551617\r\n\r\na"},
    {"a Content-Length over the route's limit", 413, POST "Content-Length: 17\r\n\r\n"},
    {"a body where none belongs", 413, GET "Content-Length: 1\r\n\r\na"},
    {"Transfer-Encoding: identity", 501, POST "Transfer-Encoding: identity\r\n\r\n"},
    {"Transfer-Encoding: gzip, chunked", 501,
     POST "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"},
    {"Transfer-Encoding: chunked, chunked", 501,
     POST "Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n"},
    {"Transfer-Encoding: xchunked", 501, POST "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n"},
    {"Transfer-Encoding with a form feed", 400,
     POST "Transfer-Encoding: \x0c"
	  "chunked\r\n\r\n0\r\n\r\n"},
    {"an empty Transfer-Encoding", 501, POST "Transfer-Encoding:\r\n\r\n"},
    {"two Transfer-Encoding", 400,
     POST "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
    {"Transfer-Encoding in HTTP/1.0", 400,
     "POST /echo HTTP/1.0\r\n" H "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
    {"two Authorization", 400, GET "Authorization: a\r\nAuthorization: b\r\n\r\n"},
    {"two Content-Type", 400, POST "Content-Type: a/b\r\nContent-Type: c/d\r\n\r\n"},
    {"a field without a colon", 400, GET "X\r\n\r\n"},
    {"a field without a name", 400, GET ": a\r\n\r\n"},
    {"a field name that is no token", 400, GET "X(: a\r\n\r\n"},
    {"a field name outside ASCII", 400, GET "\xc3\xa9: a\r\n\r\n"},

    {"a chunk extension", 400, POST "Transfer-Encoding: chunked\r\n\r\n1;a=b\r\na\r\n0\r\n\r\n"},
    {"a trailer", 400, POST "Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nX: y\r\n\r\n"},
    {"a chunk size with a space", 400,
     POST "Transfer-Encoding: chunked\r\n\r\n1 \r\na\r\n0\r\n\r\n"},
    {"a chunk size with 0x", 400, POST "Transfer-Encoding: chunked\r\n\r\n0x1\r\na\r\n0\r\n\r\n"},
    {"a negative chunk size", 400, POST "Transfer-Encoding: chunked\r\n\r\n-1\r\na\r\n0\r\n\r\n"},
    {"an empty chunk size", 400, POST "Transfer-Encoding: chunked\r\n\r\n\r\na\r\n0\r\n\r\n"},
    {"a chunk size of nine digits", 400,
     POST "Transfer-Encoding: chunked\r\n\r\n000000001\r\na\r\n0\r\n\r\n"},
    {"a chunk size that overflows", 400,
     POST "Transfer-Encoding: chunked\r\n\r\n10000000000000001\r\na\r\n0\r\n\r\n"},
    {"a chunk size line that ends in LF", 400,
     POST "Transfer-Encoding: chunked\r\n\r\n1\na\r\n0\r\n\r\n"},
    {"a chunk longer than its size", 400,
     POST "Transfer-Encoding: chunked\r\n\r\n1\r\nab\r\n0\r\n\r\n"},
    {"a chunk that ends in LF", 400, POST "Transfer-Encoding: chunked\r\n\r\n1\r\na\n0\r\n\r\n"},
    {"chunks over the route's limit", 413,
     POST "Transfer-Encoding: chunked\r\n\r\n8\r\naaaaaaaa\r\n9\r\n"},
    {"one chunk over the route's limit", 413,
     POST "Transfer-Encoding: chunked\r\n\r\nffffffff\r\n"},

    {"HTTP/0.9", 400, "GET /hello\r\n\r\n"},
    {"HTTP/1.2", 505, "GET /hello HTTP/1.2\r\n" H "\r\n"},
    {"HTTP/2", 505, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"},
    {"a version in lower case", 400, "GET /hello http/1.1\r\n" H "\r\n"},
    {"a version with three digits", 400, "GET /hello HTTP/1.10\r\n" H "\r\n"},
    {"a version with a space behind", 400, "GET /hello HTTP/1.1 \r\n" H "\r\n"},
    {"two spaces in the request line", 400, "GET  /hello HTTP/1.1\r\n" H "\r\n"},
    {"a tab in the request line", 400, "GET\t/hello HTTP/1.1\r\n" H "\r\n"},
    {"a space before the method", 400, " GET /hello HTTP/1.1\r\n" H "\r\n"},
    {"a method in lower case", 501, "get /hello HTTP/1.1\r\n" H "\r\n"},
    {"an unknown method", 501, "BREW /hello HTTP/1.1\r\n" H "\r\n"},
    {"OPTIONS", 501, "OPTIONS * HTTP/1.1\r\n" H "\r\n"},
    {"TRACE", 501, "TRACE /hello HTTP/1.1\r\n" H "\r\n"},
    {"CONNECT", 501, "CONNECT a:443 HTTP/1.1\r\n" H "\r\n"},
    {"a method that is no token", 400, "G\"T /hello HTTP/1.1\r\n" H "\r\n"},
    {"the absolute form", 400, "GET http://a/hello HTTP/1.1\r\n" H "\r\n"},
    {"the authority form", 400, "GET a:80 HTTP/1.1\r\n" H "\r\n"},
    {"the asterisk form", 400, "GET * HTTP/1.1\r\n" H "\r\n"},
    {"a fragment", 400, "GET /hello#x HTTP/1.1\r\n" H "\r\n"},
    {"a backslash in the target", 400, "GET /a\\b HTTP/1.1\r\n" H "\r\n"},
    {"bytes outside ASCII in the target", 400, "GET /\xc3\xa9 HTTP/1.1\r\n" H "\r\n"},
    {"a cut escape", 400, "GET /%4 HTTP/1.1\r\n" H "\r\n"},
    {"an escape that is not hex", 400, "GET /%zz HTTP/1.1\r\n" H "\r\n"},
    {"a bad escape in the query", 400, "GET /hello?a=%f HTTP/1.1\r\n" H "\r\n"},
    {"an escaped NUL", 400, "GET /hello%00 HTTP/1.1\r\n" H "\r\n"},
    {"an escaped line feed", 400, "GET /hello%0a HTTP/1.1\r\n" H "\r\n"},
    {"an escaped slash", 400, "GET /a%2Fhello HTTP/1.1\r\n" H "\r\n"},
    {"an escape that is not UTF-8", 400, "GET /%ff HTTP/1.1\r\n" H "\r\n"},
    {"an escape in the query that is not UTF-8", 400, "GET /hello?a=%ff HTTP/1.1\r\n" H "\r\n"},
    {"an escaped NUL in the query", 400, "GET /hello?a=%00 HTTP/1.1\r\n" H "\r\n"},
    {"a dot segment", 400, "GET /./hello HTTP/1.1\r\n" H "\r\n"},
    {"a parent segment", 400, "GET /a/../hello HTTP/1.1\r\n" H "\r\n"},
    {"an escaped parent segment", 400, "GET /a/%2e%2E/hello HTTP/1.1\r\n" H "\r\n"},
    {"a parent segment at the end", 400, "GET /a/.. HTTP/1.1\r\n" H "\r\n"},
    {"an expectation nobody knows", 417, POST "Expect: 200-ok\r\nContent-Length: 1\r\n\r\na"},
    {"TLS", 400, WITH_NUL("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03")},
};

static void is_refused(void **state)
{
	const struct form *f = *state;
	struct buf b = {0};
	char *answer;

	buf_add(&b, f->bytes, f->n ? f->n : strlen(f->bytes));
	buf_text(&b, SMUGGLED);
	answer = talk_n(&world, b.data, b.len);
	assert_int_equal(status_of(answer), f->status);
	assert_non_null(strstr(answer, "\r\nConnection: close\r\n"));
	assert_null(strstr(answer, "HTTP/1.1 200"));
	mem_free(answer);
	buf_done(&b);
}

#define CLOSE "Connection: close\r\n"

static const struct form accepted[] = {
    {"the plainest request", 200, GET CLOSE "\r\n", 0, "hello"},
    {"no space behind the colon", 200, "GET / HTTP/1.1\r\nhost:a\r\nconnection:close\r\n\r\n", 0,
     "hello"},
    {"white space around a value", 200, "GET / HTTP/1.1\r\nHost: \t a \t\r\n" CLOSE "\r\n", 0,
     "hello"},
    {"an IPv6 address and port in Host", 200, "GET / HTTP/1.1\r\nHost: [::1]:80\r\n" CLOSE "\r\n",
     0, "hello"},
    {"escapes where none are needed", 200, "GET /%68ell%6F?a=b&c=%20 HTTP/1.1\r\n" H CLOSE "\r\n",
     0, "hello"},
    {"close among other options", 200, GET "Connection: x, Close\r\n\r\n", 0, "hello"},
    {"obs-text in a value", 200, GET "X: \xe9\r\n" CLOSE "\r\n", 0, "hello"},
    {"an empty value", 200, GET "X:\r\n" CLOSE "\r\n", 0, "hello"},
    {"HTTP/1.0 without Host, which closes", 200, "GET /hello HTTP/1.0\r\n\r\n", 0, "hello"},
    {"HTTP/1.0 with a body", 200, "POST /echo HTTP/1.0\r\nContent-Length: 2\r\n\r\nhi", 0, "hi"},
    {"a body up to the limit", 200, POST CLOSE "Content-Length: 16\r\n\r\n0123456789abcdef", 0,
     "0123456789abcdef"},
    {"a body of no bytes", 200, POST CLOSE "Content-Length: 0\r\n\r\n", 0, ""},
    {"no body at all", 200, POST CLOSE "\r\n", 0, ""},
    {"chunks up to the limit", 200,
     POST CLOSE "Transfer-Encoding: chunked\r\n\r\nA\r\n0123456789\r\n06\r\nabcdef\r\n0\r\n\r\n", 0,
     "0123456789abcdef"},
    {"no chunks", 200, POST CLOSE "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 0, ""},
    {"an unknown path", 404, "GET /nowhere HTTP/1.1\r\n" H CLOSE "\r\n", 0,
     "there is nothing at this address\n"},
    {"an empty segment, which is a segment", 404, "GET //hello HTTP/1.1\r\n" H CLOSE "\r\n", 0,
     "there is nothing at this address\n"},
    {"a known path with another method", 405, "PUT /hello HTTP/1.1\r\n" H CLOSE "\r\n", 0,
     "this address does not serve this method\n"},
};

static void is_answered(void **state)
{
	const struct form *f = *state;
	char *answer = talk_n(&world, f->bytes, strlen(f->bytes));

	assert_int_equal(status_of(answer), f->status);
	assert_string_equal(strstr(answer, "\r\n\r\n") + 4, f->body);
	mem_free(answer);
}

/* Byte by byte there is the same answer. */
static void is_answered_in_pieces(void **state)
{
	const struct form *f = *state;
	int fd = dial(&world);
	const char *c;
	char *answer;

	for (c = f->bytes; *c; c++)
		say_n(fd, c, 1);
	answer = hear_all(fd);
	assert_int_equal(status_of(answer), f->status);
	assert_string_equal(strstr(answer, "\r\n\r\n") + 4, f->body);
	mem_free(answer);
	(void)close(fd);
}

int main(void)
{
	struct CMUnitTest tests[ARRAY_SIZE(refused) + 2 * ARRAY_SIZE(accepted)];
	size_t n = 0, i;

	for (i = 0; i < ARRAY_SIZE(refused); i++)
		tests[n++] = (struct CMUnitTest){refused[i].name, is_refused, NULL, NULL,
						 (void *)(uintptr_t)&refused[i]};
	for (i = 0; i < ARRAY_SIZE(accepted); i++) {
		tests[n++] = (struct CMUnitTest){accepted[i].name, is_answered, NULL, NULL,
						 (void *)(uintptr_t)&accepted[i]};
		tests[n++] = (struct CMUnitTest){accepted[i].name, is_answered_in_pieces, NULL,
						 NULL, (void *)(uintptr_t)&accepted[i]};
	}
	return cmocka_run_group_tests(tests, start, end);
}
