/* A small company in memory for fuzz targets. */
#pragma once

#include "dingsim/seed.h"

#define FUZZ_COMPANY                                                                              \
	"{\"corp\":{\"corpId\":\"ding1\",\"name\":\"n\"},"                                        \
	"\"apps\":[{\"clientId\":\"app\",\"clientSecret\":\"s\",\"agentId\":1,\"name\":\"A\","    \
	"\"redirectUrls\":[\"http://127.0.0.1/cb\"]}],"                                           \
	"\"departments\":[{\"id\":2,\"name\":\"d\",\"parent\":1}],"                               \
	"\"people\":[{\"userid\":\"a\",\"unionid\":\"ua\",\"name\":\"a\",\"departments\":[2]},"   \
	"{\"userid\":\"b\",\"unionid\":\"ub\",\"name\":\"b\",\"departments\":[1]}],"              \
	"\"forms\":[{\"processCode\":\"P\",\"name\":\"f\",\"allowWithdraw\":true,\"components\":" \
	"[{\"componentType\":\"TextField\",\"id\":\"i\",\"label\":\"l\"}],"                       \
	"\"approvers\":[{\"actionType\":\"NONE\",\"userIds\":[\"b\"]}]}]}"
