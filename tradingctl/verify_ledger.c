#include "tradingctl/verify_ledger.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/tick.h"

/* Where a row does not say what is missing, all of it is taken to be. */
#define MISSING(member) "coalesce(missing_" member ", " member ")"

/* Every row that contradicts itself, with the words for it. */
static const char faults_sql[] =
    "SELECT first_id, last_id, CASE"
    " WHEN first_id > last_id THEN 'ends before it begins'"
    " WHEN state = 'filled' THEN CASE"
    "  WHEN coalesce(missing_first_id, missing_last_id, missing_from_us, missing_to_us)"
    "   IS NOT NULL THEN 'is filled, but says that something is missing'"
    "  WHEN filled_us IS NULL THEN 'is filled, but does not say when' END"
    " WHEN missing_first_id IS NULL OR missing_last_id IS NULL OR missing_from_us IS NULL"
    "  OR missing_to_us IS NULL THEN 'is ' || state || ', but does not say what is missing'"
    " WHEN missing_first_id > missing_last_id OR missing_first_id < first_id"
    "  OR missing_last_id > last_id"
    "  THEN printf('says that %d-%d are missing of it', missing_first_id, missing_last_id)"
    " WHEN state = 'unfillable' AND coalesce(reason, '') = '' THEN 'is unfillable without a reason'"
    " END AS fault FROM feed_gaps WHERE symbol_id = ?1 AND fault IS NOT NULL ORDER BY first_id";

static const char missing_sql[] =
    "SELECT " MISSING("first_id") " AS first, " MISSING("last_id") ", " MISSING("from_us") ", "
    MISSING("to_us") ", state, coalesce(reason, '') FROM feed_gaps"
    " WHERE symbol_id = ?1 AND state <> 'filled' ORDER BY first";

static int
read_faults(struct database *db, int64_t symbol_id, struct findings *findings)
{
	sqlite3_stmt *statement;
	int error = database_prepare(db, faults_sql, &statement);

	if (error < 0)
		return error;
	sqlite3_bind_int64(statement, 1, symbol_id);
	while ((error = database_step(db, statement)) == 1)
		findings_add(findings, "the gap %jd-%jd %s",
		    (intmax_t)sqlite3_column_int64(statement, 0),
		    (intmax_t)sqlite3_column_int64(statement, 1), sqlite3_column_text(statement, 2));
	sqlite3_finalize(statement);
	return error;
}

static int
append(struct ledger_gaps *gaps, sqlite3_stmt *statement)
{
	struct ledger_gap *gap;

	if (gaps->count == gaps->capacity) {
		size_t capacity = gaps->capacity == 0 ? 64 : gaps->capacity * 2;
		struct ledger_gap *items = reallocarray(gaps->items, capacity, sizeof(*items));

		if (items == NULL)
			return -ENOMEM;
		gaps->items = items;
		gaps->capacity = capacity;
	}
	gap = &gaps->items[gaps->count++];
	*gap = (struct ledger_gap){
		.first_id = sqlite3_column_int64(statement, 0),
		.last_id = sqlite3_column_int64(statement, 1),
		.from_us = sqlite3_column_int64(statement, 2),
		.to_us = sqlite3_column_int64(statement, 3),
	};
	snprintf(gap->state, sizeof(gap->state), "%s", sqlite3_column_text(statement, 4));
	snprintf(gap->reason, sizeof(gap->reason), "%s", sqlite3_column_text(statement, 5));
	return 0;
}

static int
read_missing(struct database *db, int64_t symbol_id, struct ledger_gaps *ret)
{
	sqlite3_stmt *statement;
	int error = database_prepare(db, missing_sql, &statement);

	if (error < 0)
		return error;
	sqlite3_bind_int64(statement, 1, symbol_id);
	while ((error = database_step(db, statement)) == 1) {
		error = append(ret, statement);
		if (error < 0)
			break;
	}
	sqlite3_finalize(statement);
	return error;
}

int
verify_ledger_read(struct database *db, int64_t symbol_id, struct ledger_gaps *ret,
    struct findings *findings)
{
	int error = read_faults(db, symbol_id, findings);

	return error < 0 ? error : read_missing(db, symbol_id, ret);
}

void
ledger_gaps_free(struct ledger_gaps *gaps)
{
	free(gaps->items);
	*gaps = (struct ledger_gaps){0};
}

/* ---- against what is stored ---- */

/* How many ids of the gap are stored; the runs before *from end before the gap. */
static int64_t
stored_of(const struct ledger_gap *gap, const struct id_runs *runs, size_t *from)
{
	int64_t stored = 0;

	while (*from < runs->count && runs->items[*from].last_id < gap->first_id)
		++*from;
	for (size_t i = *from; i < runs->count && runs->items[i].first_id <= gap->last_id; i++) {
		int64_t first = runs->items[i].first_id, last = runs->items[i].last_id;

		stored += (last < gap->last_id ? last : gap->last_id) -
		    (first > gap->first_id ? first : gap->first_id) + 1;
	}
	return stored;
}

static void
check_stored(const struct ledger_gap *gap, int64_t stored, struct findings *findings)
{
	if (stored == gap->last_id - gap->first_id + 1)
		findings_add(findings,
		    "the gap %" PRId64 "-%" PRId64 " is %s, but its ids are stored", gap->first_id,
		    gap->last_id, gap->state);
	else if (stored > 0)
		findings_add(findings,
		    "the gap %" PRId64 "-%" PRId64 " is %s, but %" PRId64 " of its ids are stored",
		    gap->first_id, gap->last_id, gap->state, stored);
}

/* Ids of before the first one, of ticks that would be deleted by now: given up and remembered. */
static bool
is_deleted(const struct ledger_gap *gap, const struct symbol_marks *marks)
{
	return marks->frozen_us != TICK_NONE && gap->to_us <= marks->frozen_us &&
	    gap->last_id < marks->first_id;
}

void
verify_ledger_check(const struct ledger_gaps *gaps, const struct id_runs *runs,
    const struct symbol_marks *marks, struct findings *findings)
{
	const struct ledger_gap *before = NULL;
	size_t from = 0;

	for (size_t i = 0; i < gaps->count; i++) {
		const struct ledger_gap *gap = &gaps->items[i];

		if (gap->first_id > gap->last_id)
			continue; /* told already */
		check_stored(gap, stored_of(gap, runs, &from), findings);
		if (before != NULL && before->last_id >= gap->first_id)
			findings_add(findings,
			    "the gaps %" PRId64 "-%" PRId64 " and %" PRId64 "-%" PRId64 " overlap",
			    before->first_id, before->last_id, gap->first_id, gap->last_id);
		if (marks->first_id != TICK_NONE && !is_deleted(gap, marks) &&
		    (gap->first_id < marks->first_id || gap->last_id > marks->newest_id))
			findings_add(findings,
			    "the gap %" PRId64 "-%" PRId64 " lies outside the ids that were seen",
			    gap->first_id, gap->last_id);
		if (before == NULL || gap->last_id > before->last_id)
			before = gap;
	}
}
