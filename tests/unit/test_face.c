#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>
#include "gateway/services/face.h"
#include "xmpp/ns.h"

static const struct config_about plain = { .name = STR("G") };
static const struct config_about pictured = {
	.name = STR("G"),
	.contact_avatar = STR("GIF89a"),
};

static unsigned count(const struct xml *x)
{
	unsigned n = 0;

	for (; x != NULL; x = x->next)
		n++;
	return n;
}

/* The chain of the caller stays behind, and may be used again. */
static void test_add(void **state)
{
	struct face *f = face_create(&plain, 0);
	struct arena a;
	struct xml *idle;
	const struct xml *chain;

	(void)state;
	arena_init(&a, 4096);
	idle = xml_element(&a, "idle", NS_IDLE);
	chain = face_add(f, &a, DISCO_CONTACT, idle);
	assert_int_equal(count(chain), 2);
	assert_true(xml_is(chain, "c", NS_CAPS));
	assert_ptr_equal(chain->next, idle);
	assert_null(idle->next);
	assert_int_equal(count(face_add(f, &a, DISCO_CONTACT, idle)), 2);
	assert_int_equal(count(face_add(f, &a, DISCO_GATEWAY, NULL)), 1);
	arena_fini(&a);
	face_destroy(&f);
	assert_null(f);
}

/* XEP-0153: SHA-1 of "GIF89a". */
static void test_picture(void **state)
{
	struct face *f = face_create(&pictured, 0);
	struct vcard v = { .has_uri = true }, w = v;
	const struct xml *chain, *photo;
	struct arena a;

	(void)state;
	arena_init(&a, 4096);
	chain = face_add(f, &a, DISCO_CONTACT, NULL);
	assert_int_equal(count(chain), 2);
	assert_true(xml_is(chain->next, "x", NS_VCARD_UPDATE));
	photo = xml_child(chain->next, "photo", NULL);
	assert_true(str_eqz(xml_text(&a, photo),
			    "25c9b37ae36a0a08318d4dca7ca57ea98d776821"));
	face_photo(f, DISCO_CONTACT, &v);
	assert_true(str_eqz(v.photo_type, "image/gif"));
	assert_true(str_eqz(v.photo, "R0lGODlh"));
	face_photo(f, DISCO_GATEWAY, &w);
	assert_int_equal(w.photo.n, 0);
	arena_fini(&a);
	face_destroy(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_add),
		cmocka_unit_test(test_picture),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
