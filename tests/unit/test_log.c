#include "gateway/base/log.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

/* The log's clock, which a test can turn on. */
static time_t skipped_s;
int clock_gettime(clockid_t id, struct timespec *t)
{
	long ret = syscall(SYS_clock_gettime, id, t);

	if (id == CLOCK_MONOTONIC)
		t->tv_sec += skipped_s;
	return (int)ret;
}

static FILE *out;
static char text[65536];

/* What was written since the last call. */
static const char *written(void)
{
	size_t n;

	fflush(out);
	rewind(out);
	n = fread(text, 1, sizeof(text) - 1, out);
	text[n] = '\0';
	rewind(out);
	assert_int_equal(ftruncate(fileno(out), 0), 0);
	return text;
}

static int setup(void **state)
{
	(void)state;
	unsetenv("JOURNAL_STREAM");
	out = tmpfile();
	log_setup(out, LOG_LEVEL_DEBUG, false);
	return out ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	log_setup(stderr, LOG_LEVEL_INFO, false);
	return fclose(out);
}

/* The line behind its time. */
static const char *behind_time(const char *line)
{
	static const char shape[] = "0000-00-00T00:00:00.000Z ";

	for (size_t i = 0; shape[i] != '\0'; i++) {
		if (shape[i] == '0')
			assert_true(line[i] >= '0' && line[i] <= '9');
		else
			assert_int_equal(line[i], shape[i]);
	}
	return line + sizeof(shape) - 1;
}

static void writes_a_line(void **state)
{
	(void)state;
	log_warn("component_lost", F_Z("host", "127.0.0.1"),
		 F_NUM("port", 5347), F_Z("why", "not today"),
		 F_NUM("low", -9223372036854775807LL - 1));
	assert_string_equal(behind_time(written()),
			    "warn component_lost host=127.0.0.1 port=5347 "
			    "why=\"not today\" low=-9223372036854775808\n");
	log_error("plain", F_NONE);
	assert_string_equal(behind_time(written()), "error plain\n");
}

static void values_are_sanitised(void **state)
{
	static const struct {
		struct str in;
		const char *line, *json;
	} cases[] = {
		{ STR(""), "\"\"", "\"\"" },
		{ STR("word-1.x@y/z:5"), "word-1.x@y/z:5",
		  "\"word-1.x@y/z:5\"" },
		{ STR("a=b"), "\"a=b\"", "\"a=b\"" },
		{ STR("a\nerror forged x=1"), "\"a\\nerror forged x=1\"",
		  "\"a\\nerror forged x=1\"" },
		{ STR("\r\t"), "\"\\r\\t\"", "\"\\r\\t\"" },
		{ STR("\" \\"), "\"\\\" \\\\\"", "\"\\\" \\\\\"" },
		{ STR("\0\x1b[31m\x7f"), "\"\\x00\\x1b[31m\\x7f\"",
		  "\"\\\\x00\\\\x1b[31m\\\\x7f\"" },
		{ STR("\xC3\xA4"), "\"\xC3\xA4\"", "\"\xC3\xA4\"" },
		{ STR("\xC2\x9B"
		      "1m"),
		  "\"\\xc2\\x9b1m\"", "\"\\\\xc2\\\\x9b1m\"" },
		{ STR("\xE2\x80\xAEx"), "\"\\xe2\\x80\\xaex\"",
		  "\"\\\\xe2\\\\x80\\\\xaex\"" },
		{ STR("\xFFx\xC3"), "\"\\xffx\\xc3\"", "\"\\\\xffx\\\\xc3\"" },
		{ STR("\xEF\xBF\xBD"), "\"\xEF\xBF\xBD\"", "\"\xEF\xBF\xBD\"" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char want[200];

		log_setup(out, LOG_LEVEL_DEBUG, false);
		log_debug("e", F_STR("v", cases[i].in));
		snprintf(want, sizeof(want), "debug e v=%s\n", cases[i].line);
		assert_string_equal(behind_time(written()), want);
		log_setup(out, LOG_LEVEL_DEBUG, true);
		log_debug("e", F_STR("v", cases[i].in));
		snprintf(want, sizeof(want),
			 "\",\"level\":\"debug\",\"event\":\"e\",\"v\":%s}\n",
			 cases[i].json);
		written();
		assert_int_equal(strncmp(text, "{\"time\":\"", 9), 0);
		assert_string_equal(text + 9 + 24, want);
	}
}

static void long_values_are_cut(void **state)
{
	char value[5000];
	struct log_field many[100];

	(void)state;
	memset(value, 'a', sizeof(value));
	log_info("e", F_STR("v", ((struct str){ value, sizeof(value) })),
		 F_NUM("n", 1));
	written();
	assert_true(strlen(text) < 400);
	assert_non_null(strstr(text, "aaa...\" n=1\n"));
	/* Never within a character. */
	for (size_t i = 0; i + 2 < sizeof(value); i += 3)
		memcpy(value + i, "\xE2\x82\xAC", 3);
	log_info("e", F_STR("v", ((struct str){ value, 3000 })));
	assert_true(str_is_utf8(str_z(written())));
	/* Fields beyond the line's length are left out, whole. */
	for (size_t i = 0; i < 99; i++)
		many[i] = F_STR("key", ((struct str){ value, 300 }));
	many[99] = F_NONE;
	log_event(LOG_LEVEL_INFO, "e", many);
	written();
	assert_true(strlen(text) <= 4098);
	assert_string_equal(text + strlen(text) - 5, "...\"\n");
}

static void level_filters(void **state)
{
	static const char *const names[] = { "error", "warn", "info", "debug" };
	enum log_level level = LOG_LEVEL_INFO;

	(void)state;
	log_setup(out, LOG_LEVEL_WARN, false);
	assert_true(log_wants(LOG_LEVEL_ERROR));
	assert_true(log_wants(LOG_LEVEL_WARN));
	assert_false(log_wants(LOG_LEVEL_INFO));
	log_info("quiet", F_NONE);
	assert_string_equal(written(), "");
	for (int i = 0; i < 4; i++) {
		assert_true(log_level_read(str_z(names[i]), &level));
		assert_int_equal(level, i);
	}
	assert_false(log_level_read(STR_LIT("loud"), &level));
	assert_false(log_level_read(STR_NONE, &level));
	assert_int_equal(level, LOG_LEVEL_DEBUG);
}

/* systemd.exec(5): the variable counts only for the stream that it names. */
static void journal_gets_priorities(void **state)
{
	struct stat st;
	char env[64];

	(void)state;
	assert_int_equal(fstat(fileno(out), &st), 0);
	snprintf(env, sizeof(env), "%llu:%llu", (unsigned long long)st.st_dev,
		 (unsigned long long)st.st_ino);
	setenv("JOURNAL_STREAM", env, 1);
	log_setup(out, LOG_LEVEL_DEBUG, false);
	log_error("a", F_NONE);
	log_warn("a", F_NONE);
	log_info("a", F_NONE);
	log_debug("a", F_NUM("n", 1));
	assert_string_equal(
		written(),
		"<3>error a\n<4>warn a\n<6>info a\n<7>debug a n=1\n");
	log_setup(out, LOG_LEVEL_DEBUG, true);
	log_error("a", F_NONE);
	assert_string_equal(written(),
			    "<3>{\"level\":\"error\",\"event\":\"a\"}\n");
	setenv("JOURNAL_STREAM", "1:1", 1);
	log_setup(out, LOG_LEVEL_DEBUG, false);
	log_error("a", F_NONE);
	behind_time(written());
}

static unsigned count(const char *what)
{
	unsigned n = 0;

	written();
	for (const char *p = text; (p = strstr(p, what)) != NULL; p++)
		n++;
	return n;
}

static void floods_are_held_back(void **state)
{
	(void)state;
	for (int i = 0; i < 200; i++)
		log_warn("flood", F_NUM("i", i));
	assert_int_equal(count(" flood "), 50);
	/* Others are not touched; debug is never held back. */
	log_warn("other", F_NONE);
	assert_int_equal(count(" other"), 1);
	for (int i = 0; i < 200; i++)
		log_debug("chatter", F_NUM("i", i));
	assert_int_equal(count(" chatter "), 200);
	/* The next window says what the last one kept. */
	skipped_s += 9;
	log_warn("flood", F_NONE);
	assert_string_equal(written(), "");
	skipped_s += 2;
	log_warn("flood", F_NONE);
	written();
	assert_non_null(strstr(text, "log_held_back event=flood lines=151\n"));
	assert_int_equal(count("flood"), 0);
	log_warn("flood", F_NONE);
	assert_int_equal(count("held_back"), 0);
}

/* Who floods with one address does not hide the others. */
static void addresses_have_a_share(void **state)
{
	(void)state;
	for (int i = 0; i < 200; i++)
		log_warn("knock", F_Z("address", "192.0.2.1"));
	assert_int_equal(count("192.0.2.1"), 10);
	log_warn("knock", F_Z("address", "192.0.2.2"));
	assert_int_equal(count("192.0.2.2"), 1);
	/* Many addresses together have what one event has. */
	for (int i = 0; i < 200; i++) {
		char address[16];

		snprintf(address, sizeof(address), "198.51.100.%d", i);
		log_warn("knock", F_Z("address", address));
	}
	assert_int_equal(count("knock"), 50 - 11);
	skipped_s += 11;
	log_warn("knock", F_Z("address", "192.0.2.1"));
	written();
	assert_non_null(strstr(text, "log_held_back event=knock lines=351\n"));
}

/* More names than there is room for: memory is bounded, all is said. */
static void many_events_share_the_table(void **state)
{
	char name[32];

	(void)state;
	for (int i = 0; i < 1000; i++) {
		snprintf(name, sizeof(name), "event%d", i);
		log_warn(name, F_NONE);
	}
	assert_int_equal(count(" event"), 1000);
}

static void a_closed_log_is_no_harm(void **state)
{
	FILE *full = fopen("/dev/full", "w");

	(void)state;
	assert_non_null(full);
	log_setup(full, LOG_LEVEL_INFO, false);
	log_error("lost", F_Z("why", "nobody listens"));
	log_setup(out, LOG_LEVEL_INFO, false);
	fclose(full);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(writes_a_line),	    T(values_are_sanitised),
		T(long_values_are_cut),	    T(level_filters),
		T(journal_gets_priorities), T(floods_are_held_back),
		T(addresses_have_a_share),  T(many_events_share_the_table),
		T(a_closed_log_is_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
