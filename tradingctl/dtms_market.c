#include "tradingctl/dtms_market.h"

#include <errno.h>
#include <string.h>
#include <sysexits.h>

#include "common/clock.h"
#include "common/database.h"
#include "common/stored_rows.h"
#include "tradingctl/command.h"
#include "tradingctl/row_text.h"
#include "tradingctl/tick_database.h"

static const char clock_sql[] = "SELECT max(newest_us) FROM symbols WHERE source = ?1";
static const char price_sql[] =
    "SELECT coalesce(CASE ?3 WHEN 'BUY' THEN bid_e8 ELSE ask_e8 END, price_e8) FROM unified_ticks"
    " WHERE symbol_id = (SELECT symbol_id FROM symbols WHERE source = ?1 AND symbol = ?2)"
    " ORDER BY time_us DESC, tick_id DESC LIMIT 1";

static const char *
word(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

/* The one number that `sql` asks for, TICK_NONE for none; db may be NULL: nothing is stored. */
static int
ask(struct database *db, const char *sql, const char *const *words, int count, int64_t *ret)
{
	sqlite3_stmt *row;
	int error;

	*ret = TICK_NONE;
	if (db == NULL)
		return 0;
	error = database_prepare(db, sql, &row);
	if (error < 0)
		return error;
	for (int i = 0; i < count; i++)
		sqlite3_bind_text(row, i + 1, words[i], -1, SQLITE_STATIC);
	error = database_step(db, row);
	if (error == 1)
		*ret = stored_or_none(row, 0);
	sqlite3_finalize(row);
	return error < 0 ? error : 0;
}

/* ---- sources ---- */

static int
add_clock(struct database *db, json_t *source)
{
	char text[CLOCK_TEXT_SIZE];
	int64_t clock_us;
	int error = ask(db, clock_sql, (const char *[]){word(source, "source")}, 1, &clock_us);

	if (error < 0)
		return error;
	if (clock_us == TICK_NONE)
		clock_us = json_integer_value(json_object_get(source, "next_us"));
	json_object_set_new(source, "clock", json_string(row_text_time(clock_us, text)));
	return json_object_set_new(source, "clock_us", json_integer(clock_us)) < 0 ? -ENOMEM : 0;
}

/* NULL for a source of which nothing is decided yet. */
static const json_t *
clock_of(const json_t *sources, const json_t *trade)
{
	const json_t *source;
	size_t i;

	json_array_foreach(sources, i, source) {
		if (json_equal(json_object_get(source, "source"), json_object_get(trade, "source")))
			return json_object_get(source, "clock_us");
	}
	return NULL;
}

/* ---- trades ---- */

static json_t *
left(const json_t *deadline_us, const json_t *clock_us)
{
	int64_t left_us = json_integer_value(deadline_us) - json_integer_value(clock_us);

	return json_is_integer(deadline_us) && json_is_integer(clock_us) ?
	    json_real((double)left_us / CLOCK_SECOND_US) : json_null();
}

static int
add_price(struct database *db, json_t *trade)
{
	const char *const words[] = {word(trade, "source"), word(trade, "symbol"),
	    word(trade, "direction")};
	int64_t price_e8;
	int error = ask(db, price_sql, words, 3, &price_e8);

	if (error < 0)
		return error;
	return json_object_set_new(trade, "price", row_json_price(price_e8, 0)) < 0 ? -ENOMEM : 0;
}

static int
add_to_trade(struct database *db, const json_t *sources, json_t *trade)
{
	const json_t *clock_us = clock_of(sources, trade);

	if (!json_is_null(json_object_get(trade, "closed")))
		return 0;
	/* Nobody decides, nor writes that it is stale, while the source's clock stands still. */
	if (json_is_integer(clock_us) &&
	    clock_wall_us() - json_integer_value(clock_us) > DTMS_MARKET_STALE_US)
		json_object_set_new(trade, "stale", json_true());
	json_object_set_new(trade, "flat_left_s",
	    left(json_object_get(trade, "flat_deadline_us"), clock_us));
	json_object_set_new(trade, "recovery_left_s",
	    left(json_object_get(trade, "recovery_deadline_us"), clock_us));
	return add_price(db, trade);
}

static int
add_all(struct database *db, json_t *sources, json_t *trades)
{
	json_t *object;
	int error = 0;
	size_t i;

	json_array_foreach(sources, i, object) {
		error = error < 0 ? error : add_clock(db, object);
	}
	json_array_foreach(trades, i, object) {
		error = error < 0 ? error : add_to_trade(db, sources, object);
	}
	return error;
}

int
dtms_market_add(const struct settings *settings, json_t *sources, json_t *trades)
{
	struct database *db = NULL;
	struct problem problem = {0};
	int error = database_open(&db, ROLE_TRADINGCTL, DATABASE_TICKS, ACCESS_READ,
	    settings->paths.state_dir, &problem);

	if (error < 0 && error != -ENOENT)
		return complain(exit_status_of(error), "%s", problem.text);
	error = add_all(error < 0 ? NULL : db, sources, trades);
	if (error < 0)
		complain(exit_status_of(error), "the prices cannot be read: %s",
		    db == NULL ? strerror(-error) : database_error(db));
	database_close(db);
	return error < 0 ? exit_status_of(error) : 0;
}
