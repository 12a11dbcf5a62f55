#define _GNU_SOURCE
#include "tests/watch/expect.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/control.h"
#include "tests/watch/same.h"
#include "tests/watch/watch.h"
#include "tests/watch/watched.h"

/* ---- numbers ---- */

static sqlite3_stmt *
ask(const char *sql, const char *one, const char *two, const char *three)
{
	struct database *db = watched_database();
	sqlite3_stmt *row;

	if (database_prepare(db, sql, &row) < 0)
		watch_fail("%s: %s", sql, database_error(db));
	if (one != NULL)
		sqlite3_bind_text(row, 1, one, -1, SQLITE_TRANSIENT);
	if (two != NULL)
		sqlite3_bind_text(row, 2, two, -1, SQLITE_TRANSIENT);
	if (three != NULL)
		sqlite3_bind_text(row, 3, three, -1, SQLITE_TRANSIENT);
	return row;
}

/* NAN for NULL and for no row. */
static double
number(const char *sql, const char *one, const char *two, const char *three)
{
	sqlite3_stmt *row = ask(sql, one, two, three);
	double value = NAN;

	if (sqlite3_step(row) == SQLITE_ROW && sqlite3_column_type(row, 0) != SQLITE_NULL)
		value = sqlite3_column_double(row, 0);
	sqlite3_finalize(row);
	return value;
}

#define NEWEST " FROM dtms_trades WHERE ticket = ?1 ORDER BY registered_us DESC LIMIT 1"

/* "column TICKET NAME": a number of dtms_trades. */
static double
column(const char *ticket, const char *name)
{
	char sql[256];

	snprintf(sql, sizeof(sql), "SELECT %s" NEWEST, name);
	return number(sql, ticket, NULL, NULL);
}

/*
 *   score TICKET | column TICKET NAME     of dtms_trades; e8 and us as stored
 *   actions TICKET                        how many there are
 *   action TICKET TYPE [STATUS]           of that type and status
 *   parameter TICKET TYPE NAME            of the newest action of that type
 *   checks TICKET [CAUSE]                 deep checks
 *   trades | events | alerts | kills
 */
static double
measure(char *words)
{
	char *what = strtok(words, " "), *ticket = strtok(NULL, " "), *more = strtok(NULL, " ");
	char *last = strtok(NULL, " "), sql[256];

	if (strcmp(what, "trades") == 0)
		return number("SELECT count(*) FROM dtms_trades", NULL, NULL, NULL);
	if (strcmp(what, "events") == 0)
		return number("SELECT count(*) FROM dtms_events", NULL, NULL, NULL);
	if (strcmp(what, "alerts") == 0)
		return watched_alerts();
	if (strcmp(what, "kills") == 0)
		return watched_kills();
	if (ticket == NULL)
		watch_fail("%s of what?", what);
	if (strcmp(what, "score") == 0)
		return column(ticket, "score");
	if (strcmp(what, "column") == 0 && more != NULL)
		return column(ticket, more);
	if (strcmp(what, "actions") == 0)
		return number("SELECT count(*) FROM dtms_actions WHERE ticket = ?1", ticket, NULL, NULL);
	if (strcmp(what, "action") == 0 && more != NULL)
		return number("SELECT count(*) FROM dtms_actions WHERE ticket = ?1 AND action_type = ?2"
			      " AND status = coalesce(?3, status)", ticket, more, last);
	if (strcmp(what, "checks") == 0)
		return number("SELECT count(*) FROM dtms_checks WHERE ticket = ?1"
			      " AND cause = coalesce(?2, cause)", ticket, more, NULL);
	if (strcmp(what, "parameter") == 0 && last != NULL) {
		snprintf(sql, sizeof(sql), "SELECT CAST(json_extract(parameters, '$.%s') AS REAL)"
		    " FROM dtms_actions WHERE ticket = ?1 AND action_type = ?2"
		    " ORDER BY time_us DESC, id DESC LIMIT 1", last);
		return number(sql, ticket, more, NULL);
	}
	watch_fail("%s: there is no such measure", what);
}

static bool
compare(double got, char sign, double expected)
{
	if (isnan(expected))
		return isnan(got);
	switch (sign) {
	case '<':
		return got <= expected;
	case '>':
		return got >= expected;
	default:
		return fabs(got - expected) <= 1e-9 * fmax(1, fabs(expected));
	}
}

static void
expect_number(char *words)
{
	char *at = strpbrk(words, "=<>"), *value, sign;
	double expected, got;

	if (at == NULL)
		watch_fail("%s: expected =, <= or >= and a number", words);
	sign = *at;
	value = at + strspn(at, "=<> ");
	expected = strcmp(value, "null") == 0 ? NAN : strtod(value, NULL);
	*at = '\0';
	got = measure(words);
	if (!compare(got, sign, expected))
		watch_fail("expected %c %s, got %.12g", sign, value, got);
}

/* ---- words ---- */

static void
expect_state(char *words)
{
	char *ticket = strtok(words, " "), *state = strtok(NULL, " =");
	sqlite3_stmt *row;

	if (ticket == NULL || state == NULL)
		watch_fail("expected state TICKET = STATE");
	row = ask("SELECT state" NEWEST, ticket, NULL, NULL);
	if (sqlite3_step(row) != SQLITE_ROW)
		watch_fail("%s is no trade", ticket);
	if (strcmp((const char *)sqlite3_column_text(row, 0), state) != 0)
		watch_fail("%s is %s, not %s", ticket, sqlite3_column_text(row, 0), state);
	sqlite3_finalize(row);
}

static void
expect_refused(const char *words, const json_t *answer)
{
	const char *message = answer == NULL ? NULL : control_error_message(answer);

	if (message == NULL)
		watch_fail("it was not refused");
	if (strstr(message, words) == NULL)
		watch_fail("it was refused otherwise: %s", message);
}

void
expect_line(char *words, const json_t *answer)
{
	if (strncmp(words, "state ", 6) == 0)
		expect_state(words + 6);
	else if (strncmp(words, "refused ", 8) == 0)
		expect_refused(words + 8, answer);
	else if (strcmp(words, "same") == 0)
		same_as_replayed();
	else
		expect_number(words);
}
