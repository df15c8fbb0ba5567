#include "server/options.h"

#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "conf/conf.h"
#include "model/syslog.h"

#define AT(member) offsetof(struct server_options, member)

/* name on the command line, place in the file, default, what --help says */
static const struct {
	const char *name, *section, *key;
	size_t offset;
	const char *fallback, *argument, *help;
} options[] = {
    {"data-dir", "server", "data_dir", AT(data_dir), "/var/lib/holdfast-server", "DIR",
     "what the server keeps"},
    {"listen", "server", "listen", AT(listen), "127.0.0.1:8440", "ADDR",
     "address:port, port 0 for any free one"},
    {"public-url", "server", "public_url", AT(public_url), NULL, "URL",
     "how browsers, devices and DingTalk reach this server"},
    {"db", "server", "db", AT(db_url), NULL, "URL",
     "sqlite:FILE or postgresql://…; holdfast.db in DIR if absent"},
    {"master-key", "server", "master_key", AT(master_key), NULL, "FILE",
     "key of the secrets at rest; master.key in DIR if absent"},
    {"tls-cert", "server", "tls_cert", AT(tls_cert), NULL, "FILE", "certificate chain, PEM"},
    {"tls-key", "server", "tls_key", AT(tls_key), NULL, "FILE", "its key, PEM"},
    {"trusted-proxies", "server", "trusted_proxies", AT(trusted_proxies), NULL, "LIST",
     "addresses or networks whose X-Forwarded-For counts; \"unix\" for a Unix socket"},
    {"dingtalk-url", "dingtalk", "url", AT(dingtalk_url), NULL, "URL",
     "all three of DingTalk's addresses at once"},
    {"dingtalk-api", "dingtalk", "api_url", AT(dingtalk_api), "https://api.dingtalk.com", "URL",
     "DingTalk's API"},
    {"dingtalk-oapi", "dingtalk", "oapi_url", AT(dingtalk_oapi), "https://oapi.dingtalk.com", "URL",
     "DingTalk's older API"},
    {"dingtalk-login", "dingtalk", "login_url", AT(dingtalk_login), "https://login.dingtalk.com",
     "URL", "DingTalk's sign-in"},
    {"dingtalk-ca", "dingtalk", "ca_file", AT(dingtalk_ca), NULL, "FILE",
     "PEM of who signs their certificates; the system's store if absent"},
    {"syslog", "syslog", "url", AT(syslog_url), NULL, "URL",
     "tls://host:port that gets the audit record"},
    {"syslog-ca", "syslog", "ca_file", AT(syslog_ca), NULL, "FILE",
     "PEM of who signs its certificate; the system's store if absent"},
    {"syslog-cert", "syslog", "cert_file", AT(syslog_cert), NULL, "FILE",
     "our certificate for it, PEM"},
    {"syslog-key", "syslog", "key_file", AT(syslog_key), NULL, "FILE", "its key, PEM"},
};

static const char **slot(struct server_options *o, size_t i)
{
	return (const char **)((char *)o + options[i].offset);
}

/* The word behind --name, in the same argument or the next. NULL when this is another option, or,
 * with *used 2, when there is no word. */
static const char *value_of(char **argument, const char *name, size_t *used)
{
	size_t n = strlen(name);

	if (!text_starts(*argument, "--") || strncmp(*argument + 2, name, n) != 0)
		return NULL;
	*used = 1;
	if ((*argument)[2 + n] == '=')
		return *argument + 3 + n;
	if ((*argument)[2 + n] != '\0')
		return NULL;
	*used = 2;
	return argument[1];
}

static bool take(char **argument, const struct option_extra *extra, const char **config,
		 struct server_options *o, size_t *used)
{
	const char *value = value_of(argument, "config", used);

	if (value != NULL) {
		*config = value;
		return true;
	}
	for (size_t i = 0; i < ARRAY_SIZE(options); i++) {
		value = value_of(argument, options[i].name, used);
		if (value != NULL) {
			*slot(o, i) = value;
			return true;
		}
	}
	for (; extra != NULL && extra->name != NULL; extra++) {
		value = value_of(argument, extra->name, used);
		if (value != NULL) {
			*extra->out = value;
			return true;
		}
	}
	return false;
}

static bool file_options(struct arena *a, const char *path, struct server_options *o, struct err *e)
{
	struct conf_key keys[ARRAY_SIZE(options) + 1] = {0};

	for (size_t i = 0; i < ARRAY_SIZE(options); i++)
		keys[i] = (struct conf_key){.section = options[i].section,
					    .name = options[i].key,
					    .kind = CONF_TEXT,
					    .offset = options[i].offset,
					    .fallback = options[i].fallback};
	conf_defaults(a, keys, o);
	return path == NULL || conf_read(a, path, keys, o, e);
}

static bool check_url(const char *name, const char *url, struct err *e)
{
	const char *c = url;

	if (url == NULL)
		return true;
	while (*c > ' ' && *c <= '~')
		c++;
	if ((!text_starts(url, "https://") && !text_starts(url, "http://")) || *c != '\0' ||
	    c[-1] == '/')
		return err_set(e, ERR_INVALID,
			       "--%s must be http:// or https:// with a host, without blanks, and "
			       "end without a slash",
			       name);
	return true;
}

/* What others would be told to connect to. */
static bool check_reachable(const struct server_options *o, struct err *e)
{
	if (o->public_url != NULL ||
	    !(text_starts(o->listen, "0.0.0.0:") || text_starts(o->listen, "[::]:") ||
	      text_starts(o->listen, "unix:")))
		return true;
	return err_set(e, ERR_INVALID,
		       "--public-url is needed beside --listen %s: it is how browsers, devices and "
		       "DingTalk reach this server",
		       o->listen);
}

static bool check_empty(const struct server_options *o, struct err *e)
{
	for (size_t i = 0; i < ARRAY_SIZE(options); i++) {
		const char *value = *slot((struct server_options *)o, i);

		if (value != NULL && value[0] == '\0')
			return err_set(e, ERR_INVALID, "--%s must not be empty", options[i].name);
	}
	return true;
}

static bool check_syslog(struct arena *a, const struct server_options *o, struct err *e)
{
	const char *const files[] = {o->syslog_ca, o->syslog_cert, o->syslog_key};
	struct syslog_target target;

	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		if (files[i] != NULL && access(files[i], R_OK) < 0)
			return err_errno(e, "%s", files[i]);
	}
	if ((o->syslog_cert == NULL) != (o->syslog_key == NULL))
		return err_set(e, ERR_INVALID, "--syslog-cert and --syslog-key go together");
	return o->syslog_url == NULL || syslog_target_read(a, o->syslog_url, &target, e) ||
	       err_add(e, "--syslog");
}

static bool complete(struct arena *a, struct server_options *o, struct err *e)
{
	if (!check_empty(o, e) || !check_url("dingtalk-url", o->dingtalk_url, e))
		return false;
	if (o->dingtalk_url != NULL)
		o->dingtalk_api = o->dingtalk_oapi = o->dingtalk_login = o->dingtalk_url;
	if (o->db_url == NULL)
		o->db_url = arena_printf(a, "sqlite:%s/holdfast.db", o->data_dir);
	if (o->master_key == NULL)
		o->master_key = arena_printf(a, "%s/master.key", o->data_dir);
	if (o->trusted_proxies != NULL && !proxies_read(o->trusted_proxies, &o->proxies, e))
		return err_add(e, "--trusted-proxies");
	if ((o->tls_cert == NULL) != (o->tls_key == NULL))
		return err_set(e, ERR_INVALID, "--tls-cert and --tls-key go together");
	return check_syslog(a, o, e) && check_url("public-url", o->public_url, e) &&
	       check_reachable(o, e) && check_url("dingtalk-api", o->dingtalk_api, e) &&
	       check_url("dingtalk-oapi", o->dingtalk_oapi, e) &&
	       check_url("dingtalk-login", o->dingtalk_login, e);
}

bool options_read(struct arena *a, char **arguments, const struct option_extra *extra,
		  struct server_options *out, struct err *e)
{
	struct server_options given = {0};
	const char *config = NULL;
	size_t used = 0;

	for (char **argument = arguments; *argument != NULL; argument += used) {
		used = 0;
		if (take(argument, extra, &config, &given, &used))
			continue;
		if (used == 2)
			return err_set(e, ERR_INVALID, "%s needs a value", *argument);
		return err_set(e, ERR_INVALID, "unknown option %s; --help lists them", *argument);
	}
	if (!file_options(a, config, out, e))
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(options); i++) {
		if (*slot(&given, i) != NULL)
			*slot(out, i) = *slot(&given, i);
	}
	return complete(a, out, e);
}

void options_help(struct buf *out)
{
	AUTO(buf_done) struct buf name = {0};

	for (size_t i = 0; i < ARRAY_SIZE(options); i++) {
		buf_reset(&name);
		buf_printf(&name, "--%s %s", options[i].name, options[i].argument);
		buf_printf(out, "  %-22s %s", name.data, options[i].help);
		if (options[i].fallback != NULL)
			buf_printf(out, " [%s]", options[i].fallback);
		buf_char(out, '\n');
	}
	buf_text(out, "  --config FILE          the same as an INI file\n");
}
