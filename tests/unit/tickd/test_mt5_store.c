#define _GNU_SOURCE
#include "tickd/mt5/mt5_store.h"

#include "tests/unit/tickd/mt5_bench.h"

#define MINUTE_US (60 * CLOCK_SECOND_US)

/* "complete" of the candle of that slot from FIRST_US on; -1 where there is none. */
static int64_t
complete(struct mt5_bench *bench, const char *symbol, int slot)
{
	return number(bench, "SELECT coalesce((SELECT complete FROM m5_candles JOIN symbols"
	    " USING (symbol_id) WHERE source = 'mt5' AND symbol = '%s' AND open_time_us = %lld), -1)",
	    symbol, (long long)(FIRST_US + slot * CANDLE_M5_US));
}

/* ---- ticks and watermarks ---- */

static void
ticks_said_twice_are_stored_once(void **state)
{
	struct tick ticks[100];
	struct store_result result;
	struct mt5_page page;
	struct mt5_bench bench;

	bench_open(&bench, state, "AB");
	bids(ticks, 100, FIRST_US, CLOCK_SECOND_US, 110000000);
	ticks[1] = bid_at(FIRST_US, 1, 110000050); /* two in a millisecond */
	page = page_of(0, ticks, 60, FIRST_US);
	result = must_store(&bench, &page, 1);
	assert_int_equal(result.stored, 60);
	page = page_of(0, ticks, 100, FIRST_US);
	result = must_store(&bench, &page, 1);
	assert_int_equal(result.stored, 40);
	assert_int_equal(result.duplicates, 60);
	assert_int_equal(number(&bench, "SELECT count(*) FROM unified_ticks"), 100);
	assert_int_equal(number(&bench, "SELECT ticks FROM symbols WHERE symbol = 'A'"), 100);
	assert_int_equal(number(&bench, "SELECT trades FROM m5_candles"), 100);
	bench_close(&bench);
}

static void
the_watermark_that_was_committed_is_where_the_next_session_goes_on(void **state)
{
	const int64_t last_ms = (FIRST_US + 59 * CLOCK_SECOND_US + OFFSET_US) / CLOCK_MS_US;
	struct mt5_bench bench;

	bench_open(&bench, state, "AB");
	assert_int_equal(bench.opened.symbol_count, 2);
	assert_int_equal(bench.opened.marks[0].server_ms, TICK_NONE);
	assert_int_equal(bench.opened.marks[1].server_ms, TICK_NONE);
	must_store_bids(&bench, 0, 60, FIRST_US, CLOCK_SECOND_US, FIRST_US);
	bench_must_hello(&bench, "AB");
	assert_int_equal(bench.opened.marks[0].server_ms, last_ms);
	assert_int_equal(bench.opened.marks[0].count_in_ms, 1);
	assert_int_equal(bench.opened.marks[1].server_ms, TICK_NONE);
	bench_restart(&bench);
	bench_must_hello(&bench, "BA");
	assert_int_equal(bench.opened.marks[0].server_ms, TICK_NONE);
	assert_int_equal(bench.opened.marks[1].server_ms, last_ms);
	bench_close(&bench);
}

/* Empty books have a place but are no rows. */
static void
a_page_without_ticks_moves_its_watermark(void **state)
{
	const struct mt5_page page = {.symbol = 0, .mark = {1234567890123, 7}, .from_us = TICK_NONE};
	struct mt5_bench bench;

	bench_open(&bench, state, "A");
	must_store(&bench, &page, 1);
	bench_restart(&bench);
	bench_must_hello(&bench, "A");
	assert_int_equal(bench.opened.marks[0].server_ms, 1234567890123);
	assert_int_equal(bench.opened.marks[0].count_in_ms, 7);
	bench_close(&bench);
}

static void
pages_of_several_symbols_are_one_transaction(void **state)
{
	struct tick a[10], b[10], more[10];
	struct mt5_page pages[3];
	struct store_result result;
	struct mt5_bench bench;

	bench_open(&bench, state, "AB");
	pages[0] = page_of(0, a, bids(a, 10, FIRST_US, CLOCK_SECOND_US, 1000), FIRST_US);
	pages[1] = page_of(1, b, bids(b, 10, FIRST_US, CLOCK_SECOND_US, 2000), FIRST_US);
	pages[2] = page_of(0, more, bids(more, 10, FIRST_US + MINUTE_US, CLOCK_SECOND_US, 3000),
	    TICK_NONE);
	sql_run(handle_of(&bench), "CREATE TRIGGER fails BEFORE INSERT ON unified_ticks"
	    " WHEN NEW.bid_e8 = 3005 BEGIN SELECT RAISE(ABORT, 'by the test'); END");
	assert_int_equal(mt5_store_ticks(bench.store, pages, 3, NOW_US, &result), -EINVAL);
	assert_int_equal(number(&bench, "SELECT count(*) FROM unified_ticks"), 0);
	assert_int_equal(number(&bench, "SELECT count(*) FROM tick_watermarks"), 0);
	sql_run(handle_of(&bench), "DROP TRIGGER fails; CREATE TRIGGER fails BEFORE INSERT ON"
	    " tick_watermarks BEGIN SELECT RAISE(ABORT, 'by the test'); END");
	assert_int_equal(mt5_store_ticks(bench.store, pages, 3, NOW_US, &result), -EINVAL);
	assert_int_equal(number(&bench, "SELECT count(*) FROM unified_ticks"), 0);
	assert_int_equal(mt5_store_clock(bench.store), 0);
	sql_run(handle_of(&bench), "DROP TRIGGER fails");
	result = must_store(&bench, pages, 3);
	assert_int_equal(result.stored, 30);
	assert_int_equal(number(&bench, "SELECT server_ms FROM tick_watermarks JOIN symbols"
	    " USING (symbol_id) WHERE symbol = 'A'"), pages[2].mark.server_ms);
	assert_int_equal(mt5_store_clock(bench.store), more[9].time_us);
	bench_close(&bench);
}

static void
two_sources_with_the_same_symbols_do_not_touch_each_other(void **state)
{
	struct mt5_bench first, second;
	struct problem problem;

	bench_open(&first, state, "AB");
	bench_begin(&second, state, first.db, "mt5-two");
	strcpy(second.hello.account, "456");
	bench_must_hello(&second, "BA");
	must_store_bids(&first, 0, 50, FIRST_US, CLOCK_SECOND_US, FIRST_US);
	must_store_bids(&second, 0, 20, FIRST_US + CANDLE_M5_US, CLOCK_SECOND_US,
	    FIRST_US + CANDLE_M5_US);
	must_store_bids(&first, 1, 5, FIRST_US, CLOCK_SECOND_US, FIRST_US);
	must_store_bids(&second, 0, 10, FIRST_US + 2 * CANDLE_M5_US, CLOCK_SECOND_US, TICK_NONE);
	assert_int_equal(mt5_store_clock(first.store), FIRST_US + 49 * CLOCK_SECOND_US);
	assert_rows(&first, "SELECT source, symbol, ticks, candles, (SELECT count(*) FROM unified_ticks"
	    " t WHERE t.symbol_id = s.symbol_id) FROM symbols s ORDER BY 1, 2",
	    "mt5|A|50|1|50|\nmt5|B|5|1|5|\nmt5-two|A|0|0|0|\nmt5-two|B|30|2|30|\n");
	bench_must_hello(&first, "AB");
	assert_int_equal(first.opened.marks[1].server_ms,
	    (FIRST_US + 4 * CLOCK_SECOND_US + OFFSET_US) / CLOCK_MS_US);
	/* The other one's account is not ours. */
	strcpy(first.hello.account, "456");
	assert_int_equal(bench_hello(&first, &problem), -EPERM);
	bench_end(&second);
	bench_close(&first);
}

static void
symbols_that_come_and_go_between_hellos_keep_what_they_had(void **state)
{
	struct store_symbol known;
	struct mt5_bench bench;

	bench_open(&bench, state, "AB");
	must_store_bids(&bench, 0, 10, FIRST_US, CLOCK_SECOND_US, FIRST_US);
	must_store_bids(&bench, 1, 20, FIRST_US, CLOCK_SECOND_US, FIRST_US);
	bench_must_hello(&bench, "CB");
	must_store_bids(&bench, 0, 30, FIRST_US, CLOCK_SECOND_US, FIRST_US);
	must_store_bids(&bench, 1, 5, FIRST_US + MINUTE_US, CLOCK_SECOND_US, TICK_NONE);
	mt5_store_symbol(bench.store, 1, &known);
	assert_int_equal(known.ticks, 25);
	bench_must_hello(&bench, "ABC");
	must_store_bids(&bench, 0, 7, FIRST_US + CANDLE_M5_US, CLOCK_SECOND_US, TICK_NONE);
	assert_rows(&bench, "SELECT symbol, ticks, server_ms - 1000 * min(time_us / 1000000)"
	    " FROM symbols JOIN tick_watermarks USING (symbol_id) JOIN unified_ticks USING (symbol_id)"
	    " GROUP BY 1 ORDER BY 1", "A|17|11106000|\nB|25|10864000|\nC|30|10829000|\n");
	bench_close(&bench);
}

/* ---- candles ---- */

/* What the candles must be, by the ticks that are stored. */
static const char recomputed[] =
    "SELECT symbol_id, time_us - time_us % 300000000 AS slot,"
    " (SELECT bid_e8 FROM unified_ticks o WHERE o.symbol_id = t.symbol_id AND bid_e8 IS NOT NULL"
    "  AND time_us >= t.time_us - t.time_us % 300000000 ORDER BY time_us, tick_id LIMIT 1) AS o,"
    " max(bid_e8) AS h, min(bid_e8) AS l,"
    " (SELECT bid_e8 FROM unified_ticks c WHERE c.symbol_id = t.symbol_id AND bid_e8 IS NOT NULL"
    "  AND time_us < t.time_us - t.time_us % 300000000 + 300000000"
    "  ORDER BY time_us DESC, tick_id DESC LIMIT 1) AS c,"
    " count(bid_e8) AS n, coalesce(sum(volume_e8), 0) / 1e8 AS v"
    " FROM unified_ticks t GROUP BY symbol_id, slot HAVING n > 0";

static void
assert_candles_are_recomputed(struct mt5_bench *bench)
{
	assert_int_equal(number(bench, "WITH r AS (%s) SELECT count(*) FROM r LEFT JOIN m5_candles m"
	    " ON m.symbol_id = r.symbol_id AND open_time_us = slot WHERE NOT coalesce(open_e8 = o AND"
	    " high_e8 = h AND low_e8 = l AND close_e8 = c AND trades = n AND abs(volume - v) < 1e-6"
	    " AND first_tick_id IS NULL AND last_tick_id IS NULL AND origin = 'ticks', 0)",
	    recomputed), 0);
	assert_int_equal(number(bench, "SELECT (SELECT count(*) FROM m5_candles) - count(*)"
	    " FROM (%s)", recomputed), 0);
}

/* A page of one symbol: some in one millisecond, some without a bid, some that traded. */
static size_t
random_page(uint64_t *chance, int64_t *time_us, int64_t *place, struct tick *ticks)
{
	size_t count = 1 + (size_t)chance_below(chance, 40);

	for (size_t i = 0; i < count; i++) {
		if (chance_below(chance, 3) == 0) {
			++*place;
		} else {
			*time_us += CLOCK_MS_US * (1 + chance_below(chance, 30000));
			*place = 0;
		}
		ticks[i] = bid_at(*time_us, *place, 1 + chance_below(chance, 1000000));
		if (chance_below(chance, 9) == 0)
			ticks[i].bid_e8 = TICK_NONE;
		if (chance_below(chance, 3) == 0)
			ticks[i].volume_e8 = chance_below(chance, INT64_C(1000000000));
	}
	return count;
}

static void
candles_of_the_bid_equal_those_recomputed_from_the_ticks(void **state)
{
	uint64_t chance = chance_seed();
	static struct tick ticks[3][40];
	int64_t times[3] = {FIRST_US, FIRST_US, FIRST_US}, places[3] = {0};
	struct mt5_bench bench;

	bench_open(&bench, state, "ABC");
	for (int round = 0; round < 60; round++) {
		struct mt5_page pages[3];
		size_t count = 1 + (size_t)chance_below(&chance, 3);

		for (size_t i = 0; i < count; i++)
			pages[i] = page_of(i, ticks[i],
			    random_page(&chance, &times[i], &places[i], ticks[i]),
			    round == 0 ? FIRST_US : TICK_NONE);
		must_store(&bench, pages, count);
		if (chance_below(&chance, 9) == 0)
			bench_restart(&bench);
		if (round % 9 == 0 || chance_below(&chance, 9) == 0) {
			bench_must_hello(&bench, "ABC");
			assert_candles_are_recomputed(&bench);
		} else {
			bench_must_hello(&bench, "ABC");
		}
	}
	assert_candles_are_recomputed(&bench);
	/* Whole from the start: what is over is complete, but where a symbol was silent since. */
	assert_int_equal(number(&bench, "SELECT count(*) FROM m5_candles c JOIN symbols s"
	    " USING (symbol_id) WHERE complete <> (open_time_us + 300000000 <= newest_us)"
	    " AND open_time_us + 300000000 <= newest_us"), 0);
	assert_int_equal(number(&bench, "SELECT count(*) FROM symbols s WHERE ticks <> (SELECT count(*)"
	    " FROM unified_ticks t WHERE t.symbol_id = s.symbol_id) OR candles <> (SELECT count(*)"
	    " FROM m5_candles c WHERE c.symbol_id = s.symbol_id)"), 0);
	assert_int_equal(number(&bench, "SELECT count(*) FROM feed_gaps"), 0);
	bench_close(&bench);
}

static void
the_slot_that_the_first_session_begins_with_is_complete_once_it_is_over(void **state)
{
	struct mt5_bench bench;

	bench_open(&bench, state, "A");
	/* The first quote comes later than the slot's start, but nothing was before it. */
	must_store_bids(&bench, 0, 10, FIRST_US + MINUTE_US, CLOCK_SECOND_US, FIRST_US);
	assert_int_equal(complete(&bench, "A", 0), 0);
	must_store_bids(&bench, 0, 1, FIRST_US + CANDLE_M5_US, CLOCK_SECOND_US, TICK_NONE);
	assert_int_equal(complete(&bench, "A", 0), 1);
	assert_int_equal(complete(&bench, "A", 1), 0);
	bench_close(&bench);
}

static void
a_session_that_begins_in_the_midst_of_a_slot_leaves_that_one_incomplete(void **state)
{
	struct mt5_bench bench;

	bench_open(&bench, state, "A");
	must_store_bids(&bench, 0, 10, FIRST_US + MINUTE_US, CLOCK_SECOND_US, FIRST_US + 1000);
	must_store_bids(&bench, 0, 1, FIRST_US + CANDLE_M5_US, CLOCK_SECOND_US, TICK_NONE);
	must_store_bids(&bench, 0, 1, FIRST_US + 2 * CANDLE_M5_US, CLOCK_SECOND_US, TICK_NONE);
	assert_int_equal(complete(&bench, "A", 0), 0);
	assert_int_equal(complete(&bench, "A", 1), 1);
	bench_close(&bench);
}

static void
slots_of_what_a_terminal_could_not_read_are_not_complete_and_those_before_stay(void **state)
{
	const int64_t from_us = FIRST_US + 4 * CANDLE_M5_US + MINUTE_US;
	struct mt5_bench bench;

	bench_open(&bench, state, "A");
	must_store_bids(&bench, 0, 20, FIRST_US, MINUTE_US / 2, FIRST_US); /* to 9:30 */
	bench_must_hello(&bench, "A");
	must_store_bids(&bench, 0, 20, from_us, MINUTE_US / 2, from_us); /* to 30:30 */
	assert_int_equal(complete(&bench, "A", 0), 1);
	assert_int_equal(complete(&bench, "A", 1), 0);
	assert_int_equal(complete(&bench, "A", 4), 0);
	assert_int_equal(complete(&bench, "A", 5), 1);
	assert_int_equal(complete(&bench, "A", 6), 0);
	bench_restart(&bench);
	bench_must_hello(&bench, "A");
	must_store_bids(&bench, 0, 1, FIRST_US + 7 * CANDLE_M5_US, MINUTE_US, TICK_NONE);
	assert_int_equal(complete(&bench, "A", 1), 0);
	assert_int_equal(complete(&bench, "A", 4), 0);
	assert_int_equal(complete(&bench, "A", 6), 1);
	bench_close(&bench);
}

/* It reads again from its watermark on: nothing is left out. */
static void
a_session_that_goes_on_where_the_last_one_ended_leaves_no_slot_incomplete(void **state)
{
	struct mt5_bench bench;

	bench_open(&bench, state, "A");
	must_store_bids(&bench, 0, 14, FIRST_US, MINUTE_US / 2, FIRST_US); /* to 6:30 */
	bench_restart(&bench);
	bench_must_hello(&bench, "A");
	must_store_bids(&bench, 0, 20, FIRST_US + 13 * MINUTE_US / 2, MINUTE_US / 2,
	    FIRST_US + 13 * MINUTE_US / 2);
	for (int slot = 0; slot < 3; slot++)
		assert_int_equal(complete(&bench, "A", slot), 1);
	bench_close(&bench);
}

static void
the_slot_of_a_silent_symbol_is_complete_once_the_source_s_clock_has_passed_it(void **state)
{
	struct mt5_bench bench;

	bench_open(&bench, state, "AB");
	must_store_bids(&bench, 0, 1, FIRST_US, MINUTE_US, FIRST_US);
	must_store_bids(&bench, 1, 1, FIRST_US + CANDLE_M5_US, MINUTE_US, FIRST_US);
	assert_int_equal(complete(&bench, "A", 0), 0); /* a second of grace */
	must_store_bids(&bench, 1, 1, FIRST_US + CANDLE_M5_US + CLOCK_SECOND_US, MINUTE_US, TICK_NONE);
	assert_int_equal(complete(&bench, "A", 0), 1);
	bench_close(&bench);
}

/* Its quotes of the time without us are still to come. */
static void
after_a_hello_the_slot_of_a_symbol_waits_until_its_terminal_has_said_something_of_it(void **state)
{
	struct mt5_page nothing;
	struct mt5_bench bench;

	bench_open(&bench, state, "AB");
	must_store_bids(&bench, 0, 1, FIRST_US, MINUTE_US, FIRST_US);
	must_store_bids(&bench, 1, 1, FIRST_US, MINUTE_US, FIRST_US);
	bench_must_hello(&bench, "AB");
	must_store_bids(&bench, 1, 1, FIRST_US + 2 * CANDLE_M5_US, MINUTE_US, TICK_NONE);
	assert_int_equal(complete(&bench, "A", 0), 0);
	assert_int_equal(complete(&bench, "B", 0), 1);
	nothing = (struct mt5_page){0, NULL, 0, bench.opened.marks[0], TICK_NONE};
	must_store(&bench, &nothing, 1);
	assert_int_equal(complete(&bench, "A", 0), 1);
	bench_close(&bench);
}

static void
an_import_of_the_same_symbol_beside_a_connected_terminal_is_counted(void **state)
{
	char *items[] = {(char[]){"A"}};
	const struct string_list names = {items, 1};
	struct tick ticks[50];
	struct store_result result;
	struct problem problem;
	struct store *import;
	struct store_symbol known;
	struct mt5_bench bench;

	bench_open(&bench, state, "AB");
	must_store_bids(&bench, 0, 10, FIRST_US + CANDLE_M5_US, CLOCK_SECOND_US,
	    FIRST_US + CANDLE_M5_US);
	assert_int_equal(store_create(&import, bench.db, "mt5", &names, TICK_IDS_ORDINAL, &problem), 0);
	bids(ticks, 50, FIRST_US + CLOCK_SECOND_US, CLOCK_SECOND_US, 500);
	assert_int_equal(store_add_page(import, 0, ticks, 30, NOW_US, &result), 0);
	must_store_bids(&bench, 0, 10, FIRST_US + CANDLE_M5_US + MINUTE_US, CLOCK_SECOND_US, TICK_NONE);
	assert_int_equal(store_add_page(import, 0, ticks + 30, 20, NOW_US, &result), 0);
	must_store_bids(&bench, 0, 10, FIRST_US + 2 * CANDLE_M5_US, CLOCK_SECOND_US, TICK_NONE);
	store_free(import);
	assert_rows(&bench, "SELECT ticks, candles, ticks_from_us FROM symbols WHERE symbol = 'A'",
	    "80|3|1723200001000000|\n");
	assert_candles_are_recomputed(&bench);
	mt5_store_symbol(bench.store, 0, &known);
	assert_int_equal(known.ticks, 80);
	assert_int_equal(known.first_us, FIRST_US + CLOCK_SECOND_US);
	bench_close(&bench);
}

/* ---- what hello says ---- */

static void
another_account_is_refused_in_one_sentence_and_changes_nothing(void **state)
{
	struct problem problem;
	struct mt5_bench bench;

	bench_open(&bench, state, "A");
	bench_name(&bench, "XYZ");
	strcpy(bench.hello.account, "456");
	assert_int_equal(bench_hello(&bench, &problem), -EPERM);
	assert_string_equal(problem.text, "the source mt5 belongs to account 123 at Broker-Demo: give"
					  " this account a section [mt5.NAME] of its own");
	strcpy(bench.hello.account, "123");
	strcpy(bench.hello.server, "Broker-Live");
	assert_int_equal(bench_hello(&bench, &problem), -EPERM);
	assert_rows(&bench, "SELECT source, symbol FROM symbols", "mt5|A|\n");
	assert_rows(&bench, "SELECT * FROM broker_accounts", "mt5|123|Broker-Demo|USD|123|\n");
	/* The session that is there goes on. */
	must_store_bids(&bench, 0, 10, FIRST_US, CLOCK_SECOND_US, FIRST_US);
	bench_close(&bench);
}

static void
terms_are_stored_where_they_changed_and_the_first_hold_for_all_before(void **state)
{
	static const char sql[] = "SELECT from_us, volume_min_e8, volume_step_e8, volume_max_e8,"
	    " tick_size_e8, stops_level_e8, freeze_level_e8, tick_value, sessions, digits"
	    " FROM symbol_terms JOIN symbols USING (symbol_id) ORDER BY from_us";
	struct problem problem;
	struct mt5_bench bench;

	bench_open(&bench, state, "A");
	must_store_bids(&bench, 0, 1, FIRST_US, CLOCK_SECOND_US, FIRST_US);
	bench_must_hello(&bench, "A");
	assert_rows(&bench, sql, "0|1000000|1000000|5000000000|1000|10000|0|1.0|-|5|\n");
	/* What a lot's tick is worth moves with the market. */
	bench.symbols[0].tick_value = 1.25;
	assert_int_equal(bench_hello(&bench, &problem), 0);
	assert_rows(&bench, sql, "0|1000000|1000000|5000000000|1000|10000|0|1.25|-|5|\n");
	bench.symbols[0].stops_level_e8 = 20000;
	bench.symbols[0].digits = 3;
	bench.symbols[0].tick_value = NAN;
	bench.symbols[0].sessions = (char[]){"[[1,0,1440]]"};
	assert_int_equal(bench_hello(&bench, &problem), 0);
	assert_int_equal(bench_hello(&bench, &problem), 0);
	assert_rows(&bench, sql,
	    "0|1000000|1000000|5000000000|1000|10000|0|1.25|-|3|\n"
	    "1723200000000000|1000000|1000000|5000000000|1000|20000|0|-|[[1,0,1440]]|3|\n");
	/* Twice at one moment: the last word counts. */
	bench.symbols[0].stops_level_e8 = 30000;
	assert_int_equal(bench_hello(&bench, &problem), 0);
	assert_int_equal(number(&bench, "SELECT count(*) * 100000 + max(stops_level_e8)"
	    " FROM symbol_terms"), 230000);
	bench_close(&bench);
}

static void
offsets_of_the_broker_s_clock_are_loaded_in_their_order(void **state)
{
	const struct broker_offset winter = {1000, 2 * OFFSET_US / 3}, summer = {5000, OFFSET_US};
	struct mt5_bench bench;

	bench_open(&bench, state, "A");
	assert_int_equal(bench.opened.time.count, 0);
	assert_int_equal(mt5_store_offset(bench.store, &winter), 0);
	assert_int_equal(mt5_store_offset(bench.store, &summer), 0);
	must_store_bids(&bench, 0, 1, FIRST_US, CLOCK_SECOND_US, FIRST_US);
	bench_restart(&bench);
	bench_must_hello(&bench, "A");
	assert_int_equal(bench.opened.time.count, 2);
	assert_int_equal(bench.opened.time.offsets[0].offset_us, 2 * OFFSET_US / 3);
	assert_int_equal(bench.opened.time.offsets[1].from_server_us, 5000);
	assert_int_equal(bench.opened.time.seen_utc_us, FIRST_US);
	bench_close(&bench);
}

/* ---- history ---- */

static struct candle
bar_at(int64_t open_us, int64_t price_e8)
{
	return (struct candle){.open_time_us = open_us, .open_e8 = price_e8, .high_e8 = price_e8,
		.low_e8 = price_e8, .close_e8 = price_e8, .volume = 1, .trades = 5,
		.first_tick_id = TICK_NONE, .last_tick_id = TICK_NONE, .origin = CANDLE_BARS,
		.complete = true};
}

static void
bars_are_asked_for_until_history_reaches_the_first_tick(void **state)
{
	struct candle bars[3];
	struct mt5_bench bench;

	bench_begin(&bench, state, NULL, "mt5");
	bench_must_hello(&bench, "A");
	assert_int_equal(bench.opened.bars_from_us[0], TICK_NONE); /* not wanted */
	bench.settings.mt5.history_us = 10 * CANDLE_M5_US;
	must_store_bids(&bench, 0, 1, FIRST_US + MINUTE_US, CLOCK_SECOND_US, FIRST_US);
	bench_must_hello(&bench, "A");
	assert_int_equal(bench.opened.bars_from_us[0], FIRST_US - 10 * CANDLE_M5_US);
	for (int i = 0; i < 3; i++)
		bars[i] = bar_at(FIRST_US - (9 - i) * CANDLE_M5_US, 50);
	assert_int_equal(mt5_store_bars(bench.store, 0, bars, 3, FIRST_US - 6 * CANDLE_M5_US, NOW_US), 0);
	bench_must_hello(&bench, "A");
	assert_int_equal(bench.opened.bars_from_us[0], FIRST_US - 6 * CANDLE_M5_US);
	/* Said again, and by one that has less: nothing is forgotten. */
	assert_int_equal(mt5_store_bars(bench.store, 0, bars, 1, FIRST_US - 8 * CANDLE_M5_US, NOW_US), 0);
	bench_must_hello(&bench, "A");
	assert_int_equal(bench.opened.bars_from_us[0], FIRST_US - 6 * CANDLE_M5_US);
	bars[0] = bar_at(FIRST_US, 99); /* where ticks are theirs counts */
	assert_int_equal(mt5_store_bars(bench.store, 0, bars, 1, FIRST_US + CANDLE_M5_US, NOW_US), 0);
	bench_restart(&bench);
	bench_must_hello(&bench, "A");
	assert_int_equal(bench.opened.bars_from_us[0], TICK_NONE);
	assert_rows(&bench, "SELECT (open_time_us - 1723200000000000) / 300000000, close_e8, origin,"
	    " complete FROM m5_candles",
	    "-9|50|bars|1|\n-8|50|bars|1|\n-7|50|bars|1|\n0|110000000|ticks|0|\n");
	assert_int_equal(number(&bench, "SELECT candles FROM symbols"), 4);
	bench_close(&bench);
}

static void
a_symbol_without_ticks_is_asked_for_bars_up_to_now(void **state)
{
	struct problem problem;
	struct mt5_opened opened;
	struct mt5_bench bench;

	bench_begin(&bench, state, NULL, "mt5");
	bench.settings.mt5.history_us = 10 * CANDLE_M5_US;
	bench_name(&bench, "A");
	bench.hello.symbols = bench.symbols;
	assert_int_equal(mt5_store_open(bench.store, &bench.hello, FIRST_US + MINUTE_US, &opened,
			     &problem), 0);
	assert_int_equal(opened.bars_from_us[0], FIRST_US - 10 * CANDLE_M5_US);
	mt5_opened_free(&opened);
	/* All that there was, and then the first tick of the slot that they were stored in. */
	assert_int_equal(mt5_store_bars(bench.store, 0, NULL, 0, FIRST_US, NOW_US), 0);
	must_store_bids(&bench, 0, 1, FIRST_US + MINUTE_US, CLOCK_SECOND_US, FIRST_US);
	bench_must_hello(&bench, "A");
	assert_int_equal(bench.opened.bars_from_us[0], TICK_NONE);
	bench_close(&bench);
}

#define promise(f) cmocka_unit_test_setup_teardown(f, scratch_make, scratch_remove)

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		promise(ticks_said_twice_are_stored_once),
		promise(the_watermark_that_was_committed_is_where_the_next_session_goes_on),
		promise(a_page_without_ticks_moves_its_watermark),
		promise(pages_of_several_symbols_are_one_transaction),
		promise(two_sources_with_the_same_symbols_do_not_touch_each_other),
		promise(symbols_that_come_and_go_between_hellos_keep_what_they_had),
		promise(candles_of_the_bid_equal_those_recomputed_from_the_ticks),
		promise(the_slot_that_the_first_session_begins_with_is_complete_once_it_is_over),
		promise(a_session_that_begins_in_the_midst_of_a_slot_leaves_that_one_incomplete),
		promise(slots_of_what_a_terminal_could_not_read_are_not_complete_and_those_before_stay),
		promise(a_session_that_goes_on_where_the_last_one_ended_leaves_no_slot_incomplete),
		promise(the_slot_of_a_silent_symbol_is_complete_once_the_source_s_clock_has_passed_it),
		promise(
		    after_a_hello_the_slot_of_a_symbol_waits_until_its_terminal_has_said_something_of_it),
		promise(an_import_of_the_same_symbol_beside_a_connected_terminal_is_counted),
		promise(another_account_is_refused_in_one_sentence_and_changes_nothing),
		promise(terms_are_stored_where_they_changed_and_the_first_hold_for_all_before),
		promise(offsets_of_the_broker_s_clock_are_loaded_in_their_order),
		promise(bars_are_asked_for_until_history_reaches_the_first_tick),
		promise(a_symbol_without_ticks_is_asked_for_bars_up_to_now),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
