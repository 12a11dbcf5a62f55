#include "tickd/feed/binance_scan.h"

#include <string.h>

#include "common/decimal.h"
#include "tickd/feed/binance_event.h"

/* A value in the frame: a string without its quotes, a whole number, or a boolean. */
struct value {
	enum { ABSENT, STRING, NUMBER, BOOLEAN } type;
	const char *text;
	size_t length;
	int64_t number; /* of BOOLEAN: 0 or 1 */
};

/* Where the scanner stands; a NULL `at` means that it passed. */
struct cursor {
	const char *at, *end;
};

static bool
skip(struct cursor *cursor, const char *text, size_t length)
{
	if ((size_t)(cursor->end - cursor->at) < length || memcmp(cursor->at, text, length) != 0)
		return false;
	cursor->at += length;
	return true;
}

#define SKIP(cursor, literal) skip(cursor, literal, sizeof(literal) - 1)

/* The rest of a string whose opening quote is behind us: printable ASCII without escapes. */
static bool
scan_string(struct cursor *cursor, struct value *ret)
{
	const char *start = cursor->at, *at = start;

	while (at < cursor->end && *at != '"') {
		unsigned char c = (unsigned char)*at;

		if (c < 0x20 || c > 0x7e || c == '\\')
			return false;
		at++;
	}
	if (at == cursor->end)
		return false;
	*ret = (struct value){.type = STRING, .text = start, .length = (size_t)(at - start)};
	cursor->at = at + 1;
	return true;
}

#define DIGITS_MAX 18 /* what surely fits an int64; longer numbers are the judge's */

static bool
scan_number(struct cursor *cursor, struct value *ret)
{
	const char *start = cursor->at, *at = start;
	uint64_t number = 0; /* one digit more than is taken fits it */

	while (at < cursor->end && *at >= '0' && *at <= '9' && at - start <= DIGITS_MAX)
		number = number * 10 + (uint64_t)(*at++ - '0');
	if (at == start || at - start > DIGITS_MAX || (*start == '0' && at - start > 1))
		return false;
	*ret = (struct value){.type = NUMBER, .number = (int64_t)number};
	cursor->at = at;
	return true;
}

static bool
scan_value(struct cursor *cursor, struct value *ret)
{
	if (cursor->at == cursor->end)
		return false;
	switch (*cursor->at) {
	case '"':
		cursor->at++;
		return scan_string(cursor, ret);
	case 't':
		*ret = (struct value){.type = BOOLEAN, .number = 1};
		return SKIP(cursor, "true");
	case 'f':
		*ret = (struct value){.type = BOOLEAN, .number = 0};
		return SKIP(cursor, "false");
	default:
		return scan_number(cursor, ret);
	}
}

/* The members of `data`, whose keys are all one letter: values['p'] is that of "p". */
static bool
scan_members(struct cursor *cursor, struct value values[static 128])
{
	do {
		char key;

		if (cursor->end - cursor->at < 5 || cursor->at[0] != '"' || cursor->at[2] != '"' ||
		    cursor->at[3] != ':')
			return false;
		key = cursor->at[1];
		if (key < 'A' || key > 'z' || key == '\\')
			return false;
		cursor->at += 4;
		if (!scan_value(cursor, &values[(int)key]))
			return false;
	} while (SKIP(cursor, ","));
	return SKIP(cursor, "}}") && cursor->at == cursor->end;
}

static bool
ends_with(const struct value *value, const char *tail, size_t length)
{
	return value->length >= length &&
	    memcmp(value->text + value->length - length, tail, length) == 0;
}

static bool
take_decimal(const struct value *value, int64_t *ret)
{
	return value->type == STRING && decimal_parse(value->text, value->length, ret) == 0;
}

static bool
take_symbol(const struct value *value, struct binance_event *event)
{
	event->symbol = value->text;
	event->symbol_length = value->length;
	return value->type == STRING;
}

/* A trade or an aggregate, all but what numbers it. */
static bool
take_trade(const struct value *values, const struct value *id, struct binance_event *event)
{
	event->kind = BINANCE_TRADE;
	event->event_time_ms = values['E'].number;
	event->time_ms = values['T'].number;
	event->id = id->number;
	event->buyer_is_maker = values['m'].number != 0;
	return values['E'].type == NUMBER && values['T'].type == NUMBER && id->type == NUMBER &&
	    values['m'].type == BOOLEAN && take_symbol(&values['s'], event) &&
	    take_decimal(&values['p'], &event->price_e8) &&
	    take_decimal(&values['q'], &event->quantity_e8) && binance_event_valid(event);
}

static bool
take_aggregate(const struct value *values, struct binance_event *event)
{
	return values['f'].type == NUMBER && values['l'].type == NUMBER &&
	    binance_event_count(event, values['f'].number, values['l'].number) &&
	    take_trade(values, &values['a'], event);
}

/* What has an event type. */
static bool
take_typed(const struct value *values, struct binance_event *event)
{
	const struct value *type = &values['e'];

	if (type->length == 5 && memcmp(type->text, "trade", 5) == 0) {
		event->trade_count = 0;
		return take_trade(values, &values['t'], event);
	}
	return type->length == 8 && memcmp(type->text, "aggTrade", 8) == 0 &&
	    take_aggregate(values, event);
}

static bool
take_quote(const struct value *values, struct binance_event *event)
{
	event->kind = BINANCE_QUOTE;
	event->id = values['u'].number;
	return values['u'].type == NUMBER && take_symbol(&values['s'], event) &&
	    take_decimal(&values['b'], &event->bid_e8) &&
	    take_decimal(&values['a'], &event->ask_e8) && binance_event_valid(event);
}

bool
binance_scan_fast(const char *frame, size_t length, struct binance_event *ret_event)
{
	struct cursor cursor = {frame, frame + length};
	struct value stream, values[128];

	if (!SKIP(&cursor, "{\"stream\":\"") || !scan_string(&cursor, &stream) ||
	    !SKIP(&cursor, ",\"data\":{"))
		return false;
	/* Only the letters that are asked for below need to be known as absent. */
	for (const char *key = "eEstpqTmubafl"; *key != '\0'; key++)
		values[(int)*key].type = ABSENT;
	if (!scan_members(&cursor, values))
		return false;
	if (values['e'].type == STRING)
		return take_typed(values, ret_event);
	return values['e'].type == ABSENT && ends_with(&stream, "@bookTicker", 11) &&
	    take_quote(values, ret_event);
}

void
binance_scan(const char *frame, size_t length, struct binance_event *ret_event)
{
	if (!binance_scan_fast(frame, length, ret_event))
		binance_scan_judge(frame, length, ret_event);
}
