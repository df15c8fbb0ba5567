/* A store in memory with a small company. */
#pragma once

#include "../unit.h"

#include "crypto/crypto.h"
#include "dingsim/seed.h"

#define COMPANY                                                                                    \
	"{\"corp\":{\"corpId\":\"ding1\",\"name\":\"示例\"},"                                    \
	"\"apps\":[{\"clientId\":\"dingapp\",\"clientSecret\":\"s\",\"agentId\":1,\"name\":\"A\"," \
	"\"redirectUrls\":[\"http://127.0.0.1/cb\"]}],"                                            \
	"\"departments\":[{\"id\":3,\"name\":\"客户端\",\"parent\":2},"                         \
	"{\"id\":2,\"name\":\"研发\",\"parent\":1}],"                                            \
	"\"people\":[{\"userid\":\"a\",\"unionid\":\"ua\",\"name\":\"甲\",\"departments\":[3]},"  \
	"{\"userid\":\"b\",\"unionid\":\"ub\",\"name\":\"乙\",\"departments\":[1,2]}]}"

static inline bool company_read(struct store *s, const char *text, struct err *e)
{
	return seed_read(s, text, strlen(text), 1, e);
}

static inline struct db *company_open(void)
{
	struct err e = {0};
	struct db *db;

	assert_true(crypto_start(&e));
	db = store_open("sqlite::memory:", &e);
	assert_non_null(db);
	return db;
}
