#ifndef STOX_BASE_LOG_H
#define STOX_BASE_LOG_H
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include "gateway/base/str.h"

/* A log line is an event and key=value fields, on one line, in a closed order:
 *   2026-01-31T12:00:00.123Z warn component_lost host=127.0.0.1 why="refused"
 * Under systemd (JOURNAL_STREAM set) the time is left out and the line starts
 * with a <N> priority. Values are sanitised: control characters, quotes and
 * invalid UTF-8 are written as escapes, long values are cut with "...".
 * Addresses of people and peer text go to debug only, bodies never.
 * The log is the process's own: the one place with state of its own. */
enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARN, LOG_LEVEL_INFO,
		 LOG_LEVEL_DEBUG };

struct log_field {
	const char *key;
	struct str s;    /* text, when is_number is off */
	long long number;
	bool is_number;
};

#define F_STR(k, v) ((struct log_field){ .key = (k), .s = (v) })
#define F_Z(k, v) ((struct log_field){ .key = (k), .s = str_z(v) })
#define F_NUM(k, v)                                                            \
	((struct log_field){ .key = (k), .number = (long long)(v),             \
			     .is_number = true })

/* is_json: one JSON object a line. out is borrowed (stderr as a rule). */
void log_setup(FILE *out, enum log_level level, bool is_json);
bool log_wants(enum log_level level);
/* "error" "warn" "info" "debug"; false for anything else. */
bool log_level_read(struct str s, enum log_level *out);
/* JSON or text, from the next line on. */
void log_format_set(bool is_json);
void log_level_set(enum log_level level);
enum log_level log_level_get(void);
const char *log_level_name(enum log_level level);

/* Lines of that level so far, with those that were held back. */
uint64_t log_count(enum log_level level);
/* The last errors and warnings, newest first, one a line: time, level, event,
 * fields as text. */
enum { LOG_RECENT_LINES = 20, LOG_RECENT_BYTES = 400 };
void log_recent(struct strbuf *out);

/* Writes one line; fields end with one whose key is NULL. Not more than 50
 * lines of one event name in 10 s, 10 of them with the same address=; what was
 * held back is counted in a line when the next window opens. Debug is free. */
void log_event(enum log_level level, const char *event,
	       const struct log_field *fields);

/* At least one field; F_NONE where there is nothing to say. */
#define F_NONE ((struct log_field){ .key = NULL })
#define LOG_AT(level, event, ...)                                              \
	do {                                                                   \
		if (log_wants(level))                                          \
			log_event((level), (event),                            \
				  (const struct log_field[]){ __VA_ARGS__,     \
							      F_NONE });       \
	} while (0)
#define log_error(event, ...) LOG_AT(LOG_LEVEL_ERROR, (event), __VA_ARGS__)
#define log_warn(event, ...) LOG_AT(LOG_LEVEL_WARN, (event), __VA_ARGS__)
#define log_info(event, ...) LOG_AT(LOG_LEVEL_INFO, (event), __VA_ARGS__)
#define log_debug(event, ...) LOG_AT(LOG_LEVEL_DEBUG, (event), __VA_ARGS__)

#endif
