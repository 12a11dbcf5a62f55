/*
 * What analysisd does with a tick database, without the daemon: the fixture of the tests of markets.
 */
#ifndef TESTS_UNIT_ANALYSISD_MARKET_RUN_H
#define TESTS_UNIT_ANALYSISD_MARKET_RUN_H

#include "analysisd/market_state.h"
#include "analysisd/markets.h"
#ifndef MARKET_RUN_WITH_REAL_ANALYSES
#include "tests/unit/analysisd/probe.h"
#endif
#include "tests/unit/analysisd/tick_store.h"

#define HOUR_US (3600 * CLOCK_SECOND_US)
#define LONG_US (60 * CLOCK_SECOND_US)

/* One run of what analysisd does, on a database of its own. */
struct run {
	struct market_reader *reader;
	struct database *analysis_db;
	struct markets *markets;
};

struct fixture {
	struct tick_store store;
	struct run run;
	struct sources_keep keep;
};

static inline void
start(struct fixture *f)
{
	struct problem problem;

	assert_int_equal(market_reader_open(&f->run.reader, f->store.state_dir, &problem), 0);
	assert_int_equal(database_open(&f->run.analysis_db, ROLE_ANALYSISD, DATABASE_ANALYSIS,
			     ACCESS_WRITE, f->store.state_dir, &problem), 0);
	assert_int_equal(markets_create(&f->run.markets, f->run.reader, f->run.analysis_db,
			     &f->keep, &problem), 0);
}

static inline void
stop(struct fixture *f)
{
	markets_free(f->run.markets);
	market_reader_close(f->run.reader);
	database_close(f->run.analysis_db);
}

static inline void
restart(struct fixture *f)
{
	stop(f);
	start(f);
}

static inline int
set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	f->keep = (struct sources_keep){.live_source = "sim"};
	tick_store_open(&f->store);
	start(f);
	*state = f;
	return 0;
}

static inline int
tear_down(void **state)
{
	struct fixture *f = *state;

	stop(f);
	tick_store_close(&f->store);
	free(f);
	return 0;
}

/* Returns true when there is more to do. */
static inline bool
turn(struct fixture *f, int64_t budget_us)
{
	struct problem problem;
	bool wrote;
	int result = markets_turn(f->run.markets, budget_us, &wrote, &problem);

	if (result < 0)
		fail_msg("%s", problem.text);
	return result == 1;
}

static inline struct markets_figures
figures_of(struct fixture *f)
{
	struct markets_figures figures;

	markets_figures(f->run.markets, &figures);
	return figures;
}

/* Turns until nothing is left, nor waits; how many did something. */
static inline int
drain_by(struct fixture *f, int64_t budget_us)
{
	int64_t give_up_us = clock_monotonic_us() + 2 * LONG_US;
	int turns = 1;

	do {
		turns += turn(f, budget_us);
	} while (figures_of(f).pending > 0 && clock_monotonic_us() < give_up_us);
	assert_int_equal(figures_of(f).pending, 0);
	return turns;
}

static inline void
drain(struct fixture *f)
{
	drain_by(f, LONG_US);
}

/* The answer's first column as text, the caller's; NULL without a row. */
static inline char *
ask(struct fixture *f, const char *sql)
{
	sqlite3_stmt *row;
	char *text = NULL;

	assert_int_equal(database_prepare(f->run.analysis_db, sql, &row), 0);
	if (database_step(f->run.analysis_db, row) == 1 && sqlite3_column_text(row, 0) != NULL)
		text = strdup((const char *)sqlite3_column_text(row, 0));
	sqlite3_finalize(row);
	return text;
}

static inline void
assert_answer(struct fixture *f, const char *sql, const char *expected)
{
	char *text = ask(f, sql);

	if (expected == NULL) {
		assert_null(text);
	} else {
		assert_non_null(text);
		assert_string_equal(text, expected);
	}
	free(text);
}

#define ROWS "SELECT count(*) FROM analysis_results WHERE timeframe = 'M5'"
/* All that must be the same when run again. */
#define ALL                                                                                        \
	"SELECT (SELECT group_concat(source || symbol || analysis_type || timeframe || time_us ||"   \
	" result || confidence || input_revision, char(10)) FROM (SELECT * FROM analysis_results"    \
	" ORDER BY source, symbol, analysis_type, timeframe, time_us)) || char(10) ||"               \
	" coalesce((SELECT group_concat(source || symbol || timeframe || time_us || kind ||"         \
	" direction || bar_us || ' ' || level || ' ' || close, char(10)) FROM (SELECT * FROM"        \
	" market_facts ORDER BY source, symbol, timeframe, time_us, kind, direction)), '')"
#define NOTHING_IS_ANALYSED                                                                        \
	"DELETE FROM analysis_results; DELETE FROM analysis_progress; DELETE FROM market_facts"

/* The first line in which two texts differ, so that a failure says more than half a megabyte. */
static inline void
assert_same_lines(const char *now, const char *anew)
{
	size_t at = 0, line = 0;

	while (now[at] != '\0' && now[at] == anew[at]) {
		if (now[at] == '\n')
			line = at + 1;
		at++;
	}
	if (now[at] != anew[at])
		fail_msg("stored: %.600s\nanew: %.600s", now + line, anew + line);
}

static inline void
fill_three_days(struct fixture *f)
{
	for (int symbol = 1; symbol <= 2; symbol++) {
		tick_store_symbol(&f->store, symbol, "sim", symbol == 1 ? "ONE" : "TWO");
		tick_store_candles(&f->store, symbol, DAY_US - 60 * HOUR_US, DAY_US, "klines");
		tick_store_candles(&f->store, symbol, DAY_US, DAY_US + 13 * HOUR_US, "ticks");
	}
	/* Empty slots of the second symbol. */
	tick_store_execute(&f->store, "DELETE FROM m5_candles WHERE symbol_id = 2 AND"
	    " open_time_us / 300000000 %% 3 = 1");
	for (int i = 0; i < 500; i++)
		tick_store_tick(&f->store, 1, DAY_US + i * 61 * CLOCK_SECOND_US, i, 100 + i % 7,
		    200 + i % 11);
}

/* What a run that never saw the old candles gives. */
static inline void
assert_as_if_computed_anew(struct fixture *f)
{
	char *now = ask(f, ALL), *anew;

	stop(f);
	start(f);
	assert_int_equal(database_execute(f->run.analysis_db,
			     NOTHING_IS_ANALYSED), 0);
	drain(f);
	anew = ask(f, ALL);
	assert_non_null(now);
	assert_non_null(anew);
	assert_same_lines(now, anew);
	free(now);
	free(anew);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

#endif
