#define _GNU_SOURCE
#include "tickd/import/archive_rows.h"

#include <errno.h>

#include "tests/unit/common/scratch.h"

#define TRADE "3001,65000.10000000,0.50000000,32500.05000000,1722470400123,True,True"
#define AGGREGATE "901,65000.1,0.5,3001,3004,1722470400123,false,true"
#define KLINE                                                                                      \
	"1722470400000,1.5,3,1,2,10.25,1722470699999,20.5,7,4.125,8.25,0"

static struct archive_format
format_of(const char *name)
{
	struct archive_format format;
	static struct archive_name parsed;

	archive_name_read(name, &parsed);
	archive_format_of_name(&parsed, &format);
	return format;
}

static struct tick
tick_of(const char *name, const char *line)
{
	struct archive_format format = format_of(name);
	struct problem problem;
	struct tick tick;

	if (archive_tick_row(&format, line, strlen(line), &tick, &problem) != 1)
		fail_msg("%s: %s", line, problem.text);
	return tick;
}

/* The sentence with which the line is refused. */
static const char *
refused(const char *name, const char *line)
{
	struct archive_format format = format_of(name);
	static struct problem problem;
	struct candle candle;
	struct tick tick;
	int result = format.kind == ARCHIVE_KLINES ?
	    archive_candle_row(&format, line, strlen(line), &candle, &problem) :
	    archive_tick_row(&format, line, strlen(line), &tick, &problem);

	if (result != -EINVAL)
		fail_msg("%s: was taken (%d)", line, result);
	return problem.text;
}

static void
a_trade_becomes_a_tick(void **state)
{
	struct tick tick = tick_of("BTCUSDT-trades-2024-08.csv", TRADE);

	assert_int_equal(tick.tick_id, 3001);
	assert_int_equal(tick.time_us, INT64_C(1722470400123000));
	assert_int_equal(tick.price_e8, INT64_C(6500010000000));
	assert_int_equal(tick.volume_e8, 50000000);
	assert_int_equal(tick.bid_e8, TICK_NONE);
	assert_int_equal(tick.ask_e8, TICK_NONE);
	assert_int_equal(tick.flags, TICK_TRADE | TICK_IMPORTED | TICK_SELL);
	assert_int_equal(tick.trade_count, 0);
}

static void
an_aggregate_says_how_many_trades_it_holds(void **state)
{
	struct tick tick = tick_of("BTCUSDT-aggTrades-2024-08-01.csv", AGGREGATE);

	assert_int_equal(tick.tick_id, 901);
	assert_int_equal(tick.trade_count, 4);
	assert_int_equal(tick.flags, TICK_TRADE | TICK_IMPORTED);
}

static void
an_aggregate_without_trades_stands_for_nothing(void **state)
{
	struct archive_format format = format_of("BTCUSDT-aggTrades-2018-02.csv");
	static const char line[] = "7,0.00000000,0.00000000,-1,-1,1517443200000,True,True";
	struct problem problem;
	struct tick tick;

	assert_int_equal(archive_tick_row(&format, line, strlen(line), &tick, &problem), 0);
}

static void
the_same_trade_has_the_same_time_in_milliseconds_and_microseconds(void **state)
{
	struct tick before = tick_of("BTCUSDT-trades-2024-12.csv",
	    "1,1,1,1,1735689599999,True,True");
	struct tick after = tick_of("BTCUSDT-trades-2025-01.csv",
	    "1,1,1,1,1735689600123456,True,True");

	assert_int_equal(before.time_us, INT64_C(1735689599999000));
	assert_int_equal(after.time_us, INT64_C(1735689600123000));
}

static void
a_time_outside_the_period_of_the_name_is_refused(void **state)
{
	assert_string_equal(refused("BTCUSDT-trades-2025-01.csv", "1,1,1,1,1735689600123,True,True"),
	    "column 5 (time): expected microseconds of 2025-01, not \"1735689600123\"");
	assert_string_equal(refused("BTCUSDT-trades-2024-08.csv",
				"1,1,1,1,1722470400123000,True,True"),
	    "column 5 (time): expected milliseconds of 2024-08, not \"1722470400123000\"");
	(void)refused("BTCUSDT-trades-2024-07-01.csv", TRADE);
}

static void
booleans_are_read_in_both_spellings(void **state)
{
	static const char name[] = "BTCUSDT-trades-2024-08.csv";

	assert_true(tick_of(name, "1,1,1,1,1722470400123,true,false").flags & TICK_SELL);
	assert_false(tick_of(name, "1,1,1,1,1722470400123,False,True").flags & TICK_SELL);
	assert_string_equal(refused(name, "1,1,1,1,1722470400123,TRUE,True"),
	    "column 6 (isBuyerMaker): expected True or False, not \"TRUE\"");
}

static void
what_a_bad_line_lacks_is_said(void **state)
{
	static const struct {
		const char *name, *line, *sentence;
	} cases[] = {
		{"X-trades-2024-08", "1,2", "expected the 7 columns of trades, not 2"},
		{"X-trades-2024-08", AGGREGATE, "expected the 7 columns of trades, not 8"},
		{"X-trades-2024-08", "1,2,3,4,5,6,7,8,9,10,11,12,13",
		    "expected the 7 columns of trades, not more than 12"},
		{"X-trades-2024-08", "x,1,1,1,1722470400123,True,True",
		    "column 1 (id): expected a whole number from 0 on, not \"x\""},
		{"X-trades-2024-08", "1,1e5,1,1,1722470400123,True,True",
		    "column 2 (price): expected a decimal above 0 with up to 8 places, not \"1e5\""},
		{"X-trades-2024-08", "1,0,1,1,1722470400123,True,True",
		    "column 2 (price): expected a decimal above 0 with up to 8 places, not \"0\""},
		{"X-trades-2024-08", "1,1,0.000000001,1,1722470400123,True,True",
		    "column 3 (qty): expected a decimal above 0 with up to 8 places, not "
		    "\"0.000000001\""},
		{"X-trades-2024-08", "1,1,1,,1722470400123,True,True",
		    "column 4 (quoteQty): expected a decimal from 0 on, not \"\""},
		{"X-trades-2024-08", "1,1,1,1,soon\x1b[,True,True",
		    "column 5 (time): expected a whole number from 0 on, not \"soon?[\""},
		{"X-trades-2024-08", "1,1,1,1,1722470400123,True,maybe",
		    "column 7 (isBestMatch): expected True or False, not \"maybe\""},
		{"X-aggTrades-2024-08", "1,1,1,5,4,1722470400123,True,True",
		    "column 5 (last id): expected a whole number from 5 on, not \"4\""},
		{"X-5m-2024-08", "1722470400000,1,1,1,1,1,1722470459999,1,1,1,1,0",
		    "column 7 (close time): expected the end of a 5-minute kline (others cannot be "
		    "imported), not \"1722470459999\""},
		{"X-5m-2024-08", "1722470400001,1,1,1,1,1,1722470700000,1,1,1,1,0",
		    "column 1 (open time): expected the start of a 5-minute slot, not "
		    "\"1722470400001\""},
		{"X-5m-2024-08", "1722470400000,2,1,1,1,1,1722470699999,1,1,1,1,0",
		    "column 3 (high): expected the highest of the four prices, not \"1\""},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_string_equal(refused(cases[i].name, cases[i].line), cases[i].sentence);
}

static void
a_long_text_is_quoted_in_part(void **state)
{
	char line[300];

	memset(line, 'z', 200);
	strcpy(line + 200, ",1,1,1,1722470400123,True,True");
	assert_non_null(strstr(refused("X-trades-2024-08", line), "zzz...\""));
}

static void
a_kline_becomes_a_candle_of_the_exchange(void **state)
{
	struct archive_format format = format_of("BTCUSDT-5m-2024-08.csv");
	struct problem problem;
	struct candle candle;

	assert_int_equal(archive_candle_row(&format, KLINE, strlen(KLINE), &candle, &problem), 1);
	assert_int_equal(candle.open_time_us, INT64_C(1722470400000000));
	assert_int_equal(candle.open_e8, 150000000);
	assert_int_equal(candle.high_e8, 300000000);
	assert_int_equal(candle.low_e8, 100000000);
	assert_int_equal(candle.close_e8, 200000000);
	assert_true(candle.volume == 10.25 && candle.quote_volume == 20.5 &&
	    candle.taker_buy_volume == 4.125);
	assert_int_equal(candle.trades, 7);
	assert_int_equal(candle.first_tick_id, TICK_NONE);
	assert_int_equal(candle.origin, CANDLE_KLINES);
	assert_true(candle.complete);
}

static void
a_kline_in_microseconds_opens_at_the_same_time(void **state)
{
	struct archive_format format = format_of("BTCUSDT-5m-2025-01.csv");
	static const char line[] = "1735689600000000,1,1,1,1,0.5,1735689899999999,1,1,0.5,1,0";
	struct problem problem;
	struct candle candle;

	assert_int_equal(archive_candle_row(&format, line, strlen(line), &candle, &problem), 1);
	assert_int_equal(candle.open_time_us, INT64_C(1735689600000000));
}

static void
an_empty_slot_is_no_candle(void **state)
{
	struct archive_format format = format_of("BTCUSDT-5m-2024-08.csv");
	static const char line[] = "1722470400000,1,1,1,1,0,1722470699999,0,0,0,0,0";
	struct problem problem;
	struct candle candle;

	assert_int_equal(archive_candle_row(&format, line, strlen(line), &candle, &problem), 0);
}

static void
without_a_name_the_columns_say_the_kind_and_the_first_time_its_unit(void **state)
{
	static const char in_us[] = "1,1,1,1,1735689600123456,True,True";
	struct archive_format format;

	assert_int_equal(archive_format_of_line(TRADE, strlen(TRADE), &format), 0);
	assert_int_equal(format.kind, ARCHIVE_TRADES);
	assert_false(format.microseconds);
	assert_int_equal(archive_format_of_line(in_us, strlen(in_us), &format), 0);
	assert_true(format.microseconds);
	assert_int_equal(archive_format_of_line(AGGREGATE, strlen(AGGREGATE), &format), 0);
	assert_int_equal(format.kind, ARCHIVE_AGGREGATES);
	assert_int_equal(archive_format_of_line(KLINE, strlen(KLINE), &format), 0);
	assert_int_equal(format.kind, ARCHIVE_KLINES);
	assert_int_equal(archive_format_of_line("a,b,c", 5, &format), -EINVAL);
	assert_int_equal(archive_format_of_line("", 0, &format), -EINVAL);
	assert_int_equal(archive_format_of_line("1,2,3,4,x,6,7", 13, &format), -EINVAL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_trade_becomes_a_tick),
		cmocka_unit_test(an_aggregate_says_how_many_trades_it_holds),
		cmocka_unit_test(an_aggregate_without_trades_stands_for_nothing),
		cmocka_unit_test(the_same_trade_has_the_same_time_in_milliseconds_and_microseconds),
		cmocka_unit_test(a_time_outside_the_period_of_the_name_is_refused),
		cmocka_unit_test(booleans_are_read_in_both_spellings),
		cmocka_unit_test(what_a_bad_line_lacks_is_said),
		cmocka_unit_test(a_long_text_is_quoted_in_part),
		cmocka_unit_test(a_kline_becomes_a_candle_of_the_exchange),
		cmocka_unit_test(a_kline_in_microseconds_opens_at_the_same_time),
		cmocka_unit_test(an_empty_slot_is_no_candle),
		cmocka_unit_test(
		    without_a_name_the_columns_say_the_kind_and_the_first_time_its_unit),
	};

	return cmocka_run_group_tests_name("tickd/archive_rows", tests, NULL, NULL);
}
