/*
 * Lines of a terminal: one example of each as doc/mt5_protocol.md has it, a member of them changed,
 * read from memory without a byte behind it.
 */
#ifndef TESTS_UNIT_TICKD_TERMINAL_LINES_H
#define TESTS_UNIT_TICKD_TERMINAL_LINES_H

#include <jansson.h>

#include "tests/unit/common/scratch.h"
#include "tickd/mt5/mt5_message.h"

static const char example_hello[] =
    "{\"type\":\"hello\",\"version\":1,\"token\":\"a secret of sixteen\",\"account\":\"1234567\","
    "\"server\":\"Broker-Demo\",\"margin_mode\":\"hedging\",\"currency\":\"USD\","
    "\"time_server\":1724000000,\"time_gmt\":1723989200,"
    "\"symbols\":[{\"name\":\"EURUSD\",\"digits\":5,\"point\":\"0.00001\",\"volume_min\":\"0.01\","
    "\"volume_max\":\"50\",\"volume_step\":\"0.01\",\"tick_size\":\"0.00001\",\"tick_value\":\"1\","
    "\"stops_level\":10,\"freeze_level\":0,\"sessions\":[[1,0,1440],[2,0,1440]]}]}";
static const char example_ticks[] =
    "{\"type\":\"ticks\",\"symbol\":\"EURUSD\",\"seq\":7,\"time_server\":1724000001,"
    "\"time_gmt\":1723989201,\"first\":0,\"from_msc\":1724000000000,"
    "\"ticks\":[[1724000000123,\"1.10000\",\"1.10002\",\"0\",\"0\",6]]}";
static const char example_bars[] =
    "{\"type\":\"bars\",\"symbol\":\"EURUSD\",\"timeframe\":\"M5\",\"last\":true,"
    "\"bars\":[[1724000100,\"1.1\",\"1.3\",\"1.0\",\"1.2\",17,2,\"0\"],"
    "[1724000400,\"1.2\",\"1.2\",\"1.2\",\"1.2\",1,2,\"3.5\"]]}";
static const char example_account[] =
    "{\"type\":\"account\",\"balance\":\"1000.00\",\"equity\":\"1003.20\"}";
static const char example_positions[] =
    "{\"type\":\"positions\",\"seq\":3,\"complete\":true,"
    "\"positions\":[{\"ticket\":5,\"symbol\":\"EURUSD\",\"type\":\"buy\",\"volume\":\"0.10\","
    "\"price_open\":\"1.10000\",\"sl\":\"1.09\",\"tp\":\"0\",\"price_current\":\"1.1001\","
    "\"profit\":\"1.00\",\"time_msc\":1724000000123,\"magic\":0,\"comment\":\"\"}]}";
static const char example_closed[] =
    "{\"type\":\"closed\",\"ticket\":5,\"time_msc\":1724000000123,\"price\":\"1.09\","
    "\"profit\":\"-100.00\",\"reason\":\"sl\"}";
static const char example_result[] =
    "{\"type\":\"result\",\"action_id\":\"1234567/5/1\",\"retcode\":10009,\"ticket\":77,"
    "\"price\":\"1.1\",\"volume\":\"0.10\",\"comment\":\"Request executed\"}";
static const char example_ping[] =
    "{\"type\":\"ping\",\"time_server\":1724000001,\"time_gmt\":1723989201}";

/* mt5_message_read() or mt5_message_judge(). */
typedef int terminal_read(struct mt5_reader *reader, const char *line, size_t length,
    struct mt5_message *ret, struct problem *problem);

static inline int
terminal_line(struct mt5_reader *reader, terminal_read *read, const char *text, size_t length,
    struct mt5_message *ret, struct problem *problem)
{
	char *line = malloc(length > 0 ? length : 1);
	int error;

	assert_non_null(line);
	memcpy(line, text, length);
	error = read(reader, line, length, ret, problem);
	free(line);
	return error;
}

/* Where the path's last step leads from: its object or array, with the step's name or place. */
static inline json_t *
terminal_way(json_t *from, const char *path, char step[static 32])
{
	for (;;) {
		size_t length = strcspn(path, ".[]");

		assert_true(length < 32);
		memcpy(step, path, length);
		step[length] = '\0';
		path += length + strspn(path + length, ".[]");
		if (*path == '\0')
			return from;
		from = json_is_array(from) ? json_array_get(from, (size_t)atoi(step)) :
					     json_object_get(from, step);
		assert_non_null(from);
	}
}

/*
 * The example with the member at `path` ("symbols[0].point") being `value`, a JSON text; NULL:
 * without it.  To be freed.
 */
static inline char *
terminal_changed(const char *example, const char *path, const char *value)
{
	json_t *root = json_loads(example, 0, NULL);
	json_t *set = value != NULL ? json_loads(value, JSON_DECODE_ANY, NULL) : NULL;
	char step[32], *text;
	json_t *parent = terminal_way(root, path, step);

	assert_true(value == NULL || set != NULL);
	if (json_is_array(parent))
		assert_int_equal(json_array_set_new(parent, (size_t)atoi(step), set), 0);
	else if (set != NULL)
		assert_int_equal(json_object_set_new(parent, step, set), 0);
	else
		assert_int_equal(json_object_del(parent, step), 0);
	text = json_dumps(root, JSON_COMPACT);
	assert_non_null(text);
	json_decref(root);
	return text;
}

/* A hello of so many symbols, all of different names but for the last, which has name `last`. */
static inline char *
hello_of(size_t count, const char *last)
{
	json_t *root = json_loads(example_hello, 0, NULL);
	json_t *symbols = json_object_get(root, "symbols");
	char name[32], *text;

	for (size_t i = 1; i < count; i++) {
		json_t *symbol = json_deep_copy(json_array_get(symbols, 0));

		snprintf(name, sizeof(name), "S%zu", i);
		json_object_set_new(symbol, "name", json_string(i + 1 == count ? last : name));
		json_array_append_new(symbols, symbol);
	}
	text = json_dumps(root, JSON_COMPACT);
	json_decref(root);
	assert_non_null(text);
	return text;
}

#endif
