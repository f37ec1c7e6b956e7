#include "gateway/monitor/monitor.h"
#include "gateway/bridge.h"
#include "gateway/admin/control.h"
#include "gateway/monitor/hep.h"
#include "gateway/monitor/web.h"
#include "said.h"

/* What the settings name has to be there, else nothing stays open; the control
 * socket of the usual place may be missing. */
enum part { NOTHING, CONTROL, WEB, HEP };

static struct bench {
	struct loop *loop;
	struct config cfg;
	struct bridge bridge;
	enum part broken;
} T;

static void *opened(enum part p, const char **why)
{
	if (T.broken != p)
		return &T;
	*why = "in use";
	return NULL;
}

struct control *control_open(struct bridge *b, const char *path,
			     bool is_for_group, const char **why)
{
	assert_ptr_equal(b, &T.bridge);
	line("control %s%s", path, is_for_group ? " group" : "");
	return opened(CONTROL, why);
}

void control_close(struct control **cp)
{
	if (*cp != NULL)
		line("control closed");
	*cp = NULL;
}

struct web *web_open(struct bridge *b, struct str host, uint16_t port,
		     const char **why)
{
	assert_ptr_equal(b, &T.bridge);
	line("web %.*s %u", STR_ARG(host), port);
	return opened(WEB, why);
}

void web_close(struct web **wp)
{
	if (*wp != NULL)
		line("web closed");
	*wp = NULL;
}

struct hep *hep_open(struct bridge *b, const char **why)
{
	assert_ptr_equal(b, &T.bridge);
	line("hep");
	return opened(HEP, why);
}

void hep_close(struct hep **hp)
{
	if (*hp != NULL)
		line("hep closed");
	*hp = NULL;
}

static int set_up(void **state)
{
	const char *why = "";

	(void)state;
	T = (struct bench){ .loop = loop_create(&why) };
	assert_non_null(T.loop);
	T.bridge.loop = T.loop;
	T.bridge.cfg = &T.cfg;
	said_open();
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	said_close();
	loop_destroy(&T.loop);
	return 0;
}

#define USUAL	   "control " CONFIG_ADMIN_SOCKET
#define ALL_OPEN   "control /run/x group; web 127.0.0.1 8080; hep"
#define ALL_CLOSED "hep closed; web closed; control closed"

static void test_monitor(void **state)
{
	static const struct config none = { .is_admin_for_group = false },
				   all = { .admin_socket = STR("/run/x"),
					   .is_admin_for_group = true,
					   .web = { .host = STR("127.0.0.1"),
						    .port = 8080 },
					   .hep = { .host = STR("192.0.2.1"),
						    .port = 9060 } };
	static const struct {
		const struct config *cfg;
		enum part broken;
		const char *opened, *closed; /* closed: NULL: no start */
		const char *why;
	} cases[] = {
		{ &none, NOTHING, USUAL, "control closed", NULL },
		{ &none, CONTROL, USUAL, "", NULL },
		{ &all, NOTHING, ALL_OPEN, ALL_CLOSED, NULL },
		{ &all, CONTROL, "control /run/x group", NULL,
		  "admin.socket /run/x: in use" },
		{ &all, WEB,
		  "control /run/x group; web 127.0.0.1 8080; control closed",
		  NULL, "web.address 127.0.0.1:8080: in use" },
		{ &all, HEP, ALL_OPEN "; web closed; control closed", NULL,
		  "hep.address 192.0.2.1:9060: in use" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *why = "";
		struct monitor *m;

		T.cfg = *cases[i].cfg;
		T.broken = cases[i].broken;
		m = monitor_create(&T.bridge, &why);
		assert_said(cases[i].opened);
		assert_int_equal(m != NULL, cases[i].closed != NULL);
		assert_int_equal(T.bridge.hep != NULL,
				 m != NULL && T.cfg.hep.host.n > 0);
		if (cases[i].why != NULL)
			assert_string_equal(why, cases[i].why);
		monitor_destroy(&m);
		assert_null(m);
		assert_said(cases[i].closed != NULL ? cases[i].closed : "");
		assert_null(T.bridge.hep);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_monitor, set_up,
						tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
