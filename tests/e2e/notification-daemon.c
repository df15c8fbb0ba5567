/*
 * A notification daemon for tests: org.freedesktop.Notifications on the session's bus. Each call is a line of JSON on
 * standard output. Lines on standard input: "invoke ID KEY [TOKEN]", "close ID", "capabilities WORD…".
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <systemd/sd-bus.h>
#include <systemd/sd-event.h>

#include "base/buf.h"
#include "json/json.h"

#define NAME "org.freedesktop.Notifications"
#define PATH "/org/freedesktop/Notifications"

struct daemon {
	sd_bus *bus;
	char capabilities[256];
	uint32_t last;
	char line[1024];
	size_t length;
};

static void say(struct buf *text)
{
	buf_char(text, '\n');
	if (fwrite(text->data, 1, text->len, stdout) != text->len)
		abort();
	(void)fflush(stdout);
	buf_done(text);
}

static void must(int status, const char *what)
{
	if (status >= 0)
		return;
	(void)fprintf(stderr, "notification-daemon: %s: %s\n", what, strerror(-status));
	exit(1);
}

static int on_capabilities(sd_bus_message *m, void *arg, sd_bus_error *)
{
	struct daemon *d = arg;
	AUTO(buf_done) struct buf words = {0};
	sd_bus_message *reply = NULL;
	char *word, *rest;

	buf_text(&words, d->capabilities);
	must(sd_bus_message_new_method_return(m, &reply), "reply");
	must(sd_bus_message_open_container(reply, 'a', "s"), "reply");
	for (word = strtok_r(words.data, " ", &rest); word; word = strtok_r(NULL, " ", &rest))
		must(sd_bus_message_append_basic(reply, 's', word), "reply");
	must(sd_bus_message_close_container(reply), "reply");
	must(sd_bus_send(d->bus, reply, NULL), "reply");
	(void)sd_bus_message_unref(reply);
	return 1;
}

static void read_hints(sd_bus_message *m, struct json_writer *w)
{
	must(sd_bus_message_enter_container(m, 'a', "{sv}"), "hints");
	while (sd_bus_message_enter_container(m, 'e', "sv") > 0) {
		const char *name, *type, *text;
		uint8_t byte;

		must(sd_bus_message_read_basic(m, 's', &name), "hint");
		must(sd_bus_message_peek_type(m, NULL, &type), "hint");
		must(sd_bus_message_enter_container(m, 'v', type), "hint");
		if (!strcmp(type, "y")) {
			must(sd_bus_message_read_basic(m, 'y', &byte), "hint");
			json_put_i64(w, name, byte);
		} else {
			must(sd_bus_message_read_basic(m, 's', &text), "hint");
			json_put_text(w, name, text);
		}
		must(sd_bus_message_exit_container(m), "hint");
		must(sd_bus_message_exit_container(m), "hint");
	}
	must(sd_bus_message_exit_container(m), "hints");
}

static int on_notify(sd_bus_message *m, void *arg, sd_bus_error *)
{
	struct daemon *d = arg;
	struct buf line = {0};
	struct json_writer w = {.out = &line};
	const char *app, *icon, *title, *body, *word;
	uint32_t replaces;
	int32_t timeout;

	must(sd_bus_message_read(m, "susss", &app, &replaces, &icon, &title, &body), "Notify");
	json_object(&w, NULL);
	json_put_text(&w, "call", "Notify");
	json_put_i64(&w, "id", replaces ? replaces : ++d->last);
	json_put_i64(&w, "replaces", replaces);
	json_put_text(&w, "app", app);
	json_put_text(&w, "icon", icon);
	json_put_text(&w, "title", title);
	json_put_text(&w, "body", body);
	json_array(&w, "actions");
	must(sd_bus_message_enter_container(m, 'a', "s"), "actions");
	while (sd_bus_message_read_basic(m, 's', &word) > 0)
		json_put_text(&w, NULL, word);
	must(sd_bus_message_exit_container(m), "actions");
	json_array_end(&w);
	read_hints(m, &w);
	must(sd_bus_message_read_basic(m, 'i', &timeout), "Notify");
	json_put_i64(&w, "timeout", timeout);
	json_object_end(&w);
	say(&line);
	return sd_bus_reply_method_return(m, "u", replaces ? replaces : d->last);
}

static int on_close(sd_bus_message *m, void *, sd_bus_error *)
{
	uint32_t id;

	must(sd_bus_message_read(m, "u", &id), "CloseNotification");
	(void)printf("{\"call\":\"CloseNotification\",\"id\":%u}\n", id);
	(void)fflush(stdout);
	return sd_bus_reply_method_return(m, "");
}

static const sd_bus_vtable table[] = {
    SD_BUS_VTABLE_START(0),
    SD_BUS_METHOD("GetCapabilities", "", "as", on_capabilities, SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_METHOD("Notify", "susssasa{sv}i", "u", on_notify, SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_METHOD("CloseNotification", "u", "", on_close, SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_VTABLE_END};

static void obey(struct daemon *d, const char *line)
{
	char key[64] = "", token[64] = "";
	uint32_t id = 0;
	int n = sscanf(line, "invoke %u %63s %63s", &id, key, token);

	if (n == 3)
		must(sd_bus_emit_signal(d->bus, PATH, NAME, "ActivationToken", "us", id, token),
		     "signal");
	if (n >= 2)
		must(sd_bus_emit_signal(d->bus, PATH, NAME, "ActionInvoked", "us", id, key),
		     "signal");
	else if (sscanf(line, "close %u", &id) == 1)
		must(sd_bus_emit_signal(d->bus, PATH, NAME, "NotificationClosed", "uu", id, 2U),
		     "signal");
	else if (!strncmp(line, "capabilities", strlen("capabilities")))
		(void)snprintf(d->capabilities, sizeof(d->capabilities), "%s",
			       line + strlen("capabilities"));
	else
		(void)fprintf(stderr, "notification-daemon: %s?\n", line);
}

static int on_input(sd_event_source *source, int fd, uint32_t, void *arg)
{
	struct daemon *d = arg;
	ssize_t got = read(fd, d->line + d->length, sizeof(d->line) - 1 - d->length);
	char *end;

	if (got <= 0)
		return sd_event_exit(sd_event_source_get_event(source), 0);
	d->length += (size_t)got;
	d->line[d->length] = '\0';
	while ((end = strchr(d->line, '\n'))) {
		*end = '\0';
		obey(d, d->line);
		d->length -= (size_t)(end + 1 - d->line);
		memmove(d->line, end + 1, d->length + 1);
	}
	return 0;
}

int main(void)
{
	struct daemon d = {.capabilities = "actions body body-markup"};
	sd_event *event = NULL;

	must(sd_event_default(&event), "event loop");
	must(sd_bus_open_user(&d.bus), "bus");
	must(sd_bus_add_object_vtable(d.bus, NULL, PATH, NAME, table, &d), "object");
	must(sd_bus_request_name(d.bus, NAME, 0), "name");
	must(sd_bus_attach_event(d.bus, event, 0), "event loop");
	must(sd_event_add_io(event, NULL, STDIN_FILENO, EPOLLIN, on_input, &d), "input");
	(void)puts("{\"call\":\"ready\"}");
	(void)fflush(stdout);
	must(sd_event_loop(event), "event loop");
	(void)sd_bus_flush_close_unref(d.bus);
	(void)sd_event_unref(event);
	return 0;
}
