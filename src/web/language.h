/*
 * In which language an answer is: English or Chinese. ?lang= where an operation or a page has it, else whichever of the
 * two Accept-Language names first, else that of the account that is signed in, else English; an API token has none of
 * its own.
 */
#pragma once

#include "web/request.h"

bool language_is_chinese(const struct request *r);

/* Of an Accept-Language, which may be NULL: whether it names Chinese first; otherwise, when it names neither. "*", as
 * programs send it, is English. */
bool language_of_header(const char *accept, bool otherwise);

/* For Content-Language. */
const char *language_tag(bool chinese);

/* A text of ours, of this kind (model/phrase.h), as the reader reads it. The answer then says its language. NULL and what
 * is none of ours stay. */
const char *language_say(struct request *r, const char *kind, const char *text);

/* Each of them; both end with NULL. */
const char *const *language_say_all(struct request *r, const char *kind, const char *const *texts);

/* For a query's lang: "en", "zh". */
extern const char *const language_words[];

/* Writes into r's body and says what its fields say (json_field.says) in the reader's language. */
struct json_writer language_writer(struct request *r);
