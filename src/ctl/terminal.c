#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "ctl/login.h"

#define MAX_TYPED 1024

bool terminal_ask(struct ctl *c, const char *question, enum typing how, const char **out,
		  struct err *e)
{
	char typed[MAX_TYPED] = "";
	struct termios before, quiet;
	bool hide = how == TYPED_UNSEEN && tcgetattr(STDIN_FILENO, &before) == 0;
	bool ok;

	if (hide) {
		quiet = before;
		quiet.c_lflag &= ~(tcflag_t)(ECHO | ISIG); /* an interrupt would leave it so */
		(void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet);
	}
	(void)fprintf(stderr, "%s", question);
	ok = fgets(typed, sizeof(typed), stdin) != NULL;
	if (hide) {
		(void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
		(void)fputc('\n', stderr);
	}
	typed[strcspn(typed, "\r\n")] = '\0';
	*out = arena_dup(&c->arena, typed);
	explicit_bzero(typed, sizeof(typed));
	return (ok && (**out != '\0' || how == TYPED_OR_NOTHING)) ||
	       err_set(e, ERR_INVALID, "%s", ctl_say(c, "nothing was typed", "未输入任何内容"));
}
