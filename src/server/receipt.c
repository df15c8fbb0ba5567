/* Receipts: what devices report. */
#include "flow/receipt.h"
#include "flow/snapshots.h"

#include "base/id.h"
#include "base/text.h"
#include "web/request.h"
#include "server/routes.h"
#include "web/server.h"

#define MAX_BODY (256 * 1024)
#define MAX_PACKAGE 256
#define MAX_TEXT 1000
#define MAX_BOOT 64

static const struct json_field receipt_fields[] = {
    {"id", JSON_FIELD_TEXT, offsetof(struct store_receipt, id), .required = true},
    {"kind", JSON_FIELD_TEXT, offsetof(struct store_receipt, kind), .required = true},
    {"grant", JSON_FIELD_TEXT, offsetof(struct store_receipt, grant)},
    {"package", JSON_FIELD_TEXT, offsetof(struct store_receipt, package), .required = true,
     .min = 1, .max = MAX_PACKAGE},
    {"at_ms", JSON_FIELD_I64, offsetof(struct store_receipt, at_ms), .required = true, .min = 0,
     .max = INT64_MAX},
    {"boot", JSON_FIELD_TEXT, offsetof(struct store_receipt, boot), .required = true,
     .max = MAX_BOOT},
    {"text", JSON_FIELD_TEXT, offsetof(struct store_receipt, text), .max = MAX_TEXT},
    {0},
};

static const struct json_field fields[] = {
    {"receipts", JSON_FIELD_ARRAY, 0, .required = true, .max = FLOW_MAX_RECEIPTS,
     .fields = receipt_fields, .size = sizeof(struct store_receipt)},
    {0},
};

static bool check(const struct store_receipt *in, struct err *e)
{
	if (!id_valid(in->id))
		return err_set(e, ERR_INVALID, "id: must be an id");
	if (in->grant != NULL && !id_valid(in->grant))
		return err_set(e, ERR_INVALID, "grant: must be an id");
	if (!text_printable(in->package, false) || !text_printable(in->boot, false) ||
	    (in->text != NULL && !text_printable(in->text, true)))
		return err_set(e, ERR_INVALID, "texts must not hold control characters");
	return true;
}

static bool take(struct request *r, const struct store_device *d, struct store_receipt *in,
		 struct err *e)
{
	const struct snapshot *snapshot = snapshots_take(r->server->snapshots);
	struct flow f = request_flow(r);
	bool ok;

	f.snapshot = snapshot;
	in->device = d->id;
	if (in->text == NULL)
		in->text = "";
	ok = flow_receipt_take(&f, d, in, e);
	snapshots_give(r->server->snapshots, snapshot);
	return ok;
}

static bool receipts(struct request *r, struct err *e)
{
	struct json_list list = {0};
	struct store_device d;
	struct store_receipt *all;

	if (!request_json(r, fields, &list, e) || !request_device(r, &d, e))
		return false;
	all = list.items;
	json_object(&r->json, NULL);
	json_array(&r->json, "accepted");
	for (size_t i = 0; i < list.count; i++) {
		if (!check(&all[i], e) || !take(r, &d, &all[i], e))
			return err_add(e, "receipts[%zu]", i);
		json_put_text(&r->json, NULL, all[i].id);
	}
	json_array_end(&r->json);
	json_object_end(&r->json);
	return true;
}

static const struct http_route routes[] = {
    {HTTP_POST, "/agent/v1/receipts", MAX_BODY, ROUTE(ACCESS_DEVICE, ROUTE_WRITE, receipts)},
};

const struct route_table receipt_routes = ROUTE_TABLE(routes);
