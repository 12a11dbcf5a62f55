#define _GNU_SOURCE
#include "tickd/store/tick_order.h"

#include "tests/unit/common/scratch.h"

#define MOST 3000

static int
compare(const void *left, const void *right)
{
	const struct tick *a = left, *b = right;

	if (a->symbol != b->symbol)
		return a->symbol < b->symbol ? -1 : 1;
	if (a->time_us != b->time_us)
		return a->time_us < b->time_us ? -1 : 1;
	return (a->tick_id > b->tick_id) - (a->tick_id < b->tick_id);
}

static void
any_ticks_come_out_as_qsort_would_sort_them(void **state)
{
	static struct tick ticks[MOST], expected[MOST];
	struct tick_order *order = tick_order_create();
	uint64_t chance = chance_seed();

	assert_non_null(order);
	for (int round = 0; round < 200; round++) {
		size_t count = (size_t)chance_below(&chance, MOST + 1);
		size_t symbols = 1 + (size_t)chance_below(&chance, 300);
		const struct tick *sorted;

		for (size_t i = 0; i < count; i++)
			ticks[i] = (struct tick){
				.symbol = (uint32_t)chance_below(&chance, (int64_t)symbols),
				.time_us = chance_below(&chance, 50),
				.tick_id = (int64_t)i * (chance_below(&chance, 2) ? 1 : -1),
				.price_e8 = (int64_t)i,
			};
		memcpy(expected, ticks, sizeof(ticks));
		qsort(expected, count, sizeof(expected[0]), compare);
		sorted = tick_order_sort(order, ticks, count, symbols);
		assert_true(sorted != NULL || count == 0);
		for (size_t i = 0; i < count; i++)
			assert_memory_equal(&sorted[i], &expected[i], sizeof(sorted[i]));
	}
	tick_order_free(order);
}

static void
ticks_that_are_in_order_already_stay_so(void **state)
{
	static struct tick ticks[MOST];
	struct tick_order *order = tick_order_create();
	const struct tick *sorted;

	assert_non_null(order);
	for (size_t i = 0; i < MOST; i++)
		ticks[i] = (struct tick){.time_us = (int64_t)i / 7, .tick_id = (int64_t)i};
	sorted = tick_order_sort(order, ticks, MOST, 1);
	assert_non_null(sorted);
	assert_memory_equal(sorted, ticks, sizeof(ticks));
	tick_order_free(order);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_ticks_come_out_as_qsort_would_sort_them),
		cmocka_unit_test(ticks_that_are_in_order_already_stay_so),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
