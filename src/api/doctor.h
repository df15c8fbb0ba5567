/* How the findings of a connection test are shown. */
#pragma once

#include "model/doctor.h"
#include "web/request.h"

struct api_finding {
	struct doctor_finding of;
	const char *form, *severity;
	struct {
		const char *in[DOCTOR_LANGUAGES];
	} what, remedy;
};
extern const struct json_field api_finding_json[];

/* Those of a rule that is not known are left out. A list of struct api_finding. */
struct json_list api_findings(struct request *r, const struct doctor_finding *rows, size_t count);
