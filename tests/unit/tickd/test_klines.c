#define _GNU_SOURCE
#include "tickd/rest/klines.h"

#include <errno.h>
#include <math.h>

#include "common/tick.h"
#include "tests/unit/tickd/frames.h"

#define SLOT_MS INT64_C(300000)
#define FIRST_MS INT64_C(1723161600000)
#define ROW "[%" PRId64 ",\"10.5\",\"12.25\",\"9.00000001\",\"11\",\"%s\",%" PRId64                    \
	",\"1234.5\",%d,\"0.5\",\"600.1\",\"0\"]"

struct page {
	struct candle candles[KLINES_MAX];
	size_t rows;
	int64_t last_us;
	int count;
};

static struct page *
parsed(const char *body, size_t length, int64_t from_us, int64_t until_us)
{
	static struct page page;

	memset(&page, 0, sizeof(page));
	page.count = klines_parse(body, length, from_us, until_us, page.candles, &page.rows,
	    &page.last_us);
	return &page;
}

static struct page *
parsed_all(const char *body)
{
	return parsed(body, strlen(body), INT64_MIN, INT64_MAX);
}

/* An answer of `count` rows from FIRST_MS on; every `empty`-th of them without a trade.  Free it. */
static char *
answer(int count, int empty)
{
	char *text = malloc(64 + 256 * (size_t)count);
	size_t at = 0;

	assert_non_null(text);
	text[at++] = '[';
	for (int i = 0; i < count; i++)
		at += (size_t)sprintf(text + at, "%s" ROW, i == 0 ? "" : ",", FIRST_MS + i * SLOT_MS,
		    "3.00000000", FIRST_MS + (i + 1) * SLOT_MS - 1,
		    empty > 0 && i % empty == 0 ? 0 : 17);
	strcpy(text + at, "]");
	return text;
}

static void
a_row_becomes_the_exchange_s_own_candle(void **state)
{
	struct page *page =
	    parsed_all("[[1723161600000,\"61685.99\",\"61800.00000001\",\"61600\",\"61700.5\","
		       "\"123456789012345.12345678\",1723161899999,\"0.10\",4321,\"2.5\",\"1\",\"0\"]]");
	const struct candle *candle = &page->candles[0];

	assert_int_equal(page->count, 1);
	assert_int_equal(page->rows, 1);
	assert_int_equal(page->last_us, 1723161600000000);
	assert_int_equal(candle->open_time_us, 1723161600000000);
	assert_int_equal(candle->open_e8, 6168599000000);
	assert_int_equal(candle->high_e8, 6180000000001);
	assert_int_equal(candle->low_e8, 6160000000000);
	assert_int_equal(candle->close_e8, 6170050000000);
	assert_true(candle->volume == 123456789012345.12345678);
	assert_true(candle->quote_volume == 0.1);
	assert_true(candle->taker_buy_volume == 2.5);
	assert_int_equal(candle->trades, 4321);
	assert_int_equal(candle->first_tick_id, TICK_NONE);
	assert_int_equal(candle->last_tick_id, TICK_NONE);
	assert_int_equal(candle->origin, CANDLE_KLINES);
	assert_int_equal(candle->revision, 0);
	assert_true(candle->complete);
}

static void
slots_without_trades_are_passed_over(void **state)
{
	char *text = answer(9, 3); /* rows 0, 3 and 6 are empty */
	struct page *page = parsed_all(text);

	assert_int_equal(page->count, 6);
	assert_int_equal(page->rows, 9);
	assert_int_equal(page->last_us, (FIRST_MS + 8 * SLOT_MS) * 1000);
	assert_int_equal(page->candles[0].open_time_us, (FIRST_MS + SLOT_MS) * 1000);
	assert_int_equal(page->candles[2].open_time_us, (FIRST_MS + 4 * SLOT_MS) * 1000);
	free(text);
}

/* The page is worth no less for it. */
static void
what_an_empty_slot_costs_is_of_no_matter(void **state)
{
	struct page *page =
	    parsed_all("[[1723161600000,\"0\",\"0\",\"0\",\"0\",\"0\",1723161899999,\"0\",0,"
		       "\"0\",\"0\",\"0\"]]");

	assert_int_equal(page->count, 0);
	assert_int_equal(page->rows, 1);
}

static void
only_slots_of_the_range_are_taken(void **state)
{
	char *text = answer(10, 0);
	struct page *page = parsed(text, strlen(text), (FIRST_MS + 2 * SLOT_MS) * 1000,
	    (FIRST_MS + 5 * SLOT_MS) * 1000);

	assert_int_equal(page->count, 3);
	assert_int_equal(page->rows, 10);
	assert_int_equal(page->candles[0].open_time_us, (FIRST_MS + 2 * SLOT_MS) * 1000);
	assert_int_equal(page->candles[2].open_time_us, (FIRST_MS + 4 * SLOT_MS) * 1000);
	free(text);
}

static void
an_empty_page_is_no_fault_and_a_full_one_fits(void **state)
{
	char *text = answer(KLINES_MAX, 0);

	assert_int_equal(parsed_all("[]")->count, 0);
	assert_int_equal(parsed_all("[]")->rows, 0);
	assert_int_equal(parsed_all(text)->count, KLINES_MAX);
	free(text);
	text = answer(KLINES_MAX + 1, 0);
	assert_int_equal(parsed_all(text)->count, -EINVAL);
	free(text);
}

static void
what_is_no_such_answer_is_refused(void **state)
{
	static const char *const all[] = {"", "null", "{}", "7", "\"x\"", "{\"code\":-1121,\"msg\":\"x\"}",
		"[7]", "[[]]", "[[1]]", "<html>",
		/* not on a slot; negative; not a number */
		"[[1723161600001,\"1\",\"1\",\"1\",\"1\",\"1\",0,\"1\",1,\"1\",\"1\",\"0\"]]",
		"[[-300000,\"1\",\"1\",\"1\",\"1\",\"1\",0,\"1\",1,\"1\",\"1\",\"0\"]]",
		"[[\"1723161600000\",\"1\",\"1\",\"1\",\"1\",\"1\",0,\"1\",1,\"1\",\"1\",\"0\"]]",
		"[[9223372036854600000,\"1\",\"1\",\"1\",\"1\",\"1\",0,\"1\",1,\"1\",\"1\",\"0\"]]",
		/* prices: none, a number, negative, zero, the low above the high */
		"[[1723161600000,\"\",\"1\",\"1\",\"1\",\"1\",0,\"1\",1,\"1\",\"1\",\"0\"]]",
		"[[1723161600000,1.0,\"1\",\"1\",\"1\",\"1\",0,\"1\",1,\"1\",\"1\",\"0\"]]",
		"[[1723161600000,\"-1\",\"1\",\"1\",\"1\",\"1\",0,\"1\",1,\"1\",\"1\",\"0\"]]",
		"[[1723161600000,\"0\",\"1\",\"0\",\"1\",\"1\",0,\"1\",1,\"1\",\"1\",\"0\"]]",
		"[[1723161600000,\"1\",\"1\",\"2\",\"1\",\"1\",0,\"1\",1,\"1\",\"1\",\"0\"]]",
		/* volumes: an exponent, negative, not finite, none */
		"[[1723161600000,\"1\",\"1\",\"1\",\"1\",\"1e5\",0,\"1\",1,\"1\",\"1\",\"0\"]]",
		"[[1723161600000,\"1\",\"1\",\"1\",\"1\",\"-1\",0,\"1\",1,\"1\",\"1\",\"0\"]]",
		"[[1723161600000,\"1\",\"1\",\"1\",\"1\",\"inf\",0,\"1\",1,\"1\",\"1\",\"0\"]]",
		"[[1723161600000,\"1\",\"1\",\"1\",\"1\",\"\",0,\"1\",1,\"1\",\"1\",\"0\"]]",
		"[[1723161600000,\"1\",\"1\",\"1\",\"1\",\"1\",0,null,1,\"1\",\"1\",\"0\"]]",
		/* trades: negative, a fraction; a row that is too short */
		"[[1723161600000,\"1\",\"1\",\"1\",\"1\",\"1\",0,\"1\",-1,\"1\",\"1\",\"0\"]]",
		"[[1723161600000,\"1\",\"1\",\"1\",\"1\",\"1\",0,\"1\",1.5,\"1\",\"1\",\"0\"]]",
		"[[1723161600000,\"1\",\"1\",\"1\",\"1\",\"1\",0,\"1\",1]]"};

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (parsed_all(all[i])->count != -EINVAL)
			fail_msg("taken for klines: %s", all[i]);
}

static void
a_volume_that_is_no_decimal_is_refused(void **state)
{
	static const char *const all[] = {".", "1.2.3", "..", "1..2"};
	char text[256];

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		snprintf(text, sizeof(text), "[" ROW "]", FIRST_MS, all[i], FIRST_MS, 1);
		if (parsed_all(text)->count != -EINVAL)
			fail_msg("taken for a volume: %s", all[i]);
	}
}

static void
rows_that_do_not_ascend_are_refused(void **state)
{
	char text[1024];

	for (int64_t second = FIRST_MS - SLOT_MS; second <= FIRST_MS; second += SLOT_MS) {
		snprintf(text, sizeof(text), "[" ROW "," ROW "]", FIRST_MS, "1", FIRST_MS, 1, second,
		    "1", second, 1);
		assert_int_equal(parsed_all(text)->count, -EINVAL);
	}
}

/* Whatever comes: refused, or candles that can be stored. */
static void
no_mutation_of_an_answer_gets_through_as_nonsense(void **state)
{
	static void (*const ways[])(struct frame *, uint64_t *) = {
		frame_flip, frame_delete, frame_insert, frame_truncate};
	uint64_t chance = chance_seed();
	int taken = 0, refused = 0;

	for (int round = 0; round < 30000; round++) {
		char *text = answer(1 + (int)chance_below(&chance, 5), 3), *exact_size;
		struct frame frame = {.length = strlen(text)};
		struct page *page;

		memcpy(frame.text, text, frame.length);
		ways[chance_below(&chance, 4)](&frame, &chance);
		exact_size = malloc(frame.length + (frame.length == 0));
		assert_non_null(exact_size);
		memcpy(exact_size, frame.text, frame.length);
		page = parsed(exact_size, frame.length, INT64_MIN, INT64_MAX);
		free(exact_size);
		free(text);
		*(page->count < 0 ? &refused : &taken) += 1;
		for (int i = 0; i < page->count; i++) {
			const struct candle *candle = &page->candles[i];

			assert_int_equal(candle->open_time_us % CANDLE_M5_US, 0);
			assert_true(candle->low_e8 > 0 && candle->low_e8 <= candle->high_e8);
			assert_true(isfinite(candle->volume) && candle->volume >= 0);
			assert_true(candle->trades > 0);
		}
	}
	assert_true(taken > 1000 && refused > 1000);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_row_becomes_the_exchange_s_own_candle),
		cmocka_unit_test(slots_without_trades_are_passed_over),
		cmocka_unit_test(what_an_empty_slot_costs_is_of_no_matter),
		cmocka_unit_test(only_slots_of_the_range_are_taken),
		cmocka_unit_test(an_empty_page_is_no_fault_and_a_full_one_fits),
		cmocka_unit_test(what_is_no_such_answer_is_refused),
		cmocka_unit_test(a_volume_that_is_no_decimal_is_refused),
		cmocka_unit_test(rows_that_do_not_ascend_are_refused),
		cmocka_unit_test(no_mutation_of_an_answer_gets_through_as_nonsense),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
