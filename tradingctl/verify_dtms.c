#include "tradingctl/verify_dtms.h"

#include <inttypes.h>
#include <stdio.h>
#include <strings.h>

#define STATES                                                                                     \
	"('HEALTHY', 'WARNING_L1', 'WARNING_L2', 'HEDGED', 'RECOVERING', 'CLOSING', 'CLOSED')"
#define ACTIONS                                                                                    \
	"('tighten_sl', 'partial_close', 'move_sl_breakeven', 'open_hedge', 'close_hedge',"        \
	" 'close_all', 're_add_position', 'start_flat_timer', 'stop_flat_timer',"                  \
	" 'start_recovery_timer')"
#define UTC(column) "strftime('%Y-%m-%dT%H:%M:%SZ', " column " / 1000000, 'unixepoch')"
#define HAS_NO_TRADE                                                                               \
	" (account, ticket, registered_us) NOT IN"                                                 \
	" (SELECT account, ticket, registered_us FROM dtms_trades)"
/* Trades go with their rows, but the last of these may be a little younger. */
#define IS_KEPT                                                                                    \
	" (?1 = 0 OR time_us >= (SELECT max(next_us) FROM dtms_progress) - ?1 + 3600000000)"
#define ID " account || '/' || ticket || '/' || state_from || '>' || state_to || '/' || time_us"   \
	" || '/' || action_type"

/* Each answers with one sentence for each fault.  ?1 is how long rows are kept. */
static const char *const checks[] = {
	"SELECT printf('the trade %s/%d is open %d times', account, ticket, count(*))"
	" FROM dtms_trades WHERE closed_us IS NULL GROUP BY account, ticket HAVING count(*) > 1",

	"SELECT printf('the trade %s/%d is in the state %s, which is none', account, ticket, state)"
	" FROM dtms_trades WHERE state NOT IN " STATES,

	"SELECT CASE WHEN closed_us IS NULL"
	" THEN printf('the trade %s/%d is CLOSED, but nobody knows since when', account, ticket)"
	" ELSE printf('the trade %s/%d was closed, but is %s', account, ticket, state) END"
	" FROM dtms_trades WHERE state IN " STATES
	" AND (state = 'CLOSED') <> (closed_us IS NOT NULL)",

	"SELECT printf('the trade %s/%d is %s, but its timer was never started', account, ticket,"
	" state) FROM dtms_trades WHERE (state = 'HEDGED' AND flat_deadline_us IS NULL)"
	" OR (state = 'RECOVERING' AND recovery_deadline_us IS NULL)",

	"SELECT printf('the action %s belongs to no trade', action_id) FROM dtms_actions WHERE"
	HAS_NO_TRADE " AND" IS_KEPT,

	"SELECT printf('the check of %s/%d at %s belongs to no trade', account, ticket, "
	UTC("time_us") ") FROM dtms_checks WHERE" HAS_NO_TRADE " AND" IS_KEPT,

	"SELECT printf('the action %s is stored %d times', action_id, count(*))"
	" FROM dtms_actions GROUP BY action_id HAVING count(*) > 1",

	"SELECT printf('the action %s names a state that is none', action_id) FROM dtms_actions"
	" WHERE state_from NOT IN " STATES " OR state_to NOT IN " STATES,

	"SELECT printf('the action %s is of the type %s, which is none', action_id, action_type)"
	" FROM dtms_actions WHERE action_type NOT IN " ACTIONS,

	/* Of one whose words are none that is said already. */
	"SELECT printf('the action %s should be called %s', action_id," ID ") FROM dtms_actions"
	" WHERE action_id <>" ID " AND action_type IN " ACTIONS
	" AND state_from IN " STATES " AND state_to IN " STATES,

	"SELECT printf('the action %s is only advice, but was %s', action_id, status)"
	" FROM dtms_actions WHERE mode = 'advise' AND status IN ('pending', 'sent', 'failed')",

	"SELECT printf('the action %s is to be executed, but only advised', action_id)"
	" FROM dtms_actions WHERE mode = 'execute' AND status = 'advised'",

	"SELECT printf('the check of %s/%d at %s names a state that is none', account, ticket, "
	UTC("time_us") ") FROM dtms_checks WHERE state_from NOT IN " STATES
	" OR state_to NOT IN " STATES,

	"SELECT printf('the check of %s/%d at %s: its signals add up to %.4f, but its score is"
	" %.4f', account, ticket, " UTC("time_us") ", total, score) FROM"
	" (SELECT *, (SELECT sum(coalesce(json_extract(s.value, '$.raw')"
	"   * json_extract(s.value, '$.weight') * json_extract(s.value, '$.multiplier'), 0))"
	"   FROM json_each(market, '$.signals') s) AS total"
	"  FROM (SELECT * FROM dtms_checks ORDER BY time_us DESC LIMIT ?2))"
	" WHERE abs(total - score) > 1e-5",

	/* The newest of all times of a source against how far it is decided. */
	"SELECT CASE WHEN next_us IS NULL"
	" THEN printf('nothing says how far %s is decided', source)"
	" ELSE printf('%s is decided up to %s, but it has a state or an action of %s', source, "
	UTC("next_us") ", " UTC("newest") ") END"
	" FROM (SELECT source, max(at_us) AS newest FROM"
	"  (SELECT source, state_since_us AS at_us FROM dtms_trades"
	"   UNION ALL SELECT source, time_us FROM dtms_actions"
	"   UNION ALL SELECT source, (SELECT max(time_us) FROM dtms_checks c"
	"    WHERE c.account = t.account AND c.ticket = t.ticket) FROM dtms_trades t)"
	"  GROUP BY source)"
	" LEFT JOIN dtms_progress USING (source) WHERE next_us IS NULL OR newest > next_us",
};

static int
run(struct database *db, const char *sql, int64_t kept_us, struct findings *findings)
{
	sqlite3_stmt *row;
	int error = database_prepare(db, sql, &row);

	if (error < 0)
		return error;
	sqlite3_bind_int64(row, 1, kept_us); /* those that do not ask do not mind */
	sqlite3_bind_int64(row, 2, VERIFY_DTMS_CHECKS);
	while ((error = database_step(db, row)) == 1)
		findings_add(findings, "%s", (const char *)sqlite3_column_text(row, 0));
	sqlite3_finalize(row);
	return error;
}

/* ---- tokens ---- */

/* FNV-1a of 64 bits (Fowler, Noll, Vo). */
static uint64_t
fnv1a(const unsigned char *text)
{
	uint64_t hash = UINT64_C(14695981039346656037);

	for (; *text != '\0'; text++)
		hash = (hash ^ *text) * UINT64_C(1099511628211);
	return hash;
}

/* What an order carries is made of its action's id. */
static int
check_tokens(struct database *db, struct findings *findings)
{
	sqlite3_stmt *row;
	char token[24];
	int error = database_prepare(db, "SELECT action_id, token FROM dtms_actions", &row);

	if (error < 0)
		return error;
	while ((error = database_step(db, row)) == 1) {
		const unsigned char *id = sqlite3_column_text(row, 0);
		const char *stored = (const char *)sqlite3_column_text(row, 1);

		snprintf(token, sizeof(token), "tdm%016" PRIx64, fnv1a(id));
		if (strcasecmp(token, stored) != 0)
			findings_add(findings, "the action %s has the token %s instead of %s", id,
			    stored, token);
	}
	sqlite3_finalize(row);
	return error;
}

/* ---- all of it ---- */

static int
count_rows(struct database *db, struct dtms_report *ret)
{
	sqlite3_stmt *row;
	int error = database_prepare(db, "SELECT (SELECT count(*) FROM dtms_trades),"
	    " (SELECT count(*) FROM dtms_actions), (SELECT count(*) FROM dtms_checks)", &row);

	if (error < 0)
		return error;
	error = database_step(db, row);
	if (error == 1) {
		ret->trades = sqlite3_column_int64(row, 0);
		ret->actions = sqlite3_column_int64(row, 1);
		ret->checks = sqlite3_column_int64(row, 2);
	}
	sqlite3_finalize(row);
	return error < 0 ? error : 0;
}

int
verify_dtms(struct database *db, int64_t kept_us, struct dtms_report *ret)
{
	int error, ended;

	*ret = (struct dtms_report){0};
	error = findings_init(&ret->findings);
	if (error == 0)
		error = database_execute(db, "BEGIN");
	if (error < 0)
		return error;
	error = count_rows(db, ret);
	for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]) && error == 0; i++)
		error = run(db, checks[i], kept_us, &ret->findings);
	if (error == 0)
		error = check_tokens(db, &ret->findings);
	/* The sentence of what failed is kept; see database_error(). */
	ended = error == 0 ? database_execute(db, "END") : 0;
	return error < 0 ? error : ended;
}

void
dtms_report_finish(struct dtms_report *report)
{
	findings_finish(&report->findings);
}

void
dtms_report_print(const struct dtms_report *report)
{
	const json_t *fault;
	size_t i;

	printf("DTMS  %" PRId64 " trades, %" PRId64 " actions, %" PRId64 " checks: %s\n",
	    report->trades, report->actions, report->checks,
	    report->findings.count == 0 ? "ok" : "WRONG");
	json_array_foreach(report->findings.faults, i, fault) {
		printf("  WRONG: %s\n", json_string_value(fault));
	}
	if (report->findings.count > FINDINGS_MAX)
		printf("  and %" PRId64 " more faults\n", report->findings.count - FINDINGS_MAX);
}

json_t *
dtms_report_json(const struct dtms_report *report)
{
	return json_pack("{s:I, s:I, s:I, s:I, s:O}", "trades", (json_int_t)report->trades,
	    "actions", (json_int_t)report->actions, "checks", (json_int_t)report->checks,
	    "fault_count", (json_int_t)report->findings.count, "faults", report->findings.faults);
}
