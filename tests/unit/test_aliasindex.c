#include "mapping/aliasindex.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include "mapping/address.h"
#include "plans.h"

enum { CHUNK_BYTES = 65536, MANY = 500 };

/* user0 <-> sip:User%C3%840@h0:port, and so on. */
static void aliases_make(struct arena *a, struct alias *out)
{
	for (unsigned i = 0; i < MANY; i++) {
		out[i] = (struct alias){
			.jid = { .local = str_fmt(a, "user%u", i),
				 .domain = i % 2 ? plan_fixed.component
						 : plan_domains[0] },
			.uri = { .scheme = URI_SIP,
				 .user = str_fmt(
					 a, i % 3 ? "U%u" : "U%%C3%%84%u", i),
				 .host = str_fmt(a, "H%u.example", i % 7),
				 .port = (uint16_t)(5058 + i % 4) },
		};
	}
}

static void check(struct arena *a, const struct address_plan *p)
{
	for (unsigned i = 0; i < MANY; i++) {
		const struct alias *alias = &p->aliases[i];
		struct fault why;
		struct aor aor;
		struct jid jid = alias->jid;

		assert_true(aor_read(a, &alias->uri, &aor, &why));
		assert_ptr_equal(aliasindex_by_aor(a, p, &aor), alias);
		if (aor.port == SIP_PORT) {
			aor.port = 0;
			assert_ptr_equal(aliasindex_by_aor(a, p, &aor), alias);
		}
		aor.port = 1;
		assert_null(aliasindex_by_aor(a, p, &aor));
		jid.resource = STR_LIT("r");
		assert_ptr_equal(aliasindex_by_jid(p, &jid), alias);
		jid.domain = STR_LIT("example.info");
		assert_null(aliasindex_by_jid(p, &jid));
	}
}

static void with_and_without_an_index(void **state)
{
	struct alias aliases[MANY];
	struct address_plan p = plan_fixed;
	struct arena a;
	struct str why;

	(void)state;
	arena_init(&a, CHUNK_BYTES);
	aliases_make(&a, aliases);
	p.aliases = aliases;
	p.alias_count = MANY;
	assert_true(address_plan_check(&a, &p, &why));
	check(&a, &p);
	address_plan_index(&a, &p);
	assert_non_null(p.index);
	check(&a, &p);
	/* Two of one name are found out among many. */
	aliases[3].jid = aliases[MANY - 1].jid;
	assert_false(address_plan_check(&a, &p, &why));
	arena_fini(&a);
}

static void empty(void **state)
{
	struct address_plan p = plan_fixed;
	struct aor aor = { .user = STR("a"), .host = STR("b") };
	struct arena a;
	struct jid jid;

	(void)state;
	arena_init(&a, CHUNK_BYTES);
	jid = jid_of(&a, "a@b");
	address_plan_index(&a, &p);
	assert_null(aliasindex_by_jid(&p, &jid));
	assert_null(aliasindex_by_aor(&a, &p, &aor));
	arena_fini(&a);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(with_and_without_an_index),
		cmocka_unit_test(empty),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
