#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "logd/http_check.h"
#include "tests/unit/common/scratch.h"

static struct http_check check;

static int
status_of(const char *head)
{
	http_check_head(head, strlen(head), 65536, &check);
	return check.status;
}

static void
ordinary_requests_are_taken(void **state)
{
	assert_int_equal(status_of("GET / HTTP/1.1\r\nHost: a\r\n\r\n"), 0);
	assert_int_equal(status_of("GET / HTTP/1.0\r\nhost: a\r\n\r\n"), 0);
	assert_int_equal(status_of("HEAD /a%20b?c=%C3%A4 HTTP/1.1\nHost: a\n\n"), 0);
	assert_int_equal(status_of("POST /x HTTP/1.1\r\nHost:a\r\nContent-Length: 65536 \r\n\r\n"), 0);
	assert_string_equal(check.method, "POST");
	assert_string_equal(check.path, "/x");
	assert_null(check.code);
}

static void
a_request_line_of_another_form_is_refused(void **state)
{
	assert_int_equal(status_of("\r\n\r\n"), 400);
	assert_int_equal(status_of("GET\r\nHost: a\r\n\r\n"), 400);
	assert_int_equal(status_of("GET /\r\nHost: a\r\n\r\n"), 400);
	assert_int_equal(status_of("G(T / HTTP/1.1\r\nHost: a\r\n\r\n"), 400);
	assert_int_equal(status_of("BREW / HTTP/1.1\r\nHost: a\r\n\r\n"), 501);
	assert_int_equal(status_of("get / HTTP/1.1\r\nHost: a\r\n\r\n"), 501);
	assert_int_equal(status_of("GET / HTTP/2.0\r\nHost: a\r\n\r\n"), 505);
	assert_int_equal(status_of("GET http://a/ HTTP/1.1\r\nHost: a\r\n\r\n"), 400);
	assert_int_equal(status_of("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n"), 400);
	assert_int_equal(status_of("GET /a b HTTP/1.1\r\nHost: a\r\n\r\n"), 400);
}

static void
broken_escapes_and_an_escaped_nul_are_refused(void **state)
{
	assert_int_equal(status_of("GET /a%zz HTTP/1.1\r\nHost: a\r\n\r\n"), 400);
	assert_int_equal(status_of("GET /a% HTTP/1.1\r\nHost: a\r\n\r\n"), 400);
	assert_int_equal(status_of("GET /a%4 HTTP/1.1\r\nHost: a\r\n\r\n"), 400);
	assert_int_equal(status_of("GET /a%00b HTTP/1.1\r\nHost: a\r\n\r\n"), 400);
	assert_string_equal(check.path, "/a%00b");
}

static void
the_log_sees_the_path_without_its_query(void **state)
{
	assert_int_equal(status_of("BREW /a?token=secret HTTP/1.1\r\nHost: a\r\n\r\n"), 501);
	assert_string_equal(check.method, "BREW");
	assert_string_equal(check.path, "/a");
}

static void
there_is_one_host_and_one_length(void **state)
{
	assert_int_equal(status_of("GET / HTTP/1.1\r\n\r\n"), 400);
	assert_int_equal(status_of("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"), 400);
	assert_int_equal(status_of("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n"
				   "Content-Length: 1\r\n\r\n"), 400);
	assert_int_equal(status_of("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n"
				   "Transfer-Encoding: chunked\r\n\r\n"), 400);
	assert_int_equal(status_of("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n"), 400);
	assert_int_equal(status_of("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1x\r\n\r\n"), 400);
	assert_int_equal(status_of("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 65537\r\n\r\n"), 413);
}

static void
headers_of_another_form_are_refused(void **state)
{
	char many[4096] = "GET / HTTP/1.1\r\nHost: a\r\n";

	assert_int_equal(status_of("GET / HTTP/1.1\r\nHost: a\r\nno colon\r\n\r\n"), 400);
	assert_int_equal(status_of("GET / HTTP/1.1\r\nHost: a\r\n folded: b\r\n\r\n"), 400);
	assert_int_equal(status_of("GET / HTTP/1.1\r\nHost: a\r\nA : b\r\n\r\n"), 400);
	assert_int_equal(status_of("GET / HTTP/1.1\r\nHost: a\r\n: b\r\n\r\n"), 400);
	assert_int_equal(status_of("GET / HTTP/1.1\r\nHost: a\r\nA: b\x01\r\n\r\n"), 400);
	for (int i = 0; i < HTTP_CHECK_HEADERS_MAX; i++)
		strcat(many, "A: b\r\n");
	strcat(many, "\r\n");
	assert_int_equal(status_of(many), 431);
}

static void
a_head_ends_at_its_empty_line(void **state)
{
	assert_int_equal(http_check_head_length("GET / HTTP/1.1\r\n\r\nrest", 22), 18);
	assert_int_equal(http_check_head_length("a\n\nb", 4), 3);
	assert_int_equal(http_check_head_length("a\r\n\r", 4), 0);
	assert_int_equal(http_check_head_length("\n", 1), 0);
	assert_int_equal(http_check_head_length("", 0), 0);
}

static void
only_what_means_something_is_kept_of_a_head(void **state)
{
	char head[] = "GET / HTTP/1.1\r\nX-Secret: 1\r\nHost: a\r\nUpgrade: foo\r\n"
		      "if-none-match: \"x\"\r\n\r\n";
	size_t length = http_check_strip(head, strlen(head));

	head[length] = '\0';
	assert_string_equal(head, "GET / HTTP/1.1\r\nHost: a\r\nif-none-match: \"x\"\r\n\r\n");
}

static void
what_is_too_long_or_too_late_says_which(void **state)
{
	http_check_too_long("GET /aaaa", 9, &check);
	assert_int_equal(check.status, 414);
	http_check_too_long("GET /a HTTP/1.1\r\nA: b", 21, &check);
	assert_int_equal(check.status, 431);
	assert_string_equal(check.path, "/a");
	http_check_too_late("", 0, &check);
	assert_int_equal(check.status, 408);
	assert_string_equal(check.method, "?");
}

/* Cut and mutated in every way, a head never leads outside its own bytes (asan watches). */
static void
mutated_heads_are_judged_within_their_bytes(void **state)
{
	static const char sound[] = "GET /api/v1/ticks/A%20B?limit=5 HTTP/1.1\r\nHost: 127.0.0.1:8000\r\n"
				    "Content-Length: 5\r\nAccept: */*\r\n\r\n";
	uint64_t chance = chance_seed();

	for (int i = 0; i < 20000; i++) {
		size_t length = (size_t)chance_below(&chance, sizeof(sound));
		char *bytes = malloc(length + 1);
		size_t head;

		assert_non_null(bytes);
		memcpy(bytes, sound, length);
		for (int changes = (int)chance_below(&chance, 4); changes > 0 && length > 0; changes--)
			bytes[chance_below(&chance, (int64_t)length)] = (char)chance_next(&chance);
		bytes = realloc(bytes, length > 0 ? length : 1);
		assert_non_null(bytes);
		head = http_check_head_length(bytes, length);
		assert_true(head <= length);
		http_check_head(bytes, length, 100, &check);
		assert_true(check.status == 0 || check.code != NULL);
		assert_true(http_check_strip(bytes, length) <= length);
		free(bytes);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ordinary_requests_are_taken),
		cmocka_unit_test(a_request_line_of_another_form_is_refused),
		cmocka_unit_test(broken_escapes_and_an_escaped_nul_are_refused),
		cmocka_unit_test(the_log_sees_the_path_without_its_query),
		cmocka_unit_test(there_is_one_host_and_one_length),
		cmocka_unit_test(headers_of_another_form_are_refused),
		cmocka_unit_test(a_head_ends_at_its_empty_line),
		cmocka_unit_test(only_what_means_something_is_kept_of_a_head),
		cmocka_unit_test(what_is_too_long_or_too_late_says_which),
		cmocka_unit_test(mutated_heads_are_judged_within_their_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
