/* What a service tells the service manager that started it (sd_notify(3)). */
#pragma once

/* state is like "READY=1". Without a service manager, or when it does not listen, nothing happens. */
void notify(const char *state);
