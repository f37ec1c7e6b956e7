#ifndef BENCH_CONSOLE_H
#define BENCH_CONSOLE_H
#include <stdbool.h>
#include <stddef.h>

/* Commands on standard input, one a line; one line of answer each. The end of
 * the input ends the program. */
struct console {
	char line[256];
	size_t n;
};

/* Reads what is there; calls run for each whole line. False at the end. */
bool console_read(struct console *c, void (*run)(void *arg, const char *line),
		  void *arg);

#endif
