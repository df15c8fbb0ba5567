/* DingTalk's view of an instance in the model's words, so that the rules need not know its wire. */
#pragma once

#include "dingtalk/instance.h"
#include "model/readback.h"

#define OA_MAX_ATTACHED 8 /* read beside an instance, the newest */

/* Reads an instance; when it is completed also what is about it (REVOKE, MODIFY). */
[[nodiscard]] bool oa_read(struct dingtalk *d, struct arena *a, const char *id, struct oa_seen *out,
			   struct err *e);

void oa_seen_from(struct arena *a, const struct dingtalk_instance *i, struct oa_seen *out);
