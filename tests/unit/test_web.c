#include "gateway/monitor/web.h"
#include <errno.h>
#include "bed.h"
#include "gateway/bridge.h"
#include "gateway/monitor/metrics.h"
#include "gateway/monitor/rates.h"
#include "gateway/monitor/statuspage.h"
#include "xmpp/component.h"

/* HTTP as strangers speak it, over real sockets; what the pages say is a fake,
 * and so is what the gateway is like. */
static struct {
	struct bed bed;
	struct bridge bridge;
	struct config_component component[2];
	struct link links[2];
	struct web *web;
	union endpoint at;
	bool is_up[2], is_ill;
	char got[8192]; /* the last answer, all of it */
} T;

bool component_is_up(const struct component *c)
{
	return T.is_up[c == (struct component *)&T.links[1]];
}

const char *component_why(const struct component *c)
{
	(void)c;
	return "connection refused";
}

bool store_is_well(const struct store *s)
{
	(void)s;
	return !T.is_ill;
}

void metrics_write(struct strbuf *b, const struct bridge *g)
{
	assert_ptr_equal(g, &T.bridge);
	strbuf_addz(b, "# EOF\n");
}

void statuspage_write(struct strbuf *b, const struct bridge *g,
		      const struct rates *r)
{
	assert_ptr_equal(g, &T.bridge);
	assert_ptr_equal(r, &T);
	strbuf_addz(b, "<p>status</p>");
}

struct rates *rates_create(const struct bridge *b)
{
	(void)b;
	return (struct rates *)&T;
}

void rates_destroy(struct rates **rp)
{
	*rp = NULL;
}

static int set_up(void **state)
{
	const char *why = "";
	socklen_t n = sizeof(T.at);
	int fd;

	(void)state;
	memset(&T, 0, sizeof(T));
	bed_init(&T.bed);
	for (size_t i = 0; i < 2; i++) {
		T.component[i].domain =
			i == 0 ? STR_LIT("one.test") : STR_LIT("two.test");
		T.links[i].cfg = &T.component[i];
		T.links[i].component = (struct component *)&T.links[i];
		T.is_up[i] = true;
	}
	T.bridge.loop = T.bed.loop;
	T.bridge.links = T.links;
	T.bridge.link_count = 2;
	fd = bed_bind(SOCK_STREAM, "127.0.0.1", &T.at); /* a free port */
	assert_int_equal(getsockname(fd, &T.at.sa, &n), 0);
	close(fd);
	T.web = web_open(&T.bridge, STR_LIT("127.0.0.1"), endpoint_port(&T.at),
			 &why);
	if (T.web == NULL)
		fail_msg("%s", why);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	web_close(&T.web);
	assert_null(T.web);
	bed_fini(&T.bed);
	return 0;
}

/* Until the far side has closed; what has come is in T.got. */
static void hear(int fd)
{
	size_t n = 0;
	ssize_t got = -1;

	BED_UNTIL(&T.bed,
		  ((got = bed_read(fd, T.got + n, sizeof(T.got) - 1 - n)) > 0
			   ? (n += (size_t)got, false)
			   : got == 0 || (got < 0 && errno != EAGAIN)));
	T.got[n] = '\0';
	close(fd);
}

/* One request over a connection of its own. */
static void ask(const char *text)
{
	int fd = bed_connect(&T.at);

	bed_writez(fd, text);
	hear(fd);
}

static void get(const char *path)
{
	char text[512];

	snprintf(text, sizeof(text),
		 "GET %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
		 path);
	ask(text);
}

static void assert_got(const char *status, const char *words)
{
	char first[64];

	snprintf(first, sizeof(first), "HTTP/1.1 %s ", status);
	if (strncmp(T.got, first, strlen(first)) != 0 ||
	    strstr(T.got, words) == NULL)
		fail_msg("no %s with %s: %s", status, words, T.got);
}

static void test_pages(void **state)
{
	static const struct {
		const char *path, *type, *words;
	} cases[] = {
		{ "/", "text/html;", "<p>status</p>" },
		{ "/status.css", "text/css;", "{" },
		{ "/status.js", "text/javascript;", "function" },
		{ "/metrics", "application/openmetrics-text; version=1.0.0;",
		  "# EOF\n" },
		{ "/health", "text/plain;", "alive\n" },
		{ "/ready", "text/plain;", "ready\n" },
		{ "/?x=%00%ff&y=/metrics", "text/html;", "<p>status</p>" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char type[128];

		get(cases[i].path);
		assert_got("200", cases[i].words);
		snprintf(type, sizeof(type), "Content-Type: %s", cases[i].type);
		assert_non_null(strstr(T.got, type));
		assert_non_null(strstr(T.got, "Cache-Control: no-store\r\n"));
		assert_non_null(
			strstr(T.got, "X-Content-Type-Options: nosniff\r\n"));
		assert_non_null(strstr(T.got, "default-src 'none'"));
		assert_non_null(strstr(T.got, "frame-ancestors 'none'"));
	}
}

static void test_not_found(void **state)
{
	static const char *const paths[] = {
		"/x",
		"/metrics/",
		"//",
		"/../etc/passwd",
		"/%2e%2e/x",
		"/READY",
		"/status.css.gz",
		"/healthz",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		get(paths[i]);
		assert_got("404", "there are /, /metrics, /health");
		assert_non_null(strstr(T.got, "default-src 'none'"));
	}
}

static void test_methods(void **state)
{
	static const char *const methods[] = { "POST",	"PUT",	   "DELETE",
					       "PATCH", "OPTIONS", "TRACE",
					       "get",	"XYZZY" };

	(void)state;
	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
		char text[128];

		snprintf(text, sizeof(text),
			 "%s /metrics HTTP/1.1\r\nHost: x\r\n"
			 "Connection: close\r\n\r\n",
			 methods[i]);
		ask(text);
		assert_got("405", "GET and HEAD only");
		assert_non_null(strstr(T.got, "Allow: GET, HEAD\r\n"));
		assert_null(strstr(T.got, "# EOF"));
	}
	ask("HEAD /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
	assert_got("200", "Content-Length: 6\r\n");
	assert_null(strstr(T.got, "# EOF"));
}

/* A body is of no use: it is not read to its end. */
static void test_body(void **state)
{
	(void)state;
	ask("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\nx");
	assert_string_equal(T.got, "");
	get("/health");
	assert_got("200", "alive");
}

/* What is no HTTP, or too much of it, ends its connection and no other. */
static void test_garbage(void **state)
{
	static char big[64 * 1024];
	int fd = bed_connect(&T.at);

	(void)state;
	bed_writez(fd, "GET /health HTTP/1.1\r\nHo"); /* slow */
	ask("\x16\x03\x01\x02\r\n\r\n\r\n");
	assert_null(strstr(T.got, "200 OK"));
	memset(big, 'x', sizeof(big) - 1);
	memcpy(big, "GET /health HTTP/1.1\r\nX: ", 25);
	ask(big);
	assert_null(strstr(T.got, "200 OK"));
	bed_writez(fd, "st: x\r\nConnection: close\r\n\r\n");
	hear(fd);
	assert_got("200", "alive");
}

/* One after the other, and at once, over one connection. */
static void test_keep_alive(void **state)
{
	int fd = bed_connect(&T.at);

	(void)state;
	bed_writez(fd, "GET /health HTTP/1.1\r\nHost: x\r\n\r\n"
		       "GET /ready HTTP/1.1\r\nHost: x\r\n"
		       "Connection: close\r\n\r\n");
	hear(fd);
	assert_non_null(strstr(T.got, "alive\n"));
	assert_non_null(strstr(strstr(T.got, "alive\n"), "ready\n"));
}

/* Ready is everything, and what is missing is said. */
static void test_ready(void **state)
{
	(void)state;
	T.is_up[1] = false;
	get("/ready");
	assert_got("503", "two.test: connection refused\n");
	assert_null(strstr(T.got, "one.test"));
	T.is_up[1] = true;
	T.is_ill = true;
	get("/ready");
	assert_got("503", "the store is not well\n");
	T.is_ill = false;
	T.bridge.is_draining = true;
	get("/ready");
	assert_got("503", "draining\n");
	get("/health");
	assert_got("200", "alive\n");
	T.bridge.is_draining = false;
	get("/ready");
	assert_got("200", "ready\n");
}

/* One source has so many connections and no more; those that it has go on. */
static void test_many(void **state)
{
	int fds[WEB_CONNECTIONS_PER_SOURCE_MAX + 8];
	size_t n = sizeof(fds) / sizeof(fds[0]), open = 0, ended = 0;
	char c;

	(void)state;
	for (size_t i = 0; i < n; i++) {
		fds[i] = bed_connect(&T.at);
		bed_turn_for(&T.bed, 5);
	}
	bed_turn_for(&T.bed, 100);
	for (size_t i = 0; i < n; i++) {
		ssize_t got = bed_read(fds[i], &c, 1);

		open += got < 0 && errno == EAGAIN;
		ended += got == 0 || (got < 0 && errno != EAGAIN);
	}
	assert_int_equal(open, WEB_CONNECTIONS_PER_SOURCE_MAX);
	assert_int_equal(ended, 8);
	bed_writez(fds[0], "GET /health HTTP/1.1\r\nHost: x\r\n"
			   "Connection: close\r\n\r\n");
	hear(fds[0]);
	assert_got("200", "alive");
	for (size_t i = 1; i < n; i++)
		close(fds[i]);
	bed_turn_for(&T.bed, 50);
	get("/health"); /* there is room again */
	assert_got("200", "alive");
}

static void test_cannot_listen(void **state)
{
	const char *why = NULL;

	(void)state;
	assert_null(web_open(&T.bridge, STR_LIT("127.0.0.1"),
			     endpoint_port(&T.at), &why));
	assert_non_null(why);
	why = NULL;
	assert_null(web_open(&T.bridge, STR_LIT("no.address"), 1, &why));
	assert_non_null(why);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_pages),	  TEST(test_not_found),
		TEST(test_methods),	  TEST(test_body),
		TEST(test_garbage),	  TEST(test_keep_alive),
		TEST(test_ready),	  TEST(test_many),
		TEST(test_cannot_listen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
