#include "tickd/mt5/mt5_scan.h"

#include <errno.h>
#include <string.h>

#include "common/decimal.h"
#include "tickd/mt5/mt5_fields.h"

/* Bytes of the shortest tick with its comma: as many ticks as a line can hold are made room for. */
#define TICK_BYTES (sizeof("[1,\"0\",\"0\",\"0\",\"0\",0],") - 1)

#define INTEGER_DIGITS 18 /* what surely fits an int64; longer ones are jansson's */
#define WHOLE_DIGITS 10	  /* of a decimal that surely fits */

/* Where the scanner stands.  Lines need no end of their own: each look is guarded by `end`. */
struct cursor {
	const char *at, *end;
};

static inline bool
skip(struct cursor *cursor, const char *text, size_t length)
{
	if ((size_t)(cursor->end - cursor->at) < length || memcmp(cursor->at, text, length) != 0)
		return false;
	cursor->at += length;
	return true;
}

#define SKIP(cursor, literal) skip(cursor, literal, sizeof(literal) - 1)

/* As many digits as there are, up to `most`; returns how many. */
static inline ptrdiff_t
scan_digits(struct cursor *cursor, ptrdiff_t most, uint64_t *value)
{
	const char *start = cursor->at, *at = start;
	const char *end = cursor->end - at > most ? at + most : cursor->end;

	for (; at < end; at++) {
		unsigned digit = (unsigned)*at - '0';

		if (digit > 9)
			break;
		*value = *value * 10 + digit;
	}
	cursor->at = at;
	return at - start;
}

/* What follows must not be a digit: the caller asks for a comma or the like. */
static inline bool
scan_integer(struct cursor *cursor, int64_t most, int64_t *ret)
{
	const char *start = cursor->at;
	uint64_t value = 0;
	ptrdiff_t digits = scan_digits(cursor, INTEGER_DIGITS, &value);

	*ret = (int64_t)value;
	return digits > 0 && *ret <= most && (*start != '0' || digits == 1);
}

static inline bool
scan_time(struct cursor *cursor, int64_t end, int64_t *ret)
{
	return scan_integer(cursor, end - 1, ret) && *ret > 0;
}

/* A decimal in its quotes, with the comma that follows it in a tick. */
static inline bool
scan_decimal(struct cursor *cursor, int64_t *ret_e8)
{
	static const uint64_t scales[] = {100000000, 10000000, 1000000, 100000, 10000, 1000, 100,
		10, 1};
	uint64_t value = 0;
	ptrdiff_t places = 0;

	if (!SKIP(cursor, "\"") || scan_digits(cursor, WHOLE_DIGITS, &value) == 0)
		return false;
	if (SKIP(cursor, ".")) {
		places = scan_digits(cursor, DECIMAL_PLACES, &value);
		if (places == 0)
			return false;
	}
	*ret_e8 = (int64_t)(value * scales[places]);
	return SKIP(cursor, "\",");
}

static inline int64_t
or_none(int64_t price_e8)
{
	return price_e8 != 0 ? price_e8 : TICK_NONE;
}

static inline bool
scan_tick(struct cursor *cursor, int64_t least_ms, struct mt5_tick *ret)
{
	int64_t bid, ask, last, flags;

	if (!SKIP(cursor, "[") || !scan_time(cursor, MT5_TIME_END_S * 1000, &ret->server_ms) ||
	    ret->server_ms < least_ms || !SKIP(cursor, ",") || !scan_decimal(cursor, &bid) ||
	    !scan_decimal(cursor, &ask) || !scan_decimal(cursor, &last) ||
	    !scan_decimal(cursor, &ret->volume_e8) ||
	    !scan_integer(cursor, UINT32_MAX, &flags) || !SKIP(cursor, "]"))
		return false;
	ret->bid_e8 = or_none(bid);
	ret->ask_e8 = or_none(ask);
	ret->last_e8 = or_none(last);
	ret->flags = (uint32_t)flags;
	return true;
}

/* The array and all behind it.  No more ticks than there is room for: see TICK_BYTES. */
static bool
scan_rows(struct cursor *cursor, struct mt5_tick *ticks, size_t *ret_count)
{
	int64_t least_ms = 0;
	size_t count = 0;

	if (!SKIP(cursor, "]"))
		for (;;) {
			if (!scan_tick(cursor, least_ms, &ticks[count]))
				return false;
			least_ms = ticks[count++].server_ms;
			if (SKIP(cursor, "]"))
				break;
			if (!SKIP(cursor, ","))
				return false;
		}
	*ret_count = count;
	return SKIP(cursor, "}") && cursor->at == cursor->end;
}

/* Printable ASCII without escapes, with the quote that ends it. */
static bool
scan_name(struct cursor *cursor, char name[static MT5_NAME_MAX])
{
	size_t length = 0;

	for (; cursor->at < cursor->end && *cursor->at != '"'; cursor->at++) {
		if (*cursor->at < ' ' || *cursor->at > '~' || *cursor->at == '\\' ||
		    length == MT5_NAME_MAX - 1)
			return false;
		name[length++] = *cursor->at;
	}
	name[length] = '\0';
	return length > 0 && SKIP(cursor, "\"");
}

/* All before the first tick. */
static bool
scan_head(struct cursor *cursor, struct mt5_clocks *clocks, struct mt5_ticks *ret)
{
	ret->first = -1;
	ret->from_ms = TICK_NONE;
	return SKIP(cursor, "{\"type\":\"ticks\",\"symbol\":\"") &&
	    scan_name(cursor, ret->symbol) &&
	    SKIP(cursor, ",\"seq\":") && scan_integer(cursor, MT5_SEQ_MAX, &ret->seq) &&
	    SKIP(cursor, ",\"time_server\":") &&
	    scan_time(cursor, MT5_TIME_END_S, &clocks->server_s) &&
	    SKIP(cursor, ",\"time_gmt\":") &&
	    scan_time(cursor, MT5_TIME_END_S, &clocks->gmt_s) &&
	    (!SKIP(cursor, ",\"first\":") || scan_integer(cursor, MT5_FIRST_MAX, &ret->first)) &&
	    (!SKIP(cursor, ",\"from_msc\":") ||
		scan_time(cursor, MT5_TIME_END_S * 1000, &ret->from_ms)) &&
	    SKIP(cursor, ",\"ticks\":[");
}

int
mt5_scan_ticks(const char *line, size_t length, struct mt5_message *ret, struct mt5_tick **ticks,
    size_t *room)
{
	struct cursor cursor = {line, line + length};
	struct mt5_ticks scanned;
	struct mt5_clocks clocks;

	if (!scan_head(&cursor, &clocks, &scanned))
		return 0;
	scanned.ticks = mt5_field_room(*ticks, room,
	    (size_t)(cursor.end - cursor.at) / TICK_BYTES + 1, sizeof(**ticks));
	if (scanned.ticks == NULL)
		return -ENOMEM;
	*ticks = scanned.ticks;
	if (!scan_rows(&cursor, scanned.ticks, &scanned.count))
		return 0;
	ret->type = MT5_TICKS;
	ret->clocks = clocks;
	ret->name[0] = '\0';
	ret->ticks = scanned;
	return 1;
}
