/*
 * Lines of files to import, of any bytes.  The first byte says the kind; of MT5 exports and
 * recordings, whose lines depend on each other, the rest is as many lines as it has.
 */
#define _GNU_SOURCE
#include "tickd/import/archive_rows.h"

#include <errno.h>
#include <string.h>

#include "tests/fuzz/target.h"
#include "tickd/import/mt5_rows.h"
#include "tickd/import/recording_rows.h"

/* A sentence for people and for JSON: one line of text. */
static void
check_sentence(const struct problem *problem)
{
	PROMISE(problem->text[0] != '\0');
	for (const char *at = problem->text; *at != '\0'; at++)
		PROMISE((unsigned char)*at >= ' ' && (unsigned char)*at < 127);
}

static void
check_result(int result, const struct problem *problem)
{
	PROMISE(result == 1 || result == 0 || result == -EINVAL);
	if (result < 0)
		check_sentence(problem);
}

static void
check_trade(const struct tick *tick)
{
	PROMISE(tick->flags & TICK_TRADE && tick->flags & TICK_IMPORTED);
	PROMISE(tick->tick_id >= 0 && tick->trade_count >= 0);
	PROMISE(tick->price_e8 > 0 && tick->volume_e8 > 0);
	PROMISE(tick->time_us > 0 && tick->time_us % 1000 == 0);
}

static void
try_format(const struct archive_format *format, const char *line, size_t length)
{
	struct problem problem = {""};
	struct candle candle;
	struct tick tick;
	int result;

	if (format->kind == ARCHIVE_KLINES) {
		result = archive_candle_row(format, line, length, &candle, &problem);
		check_result(result, &problem);
		if (result == 1)
			PROMISE(candle.low_e8 > 0 && candle.low_e8 <= candle.high_e8 &&
			    candle_slot(candle.open_time_us) == candle.open_time_us);
		return;
	}
	result = archive_tick_row(format, line, length, &tick, &problem);
	check_result(result, &problem);
	if (result == 1)
		check_trade(&tick);
}

static void
try_archive(enum archive_kind kind, const char *line, size_t length)
{
	static const char *const names[] = {[ARCHIVE_TRADES] = "X-trades-2024-08",
		[ARCHIVE_AGGREGATES] = "X-aggTrades-2025-01-01",
		[ARCHIVE_KLINES] = "X-5m-2024-08"};
	struct archive_format format;
	struct archive_name name;

	archive_name_read(names[kind], &name);
	archive_format_of_name(&name, &format);
	try_format(&format, line, length);
	(void)archive_line_is_header(line, length);
	if (archive_format_of_line(line, length, &format) == 0)
		try_format(&format, line, length);
}

/* Calls try() for each line. */
static void
each_line(const char *text, size_t length, void (*try)(void *, const char *, size_t), void *context)
{
	while (length > 0) {
		const char *end = memchr(text, '\n', length);
		size_t line = end == NULL ? length : (size_t)(end - text);

		try(context, text, line);
		text += line + (end != NULL);
		length -= line + (end != NULL);
	}
}

static void
try_mt5(void *context, const char *line, size_t length)
{
	struct mt5_rows *rows = context;
	int64_t before_us = rows->server_us, before = rows->ordinal;
	struct problem problem = {""};
	struct tick tick;
	int result = mt5_row(rows, line, length, &tick, &problem);

	check_result(result, &problem);
	if (result < 0)
		return;
	PROMISE(rows->server_us > before_us ||
	    (rows->server_us == before_us && rows->ordinal == before + 1));
	if (result == 1)
		PROMISE(tick.flags & TICK_QUOTE && tick.bid_e8 != 0 && tick.ask_e8 != 0);
}

static void
try_recording(void *context, const char *line, size_t length)
{
	struct problem problem = {""};
	struct tick tick;
	int result = recording_row(context, line, length, &tick, &problem);

	check_result(result, &problem);
	if (result == 1) {
		check_trade(&tick);
		PROMISE(tick.symbol < recording_rows_symbols(context));
		PROMISE(recording_rows_symbol(context, tick.symbol)[0] != '\0');
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data + 1;
	struct recording_rows *recording;
	struct mt5_rows mt5;

	if (size == 0)
		return 0;
	switch (data[0]) {
	case 't':
		try_archive(ARCHIVE_TRADES, text, size - 1);
		break;
	case 'a':
		try_archive(ARCHIVE_AGGREGATES, text, size - 1);
		break;
	case 'k':
		try_archive(ARCHIVE_KLINES, text, size - 1);
		break;
	case 'm':
		mt5_rows_start(&mt5, 0);
		each_line(text, size - 1, try_mt5, &mt5);
		break;
	default:
		recording = recording_rows_create(NULL);
		PROMISE(recording != NULL);
		each_line(text, size - 1, try_recording, recording);
		recording_rows_free(recording);
	}
	return 0;
}
