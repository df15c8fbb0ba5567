#include "server/console.h"

const char console_page[] = "<!doctype html><html lang=\"en\"><head><meta "
			    "charset=\"utf-8\"><title>Holdfast</title></head><body>"
			    "<p>This holdfast-server was built without its web console. "
			    "holdfastctl does all that the console does.</p>"
			    "<p lang=\"zh-CN\">此 holdfast-server 构建时未包含网页控制台，可使用 "
			    "holdfastctl 完成所有操作。</p>"
			    "</body></html>\n";

const struct console_file console_files[] = {{0}};
const char console_data[] = "";
