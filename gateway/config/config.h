#ifndef STOX_GATEWAY_CONFIG_CONFIG_H
#define STOX_GATEWAY_CONFIG_CONFIG_H
#include "gateway/base/arena.h"
#include "gateway/base/log.h"
#include "gateway/store/store.h"
#include "mapping/env.h"
#include "sip/agent.h"
#include "xmpp/component.h"
#include "xmpp/disco.h"

/* The configuration file as an immutable value: YAML read through one option
 * table (options.c: key, type, limits, default, unit, help), which --check and
 * docs/configuration.md are checked against. A reload builds a new one. */

/* Whether something is said to contacts whose side may not understand it. */
enum config_knowing {
	KNOWING_KNOWN,	/* to those who have shown that they do */
	KNOWING_ALWAYS, /* to all who have not refused it */
	KNOWING_NEVER
};

/* Messages that wait: docs/mapping.md. */
struct config_outbox {
	bool to_sip, to_xmpp; /* default: off */
	bool is_404_away;
	unsigned age_max_s;
	unsigned per_contact_max, count_max;
	size_t bytes_max;
	unsigned retry_min_s, retry_max_s;
};

/* A list of users: one subscription for all of them (RFC 4662). */
struct config_list {
	struct str name;	   /* user part of its address */
	const struct str *members; /* SIP URIs or bare JIDs */
	size_t member_count;
};

/* Phones that attach directly to us. */
struct config_registrar {
	bool is_on;
	unsigned min_s, max_s; /* of registrations and publications */
	unsigned contacts_max; /* of one user */
	struct str calls;      /* URI of a PBX; none */
	const struct config_list *lists;
	size_t list_count;
};

/* One component domain: a link to an XMPP server, and the SIP domain that
 * stands behind it. */
struct config_component {
	struct str domain;
	struct str server; /* default: domain without its first label */
	struct str host;   /* default "127.0.0.1" */
	uint16_t port;	   /* default 5347 */
	struct str secret; /* from secret, secret_file or secret_env */
	bool has_tls;
	struct str tls_ca_file, tls_name;
	struct address_plan plan; /* with plan.component == domain */
	struct message_rules message;
	enum config_knowing cpim;   /* CPIM, to ask for notices */
	enum config_knowing typing; /* isComposing */
	unsigned typing_refresh_s;  /* said again before that has passed */
	unsigned typing_max_s;	    /* not longer without a word of the user */
	bool wants_html;	  /* XHTML-IM as multipart/alternative to SIP */
	bool has_presence;	  /* carry presence for this component */
	bool wants_one_tuple;	  /* its SIP peers cope with one tuple only */
	bool wants_dialog_events; /* subscribe to Event: dialog too */
	const struct str *publish; /* users, or patterns of domains */
	size_t publish_count;
	struct config_registrar registrar;
	struct str next_hop; /* of this domain: overrides sip.outbound_proxy */
	struct config_outbox outbox;
};

struct config_listen {
	enum transport transport;
	struct str host;
	uint16_t port;
	struct str advertised_host;
	uint16_t advertised_port;
};

/* sip.peers: who may send to us and for which domains. */
struct config_peer {
	const struct str *addresses;
	size_t address_count;
	const struct str *tls_names; /* whatever the address */
	size_t tls_name_count;
	struct str tls_ca_file;	   /* none: that of sip.tls */
	bool is_asserting;	   /* its P-Asserted-Identity counts */
	const struct str *domains; /* default: those of the components */
	size_t domain_count;
};

/* sip.tls. Paths may be none. */
enum config_clients { /* of those who connect to us, a certificate is ... */
		      TLS_CLIENTS_AUTO, /* asked for where a peer is known by it
					 */
		      TLS_CLIENTS_NONE,
		      TLS_CLIENTS_ASK,
		      TLS_CLIENTS_REQUIRE
};
struct config_tls {
	struct str certificate_file, key_file, ca_file;
	enum config_clients clients; /* never AUTO once the file is read */
	bool wants_verify, is_13_only;
	bool is_wanted; /* TLS is spoken at all */
};

/* sip.users: who may send to us from anywhere, by digest. */
struct config_user {
	struct uri uri; /* the only one it may send from */
	struct str username, realm;
	struct str password;		/* none: hashes */
	struct str ha1_sha256, ha1_md5; /* hexadecimal; none: of the password */
};

/* The control socket where none is named. */
#define CONFIG_ADMIN_SOCKET "/run/stox/stoxd.sock"

/* about: what people are told. */
struct config_about {
	struct str name;
	struct str avatar, contact_avatar; /* the images themselves; or none */
	struct disco_uris addresses[DISCO_ADDRESSES];
};

/* Token bucket: so many a second, so many at once. */
struct config_rate {
	unsigned per_s, burst;
};

struct config {
	struct arena arena;   /* owns everything below */
	struct config *older; /* owned: one that parts of this point into, or
				 that somebody may still hold; NULL: none */
	struct str path;
	enum log_level log_level;
	bool is_log_json;
	const struct config_component *components;
	size_t component_count;
	const struct config_listen *listens;
	size_t listen_count;
	const struct config_peer *peers;
	size_t peer_count;
	struct config_tls tls;
	const struct config_user *users;
	size_t user_count;
	bool allows_md5;	   /* of users */
	unsigned nonce_s;	   /* 300 */
	bool is_stranger_silent;   /* sip.strangers: refuse (403) | silent */
	struct str outbound_proxy; /* URI text; none */
	struct str user_agent;	   /* default "Stox/VERSION" */
	struct str account_username, account_password, account_realm;
	struct str nameserver; /* of the resolver; none: the system's */
	bool wants_naptr, wants_srv;
	unsigned t1_ms, t2_ms, timeout_ms;
	unsigned mtu_bytes;
	unsigned check_s; /* 60 */
	struct transport_limits transport;
	unsigned conversation_queue_max; /* one target URI: 100 */
	unsigned running_max;		 /* client transactions: 2000 */
	unsigned running_sender_max;	 /* messages of one sender: 250 */
	unsigned answers_max;		 /* unanswered SIP requests: 20000 */
	unsigned replay_max;
	unsigned bindings_max; /* registered phones: 20000 */
	size_t stanza_max_bytes, queue_max_bytes;
	unsigned queue_max_stanzas;
	unsigned taken_timeout_ms; /* barrier: 2000 */
	unsigned backoff_max_ms, ping_idle_ms, ping_timeout_ms;
	struct config_rate rate_source,
		rate_sender; /* 50/s, burst 200; 0: off */
	enum store_backend store_backend;
	struct str store_path;		 /* SQLite file */
	struct str store_connection;	 /* PostgreSQL conninfo */
	struct str store_node;		 /* this node's name in shared rows */
	unsigned presence_expires_s;	 /* of our SUBSCRIBEs: 3600 */
	unsigned presence_min_expires_s; /* below: 423; 60 */
	unsigned notify_every_ms;	 /* of one presentity's changes: 5000 */
	unsigned denied_for_s;	    /* a denied watcher is refused: 30 days */
	unsigned wake_per_s;	    /* subscriptions taken up again: 500 */
	unsigned subscriptions_max; /* 200000 */
	unsigned subscriptions_per_user_max; /* 1000 */
	unsigned undecided_per_user_max;     /* 200 */
	unsigned notices_max;		     /* messages that owe one: 100000 */
	unsigned notices_age_s;		     /* 604800 */
	unsigned skills_max;	   /* contacts of whom we know what they
				      understand: 100000 */
	unsigned skills_age_s;	   /* 2592000 */
	unsigned typing_pairs_max; /* who types to whom: 10000 */
	const struct jid *admins;  /* bare */
	size_t admin_count;
	struct str admin_socket; /* none: CONFIG_ADMIN_SOCKET, if it works */
	bool is_admin_for_group;
	struct config_listen web; /* host none: off */
	struct config_listen hep; /* where to; host none: off */
	unsigned hep_agent_id;
	struct str hep_key; /* none: none */
	struct config_about about;
	unsigned drain_ms; /* 5000 */
};

/* Reads a file. On failure returns NULL and appends one line per mistake to
 * errors: "stox.yml:12: sip.listen: ...". Secrets never appear in it. What is
 * only unwise is said there too, as "...: warning: ...", also on success. */
struct config *config_load(const char *path, struct strbuf *errors);
/* The same from text (tests); name stands for the file in messages. */
struct config *config_parse(struct str yaml, const char *name,
			    struct strbuf *errors);
void config_destroy(struct config **cp);
/* The line of the file where "sip.listen[0]" is, or what stands above it: for
 * what is found wrong after it was read. 0 when the file is not there. */
unsigned config_line(const struct config *c, struct str key);

#endif
