#include "logd/answers_market.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/candle_fold.h"
#include "logd/parameters.h"
#include "logd/query.h"
#include "logd/symbols.h"

#define DEFAULT_ROWS 500      /* a page where no limit is given */
#define MARKET_CANDLES 10     /* of /market-data */
#define MARKET_ANALYSES /* of /market-data */ \
	"[\"enhanced_symbol_analysis\",\"volatility_analysis\",\"trend_analysis\"," \
	"\"momentum_analysis\",\"market_structure\"]"

static void
write_text(struct json_text *text, const char *key, const char *value)
{
	json_text_key(text, key);
	json_text_string(text, value);
}

static void
write_int(struct json_text *text, const char *key, int64_t value)
{
	json_text_key(text, key);
	if (value == TICK_NONE)
		json_text_null(text);
	else
		json_text_int(text, value);
}

static void
write_time(struct json_text *text, const char *key, int64_t time_us, int places)
{
	json_text_key(text, key);
	if (time_us == TICK_NONE)
		json_text_null(text);
	else
		json_text_time(text, time_us, places);
}

static void
write_price(struct json_text *text, const char *key, int64_t value_e8)
{
	json_text_key(text, key);
	json_text_price(text, value_e8);
}

static void
write_number(struct json_text *text, const char *key, int64_t value_e8)
{
	json_text_key(text, key);
	json_text_price_number(text, value_e8);
}

static void
write_double(struct json_text *text, const char *key, double value)
{
	json_text_key(text, key);
	json_text_double(text, value);
}

/* The symbol of the path; false when the answer is its error. */
static bool
find_symbol(struct api *api, const struct request *request, struct symbol_row *row,
    struct answer *answer)
{
	struct problem problem;
	int error = symbols_find(api->readers, request->captures[0], row, &problem);

	if (error == -ESRCH)
		answer_error(answer, 404, "unknown_symbol", "%s", problem.text);
	else if (error == -ENOTUNIQ)
		answer_error(answer, 409, "ambiguous_symbol", "%s", problem.text);
	else if (error < 0)
		answer_database_error(answer, error, problem.text);
	return error == 0;
}

/* The parameters of the query; false when the answer is their error. */
static bool
read_parameters(const struct api *api, const struct request *request, unsigned taken,
    struct parameters *parameters, struct answer *answer)
{
	struct problem problem;
	int error = parameters_read(request, taken, DEFAULT_ROWS, api->rows_max, parameters,
	    &problem);

	if (error < 0)
		answer_error(answer, 400, "bad_parameter", "%s", problem.text);
	return error == 0;
}

/* ---- /api/v1/symbols ---- */

static void
write_symbol(struct json_text *text, const struct symbol_row *row, const struct query_tick *newest)
{
	json_text_open(text, '{');
	write_text(text, "symbol", row->symbol);
	write_text(text, "source", row->source);
	write_int(text, "digits", row->digits);
	write_text(text, "id_kind", row->id_kind);
	write_int(text, "ticks", row->ticks);
	write_int(text, "candles", row->candles);
	write_int(text, "newest_id", row->newest_id);
	write_time(text, "newest", row->newest_us, 6);
	write_time(text, "ticks_from", row->ticks_from_us, 6);
	write_price(text, "price", newest == NULL ? TICK_NONE : newest->tick.price_e8);
	write_price(text, "bid", newest == NULL ? TICK_NONE : newest->tick.bid_e8);
	write_price(text, "ask", newest == NULL ? TICK_NONE : newest->tick.ask_e8);
	json_text_close(text, '}');
}

void
answers_symbols(struct api *api, const struct request *request, struct answer *answer)
{
	struct symbol_row *rows = calloc(SYMBOLS_MAX, sizeof(*rows));
	struct json_text *text = &answer->text;
	struct parameters parameters;
	struct problem problem;
	size_t count = 0;
	int error;

	if (!read_parameters(api, request, 0, &parameters, answer)) {
		free(rows);
		return;
	}
	error = rows == NULL ? problem_set(&problem, -ENOMEM, "out of memory") :
	    symbols_list(api->readers, rows, SYMBOLS_MAX, &count, &problem);
	json_text_open(text, '{');
	json_text_key(text, "symbols");
	json_text_open(text, '[');
	for (size_t i = 0; i < count && error >= 0; i++) {
		struct query_tick newest;

		error = query_newest_tick(api->readers, rows[i].symbol_id, &newest, &problem);
		write_symbol(text, &rows[i], error == 1 ? &newest : NULL);
	}
	json_text_close(text, ']');
	json_text_close(text, '}');
	free(rows);
	if (error < 0)
		answer_database_error(answer, error, problem.text);
}

/* ---- /api/v1/ticks ---- */

static const char *
side(const struct tick *tick)
{
	if (!(tick->flags & TICK_TRADE))
		return NULL;
	return tick->flags & TICK_SELL ? "sell" : "buy";
}

static void
write_tick(struct json_text *text, const struct query_tick *row)
{
	json_text_open(text, '{');
	write_time(text, "time", row->tick.time_us, 6);
	write_int(text, "id", row->tick.tick_id);
	write_price(text, "price", row->tick.price_e8);
	write_price(text, "volume", row->tick.volume_e8);
	write_price(text, "bid", row->tick.bid_e8);
	write_price(text, "ask", row->tick.ask_e8);
	write_text(text, "side", side(&row->tick));
	write_int(text, "trades", row->trade_count);
	write_int(text, "flags", row->tick.flags);
	json_text_close(text, '}');
}

static void
write_cursor(struct json_text *text, const char *key, const struct symbol_row *symbol,
    const struct tick *tick)
{
	char cursor[CURSOR_SIZE];

	if (tick != NULL)
		cursor_write(&(struct cursor){symbol->symbol_id, tick->time_us, tick->tick_id}, cursor);
	write_text(text, key, tick == NULL ? NULL : cursor);
}

static void
write_ticks(struct json_text *text, const struct symbol_row *symbol,
    const struct query_tick *ticks, size_t count, bool next)
{
	const struct tick *last = count == 0 ? NULL : &ticks[count - 1].tick;

	json_text_open(text, '{');
	write_text(text, "symbol", symbol->symbol);
	write_text(text, "source", symbol->source);
	json_text_key(text, "ticks");
	json_text_open(text, '[');
	for (size_t i = 0; i < count; i++)
		write_tick(text, &ticks[i]);
	json_text_close(text, ']');
	write_cursor(text, "next", symbol, next ? last : NULL);
	write_cursor(text, "last", symbol, last);
	json_text_close(text, '}');
}

void
answers_ticks(struct api *api, const struct request *request, struct answer *answer)
{
	const unsigned taken = PARAMETER_FROM | PARAMETER_TO | PARAMETER_LIMIT | PARAMETER_AFTER;
	struct parameters parameters;
	struct symbol_row symbol;
	struct query_range range = {.after_us = INT64_MIN, .after_id = INT64_MIN};
	struct query_tick *ticks = NULL;
	struct problem problem;
	size_t count = 0;
	bool more = false;
	int error;

	if (!read_parameters(api, request, taken, &parameters, answer) ||
	    !find_symbol(api, request, &symbol, answer))
		return;
	if (parameters.given & PARAMETER_AFTER) {
		if (parameters.after.symbol_id != symbol.symbol_id) {
			answer_error(answer, 400, "bad_parameter",
			    "after: this cursor is of another symbol");
			return;
		}
		range.after_us = parameters.after.time_us;
		range.after_id = parameters.after.tick_id;
	}
	range.symbol_id = symbol.symbol_id;
	range.from_us = parameters.from_us;
	range.to_us = parameters.to_us;
	range.limit = parameters.limit;
	/* Without a beginning the end is meant: the newest. */
	range.newest = !(parameters.given & (PARAMETER_FROM | PARAMETER_AFTER));
	error = query_ticks(api->readers, &range, &ticks, &count, &more, &problem);
	if (error < 0) {
		answer_database_error(answer, error, problem.text);
		return;
	}
	write_ticks(&answer->text, &symbol, ticks, count, more && !range.newest);
	free(ticks);
}

/* ---- /api/v1/candles ---- */

static void
write_candle(struct json_text *text, const struct candle *candle)
{
	json_text_open(text, '{');
	write_time(text, "time", candle->open_time_us, 0);
	write_price(text, "open", candle->open_e8);
	write_price(text, "high", candle->high_e8);
	write_price(text, "low", candle->low_e8);
	write_price(text, "close", candle->close_e8);
	write_double(text, "volume", candle->volume);
	write_double(text, "quote_volume", candle->quote_volume);
	write_double(text, "taker_buy_volume", candle->taker_buy_volume);
	write_int(text, "trades", candle->trades);
	write_text(text, "origin", candle_origin_name(candle->origin));
	write_int(text, "revision", candle->revision);
	json_text_key(text, "complete");
	json_text_bool(text, candle->complete);
	json_text_close(text, '}');
}

static void
write_candles(struct json_text *text, const struct symbol_row *symbol, const char *timeframe,
    const struct candle *candles, size_t count, int64_t next_us)
{
	json_text_open(text, '{');
	write_text(text, "symbol", symbol->symbol);
	write_text(text, "source", symbol->source);
	write_text(text, "timeframe", timeframe);
	json_text_key(text, "candles");
	json_text_open(text, '[');
	for (size_t i = 0; i < count; i++)
		write_candle(text, &candles[i]);
	json_text_close(text, ']');
	write_time(text, "next", next_us, 0);
	json_text_close(text, '}');
}

void
answers_candles(struct api *api, const struct request *request, struct answer *answer)
{
	const char *timeframe = request->captures[1];
	int64_t slot_us = candle_fold_length(timeframe), next_us = TICK_NONE;
	struct parameters parameters;
	struct symbol_row symbol;
	struct query_range range = {0};
	struct candle *candles = NULL;
	struct problem problem;
	size_t count = 0;
	bool more = false;
	int error;

	if (slot_us == 0) {
		answer_error(answer, 400, "bad_timeframe",
		    "%s is no timeframe: M5, M15, M30, H1, H4 and D1 are", timeframe);
		return;
	}
	if (!read_parameters(api, request, PARAMETER_FROM | PARAMETER_TO | PARAMETER_LIMIT,
		&parameters, answer) || !find_symbol(api, request, &symbol, answer))
		return;
	range.symbol_id = symbol.symbol_id;
	range.from_us = parameters.from_us;
	range.to_us = parameters.to_us;
	range.limit = parameters.limit;
	range.newest = !(parameters.given & PARAMETER_FROM);
	error = query_candles(api->readers, &range, slot_us, &candles, &count, &more, &problem);
	if (error < 0) {
		answer_database_error(answer, error, problem.text);
		return;
	}
	if (more && !range.newest)
		next_us = candles[count - 1].open_time_us + slot_us;
	write_candles(&answer->text, &symbol, timeframe, candles, count, next_us);
	free(candles);
}

/* ---- /market-data, of the older form: numbers, not strings ---- */

static int64_t
price_or_mid(const struct tick *tick)
{
	if (tick->price_e8 != TICK_NONE || tick->bid_e8 == TICK_NONE || tick->ask_e8 == TICK_NONE)
		return tick->price_e8;
	return tick->bid_e8 + (tick->ask_e8 - tick->bid_e8) / 2;
}

static void
write_tick_data(struct json_text *text, const struct symbol_row *symbol, const struct tick *tick)
{
	json_text_key(text, "tick_data");
	json_text_open(text, '{');
	write_text(text, "symbol", symbol->symbol);
	write_number(text, "price", price_or_mid(tick));
	write_number(text, "volume", tick->volume_e8);
	write_time(text, "timestamp", tick->time_us, 6);
	write_text(text, "source", symbol->source);
	write_number(text, "bid", tick->bid_e8);
	write_number(text, "ask", tick->ask_e8);
	json_text_close(text, '}');
}

static void
write_m5_candles(struct json_text *text, const struct candle *candles, size_t count)
{
	json_text_key(text, "m5_candles");
	json_text_open(text, '[');
	for (size_t i = 0; i < count; i++) {
		json_text_open(text, '{');
		write_time(text, "timestamp", candles[i].open_time_us, 0);
		write_number(text, "open", candles[i].open_e8);
		write_number(text, "high", candles[i].high_e8);
		write_number(text, "low", candles[i].low_e8);
		write_number(text, "close", candles[i].close_e8);
		write_double(text, "volume", candles[i].volume);
		json_text_key(text, "complete");
		json_text_bool(text, candles[i].complete);
		json_text_close(text, '}');
	}
	json_text_close(text, ']');
}

static void
write_analysis_fields(struct json_text *text, const struct query_analysis *analysis)
{
	write_text(text, "analysis_type", analysis->type);
	write_text(text, "timeframe", analysis->timeframe);
	json_text_key(text, "result");
	json_text_raw(text, analysis->result, strlen(analysis->result));
	write_double(text, "confidence", analysis->confidence);
	write_time(text, "timestamp", analysis->time_us, 0);
}

static void
write_analysis(void *context, const struct query_analysis *analysis)
{
	struct json_text *text = context;

	json_text_open(text, '{');
	write_analysis_fields(text, analysis);
	json_text_close(text, '}');
}

/* Analyses are an addition: while analysisd has made none yet, the list is empty. */
static int
write_analyses(struct api *api, struct json_text *text, const struct symbol_row *symbol,
    struct problem *problem)
{
	int error;

	json_text_key(text, "analysis_data");
	json_text_open(text, '[');
	error = query_analyses(api->readers, symbol->source, symbol->symbol, MARKET_ANALYSES,
	    write_analysis, text, problem);
	json_text_close(text, ']');
	return error == -ENOENT ? 0 : error;
}

void
answers_market_data(struct api *api, const struct request *request, struct answer *answer)
{
	struct json_text *text = &answer->text;
	struct query_range range = {.to_us = INT64_MAX, .from_us = INT64_MIN,
		.limit = MARKET_CANDLES, .newest = true};
	struct parameters parameters;
	struct symbol_row symbol;
	struct query_tick newest;
	struct candle *candles = NULL;
	struct problem problem;
	size_t count = 0;
	bool more;
	int found, error;

	if (!read_parameters(api, request, 0, &parameters, answer) ||
	    !find_symbol(api, request, &symbol, answer))
		return;
	range.symbol_id = symbol.symbol_id;
	found = query_newest_tick(api->readers, symbol.symbol_id, &newest, &problem);
	error = found < 0 ? found : query_candles(api->readers, &range, CANDLE_M5_US, &candles,
	    &count, &more, &problem);
	json_text_open(text, '{');
	json_text_key(text, "success");
	json_text_bool(text, true);
	json_text_key(text, "data");
	json_text_open(text, '{');
	if (found == 1) {
		write_tick_data(text, &symbol, &newest.tick);
	} else {
		json_text_key(text, "tick_data");
		json_text_null(text);
	}
	write_m5_candles(text, candles, count);
	if (error == 0)
		error = write_analyses(api, text, &symbol, &problem);
	json_text_close(text, '}');
	json_text_close(text, '}');
	free(candles);
	if (error < 0)
		answer_database_error(answer, error, problem.text);
}

/* ---- /volatility, /offset-calibration ---- */

struct one_analysis {
	struct json_text *text;
	const char *symbol;
	bool found;
};

static void
write_one_analysis(void *context, const struct query_analysis *analysis)
{
	struct one_analysis *one = context;
	struct json_text *text = one->text;

	one->found = true;
	json_text_open(text, '{');
	json_text_key(text, "success");
	json_text_bool(text, true);
	json_text_key(text, "data");
	json_text_open(text, '{');
	write_text(text, "symbol", one->symbol);
	write_analysis_fields(text, analysis);
	json_text_close(text, '}');
	json_text_close(text, '}');
}

/* `types`: a JSON array of one name, which `what` says in words. */
static void
answer_newest(struct api *api, const struct request *request, const char *types, const char *what,
    struct answer *answer)
{
	struct one_analysis one = {.text = &answer->text};
	struct parameters parameters;
	struct symbol_row symbol;
	struct problem problem;
	int error;

	if (!read_parameters(api, request, 0, &parameters, answer) ||
	    !find_symbol(api, request, &symbol, answer))
		return;
	one.symbol = symbol.symbol;
	error = query_analyses(api->readers, symbol.source, symbol.symbol, types,
	    write_one_analysis, &one, &problem);
	if (error < 0)
		answer_database_error(answer, error, problem.text);
	else if (!one.found)
		answer_error(answer, 404, "no_analysis", "there is no %s of %s:%s", what,
		    symbol.source, symbol.symbol);
}

void
answers_volatility(struct api *api, const struct request *request, struct answer *answer)
{
	answer_newest(api, request, "[\"volatility_analysis\"]", "analysis of volatility", answer);
}

void
answers_offset_calibration(struct api *api, const struct request *request, struct answer *answer)
{
	answer_newest(api, request, "[\"offset_calibration\"]", "calibration of offsets", answer);
}
