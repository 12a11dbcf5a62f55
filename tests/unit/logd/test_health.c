/* health_feeds, health_databases, health_processes: what a status file makes of a component. */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/clock.h"
#include "common/database.h"
#include "logd/health_databases.h"
#include "logd/health_feeds.h"
#include "logd/health_processes.h"
#include "logd/health_trades.h"
#include "logd/readers.h"
#include "tests/unit/common/scratch.h"

struct place {
	struct database *ticks;
	struct readers *readers;
	struct settings settings;
	struct feed_watch watch;
	json_t *components;
};

static char *symbols[] = {(char *)"BTCUSDT"};

/* A tick database whose one symbol had a tick just now, and its writer alive. */
static struct place
make_place(void **state)
{
	struct place place = {.components = json_object()};
	struct problem problem;
	char sql[256];

	assert_int_equal(database_open(&place.ticks, ROLE_TICKD, DATABASE_TICKS, ACCESS_WRITE, *state,
			     &problem), 0);
	snprintf(sql, sizeof(sql), "INSERT INTO symbols(source, symbol, newest_us)"
	    " VALUES('sim', 'BTCUSDT', %lld)", (long long)clock_wall_us());
	assert_int_equal(database_execute(place.ticks, sql), 0);
	place.readers = readers_create(*state, CLOCK_SECOND_US);
	assert_non_null(place.readers);
	place.settings.binance.enabled = true;
	place.settings.binance.source = (char *)"sim";
	place.settings.binance.symbols.items = symbols;
	place.settings.binance.symbols.count = 1;
	return place;
}

static void
end_place(struct place *place)
{
	json_decref(place->components);
	readers_free(place->readers);
	database_close(place->ticks);
}

/* tickd's status file of now, with a feed that is well but for `more` (JSON members). */
static json_t *
status(const char *of_feed, const char *of_symbol)
{
	char text[2048];
	json_t *tickd;

	snprintf(text, sizeof(text), "{\"updated_us\":%lld,\"feeds\":[{\"name\":\"binance\","
	    "\"source\":\"sim\",\"state\":\"live\",\"gaps\":1%s,\"symbols\":[{\"symbol\":\"BTCUSDT\","
	    "\"ticks_per_second\":2.5%s}]}]}", (long long)clock_wall_us(), of_feed, of_symbol);
	tickd = json_loads(text, 0, NULL);
	assert_non_null(tickd);
	return tickd;
}

/* Measures the feeds of such a status; the component, borrowed. */
static json_t *
measure(struct place *place, const char *name, const char *of_feed, const char *of_symbol)
{
	json_t *tickd = status(of_feed, of_symbol);

	json_object_clear(place->components);
	health_feeds_measure(place->components, place->readers, &place->settings, &place->watch, tickd);
	json_decref(tickd);
	return json_object_get(place->components, name);
}

static void
assert_component(const json_t *component, bool ok, const char *status, const char *sentence)
{
	const json_t *problems = json_object_get(component, "problems");

	assert_non_null(component);
	assert_int_equal(json_is_true(json_object_get(component, "ok")), ok);
	assert_string_equal(json_string_value(json_object_get(component, "status")), status);
	if (sentence == NULL) {
		assert_null(problems);
		return;
	}
	assert_int_equal(json_array_size(problems), 1);
	assert_string_equal(json_string_value(json_array_get(problems, 0)), sentence);
}

/* ---- trades ---- */

static void
execute(struct database *db, const char *sql)
{
	assert_int_equal(database_execute(db, sql), 0);
}

static struct database *
open_analysis(void **state)
{
	struct database *db;
	struct problem problem;

	assert_int_equal(database_open(&db, ROLE_ANALYSISD, DATABASE_ANALYSIS, ACCESS_WRITE, *state,
			     &problem), 0);
	return db;
}

static void
add_trade(struct database *db, int ticket, const char *source, int stale, const char *closed_us)
{
	char sql[1024];

	snprintf(sql, sizeof(sql), "INSERT INTO dtms_trades(account, ticket, registered_us, source,"
	    " symbol, direction, origin, entry_price_e8, initial_volume_e8, current_volume_e8,"
	    " closed_volume_e8, hedge_lost, state, state_since_us, vwap_cross_count, vwap_flip,"
	    " close_attempts, stale, closed_us) VALUES('manual', %d, 1, '%s', 'BTCUSDT', 'BUY',"
	    " 'enabled', 1, 1, 1, 0, 0, 'HEALTHY', 1, 0, 0, 0, %d, %s)", ticket, source, stale,
	    closed_us);
	execute(db, sql);
}

static const json_t *
measure_trades(struct place *place)
{
	json_object_clear(place->components);
	health_trades_measure(place->components, place->readers);
	return json_object_get(place->components, "dtms");
}

static void
a_stale_trade_is_a_fault_and_named(void **state)
{
	struct place place = make_place(state);
	struct database *db = open_analysis(state);

	add_trade(db, 1, "sim", 0, "NULL");
	add_trade(db, 2, "sim", 1, "5");
	assert_component(measure_trades(&place), true, "ok", NULL);
	add_trade(db, 3, "sim", 1, "NULL");
	assert_component(measure_trades(&place), false, "stale",
	    "sim:BTCUSDT: no decision on 1 of 2 trades for want of new data");
	database_close(db);
	end_place(&place);
}

/* DTMS decides on its source's clock: while that stands still nobody writes that a trade is stale. */
static void
trades_of_a_source_that_fell_silent_are_stale(void **state)
{
	struct place place = make_place(state);
	struct database *db = open_analysis(state);

	add_trade(db, 1, "sim", 0, "NULL");
	execute(place.ticks, "UPDATE symbols SET newest_us = newest_us - 601000000");
	assert_component(measure_trades(&place), false, "stale",
	    "sim:BTCUSDT: no decision on 1 of 1 trades for want of new data");
	database_close(db);
	end_place(&place);
}

static void
dtms_switched_off_is_said_and_is_no_fault(void **state)
{
	struct place place = make_place(state);
	struct database *db = open_analysis(state);

	execute(db, "INSERT INTO dtms_progress VALUES('sim', 0, 0, 0, 0, 0, 1)");
	assert_component(measure_trades(&place), true, "off", NULL);
	database_close(db);
	end_place(&place);
}

static void
before_analysisd_ever_ran_nothing_is_said_of_trades(void **state)
{
	struct place place = make_place(state);

	assert_null(measure_trades(&place));
	end_place(&place);
}

/* ---- feeds ---- */

static void
a_feed_that_lives_and_is_well_is_ok(void **state)
{
	struct place place = make_place(state);

	assert_component(measure(&place, "feed:binance", "", ""), true, "live", NULL);
	assert_component(json_object_get(place.components, "symbol:sim:BTCUSDT"), true, "live", NULL);
	end_place(&place);
}

static void
a_feed_with_a_fault_is_degraded_and_says_it(void **state)
{
	struct place place = make_place(state);

	assert_component(measure(&place, "feed:binance",
	    ",\"clock\":{\"offset_ms\":2500,\"alarm\":true}", ""), false, "degraded",
	    "our clock is 2.500 s behind the exchange's: set it right");
	assert_component(measure(&place, "feed:binance", ",\"rest\":{\"wait_s\":61,\"why\":\"429\"},"
	    "\"backfill\":{\"missing\":9}", ""), false, "degraded",
	    "9 missing ids cannot be asked for within 61 s: 429");
	assert_component(measure(&place, "feed:binance", ",\"recorder\":{\"lost\":2}", ""), false,
	    "degraded", "the recorder loses frames: 2 so far");
	end_place(&place);
}

static void
a_fault_does_not_hide_that_a_feed_is_not_live(void **state)
{
	struct place place = make_place(state);
	json_t *tickd = status(",\"clock\":{\"alarm\":true}", "");

	json_object_set_new(json_array_get(json_object_get(tickd, "feeds"), 0), "state",
	    json_string("waiting"));
	health_feeds_measure(place.components, place.readers, &place.settings, &place.watch, tickd);
	assert_component(json_object_get(place.components, "feed:binance"), false, "waiting",
	    "our clock is not the exchange's: set it right");
	json_decref(tickd);
	end_place(&place);
}

static void
a_silent_symbol_is_not_ok_and_the_others_figures_stand_beside_it(void **state)
{
	struct place place = make_place(state);
	json_t *symbol = measure(&place, "symbol:sim:BTCUSDT", "",
	    ",\"silent\":true,\"gaps\":2,\"missing\":50,\"backfilled\":7");

	assert_component(symbol, false, "silent",
	    "BTCUSDT is silent, against its own rate, while its connection lives");
	assert_int_equal(json_integer_value(json_object_get(symbol, "gaps")), 2);
	assert_int_equal(json_integer_value(json_object_get(symbol, "missing")), 50);
	assert_int_equal(json_integer_value(json_object_get(symbol, "backfilled")), 7);
	end_place(&place);
}

static void
a_feed_that_tickd_no_longer_speaks_of_is_stopped(void **state)
{
	struct place place = make_place(state);
	json_t *tickd = status(",\"clock\":{\"alarm\":true}", "");

	json_object_set_new(tickd, "updated_us", json_integer(clock_wall_us() - 10 * CLOCK_SECOND_US));
	health_feeds_measure(place.components, place.readers, &place.settings, &place.watch, tickd);
	assert_component(json_object_get(place.components, "feed:binance"), false, "stopped", NULL);
	json_decref(tickd);
	end_place(&place);
}

static void
a_database_whose_writer_cannot_store_is_not_ok_and_says_why(void **state)
{
	static const char sentence[] = "ticks cannot be stored: database or disk is full";
	struct place place = make_place(state);
	json_t *tickd = json_pack("{s:{s:{s:I}}}", "databases", "main_db", "rows", (json_int_t)5);
	json_t *databases = health_databases_measure(place.readers, *state, tickd, NULL, NULL);
	json_t *main_db = json_object_get(databases, "main_db");

	assert_true(json_is_true(json_object_get(main_db, "ok")));
	json_decref(databases);
	json_object_set_new(json_object_get(json_object_get(tickd, "databases"), "main_db"), "failing",
	    json_string(sentence));
	databases = health_databases_measure(place.readers, *state, tickd, NULL, NULL);
	main_db = json_object_get(databases, "main_db");
	assert_true(json_is_false(json_object_get(main_db, "ok")));
	assert_string_equal(json_string_value(json_object_get(main_db, "status")), "not written");
	assert_string_equal(json_string_value(json_object_get(main_db, "problem")), sentence);
	json_decref(databases);
	json_decref(tickd);
	end_place(&place);
}

static void
a_daemon_that_is_degraded_says_why(void **state)
{
	json_t *shared = json_pack("{s:f, s:{s:{s:s, s:i}}}", "last_update",
	    (double)clock_wall_us() / 1e6, "processes", "tickd", "state", "running", "pid", 1);
	json_t *tickd = json_pack("{s:s, s:s}", "state", "degraded", "status", "storage failing");
	json_t *components = json_object(), *component;

	health_processes_measure(components, shared, tickd, NULL, NULL);
	component = json_object_get(components, "tickd");
	assert_true(json_is_false(json_object_get(component, "ok")));
	assert_string_equal(json_string_value(json_object_get(component, "status")), "degraded");
	assert_string_equal(json_string_value(json_object_get(component, "says")), "storage failing");
	json_decref(components);
	json_decref(shared);
	json_decref(tickd);
}

#define ON_A_FOLDER(test) cmocka_unit_test_setup_teardown(test, scratch_make, scratch_remove)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ON_A_FOLDER(a_feed_that_lives_and_is_well_is_ok),
		ON_A_FOLDER(a_feed_with_a_fault_is_degraded_and_says_it),
		ON_A_FOLDER(a_fault_does_not_hide_that_a_feed_is_not_live),
		ON_A_FOLDER(a_silent_symbol_is_not_ok_and_the_others_figures_stand_beside_it),
		ON_A_FOLDER(a_feed_that_tickd_no_longer_speaks_of_is_stopped),
		ON_A_FOLDER(a_database_whose_writer_cannot_store_is_not_ok_and_says_why),
		ON_A_FOLDER(a_stale_trade_is_a_fault_and_named),
		ON_A_FOLDER(trades_of_a_source_that_fell_silent_are_stale),
		ON_A_FOLDER(dtms_switched_off_is_said_and_is_no_fault),
		ON_A_FOLDER(before_analysisd_ever_ran_nothing_is_said_of_trades),
		cmocka_unit_test(a_daemon_that_is_degraded_says_why),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
