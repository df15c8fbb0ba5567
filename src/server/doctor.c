/* The connection test of workflows: asked for, and shown in both languages. */
#include "flow/doctor.h"

#include "server/request.h"
#include "server/route.h"

#define MAX_BODY 4096

static void put_texts(struct request *r, const char *key, const char *const *sentences,
		      const struct doctor_finding *f)
{
	static const char *const languages[DOCTOR_LANGUAGES] = {"en", "zh"};

	json_object(&r->json, key);
	for (size_t i = 0; i < DOCTOR_LANGUAGES; i++)
		json_put_text(&r->json, languages[i], doctor_text(r->arena, sentences[i], f));
	json_object_end(&r->json);
}

static void put_finding(struct request *r, const struct store_finding *row)
{
	const struct doctor_rule *rule = doctor_rule(row->id);
	const struct doctor_finding f = {row->id, row->form, row->subject, row->detail};

	/* Of a later version, or one that this program no longer has. */
	if (rule == NULL)
		return;
	json_object(&r->json, NULL);
	json_put_text(&r->json, "id", rule->id);
	json_put_text(&r->json, "severity", doctor_severity_name(rule->severity));
	json_put_text(&r->json, "form", *row->form == '\0' ? NULL : row->form);
	json_put_text(&r->json, "subject", row->subject);
	json_put_text(&r->json, "detail", row->detail);
	put_texts(r, "what", rule->what, &f);
	put_texts(r, "remedy", rule->remedy, &f);
	json_object_end(&r->json);
}

static bool answer(struct request *r, int status, struct err *e)
{
	struct store_workflow w;
	struct store_finding *items;
	size_t count;

	r->status = status;
	if (!store_workflow_get(r->db, r->arena, r->args[0], &w, e) ||
	    !store_finding_list(r->db, r->arena, w.id, &items, &count, e))
		return false;
	json_object(&r->json, NULL);
	json_put_text(&r->json, "workflow", w.id);
	json_put_text(&r->json, "name", w.name);
	json_put_text(&r->json, "state", w.state);
	json_put_bool(&r->json, "running", w.check_ms > 0);
	if (w.checked_ms == 0)
		json_put_null(&r->json, "checked_ms");
	else
		json_put_i64(&r->json, "checked_ms", w.checked_ms);
	json_put_i64(&r->json, "version", w.checked_version);
	json_array(&r->json, "findings");
	for (size_t i = 0; i < count; i++)
		put_finding(r, &items[i]);
	json_array_end(&r->json);
	json_object_end(&r->json);
	return true;
}

static bool doctor_read(struct request *r, struct err *e)
{
	return answer(r, 200, e);
}

static bool doctor_run(struct request *r, struct err *e)
{
	struct flow f = request_flow(r);

	return flow_doctor_ask(&f, r->args[0], e) && answer(r, 202, e);
}

static const struct http_route routes[] = {
    {HTTP_GET, "/api/v1/workflows/{id}/doctor", ROUTE(ROLES_ALL, ROUTE_READ, doctor_read)},
    {HTTP_POST, "/api/v1/workflows/{id}/doctor", MAX_BODY,
     ROUTE(ROLES_CHANGE, ROUTE_WRITE, doctor_run)},
};

const struct route_table doctor_routes = ROUTE_TABLE(routes);
