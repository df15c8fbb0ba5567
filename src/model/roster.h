/*
 * People and departments, indexed for the rules of groups. Immutable once made. Everything is named by its
 * place: people in the order in which they were given; departments in preorder, so that one with everything
 * below it is a range. People who have left and departments that are gone are in it like all others.
 */
#pragma once

#include "base/arena.h"
#include "model/group.h"
#include "model/places.h"

#define ROSTER_NONE PLACES_NONE

struct roster_department_source {
	const char *id;
	const char *parent; /* id or NULL */
	bool gone;
};

struct roster_person_source {
	const char *id, *email, *telephone; /* "": none */
	const char *const *departments;     /* ids */
	size_t department_count;
	bool departed;
};

struct roster_person {
	uint32_t first, count; /* in memberships */
	bool departed;
};

struct roster_department {
	uint32_t parent;       /* or ROSTER_NONE */
	uint32_t end;          /* behind the last that is below it */
	uint32_t first_member; /* in members */
	bool gone;
};

struct roster {
	size_t person_count, department_count;
	size_t words; /* of a bit a person */
	struct places ids, emails, telephones;
	struct places department_ids; /* its places are those of the source */
	uint32_t *department_places;  /* by those */
	struct roster_person *people;
	uint32_t *memberships;                 /* departments, person after person */
	struct roster_department *departments; /* one more than there are, for its first_member */
	uint32_t *members;                     /* people, department after department */
};

/* In the arena; the sources may go. A loop of parents, which no honest source has, is cut open. */
void roster_init(struct roster *r, struct arena *a,
		 const struct roster_department_source *departments, size_t department_count,
		 const struct roster_person_source *people, size_t person_count);

/* Whether both were made of the same people and departments, in the same order. */
bool roster_same(const struct roster *a, const struct roster *b);

/* The place, or ROSTER_NONE. */
uint32_t roster_person(const struct roster *r, const char *id);
uint32_t roster_department(const struct roster *r, const char *id);
/* The first place behind that id, when people were given by id. */
uint32_t roster_from(const struct roster *r, const char *id);

/* The place of each rule's subject: the department, or the first of the people with that text (others by next of
 * roster_texts), or ROSTER_NONE. Addresses are compared in lower case; telephones without spaces, hyphens and +86,
 * which DingTalk leaves out. */
void roster_find(const struct roster *r, const struct rule *rules, size_t count, uint32_t *out);
/* Not for departments. */
const struct places *roster_texts(const struct roster *r, enum rule_subject subject);

static inline bool roster_bit(const uint64_t *bits, uint32_t place)
{
	return (bits[place / 64] >> (place % 64) & 1) != 0;
}

static inline void roster_bit_set(uint64_t *bits, uint32_t place)
{
	bits[place / 64] |= (uint64_t)1 << (place % 64);
}

static inline void roster_bit_clear(uint64_t *bits, uint32_t place)
{
	bits[place / 64] &= ~((uint64_t)1 << (place % 64));
}
