/*
 * Which page the person sees, and what is on it: made of what the keeper says and of what the person is about to do.
 * Nothing of GTK here, so that every state can be tried without a display.
 */
#pragma once

#include "base/buf.h"
#include "window/facts.h"

#define PAGE_MAX_FACTS 12
#define PAGE_MAX_BUTTONS 3

enum page_kind {
	PAGE_WAIT, /* the keeper has not answered yet */
	PAGE_REMOVED,
	PAGE_AWAY, /* the keeper is not there */
	PAGE_REMOVING,
	PAGE_CODE, /* a sign-in waits for the person */
	PAGE_SIGN_IN,
	PAGE_FOREIGN, /* another account's computer */
	PAGE_TAMPERED,
	PAGE_REMOVAL_FAILED,
	PAGE_UNKNOWN,
	PAGE_UNBOUND,
	PAGE_OFFLINE, /* approvals that come without a connection */
	PAGE_APPROVED,
	PAGE_KEPT,
	PAGE_LOST,
	PAGE_SIGNED_OUT,
	PAGE_OPEN, /* not protected */
	PAGE_FILING,
	PAGE_PROMPT,
	PAGE_KEPT_REFUSED,
	PAGE_PENDING,
	PAGE_APPROVAL_COMING,
	PAGE_APPROVAL_OVER,
	PAGE_REJECTED,
	PAGE_REVOKED,
	PAGE_EXPIRED,
	PAGE_PROTECTED,
	PAGE_KINDS
};

enum act {
	ACT_NONE,
	ACT_SIGN_IN,
	ACT_TAKE_OVER,
	ACT_OPEN_ADDRESS,
	ACT_COPY_ADDRESS,
	ACT_PROMPT, /* of the button's or the fact's package */
	ACT_WRITE,  /* to the filing page */
	ACT_FILE,
	ACT_WITHDRAW, /* asks first */
	ACT_WITHDRAW_SURE,
	ACT_UNINSTALL,
	ACT_OFFLINE,
	ACT_IMPORT_FILE,
	ACT_IMPORT_TEXT,
	ACT_CODE,
	ACT_SIGN_OUT, /* asks first */
	ACT_SIGN_OUT_SURE,
	ACT_BACK,
	ACT_CLOSE
};

enum look { LOOK_PLAIN, LOOK_FIRST, LOOK_GRAVE };

struct page_button {
	const char *label; /* with a mnemonic, when literal is false */
	bool literal;      /* the organisation's own words */
	enum act act;
	enum look look;
};

struct page_fact {
	const char *name, *value;
	const char *package; /* not NULL: it can be uninstalled from here */
};

struct page_facts {
	struct page_fact items[PAGE_MAX_FACTS];
	size_t count;
};

struct page {
	enum page_kind kind;
	const char *icon, *title;
	const char *text;           /* a few sentences; NULL: none */
	const char *quote;          /* what a program said, as it said it; or NULL */
	const char *qr;             /* to be shown as a QR code as well; or NULL */
	bool progress;              /* something goes on that takes a while */
	struct page_facts about;    /* the request, or what the page is about */
	struct page_facts computer; /* who, which policy, which server */
	struct page_button buttons[PAGE_MAX_BUTTONS];
	size_t button_count;
	enum act escape;     /* what Escape does */
	const char *package; /* that buttons mean */
};

enum place { PLACE_HOME, PLACE_PROMPT, PLACE_FILING, PLACE_OFFLINE };

/* What the person has done so far. */
struct wish {
	enum place place;
	const char *package; /* that a removal is about */
	bool signing_in;     /* a sign-in was begun here */
	bool asked;          /* the keeper was asked, facts may be NULL for want of an answer */
	const char *removed; /* the package that was just uninstalled, or NULL */
};

/* facts NULL: the keeper has not answered. Texts live in the arena, or as long as facts and wish. */
void page_make(struct arena *a, const struct facts *facts, const struct wish *wish, int64_t now_ms,
	       struct page *out);

/* Everything that is on it, a line each: two pages that print the same look the same. */
void page_print(const struct page *page, struct buf *out);

/* Whether a filing is possible now. */
bool page_may_file(const struct facts *facts, const char *package);
