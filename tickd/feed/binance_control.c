#include "tickd/feed/binance_control.h"

#include <ctype.h>
#include <jansson.h>
#include <stdio.h>

#define NAME_SIZE 128 /* of a stream: a symbol of the settings and some */

/* Only ASCII letters have a lower case here. */
static json_t *
stream_json(const char *symbol, const char *stream)
{
	char name[NAME_SIZE];

	snprintf(name, sizeof(name), "%s@%s", symbol, stream);
	for (char *at = name; *at != '\0' && *at != '@'; at++)
		if (isascii((unsigned char)*at))
			*at = (char)tolower((unsigned char)*at);
	return json_string(name);
}

char *
binance_control_message(const char *method, const struct string_list *symbols,
    const size_t *wanted, size_t count, const struct string_list *streams, int64_t id)
{
	json_t *params = json_array(), *message;
	char *text;

	for (size_t i = 0; i < count; i++)
		for (size_t k = 0; k < streams->count; k++)
			json_array_append_new(params,
			    stream_json(symbols->items[wanted[i]], streams->items[k]));
	message = json_pack("{s:s, s:o, s:I}", "method", method, "params", params, "id",
	    (json_int_t)id);
	text = json_dumps(message, JSON_COMPACT);
	json_decref(message);
	return text;
}

/* {"code":2,"msg":"Invalid request"}, as it stands. */
static void
take_reason(const json_t *error, struct binance_reply *ret)
{
	const char *text = json_string_value(json_object_get(error, "msg"));
	json_int_t code = json_integer_value(json_object_get(error, "code"));
	size_t at;

	at = (size_t)snprintf(ret->reason, sizeof(ret->reason), "%.100s (code %lld)",
	    text == NULL ? "no reason given" : text, (long long)code);
	for (size_t i = 0; i < at && i < sizeof(ret->reason); i++)
		if (ret->reason[i] < ' ' || ret->reason[i] > '~')
			ret->reason[i] = '?';
}

void
binance_control_reply(const char *frame, size_t length, struct binance_reply *ret)
{
	json_t *root = json_loadb(frame, length, 0, NULL);
	const json_t *id = json_object_get(root, "id"), *error = json_object_get(root, "error");

	if (error == NULL && json_object_get(root, "code") != NULL)
		error = root; /* as it was said in earlier years */
	*ret = (struct binance_reply){.id = json_is_integer(id) ? json_integer_value(id) : -1};
	ret->refused = error != NULL && !json_is_null(error);
	if (ret->refused)
		take_reason(error, ret);
	json_decref(root);
}
