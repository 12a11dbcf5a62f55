#define _GNU_SOURCE
#include "tickd/mt5/mt5_place.h"

#include "common/clock.h"
#include "tests/unit/common/scratch.h"

#define SECOND CLOCK_SECOND_US
#define MINUTE (60 * SECOND)
#define HOUR (3600 * SECOND)
#define BID INT64_C(110000000)
#define ASK INT64_C(110002000)

static int64_t
at(const char *text)
{
	int64_t time_us;

	assert_int_equal(clock_parse(text, &time_us), 0);
	return time_us;
}

static struct broker_time
ahead(int64_t offset_us)
{
	const struct broker_offset offset = {0, offset_us};
	struct broker_time time;

	broker_time_load(&time, &offset, 1, TICK_NONE);
	return time;
}

static struct mt5_tick
quote(int64_t server_ms)
{
	return (struct mt5_tick){.server_ms = server_ms, .bid_e8 = BID, .ask_e8 = ASK,
	    .last_e8 = TICK_NONE, .flags = MT5_TICK_BID | MT5_TICK_ASK};
}

/* ---- a tick as a row ---- */

static void
a_quote_is_a_row_without_a_price(void **state)
{
	struct mt5_tick tick = quote(7);
	struct tick row;

	tick.flags = 134; /* bit 128 occurs */
	tick.volume_e8 = 500;
	assert_true(mt5_tick_row(&tick, 1234, 5, &row));
	assert_int_equal(row.time_us, 1234);
	assert_int_equal(row.tick_id, 5);
	assert_int_equal(row.bid_e8, BID);
	assert_int_equal(row.ask_e8, ASK);
	assert_int_equal(row.price_e8, TICK_NONE);
	assert_int_equal(row.volume_e8, TICK_NONE);
	assert_int_equal(row.flags, TICK_QUOTE | 134 << 8);
	assert_int_equal(row.trade_count, 0);
}

static void
a_deal_is_what_the_flags_say_is_new(void **state)
{
	static const uint32_t deals[] = {8, 16, 32, 64, 24, 56, 88, 120, 8 | 128, 6 | 8};
	struct mt5_tick tick = quote(7);
	struct tick row;

	tick.last_e8 = BID + 1000;
	tick.volume_e8 = 300000000;
	for (size_t i = 0; i < sizeof(deals) / sizeof(deals[0]); i++) {
		tick.flags = deals[i];
		assert_true(mt5_tick_row(&tick, 0, 0, &row));
		assert_int_equal(row.price_e8, BID + 1000);
		assert_int_equal(row.volume_e8, 300000000);
		assert_int_equal(row.flags, TICK_QUOTE | deals[i] << 8);
	}
	tick.flags = 2 | 4 | 128;
	assert_true(mt5_tick_row(&tick, 0, 0, &row));
	assert_int_equal(row.price_e8, TICK_NONE);
	assert_int_equal(row.volume_e8, TICK_NONE);
}

static void
a_deal_without_a_price_is_none_and_a_volume_of_nothing_is_none(void **state)
{
	struct mt5_tick tick = quote(7);
	struct tick row;

	tick.flags = 120;
	tick.volume_e8 = 100;
	assert_true(mt5_tick_row(&tick, 0, 0, &row));
	assert_int_equal(row.price_e8, TICK_NONE);
	assert_int_equal(row.volume_e8, TICK_NONE);
	tick.last_e8 = BID;
	tick.volume_e8 = 0;
	assert_true(mt5_tick_row(&tick, 0, 0, &row));
	assert_int_equal(row.price_e8, BID);
	assert_int_equal(row.volume_e8, TICK_NONE);
}

static void
an_empty_book_is_no_row(void **state)
{
	struct mt5_tick tick = quote(7);
	struct tick row;

	tick.bid_e8 = tick.ask_e8 = TICK_NONE;
	assert_false(mt5_tick_row(&tick, 0, 0, &row));
	tick.last_e8 = BID; /* of before: nothing is new about it */
	assert_false(mt5_tick_row(&tick, 0, 0, &row));
	tick.flags = MT5_TICK_LAST;
	assert_true(mt5_tick_row(&tick, 0, 0, &row));
	tick = quote(7);
	tick.bid_e8 = TICK_NONE;
	assert_true(mt5_tick_row(&tick, 0, 0, &row));
	assert_int_equal(row.bid_e8, TICK_NONE);
}

/* ---- places ---- */

static struct tick rows[64];

static size_t
place(struct mt5_watermark *mark, const struct broker_time *time, int64_t first,
    struct mt5_tick *ticks, size_t count, size_t *ret_known)
{
	const struct mt5_ticks message = {.first = first, .from_ms = TICK_NONE, .ticks = ticks,
		.count = count};

	return mt5_place(mark, &message, time, 3, rows, ret_known);
}

static void
ticks_of_one_millisecond_are_numbered(void **state)
{
	struct mt5_tick ticks[] = {quote(1000), quote(1000), quote(1000), quote(1001)};
	struct mt5_watermark mark = {TICK_NONE, 0};
	struct broker_time time = ahead(-5 * HOUR);
	size_t known = 9;

	assert_int_equal(place(&mark, &time, -1, ticks, 4, &known), 4);
	assert_int_equal(known, 0);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(rows[i].time_us, 1000000 + 5 * HOUR);
		assert_int_equal(rows[i].tick_id, i);
		assert_int_equal(rows[i].symbol, 3);
	}
	assert_int_equal(rows[3].time_us, 1001000 + 5 * HOUR);
	assert_int_equal(rows[3].tick_id, 0);
	assert_int_equal(mark.server_ms, 1001);
	assert_int_equal(mark.count_in_ms, 1);
	assert_int_equal(place(&mark, &time, 0, NULL, 0, &known), 0);
	assert_int_equal(mark.server_ms, 1001);
}

static void
without_a_place_said_a_message_goes_on_behind_the_watermark(void **state)
{
	struct mt5_tick ticks[] = {quote(1000), quote(1000), quote(2000)};
	struct mt5_watermark mark = {1000, 2};
	struct broker_time time = ahead(0);
	size_t known;

	assert_int_equal(place(&mark, &time, -1, ticks, 3, &known), 3);
	assert_int_equal(rows[0].tick_id, 2);
	assert_int_equal(rows[1].tick_id, 3);
	assert_int_equal(rows[2].tick_id, 0);
	assert_int_equal(known, 0);
}

static void
with_it_what_is_below_is_passed_over(void **state)
{
	struct mt5_tick ticks[] = {quote(999), quote(1000), quote(1000), quote(1000), quote(1001)};
	struct mt5_watermark mark = {1000, 2};
	struct broker_time time = ahead(0);
	size_t known;

	assert_int_equal(place(&mark, &time, 7, ticks, 5, &known), 2);
	assert_int_equal(known, 3);
	assert_int_equal(rows[0].time_us, 1000000);
	assert_int_equal(rows[0].tick_id, 2);
	mark = (struct mt5_watermark){1000, 2};
	assert_int_equal(place(&mark, &time, 1, ticks + 1, 3, &known), 2);
	assert_int_equal(known, 1);
	assert_int_equal(rows[0].tick_id, 2);
	assert_int_equal(mark.count_in_ms, 4);
	assert_int_equal(place(&mark, &time, 1, ticks + 1, 3, &known), 0);
	assert_int_equal(known, 3);
}

static void
an_empty_book_has_a_place(void **state)
{
	struct mt5_tick ticks[] = {quote(1000), quote(1000), quote(1000)};
	struct mt5_watermark mark = {TICK_NONE, 0};
	struct broker_time time = ahead(0);
	size_t known;

	ticks[1].bid_e8 = ticks[1].ask_e8 = TICK_NONE;
	assert_int_equal(place(&mark, &time, 0, ticks, 2, &known), 1);
	assert_int_equal(mark.count_in_ms, 2);
	assert_int_equal(place(&mark, &time, 0, ticks, 3, &known), 1);
	assert_int_equal(known, 2);
	assert_int_equal(rows[0].tick_id, 2);
}

static void
the_same_moment_is_the_same_time_at_every_broker(void **state)
{
	static const int64_t offsets[] = {3 * HOUR, -5 * HOUR, 5 * HOUR + 45 * MINUTE, 0};
	int64_t moment = at("2024-08-01T12:00:00.123Z");

	for (size_t i = 0; i < 4; i++) {
		struct mt5_tick tick = quote((moment + offsets[i]) / CLOCK_MS_US);
		struct mt5_watermark mark = {TICK_NONE, 0};
		struct broker_time time = ahead(offsets[i]);
		size_t known;

		assert_int_equal(place(&mark, &time, -1, &tick, 1, &known), 1);
		assert_int_equal(rows[0].time_us, moment);
	}
}

/* The hour that the broker's clock left out has ticks all the same: nonsense, but in order. */
static void
rows_go_up_whatever_the_clock_did(void **state)
{
	const struct broker_offset offsets[] = {{0, 2 * HOUR}, {100 * HOUR, 3 * HOUR}};
	int64_t edge_ms = 100 * HOUR / CLOCK_MS_US;
	struct mt5_tick ticks[] = {quote(edge_ms - 1), quote(edge_ms), quote(edge_ms),
	    quote(edge_ms + 4 * 3600000)};
	struct mt5_watermark mark = {TICK_NONE, 0};
	struct broker_time time;
	size_t known;

	broker_time_load(&time, offsets, 2, TICK_NONE);
	assert_int_equal(place(&mark, &time, 0, ticks, 4, &known), 4);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(rows[i].time_us, 98 * HOUR - 1000);
		assert_int_equal(rows[i].tick_id, i);
	}
	assert_int_equal(rows[3].time_us, 101 * HOUR);
	assert_int_equal(rows[3].tick_id, 0);
}

/* ---- any cut, any resend, through changes of the clock ---- */

#define MARKET 3000 /* ticks */

struct broker {
	const char *change; /* NULL: none */
	int64_t before_us, after_us;
};

static const struct broker brokers[] = {
	{"2024-03-31T01:00:00Z", 2 * HOUR, 3 * HOUR},
	{"2024-10-27T01:00:00Z", 3 * HOUR, 2 * HOUR},
	{"2024-03-10T07:00:00Z", -5 * HOUR, -4 * HOUR},
	{"2024-11-03T06:00:00Z", -4 * HOUR, -5 * HOUR},
	{"2024-03-10T07:00:00Z", 2 * HOUR, 3 * HOUR},
	{NULL, 5 * HOUR + 30 * MINUTE, 5 * HOUR + 30 * MINUTE},
};

struct market {
	struct mt5_tick ticks[MARKET];
	int64_t utc_us[MARKET]; /* when it was in truth */
	int64_t places[MARKET];
	size_t count;
};

static int64_t
change_of(const struct broker *broker)
{
	return broker->change != NULL ? at(broker->change) : at("2024-08-01T00:00:00Z");
}

static int64_t
offset_at(const struct broker *broker, int64_t utc_us)
{
	return utc_us < change_of(broker) ? broker->before_us : broker->after_us;
}

static bool
is_second_time(const struct broker *broker, int64_t utc_us)
{
	int64_t change_us = change_of(broker);

	return utc_us >= change_us && utc_us + broker->after_us < change_us + broker->before_us;
}

/*
 * Ticks around the change: many in one millisecond, and hours without any.  In the hour that the
 * broker's clock goes through a second time nothing is traded.
 */
static void
make_market(struct market *market, const struct broker *broker, int64_t hours, uint64_t *chance)
{
	int64_t utc_us = change_of(broker) - hours * HOUR;

	market->count = 0;
	while (market->count < MARKET) {
		size_t i = market->count;
		int64_t server_ms;

		if (chance_below(chance, 3) > 0)
			utc_us += chance_below(chance, 4) > 0 ?
			    chance_below(chance, 20) * CLOCK_MS_US :
			    chance_below(chance, hours * HOUR / MARKET * 32 / CLOCK_MS_US) *
				CLOCK_MS_US;
		server_ms = (utc_us + offset_at(broker, utc_us)) / CLOCK_MS_US;
		if (is_second_time(broker, utc_us)) {
			utc_us += MINUTE;
			continue;
		}
		market->ticks[i] = quote(server_ms);
		market->ticks[i].volume_e8 = (int64_t)i;
		if (chance_below(chance, 10) == 0)
			market->ticks[i].bid_e8 = market->ticks[i].ask_e8 = TICK_NONE;
		market->utc_us[i] = utc_us;
		market->places[i] = i > 0 && market->ticks[i - 1].server_ms == server_ms ?
		    market->places[i - 1] + 1 : 0;
		market->count++;
	}
}

/* What tickd keeps: a broker's clock, a watermark, and what waits while the clock is in doubt. */
struct intake {
	const struct market *market;
	struct broker_time time;
	struct mt5_watermark mark;
	size_t stored; /* all before this one */
	struct {
		size_t begin, count;
	} held[MARKET];
	size_t held_count;
};

/* Each row must be the next tick that is one, with its own time and place. */
static void
take(struct intake *intake, size_t begin, size_t count, uint64_t *chance)
{
	static struct tick some[MARKET];
	const struct market *market = intake->market;
	struct mt5_ticks message = {.first = market->places[begin], .from_ms = TICK_NONE,
		.ticks = (struct mt5_tick *)market->ticks + begin, .count = count};
	size_t known = 0, made;

	/* It may be left out where the line goes on, and where it begins before the watermark. */
	if (chance_below(chance, 2) == 0 &&
	    (begin == intake->stored || market->ticks[begin].server_ms < intake->mark.server_ms))
		message.first = -1;
	made = mt5_place(&intake->mark, &message, &intake->time, 0, some, &known);
	for (size_t i = 0; i < made; i++) {
		while (market->ticks[intake->stored].bid_e8 == TICK_NONE)
			intake->stored++;
		assert_int_equal(some[i].time_us, market->utc_us[intake->stored]);
		assert_int_equal(some[i].tick_id, market->places[intake->stored]);
		assert_int_equal(some[i].bid_e8, BID);
		intake->stored++;
	}
	if (begin + count > intake->stored) /* books without a price at the end */
		intake->stored = begin + count;
	assert_int_equal(intake->mark.server_ms, market->ticks[intake->stored - 1].server_ms);
	assert_int_equal(intake->mark.count_in_ms, market->places[intake->stored - 1] + 1);
}

static void
hear(struct intake *intake, enum broker_clock clock, uint64_t *chance)
{
	if (clock == BROKER_CLOCK_DIFFERS)
		return;
	for (size_t i = 0; i < intake->held_count; i++)
		take(intake, intake->held[i].begin, intake->held[i].count, chance);
	intake->held_count = 0;
}

/* A line with both clocks, read when the newest of its ticks was there. */
static void
deliver(struct intake *intake, const struct broker *broker, size_t begin, size_t count,
    int64_t now_us, int64_t wrong_us, uint64_t *chance)
{
	int64_t server_us = now_us + offset_at(broker, now_us);
	enum broker_clock clock;

	/* Once in a while the PC is set, and set back at once. */
	if (chance_below(chance, 50) == 0 && intake->time.count > 0)
		hear(intake, broker_time_measure(&intake->time, server_us / SECOND,
				 (now_us + 2 * HOUR) / SECOND, now_us), chance);
	clock = broker_time_measure(&intake->time, server_us / SECOND, (now_us + wrong_us) / SECOND,
	    now_us);
	assert_true(clock != BROKER_CLOCK_ABSURD);
	hear(intake, clock, chance);
	if (clock != BROKER_CLOCK_DIFFERS) {
		take(intake, begin, count, chance);
	} else {
		intake->held[intake->held_count].begin = begin;
		intake->held[intake->held_count++].count = count;
	}
}

/*
 * Sends all of it: cut anywhere, from any earlier point again, with the connection away for a
 * while (`away_us` around the change), where what was not stored yet is lost with it.
 */
static void
play(const struct broker *broker, struct market *market, int64_t away_us, int64_t wrong_us,
    uint64_t *chance)
{
	static struct intake intake;
	int64_t change = change_of(broker), now = market->utc_us[0];
	size_t next = 0;

	intake = (struct intake){.market = market, .mark = {TICK_NONE, 0}};
	broker_time_start(&intake.time);
	while (intake.stored < market->count) {
		size_t count = (size_t)chance_below(chance, 30) + 1, there = next;

		now += chance_below(chance, 5 * SECOND);
		if (next < market->count && market->utc_us[next] > now)
			now = market->utc_us[next] + chance_below(chance, 3 * SECOND);
		if (now >= change - away_us && now < change + away_us) {
			now = change + away_us;
			intake.held_count = 0;
			next = intake.stored;
			continue;
		}
		while (there < market->count && there < next + count &&
		    market->utc_us[there] <= now)
			there++;
		if (there > next)
			deliver(&intake, broker, next, there - next, now, wrong_us, chance);
		next = there;
		hear(&intake, broker_time_turn(&intake.time, now), chance);
		/* A line without an answer is sent again; never from before the first tick. */
		if (chance_below(chance, 10) == 0 && intake.held_count == 0)
			next -= (size_t)chance_below(chance, (int64_t)next + 1) /
			    (size_t)(1 + chance_below(chance, 50));
		if (next == market->count)
			now += 20 * SECOND; /* what is held still wants its minute */
	}
	assert_int_equal(intake.stored, market->count);
	assert_true(market->utc_us[market->count - 1] > change);
}

static void
every_tick_is_stored_once_however_it_is_sent(void **state)
{
	static const int64_t away[] = {0, 0, 2 * MINUTE, 9 * MINUTE, 30 * MINUTE, 5 * HOUR};
	uint64_t chance = chance_seed();
	static struct market market;

	for (int run = 0; run < 240; run++) {
		const struct broker *broker = &brokers[run % 6];
		int64_t hours = 6 + chance_below(&chance, 40);

		make_market(&market, broker, hours, &chance);
		play(broker, &market, away[chance_below(&chance, 6)],
		    (chance_below(&chance, 840) - 420) * SECOND, &chance);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_quote_is_a_row_without_a_price),
		cmocka_unit_test(a_deal_is_what_the_flags_say_is_new),
		cmocka_unit_test(a_deal_without_a_price_is_none_and_a_volume_of_nothing_is_none),
		cmocka_unit_test(an_empty_book_is_no_row),
		cmocka_unit_test(ticks_of_one_millisecond_are_numbered),
		cmocka_unit_test(without_a_place_said_a_message_goes_on_behind_the_watermark),
		cmocka_unit_test(with_it_what_is_below_is_passed_over),
		cmocka_unit_test(an_empty_book_has_a_place),
		cmocka_unit_test(the_same_moment_is_the_same_time_at_every_broker),
		cmocka_unit_test(rows_go_up_whatever_the_clock_did),
		cmocka_unit_test(every_tick_is_stored_once_however_it_is_sent),
	};

	return cmocka_run_group_tests_name("tickd/mt5_place", tests, NULL, NULL);
}
