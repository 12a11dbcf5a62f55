#include "tradingctl/candle_check.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/decimal.h"
#include "common/tick.h"

bool
candle_check_complete(const struct candle_builder *builder, const struct slot_surroundings *around)
{
	int64_t end_us = builder->open_time_us + CANDLE_M5_US;
	bool over = around->id_after != TICK_NONE ||
	    around->source_clock_us >= end_us + CANDLE_CHECK_GRACE_US;

	return over && builder->trades > 0 && around->id_before != TICK_NONE &&
	    around->id_before == builder->first_tick_id - 1 &&
	    candle_builder_contiguous(builder) &&
	    (around->id_after == TICK_NONE || around->id_after == builder->last_tick_id + 1);
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

static void
compare_number(struct differences *found, const char *field, int64_t stored, int64_t expected)
{
	char a[32], b[32];

	if (stored == expected)
		return;
	snprintf(a, sizeof(a), "%" PRId64, stored);
	snprintf(b, sizeof(b), "%" PRId64, expected);
	note(found, field, a, b);
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
