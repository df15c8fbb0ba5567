/* The program holdfast-window: asks the keeper, shows what it says, does what the person wants. */
#pragma once

/* root: everything below it instead of /, for tests; "" otherwise. The exit status. */
int app_run(const char *root, int argc, char **argv);
