#ifndef STOX_GATEWAY_CONFIG_OPTIONS_H
#define STOX_GATEWAY_CONFIG_OPTIONS_H
#include <stdbool.h>
#include <stddef.h>

/* The one table of all settings. The reader of the file (optionread.c), the
 * manual (optiondoc.c, docs/configuration.md) and the tests go by it. */
enum option_type {
	OPTION_MAP,	    /* settings of the same struct: table */
	OPTION_MAPS,	    /* a list of maps, one struct each: table */
	OPTION_LIST,	    /* a list of item, struct str each */
	OPTION_FLAG,	    /* bool */
	OPTION_EITHER,	    /* bool: the first name of choices is false */
	OPTION_CHOICE,	    /* enum, by the names of choices */
	OPTION_NUMBER,	    /* unsigned */
	OPTION_BYTES,	    /* size_t */
	OPTION_PORT,	    /* uint16_t */
	OPTION_TEXT,	    /* struct str of min..max bytes */
	OPTION_PATH,	    /* struct str: an absolute path */
	OPTION_DOMAIN,	    /* struct str: of XMPP, prepared */
	OPTION_HOST,	    /* struct str: of a SIP URI, in lower case */
	OPTION_PATTERN,	    /* struct str: host, "*.host" or "*" */
	OPTION_RANGE,	    /* struct str: address or address/bits */
	OPTION_ADDRESS,	    /* struct str: numeric, without brackets */
	OPTION_NAMESERVER,  /* struct str: address[:port] */
	OPTION_NEXT_HOP,    /* struct str: a sip: URI */
	OPTION_LINK,	    /* struct str: a URI of any scheme */
	OPTION_IMAGE,	    /* struct str: the bytes of the file */
	OPTION_JID,	    /* struct jid: bare, with a local part */
	OPTION_URI,	    /* struct uri: sip:user@host and no more */
	OPTION_PREFIX,	    /* struct str: of a number */
	OPTION_DIGITS,	    /* two unsigned, at offset and at second */
	OPTION_ADVERTISE,   /* struct str and uint16_t: host[:port] */
	OPTION_LISTEN,	    /* struct config_listen: transport:address[:port] */
	OPTION_SECRET,	    /* struct str: the secret itself */
	OPTION_SECRET_FILE, /* struct str: what the file says */
	OPTION_SECRET_ENV   /* struct str: what the environment says */
};

struct option_choice {
	const char *name; /* NULL ends the list */
	int value;
};

/* One setting. All fields but key, type and help may be left out. */
struct option {
	const char *key; /* NULL ends a table */
	enum option_type type;
	size_t offset;	       /* in the struct of the table */
	size_t second;	       /* DIGITS, ADVERTISE: the other field's offset;
				  LIST, MAPS: that of the count, size_t */
	const char *def;       /* as YAML; read like what a person writes */
	const char *otherwise; /* in words: what config.c makes of nothing */
	bool is_required;
	bool is_fixed;	/* a reload does not change it: something that is made
			   once has a copy (configdiff.c) */
	bool is_secret; /* never shown, whatever its type */
	unsigned long min, max; /* NUMBER, BYTES, PORT: value; TEXT: bytes;
				   LIST, MAPS: items */
	const char *unit;
	const struct option_choice *choices;
	const struct option *table; /* MAP, MAPS */
	size_t item_bytes;	    /* MAPS: size of a struct */
	enum option_type item;	    /* LIST: of an item; MAPS: of the short form
				       of an item as text, if not MAP */
	const char *help;
};

/* Settings of struct config_component (optionscomponent.c). */
extern const struct option options_component[];
/* Settings of struct config's tls, of struct config_peer and struct config_user
 * (optionstrust.c). */
extern const struct option options_tls[], options_peer[], options_user[];
/* Settings of struct config for admins (optionsadmin.c). */
extern const struct option options_admin[], options_web[], options_hep[];
/* Settings of struct config's about (optionsabout.c). */
extern const struct option options_about[];
/* Settings of phones in struct config_component (optionsphones.c). */
extern const struct option options_registrar[];
/* The table of the whole file: fills struct config. */
const struct option *options_table(void);

#endif
