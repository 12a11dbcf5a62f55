/* What DTMS stored is checked: one thing is broken, and exactly that is said. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/tradingctl/dtms_database.h"
#include "tradingctl/verify_dtms.h"

#define KEPT_US INT64_C(3600000000)

/* A mutation: `sql` breaks one thing of the sound database, and verify names exactly that. */
struct mutation {
	const char *sql, *fault;
};

/* As if SQLite had never held them to be unique. */
#define WITHOUT_CONSTRAINTS(table)                                                                 \
	"DROP VIEW actions; CREATE TABLE copy AS SELECT * FROM " table ";"                         \
	"DROP TABLE " table "; ALTER TABLE copy RENAME TO " table ";"

static const struct mutation mutations[] = {
	{"DROP INDEX dtms_trades_open; INSERT INTO dtms_trades SELECT account, ticket,"
	 " registered_us - 1, source, symbol, direction, origin, entry_price_e8, initial_volume_e8,"
	 " current_volume_e8, closed_volume_e8, stop_loss_e8, take_profit_e8, initial_stop_loss_e8,"
	 " hedge_ticket, hedge_volume_e8, hedge_lost, state, state_since_us, score,"
	 " flat_deadline_us, recovery_deadline_us, vwap_cross_count, vwap_flip, vwap_counted_us,"
	 " last_deep_time_us, last_deep_price_e8, close_attempts, closing_since_us, stale,"
	 " closed_us, closed_reason FROM dtms_trades WHERE ticket = 1001",
	    "the trade demo/1001 is open 2 times"},
	{"UPDATE dtms_trades SET state = 'WORRIED' WHERE ticket = 1001",
	    "the trade demo/1001 is in the state WORRIED, which is none"},
	{"UPDATE dtms_trades SET state = 'CLOSED' WHERE ticket = 1001",
	    "the trade demo/1001 is CLOSED, but nobody knows since when"},
	{"UPDATE dtms_trades SET state = 'HEALTHY' WHERE ticket = 1003 AND account = 'demo'",
	    "the trade demo/1003 was closed, but is HEALTHY"},
	{"UPDATE dtms_trades SET flat_deadline_us = NULL WHERE ticket = 1002",
	    "the trade demo/1002 is HEDGED, but its timer was never started"},
	{"UPDATE dtms_trades SET state = 'RECOVERING' WHERE ticket = 1001",
	    "the trade demo/1001 is RECOVERING, but its timer was never started"},
	{"UPDATE dtms_actions SET registered_us = registered_us + 1 WHERE id = 2",
	    "the action demo/1002/WARNING_L2>HEDGED/1700003700000000/open_hedge belongs to no"
	    " trade"},
	{"UPDATE dtms_checks SET registered_us = registered_us + 1 WHERE ticket = 1002",
	    "the check of demo/1002 at 2023-11-14T23:15:00Z belongs to no trade"},
	{WITHOUT_CONSTRAINTS("dtms_actions") "INSERT INTO dtms_actions SELECT * FROM dtms_actions"
	 " WHERE id = 1",
	    "the action demo/1001/HEALTHY>WARNING_L1/1700001900000000/tighten_sl is stored 2"
	    " times"},
	{"UPDATE dtms_actions SET state_to = 'FINE' WHERE id = 1",
	    "the action demo/1001/HEALTHY>WARNING_L1/1700001900000000/tighten_sl names a state that"
	    " is none"},
	{"UPDATE dtms_actions SET action_type = 'pray' WHERE id = 1",
	    "the action demo/1001/HEALTHY>WARNING_L1/1700001900000000/tighten_sl is of the type"
	    " pray, which is none"},
	{"UPDATE dtms_actions SET time_us = time_us + 1 WHERE id = 1",
	    "the action demo/1001/HEALTHY>WARNING_L1/1700001900000000/tighten_sl should be called"
	    " demo/1001/HEALTHY>WARNING_L1/1700001900000001/tighten_sl"},
	{"UPDATE dtms_actions SET token = 'tdm0123456789abcdef' WHERE id = 1",
	    "has the token tdm0123456789abcdef instead of tdm"},
	{"UPDATE dtms_actions SET status = 'sent' WHERE id = 1",
	    "the action demo/1001/HEALTHY>WARNING_L1/1700001900000000/tighten_sl is only advice,"
	    " but was sent"},
	{"UPDATE dtms_actions SET status = 'advised' WHERE id = 2",
	    "the action demo/1002/WARNING_L2>HEDGED/1700003700000000/open_hedge is to be executed,"
	    " but only advised"},
	{"UPDATE dtms_checks SET state_from = 'FINE' WHERE ticket = 1002",
	    "the check of demo/1002 at 2023-11-14T23:15:00Z names a state that is none"},
	{"UPDATE dtms_checks SET score = -7.49 WHERE ticket = 1002",
	    "the check of demo/1002 at 2023-11-14T23:15:00Z: its signals add up to -7.5000, but its"
	    " score is -7.4900"},
	{"UPDATE dtms_progress SET next_us = " AT(3599),
	    "mt5 is decided up to 2023-11-14T23:14:59Z, but it has a state or an action of"
	    " 2023-11-14T23:15:00Z"},
	{"UPDATE dtms_checks SET time_us = " AT(7201) " WHERE ticket = 1002",
	    "mt5 is decided up to 2023-11-15T00:15:00Z, but it has a state or an action of"
	    " 2023-11-15T00:15:01Z"},
	{"DELETE FROM dtms_progress", "nothing says how far mt5 is decided"},
};

static void
a_sound_database_has_no_fault(void **state)
{
	struct fixture *f = *state;
	struct dtms_report report;

	assert_int_equal(verify_dtms(f->reader, 0, &report), 0);
	if (report.findings.count != 0)
		fail_msg("%s", json_string_value(json_array_get(report.findings.faults, 0)));
	assert_int_equal(report.trades, 4);
	assert_int_equal(report.actions, 4);
	assert_int_equal(report.checks, 3);
	dtms_report_finish(&report);
}

static void
what_is_broken_is_named_and_nothing_else(void **state)
{
	for (size_t i = 0; i < sizeof(mutations) / sizeof(mutations[0]); i++) {
		struct dtms_report report;
		const char *fault;
		struct fixture *f;

		assert_int_equal(set_up(state), 0);
		f = *state;
		run_sql(f, mutations[i].sql);
		assert_int_equal(verify_dtms(f->reader, 0, &report), 0);
		fault = json_string_value(json_array_get(report.findings.faults, 0));
		if (report.findings.count != 1 || strstr(fault, mutations[i].fault) == NULL)
			fail_msg("%s: %d faults, the first: %s", mutations[i].sql,
			    (int)report.findings.count, fault == NULL ? "none" : fault);
		dtms_report_finish(&report);
		tear_down(state);
	}
}

static void
rows_that_are_older_than_what_is_kept_may_have_lost_their_trade(void **state)
{
	struct fixture *f = *state;
	struct dtms_report report;

	/* Its action is 6600 s older than what is decided; all of a trade goes within an hour. */
	run_sql(f, "DELETE FROM dtms_trades WHERE account = 'demo' AND ticket = 1003");
	assert_int_equal(verify_dtms(f->reader, KEPT_US, &report), 0);
	assert_int_equal(report.findings.count, 0);
	dtms_report_finish(&report);
	assert_int_equal(verify_dtms(f->reader, 3 * KEPT_US, &report), 0);
	assert_int_equal(report.findings.count, 1);
	dtms_report_finish(&report);
}

static void
an_empty_database_has_no_fault(void **state)
{
	struct fixture *f = *state;
	struct dtms_report report;

	run_sql(f, "DELETE FROM dtms_trades; DELETE FROM dtms_checks; DELETE FROM dtms_actions;"
		   " DELETE FROM dtms_progress");
	assert_int_equal(verify_dtms(f->reader, 0, &report), 0);
	assert_int_equal(report.findings.count, 0);
	dtms_report_finish(&report);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		PROMISE(a_sound_database_has_no_fault),
		cmocka_unit_test(what_is_broken_is_named_and_nothing_else),
		PROMISE(rows_that_are_older_than_what_is_kept_may_have_lost_their_trade),
		PROMISE(an_empty_database_has_no_fault),
	};

	return cmocka_run_group_tests_name("tradingctl/verify_dtms", tests, NULL, NULL);
}
