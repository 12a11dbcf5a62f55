#include "analysisd/facts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/decimal.h"

#define FACTS_MAX 6 /* of one bar: a BOS, a CHOCH, a swing, of either direction */

#define BAR "source = ?1 AND symbol = ?2 AND timeframe = ?3 AND time_us = ?4"
#define KEY "source, symbol, timeframe, time_us, kind, direction"

enum statement { READ, WRITE, DELETE_ONE, DELETE, STATEMENTS };

static const char *const sql[STATEMENTS] = {
	[READ] = "SELECT kind, direction, bar_us, level, close FROM market_facts WHERE " BAR,
	[WRITE] = ("INSERT OR REPLACE INTO market_facts(" KEY ", bar_us, level, close)"
		  " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)"),
	[DELETE_ONE] = "DELETE FROM market_facts WHERE " BAR " AND kind = ?5 AND direction = ?6",
	/* All timeframes by name: each is a range of the key then. */
	[DELETE] = ("DELETE FROM market_facts WHERE (" KEY ") IN (SELECT " KEY " FROM market_facts"
		   " WHERE source = ?1 AND symbol = ?2 AND timeframe IN"
		   " ('M5', 'M15', 'M30', 'H1', 'H4', 'D1') AND time_us < ?3 LIMIT ?4)"),
};

struct facts {
	struct database *db;
	sqlite3_stmt *statements[STATEMENTS];
};

struct fact {
	const char *kind, *direction;
	int64_t bar_us;
	double level, close;
	bool stored; /* as it is */
};

struct fact_list {
	struct fact facts[FACTS_MAX];
	int count;
};

int
facts_create(struct facts **ret, struct database *db)
{
	struct facts *facts = calloc(1, sizeof(*facts));

	if (facts == NULL)
		return -ENOMEM;
	facts->db = db;
	for (int i = 0; i < STATEMENTS; i++) {
		int error = database_prepare(db, sql[i], &facts->statements[i]);

		if (error < 0) {
			facts_free(facts);
			return error;
		}
	}
	*ret = facts;
	return 0;
}

void
facts_free(struct facts *facts)
{
	if (facts == NULL)
		return;
	for (int i = 0; i < STATEMENTS; i++)
		sqlite3_finalize(facts->statements[i]);
	free(facts);
}

/* ---- what is true ---- */

static void
add(struct fact_list *list, const struct structure *structure, const char *kind,
    const char *direction, double level)
{
	list->facts[list->count++] = (struct fact){
		kind, direction, structure->bar_us, level, structure->close, false};
}

static void
add_swing(struct fact_list *list, const struct structure *structure, const char *kind,
    const char *direction, int64_t bar_us, int64_t price_e8)
{
	add(list, structure, kind, direction, decimal_to_double(price_e8));
	list->facts[list->count - 1].bar_us = bar_us;
}

static void
list_facts(const struct structure *structure, struct fact_list *ret)
{
	const struct candle *high = structure->swing_high, *low = structure->swing_low;

	ret->count = 0;
	if (structure->bos_up)
		add(ret, structure, "BOS", "up", structure->high10);
	if (structure->bos_down)
		add(ret, structure, "BOS", "down", structure->low10);
	if (structure->choch_up)
		add(ret, structure, "CHOCH", "up", structure->high15);
	if (structure->choch_down)
		add(ret, structure, "CHOCH", "down", structure->low15);
	if (high != NULL)
		add_swing(ret, structure, "swing_high", "up", high->open_time_us, high->high_e8);
	if (low != NULL)
		add_swing(ret, structure, "swing_low", "down", low->open_time_us, low->low_e8);
}

/* ---- what is stored ---- */

static void
bind_bar(sqlite3_stmt *row, const struct facts_place *place, int64_t time_us)
{
	sqlite3_bind_text(row, 1, place->source, -1, SQLITE_STATIC);
	sqlite3_bind_text(row, 2, place->symbol, -1, SQLITE_STATIC);
	sqlite3_bind_text(row, 3, timeframe_name(place->timeframe), -1, SQLITE_STATIC);
	sqlite3_bind_int64(row, 4, time_us);
}

static void
bind_name(sqlite3_stmt *row, const struct fact *fact)
{
	sqlite3_bind_text(row, 5, fact->kind, -1, SQLITE_STATIC);
	sqlite3_bind_text(row, 6, fact->direction, -1, SQLITE_STATIC);
}

static int
run(struct facts *facts, sqlite3_stmt *row)
{
	int error = database_step(facts->db, row);

	sqlite3_reset(row);
	sqlite3_clear_bindings(row);
	return error;
}

/* Which of all the names there are this row has; the names are ours. */
static struct fact
read_fact(sqlite3_stmt *row)
{
	static const char *const kinds[] = {"BOS", "CHOCH", "swing_high", "swing_low"};
	const char *kind = (const char *)sqlite3_column_text(row, 0);
	const char *direction = (const char *)sqlite3_column_text(row, 1);
	struct fact fact = {
		.kind = kinds[0],
		.direction = direction != NULL && direction[0] == 'u' ? "up" : "down",
		.bar_us = sqlite3_column_int64(row, 2),
		.level = sqlite3_column_double(row, 3),
		.close = sqlite3_column_double(row, 4),
	};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (kind != NULL && strcmp(kind, kinds[i]) == 0)
			fact.kind = kinds[i];
	return fact;
}

static int
read_stored(struct facts *facts, const struct facts_place *place, int64_t time_us,
    struct fact_list *ret)
{
	sqlite3_stmt *row = facts->statements[READ];
	int result;

	bind_bar(row, place, time_us);
	ret->count = 0;
	while ((result = database_step(facts->db, row)) == 1 && ret->count < FACTS_MAX)
		ret->facts[ret->count++] = read_fact(row);
	sqlite3_reset(row);
	sqlite3_clear_bindings(row);
	return result < 0 ? result : 0;
}

static bool
same_name(const struct fact *a, const struct fact *b)
{
	return strcmp(a->kind, b->kind) == 0 && strcmp(a->direction, b->direction) == 0;
}

/* True when it is still true, of that kind; marks what is stored as it is. */
static bool
is_true(const struct fact *stored, struct fact_list *now)
{
	for (int i = 0; i < now->count; i++) {
		struct fact *fact = &now->facts[i];

		if (!same_name(stored, fact))
			continue;
		fact->stored = stored->bar_us == fact->bar_us && stored->level == fact->level &&
		    stored->close == fact->close;
		return true;
	}
	return false;
}

static int
delete_untrue(struct facts *facts, const struct facts_place *place, int64_t time_us,
    struct fact_list *now)
{
	sqlite3_stmt *row = facts->statements[DELETE_ONE];
	struct fact_list stored;
	int error = read_stored(facts, place, time_us, &stored);

	for (int i = 0; i < stored.count && error == 0; i++) {
		if (is_true(&stored.facts[i], now))
			continue;
		bind_bar(row, place, time_us);
		bind_name(row, &stored.facts[i]);
		error = run(facts, row);
	}
	return error;
}

static int
write_fact(struct facts *facts, const struct facts_place *place, int64_t time_us,
    const struct fact *fact)
{
	sqlite3_stmt *row = facts->statements[WRITE];

	bind_bar(row, place, time_us);
	bind_name(row, fact);
	sqlite3_bind_int64(row, 7, fact->bar_us);
	sqlite3_bind_double(row, 8, fact->level);
	sqlite3_bind_double(row, 9, fact->close);
	return run(facts, row);
}

int
facts_write(struct facts *facts, const struct facts_place *place, const struct structure *structure)
{
	struct fact_list now;
	int error;

	list_facts(structure, &now);
	error = delete_untrue(facts, place, structure->bar_us, &now);
	for (int i = 0; i < now.count && error == 0; i++)
		if (!now.facts[i].stored)
			error = write_fact(facts, place, structure->bar_us, &now.facts[i]);
	return error;
}

int
facts_delete(struct facts *facts, const char *source, const char *symbol, int64_t before_us,
    int limit)
{
	sqlite3_stmt *row = facts->statements[DELETE];
	int error;

	sqlite3_bind_text(row, 1, source, -1, SQLITE_STATIC);
	sqlite3_bind_text(row, 2, symbol, -1, SQLITE_STATIC);
	sqlite3_bind_int64(row, 3, before_us);
	sqlite3_bind_int(row, 4, limit);
	error = run(facts, row);
	return error < 0 ? error : sqlite3_changes(database_handle(facts->db));
}
