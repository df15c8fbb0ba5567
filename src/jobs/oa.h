/* DingTalk's view of an instance in the model's words, so that the rules need not know its wire. */
#pragma once

#include "dingtalk/instance.h"
#include "model/readback.h"

void oa_seen_from(struct arena *a, const struct dingtalk_instance *i, struct oa_seen *out);
