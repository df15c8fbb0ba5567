/* holdfast-window: the employee's window. */
#include <libintl.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/base.h"
#include "window/app.h"

#define DOMAIN "holdfast"
#define LOCALES "/usr/share/locale"

/* Needed before the options are read for good, since the texts lie below it. */
static const char *root_of(int argc, char **argv)
{
	int i;

	for (i = 1; i + 1 < argc; i++)
		if (!strcmp(argv[i], "--root"))
			return argv[i + 1];
	return "";
}

int main(int argc, char **argv)
{
	const char *root = root_of(argc, argv);
	AUTO(mem_freep) char *locales = mem_printf("%s" LOCALES, root);

	/* Pages of text need no graphics card, and what drives one takes more memory than all of the window. */
	(void)setenv("GSK_RENDERER", "cairo", 0);
	(void)setenv("GDK_DEBUG", "gl-disable", 0);
	(void)setlocale(LC_ALL, "");
	(void)bindtextdomain(DOMAIN, locales);
	(void)bind_textdomain_codeset(DOMAIN, "UTF-8");
	(void)textdomain(DOMAIN);
	return app_run(root, argc, argv);
}
