/*
 * Answers with trades: whatever comes, what is read of it is fit to be stored, and is read as the
 * same again from what it was printed as.
 */
#define _GNU_SOURCE
#include "tickd/rest/trades_answer.h"

#include <inttypes.h>
#include <string.h>

#include "common/decimal.h"
#include "tests/fuzz/target.h"
#include "tickd/feed/binance_event.h"

#define ROW_ROOM 300 /* bytes of a printed row at the most */

static struct trades_row rows[TRADES_ANSWER_MAX], again[TRADES_ANSWER_MAX];

/* What storage and candles rely on. */
static void
check_traded(enum tick_ids kind, const struct trades_row *row)
{
	struct tick tick;

	PROMISE(row->price_e8 > 0 && row->quantity_e8 > 0);
	PROMISE(row->first_trade_id >= 0 && row->trade_count > 0);
	trades_answer_tick(kind, row, 1, &tick);
	PROMISE(tick.flags & TICK_TRADE && tick.flags & TICK_BACKFILLED);
	PROMISE(tick.time_us > 0 && tick.trade_count >= 0);
}

static void
check_withdrawn(enum tick_ids kind, const struct trades_row *row)
{
	PROMISE(kind == TICK_IDS_AGGREGATE && row->first_trade_id == -1);
	PROMISE(row->price_e8 == 0 && row->quantity_e8 == 0);
}

static void
check_sane(enum tick_ids kind, int count)
{
	for (int i = 0; i < count; i++) {
		PROMISE(rows[i].id >= 0 && rows[i].id <= BINANCE_ID_MAX);
		PROMISE(i == 0 || rows[i].id > rows[i - 1].id);
		PROMISE(rows[i].time_ms > 0 && rows[i].time_ms <= BINANCE_TIME_MAX_MS);
		if (rows[i].trade_count == 0)
			check_withdrawn(kind, &rows[i]);
		else
			check_traded(kind, &rows[i]);
	}
}

static size_t
print_row(enum tick_ids kind, const struct trades_row *row, char *at)
{
	char price[DECIMAL_SIZE], quantity[DECIMAL_SIZE];
	const char *side = row->buyer_is_maker ? "true" : "false";

	decimal_format(row->price_e8, DECIMAL_PLACES, price);
	decimal_format(row->quantity_e8, DECIMAL_PLACES, quantity);
	if (kind == TICK_IDS_TRADE)
		return (size_t)snprintf(at, ROW_ROOM,
		    "{\"id\":%" PRId64 ",\"price\":\"%s\",\"qty\":\"%s\",\"time\":%" PRId64
		    ",\"isBuyerMaker\":%s},", row->id, price, quantity, row->time_ms, side);
	return (size_t)snprintf(at, ROW_ROOM,
	    "{\"a\":%" PRId64 ",\"p\":\"%s\",\"q\":\"%s\",\"f\":%" PRId64 ",\"l\":%" PRId64
	    ",\"T\":%" PRId64 ",\"m\":%s},", row->id, price, quantity, row->first_trade_id,
	    row->trade_count == 0 ? -1 : row->first_trade_id + row->trade_count - 1, row->time_ms,
	    side);
}

static void
check_again(enum tick_ids kind, int count)
{
	static char text[TRADES_ANSWER_MAX * ROW_ROOM + 2];
	size_t length = 1;

	text[0] = '[';
	for (int i = 0; i < count; i++)
		length += print_row(kind, &rows[i], text + length);
	if (count > 0)
		length--;
	text[length++] = ']';
	PROMISE(trades_answer_parse(kind, text, length, again) == count);
	for (int i = 0; i < count; i++) {
		PROMISE(rows[i].id == again[i].id && rows[i].time_ms == again[i].time_ms);
		PROMISE(rows[i].price_e8 == again[i].price_e8);
		PROMISE(rows[i].quantity_e8 == again[i].quantity_e8);
		PROMISE(rows[i].first_trade_id == again[i].first_trade_id);
		PROMISE(rows[i].trade_count == again[i].trade_count);
		PROMISE(rows[i].buyer_is_maker == again[i].buyer_is_maker);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	for (int kind = TICK_IDS_TRADE; kind <= TICK_IDS_AGGREGATE; kind++) {
		int count =
		    trades_answer_parse((enum tick_ids)kind, (const char *)data, size, rows);

		PROMISE(count <= TRADES_ANSWER_MAX);
		if (count < 0)
			continue;
		check_sane((enum tick_ids)kind, count);
		check_again((enum tick_ids)kind, count);
	}
	PROMISE(trades_answer_code((const char *)data, size) <= 0);
	return 0;
}
