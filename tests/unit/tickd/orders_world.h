/*
 * mt5_orders with both databases in the test's folder, and all else the test's: the storage thread
 * is a queue that is turned by hand, time passes only by world_pass(), and the terminal's lines are
 * kept.
 */
#ifndef TESTS_UNIT_TICKD_ORDERS_WORLD_H
#define TESTS_UNIT_TICKD_ORDERS_WORLD_H

#include <errno.h>
#include <jansson.h>

#include "common/clock.h"
#include "common/decimal.h"
#include "tests/unit/tickd/tick_database.h"
#include "tickd/mt5/mt5_orders.h"
#include "tickd/store/storage.h"

#define WORLD_QUEUE 256
#define WORLD_LINES 512
#define WORLD_US (INT64_C(1723161600) * CLOCK_SECOND_US) /* 2024-08-09T00:00:00Z */
#define WORLD_SERVER_US (3 * 3600 * CLOCK_SECOND_US)	 /* broker's clock - UTC */

/* What waits for the storage thread: a job, or a row of action_results. */
struct world_item {
	struct storage_job *job;
	bool has_run;
	int result;
	char action_id[MT5_ACTION_ID_MAX], status[16], comment[160];
	bool given;
	struct mt5_result said;
};

struct world {
	void **state;
	struct settings settings;
	struct database *ticks, *analysis;
	struct mt5_orders *orders;
	struct world_item queue[WORLD_QUEUE];
	int waiting;
	int64_t now_us;
	bool connected, refuse_record, refuse_send;
	char *lines[WORLD_LINES];
	int line_count;
	int told, warnings;
	char event[64], sentence[512];
};

static struct world world;

int64_t
clock_monotonic_us(void)
{
	return world.now_us;
}

int64_t
clock_wall_us(void)
{
	return WORLD_US + world.now_us;
}

/* ---- storage ---- */

void
storage_submit(struct storage *storage, struct storage_job *job)
{
	assert_true(world.waiting < WORLD_QUEUE);
	world.queue[world.waiting++] = (struct world_item){.job = job};
}

__attribute__((format(printf, 2, 3))) static inline void
world_sql(struct database *db, const char *format, ...)
{
	char sql[4096];
	va_list arguments;

	va_start(arguments, format);
	assert_true(vsnprintf(sql, sizeof(sql), format, arguments) < (int)sizeof(sql));
	va_end(arguments);
	sql_run(database_handle(db), sql);
}

__attribute__((format(printf, 2, 3))) static inline int64_t
world_number(struct database *db, const char *format, ...)
{
	char sql[4096];
	va_list arguments;

	va_start(arguments, format);
	assert_true(vsnprintf(sql, sizeof(sql), format, arguments) < (int)sizeof(sql));
	va_end(arguments);
	return sql_number(database_handle(db), sql);
}

/* As mt5_store_result(). */
static inline void
world_store(const struct world_item *item)
{
	const struct mt5_result *said = &item->said;
	sqlite3_stmt *row;

	assert_int_equal(sqlite3_prepare_v2(database_handle(world.ticks),
	    "INSERT INTO action_results(source, action_id, time_us, status, retcode, ticket,"
	    " price_e8, volume_e8, comment) VALUES('mt5', ?1, (SELECT max(newest_us) FROM symbols),"
	    " ?2, ?3, nullif(?4, 0), ?5, ?6, nullif(?7, ''))", -1, &row, NULL), SQLITE_OK);
	sqlite3_bind_text(row, 1, item->action_id, -1, SQLITE_STATIC);
	sqlite3_bind_text(row, 2, item->status, -1, SQLITE_STATIC);
	if (item->given) {
		sqlite3_bind_int64(row, 3, said->retcode);
		sqlite3_bind_int64(row, 4, said->ticket);
		if (said->price_e8 != TICK_NONE)
			sqlite3_bind_int64(row, 5, said->price_e8);
		if (said->volume_e8 != TICK_NONE)
			sqlite3_bind_int64(row, 6, said->volume_e8);
	}
	sqlite3_bind_text(row, 7, item->comment, -1, SQLITE_STATIC);
	assert_int_equal(sqlite3_step(row), SQLITE_DONE);
	sqlite3_finalize(row);
}

/* A half of what is first in the queue: what the storage thread does, then what the loop is told. */
static inline bool
world_half_step(void)
{
	struct world_item item = world.queue[0];
	struct store_result stored = {0};

	if (world.waiting == 0)
		return false;
	if (!item.has_run) {
		if (item.job != NULL)
			world.queue[0].result = item.job->run(item.job, NULL, world.ticks, &stored);
		else
			world_store(&item);
		world.queue[0].has_run = true;
		return true;
	}
	memmove(world.queue, world.queue + 1, (size_t)--world.waiting * sizeof(world.queue[0]));
	if (item.job != NULL)
		item.job->done(item.job, item.result);
	else
		mt5_orders_recorded(world.orders, item.action_id, item.status);
	return true;
}

static inline void
world_settle(void)
{
	while (world_half_step())
		continue;
}

/* ---- hooks ---- */

static inline bool
world_record(void *context, const char *action_id, const char *status,
    const struct mt5_result *result, const char *comment)
{
	struct world_item *item = &world.queue[world.waiting];

	assert_true(world.waiting < WORLD_QUEUE);
	if (world.refuse_record)
		return false;
	*item = (struct world_item){.given = result != NULL};
	snprintf(item->action_id, sizeof(item->action_id), "%s", action_id);
	snprintf(item->status, sizeof(item->status), "%s", status);
	snprintf(item->comment, sizeof(item->comment), "%s", comment == NULL ? "" : comment);
	if (result != NULL)
		item->said = *result;
	world.waiting++;
	return true;
}

static inline bool
world_send(void *context, char *line)
{
	if (!world.connected || world.refuse_send) {
		free(line);
		return false;
	}
	assert_true(world.line_count < WORLD_LINES);
	world.lines[world.line_count++] = line;
	return true;
}

static inline int64_t
world_server_time(void *context, int64_t utc_us)
{
	return (utc_us + WORLD_SERVER_US) / CLOCK_SECOND_US;
}

static inline int64_t
world_venue_now(void *context)
{
	return WORLD_US + world.now_us;
}

static inline void
world_tell(void *context, int level, const char *event, const char *symbol, const char *sentence)
{
	world.told++;
	world.warnings += level <= 4; /* LOG_WARNING */
	snprintf(world.event, sizeof(world.event), "%s", event);
	snprintf(world.sentence, sizeof(world.sentence), "%s", sentence);
}

/* ---- the whole ---- */

static inline void
world_start(void)
{
	const struct mt5_orders_hooks hooks = {world_record, world_send, world_server_time,
		world_venue_now, world_tell, NULL};

	assert_int_equal(mt5_orders_create(&world.orders, &world.settings, "mt5",
	    (struct storage *)&world, &hooks), 0);
}

/* As a kill leaves it: what the storage thread has not done is not done. */
static inline void
world_kill(void)
{
	mt5_orders_close(world.orders);
	for (int i = 0; i < world.waiting; i++)
		if (world.queue[i].job != NULL)
			world.queue[i].job->done(world.queue[i].job, -ECANCELED);
	world.waiting = 0;
	world.connected = false;
	world.orders = NULL;
}

static inline void
world_open_analysis(void)
{
	struct problem problem;

	if (database_open(&world.analysis, ROLE_ANALYSISD, DATABASE_ANALYSIS, ACCESS_WRITE,
		*world.state, &problem) < 0)
		fail_msg("%s", problem.text);
	world_sql(world.analysis, "PRAGMA synchronous = OFF");
}

/* `extra`: another override, or NULL. */
static inline void
world_open(void **state, const char *mode, const char *extra, bool with_analysis)
{
	struct settings_faults faults = {0};
	char paths[SCRATCH_PATH_SIZE + 32];
	const char *overrides[3] = {paths, mode, extra};

	memset(&world, 0, sizeof(world));
	world.state = state;
	world.now_us = 1000 * CLOCK_SECOND_US;
	snprintf(paths, sizeof(paths), "paths.state_dir=%s", (const char *)*state);
	if (settings_load(&world.settings, scratch_file(state, "test.conf", ""), overrides,
		extra == NULL ? 2 : 3, &faults) < 0)
		fail_msg("%s", faults.texts[0]);
	settings_faults_free(&faults);
	world.ticks = tick_database_open(state);
	world_sql(world.ticks, "PRAGMA synchronous = OFF;"
	    "INSERT INTO symbols(symbol_id, source, symbol, digits, id_kind, newest_us)"
	    " VALUES(1, 'mt5', 'EURUSD', 5, 'ordinal', %lld);"
	    "INSERT INTO unified_ticks VALUES(1, %lld, 0, NULL, NULL, 110000000, 110002000, 2, NULL);"
	    "INSERT INTO symbol_terms(symbol_id, from_us, volume_min_e8, volume_step_e8,"
	    " volume_max_e8, tick_size_e8, stops_level_e8, freeze_level_e8)"
	    " VALUES(1, 0, 1000000, 1000000, 5000000000, 1000, 10000, 0)",
	    (long long)(WORLD_US + world.now_us), (long long)(WORLD_US + world.now_us));
	if (with_analysis)
		world_open_analysis();
	world_start();
}

static inline void
world_forget_lines(void)
{
	while (world.line_count > 0)
		free(world.lines[--world.line_count]);
}

static inline void
world_close(void)
{
	world_kill();
	world_forget_lines();
	database_close(world.analysis);
	database_close(world.ticks);
	settings_free(&world.settings);
}

static inline void
world_position(int64_t ticket, const char *direction, const char *volume)
{
	int64_t volume_e8;

	assert_int_equal(decimal_parse(volume, strlen(volume), &volume_e8), 0);
	world_sql(world.ticks, "INSERT INTO positions(source, account, ticket, symbol, direction,"
	    " volume_e8, price_open_e8, opened_us) VALUES('mt5', '77', %lld, 'EURUSD', '%s', %lld,"
	    " 110000000, 1)", (long long)ticket, direction, (long long)volume_e8);
}

/* A pending action that expires a minute from now. */
static inline void
world_action(const char *action_id, int64_t ticket, const char *type, const char *parameters)
{
	world_sql(world.analysis, "INSERT INTO dtms_actions(action_id, token, account, ticket,"
	    " registered_us, source, symbol, action_type, parameters, reason, state_from, state_to,"
	    " market, mode, status, time_us, expires_us, created_us) VALUES('%s', 'tdm%s', '77',"
	    " %lld, 1, 'mt5', 'EURUSD', '%s', '%s', '', 'HEALTHY', 'HEALTHY', '{}', 'execute',"
	    " 'pending', %lld, %lld, 1)", action_id, action_id, (long long)ticket, type, parameters,
	    (long long)(WORLD_US + world.now_us),
	    (long long)(WORLD_US + world.now_us + 60 * CLOCK_SECOND_US));
}

#define WORLD_STOP "{\"stop_loss\":\"1.0985\"}"

static inline void
world_turn(void)
{
	mt5_orders_turn(world.orders, world.now_us);
	world_settle();
}

/* A turn each second, and the source's clock goes on as well. */
static inline void
world_pass(int seconds)
{
	for (; seconds > 0; seconds--) {
		world.now_us += CLOCK_SECOND_US;
		world_sql(world.ticks, "UPDATE symbols SET newest_us = %lld",
		    (long long)(WORLD_US + world.now_us));
		world_turn();
	}
}

/* It tells what is open at once. */
static inline void
world_connect(void)
{
	world.connected = true;
	mt5_orders_connected(world.orders, "77");
	mt5_orders_reported(world.orders);
	world_settle();
}

static inline void
world_disconnect(void)
{
	world.connected = false;
	mt5_orders_disconnected(world.orders);
	world_settle();
}

static inline void
world_answer(const char *action_id, int64_t retcode)
{
	struct mt5_result result = {.retcode = retcode, .price_e8 = TICK_NONE,
		.volume_e8 = TICK_NONE};

	snprintf(result.action_id, sizeof(result.action_id), "%s", action_id);
	mt5_orders_result(world.orders, &result);
	world_settle();
}

#endif
