#ifndef STOX_GATEWAY_CLI_H
#define STOX_GATEWAY_CLI_H

/* The command line: arguments in, exit code out. */

/* docs/man/stoxd.8 has the same list. */
enum cli_exit {
	CLI_OK = 0,
	CLI_RUN_FAILED = 1,
	CLI_USAGE = 2,
	CLI_CONFIG = 3,
	CLI_CHECK = 4,
};

/* Does what the arguments say; returns the exit code of the process, whose
 * umask and limits it sets. Once a process, for getopt remembers. */
int cli_run(int argc, char **argv);

#endif
