/* health_terminals, on a wall clock of its own: noon of a Wednesday, UTC. */
#define _GNU_SOURCE
#include "logd/health_terminals.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/clock.h"
#include "common/database.h"
#include "logd/health_trades.h"
#include "tests/unit/common/scratch.h"

#define NOON_US (INT64_C(1756900800) * CLOCK_SECOND_US)
#define CONNECTED                                                                                  \
	"\"state\":\"live\",\"account\":\"1001\",\"server\":\"Broker-Demo\",\"connected_s\":5,"    \
	"\"utc_offset_s\":10800"
#define WAITING "\"state\":\"waiting\",\"utc_offset_s\":10800"
#define NEVER_CLOSED                                                                               \
	"[[0,0,1440],[1,0,1440],[2,0,1440],[3,0,1440],[4,0,1440],[5,0,1440],[6,0,1440]]"

static int64_t wall_us = NOON_US;

int64_t
clock_wall_us(void)
{
	return wall_us;
}

int64_t
clock_monotonic_us(void)
{
	return wall_us;
}

struct place {
	struct database *ticks;
	struct readers *readers;
	struct settings_account accounts[2];
	struct settings settings;
	json_t *components;
};

static void
execute(struct database *db, const char *sql)
{
	assert_int_equal(database_execute(db, sql), 0);
}

/* Two accounts of which the second has no terminal; the first has EURUSD, of a minute ago. */
static void
begin(struct place *place, void **state)
{
	struct problem problem;

	*place = (struct place){.accounts = {{.source = (char *)"mt5"}, {.source = (char *)"far"}},
		.components = json_object()};
	wall_us = NOON_US;
	assert_int_equal(database_open(&place->ticks, ROLE_TICKD, DATABASE_TICKS, ACCESS_WRITE,
			     *state, &problem), 0);
	execute(place->ticks, "INSERT INTO symbols(symbol_id, source, symbol, newest_us)"
	    " VALUES(1, 'mt5', 'EURUSD', 1756900740000000)");
	place->readers = readers_create(*state, CLOCK_SECOND_US);
	assert_non_null(place->readers);
	place->settings.mt5.enabled = true;
	place->settings.mt5.accounts = place->accounts;
	place->settings.mt5.account_count = 2;
}

static void
end(struct place *place)
{
	json_decref(place->components);
	readers_free(place->readers);
	database_close(place->ticks);
}

static void
set_sessions(struct place *place, int64_t from_us, const char *sessions)
{
	char sql[512];

	snprintf(sql, sizeof(sql), "INSERT INTO symbol_terms(symbol_id, from_us, sessions)"
	    " VALUES(1, %lld, '%s')", (long long)from_us, sessions);
	execute(place->ticks, sql);
}

/* tickd's status of now: the first account's feed is as said, and named these symbols. */
static const json_t *
measure(struct place *place, const char *component, const char *feed, const char *symbols)
{
	char text[2048];
	json_t *tickd;

	snprintf(text, sizeof(text), "{\"updated_us\":%lld,\"feeds\":[{\"name\":\"mt5\","
	    "\"listen\":\"127.0.0.1:9443\",\"ticks_per_second\":1.5,\"waiting\":3,"
	    "\"orders\":{\"pending\":0,\"sent\":1,\"done\":2,\"failed\":3,\"today\":4},"
	    "\"symbols\":[%s],%s},{\"name\":\"mt5.far\",\"listen\":\"127.0.0.1:9443\","
	    "\"symbols\":[],\"state\":\"waiting\"}]}", (long long)wall_us, symbols, feed);
	tickd = json_loads(text, 0, NULL);
	assert_non_null(tickd);
	json_object_clear(place->components);
	health_terminals_measure(place->components, place->readers, &place->settings, tickd);
	json_decref(tickd);
	return json_object_get(place->components, component);
}

static const json_t *
measure_eurusd(struct place *place, const char *feed)
{
	return measure(place, "symbol:mt5:EURUSD", feed, "{\"symbol\":\"EURUSD\"}");
}

static void
assert_component(const json_t *component, bool ok, const char *status)
{
	assert_non_null(component);
	assert_int_equal(json_is_true(json_object_get(component, "ok")), ok);
	assert_string_equal(json_string_value(json_object_get(component, "status")), status);
}

/* ---- terminals ---- */

static void
a_connected_terminal_is_live_with_whose_it_is_and_its_figures(void **state)
{
	struct place place;
	const json_t *feed;

	begin(&place, state);
	feed = measure(&place, "feed:mt5", CONNECTED, "");
	assert_component(feed, true, "live");
	assert_null(json_object_get(feed, "problems"));
	assert_string_equal(json_string_value(json_object_get(feed, "account")), "1001");
	assert_string_equal(json_string_value(json_object_get(feed, "server")), "Broker-Demo");
	assert_int_equal(json_integer_value(json_object_get(feed, "utc_offset_s")), 10800);
	assert_int_equal(json_integer_value(json_object_get(feed, "waiting")), 3);
	assert_int_equal(json_integer_value(
			     json_object_get(json_object_get(feed, "orders"), "failed")), 3);
	end(&place);
}

static void
a_terminal_that_is_not_connected_is_waited_for_and_is_a_fault(void **state)
{
	struct place place;
	const json_t *far;

	begin(&place, state);
	assert_component(measure(&place, "feed:mt5", WAITING, ""), false, "waiting");
	far = json_object_get(place.components, "feed:mt5.far");
	assert_component(far, false, "waiting");
	assert_string_equal(json_string_value(json_object_get(far, "source")), "far");
	assert_string_equal(json_string_value(json_array_get(json_object_get(far, "problems"), 0)),
	    "far: no terminal is connected to 127.0.0.1:9443");
	end(&place);
}

static void
without_a_word_of_tickd_all_terminals_are_stopped(void **state)
{
	struct place place;
	json_t *tickd = json_object();

	begin(&place, state);
	health_terminals_measure(place.components, place.readers, &place.settings, tickd);
	assert_component(json_object_get(place.components, "feed:mt5"), false, "stopped");
	assert_component(json_object_get(place.components, "feed:mt5.far"), false, "stopped");
	assert_component(json_object_get(place.components, "symbol:mt5:EURUSD"), false, "stale");
	json_decref(tickd);
	end(&place);
}

static void
where_no_terminal_may_connect_nothing_is_said_of_any(void **state)
{
	struct place place;

	begin(&place, state);
	place.settings.mt5.enabled = false;
	assert_null(measure(&place, "feed:mt5", CONNECTED, ""));
	assert_int_equal(json_object_size(place.components), 0);
	end(&place);
}

/* ---- symbols ---- */

static void
a_symbol_with_a_tick_of_this_minute_is_live(void **state)
{
	struct place place;

	begin(&place, state);
	wall_us = NOON_US - 1;
	set_sessions(&place, 0, NEVER_CLOSED);
	assert_component(measure_eurusd(&place, CONNECTED), true, "live");
	wall_us = NOON_US;
	assert_component(measure_eurusd(&place, CONNECTED), false, "stale");
	end(&place);
}

/* UTC+3: it is 15:00 (minute 900) of day 3 there. */
static void
a_closed_market_is_quiet_and_no_fault(void **state)
{
	struct place place;

	begin(&place, state);
	set_sessions(&place, 0, "[[3,600,900]]");
	assert_component(measure_eurusd(&place, CONNECTED), true, "quiet");
	set_sessions(&place, 1, "[[3,600,901]]");
	assert_component(measure_eurusd(&place, CONNECTED), false, "stale");
	/* By UTC it would be open, but the hours are the broker's. */
	set_sessions(&place, 2, "[[3,700,800]]");
	assert_component(measure_eurusd(&place, CONNECTED), true, "quiet");
	end(&place);
}

static void
a_market_that_has_just_opened_has_a_minute_for_its_first_tick(void **state)
{
	struct place place;

	begin(&place, state);
	set_sessions(&place, 0, "[[3,900,1440]]");
	assert_component(measure_eurusd(&place, CONNECTED), true, "quiet");
	wall_us = NOON_US + 60 * CLOCK_SECOND_US - 1;
	assert_component(measure_eurusd(&place, CONNECTED), true, "quiet");
	wall_us++;
	assert_component(measure_eurusd(&place, CONNECTED), false, "stale");
	end(&place);
}

static void
hours_that_nobody_said_are_no_excuse(void **state)
{
	struct place place;

	begin(&place, state);
	assert_component(measure_eurusd(&place, CONNECTED), false, "stale");
	set_sessions(&place, 0, "[]");
	assert_component(measure_eurusd(&place, CONNECTED), true, "quiet");
	end(&place);
}

static void
of_a_terminal_that_is_gone_no_symbol_is_quiet(void **state)
{
	struct place place;

	begin(&place, state);
	set_sessions(&place, 0, "[]");
	assert_component(measure_eurusd(&place, WAITING), false, "stale");
	end(&place);
}

static void
a_symbol_that_never_had_a_tick_says_so_but_in_a_closed_market(void **state)
{
	struct place place;

	begin(&place, state);
	execute(place.ticks, "UPDATE symbols SET newest_us = NULL");
	assert_component(measure_eurusd(&place, CONNECTED), false, "no tick yet");
	set_sessions(&place, 0, "[[0,0,1440]]");
	assert_component(measure_eurusd(&place, CONNECTED), true, "quiet");
	end(&place);
}

static void
symbols_that_the_terminal_no_longer_names_are_not_looked_at(void **state)
{
	struct place place;

	begin(&place, state);
	execute(place.ticks, "INSERT INTO symbols(source, symbol) VALUES('mt5', 'OLD'),"
	    " ('other', 'ELSE')");
	measure_eurusd(&place, CONNECTED);
	assert_non_null(json_object_get(place.components, "symbol:mt5:EURUSD"));
	assert_null(json_object_get(place.components, "symbol:mt5:OLD"));
	/* Since tickd was started it has not connected: what it brings is what it brought. */
	assert_component(measure(&place, "symbol:mt5:OLD", WAITING, ""), false, "no tick yet");
	assert_null(json_object_get(place.components, "symbol:mt5:ELSE"));
	end(&place);
}

/* ---- trades ---- */

static void
trades_are_not_stale_while_their_market_is_closed(void **state)
{
	struct place place;
	struct database *db;
	struct problem problem;

	begin(&place, state);
	assert_int_equal(database_open(&db, ROLE_ANALYSISD, DATABASE_ANALYSIS, ACCESS_WRITE, *state,
			     &problem), 0);
	execute(db, "INSERT INTO dtms_trades(account, ticket, registered_us, source, symbol,"
	    " direction, origin, entry_price_e8, initial_volume_e8, current_volume_e8,"
	    " closed_volume_e8, hedge_lost, state, state_since_us, vwap_cross_count, vwap_flip,"
	    " close_attempts, stale) VALUES('1001', 5, 1, 'mt5', 'EURUSD', 'BUY', 'venue', 1, 1, 1,"
	    " 0, 0, 'HEALTHY', 1, 0, 0, 0, 1)");
	wall_us = NOON_US + CLOCK_DAY_US;
	set_sessions(&place, 0, "[[3,600,900]]");
	measure_eurusd(&place, CONNECTED);
	health_trades_measure(place.components, place.readers);
	assert_component(json_object_get(place.components, "dtms"), true, "ok");
	measure_eurusd(&place, WAITING);
	health_trades_measure(place.components, place.readers);
	assert_component(json_object_get(place.components, "dtms"), false, "stale");
	database_close(db);
	end(&place);
}

#define ON_A_FOLDER(test) cmocka_unit_test_setup_teardown(test, scratch_make, scratch_remove)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ON_A_FOLDER(a_connected_terminal_is_live_with_whose_it_is_and_its_figures),
		ON_A_FOLDER(a_terminal_that_is_not_connected_is_waited_for_and_is_a_fault),
		ON_A_FOLDER(without_a_word_of_tickd_all_terminals_are_stopped),
		ON_A_FOLDER(where_no_terminal_may_connect_nothing_is_said_of_any),
		ON_A_FOLDER(a_symbol_with_a_tick_of_this_minute_is_live),
		ON_A_FOLDER(a_closed_market_is_quiet_and_no_fault),
		ON_A_FOLDER(a_market_that_has_just_opened_has_a_minute_for_its_first_tick),
		ON_A_FOLDER(hours_that_nobody_said_are_no_excuse),
		ON_A_FOLDER(of_a_terminal_that_is_gone_no_symbol_is_quiet),
		ON_A_FOLDER(a_symbol_that_never_had_a_tick_says_so_but_in_a_closed_market),
		ON_A_FOLDER(symbols_that_the_terminal_no_longer_names_are_not_looked_at),
		ON_A_FOLDER(trades_are_not_stale_while_their_market_is_closed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
