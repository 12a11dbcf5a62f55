/*
 * A terminal's lines: whatever comes, what is read of it is what the headers promise; and where the
 * scanner takes a line of ticks, jansson's way reads the same.
 */
#define _GNU_SOURCE
#include "tickd/mt5/mt5_message.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "tests/fuzz/target.h"
#include "tickd/mt5/mt5_scan.h"

static bool
is_text(const char *text, size_t size)
{
	size_t length = strnlen(text, size);

	return length > 0 && length < size;
}

/* TICK_NONE or more than 0. */
static bool
is_price(int64_t price_e8)
{
	return price_e8 == TICK_NONE || price_e8 > 0;
}

static bool
is_time(int64_t time, int64_t units)
{
	return time > 0 && time < MT5_TIME_END_S * units;
}

static void
check_symbol(const struct mt5_symbol *symbol)
{
	PROMISE(is_text(symbol->name, sizeof(symbol->name)));
	PROMISE(symbol->digits >= 0 && symbol->digits <= 8);
	PROMISE(symbol->point_e8 > 0 && symbol->tick_size_e8 > 0 && symbol->volume_step_e8 > 0);
	PROMISE(symbol->volume_min_e8 > 0 && symbol->volume_max_e8 >= symbol->volume_min_e8);
	PROMISE(symbol->stops_level_e8 >= 0 && symbol->freeze_level_e8 >= 0);
	PROMISE(isnan(symbol->tick_value) || symbol->tick_value >= 0);
	PROMISE(symbol->sessions == NULL || symbol->sessions[0] == '[');
}

static void
check_hello(const struct mt5_message *message)
{
	const struct mt5_hello *hello = &message->hello;

	if (hello->version != MT5_VERSION)
		return;
	PROMISE(is_time(message->clocks.server_s, 1) && is_time(message->clocks.gmt_s, 1));
	PROMISE(is_text(hello->token, sizeof(hello->token)));
	PROMISE(is_text(hello->account, sizeof(hello->account)));
	PROMISE(is_text(hello->server, sizeof(hello->server)));
	PROMISE(is_text(hello->currency, sizeof(hello->currency)));
	PROMISE(hello->symbol_count <= MT5_SYMBOLS_MAX);
	for (size_t i = 0; i < hello->symbol_count; i++)
		check_symbol(&hello->symbols[i]);
}

static void
check_ticks(const struct mt5_ticks *ticks)
{
	PROMISE(is_text(ticks->symbol, sizeof(ticks->symbol)));
	PROMISE(ticks->seq >= 0 && ticks->first >= -1);
	PROMISE(ticks->from_ms == TICK_NONE || is_time(ticks->from_ms, 1000));
	for (size_t i = 0; i < ticks->count; i++) {
		const struct mt5_tick *tick = &ticks->ticks[i];

		PROMISE(is_time(tick->server_ms, 1000));
		PROMISE(i == 0 || tick->server_ms >= ticks->ticks[i - 1].server_ms);
		PROMISE(is_price(tick->bid_e8) && is_price(tick->ask_e8));
		PROMISE(is_price(tick->last_e8) && tick->volume_e8 >= 0);
	}
}

static void
check_bars(const struct mt5_bars *bars)
{
	PROMISE(is_text(bars->symbol, sizeof(bars->symbol)));
	for (size_t i = 0; i < bars->count; i++) {
		const struct mt5_bar *bar = &bars->bars[i];

		PROMISE(is_time(bar->server_s, 1) && bar->server_s % 300 == 0);
		PROMISE(i == 0 || bar->server_s > bars->bars[i - 1].server_s);
		PROMISE(bar->low_e8 > 0 && bar->low_e8 <= bar->open_e8);
		PROMISE(bar->low_e8 <= bar->close_e8 && bar->high_e8 >= bar->open_e8);
		PROMISE(bar->high_e8 >= bar->close_e8 && bar->ticks >= 0 && bar->volume >= 0);
	}
}

static void
check_positions(const struct mt5_positions *positions)
{
	PROMISE(positions->count <= MT5_POSITIONS_MAX);
	for (size_t i = 0; i < positions->count; i++) {
		const struct mt5_position *position = &positions->positions[i];

		PROMISE(position->ticket > 0 && is_time(position->opened_server_ms, 1000));
		PROMISE(i == 0 || position->ticket > positions->positions[i - 1].ticket);
		PROMISE(is_text(position->symbol, sizeof(position->symbol)));
		PROMISE(strnlen(position->comment, MT5_COMMENT_MAX) < MT5_COMMENT_MAX);
		PROMISE(position->volume_e8 >= 0 && position->price_open_e8 > 0);
		PROMISE(is_price(position->stop_loss_e8) && is_price(position->take_profit_e8));
	}
}

static void
check_sane(const struct mt5_message *message)
{
	switch (message->type) {
	case MT5_HELLO:
		check_hello(message);
		break;
	case MT5_TICKS:
		check_ticks(&message->ticks);
		break;
	case MT5_BARS:
		check_bars(&message->bars);
		break;
	case MT5_ACCOUNT:
		PROMISE(isfinite(message->account.balance) && !isinf(message->account.equity));
		break;
	case MT5_POSITIONS:
		check_positions(&message->positions);
		break;
	case MT5_CLOSED:
		PROMISE(message->closed.ticket > 0 && is_time(message->closed.server_ms, 1000));
		PROMISE(is_price(message->closed.price_e8) && !isinf(message->closed.profit));
		PROMISE(is_text(message->closed.reason, sizeof(message->closed.reason)));
		break;
	case MT5_RESULT:
		PROMISE(is_text(message->result.action_id, sizeof(message->result.action_id)));
		PROMISE(message->result.retcode >= 0 && message->result.ticket >= 0);
		PROMISE(is_price(message->result.price_e8) && is_price(message->result.volume_e8));
		break;
	case MT5_PING:
		PROMISE(is_time(message->clocks.server_s, 1) && is_time(message->clocks.gmt_s, 1));
		break;
	case MT5_UNKNOWN:
		PROMISE(strnlen(message->name, sizeof(message->name)) < sizeof(message->name));
		break;
	}
}

static void
check_same(const struct mt5_message *scanned, const struct mt5_message *judged)
{
	const struct mt5_ticks *a = &scanned->ticks, *b = &judged->ticks;

	PROMISE(scanned->type == MT5_TICKS && judged->type == MT5_TICKS);
	PROMISE(scanned->clocks.server_s == judged->clocks.server_s);
	PROMISE(scanned->clocks.gmt_s == judged->clocks.gmt_s);
	PROMISE(strcmp(a->symbol, b->symbol) == 0 && a->seq == b->seq && a->first == b->first);
	PROMISE(a->from_ms == b->from_ms && a->count == b->count);
	for (size_t i = 0; i < a->count; i++) {
		const struct mt5_tick *c = &a->ticks[i], *d = &b->ticks[i];

		PROMISE(c->server_ms == d->server_ms && c->flags == d->flags);
		PROMISE(c->bid_e8 == d->bid_e8 && c->ask_e8 == d->ask_e8);
		PROMISE(c->last_e8 == d->last_e8 && c->volume_e8 == d->volume_e8);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct mt5_reader *reader;
	static struct mt5_tick *ticks;
	static size_t room;
	const char *line = (const char *)data;
	struct mt5_message scanned, judged;
	struct problem problem = {""};
	int taken, error;

	if (reader == NULL)
		reader = mt5_reader_create();
	PROMISE(reader != NULL);
	taken = mt5_scan_ticks(line, size, &scanned, &ticks, &room);
	error = mt5_message_judge(reader, line, size, &judged, &problem);
	PROMISE(taken == 0 || taken == 1);
	PROMISE(error == 0 || error == -EINVAL || error == -EBADMSG);
	PROMISE(error == 0 || problem.text[0] != '\0');
	PROMISE(!taken || error == 0);
	if (taken)
		check_same(&scanned, &judged);
	if (error == 0)
		check_sane(&judged);
	return 0;
}
