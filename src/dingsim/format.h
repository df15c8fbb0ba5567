/* DingTalk's own ways to write ids and times, as seen on real traffic. */
#pragma once

#include "base/base.h"

/* "2026-04-16T15:34Z": minutes, and despite the Z the time in Beijing. */
#define FORMAT_MINUTE_SIZE 32
void format_minute(int64_t utc_ms, char out[static FORMAT_MINUTE_SIZE]);

/* "2026-04-16 15:34:37", the time in Beijing, for pages. */
#define FORMAT_SECOND_SIZE 40
void format_second(int64_t utc_ms, char out[static FORMAT_SECOND_SIZE]);

/* 22 url-safe base64 characters, 4 digits, unix seconds: "aIivQGsaToGCyZ_L4b9DEA07201766047418". */
#define FORMAT_INSTANCE_SIZE 64
void format_instance_id(int64_t utc_ms, char out[static FORMAT_INSTANCE_SIZE]);

/* The minute in Beijing and nine digits: "202512181643000385959". serial makes it unique. */
#define FORMAT_BUSINESS_SIZE 64
void format_business_id(int64_t utc_ms, int64_t serial, char out[static FORMAT_BUSINESS_SIZE]);

/* A node of an instance's flow, "1918_5cd3": the same for the same instance and step. */
#define FORMAT_ACTIVITY_SIZE 16
void format_activity_id(const char *instance, int64_t step, char out[static FORMAT_ACTIVITY_SIZE]);

/* An upper-case UUID as the new gateway's requestid, 13 letters and digits as the old one's
 * request_id. */
#define FORMAT_REQUEST_SIZE 40
void format_request_id(char out[static FORMAT_REQUEST_SIZE]);
void format_request_id_old(char out[static FORMAT_REQUEST_SIZE]);

/* size - 1 random letters and digits, then a NUL. */
void format_nonce(char *out, size_t size);

/* size - 1 random lower-case hex digits, then a NUL; size is odd and at most 65. */
void format_hex(char *out, size_t size);
