#include "mapping/address.h"

#include "mapping/aliasindex.h"
#include "mapping/directory.h"
#include "mapping/idn.h"
#include "mapping/plan.h"

static bool nobody(struct fault *why, const char *text)
{
	return fault_set(why, 404, COND_ITEM_NOT_FOUND, text);
}

static bool taken(struct fault *why)
{
	return nobody(why, "this address belongs to an alias or a number");
}

static bool other_side(struct fault *why, enum side side)
{
	return side == SIDE_CONTACT ? nobody(why, "a user, not a contact")
				    : nobody(why, "a contact, not a user");
}

static bool by_plan_aor(struct arena *a, const struct address_plan *p,
			enum side side, const struct jid *jid, struct aor *out,
			struct fault *why)
{
	return side == SIDE_CONTACT ? plan_contact_aor(a, p, jid, out, why)
				    : plan_user_aor(a, p, jid, out, why);
}

static bool by_plan_jid(struct arena *a, const struct address_plan *p,
			enum side side, const struct aor *aor, struct jid *out,
			struct fault *why)
{
	return side == SIDE_CONTACT ? plan_contact_jid(a, p, aor, out, why)
				    : plan_user_jid(a, p, aor, out, why);
}

static struct str plan_how(struct arena *a, const struct address_plan *p,
			   enum side side)
{
	return side == SIDE_CONTACT ? plan_contact_how(a, p)
				    : plan_user_how(a, p);
}

/* With any host as a contact, the users' own would be both. */
static bool is_of_users(struct arena *a, const struct address_plan *p,
			enum side side, const struct aor *aor)
{
	return side == SIDE_CONTACT && plan_is_user_host(a, p, aor->host);
}

enum { SCHEME_AND_PORT_BYTES = 12 }; /* "sip:", '@', ":65535", ';' */

/* Only a resource can make it so: nobody could answer to such an address, so
 * it is left out, and answers go to all resources. */
static bool is_too_long(const struct uri *uri)
{
	return SCHEME_AND_PORT_BYTES + uri->user.n + uri->host.n +
		       uri->params.n >
	       URI_MAX_BYTES;
}

static bool to_uri(struct arena *a, const struct address_plan *p,
		   enum side side, const struct jid *jid, struct uri *out,
		   struct str *how, struct fault *why)
{
	struct entry entry, other;
	struct aor aor;
	struct uri uri;

	switch (directory_by_jid(a, p, jid, &entry)) {
	case FINDING_TAKEN:
		return taken(why);
	case FINDING_ENTRY:
		if (entry.side != side)
			return other_side(why, side);
		uri = entry.uri;
		aor_put_resource(a, &uri, jid->resource);
		if (how != NULL)
			*how = directory_how(a, &entry);
		break;
	case FINDING_NONE:
	default:
		if (!by_plan_aor(a, p, side, jid, &aor, why))
			return false;
		if (is_of_users(a, p, side, &aor))
			return other_side(why, side);
		if (directory_by_aor(a, p, &aor, &other) != FINDING_NONE)
			return taken(why);
		aor_write(a, &aor, &uri);
		if (how != NULL)
			*how = plan_how(a, p, side);
		break;
	}
	if (uri.user.n > URI_USER_MAX_BYTES)
		return fault_set(why, 400, COND_JID_MALFORMED,
				 "address too long for SIP");
	if (is_too_long(&uri))
		uri.params = STR_NONE;
	*out = uri;
	return true;
}

/* An entry's JID with the resource of the URI. */
static bool entry_jid(struct arena *a, const struct entry *entry,
		      struct str resource, struct jid *out, struct fault *why)
{
	const char *reason;

	if (!jid_make(a, entry->jid.local, entry->jid.domain, resource, out,
		      &reason))
		return fault_set(why, 400, COND_JID_MALFORMED, reason);
	return true;
}

/* A number without a host is one of the domain that the component stands
 * for. */
static enum finding look_up(struct arena *a, const struct address_plan *p,
			    enum side side, struct aor *aor, struct entry *out)
{
	enum finding finding = directory_by_aor(a, p, aor, out);

	if (finding != FINDING_NONE || aor->host.n > 0 || side != SIDE_CONTACT)
		return finding;
	aor->host = plan_contact_host(a, p);
	return directory_by_aor(a, p, aor, out);
}

static bool to_jid(struct arena *a, const struct address_plan *p,
		   enum side side, const struct uri *uri, struct jid *out,
		   struct str *how, struct fault *why)
{
	struct entry entry, other;
	struct aor aor;
	struct jid jid;

	if (!aor_read(a, uri, &aor, why))
		return false;
	switch (look_up(a, p, side, &aor, &entry)) {
	case FINDING_TAKEN:
		return taken(why);
	case FINDING_ENTRY:
		if (entry.side != side)
			return other_side(why, side);
		if (!entry_jid(a, &entry, aor.resource, &jid, why))
			return false;
		if (how != NULL)
			*how = directory_how(a, &entry);
		break;
	case FINDING_NONE:
	default:
		if (is_of_users(a, p, side, &aor))
			return other_side(why, side);
		if (!by_plan_jid(a, p, side, &aor, &jid, why))
			return false;
		if (directory_by_jid(a, p, &jid, &other) != FINDING_NONE)
			return taken(why);
		if (how != NULL)
			*how = plan_how(a, p, side);
		break;
	}
	*out = jid;
	return true;
}

bool address_contact_uri(struct arena *a, const struct address_plan *p,
			 const struct jid *jid, struct uri *out,
			 struct str *how, struct fault *why)
{
	return to_uri(a, p, SIDE_CONTACT, jid, out, how, why);
}

/* These change where a request goes, not whom it is for: a contact that needs
 * them would be another one without (RFC 3261 §19.1.1). */
static bool has_detour(const struct uri *uri)
{
	static const char *const names[] = { "maddr", "method", "ttl" };
	bool has = false;

	if (uri->scheme == URI_TEL)
		return false;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]) && !has; i++)
		(void)uri_param(uri, names[i], &has);
	return has;
}

bool address_contact_jid(struct arena *a, const struct address_plan *p,
			 const struct uri *uri, struct jid *out,
			 struct str *how, struct fault *why)
{
	if (has_detour(uri))
		return fault_set(why, 403, COND_FORBIDDEN,
				 "maddr, method and ttl are not served here");
	return to_jid(a, p, SIDE_CONTACT, uri, out, how, why);
}

static bool is_phone_jid(const struct address_plan *p, const struct jid *jid)
{
	return p->has_phones && str_eq(jid->domain, p->component);
}

/* By the plan alone, or by an alias or number rule of a contact. */
static bool is_phone_uri(struct arena *a, const struct address_plan *p,
			 const struct uri *uri)
{
	struct entry entry;
	struct fault unused;
	struct aor aor;

	if (!p->has_phones || !aor_read(a, uri, &aor, &unused))
		return false;
	if (directory_by_aor(a, p, &aor, &entry) == FINDING_ENTRY)
		return entry.side == SIDE_CONTACT;
	return str_eq(aor.host, plan_contact_host(a, p));
}

bool address_user_uri(struct arena *a, const struct address_plan *p,
		      const struct jid *jid, struct uri *out, struct str *how,
		      struct fault *why)
{
	if (is_phone_jid(p, jid))
		return address_contact_uri(a, p, jid, out, how, why);
	return to_uri(a, p, SIDE_USER, jid, out, how, why);
}

bool address_user_jid(struct arena *a, const struct address_plan *p,
		      const struct uri *uri, struct jid *out, struct str *how,
		      struct fault *why)
{
	if (is_phone_uri(a, p, uri))
		return address_contact_jid(a, p, uri, out, how, why);
	return to_jid(a, p, SIDE_USER, uri, out, how, why);
}

static bool is_plan_alone(const struct address_plan *p, const struct uri *uri)
{
	return p->alias_count == 0 && p->number_count == 0 &&
	       uri->scheme == URI_SIP;
}

static bool is_user(struct arena *a, const struct address_plan *p,
		    const struct uri *uri)
{
	struct entry entry;
	struct fault unused;
	struct aor aor;

	/* Where nothing but the host decides it is enough. A user part that
	 * nobody can have is refused later, with its reason. */
	if (is_plan_alone(p, uri) || !aor_read(a, uri, &aor, &unused))
		return idn_to_ascii(a, uri->host, &aor.host) &&
		       plan_is_user_host(a, p, aor.host);
	return directory_by_aor(a, p, &aor, &entry) == FINDING_ENTRY
		       ? entry.side == SIDE_USER
		       : plan_is_user_host(a, p, aor.host);
}

enum { SCRATCH_BYTES = 1024 };

bool address_is_user_host(const struct address_plan *p, const struct uri *uri)
{
	struct uri plain = *uri;
	struct arena scratch;
	bool is;

	/* Refused later, and with a better reason than "not here". */
	if (plain.scheme == URI_SIPS)
		plain.scheme = URI_SIP;
	plain.password = plain.headers = STR_NONE;
	arena_init(&scratch, SCRATCH_BYTES);
	is = is_user(&scratch, p, &plain) || is_phone_uri(&scratch, p, &plain);
	arena_fini(&scratch);
	return is;
}

bool address_plan_check(struct arena *a, const struct address_plan *p,
			struct str *why)
{
	return plan_check(a, p, why) && directory_check(a, p, why);
}

void address_plan_index(struct arena *a, struct address_plan *p)
{
	p->index = aliasindex_make(a, p->aliases, p->alias_count);
}
