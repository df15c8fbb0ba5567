#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/fd.h"

#define LINE_MAX_BYTES 2048

static const char *const level_names[] = {"error", "warn", "info", "debug"};

/* The one process-wide setting: written by log_start before threads exist. */
static struct {
	const char *program;
	enum log_level most;
} setting = {"holdfast", LOG_LEVEL_INFO};

void log_start(const char *program, enum log_level most)
{
	setting.program = program;
	setting.most = most;
}

static void add_escaped(struct buf *b, const char *text)
{
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		if (c < 0x20 || c == 0x7f)
			buf_printf(b, "\\x%02x", c);
		else
			buf_char(b, *text);
	}
}

void log_line(enum log_level level, const char *fmt, ...)
{
	AUTO(buf_done) struct buf b = {0};
	char text[LINE_MAX_BYTES];
	char now[CLOCK_TEXT_SIZE];
	struct err e;
	va_list ap;

	if (level > setting.most)
		return;
	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	clock_text(clock_utc_ms(), now);
	buf_printf(&b, "%s %s %s: ", now, level_names[level], setting.program);
	add_escaped(&b, text);
	buf_char(&b, '\n');
	/* One write, so that lines of several threads do not mix. */
	(void)fd_write_full(2, b.data, b.len, &e);
}

void log_err(enum log_level level, const char *what, const struct err *e)
{
	log_line(level, "%s: %s (%s)", what, e->text, err_name(e->code));
}
