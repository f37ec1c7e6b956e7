#include "checking.h"
#include <errno.h>
#include <sys/stat.h>
#include <sys/un.h>

struct place {
	char dir[40], path[300];
	struct checking c;
};

static int set_up(void **state)
{
	struct place *p = calloc(1, sizeof(*p));

	strcpy(p->dir, "/tmp/stox-checkcontrol-XXXXXX");
	*state = p;
	return mkdtemp(p->dir) == NULL;
}

static int tear_down(void **state)
{
	struct place *p = *state;
	int rc = rmdir(p->dir); /* nothing may be left there */

	free(p);
	return rc;
}

/* name NULL: none named. */
static void look_at(struct place *p, const char *name, bool is_running)
{
	char yaml[700], admin[400] = "";

	if (name != NULL) {
		snprintf(p->path, sizeof(p->path), "%s", name);
		snprintf(admin, sizeof(admin), "admin: { socket: %s }\n", name);
	}
	snprintf(yaml, sizeof(yaml),
		 "components:\n"
		 "  - domain: sip.example.com\n"
		 "    secret: x\n"
		 "    sip_domain: example.net\n"
		 "%s",
		 admin);
	checking_init(&p->c, yaml);
	p->c.k.is_running = is_running;
	checkcontrol_run(&p->c.k);
}

static void expect(struct place *p, unsigned wrong, const char *text)
{
	checking_expect(&p->c, text);
	assert_int_equal(p->c.k.wrong_count, wrong);
	checking_fini(&p->c);
}

static const char *in_dir(struct place *p, const char *name)
{
	snprintf(p->path, sizeof(p->path), "%s/%s", p->dir, name);
	return strdup(p->path);
}

static void test_fine(void **state)
{
	struct place *p = *state;
	const char *path = in_dir(p, "s");
	struct stat st;

	look_at(p, path, false);
	expect(p, 0, ": can be had\n");
	assert_int_equal(stat(path, &st), -1);
	look_at(p, NULL, false);
	expect(p, 0, "");
	free((char *)path);
}

/* What keeps stoxd from starting is wrong here, too. */
static void test_wrong(void **state)
{
	struct place *p = *state;
	const char *path = in_dir(p, "none/s");
	char longer[260];

	look_at(p, path, false);
	expect(p, 1, "none/s: No such file or directory; name a place");
	look_at(p, path, true);
	expect(p, 0, "");
	memset(longer, 'x', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	memcpy(longer, "/tmp/", 5);
	look_at(p, longer, false);
	expect(p, 1, "the path is too long");
	free((char *)path);
}

static void test_somebody_elses(void **state)
{
	struct place *p = *state;
	const char *path = in_dir(p, "f");
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	FILE *f = fopen(path, "w");
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_non_null(f);
	fclose(f);
	look_at(p, path, false);
	expect(p, 1, "there is a file of that name");
	assert_int_equal(unlink(path), 0); /* it was left alone */
	strcpy(a.sun_path, path);
	assert_int_equal(bind(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	assert_int_equal(listen(fd, 1), 0);
	look_at(p, path, false);
	expect(p, 1, "another stoxd listens there");
	assert_int_equal(unlink(path), 0);
	close(fd);
	free((char *)path);
}

/* systemd makes it when it starts the service. */
static void test_usual_place(void **state)
{
	struct place *p = *state;
	struct stat st;

	if (stat("/run/stox", &st) == 0)
		skip();
	look_at(p, "/run/stox/other.sock", false);
	expect(p, 0, "systemd makes it with the service");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_fine, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_wrong, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_somebody_elses, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(test_usual_place, set_up,
						tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
