#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tradingctl/ledger.h"

static void
assert_part(const struct ledger_part *part, int64_t first, int64_t last,
    const struct ledger_gap *gap)
{
	assert_int_equal(part->first_id, first);
	assert_int_equal(part->last_id, last);
	assert_ptr_equal(part->gap, gap);
}

static void
a_hole_without_a_gap_is_known_to_nobody(void **state)
{
	struct ledger_part parts[1];

	assert_int_equal(ledger_split(5, 9, NULL, 0, parts), 1);
	assert_part(&parts[0], 5, 9, NULL);
}

static void
a_hole_that_a_gap_covers_is_known(void **state)
{
	const struct ledger_gap gaps[] = {{1, 20, 0, 0, "open", ""}};
	struct ledger_part parts[3];

	assert_int_equal(ledger_split(5, 9, gaps, 1, parts), 1);
	assert_part(&parts[0], 5, 9, &gaps[0]);
}

static void
what_lies_around_a_gap_is_known_to_nobody(void **state)
{
	const struct ledger_gap gaps[] = {{7, 8, 0, 0, "open", ""}};
	struct ledger_part parts[3];

	assert_int_equal(ledger_split(5, 9, gaps, 1, parts), 3);
	assert_part(&parts[0], 5, 6, NULL);
	assert_part(&parts[1], 7, 8, &gaps[0]);
	assert_part(&parts[2], 9, 9, NULL);
}

static void
gaps_that_overlap_cover_each_id_once(void **state)
{
	const struct ledger_gap gaps[] = {
		{1, 6, 0, 0, "open", ""}, {4, 8, 0, 0, "filling", ""}, {5, 6, 0, 0, "open", ""},
		{20, 30, 0, 0, "open", ""}};
	struct ledger_part parts[9];

	assert_int_equal(ledger_split(5, 9, gaps, 4, parts), 3);
	assert_part(&parts[0], 5, 6, &gaps[0]);
	assert_part(&parts[1], 7, 8, &gaps[1]);
	assert_part(&parts[2], 9, 9, NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_hole_without_a_gap_is_known_to_nobody),
		cmocka_unit_test(a_hole_that_a_gap_covers_is_known),
		cmocka_unit_test(what_lies_around_a_gap_is_known_to_nobody),
		cmocka_unit_test(gaps_that_overlap_cover_each_id_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
