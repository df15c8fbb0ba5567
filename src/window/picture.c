#include "window/picture.h"

#include <string.h>

#include "base/qr.h"

#define MODULE 3 /* pixels; a picture is shown as large as it is */

GtkWidget *picture_new(void)
{
	GtkWidget *picture = gtk_picture_new();

	gtk_picture_set_can_shrink(GTK_PICTURE(picture), FALSE);
	gtk_widget_set_halign(picture, GTK_ALIGN_CENTER);
	gtk_widget_set_valign(picture, GTK_ALIGN_CENTER);
	gtk_widget_add_css_class(picture, "qr");
	return picture;
}

static bool is_dark(const struct qr *qr, int row, int column)
{
	return row >= 0 && column >= 0 && row < qr->size && column < qr->size &&
	       qr->dark[row][column];
}

static GdkTexture *texture_of(const struct qr *qr)
{
	int side = (qr->size + 2 * QR_QUIET) * MODULE, x, y;
	size_t stride = (size_t)side * 3;
	guchar *pixels = g_malloc(stride * (size_t)side);
	g_autoptr(GBytes) bytes = g_bytes_new_take(pixels, stride * (size_t)side);

	for (y = 0; y < side; y++)
		for (x = 0; x < side; x++)
			memset(pixels + (size_t)y * stride + (size_t)x * 3,
			       is_dark(qr, y / MODULE - QR_QUIET, x / MODULE - QR_QUIET) ? 0 : 255,
			       3);
	return gdk_memory_texture_new(side, side, GDK_MEMORY_R8G8B8, bytes, stride);
}

void picture_show_qr(GtkPicture *picture, const char *text, const char *name)
{
	g_autoptr(GdkTexture) texture = NULL;
	struct qr qr;
	bool made = qr_make(text, &qr);

	gtk_widget_set_visible(GTK_WIDGET(picture), made);
	if (!made)
		return;
	texture = texture_of(&qr);
	gtk_picture_set_paintable(picture, GDK_PAINTABLE(texture));
	gtk_picture_set_alternative_text(picture, name);
}
