/*
 * One notification on the desktop (org.freedesktop.Notifications on the session's bus). A new one takes the place
 * of the one that is there. The only user of libsystemd; the bus is connected to when something is shown first.
 */
#pragma once

#include "loop/loop.h"

#define DESKTOP_MAX_ACTIONS 4

/* Plain text; what a daemon would read as markup is escaped. */
struct desktop_notice {
	const char *title, *body;
	bool critical; /* stays until somebody closes it */
	struct {
		const char *key, *label; /* key "default": a click on the text itself */
	} actions[DESKTOP_MAX_ACTIONS];  /* ends with a NULL key */
};

struct desktop_events {
	/* token lets what is started now come to the front (XDG_ACTIVATION_TOKEN); NULL: there is none. */
	void (*chosen)(void *arg, const char *action, const char *token);
	/* No bus, no notification daemon, or one that shows no buttons: whoever must be told has to be told
	 * otherwise. e says why. Of the newest notice alone. */
	void (*unheard)(void *arg, const struct err *e);
};

struct desktop;

/* on stays the caller's. */
[[nodiscard]] struct desktop *desktop_new(struct loop *l, const struct desktop_events *on,
					  void *arg);
void desktop_free(struct desktop *d); /* accepts NULL; what is shown stays */

/* Copies the notice. */
void desktop_show(struct desktop *d, const struct desktop_notice *notice);
/* Takes away what is shown, if anything is. */
void desktop_close(struct desktop *d);
