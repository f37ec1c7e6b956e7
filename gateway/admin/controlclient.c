#include "gateway/admin/controlclient.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <termios.h>
#include <unistd.h>
#include "gateway/admin/admin.h"

enum { WAIT_S = 60 };

static int dial(const char *path, bool is_patient)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	struct timeval wait = { .tv_sec = WAIT_S };
	int fd;

	errno = ENAMETOOLONG;
	if (strlen(path) >= sizeof(a.sun_path))
		return -1;
	memcpy(a.sun_path, path, strlen(path));
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -1;
	if (!is_patient)
		setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait));
	if (connect(fd, (const struct sockaddr *)&a, sizeof(a)) == 0)
		return fd;
	close(fd);
	return -1;
}

static void add_quoted(struct strbuf *b, const char *word)
{
	const char *p;

	strbuf_addc(b, '"');
	for (p = word; *p != '\0'; p++) {
		if (*p == '"' || *p == '\\')
			strbuf_addc(b, '\\');
		strbuf_addc(b, *p == '\n' || *p == '\r' ? ' ' : *p);
	}
	strbuf_addc(b, '"');
}

/* As admin_line wants it; a line feed would be another command. */
static void add_word(struct strbuf *b, const char *word)
{
	if (word[0] != '\0' && strpbrk(word, " \t\r\n\"") == NULL)
		strbuf_addz(b, word);
	else
		add_quoted(b, word);
}

/* Which word of that command is a secret; 0: none. */
static int secret_word(const char *name)
{
	const struct admin_command *m = admin_find(str_z(name), ADMIN_ADMIN);
	int i;

	for (i = 0; m != NULL && m->args[i].name != NULL; i++)
		if (m->args[i].type == ADMIN_SECRET)
			return i + 1;
	return 0;
}

/* One line without its end, "" at the end of file; not shown on a terminal.
 * free it. */
static char *read_secret(FILE *in, FILE *errors)
{
	bool is_terminal = isatty(fileno(in)) != 0;
	struct termios old, quiet;
	char *line = NULL;
	size_t size = 0;
	ssize_t n;

	if (is_terminal && tcgetattr(fileno(in), &old) == 0) {
		fputs("PASSWORD: ", errors);
		quiet = old;
		quiet.c_lflag &= ~(tcflag_t)ECHO;
		tcsetattr(fileno(in), TCSAFLUSH, &quiet);
		n = getline(&line, &size, in);
		tcsetattr(fileno(in), TCSAFLUSH, &old);
		fputc('\n', errors);
	} else {
		n = getline(&line, &size, in);
	}
	if (n > 0)
		line[strcspn(line, "\r\n")] = '\0';
	return n > 0 ? line : (free(line), strdup(""));
}

static bool ask(int fd, const char *lang, int count, char *const *words,
		const char *secret)
{
	struct strbuf b;
	size_t greeting;
	bool is_sent;
	int i;

	strbuf_init(&b, 2 * ADMIN_LINE_MAX_BYTES);
	strbuf_addf(&b, "stox 1 %.20s\n", lang == NULL ? "en" : lang);
	greeting = b.n;
	for (i = 0; i < count; i++) {
		if (i > 0)
			strbuf_addc(&b, ' ');
		add_word(&b, words[i]);
	}
	if (secret != NULL) {
		strbuf_addc(&b, ' ');
		add_quoted(&b, secret);
	}
	is_sent = !b.overflow && b.n - greeting <= ADMIN_LINE_MAX_BYTES;
	strbuf_addc(&b, '\n');
	is_sent = is_sent && send(fd, b.p, b.n, MSG_NOSIGNAL) == (ssize_t)b.n;
	explicit_bzero(b.p, b.n);
	strbuf_fini(&b);
	shutdown(fd, SHUT_WR);
	return is_sent;
}

/* The status, or -1 when the answer ends before it. */
static int print_answer(int fd, FILE *out)
{
	FILE *in = fdopen(fd, "r");
	char *line = NULL;
	size_t size = 0;
	ssize_t n;
	int status = -1;

	if (in == NULL) {
		close(fd);
		return -1;
	}
	while (status < 0 && (n = getline(&line, &size, in)) > 0) {
		if (line[0] == '|') {
			fwrite(line + 1, 1, (size_t)n - 1, out);
			fflush(out);
		} else if (line[0] == '=')
			status = (int)strtol(line + 1, NULL, 10);
	}
	free(line);
	fclose(in);
	return status;
}

static int talk(const char *path, const char *lang, int count,
		char *const *words, const char *secret, FILE *out, FILE *errors)
{
	/* A trace may be silent for long. */
	int fd = dial(path, strcmp(words[0], "trace") == 0), status;

	if (fd < 0) {
		fprintf(errors,
			"stoxd ctl: %s: %s; is stoxd running, and is this its "
			"admin.socket?\n",
			path, strerror(errno));
		return CONTROLCLIENT_NOBODY;
	}
	if (!ask(fd, lang, count, words, secret)) {
		fprintf(errors, "stoxd ctl: the command is too long\n");
		close(fd);
		return ADMIN_USAGE;
	}
	status = print_answer(fd, out);
	if (status >= 0)
		return status;
	fprintf(errors,
		"stoxd ctl: %s: no answer: not your socket, or stoxd "
		"has ended\n",
		path);
	return CONTROLCLIENT_NOBODY;
}

int controlclient_run(const char *path, const char *lang, int count,
		      char *const *words, FILE *out, FILE *errors)
{
	int word = secret_word(words[0]), status;
	char *secret = NULL;

	if (word > 0 && count > word) {
		fprintf(errors,
			"stoxd ctl: what is secret is no argument, for all who "
			"are on this machine can read those: give it on the "
			"standard input\n");
		return ADMIN_USAGE;
	}
	if (word > 0 && count == word)
		secret = read_secret(stdin, errors);
	status = talk(path, lang, count, words, secret, out, errors);
	if (secret != NULL)
		explicit_bzero(secret, strlen(secret));
	free(secret);
	return status;
}
