/* The pages of approval share the way between a person's lists. */
#pragma once

#include "dingsim/html.h"

void page_person_tabs(struct page *p, const char *user);
