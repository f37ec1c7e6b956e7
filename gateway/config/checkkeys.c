#include "gateway/config/checkup.h"
#include "gateway/base/secure.h"

enum { DAY_S = 24 * 60 * 60, SOON_DAYS = 14 };

static void report_expiry(struct checkup *k, int64_t ends_s)
{
	struct str file = k->cfg->tls.certificate_file;
	int64_t days = (ends_s - loop_wall_ms() / 1000) / DAY_S;

	if (ends_s < loop_wall_ms() / 1000)
		checkup_wrong(k,
			      "sip.tls %.*s: the certificate has expired; put "
			      "a new one there",
			      STR_ARG(file));
	else if (days < SOON_DAYS)
		checkup_unwise(k,
			       "sip.tls %.*s: the certificate expires in %d "
			       "days; renew it, then SIGHUP",
			       STR_ARG(file), (int)days);
	else
		checkup_good(k, "sip.tls %.*s: good for %d days", STR_ARG(file),
			     (int)days);
}

/* Peers that call us by one of our SIP names will look for it (RFC 5922). */
static void report_names(struct checkup *k, const struct secure_context *c)
{
	for (size_t i = 0; i < k->cfg->component_count; i++) {
		const struct address_plan *p = &k->cfg->components[i].plan;
		struct str host = p->users == USER_TRANSPARENT
					  ? p->xmpp_domains[0]
					  : p->user_host;

		if (!secure_context_is(c, str_dupz(&k->arena, host)))
			checkup_unwise(k,
				       "sip.tls: the certificate is not for "
				       "%.*s; peers that look for that domain "
				       "will refuse it (subjectAltName "
				       "URI:sip:%.*s or DNS:%.*s)",
				       STR_ARG(host), STR_ARG(host),
				       STR_ARG(host));
	}
}

void checkkeys_run(struct checkup *k)
{
	const struct secure_context *c;
	const char *why = "";
	int64_t ends_s;

	k->keyring = keyring_create(k->cfg, &why);
	if (k->keyring == NULL) {
		checkup_wrong(k, "TLS: %s; correct the file or its name", why);
		return;
	}
	c = keyring_server(k->keyring);
	if (c == NULL)
		c = keyring_client(k->keyring);
	ends_s = c != NULL ? secure_context_expires_s(c) : -1;
	if (ends_s < 0)
		return;
	report_expiry(k, ends_s);
	if (c == keyring_server(k->keyring))
		report_names(k, c);
}
