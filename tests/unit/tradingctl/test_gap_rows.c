/* The ledger as rows and totals, from a database that is made here. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/tradingctl/verify_database.h"
#include "tradingctl/gap_rows.h"

static json_t *
rows_of(struct fixture *f, bool filled)
{
	struct problem problem;
	json_t *rows = NULL;

	if (f->reader == NULL)
		assert_int_equal(database_open(&f->reader, ROLE_TRADINGCTL, DATABASE_TICKS,
		    ACCESS_READ, f->state_dir, &problem), 0);
	assert_int_equal(gap_rows_read(f->reader, NULL, filled, &rows), 0);
	return rows;
}

/* 1000-1099, of which the upper half is still missing; 2000-2009 given up; 3000-3001 filled. */
static void
store_gaps(struct fixture *f)
{
	run_sql(f, "INSERT INTO feed_gaps VALUES(1, 1, 1000, 1099, 1700000100000000,"
		   " 1700000200000000, 1700000300000000, 'filling', NULL, NULL, 1050, 1099,"
		   " 1700000150000000, 1700000200000000)");
	run_sql(f, "INSERT INTO feed_gaps VALUES(2, 1, 2000, 2009, 1, 2, 3, 'unfillable', 4,"
		   " 'refused', 2000, 2009, 1, 2)");
	run_sql(f, "INSERT INTO feed_gaps VALUES(3, 1, 3000, 3001, 1, 2, 3, 'filled', 4, NULL, NULL,"
		   " NULL, NULL, NULL)");
}

static json_int_t
number(const json_t *object, const char *key)
{
	return json_integer_value(json_object_get(object, key));
}

static void
a_gap_shows_how_far_it_is_filled(void **state)
{
	struct fixture *f = *state;
	const json_t *row;
	json_t *rows;

	store_gaps(f);
	rows = rows_of(f, false);
	assert_int_equal(json_array_size(rows), 2);
	row = json_array_get(rows, 0);
	assert_int_equal(number(row, "ids"), 100);
	assert_int_equal(number(row, "missing"), 50);
	assert_int_equal(number(row, "filled"), 50);
	assert_int_equal(number(row, "missing_first_id"), 1050);
	assert_true(json_real_value(json_object_get(row, "percent")) == 50);
	assert_string_equal(json_string_value(json_object_get(row, "from")),
	    "2023-11-14T22:15:00.000Z");
	assert_true(json_is_null(json_object_get(row, "closed")));
	assert_string_equal(json_string_value(json_object_get(json_array_get(rows, 1), "reason")),
	    "refused");
	json_decref(rows);
}

static void
filled_gaps_are_shown_where_they_are_asked_for(void **state)
{
	struct fixture *f = *state;
	const json_t *row;
	json_t *rows;

	store_gaps(f);
	rows = rows_of(f, true);
	assert_int_equal(json_array_size(rows), 3);
	row = json_array_get(rows, 2);
	assert_int_equal(number(row, "missing"), 0);
	assert_true(json_real_value(json_object_get(row, "percent")) == 100);
	json_decref(rows);
}

static void
totals_tell_what_is_to_come_from_what_never_will(void **state)
{
	struct fixture *f = *state;
	json_t *rows, *totals;
	const json_t *total;

	store_gaps(f);
	run_sql(f, "INSERT INTO symbols(symbol_id, source, symbol) VALUES(2, 'sim', 'ETHUSDT')");
	run_sql(f, "INSERT INTO feed_gaps VALUES(4, 2, 1, 5, 1, 2, 3, 'open', NULL, NULL, 1, 5, 1, 2)");
	rows = rows_of(f, true);
	totals = gap_rows_totals(rows);
	assert_int_equal(json_array_size(totals), 2);
	total = json_array_get(totals, 0);
	assert_int_equal(number(total, "gaps"), 3);
	assert_int_equal(number(total, "ids"), 112);
	assert_int_equal(number(total, "missing"), 50);
	assert_int_equal(number(total, "unfillable"), 10);
	assert_int_equal(number(total, "filled"), 52);
	assert_int_equal(number(json_array_get(totals, 1), "missing"), 5);
	json_decref(totals);
	json_decref(rows);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		PROMISE(a_gap_shows_how_far_it_is_filled),
		PROMISE(filled_gaps_are_shown_where_they_are_asked_for),
		PROMISE(totals_tell_what_is_to_come_from_what_never_will),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
