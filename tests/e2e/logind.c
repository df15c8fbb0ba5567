/*
 * logind as far as a sleep goes, for tests: org.freedesktop.login1 on the bus of DBUS_SYSTEM_BUS_ADDRESS. What happens is a line
 * on standard output: "ready", "taken SENDER WHAT WHO MODE" for each inhibitor, "let go" when the holder closed it. Lines on
 * standard input: "sleep", "wake".
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <systemd/sd-bus.h>
#include <systemd/sd-event.h>

#define NAME "org.freedesktop.login1"
#define PATH "/org/freedesktop/login1"
#define MANAGER "org.freedesktop.login1.Manager"

static void must(int status, const char *what)
{
	if (status >= 0)
		return;
	(void)fprintf(stderr, "logind: %s: %s\n", what, strerror(-status));
	exit(1);
}

static int on_let_go(sd_event_source *source, int fd, uint32_t, void *)
{
	(void)puts("let go");
	(void)close(fd);
	(void)sd_event_source_unref(source);
	return 0;
}

static int on_inhibit(sd_bus_message *m, void *arg, sd_bus_error *)
{
	const char *what, *who, *why, *mode;
	int ends[2];

	must(sd_bus_message_read(m, "ssss", &what, &who, &why, &mode), "Inhibit");
	if (pipe2(ends, O_CLOEXEC) < 0)
		must(-errno, "pipe");
	must(sd_event_add_io(arg, &(sd_event_source *){NULL}, ends[0], 0, on_let_go, NULL), "pipe");
	must(sd_bus_reply_method_return(m, "h", ends[1]), "reply");
	(void)close(ends[1]);
	(void)printf("taken %s %s %s %s\n", sd_bus_message_get_sender(m), what, who, mode);
	return 1;
}

static int on_input(sd_event_source *source, int fd, uint32_t, void *arg)
{
	char line[16];
	ssize_t got = read(fd, line, sizeof(line));

	if (got <= 0)
		return sd_event_exit(sd_event_source_get_event(source), 0);
	must(sd_bus_emit_signal(arg, PATH, MANAGER, "PrepareForSleep", "b", *line == 's'),
	     "signal");
	return 0;
}

static const sd_bus_vtable table[] = {
    SD_BUS_VTABLE_START(0),
    SD_BUS_METHOD("Inhibit", "ssss", "h", on_inhibit, SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_SIGNAL("PrepareForSleep", "b", 0),
    SD_BUS_VTABLE_END,
};

int main(void)
{
	sd_event *event = NULL;
	sd_bus *bus = NULL;

	(void)setvbuf(stdout, NULL, _IOLBF, 0);
	must(sd_event_default(&event), "event loop");
	must(sd_bus_open_system(&bus), "bus");
	must(sd_bus_add_object_vtable(bus, NULL, PATH, MANAGER, table, event), "object");
	must(sd_bus_request_name(bus, NAME, 0), "name");
	must(sd_bus_attach_event(bus, event, 0), "event loop");
	must(sd_event_add_io(event, NULL, STDIN_FILENO, EPOLLIN, on_input, bus), "input");
	(void)puts("ready");
	must(sd_event_loop(event), "event loop");
	(void)sd_bus_flush_close_unref(bus);
	(void)sd_event_unref(event);
	return 0;
}
