#define _GNU_SOURCE
#include "analysisd/dtms/dtms_store.h"

#include "tests/unit/analysisd/dtms_bench.h"

#include <errno.h>

struct events {
	int count;
	struct dtms_event all[16];
};

static int
take_event(void *context, const struct dtms_event *event)
{
	struct events *events = context;

	assert_true(events->count < 16);
	events->all[events->count++] = *event;
	return 0;
}

static struct events
events_of(struct dtms_bench *bench, const char *source, int64_t after_seq, int64_t until_us)
{
	struct events events = {.count = 0};
	int count = dtms_store_events(bench->store, source, after_seq, until_us, take_event, &events);

	assert_int_equal(count, events.count);
	return events;
}

static struct dtms_event
event_of(const char *source, enum dtms_event_kind kind, int64_t time_us)
{
	struct dtms_event event = {.kind = kind, .time_us = time_us};

	strcpy(event.source, source);
	if (kind == DTMS_ENABLE || kind == DTMS_DISABLE) {
		event.trade = bench_trade(31);
		strcpy(event.trade.source, source);
		event.trade.stop_loss_e8 = 239000000001;
	}
	return event;
}

static int64_t
add(struct dtms_bench *bench, const char *source, enum dtms_event_kind kind, int64_t time_us)
{
	struct dtms_event event = event_of(source, kind, time_us);

	if (dtms_store_add_event(bench->store, &event) < 0)
		fail_msg("%s", database_error(bench->db));
	return event.seq;
}

static void
what_people_told_us_is_read_as_it_was_said(void **state)
{
	struct dtms_bench bench;
	struct events events;

	bench_open(&bench, state);
	assert_int_equal(add(&bench, "sim", DTMS_ENABLE, BENCH_US), 1);
	assert_int_equal(add(&bench, "sim", DTMS_OFF, BENCH_US + 1), 2);
	assert_int_equal(add(&bench, "sim", DTMS_ON, BENCH_US + 1), 3);
	assert_int_equal(add(&bench, "sim", DTMS_DISABLE, BENCH_US + 2), 4);
	bench_restart(&bench);
	events = events_of(&bench, "sim", 0, BENCH_US + 2);
	assert_int_equal(events.count, 4);
	for (int i = 0; i < 4; i++) {
		assert_int_equal(events.all[i].seq, i + 1);
		assert_string_equal(events.all[i].source, "sim");
	}
	assert_int_equal(events.all[0].kind, DTMS_ENABLE);
	assert_int_equal(events.all[0].time_us, BENCH_US);
	assert_string_equal(events.all[0].trade.account, "a");
	assert_string_equal(events.all[0].trade.source, "sim");
	assert_string_equal(events.all[0].trade.symbol, "XAUUSD");
	assert_int_equal(events.all[0].trade.ticket, 31);
	assert_int_equal(events.all[0].trade.direction, TRADE_BUY);
	assert_int_equal(events.all[0].trade.entry_e8, 240000000000);
	assert_int_equal(events.all[0].trade.initial_volume_e8, 100000000);
	assert_int_equal(events.all[0].trade.stop_loss_e8, 239000000001);
	assert_int_equal(events.all[0].trade.take_profit_e8, TICK_NONE);
	assert_int_equal(events.all[1].kind, DTMS_OFF);
	assert_string_equal(events.all[1].trade.account, "");
	assert_int_equal(events.all[2].kind, DTMS_ON);
	assert_int_equal(events.all[3].kind, DTMS_DISABLE);
	assert_int_equal(events.all[3].time_us, BENCH_US + 2);
	assert_string_equal(events.all[3].trade.account, "a");
	assert_int_equal(events.all[3].trade.ticket, 31);
	assert_int_equal(bench_number(&bench, "SELECT count(*) FROM dtms_events"
					      " WHERE created_us = %d", (int)BENCH_CREATED_US), 4);
	bench_stop(&bench);
}

static void
events_are_those_of_a_source_after_a_number(void **state)
{
	struct dtms_bench bench;
	struct events events;

	bench_open(&bench, state);
	assert_int_equal(add(&bench, "sim", DTMS_OFF, BENCH_US), 1);
	assert_int_equal(add(&bench, "mt5", DTMS_OFF, BENCH_US), 2);
	assert_int_equal(add(&bench, "sim", DTMS_ON, BENCH_US), 3);
	events = events_of(&bench, "sim", 1, INT64_MAX);
	assert_int_equal(events.count, 1);
	assert_int_equal(events.all[0].seq, 3);
	assert_int_equal(events_of(&bench, "mt5", 0, INT64_MAX).count, 1);
	assert_int_equal(events_of(&bench, "sim", 3, INT64_MAX).count, 0);
	bench_stop(&bench);
}

static void
a_later_event_holds_back_those_behind_it(void **state)
{
	struct dtms_bench bench;

	bench_open(&bench, state);
	assert_int_equal(add(&bench, "sim", DTMS_OFF, BENCH_US), 1);
	assert_int_equal(add(&bench, "sim", DTMS_ON, BENCH_US + 10), 2);
	assert_int_equal(add(&bench, "sim", DTMS_OFF, BENCH_US + 5), 3);
	assert_int_equal(events_of(&bench, "sim", 0, BENCH_US + 9).count, 1);
	assert_int_equal(events_of(&bench, "sim", 0, BENCH_US - 1).count, 0);
	assert_int_equal(events_of(&bench, "sim", 1, BENCH_US + 10).count, 2);
	bench_stop(&bench);
}

static int
refuse(void *context, const struct dtms_event *event)
{
	++*(int *)context;
	return -ECANCELED;
}

static void
a_callback_that_fails_ends_the_reading_of_events(void **state)
{
	struct dtms_bench bench;
	int calls = 0;

	bench_open(&bench, state);
	assert_int_equal(add(&bench, "sim", DTMS_OFF, BENCH_US), 1);
	assert_int_equal(add(&bench, "sim", DTMS_ON, BENCH_US), 2);
	assert_int_equal(dtms_store_events(bench.store, "sim", 0, INT64_MAX, refuse, &calls),
	    -ECANCELED);
	assert_int_equal(calls, 1);
	bench_stop(&bench);
}

static void
a_stored_trade_that_is_none_is_an_error(void **state)
{
	struct events events = {.count = 0};
	struct dtms_bench bench;

	bench_open(&bench, state);
	assert_int_equal(add(&bench, "sim", DTMS_ENABLE, BENCH_US), 1);
	assert_int_equal(database_execute(bench.db, "UPDATE dtms_events SET trade = '{\"ticket\":1}'"),
	    0);
	assert_int_equal(dtms_store_events(bench.store, "sim", 0, INT64_MAX, take_event, &events),
	    -EIO);
	assert_int_equal(database_execute(bench.db, "UPDATE dtms_events SET trade = NULL"), 0);
	assert_int_equal(dtms_store_events(bench.store, "sim", 0, INT64_MAX, take_event, &events),
	    -EIO);
	assert_int_equal(events.count, 0);
	bench_stop(&bench);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		BENCH_TEST(what_people_told_us_is_read_as_it_was_said),
		BENCH_TEST(events_are_those_of_a_source_after_a_number),
		BENCH_TEST(a_later_event_holds_back_those_behind_it),
		BENCH_TEST(a_callback_that_fails_ends_the_reading_of_events),
		BENCH_TEST(a_stored_trade_that_is_none_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
