#define _GNU_SOURCE
#include "tests/watch/expect.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/control.h"
#include "tests/watch/watch.h"
#include "tests/watch/watched.h"

/* Always false. */
__attribute__((format(printf, 2, 3))) static bool
fails(struct expectation *failed, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(failed->text, sizeof(failed->text), format, arguments);
	va_end(arguments);
	return false;
}

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

#define NEWEST_CHECK \
	"SELECT CAST(json_extract(market, '$.%s%s%s%s') AS REAL) FROM dtms_checks" \
	" WHERE ticket = ?1 ORDER BY time_us DESC LIMIT 1"

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
 *   signal TICKET NAME MEMBER             of the newest deep check: raw, multiplier, score, missing
 *   market TICKET NAME                    of it: price, vwap, atr, ...; flow.lent
 *   transitions TICKET                    that a deep check has made
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
	if (strcmp(what, "transitions") == 0)
		return number("SELECT count(*) FROM dtms_checks WHERE ticket = ?1"
			      " AND state_from <> state_to", ticket, NULL, NULL);
	if (strcmp(what, "signal") == 0 && last != NULL)
		snprintf(sql, sizeof(sql), NEWEST_CHECK, "signals.", more, ".", last);
	else if (strcmp(what, "market") == 0 && more != NULL)
		snprintf(sql, sizeof(sql), NEWEST_CHECK, "", more, "", "");
	else
		watch_fail("%s: there is no such measure", what);
	return number(sql, ticket, NULL, NULL);
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

static bool
number_holds(char *words, struct expectation *failed)
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
	if (compare(got, sign, expected))
		return true;
	return fails(failed, "expected %c %s, got %.12g", sign, value, got);
}

/* ---- words ---- */

static bool
state_holds(char *words, struct expectation *failed)
{
	char *ticket = strtok(words, " "), *state = strtok(NULL, " =");
	char got[32] = "no trade";
	sqlite3_stmt *row;

	if (ticket == NULL || state == NULL)
		watch_fail("expected state TICKET = STATE");
	row = ask("SELECT state" NEWEST, ticket, NULL, NULL);
	if (sqlite3_step(row) == SQLITE_ROW)
		snprintf(got, sizeof(got), "%s", sqlite3_column_text(row, 0));
	sqlite3_finalize(row);
	return strcmp(got, state) == 0 || fails(failed, "%s is %s, not %s", ticket, got, state);
}

/* All transitions of a trade as its checks and actions say them: HEALTHY>WARNING_L1>... */
static bool
path_holds(char *words, struct expectation *failed)
{
	char *ticket = strtok(words, " "), *path = strtok(NULL, " ="), got[1024] = "HEALTHY";
	size_t length = strlen(got);
	sqlite3_stmt *row;

	if (ticket == NULL || path == NULL)
		watch_fail("expected path TICKET = STATE>STATE...");
	row = ask("SELECT DISTINCT time_us, state_to FROM (SELECT time_us, state_from, state_to FROM"
		  " dtms_checks WHERE ticket = ?1 AND state_from <> state_to UNION SELECT time_us,"
		  " state_from, state_to FROM dtms_actions WHERE ticket = ?1 UNION SELECT closed_us,"
		  " '', state FROM dtms_trades WHERE ticket = ?1 AND closed_us IS NOT NULL)"
		  " ORDER BY time_us", ticket, NULL, NULL);
	while (sqlite3_step(row) == SQLITE_ROW && length < sizeof(got) - 32)
		length += (size_t)snprintf(got + length, sizeof(got) - length, ">%s",
		    sqlite3_column_text(row, 1));
	sqlite3_finalize(row);
	return strcmp(got, path) == 0 || fails(failed, "it went %s, not %s", got, path);
}

/* "why TICKET TYPE WORDS": the newest action of that type was skipped or failed for that. */
static bool
why_holds(char *words, struct expectation *failed)
{
	char *ticket = strtok(words, " "), *type = strtok(NULL, " "), *why = strtok(NULL, "");
	char got[512] = "there is none";
	sqlite3_stmt *row;

	if (ticket == NULL || type == NULL || why == NULL)
		watch_fail("expected why TICKET TYPE WORDS");
	row = ask("SELECT status || ': ' || coalesce(error, '') FROM dtms_actions WHERE ticket = ?1"
		  " AND action_type = ?2 ORDER BY time_us DESC, id DESC LIMIT 1", ticket, type, NULL);
	if (sqlite3_step(row) == SQLITE_ROW)
		snprintf(got, sizeof(got), "%s", sqlite3_column_text(row, 0));
	sqlite3_finalize(row);
	return strstr(got, why) != NULL || fails(failed, "its %s: %s", type, got);
}

static bool
refused_holds(const char *words, const json_t *answer, struct expectation *failed)
{
	const char *message = answer == NULL ? NULL : control_error_message(answer);

	if (message == NULL)
		return fails(failed, "it was not refused");
	return strstr(message, words) != NULL ||
	    fails(failed, "it was refused otherwise: %s", message);
}

bool
expect_holds(char *words, const json_t *answer, struct expectation *failed)
{
	if (strncmp(words, "state ", 6) == 0)
		return state_holds(words + 6, failed);
	if (strncmp(words, "path ", 5) == 0)
		return path_holds(words + 5, failed);
	if (strncmp(words, "why ", 4) == 0)
		return why_holds(words + 4, failed);
	if (strncmp(words, "refused ", 8) == 0)
		return refused_holds(words + 8, answer, failed);
	return number_holds(words, failed);
}
