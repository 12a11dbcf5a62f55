#include "marketsim/terminal_lines.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "marketsim/frame.h"

#define LOT_PLACES 2
#define MONEY_PLACES 2

/* "text" with what JSON wants escaped. */
static void
add_text(struct body *to, const char *text)
{
	json_t *value = json_string(text);
	char *quoted = value != NULL ? json_dumps(value, JSON_ENCODE_ANY) : NULL;

	body_add(to, quoted != NULL ? quoted : "\"\"");
	free(quoted);
	json_decref(value);
}

/* "1.10005" */
static void
add_decimal(struct body *to, int64_t value_e8, int places)
{
	char text[DECIMAL_SIZE];

	decimal_format(value_e8, places, text);
	body_add(to, "\"");
	body_add(to, text);
	body_add(to, "\"");
}

/* Money in whole cents, the rest cut off. */
static void
add_money(struct body *to, int64_t value_e8)
{
	add_decimal(to, value_e8 - value_e8 % (DECIMAL_ONE / 100), MONEY_PLACES);
}

/* ,"time_server":...,"time_gmt":... */
static void
add_clocks(struct body *to, const struct terminal_market *market, int64_t now_us)
{
	body_add(to, ",\"time_server\":");
	body_add_integer(to, terminal_clock_server(&market->clock, now_us) / CLOCK_SECOND_US);
	body_add(to, ",\"time_gmt\":");
	body_add_integer(to, now_us / CLOCK_SECOND_US);
}

static void
add_symbol(struct body *to, const struct terminal_symbol *symbol)
{
	char point[DECIMAL_SIZE], value[DECIMAL_SIZE], least[DECIMAL_SIZE], most[DECIMAL_SIZE];

	decimal_format(symbol->point_e8, symbol->digits, point);
	decimal_format(symbol->point_e8 * symbol->contract, 0, value);
	decimal_format(symbol->volume_min_e8, LOT_PLACES, least);
	decimal_format(symbol->volume_max_e8, LOT_PLACES, most);
	body_print(to,
	    "{\"name\":\"%s\",\"digits\":%d,\"point\":\"%s\",\"volume_min\":\"%s\","
	    "\"volume_max\":\"%s\",\"volume_step\":\"%s\",\"tick_size\":\"%s\","
	    "\"tick_value\":\"%s\",\"stops_level\":%d,\"freeze_level\":0,\"sessions\":[",
	    symbol->name, symbol->digits, point, least, most, least, point, value,
	    (int)symbol->stops_level);
	for (int day = 0; day < 7; day++)
		body_print(to, "%s[%d,0,1440]", day > 0 ? "," : "", day);
	body_add(to, "]}");
}

void
terminal_lines_hello(struct body *to, const struct terminal_market *market,
    const struct terminal_options *options, const char *token, int64_t now_us)
{
	body_add(to, "{\"type\":\"hello\",\"version\":1,\"token\":");
	add_text(to, token);
	body_add(to, ",\"account\":");
	add_text(to, options->account);
	body_add(to, ",\"server\":");
	add_text(to, options->server);
	body_add(to, ",\"margin_mode\":\"hedging\",\"currency\":\"USD\"");
	add_clocks(to, market, now_us);
	body_add(to, ",\"symbols\":[");
	for (int i = 0; i < market->count; i++) {
		body_add(to, i > 0 ? "," : "");
		add_symbol(to, &market->symbols[i]);
	}
	body_add(to, "]}\n");
}

static void
add_server_ms(struct body *to, const struct terminal_market *market, int64_t utc_us)
{
	body_add_integer(to, terminal_clock_server(&market->clock, utc_us) / CLOCK_MS_US);
}

void
terminal_lines_begin_ticks(struct body *to, const struct terminal_market *market, int symbol,
    int64_t seq, int64_t place, int64_t from_us, int64_t now_us)
{
	body_print(to, "{\"type\":\"ticks\",\"symbol\":\"%s\",\"seq\":%lld",
	    market->symbols[symbol].name, (long long)seq);
	add_clocks(to, market, now_us);
	body_print(to, ",\"first\":%lld", (long long)place);
	if (from_us != 0) {
		body_add(to, ",\"from_msc\":");
		add_server_ms(to, market, from_us);
	}
	body_add(to, ",\"ticks\":[");
}

void
terminal_lines_add_tick(struct body *to, const struct terminal_market *market, int symbol,
    const struct terminal_tick *tick, bool first)
{
	int places = market->symbols[symbol].digits;

	body_add(to, first ? "[" : ",[");
	add_server_ms(to, market, tick->time_us);
	body_add(to, ",");
	add_decimal(to, tick->bid_e8, places);
	body_add(to, ",");
	add_decimal(to, tick->ask_e8, places);
	body_add(to, ",\"0\",\"0\",");
	body_add_integer(to, tick->flags);
	body_add(to, "]");
}

void
terminal_lines_end_ticks(struct body *to)
{
	body_add(to, "]}\n");
}

void
terminal_lines_begin_bars(struct body *to, const char *symbol)
{
	body_print(to, "{\"type\":\"bars\",\"symbol\":\"%s\",\"timeframe\":\"M5\",\"bars\":[",
	    symbol);
}

void
terminal_lines_add_bar(struct body *to, const struct terminal_symbol *symbol,
    const struct terminal_bar *bar, bool first)
{
	const int64_t prices[] = { bar->open_e8, bar->high_e8, bar->low_e8, bar->close_e8 };

	body_add(to, first ? "[" : ",[");
	body_add_integer(to, bar->server_us / CLOCK_SECOND_US);
	for (size_t i = 0; i < sizeof(prices) / sizeof(prices[0]); i++) {
		body_add(to, ",");
		add_decimal(to, prices[i], symbol->digits);
	}
	body_print(to, ",%lld,%lld,\"0\"]", (long long)bar->ticks, (long long)bar->spread);
}

void
terminal_lines_end_bars(struct body *to, bool last)
{
	body_add(to, last ? "],\"last\":true}\n" : "]}\n");
}

void
terminal_lines_account(struct body *to, const struct terminal_positions *positions)
{
	body_add(to, "{\"type\":\"account\",\"balance\":");
	add_money(to, positions->balance_e8);
	body_add(to, ",\"equity\":");
	add_money(to, terminal_positions_equity_e8(positions));
	body_add(to, "}\n");
}

static void
add_position(struct body *to, const struct terminal_positions *positions,
    const struct terminal_position *position)
{
	const struct terminal_market *market = positions->market;
	const struct terminal_symbol *symbol = &market->symbols[position->symbol];
	int64_t price_e8 =
	    terminal_position_price(position, &positions->current[position->symbol]);

	body_print(to, "{\"ticket\":%lld,\"symbol\":\"%s\",\"type\":\"%s\",\"volume\":",
	    (long long)position->ticket, symbol->name, position->sell ? "sell" : "buy");
	add_decimal(to, position->volume_e8, LOT_PLACES);
	body_add(to, ",\"price_open\":");
	add_decimal(to, position->price_open_e8, symbol->digits);
	body_add(to, ",\"sl\":");
	add_decimal(to, position->stop_loss_e8, 0);
	body_add(to, ",\"tp\":");
	add_decimal(to, position->take_profit_e8, 0);
	body_add(to, ",\"price_current\":");
	add_decimal(to, price_e8, symbol->digits);
	body_add(to, ",\"profit\":");
	add_money(to, terminal_position_profit(market, position, price_e8));
	body_add(to, ",\"time_msc\":");
	add_server_ms(to, market, position->opened_us);
	body_add(to, ",\"magic\":0,\"comment\":");
	add_text(to, position->comment);
	body_add(to, "}");
}

void
terminal_lines_positions(struct body *to, const struct terminal_positions *positions, int64_t seq)
{
	body_print(to, "{\"type\":\"positions\",\"seq\":%lld,\"complete\":true,\"positions\":[",
	    (long long)seq);
	for (int i = 0; i < positions->count; i++) {
		body_add(to, i > 0 ? "," : "");
		add_position(to, positions, &positions->open[i]);
	}
	body_add(to, "]}\n");
}

void
terminal_lines_closed(struct body *to, const struct terminal_market *market,
    const struct terminal_deal *deal)
{
	body_print(to, "{\"type\":\"closed\",\"ticket\":%lld,\"time_msc\":",
	    (long long)deal->ticket);
	add_server_ms(to, market, deal->time_us);
	if (deal->price_e8 != 0) {
		body_add(to, ",\"price\":");
		add_decimal(to, deal->price_e8, 0);
		body_add(to, ",\"profit\":");
		add_money(to, deal->profit_e8);
	}
	body_print(to, ",\"reason\":\"%s\"}\n", deal->reason);
}

void
terminal_lines_result(struct body *to, const char *action_id, const struct terminal_result *result)
{
	body_add(to, "{\"type\":\"result\",\"action_id\":");
	add_text(to, action_id);
	body_print(to, ",\"retcode\":%lld,\"ticket\":%lld", (long long)result->retcode,
	    (long long)result->ticket);
	if (result->price_e8 != 0) {
		body_add(to, ",\"price\":");
		add_decimal(to, result->price_e8, 0);
		body_add(to, ",\"volume\":");
		add_decimal(to, result->volume_e8, LOT_PLACES);
	}
	body_add(to, "}\n");
}

void
terminal_lines_ping(struct body *to, const struct terminal_market *market, int64_t now_us)
{
	body_add(to, "{\"type\":\"ping\"");
	add_clocks(to, market, now_us);
	body_add(to, "}\n");
}
