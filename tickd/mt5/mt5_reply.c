#include "tickd/mt5/mt5_reply.h"

#include <string.h>

#include "tickd/mt5/json_text.h"
#include "tickd/mt5/mt5_message.h"

/* Takes the reference; NULL is no memory, as it is of jansson's constructors. */
static char *
line_of(json_t *object)
{
	char *line = json_text(object, "\n");

	json_decref(object);
	return line;
}

/* {SYMBOL: {"time_msc", "count_in_ms"}} of those that have ticks. */
static json_t *
resume(const struct mt5_welcome *welcome)
{
	json_t *object = json_object();

	for (size_t i = 0; i < welcome->symbol_count && object != NULL; i++) {
		const struct mt5_welcome_symbol *symbol = &welcome->symbols[i];

		if (symbol->mark.server_ms == TICK_NONE)
			continue;
		if (json_object_set_new(object, symbol->name,
			json_pack("{s:I,s:I}", "time_msc", (json_int_t)symbol->mark.server_ms,
			    "count_in_ms", (json_int_t)symbol->mark.count_in_ms)) == 0)
			continue;
		json_decref(object);
		object = NULL;
	}
	return object;
}

static json_t *
wanted_bars(const struct mt5_welcome *welcome)
{
	json_t *object = json_object();

	for (size_t i = 0; i < welcome->symbol_count && object != NULL; i++) {
		const struct mt5_welcome_symbol *symbol = &welcome->symbols[i];

		if (symbol->bars_from_s == TICK_NONE ||
		    json_object_set_new(object, symbol->name,
			json_integer(symbol->bars_from_s)) == 0)
			continue;
		json_decref(object);
		object = NULL;
	}
	return object;
}

static json_t *
open_tickets(const struct mt5_welcome *welcome)
{
	json_t *array = json_array();

	for (size_t i = 0; i < welcome->open_count && array != NULL; i++) {
		if (json_array_append_new(array, json_integer(welcome->open[i])) == 0)
			continue;
		json_decref(array);
		array = NULL;
	}
	return array;
}

char *
mt5_reply_welcome(const struct mt5_welcome *welcome)
{
	/* "o" takes each reference, also where another one is NULL. */
	return line_of(json_pack("{s:s,s:i,s:s,s:s,s:o,s:o,s:o}", "type", "welcome", "version",
	    MT5_VERSION, "source", welcome->source, "mode", welcome->execute ? "execute" : "advise",
	    "resume", resume(welcome), "bars", wanted_bars(welcome), "open",
	    open_tickets(welcome)));
}

char *
mt5_reply_ack(const char *symbol, int64_t seq)
{
	return line_of(json_pack("{s:s,s:s,s:I}", "type", "ack", "symbol", symbol, "seq",
	    (json_int_t)seq));
}

char *
mt5_reply_pong(void)
{
	return strdup("{\"type\":\"pong\"}\n");
}

char *
mt5_reply_error(const char *code, const char *message)
{
	return line_of(json_pack("{s:s,s:s,s:s}", "type", "error", "code", code, "message",
	    message));
}
