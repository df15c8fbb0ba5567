/* An export of the audit record, as somebody may have changed it: the verifier gets through it, and says
 * the same when it is asked again. */
#include "grant/audit.h"

#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

static void ignore(void *arg, const char *text)
{
	(void)arg;
	(void)text;
}

static int64_t findings_of(const char *data, size_t size)
{
	struct audit_verifier *v = audit_verifier_new(NULL, ignore, NULL);
	struct audit_summary summary;
	bool going = true;

	for (size_t at = 0; going && at < size;) {
		const char *end = memchr(data + at, '\n', size - at);
		size_t n = end != NULL ? (size_t)(end - data) - at : size - at;

		going = audit_verifier_line(v, data + at, n);
		at += n + 1;
	}
	if (going)
		audit_verifier_end(v);
	audit_verifier_summary(v, &summary);
	audit_verifier_free(v);
	return summary.findings;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct err e;

	if (!crypto_start(&e))
		abort();
	if (findings_of((const char *)data, size) != findings_of((const char *)data, size))
		abort();
	return 0;
}
