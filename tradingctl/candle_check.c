#include "tradingctl/candle_check.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/decimal.h"
#include "common/tick.h"

void
candle_check_add(struct candle_builder *builder, bool ordinal, const struct tick *tick)
{
	if (ordinal)
		candle_builder_add_bid(builder, tick);
	else
		candle_builder_add(builder, tick);
}

static bool
is_joined(const struct candle_builder *builder, const struct slot_surroundings *around)
{
	bool whole = around->whole_from_us != TICK_NONE &&
	    around->whole_from_us <= builder->open_time_us;

	if (around->ordinal)
		return around->whole_from_us == TICK_NONE ? around->before : whole;
	return candle_builder_contiguous(builder) && !around->missing &&
	    (builder->first_tick_id > around->first_id ||
	    (whole && builder->first_tick_id == around->first_id));
}

bool
candle_check_complete(const struct candle_builder *builder, const struct slot_surroundings *around)
{
	int64_t end_us = builder->open_time_us + CANDLE_M5_US;
	bool over = around->after || around->source_clock_us >= end_us + CANDLE_CHECK_GRACE_US;

	return over && builder->ids > 0 && is_joined(builder, around);
}

/* The differences found so far, as one sentence. */
struct differences {
	char *text;
	size_t size;
	int count;
};

static void
note(struct differences *found, const char *field, const char *stored, const char *expected)
{
	size_t length = strlen(found->text);

	snprintf(found->text + length, found->size - length, "%s%s is stored as %s instead of %s",
	    found->count == 0 ? "" : ", ", field, stored, expected);
	found->count++;
}

static void
compare_price(struct differences *found, const char *field, int64_t stored, int64_t expected)
{
	char a[DECIMAL_SIZE], b[DECIMAL_SIZE];

	if (stored == expected)
		return;
	decimal_format(stored, 0, a);
	decimal_format(expected, 0, b);
	note(found, field, a, b);
}

static const char *
number_text(int64_t number, char buffer[static 32])
{
	snprintf(buffer, 32, "%" PRId64, number);
	return number == TICK_NONE ? "NULL" : buffer;
}

static void
compare_number(struct differences *found, const char *field, int64_t stored, int64_t expected)
{
	char a[32], b[32];

	if (stored != expected)
		note(found, field, number_text(stored, a), number_text(expected, b));
}

static void
compare_volume(struct differences *found, const char *field, double stored, double expected)
{
	char a[32], b[32];

	/* NOLINTNEXTLINE(bugprone-suspicious-memory-comparison): the same to the bit */
	if (memcmp(&stored, &expected, sizeof(stored)) == 0)
		return;
	snprintf(a, sizeof(a), "%.17g", stored);
	snprintf(b, sizeof(b), "%.17g", expected);
	note(found, field, a, b);
}

int
candle_check_compare(const struct candle *stored, const struct candle *expected, char *text,
    size_t size)
{
	struct differences found = {text, size, 0};

	text[0] = '\0';
	compare_price(&found, "open", stored->open_e8, expected->open_e8);
	compare_price(&found, "high", stored->high_e8, expected->high_e8);
	compare_price(&found, "low", stored->low_e8, expected->low_e8);
	compare_price(&found, "close", stored->close_e8, expected->close_e8);
	compare_volume(&found, "volume", stored->volume, expected->volume);
	compare_volume(&found, "quote_volume", stored->quote_volume, expected->quote_volume);
	compare_volume(&found, "taker_buy_volume", stored->taker_buy_volume,
	    expected->taker_buy_volume);
	compare_number(&found, "trades", stored->trades, expected->trades);
	compare_number(&found, "first_tick_id", stored->first_tick_id, expected->first_tick_id);
	compare_number(&found, "last_tick_id", stored->last_tick_id, expected->last_tick_id);
	compare_number(&found, "complete", stored->complete, expected->complete);
	return found.count;
}
