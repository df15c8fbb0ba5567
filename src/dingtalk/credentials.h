/*
 * The form of what an administrator copies out of DingTalk's console (protocol §0.3, §5.1). Whether
 * the values are right only DingTalk can tell. ERR_INVALID says in words what the value must look
 * like, never the value.
 */
#pragma once

#include "base/err.h"

#define DINGTALK_AES_KEY_LENGTH 43

[[nodiscard]] bool dingtalk_corp_id_valid(const char *text, struct err *e);
[[nodiscard]] bool dingtalk_client_id_valid(const char *text, struct err *e);
[[nodiscard]] bool dingtalk_client_secret_valid(const char *text, struct err *e);
[[nodiscard]] bool dingtalk_aes_key_valid(const char *text, struct err *e);
[[nodiscard]] bool dingtalk_token_valid(const char *text, struct err *e); /* of the callback */
[[nodiscard]] bool dingtalk_process_code_valid(const char *text, struct err *e);
