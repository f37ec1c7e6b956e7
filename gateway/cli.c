#include "gateway/cli.h"
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include "gateway/admin/admin.h"
#include "gateway/admin/controlclient.h"
#include "gateway/config/check.h"
#include "gateway/config/optiondoc.h"
#include "gateway/monitor/metrics.h"
#include "gateway/service.h"

enum {
	OPTIONS_MAX_BYTES = 256 * 1024,
	ERRORS_MAX_BYTES = 64 * 1024,
};

enum action {
	ACTION_RUN,
	ACTION_CHECK,
	ACTION_EXPLAIN,
	ACTION_CTL,
	ACTION_OPTIONS,
	ACTION_METRICS,
	ACTION_COMMANDS,
	ACTION_VERSION,
	ACTION_HELP,
	ACTION_USAGE,
};

struct arguments {
	enum action action;
	const char *path;
	const char *address; /* of ACTION_EXPLAIN */
	const char *socket;  /* of ACTION_CTL; NULL: what path says */
	char **words;	     /* of ACTION_CTL */
	int word_count;
	bool is_verbose, is_path_given;
};

static const char help[] =
	"Usage: stoxd [-v] [-c FILE]            run in the foreground\n"
	"       stoxd [-c FILE] --check         try what FILE says\n"
	"       stoxd [-c FILE] --explain ADDR  show both sides of an address\n"
	"       stoxd [-s SOCKET] ctl COMMAND [ARGUMENT...]\n"
	"                                       ask or tell a running stoxd\n"
	"       stoxd --options | --metrics | --commands | --version | --help\n"
	"\n"
	"Stox carries messages and presence between XMPP and SIP.\n"
	"\n"
	"  -c, --config FILE   settings; default /etc/stox/stox.yml\n"
	"  -v, --verbose       log everything, with addresses of people\n"
	"  -s, --socket PATH   of the running stoxd, for ctl; default what "
	"FILE\n"
	"                      says, or " CONFIG_ADMIN_SOCKET "\n"
	"      --check         test the file, names, ports, secrets, next "
	"hops\n"
	"      --explain ADDR  a JID, or a sip:, tel:, im: or pres: URI\n"
	"      --options       print all settings of FILE as Markdown\n"
	"      --metrics       print all metrics as Markdown\n"
	"      --commands      print all commands of ctl\n"
	"      --version       print the version\n"
	"      --help          print this\n"
	"\n"
	"Exit codes: 0 all is well, 1 failed while running, 2 wrong usage,\n"
	"3 wrong configuration, 4 --check or --explain found a fault;\n"
	"of ctl: 0 done, 1 it could not be done, 2 no such command or wrong\n"
	"arguments, 5 no stoxd answers, 6 not allowed. \"stoxd ctl help\" has\n"
	"the commands.\n"
	"See stoxd(8).\n";

static enum action ctl_action(int count, char **words)
{
	if (count < 2) {
		fputs("stoxd ctl: which command? \"stoxd ctl help\" has "
		      "them.\n",
		      stderr);
		return ACTION_USAGE;
	}
	return strcmp(words[1], "--help") == 0 ? ACTION_HELP : ACTION_CTL;
}

static void read_words(struct arguments *a, int count, char **words)
{
	if (strcmp(words[0], "ctl") == 0 && a->action == ACTION_RUN) {
		a->action = ctl_action(count, words);
		a->words = words + 1;
		a->word_count = count - 1;
		return;
	}
	fprintf(stderr, "stoxd: what is '%s'?\n", words[0]);
	a->action = ACTION_USAGE;
}

static struct arguments read_arguments(int argc, char **argv)
{
	static const struct option longs[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "verbose", no_argument, NULL, 'v' },
		{ "check", no_argument, NULL, 'k' },
		{ "socket", required_argument, NULL, 's' },
		{ "explain", required_argument, NULL, 'e' },
		{ "options", no_argument, NULL, 'o' },
		{ "metrics", no_argument, NULL, 'm' },
		{ "commands", no_argument, NULL, 'd' },
		{ "version", no_argument, NULL, 'V' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	static const struct {
		int letter;
		enum action action;
	} actions[] = { { 'k', ACTION_CHECK },	  { 'e', ACTION_EXPLAIN },
			{ 'o', ACTION_OPTIONS },  { 'm', ACTION_METRICS },
			{ 'd', ACTION_COMMANDS }, { 'V', ACTION_VERSION },
			{ 'h', ACTION_HELP },	  { '?', ACTION_USAGE } };
	struct arguments a = { .path = "/etc/stox/stox.yml" };
	int letter;
	size_t i;

	while ((letter = getopt_long(argc, argv, "+c:s:v", longs, NULL)) !=
	       -1) {
		if (letter == 'c') {
			a.path = optarg;
			a.is_path_given = true;
		}
		if (letter == 's')
			a.socket = optarg;
		if (letter == 'v')
			a.is_verbose = true;
		if (letter == 'e')
			a.address = optarg;
		for (i = 0; i < sizeof(actions) / sizeof(actions[0]); i++)
			if (letter == actions[i].letter)
				a.action = actions[i].action;
		if (letter == '?')
			return a;
	}
	if (optind < argc)
		read_words(&a, argc - optind, argv + optind);
	return a;
}

static void print_doc(void (*write)(struct strbuf *))
{
	struct strbuf b;

	strbuf_init(&b, OPTIONS_MAX_BYTES);
	write(&b);
	fwrite(b.p, 1, b.n, stdout);
	strbuf_fini(&b);
}

/* What is only unwise is of no interest to --explain. */
static struct config *load(const struct arguments *a)
{
	struct strbuf errors;
	struct config *c;

	strbuf_init(&errors, ERRORS_MAX_BYTES);
	c = config_load(a->path, &errors);
	if (c == NULL || a->action != ACTION_EXPLAIN)
		fprintf(stderr, "%.*s", STR_ARG(strbuf_str(&errors)));
	strbuf_fini(&errors);
	return c;
}

/* Connections are descriptors: all that we may have. */
static void raise_limits(void)
{
	struct rlimit r;

	if (getrlimit(RLIMIT_NOFILE, &r) != 0)
		return;
	r.rlim_cur = r.rlim_max;
	setrlimit(RLIMIT_NOFILE, &r);
}

/* No memory, or an assertion, whose own words come before this line. Nothing
 * is called here that a signal may not. */
static void on_abort(int signo)
{
	static const char words[] =
		"error aborted why=\"no memory, or a mistake of stoxd's own\" "
		"advice=\"see the line above, and the limit of memory\"\n";

	(void)signo;
	if (write(STDERR_FILENO, words, sizeof(words) - 1) < 0)
		return;
}

static enum cli_exit run(const struct arguments *a, const struct config *c)
{
	signal(SIGABRT, on_abort); /* abort ends all the same */
	log_setup(stderr, a->is_verbose ? LOG_LEVEL_DEBUG : c->log_level,
		  c->is_log_json);
	raise_limits();
	return service_run(c, a->is_verbose) ? CLI_OK : CLI_RUN_FAILED;
}

/* The rooms log while they are tried; --check says it in its own words. */
static enum cli_exit check(const struct arguments *a, const struct config *c)
{
	FILE *nowhere = fopen("/dev/null", "we");
	bool is_good;

	if (a->is_verbose)
		log_setup(stderr, LOG_LEVEL_DEBUG, false);
	else if (nowhere != NULL)
		log_setup(nowhere, LOG_LEVEL_ERROR, false);
	is_good = check_run(c, stdout);
	log_setup(stderr, LOG_LEVEL_ERROR, false);
	if (nowhere != NULL)
		fclose(nowhere);
	return is_good ? CLI_OK : CLI_CHECK;
}

/* The settings are wanted for the socket's name only: who may use the socket
 * need not be able to read them. */
static int ctl(const struct arguments *a)
{
	const char *path = a->socket != NULL ? a->socket : CONFIG_ADMIN_SOCKET;
	const char *lang = getenv("LC_ALL");
	struct config *c = NULL;
	struct strbuf errors;
	int code = CLI_CONFIG;

	strbuf_init(&errors, ERRORS_MAX_BYTES);
	if (a->socket == NULL)
		c = config_load(a->path, &errors);
	if (c != NULL && c->admin_socket.n > 0)
		path = str_dupz(&c->arena, c->admin_socket);
	if (lang == NULL || lang[0] == '\0')
		lang = getenv("LC_MESSAGES");
	if (lang == NULL || lang[0] == '\0')
		lang = getenv("LANG");
	if (c == NULL && a->is_path_given && a->socket == NULL)
		fprintf(stderr, "%.*s", STR_ARG(strbuf_str(&errors)));
	else
		code = controlclient_run(path, lang, a->word_count, a->words,
					 stdout, stderr);
	config_destroy(&c);
	strbuf_fini(&errors);
	return code;
}

static enum cli_exit act(const struct arguments *a)
{
	struct config *c = load(a);
	enum cli_exit code = CLI_OK;

	if (c == NULL)
		return CLI_CONFIG;
	if (a->action == ACTION_RUN)
		code = run(a, c);
	else if (a->action == ACTION_CHECK)
		code = check(a, c);
	else if (!check_explain(c, a->address, stdout))
		code = CLI_CHECK;
	config_destroy(&c);
	return code;
}

/* What is closed of 0, 1 and 2 would be given to a socket or to the store, and
 * the log written into that. */
static void open_standard_files(void)
{
	int fd;

	do {
		fd = open("/dev/null", O_RDWR);
	} while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd >= 0)
		close(fd);
}

int cli_run(int argc, char **argv)
{
	struct arguments a;

	open_standard_files();
	a = read_arguments(argc, argv);
	umask(S_IRWXG | S_IRWXO);
	switch (a.action) {
	case ACTION_VERSION:
		printf("stoxd %s\n", STOX_VERSION);
		return CLI_OK;
	case ACTION_HELP:
		fputs(help, stdout);
		return CLI_OK;
	case ACTION_OPTIONS:
		print_doc(optiondoc_write);
		return CLI_OK;
	case ACTION_METRICS:
		print_doc(metrics_doc_write);
		return CLI_OK;
	case ACTION_COMMANDS:
		print_doc(admin_doc_write);
		return CLI_OK;
	case ACTION_CTL:
		return ctl(&a);
	case ACTION_USAGE:
		fputs("Try stoxd --help.\n", stderr);
		return CLI_USAGE;
	case ACTION_RUN:
	case ACTION_CHECK:
	case ACTION_EXPLAIN:
		break;
	}
	return (int)act(&a);
}
