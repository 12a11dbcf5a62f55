#include "analysisd/replay.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "analysisd/candle_walk.h"
#include "analysisd/dtms/check.h"
#include "analysisd/dtms/dtms_watches.h"
#include "analysisd/market_table.h"
#include "analysisd/replay_trades.h"
#include "common/candle_fold.h"
#include "common/clock.h"
#include "common/program.h"

struct replay {
	const struct settings *settings;
	int64_t from_us, to_us;
	struct market_reader *reader;
	struct offsets_reader *offsets;
	struct trading_hours_reader *hours;
	struct database *live; /* NULL where there is none */
	struct database *into;
	struct results *results;
	struct facts *facts;
	struct json_text json;
	struct market_table table; /* all symbols; clocks end with to_us */
	int error;		   /* of a callback */
};

/* What is computed twice is the same: so there is no time at which it was. */
static int64_t
no_time(void)
{
	return 0;
}

/* ---- symbols ---- */

/*
 * A clock goes as far as lets the last instant of the range be decided, also where a lender is
 * silent, and its last bar be closed; and not as far as the instant behind it.
 */
static int64_t
clock_within(const struct replay *replay, int64_t newest_us)
{
	int64_t last_us = candle_fold_slot(replay->to_us, DTMS_GRID_US) + DTMS_LENDER_WAIT_US;

	return newest_us == TICK_NONE || newest_us < last_us ? newest_us : last_us;
}

static void
on_symbol(void *context, const struct market_symbol *symbol)
{
	struct replay *replay = context;
	struct symbol_walk *walk = symbol_walk_create(symbol, NULL);
	struct market *market;

	if (replay->error < 0)
		return;
	replay->error = walk == NULL ? -ENOMEM :
	    market_table_add(&replay->table, symbol->source, walk, &market);
	if (replay->error < 0)
		return;
	market->ticks_from_us = symbol->ticks_from_us;
	market->frozen_us = symbol->frozen_us;
	sources_tell(&replay->table.sources, market->source,
	    clock_within(replay, symbol->newest_us));
}

static int
read_symbols(struct replay *replay)
{
	const struct sources_keep keep = {.live_source = ""};
	int error;

	market_table_init(&replay->table, &keep);
	error = market_reader_symbols(replay->reader, on_symbol, replay);
	return error < 0 ? error : replay->error;
}

/* ---- analyses ---- */

static int
keep_time(void *context, const struct candle *candle)
{
	*(int64_t *)context = candle->open_time_us;
	return 0;
}

/*
 * At the last candle before from_us: its longer bars may end after that, without another candle.
 */
static int
stand(const struct replay *replay, const struct market *market, struct candle_walk *walk)
{
	int64_t next_us = candle_slot(replay->from_us);
	int count = market_reader_candles_back(replay->reader, market->walk->symbol_id, next_us, 1,
	    keep_time, &next_us);

	if (count < 0)
		return count;
	candle_walk_stand(walk, next_us);
	walk->changed_us = INT64_MAX;
	return CANDLE_WALK_MORE;
}

static int
replay_symbol(struct replay *replay, const struct market *market)
{
	const struct walk_tools tools = {replay->reader, replay->results, replay->facts,
		&replay->json, replay->offsets, replay->settings, replay->hours};
	const struct walk_subject subject = {market->walk->symbol_id, market->walk->source,
		market->walk->symbol, INT64_MIN, market->ticks_from_us, market->frozen_us};
	int64_t clock_us = sources_clock(&replay->table.sources, market->source);
	struct candle_walk *walk = candle_walk_create();
	struct walk_done done = {0};
	int result = walk == NULL ? -ENOMEM : CANDLE_WALK_MORE;

	if (clock_us == TICK_NONE) {
		candle_walk_free(walk);
		return 0;
	}
	if (walk != NULL)
		result = stand(replay, market, walk);
	while (result == CANDLE_WALK_MORE)
		result = candle_walk_step(walk, &subject, &tools,
		    symbol_walk_closed_before(clock_us), INT64_MAX, &done);
	candle_walk_free(walk);
	return result < 0 ? result : 0;
}

/* Bars that end by from_us: they were on the way. */
static int
forget_before(struct replay *replay, enum timeframe timeframe)
{
	static const char *const sql[] = {
		"DELETE FROM analysis_results WHERE timeframe = ?1 AND time_us <= ?2",
		"DELETE FROM market_facts WHERE timeframe = ?1 AND time_us <= ?2",
	};
	int error = 0;

	for (size_t i = 0; i < sizeof(sql) / sizeof(sql[0]) && error == 0; i++) {
		sqlite3_stmt *row;

		error = database_prepare(replay->into, sql[i], &row);
		if (error < 0)
			break;
		sqlite3_bind_text(row, 1, timeframe_name(timeframe), -1, SQLITE_STATIC);
		sqlite3_bind_int64(row, 2, replay->from_us - timeframe_length(timeframe));
		error = database_step(replay->into, row);
		sqlite3_finalize(row);
	}
	return error;
}

/* One symbol after another, so that rows are written in the same order each time. */
static int
replay_analyses(struct replay *replay)
{
	int error = results_begin(replay->results);

	for (size_t i = 0; i < replay->table.count && error == 0; i++)
		error = replay_symbol(replay, &replay->table.all[i]);
	for (enum timeframe timeframe = 0; timeframe < TIMEFRAMES && error == 0; timeframe++)
		error = forget_before(replay, timeframe);
	if (error == 0)
		error = results_commit(replay->results);
	return error;
}

/* ---- the whole ---- */

static int
open_all(struct replay *replay, const struct settings *settings, const char *file,
    struct problem *problem)
{
	const char *state_dir = settings->paths.state_dir;
	int error = market_reader_open(&replay->reader, state_dir, problem);

	if (error < 0)
		return error;
	error = offsets_reader_open(&replay->offsets, market_reader_database(replay->reader));
	if (error == 0)
		error = trading_hours_reader_open(&replay->hours,
		    market_reader_database(replay->reader));
	if (error < 0)
		return problem_set(problem, error, "%s",
		    database_error(market_reader_database(replay->reader)));
	error = database_open(&replay->live, ROLE_ANALYSISD, DATABASE_ANALYSIS, ACCESS_READ,
	    state_dir, problem);
	if (error == -ENOENT)
		error = 0;
	if (error == 0)
		error = database_create_file(&replay->into, DATABASE_ANALYSIS, file, problem);
	if (error < 0)
		return error;
	error = results_create(&replay->results, replay->into, no_time);
	if (error == 0)
		error = facts_create(&replay->facts, replay->into);
	if (error < 0)
		problem_set(problem, error, "%s: %s", file, database_error(replay->into));
	return error;
}

static void
close_all(struct replay *replay)
{
	market_table_finish(&replay->table);
	facts_free(replay->facts);
	results_free(replay->results);
	database_close(replay->into);
	database_close(replay->live);
	trading_hours_reader_close(replay->hours);
	offsets_reader_close(replay->offsets);
	market_reader_close(replay->reader);
}

static int
count_rows(struct replay *replay, struct replay_counts *ret)
{
	sqlite3_stmt *row;
	int result = database_prepare(replay->into, "SELECT (SELECT count(*) FROM analysis_results),"
	    " (SELECT count(*) FROM market_facts), (SELECT count(*) FROM dtms_trades),"
	    " (SELECT count(*) FROM dtms_checks), (SELECT count(*) FROM dtms_actions)", &row);

	if (result < 0)
		return result;
	result = database_step(replay->into, row);
	if (result == 1)
		*ret = (struct replay_counts){sqlite3_column_int64(row, 0),
			sqlite3_column_int64(row, 1), sqlite3_column_int64(row, 2),
			sqlite3_column_int64(row, 3), sqlite3_column_int64(row, 4)};
	sqlite3_finalize(row);
	return result < 0 ? result : 0;
}

static int
compute(struct replay *replay, const struct settings *settings, struct replay_counts *ret,
    struct problem *problem)
{
	const struct dtms_tools tools = {.reader = replay->reader, .analysis_db = replay->into,
		.settings = settings, .table = &replay->table, .created = no_time,
		.past = true};
	int error = read_symbols(replay);

	if (error == 0)
		error = replay_analyses(replay);
	if (error < 0)
		return problem_set(problem, error, "the analyses cannot be computed: %s",
		    error == -ENOMEM ? "out of memory" : strerror(-error));
	error = replay_trades(&tools, replay->live, replay->from_us, replay->to_us, problem);
	if (error < 0)
		return error;
	error = count_rows(replay, ret);
	return error < 0 ? problem_set(problem, error, "%s", database_error(replay->into)) : 0;
}

int
replay_into(const struct settings *settings, int64_t from_us, int64_t to_us, const char *file,
    struct replay_counts *ret, struct problem *problem)
{
	struct replay replay = {.settings = settings, .from_us = from_us, .to_us = to_us};
	char part[ACCESS_PATH_SIZE];
	int error;

	if (access(file, F_OK) == 0)
		return problem_set(problem, -EEXIST, "%s exists already", file);
	if (snprintf(part, sizeof(part), "%s.part", file) >= (int)sizeof(part))
		return problem_set(problem, -ENAMETOOLONG, "%s: the path is too long", file);
	unlink(part); /* of one that was cut short */
	error = open_all(&replay, settings, part, problem);
	if (error == 0)
		error = compute(&replay, settings, ret, problem);
	close_all(&replay);
	if (error == 0 && rename(part, file) < 0)
		error = problem_set(problem, -errno, "%s: %s", file, strerror(errno));
	if (error < 0)
		unlink(part);
	return error;
}

int
analysisd_replay(const struct settings *settings, int64_t from_us, int64_t to_us, const char *file)
{
	struct replay_counts counts = {0};
	struct problem problem;
	int error = replay_into(settings, from_us, to_us, file, &counts, &problem);

	if (error < 0) {
		fprintf(stderr, "analysisd: %s\n", problem.text);
		return error == -ENOENT ? EX_UNAVAILABLE : program_exit_status(error);
	}
	printf("%s: %lld analyses, %lld facts, %lld trades, %lld checks, %lld actions\n", file,
	    (long long)counts.results, (long long)counts.facts, (long long)counts.trades,
	    (long long)counts.checks, (long long)counts.actions);
	return 0;
}
