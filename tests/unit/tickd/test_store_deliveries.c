#define _GNU_SOURCE
#include "tickd/store/store.h"

#include "tests/unit/tickd/store_bench.h"

#define SEEDS 8

/* What may happen between two batches, drawn by a chance of its own. */
typedef void between(struct bench *bench, uint64_t *chance, const struct tick *next, size_t count);

static void
nothing(struct bench *bench, uint64_t *chance, const struct tick *next, size_t count)
{
}

static void
restart_sometimes(struct bench *bench, uint64_t *chance, const struct tick *next, size_t count)
{
	int64_t what = chance_below(chance, 3);

	if (what > 0)
		bench_restart(bench, what == 1);
}

/* Delivers a seed's ticks in batches of random size and looks at everything after each. */
static void
deliver_all(struct bench *bench, uint64_t seed, bool early, between *happens)
{
	struct deliveries *deliveries = deliveries_create(seed, early);
	uint64_t sizes = seed + 1000, chance = seed + 2000;
	size_t at = 0, batches = 0;

	while (at < deliveries->count) {
		size_t most = chance_below(&sizes, 4) == 0 ? 300 : 40;
		size_t count = 1 + (size_t)chance_below(&sizes, (int64_t)most);

		if (count > deliveries->count - at)
			count = deliveries->count - at;
		happens(bench, &chance, deliveries->ticks + at, count);
		must_write(bench, deliveries->ticks + at, count);
		check_all(bench);
		at += count;
		batches++;
	}
	assert_true(batches > 5);
	free(deliveries);
}

/* What the deliveries must contain, or the checks above have seen nothing. */
static void
assert_eventful(struct bench *bench)
{
	assert_true(number(bench, "SELECT count(*) FROM feed_gaps WHERE state = 'filled'") > 0);
	assert_true(number(bench, "SELECT count(*) FROM feed_gaps WHERE state = 'open'") > 0);
	assert_true(number(bench, "SELECT count(*) FROM m5_candles WHERE complete") > 0);
	assert_true(number(bench, "SELECT count(*) FROM m5_candles WHERE NOT complete") > 0);
	assert_true(number(bench, "SELECT max(revision) FROM m5_candles") > 0);
	assert_true(number(bench, "SELECT count(*) FROM m5_candles WHERE revision = 0") > 0);
}

static void
any_delivery_gives_the_ticks_candles_and_gaps_of_what_was_delivered(void **state)
{
	for (uint64_t seed = 0; seed < SEEDS; seed++) {
		void *folder = NULL;
		struct bench bench;

		assert_int_equal(scratch_make(&folder), 0);
		bench_open(&bench, &folder);
		deliver_all(&bench, chance_seed() + seed, false, nothing);
		assert_eventful(&bench);
		bench_close(&bench);
		assert_int_equal(scratch_remove(&folder), 0);
	}
}

static void
ids_before_the_first_one_are_kept_account_of_as_well(void **state)
{
	for (uint64_t seed = 0; seed < SEEDS; seed++) {
		void *folder = NULL;
		struct bench bench;

		assert_int_equal(scratch_make(&folder), 0);
		bench_open(&bench, &folder);
		deliver_all(&bench, chance_seed() + seed, true, nothing);
		bench_close(&bench);
		assert_int_equal(scratch_remove(&folder), 0);
	}
}

/* Delivers in a folder of its own; returns all that is stored then. */
static char *
result_of(uint64_t seed, between *happens)
{
	void *folder = NULL;
	struct bench bench;
	char *text;

	assert_int_equal(scratch_make(&folder), 0);
	bench_open(&bench, &folder);
	deliver_all(&bench, seed, false, happens);
	text = tick_database_dump(handle_of(&bench));
	bench_close(&bench);
	assert_int_equal(scratch_remove(&folder), 0);
	return text;
}

static void
restarts_between_any_two_batches_change_nothing(void **state)
{
	for (uint64_t seed = 0; seed < SEEDS; seed++) {
		char *without = result_of(chance_seed() + seed, nothing);
		char *with = result_of(chance_seed() + seed, restart_sometimes);

		assert_same_dump(with, without);
		free(with);
		free(without);
	}
}

/* Writes of candles, and of the symbols' counters at the very end, fail with any batch of trades. */
static void
fail_sometimes(struct bench *bench, uint64_t *chance, const struct tick *next, size_t count)
{
	static const char *const triggers[] = {
		"CREATE TRIGGER fails BEFORE UPDATE ON symbols BEGIN"
		" SELECT RAISE(ABORT, 'by the test'); END",
		"CREATE TRIGGER fails AFTER UPDATE ON symbols WHEN NEW.symbol >= 'S0' BEGIN"
		" SELECT RAISE(ABORT, 'by the test'); END",
	};

	if (chance_below(chance, 3) == 0)
		assert_fails_without_a_trace(bench, triggers[chance_below(chance, 2)], next, count);
}

static void
failures_of_any_batch_leave_no_trace_and_it_is_stored_the_next_time(void **state)
{
	for (uint64_t seed = 0; seed < SEEDS / 2; seed++) {
		char *without = result_of(chance_seed() + seed, nothing);
		char *with = result_of(chance_seed() + seed, fail_sometimes);

		assert_same_dump(with, without);
		free(with);
		free(without);
	}
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_delivery_gives_the_ticks_candles_and_gaps_of_what_was_delivered),
		cmocka_unit_test(ids_before_the_first_one_are_kept_account_of_as_well),
		cmocka_unit_test(restarts_between_any_two_batches_change_nothing),
		cmocka_unit_test(failures_of_any_batch_leave_no_trace_and_it_is_stored_the_next_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
