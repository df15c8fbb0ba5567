/*
 * The topics of db_note: what the rest of the program is told after a commit. The text names the
 * one thing concerned, or is "".
 */
#pragma once

#define NOTE_DEVICE "device" /* text: device id. Something this device's poll should hear about */
/* policy, people, memberships or groups changed. Text: "", or that statements have to be renewed whether or not
 * anybody's coverage changed */
#define NOTE_POLICY "policy"
#define POLICY_RENEW "renew"
#define POLICY_ALONE "alone" /* the text when neither people, memberships nor groups changed */
#define POLICY_ELSEWHERE "elsewhere" /* by another server of the database */
#define NOTE_SNAPSHOT \
	"snapshot" /* what NOTE_POLICY changed is compiled; not after a commit, from any thread */
#define NOTE_OUTBOX "outbox" /* a row is ready to be sent */
#define NOTE_INBOX "inbox"   /* a callback was stored */
#define NOTE_CHECK "check"   /* an instance is to be read in DingTalk */
#define NOTE_COUNT "count"   /* text: COUNT_…. A counter of /metrics goes up by one */
#define NOTE_BUDGET "budget" /* text: corp id. What its month allows changed */
#define NOTE_CLOCK "clock"   /* a deadline was set */
#define NOTE_APP "app"       /* text: app id. Its credentials or how its events come changed */
#define NOTE_DOCTOR "doctor" /* a workflow's connection test is due */
#define NOTE_AUDIT "audit"   /* text: its object, or "". The record has a new event */
#define NOTE_SYNC "sync"     /* text: source id. Its organisation is to be read */
#define NOTE_HINT "hint"     /* an event says whom or what to read again */
#define NOTE_RELEASE \
	"release" /* text: its id. A release has changed: its devices may have to get grants */
#define NOTE_WEBHOOK \
	"webhook" /* text: its id. Something is to be sent through it, or may be again */
#define NOTE_SHOWN \
	"shown" /* text: SHOWN_…. What a console shows has changed, and no other note says so */

/* The texts of NOTE_SHOWN: topics of web/live.h. */
#define SHOWN_INSTANCES "instances"
#define SHOWN_DEVICES "devices"
#define SHOWN_ALARMS "alarms"
#define SHOWN_WORKFLOWS "workflows"
#define SHOWN_APPS "apps"
#define SHOWN_DELIVERIES "deliveries"
#define SHOWN_SOURCES "sources"
#define SHOWN_TOKENS "tokens"
#define SHOWN_WEBHOOKS "webhooks"
#define SHOWN_RELEASES "releases"

/* The texts of NOTE_COUNT. */
#define COUNT_CALLBACK_STORED "callback-stored"
#define COUNT_CALLBACK_REPEATED "callback-repeated"
#define COUNT_CALLBACK_REFUSED "callback-refused"
#define COUNT_CALLBACK_UNSIGNED "callback-unsigned"
#define COUNT_INBOX_READ "inbox-read"
#define COUNT_INBOX_LATE "inbox-late"
#define COUNT_INBOX_NONE "inbox-none"
#define COUNT_INBOX_DROPPED "inbox-dropped"
#define COUNT_SIGNIN_DONE "signin-done"
#define COUNT_SIGNIN_FAILED "signin-failed"
