/*
 * An analysis database with what DTMS stores, made here through common/, sound at first; tests
 * break it.  Included once a test, behind the headers of cmocka.
 *
 * demo/1001 is WARNING_L1 (two checks, one action), demo/1002 is HEDGED (a check, two actions),
 * demo/1003 was closed (an action), and other/1003 is HEALTHY and never checked.
 */
#ifndef TESTS_UNIT_TRADINGCTL_DTMS_DATABASE_H
#define TESTS_UNIT_TRADINGCTL_DTMS_DATABASE_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/database.h"

#define AT(seconds) #seconds " * 1000000 + 1700000100000000" /* 2023-11-14T22:15:00Z and so on */
#define SIGNAL(name, raw, weight, multiplier)                                                      \
	"\"" name "\":{\"raw\":" #raw ",\"weight\":" #weight ",\"multiplier\":" #multiplier "}"

struct fixture {
	char state_dir[64];
	struct database *writer, *reader;
};

static const char *const sound_rows[] = {
	"INSERT INTO dtms_progress VALUES('mt5', " AT(7200) ", 1, 1, 1, 1, 0)",
	"INSERT INTO dtms_trades VALUES('demo', 1001, " AT(0) ", 'mt5', 'XAUUSD', 'BUY', 'venue',"
	" 200050000000, 100000000, 50000000, 50000000, 199000000000, NULL, 198000000000, NULL,"
	" NULL, 0, 'WARNING_L1', " AT(1800) ", -3.0, NULL, NULL, 2, -1, " AT(1800) ", " AT(1800) ","
	" 199900000000, 0, NULL, 0, NULL, NULL)",
	"INSERT INTO dtms_trades VALUES('demo', 1002, " AT(0) ", 'mt5', 'EURUSD', 'SELL',"
	" 'enabled', 108000000, 200000000, 200000000, 0, NULL, NULL, NULL, 2002, 100000000,"
	" 0, 'HEDGED', " AT(3600) ", -7.5, " AT(8100) ", NULL, 0, 0, NULL, " AT(3600) ","
	" 108100000, 0, NULL, 1, NULL, NULL)",
	"INSERT INTO dtms_trades VALUES('demo', 1003, " AT(0) ", 'mt5', 'XAUUSD', 'BUY', 'venue',"
	" 200050000000, 100000000, 100000000, 0, NULL, NULL, NULL, NULL, NULL,"
	" 0, 'CLOSED', " AT(660) ", NULL, NULL, NULL, 0, 0, NULL, NULL,"
	" NULL, 1, " AT(600) ", 0, " AT(660) ", 'tp')",
	"INSERT INTO dtms_trades VALUES('other', 1003, " AT(0) ", 'mt5', 'XAUUSD', 'BUY', 'venue',"
	" 200050000000, 100000000, 100000000, 0, NULL, NULL, NULL, NULL, NULL,"
	" 0, 'HEALTHY', " AT(0) ", NULL, NULL, NULL, 0, 0, NULL, NULL, NULL, 0, NULL, 0, NULL,"
	" NULL)",
	"INSERT INTO dtms_checks VALUES('demo', 1001, " AT(900) ", 'mt5', " AT(0) ", 'first', 'HEALTHY',"
	" 'HEALTHY', 'all is well', 1.5, '{\"signals\":{" SIGNAL("ema_alignment", 1, 1.5, 1) "}}')",
	"INSERT INTO dtms_checks VALUES('demo', 1001, " AT(1800) ", 'mt5', " AT(0) ", 'interval',"
	" 'HEALTHY', 'WARNING_L1', 'score -3.00 <= -2', -3.0, '{\"signals\":{"
	SIGNAL("structure", -3, 3, 0.7) "," SIGNAL("momentum", 1, 2, 1) ","
	SIGNAL("vwap_volume", 1, 2, 0.65) "," SIGNAL("delta_pressure", null, 1, 1) "}}')",
	"INSERT INTO dtms_checks VALUES('demo', 1002, " AT(3600) ", 'mt5', " AT(0) ", 'move',"
	" 'WARNING_L2', 'HEDGED', 'score -7.50 <= -6', -7.5, '{\"signals\":{"
	SIGNAL("structure", -3, 3, 1) "," SIGNAL("ema_alignment", 1, 1.5, 1) "}}')",
	"INSERT INTO dtms_actions VALUES(1,"
	" 'demo/1001/HEALTHY>WARNING_L1/1700001900000000/tighten_sl',"
	" 'tdm974c6a7c3015f5ae', 'demo', 1001, "
	AT(0) ", 'mt5', 'XAUUSD', 'tighten_sl', '{\"stop_loss\":\"1990\"}', 'first warning',"
	" 'HEALTHY', 'WARNING_L1', 1.5, -3.0, '{}', 'advise', 'advised', NULL, " AT(1800) ", "
	AT(1860) ", 1)",
	"INSERT INTO dtms_actions VALUES(2,"
	" 'demo/1002/WARNING_L2>HEDGED/1700003700000000/open_hedge',"
	" 'tdm683c6801d7009259', 'demo', 1002, "
	AT(0) ", 'mt5', 'EURUSD', 'open_hedge', '{\"volume\":\"1\"}', 'hedge needed',"
	" 'WARNING_L2', 'HEDGED', -5.0, -7.5, '{}', 'execute', 'done', NULL, " AT(3600) ", "
	AT(3660) ", 1)",
	"INSERT INTO dtms_actions VALUES(3,"
	" 'demo/1002/WARNING_L2>HEDGED/1700003700000000/start_flat_timer',"
	" 'tdm3d73c66ffdcba153', 'demo', 1002, "
	AT(0) ", 'mt5', 'EURUSD', 'start_flat_timer', '{}', 'hedge needed',"
	" 'WARNING_L2', 'HEDGED', -5.0, -7.5, '{}', 'execute', 'done', NULL, " AT(3600) ", "
	AT(3660) ", 1)",
	"INSERT INTO dtms_actions VALUES(4,"
	" 'demo/1003/HEALTHY>CLOSING/1700000700000000/close_all',"
	" 'tdmab91ca0ae85b46ab', 'demo', 1003, "
	AT(0) ", 'mt5', 'XAUUSD', 'close_all', '{}', 'structure broke',"
	" 'HEALTHY', 'CLOSING', NULL, NULL, '{}', 'execute', 'failed', 'no money', " AT(600) ", "
	AT(660) ", 1)",
	"INSERT INTO dtms_adopted VALUES('demo', 2002, 'mt5', 1002, " AT(0) ", 'hedge', 100000000,"
	" " AT(3601) ", NULL)",
};

static inline void
run_sql(struct fixture *f, const char *sql)
{
	if (database_execute(f->writer, sql) != 0)
		fail_msg("%s: %s", sql, database_error(f->writer));
}

static inline int
set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	struct problem problem;

	strcpy(f->state_dir, "/tmp/dtms.XXXXXX");
	assert_non_null(mkdtemp(f->state_dir));
	assert_int_equal(database_open(&f->writer, ROLE_ANALYSISD, DATABASE_ANALYSIS, ACCESS_WRITE,
	    f->state_dir, &problem), 0);
	run_sql(f, "BEGIN");
	for (size_t i = 0; i < sizeof(sound_rows) / sizeof(sound_rows[0]); i++)
		run_sql(f, sound_rows[i]);
	run_sql(f, "COMMIT");
	assert_int_equal(database_open(&f->reader, ROLE_TRADINGCTL, DATABASE_ANALYSIS, ACCESS_READ,
	    f->state_dir, &problem), 0);
	*state = f;
	return 0;
}

static inline int
tear_down(void **state)
{
	struct fixture *f = *state;
	char command[128];

	database_close(f->reader);
	database_close(f->writer);
	snprintf(command, sizeof(command), "rm -r %s", f->state_dir);
	assert_int_equal(system(command), 0);
	free(f);
	return 0;
}

#define PROMISE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

#endif
