/*
 * The body of a call that makes a form, or changes the form "P". Whatever is taken can be read again,
 * forecast and filed, or is refused in DingTalk's words.
 */
#include "dingsim-harness.h"

static void send(struct sim *sim, const char *target, const char *body, size_t n)
{
	AUTO(buf_done) struct buf wire = {0};

	buf_printf(&wire,
		   "%s HTTP/1.1\r\nHost: x\r\nx-acs-dingtalk-access-token: t\r\n"
		   "Content-Type: application/json\r\nContent-Length: %zu\r\n\r\n",
		   target, n);
	buf_add(&wire, body, n);
	call(sim, &wire);
}

static void use(struct sim *sim, const char *process_code)
{
	AUTO(buf_done) struct buf target = {0}, body = {0};

	buf_printf(&target, "GET /v1.0/workflow/forms/schemas/processCodes?processCode=%s",
		   process_code);
	send(sim, target.data, "", 0);
	buf_printf(&body,
		   "{\"processCode\":\"%s\",\"userId\":\"a\",\"originatorUserId\":\"a\","
		   "\"deptId\":2,\"approvers\":[{\"actionType\":\"NONE\",\"userIds\":[\"b\"]}],"
		   "\"formComponentValues\":[]}",
		   process_code);
	send(sim, "POST /v1.0/workflow/processes/forecast", body.data, body.len);
	send(sim, "POST /v1.0/workflow/processInstances", body.data, body.len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(arena_done) struct arena a = {0};
	static struct fuzz f;
	struct sim *sim = fuzz_open(&f);
	struct store s = {.db = sim->db, .arena = &a};
	struct form *form;
	struct err e = {0};

	send(sim, "POST /v1.0/workflow/forms", (const char *)data, size);
	must(store_forms(&s, &form, &e));
	/* One that was refused leaves "P" as it was. */
	for (; fuzz_changed(&f) && form; form = form->next)
		use(sim, form->process_code);
	fuzz_close(&f);
	return 0;
}
