#include "gateway/cli.h"
#include <sys/stat.h>
#include <sys/resource.h>
#include "checking.h"

enum { ARGS_MAX = 8, SAID_BYTES = 128 * 1024 };

struct said {
	int code;
	char text[SAID_BYTES]; /* both outputs */
};

/* Runs the command line in a process of its own. */
static void run(struct said *said, const char *const *args)
{
	char *argv[ARGS_MAX + 2] = { (char *)(uintptr_t)"stoxd" };
	int out[2], argc = 1, status;
	size_t n = 0;
	ssize_t got;
	pid_t pid;

	for (; args[argc - 1] != NULL; argc++)
		argv[argc] = (char *)(uintptr_t)args[argc - 1];
	assert_int_equal(pipe(out), 0);
	fflush(NULL);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		alarm(20);
		dup2(out[1], STDOUT_FILENO);
		dup2(out[1], STDERR_FILENO);
		close(out[0]);
		close(out[1]);
		status = cli_run(argc, argv);
		fflush(NULL);
		_exit(status);
	}
	close(out[1]);
	while ((got = read(out[0], said->text + n, SAID_BYTES - 1 - n)) > 0)
		n += (size_t)got;
	said->text[n] = '\0';
	close(out[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	said->code = WEXITSTATUS(status);
}

static struct said *said;

static void expect(const char *const *args, int code, const char *text)
{
	run(said, args);
	if (strstr(said->text, text) == NULL)
		fail_msg("no '%s' in %s", text, said->text);
	assert_int_equal(said->code, code);
	assert_null(strstr(said->text, "hunter2"));
}

#define ARGS(...) ((const char *const[]){ __VA_ARGS__, NULL })

static void test_answers(void **state)
{
	(void)state;
	expect(ARGS("--version"), CLI_OK, "stoxd " STOX_VERSION "\n");
	expect(ARGS("--help"), CLI_OK, "Usage: stoxd ");
	expect(ARGS("--options"), CLI_OK, "### components[].aliases[]\n");
}

static void test_usage(void **state)
{
	(void)state;
	expect(ARGS("--frobnicate"), CLI_USAGE, "Try stoxd --help.");
	expect(ARGS("-c"), CLI_USAGE, "Try stoxd --help.");
	expect(ARGS("--explain"), CLI_USAGE, "Try stoxd --help.");
	expect(ARGS("run"), CLI_USAGE, "what is 'run'?");
}

static void write_file(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	fputs(text, f);
	fclose(f);
	assert_int_equal(chmod(path, 0600), 0);
}

static void test_file(void **state)
{
	char path[] = "/tmp/stox-cli-XXXXXX", yaml[500];
	uint16_t port;
	int fd = mkstemp(path), held = checking_socket(SOCK_DGRAM, &port);

	(void)state;
	close(fd);
	expect(ARGS("-c", "/nonexistent/stox.yml"), CLI_CONFIG,
	       "/nonexistent/stox.yml: cannot be opened: No such file");
	write_file(path, "components:\n  - domain: sip.example.com\n"
			 "    secret: hunter2\n    sip_domian: example.net\n");
	expect(ARGS("-c", path), CLI_CONFIG,
	       ":4: components[0].sip_domian: unknown key; is sip_domain "
	       "meant?");
	expect(ARGS("-c", path, "--check"), CLI_CONFIG, "unknown key");

	snprintf(yaml, sizeof(yaml),
		 "components:\n  - { domain: sip.example.com,\n"
		 "      secret: hunter2, sip_domain: example.net,\n"
		 "      port: %u, next_hop: 'sip:127.0.0.1:%u' }\n"
		 "sip: { listen: ['udp:127.0.0.1:%u'] }\n",
		 checking_free_port(SOCK_STREAM),
		 checking_free_port(SOCK_DGRAM), port);
	write_file(path, yaml);
	expect(ARGS("-c", path, "--explain", "romeo@sip.example.com"), CLI_OK,
	       "-> sip:romeo@example.net");
	expect(ARGS("--config", path, "--explain", "a@b.c"), CLI_CHECK,
	       "no component carries it");
	expect(ARGS("-c", path, "--check"), CLI_CHECK, "\nWrong: sip.listen");
	expect(ARGS("-c", path), CLI_RUN_FAILED, "not_started");
	close(held);
	unlink(path);
}

static int setup(void **state)
{
	(void)state;
	said = malloc(sizeof(*said));
	return said == NULL;
}

static int teardown(void **state)
{
	(void)state;
	free(said);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_answers),
		cmocka_unit_test(test_usage),
		cmocka_unit_test(test_file),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
