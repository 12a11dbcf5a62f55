#include "analysisd/json_valid.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static bool
is_valid(const char *text)
{
	return json_valid(text, strlen(text));
}

static void
what_rfc_8259_allows_is_taken(void **state)
{
	static const char *const texts[] = {"{}", "[]", " {\"a\" : 1 , \"b\":[null,true,false]} ", "0",
		"-0", "-1.5e+10", "1E5", "1e-7", "\"\"", "\"\\u00e9\\n\\\\ \\\" \\/\"", "\"\xc3\xa9\"",
		"[[],{},\"\"]", "\t\r\n1 ", "{\"\":{\"\":[0.25]}}"};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (!is_valid(texts[i]))
			fail_msg("refused: %s", texts[i]);
}

static void
what_it_does_not_allow_is_refused(void **state)
{
	static const char *const texts[] = {"", " ", "{", "}", "[1,]", "[,1]", "{\"a\"}", "{\"a\":}",
		"{\"a\":1,}", "{a:1}", "01", "1.", ".5", "+1", "-", "1e", "1e+", "nul", "True", "NaN",
		"Infinity", "\"", "\"\\x\"", "\"\\u12g4\"", "\"\n\"", "'a'", "1 2", "[1 2]", "{} {}",
		"[1}", "{\"a\":1]", "\"\\"};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (is_valid(texts[i]))
			fail_msg("taken: %s", texts[i]);
	assert_false(json_valid("1\0", 2));
	assert_false(json_valid("\"a\\\0\"", 5));
}

static void
nesting_has_a_limit(void **state)
{
	char text[2 * JSON_VALID_DEPTH + 3] = {0};

	memset(text, '[', JSON_VALID_DEPTH);
	memset(text + JSON_VALID_DEPTH, ']', JSON_VALID_DEPTH);
	assert_true(is_valid(text));
	memset(text, '[', JSON_VALID_DEPTH + 1);
	memset(text + JSON_VALID_DEPTH + 1, ']', JSON_VALID_DEPTH + 1);
	assert_false(is_valid(text));
}

/* ---- against SQLite's own ---- */

static int
ask(sqlite3_stmt *row, const char *text)
{
	int answer;

	sqlite3_bind_text(row, 1, text, -1, SQLITE_STATIC);
	assert_int_equal(sqlite3_step(row), SQLITE_ROW);
	answer = sqlite3_column_int(row, 0);
	sqlite3_reset(row);
	return answer;
}

/* A text with up to three bytes of it changed, so that it may be right or not. */
static void
break_text(char *text, unsigned *seed)
{
	static const char bytes[] = "{}[]\",:.0123eE+-tfn\\u \n/x";

	for (int changes = rand_r(seed) % 4; changes > 0; changes--)
		text[(size_t)rand_r(seed) % strlen(text)] =
		    bytes[(size_t)rand_r(seed) % (sizeof(bytes) - 1)];
}

static void
sqlite_says_the_same_of_a_hundred_thousand_broken_texts(void **state)
{
	static const char whole[] = "{\"price\":61837.5,\"list\":[1,-2.5e-3,null,true,{\"a\\u00e9\":"
				    "\"b\\n\"}],\"levels\":[],\"none\":{}, \"x\" : false }";
	unsigned seed = 7;
	int valid = 0;
	sqlite3_stmt *row;
	sqlite3 *db;

	assert_int_equal(sqlite3_open(":memory:", &db), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(db, "SELECT json_valid(?1)", -1, &row, NULL), SQLITE_OK);
	for (int i = 0; i < 100000; i++) {
		char text[sizeof(whole)];

		memcpy(text, whole, sizeof(whole));
		break_text(text, &seed);
		if (is_valid(text) != ask(row, text))
			fail_msg("SQLite says otherwise: %s", text);
		valid += is_valid(text);
	}
	assert_in_range(valid, 20000, 90000);
	sqlite3_finalize(row);
	sqlite3_close(db);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_rfc_8259_allows_is_taken),
		cmocka_unit_test(what_it_does_not_allow_is_refused),
		cmocka_unit_test(nesting_has_a_limit),
		cmocka_unit_test(sqlite_says_the_same_of_a_hundred_thousand_broken_texts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
