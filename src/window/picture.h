/* QR codes as pictures. */
#pragma once

#include <gtk/gtk.h>

GtkWidget *picture_new(void);

/* Dark on white whatever the style, since that is what cameras read. Hidden when the text is too long. */
void picture_show_qr(GtkPicture *picture, const char *text, const char *name);
