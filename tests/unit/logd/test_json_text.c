#define _GNU_SOURCE
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "common/tick.h"
#include "logd/json_text.h"
#include "tests/unit/common/scratch.h"

#define LIMIT (1 << 20)

/* What was written, as text; the writer is spent. */
static void
assert_written(struct json_text *text, const char *expected)
{
	assert_false(json_text_failed(text));
	assert_int_equal(text->length, strlen(expected));
	assert_memory_equal(text->bytes, expected, text->length);
	json_text_finish(text);
}

static void
commas_stand_between_values_and_nowhere_else(void **state)
{
	struct json_text text;

	json_text_init(&text, LIMIT);
	json_text_open(&text, '{');
	json_text_key(&text, "a");
	json_text_open(&text, '[');
	json_text_close(&text, ']');
	json_text_key(&text, "b");
	json_text_open(&text, '[');
	json_text_int(&text, 1);
	json_text_open(&text, '{');
	json_text_close(&text, '}');
	json_text_bool(&text, true);
	json_text_null(&text);
	json_text_close(&text, ']');
	json_text_key(&text, "c");
	json_text_int(&text, INT64_MIN);
	json_text_close(&text, '}');
	assert_written(&text, "{\"a\":[],\"b\":[1,{},true,null],\"c\":-9223372036854775808}");
}

static void
prices_are_exact_strings_with_two_to_eight_places(void **state)
{
	struct json_text text;

	json_text_init(&text, LIMIT);
	json_text_open(&text, '[');
	json_text_price(&text, INT64_C(6123450000000));
	json_text_price(&text, 1);
	json_text_price(&text, -250000000);
	json_text_price(&text, INT64_MAX);
	json_text_price(&text, TICK_NONE);
	json_text_price_number(&text, INT64_C(6123450000000));
	json_text_price_number(&text, TICK_NONE);
	json_text_close(&text, ']');
	assert_written(&text, "[\"61234.50\",\"0.00000001\",\"-2.50\",\"92233720368.54775807\",null,"
			      "61234.5,null]");
}

static void
times_are_iso_8601_with_z(void **state)
{
	struct json_text text;

	json_text_init(&text, LIMIT);
	json_text_open(&text, '[');
	json_text_time(&text, 0, 0);
	json_text_time(&text, INT64_C(1723075200123456), 6);
	json_text_time(&text, INT64_C(1723075200123456), 3);
	json_text_close(&text, ']');
	assert_written(&text, "[\"1970-01-01T00:00:00Z\",\"2024-08-08T00:00:00.123456Z\","
			      "\"2024-08-08T00:00:00.123Z\"]");
}

/* jansson is the judge: it must read back the same double. */
static void
every_double_reads_back_as_it_was(void **state)
{
	uint64_t chance = chance_seed();

	for (int i = 0; i < 20000; i++) {
		union {
			uint64_t bits;
			double value;
		} any = {.bits = chance_next(&chance)};
		double value = i % 2 == 0 ? any.value : (double)chance_any(&chance) / 1e8;
		struct json_text text;
		json_t *read;

		if (!isfinite(value))
			continue;
		json_text_init(&text, LIMIT);
		json_text_open(&text, '[');
		json_text_double(&text, value);
		json_text_close(&text, ']');
		read = json_loadb(text.bytes, text.length, 0, NULL);
		assert_non_null(read);
		assert_true(json_number_value(json_array_get(read, 0)) == value);
		json_decref(read);
		json_text_finish(&text);
	}
}

static void
what_is_no_number_is_null(void **state)
{
	struct json_text text;

	json_text_init(&text, LIMIT);
	json_text_open(&text, '[');
	json_text_double(&text, NAN);
	json_text_double(&text, INFINITY);
	json_text_double(&text, 0.5);
	json_text_close(&text, ']');
	assert_written(&text, "[null,null,0.5]");
}

static void
strings_are_escaped_and_broken_utf8_is_replaced(void **state)
{
	struct json_text text;

	json_text_init(&text, LIMIT);
	json_text_open(&text, '[');
	json_text_string(&text, "a\"b\\c\n\x01");
	json_text_string(&text, "\xc3\xa4\xf0\x9f\x98\x80");
	json_text_string(&text, "\xff" "a\xc3");
	json_text_string(&text, "\xed\xa0\x80");
	json_text_string(&text, NULL);
	json_text_close(&text, ']');
	assert_written(&text, "[\"a\\\"b\\\\c\\u000a\\u0001\",\"\xc3\xa4\xf0\x9f\x98\x80\","
			      "\"\xef\xbf\xbd" "a\xef\xbf\xbd\",\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\",null]");
}

static void
any_bytes_become_json_that_jansson_reads(void **state)
{
	uint64_t chance = chance_seed();

	for (int i = 0; i < 5000; i++) {
		char bytes[40] = "";
		struct json_text text;
		json_t *read;

		for (size_t at = 0; at < sizeof(bytes) - 1; at++)
			bytes[at] = (char)(1 + chance_below(&chance, 255));
		json_text_init(&text, LIMIT);
		json_text_open(&text, '[');
		json_text_string(&text, bytes);
		json_text_close(&text, ']');
		read = json_loadb(text.bytes, text.length, 0, NULL);
		assert_non_null(read);
		json_decref(read);
		json_text_finish(&text);
	}
}

static void
past_the_limit_it_fails_once_and_takes_nothing_more(void **state)
{
	struct json_text text;

	json_text_init(&text, 2000);
	json_text_open(&text, '[');
	for (int i = 0; i < 1000; i++)
		json_text_int(&text, 123456789);
	assert_true(json_text_failed(&text));
	assert_true(text.length <= 2000);
	json_text_finish(&text);
	assert_null(text.bytes);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(commas_stand_between_values_and_nowhere_else),
		cmocka_unit_test(prices_are_exact_strings_with_two_to_eight_places),
		cmocka_unit_test(times_are_iso_8601_with_z),
		cmocka_unit_test(every_double_reads_back_as_it_was),
		cmocka_unit_test(what_is_no_number_is_null),
		cmocka_unit_test(strings_are_escaped_and_broken_utf8_is_replaced),
		cmocka_unit_test(any_bytes_become_json_that_jansson_reads),
		cmocka_unit_test(past_the_limit_it_fails_once_and_takes_nothing_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
