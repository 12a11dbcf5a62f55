#include "tickd/mt5/mt5_pending.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/stored_rows.h"

#define NEWEST_TICKS 100 /* among these the newest one with both prices is looked for */

/* ---- a symbol ---- */

static int
read_prices(struct database *ticks, int64_t symbol_id, struct mt5_symbol_facts *ret)
{
	sqlite3_stmt *row;
	int result = database_prepare(ticks,
	    "SELECT bid_e8, ask_e8 FROM unified_ticks WHERE symbol_id = ?1"
	    " ORDER BY time_us DESC, tick_id DESC LIMIT ?2", &row);

	if (result < 0)
		return result;
	sqlite3_bind_int64(row, 1, symbol_id);
	sqlite3_bind_int(row, 2, NEWEST_TICKS);
	while ((result = database_step(ticks, row)) == 1) {
		ret->bid_e8 = stored_or_none(row, 0);
		ret->ask_e8 = stored_or_none(row, 1);
		if (ret->bid_e8 != TICK_NONE && ret->ask_e8 != TICK_NONE)
			break;
		ret->bid_e8 = ret->ask_e8 = TICK_NONE;
	}
	sqlite3_finalize(row);
	return result < 0 ? result : 0;
}

static int
read_terms(struct database *ticks, int64_t symbol_id, struct mt5_symbol_facts *ret)
{
	sqlite3_stmt *row;
	int result = database_prepare(ticks,
	    "SELECT volume_min_e8, volume_step_e8, volume_max_e8, stops_level_e8, freeze_level_e8"
	    " FROM symbol_terms WHERE symbol_id = ?1 ORDER BY from_us DESC LIMIT 1", &row);

	if (result < 0)
		return result;
	sqlite3_bind_int64(row, 1, symbol_id);
	result = database_step(ticks, row);
	if (result == 1) {
		ret->volume_min_e8 = stored_or_none(row, 0);
		ret->volume_step_e8 = stored_or_none(row, 1);
		ret->volume_max_e8 = stored_or_none(row, 2);
		ret->stops_level_e8 = stored_or_none(row, 3);
		ret->freeze_level_e8 = stored_or_none(row, 4);
	}
	sqlite3_finalize(row);
	return result < 0 ? result : 0;
}

/* 1, 0 where the source has no such symbol. */
static int
find_symbol(struct database *ticks, const char *source, struct mt5_symbol_facts *facts,
    int64_t *ret_id)
{
	sqlite3_stmt *row;
	int result = database_prepare(ticks,
	    "SELECT symbol_id, digits FROM symbols WHERE source = ?1 AND symbol = ?2", &row);

	if (result < 0)
		return result;
	sqlite3_bind_text(row, 1, source, -1, SQLITE_STATIC);
	sqlite3_bind_text(row, 2, facts->symbol, -1, SQLITE_STATIC);
	result = database_step(ticks, row);
	if (result == 1) {
		*ret_id = sqlite3_column_int64(row, 0);
		facts->digits = sqlite3_column_int(row, 1);
	}
	sqlite3_finalize(row);
	return result;
}

static int
read_symbol(struct database *ticks, const char *source, struct mt5_symbol_facts *facts)
{
	int64_t symbol_id = 0;
	int result = find_symbol(ticks, source, facts, &symbol_id);

	if (result == 1)
		result = read_prices(ticks, symbol_id, facts);
	else
		return result;
	return result < 0 ? result : read_terms(ticks, symbol_id, facts);
}

static int
add_symbol(struct database *ticks, const char *source, const char *symbol, struct mt5_look *look)
{
	struct mt5_symbol_facts *facts = &look->symbols[look->symbol_count];

	for (size_t i = 0; i < look->symbol_count; i++)
		if (strcmp(look->symbols[i].symbol, symbol) == 0)
			return 0;
	*facts = (struct mt5_symbol_facts){.bid_e8 = TICK_NONE, .ask_e8 = TICK_NONE,
		.volume_min_e8 = TICK_NONE, .volume_step_e8 = TICK_NONE, .volume_max_e8 = TICK_NONE,
		.stops_level_e8 = TICK_NONE, .freeze_level_e8 = TICK_NONE};
	snprintf(facts->symbol, sizeof(facts->symbol), "%s", symbol);
	look->symbol_count++;
	return read_symbol(ticks, source, facts);
}

static int
read_symbols(struct database *ticks, const char *source, struct mt5_look *look)
{
	int error = 0;

	for (size_t i = 0; i < look->live_count && error == 0; i++)
		error = add_symbol(ticks, source, look->live[i].symbol, look);
	for (size_t i = 0; i < look->found_count && error == 0; i++)
		error = add_symbol(ticks, source, look->found[i].symbol, look);
	return error;
}

/* ---- what is open ---- */

static void
read_position(sqlite3_stmt *row, struct mt5_position *ret)
{
	const char *symbol = (const char *)sqlite3_column_text(row, 1);
	const char *comment = (const char *)sqlite3_column_text(row, 7);

	*ret = (struct mt5_position){
		.ticket = sqlite3_column_int64(row, 0),
		.sell = sqlite3_column_int(row, 2) != 0,
		.volume_e8 = sqlite3_column_int64(row, 3),
		.price_open_e8 = sqlite3_column_int64(row, 4),
		.stop_loss_e8 = stored_or_none(row, 5),
		.take_profit_e8 = stored_or_none(row, 6),
	};
	snprintf(ret->symbol, sizeof(ret->symbol), "%s", symbol == NULL ? "" : symbol);
	snprintf(ret->comment, sizeof(ret->comment), "%s", comment == NULL ? "" : comment);
}

static int
read_open(struct database *ticks, const char *source, struct mt5_look *look)
{
	sqlite3_stmt *row;
	int result = database_prepare(ticks,
	    "SELECT ticket, symbol, direction = 'SELL', volume_e8, price_open_e8, stop_loss_e8,"
	    " take_profit_e8, comment FROM positions WHERE source = ?1 AND account = ?2"
	    " AND closed_us IS NULL ORDER BY ticket LIMIT ?3", &row);

	if (result < 0)
		return result;
	sqlite3_bind_text(row, 1, source, -1, SQLITE_STATIC);
	sqlite3_bind_text(row, 2, look->account, -1, SQLITE_STATIC);
	sqlite3_bind_int(row, 3, MT5_POSITIONS_MAX);
	look->open = calloc(MT5_POSITIONS_MAX, sizeof(*look->open));
	result = look->open == NULL ? -ENOMEM : 0;
	while (result == 0 && (result = database_step(ticks, row)) == 1) {
		read_position(row, &look->open[look->open_count++]);
		result = 0;
	}
	sqlite3_finalize(row);
	return result;
}

/* ---- the day ---- */

/* Rows are in the order of the source's clock: what is before the day is passed over from behind. */
static int
count_today(struct database *ticks, const char *source, int64_t *ret)
{
	sqlite3_stmt *row;
	int result = database_prepare(ticks,
	    "SELECT count(DISTINCT action_id) FROM action_results WHERE source = ?1"
	    " AND status = 'sent' AND seq > coalesce((SELECT seq FROM action_results"
	    "  WHERE source = ?1 AND time_us < (SELECT max(newest_us) / ?2 * ?2 FROM symbols"
	    "  WHERE source = ?1) ORDER BY seq DESC LIMIT 1), 0)", &row);

	if (result < 0)
		return result;
	sqlite3_bind_text(row, 1, source, -1, SQLITE_STATIC);
	sqlite3_bind_int64(row, 2, CLOCK_DAY_US);
	result = database_step(ticks, row);
	if (result == 1)
		*ret = sqlite3_column_int64(row, 0);
	sqlite3_finalize(row);
	return result < 0 ? result : 0;
}

int
mt5_pending_facts(struct database *ticks, const char *source, struct mt5_look *look)
{
	int error = count_today(ticks, source, &look->sent_today);

	if (error < 0 || look->live_count + look->found_count == 0)
		return error;
	error = read_symbols(ticks, source, look);
	return error < 0 ? error : read_open(ticks, source, look);
}
