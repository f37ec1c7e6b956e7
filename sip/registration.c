#include "sip/registration.h"
#include <string.h>
#include "sip/party.h"
#include "sip/redirect.h"

static int refuse(const char **why, int status, const char *text)
{
	*why = text;
	return status;
}

static bool knows(const struct request *r, const char *tag)
{
	return list_has(r->supported, str_z(tag)) ||
	       list_has(r->require, str_z(tag));
}

/* --- parameters of a Contact */

/* RFC 3261 §10.3: what is malformed counts as not said. */
static unsigned expires_of(const struct request *r, struct str params,
			   const struct registration_limits *l)
{
	uint32_t s = l->default_s;

	if (!str_to_u32(param_find(params, "expires", NULL), &s))
		s = r->expires_s < 0		       ? l->default_s
		    : r->expires_s > (int64_t)l->max_s ? l->max_s
						       : (uint32_t)r->expires_s;
	return s < l->max_s ? s : l->max_s;
}

/* "0.5", "1", "1.000": RFC 3261 §25.1 qvalue. */
static unsigned q_of(struct str params)
{
	struct str s = param_find(params, "q", NULL);
	unsigned q = 0, unit = 100;

	if (s.n == 0 || (s.p[0] != '0' && s.p[0] != '1') ||
	    (s.n > 1 && s.p[1] != '.'))
		return Q_MAX;
	if (s.p[0] == '1')
		return Q_MAX;
	for (size_t i = 2; i < s.n && unit > 0; i++, unit /= 10) {
		if (s.p[i] < '0' || s.p[i] > '9')
			return Q_MAX;
		q += (unsigned)(s.p[i] - '0') * unit;
	}
	return q;
}

/* What may stand in a URN, and so in a gr parameter and in a record. */
static bool is_urn_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') ||
	       memchr("()+,-.:=@;$_!*'%/?#", c, 19) != NULL;
}

/* "<urn:uuid:...>" in quotes (RFC 5626 §4.1); what is no URN is none. */
static struct str instance_of(struct str params)
{
	struct str s = param_find(params, "+sip.instance", NULL);

	if (s.n < 3 || s.p[0] != '<' || s.p[s.n - 1] != '>')
		return STR_NONE;
	s = (struct str){ s.p + 1, s.n - 2 };
	for (size_t i = 0; i < s.n; i++)
		if (!is_urn_char(s.p[i]))
			return STR_NONE;
	return s.n <= REGISTRATION_INSTANCE_MAX_BYTES ? s : STR_NONE;
}

static uint32_t reg_id_of(const struct registration *out, struct str params,
			  struct str instance)
{
	uint32_t id = 0;

	if (!out->knows_outbound || instance.n == 0 ||
	    !str_to_u32(param_find(params, "reg-id", NULL), &id))
		return 0;
	return id;
}

/* --- one Contact */

static int contact_read(struct arena *a, const struct request *r,
			const struct registration_limits *l, struct str value,
			struct registration *out, const char **why)
{
	struct registration_contact *c = &out->contacts[out->count];
	struct str params;
	struct party p;

	if (!party_read(a, value, &p, &params, why))
		return 400;
	c->text = redirect_uri(value);
	if (!uri_read(c->text, &c->uri, why))
		return 400;
	if (c->uri.scheme != URI_SIP)
		return refuse(why, 403, "Contact Must Be A sip: Address");
	if (c->uri.headers.n > 0 || c->uri.password.n > 0)
		return refuse(why, 400, "Headers Or Password In Contact");
	if (c->text.n > REGISTRATION_CONTACT_MAX_BYTES)
		return refuse(why, 400, "Contact Too Long");
	c->expires_s = expires_of(r, params, l);
	if (c->expires_s > 0 && c->expires_s < l->min_s)
		return refuse(why, 423, "Interval Too Brief");
	c->q = q_of(params);
	c->instance = instance_of(params);
	c->reg_id = reg_id_of(out, params, c->instance);
	out->count++;
	return 0;
}

/* --- the whole */

/* RFC 5626 §6: a flow is of one contact, and the first hop must be one that
 * keeps it: we ourselves, or a proxy that says so in its Path. */
static int outbound_check(struct arena *a, const struct registration *out,
			  const char **why)
{
	struct str rest = out->path, last = STR_NONE, one;
	struct party p;
	bool has_flow = false, is_kept = false;

	for (size_t i = 0; i < out->count; i++)
		has_flow |= out->contacts[i].reg_id > 0 &&
			    out->contacts[i].expires_s > 0;
	if (!has_flow)
		return 0;
	if (out->count > 1)
		return refuse(why, 400, "Several Contacts With reg-id");
	while ((one = value_cut(&rest)).n > 0)
		last = one;
	if (out->is_direct)
		return 0;
	if (last.n > 0 && party_read(a, last, &p, NULL, why))
		(void)uri_param(&p.uri, "ob", &is_kept);
	return is_kept ? 0
		       : refuse(why, 439, "First Hop Lacks Outbound Support");
}

static int path_check(struct arena *a, struct str path, const char **why)
{
	struct str one;
	struct party p;

	if (path.n > REGISTRATION_PATH_MAX_BYTES)
		return refuse(why, 400, "Path Too Long");
	while ((one = value_cut(&path)).n > 0) {
		if (!party_read(a, one, &p, NULL, why) ||
		    p.uri.scheme != URI_SIP)
			return refuse(why, 400, "Malformed Path");
	}
	return 0;
}

int registration_read(struct arena *a, const struct request *r,
		      const struct registration_limits *limits,
		      struct registration *out, const char **why)
{
	struct str rest = r->contacts, value;
	int status;

	*out = (struct registration){
		.path = r->path,
		.knows_gruu = knows(r, "gruu"),
		.knows_outbound = knows(r, "outbound"),
		.is_direct = r->via_count == 1,
	};
	if (str_eqz(str_trim(rest), "*")) {
		out->is_star = true;
		return r->expires_s == 0
			       ? 0
			       : refuse(why, 400,
					"Contact: * Needs Expires: 0");
	}
	status = path_check(a, r->path, why);
	while (status == 0 && (value = value_cut(&rest)).n > 0) {
		if (out->count == REGISTRATION_CONTACTS_MAX)
			return refuse(why, 400, "Too Many Contacts");
		status = str_eqz(value, "*")
				 ? refuse(why, 400, "* Beside A Contact")
				 : contact_read(a, r, limits, value, out, why);
	}
	return status != 0 ? status : outbound_check(a, out, why);
}
