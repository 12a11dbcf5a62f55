#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "logd/hosts.h"

static void
loopback_names_and_addresses_are_ours(void **state)
{
	assert_true(hosts_allow("localhost", "127.0.0.1"));
	assert_true(hosts_allow("LOCALHOST:8000", "127.0.0.1"));
	assert_true(hosts_allow("127.0.0.1:1", "127.0.0.1"));
	assert_true(hosts_allow("127.9.9.9", "127.0.0.1"));
	assert_true(hosts_allow("[::1]:8000", "127.0.0.1"));
	assert_true(hosts_allow("192.0.2.7:8000", "192.0.2.7"));
}

static void
other_names_are_not_even_when_they_look_alike(void **state)
{
	static const char *const hosts[] = {"evil.example", "localhost.evil.example", "127.0.0.1.evil.example",
		"evil.example:8000", "192.0.2.7", "[::2]", "", ":8000", "localhost:", "localhost:x",
		"localhost:99999", "[::1", "[::1]x", "127.0.0.1 "};

	for (size_t i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++)
		assert_false(hosts_allow(hosts[i], "127.0.0.1"));
}

static void
listening_everywhere_any_literal_address_is_ours_but_no_name(void **state)
{
	assert_true(hosts_allow("192.0.2.7:8000", "0.0.0.0"));
	assert_true(hosts_allow("[2001:db8::1]", "::"));
	assert_false(hosts_allow("evil.example", "0.0.0.0"));
}

static void
an_origin_is_ours_with_our_port_only(void **state)
{
	assert_true(hosts_allow_origin("http://127.0.0.1:8000", "127.0.0.1", 8000));
	assert_true(hosts_allow_origin("http://localhost", "127.0.0.1", 80));
	assert_false(hosts_allow_origin("http://localhost:9000", "127.0.0.1", 8000));
	assert_false(hosts_allow_origin("http://localhost", "127.0.0.1", 8000));
	assert_false(hosts_allow_origin("https://localhost:8000", "127.0.0.1", 8000));
	assert_false(hosts_allow_origin("null", "127.0.0.1", 8000));
	assert_false(hosts_allow_origin("", "127.0.0.1", 8000));
	assert_false(hosts_allow_origin("http://evil.example:8000", "127.0.0.1", 8000));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(loopback_names_and_addresses_are_ours),
		cmocka_unit_test(other_names_are_not_even_when_they_look_alike),
		cmocka_unit_test(listening_everywhere_any_literal_address_is_ours_but_no_name),
		cmocka_unit_test(an_origin_is_ours_with_our_port_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
