/* Limits of the organisation. */
#pragma once

#define ORG_USERID_MAX 64 /* characters */
