#define _GNU_SOURCE
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "logd/cursor.h"
#include "tests/unit/common/scratch.h"

static void
a_cursor_reads_back_as_it_was_written(void **state)
{
	uint64_t chance = chance_seed();

	for (int i = 0; i < 10000; i++) {
		struct cursor read, cursor = {
			.symbol_id = chance_below(&chance, INT64_C(1) << 32),
			.time_us = chance_any(&chance),
			.tick_id = chance_any(&chance),
		};
		char text[CURSOR_SIZE];

		cursor_write(&cursor, text);
		assert_int_equal(cursor_read(text, &read), 0);
		assert_memory_equal(&read, &cursor, sizeof(read));
	}
}

static void
a_cursor_needs_no_escaping_in_a_url(void **state)
{
	char text[CURSOR_SIZE];

	cursor_write(&(struct cursor){1, -1, INT64_MIN}, text);
	assert_int_equal(strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"),
	    strlen(text));
}

static void
text_of_another_form_is_refused(void **state)
{
	static const char *const texts[] = {"", "abc", "=============================",
		"AAAAAAAAAAAAAAAAAAAAAAAAAAA ", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAA"};
	struct cursor read;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		assert_int_equal(cursor_read(texts[i], &read), -EINVAL);
}

/* One byte of check: of all single changes, nearly all are seen, and none is out of bounds. */
static void
nearly_every_mistyped_character_is_noticed(void **state)
{
	struct cursor read, cursor = {3, INT64_C(1723075200123456), 998877};
	char text[CURSOR_SIZE];
	int noticed = 0, tried = 0;

	cursor_write(&cursor, text);
	for (size_t at = 0; at < strlen(text); at++) {
		for (char c = '0'; c <= 'z'; c++) {
			char kept = text[at];

			if (c == kept)
				continue;
			text[at] = c;
			tried++;
			noticed += cursor_read(text, &read) == -EINVAL;
			text[at] = kept;
		}
	}
	assert_true(noticed > tried * 95 / 100);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_cursor_reads_back_as_it_was_written),
		cmocka_unit_test(a_cursor_needs_no_escaping_in_a_url),
		cmocka_unit_test(text_of_another_form_is_refused),
		cmocka_unit_test(nearly_every_mistyped_character_is_noticed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
