#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tradingctl/id_runs.h"

static void
add(struct id_runs *runs, int64_t first, int64_t last)
{
	for (int64_t id = first; id <= last; id++)
		assert_int_equal(id_runs_add(runs, id, id * 10), 0);
}

static void
ids_in_a_row_are_one_run(void **state)
{
	struct id_runs runs = {0};
	int64_t unused;

	add(&runs, 5, 1004);
	assert_int_equal(id_runs_settle(&runs, &unused), 0);
	assert_int_equal(runs.count, 1);
	assert_int_equal(runs.items[0].first_id, 5);
	assert_int_equal(runs.items[0].last_id, 1004);
	assert_int_equal(runs.items[0].first_us, 50);
	assert_int_equal(runs.items[0].last_us, 10040);
	assert_int_equal(runs.ids, 1000);
	id_runs_free(&runs);
}

static void
a_hole_parts_two_runs(void **state)
{
	struct id_runs runs = {0};
	int64_t unused;

	add(&runs, 1, 10);
	add(&runs, 12, 20);
	assert_int_equal(id_runs_settle(&runs, &unused), 0);
	assert_int_equal(runs.count, 2);
	assert_int_equal(runs.items[0].last_id, 10);
	assert_int_equal(runs.items[1].first_id, 12);
	id_runs_free(&runs);
}

static void
ids_out_of_order_are_joined(void **state)
{
	struct id_runs runs = {0};
	int64_t unused;

	add(&runs, 11, 20);
	add(&runs, 1, 10);
	add(&runs, 31, 40);
	add(&runs, 21, 30);
	assert_int_equal(id_runs_settle(&runs, &unused), 0);
	assert_int_equal(runs.count, 1);
	assert_int_equal(runs.items[0].first_us, 10);
	assert_int_equal(runs.items[0].last_us, 400);
	id_runs_free(&runs);
}

static void
an_id_that_comes_twice_is_counted(void **state)
{
	struct id_runs runs = {0};
	int64_t first = 0;

	add(&runs, 1, 10);
	add(&runs, 8, 12);
	assert_int_equal(id_runs_settle(&runs, &first), 3);
	assert_int_equal(first, 8);
	assert_int_equal(runs.count, 1);
	assert_int_equal(runs.items[0].last_id, 12);
	id_runs_free(&runs);
}

static void
no_ids_are_no_runs(void **state)
{
	struct id_runs runs = {0};
	int64_t unused;

	assert_int_equal(id_runs_settle(&runs, &unused), 0);
	assert_int_equal(runs.count, 0);
	id_runs_free(&runs);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ids_in_a_row_are_one_run),
		cmocka_unit_test(a_hole_parts_two_runs),
		cmocka_unit_test(ids_out_of_order_are_joined),
		cmocka_unit_test(an_id_that_comes_twice_is_counted),
		cmocka_unit_test(no_ids_are_no_runs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
