/* Commands of holdfast-server that have a file of their own. arguments: what follows their words. */
#pragma once

#include "base/err.h"

[[nodiscard]] bool command_audit_export(char **arguments, struct err *e);
[[nodiscard]] bool command_audit_verify(char **arguments, struct err *e);
[[nodiscard]] bool command_token_create(char **arguments, struct err *e);
[[nodiscard]] bool command_setup_link(char **arguments, struct err *e);
