#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tickd/mt5/mt5_hello_read.h"
#include "tickd/mt5/mt5_message.h"
#include "tickd/mt5/mt5_prices_read.h"
#include "tickd/mt5/mt5_scan.h"
#include "tickd/mt5/mt5_trading_read.h"

struct mt5_reader {
	struct mt5_tick *ticks;
	struct mt5_bar *bars;
	struct mt5_position *positions;
	struct mt5_symbol *symbols;
	size_t tick_room, bar_room, position_room, symbol_room;
	size_t symbol_count; /* whose sessions are to be freed */
};

struct mt5_reader *
mt5_reader_create(void)
{
	return calloc(1, sizeof(struct mt5_reader));
}

static void
release(struct mt5_reader *reader)
{
	mt5_hello_release(reader->symbols, reader->symbol_count);
	reader->symbol_count = 0;
}

void
mt5_reader_free(struct mt5_reader *reader)
{
	if (reader == NULL)
		return;
	release(reader);
	free(reader->symbols);
	free(reader->positions);
	free(reader->bars);
	free(reader->ticks);
	free(reader);
}

static const struct {
	const char *name;
	bool clocks; /* both are required */
} types[] = {
	[MT5_HELLO] = {"hello", true},
	[MT5_TICKS] = {"ticks", true},
	[MT5_BARS] = {"bars", false},
	[MT5_ACCOUNT] = {"account", false},
	[MT5_POSITIONS] = {"positions", false},
	[MT5_CLOSED] = {"closed", false},
	[MT5_RESULT] = {"result", false},
	[MT5_PING] = {"ping", true},
	[MT5_UNKNOWN] = {"", false},
};

static bool
read_type(const struct mt5_part *message, struct mt5_message *ret)
{
	struct mt5_field field = mt5_field_member(message, "type");
	int type = 0;

	if (!mt5_field_comment(field, ret->name, sizeof(ret->name)))
		return false;
	while (type < MT5_UNKNOWN && strcmp(json_string_value(field.value), types[type].name) != 0)
		type++;
	ret->type = (enum mt5_type)type;
	return true;
}

static bool
read_clocks(const struct mt5_part *message, struct mt5_message *ret)
{
	struct mt5_field server = mt5_field_member(message, "time_server");
	struct mt5_field gmt = mt5_field_member(message, "time_gmt");

	ret->clocks = (struct mt5_clocks){TICK_NONE, TICK_NONE};
	/* What a later version says is not ours to judge. */
	if (!types[ret->type].clocks ||
	    (ret->type == MT5_HELLO && ret->hello.version != MT5_VERSION))
		return true;
	return mt5_field_seconds(server, &ret->clocks.server_s) &&
	    mt5_field_seconds(gmt, &ret->clocks.gmt_s);
}

static int
read_hello(struct mt5_reader *reader, const struct mt5_part *message, struct mt5_hello *ret)
{
	int error = mt5_hello_read(message, ret, &reader->symbols, &reader->symbol_room);

	if (error == 0)
		reader->symbol_count = ret->symbol_count;
	return error;
}

static int
read_content(struct mt5_reader *reader, const struct mt5_part *message, struct mt5_message *ret)
{
	switch (ret->type) {
	case MT5_HELLO:
		return read_hello(reader, message, &ret->hello);
	case MT5_TICKS:
		return mt5_ticks_read(message, &ret->ticks, &reader->ticks, &reader->tick_room);
	case MT5_BARS:
		return mt5_bars_read(message, &ret->bars, &reader->bars, &reader->bar_room);
	case MT5_ACCOUNT:
		return mt5_account_read(message, &ret->account) ? 0 : -EINVAL;
	case MT5_POSITIONS:
		return mt5_positions_read(message, &ret->positions, &reader->positions,
		    &reader->position_room);
	case MT5_CLOSED:
		return mt5_closed_read(message, &ret->closed) ? 0 : -EINVAL;
	case MT5_RESULT:
		return mt5_result_read(message, &ret->result) ? 0 : -EINVAL;
	case MT5_PING:
	case MT5_UNKNOWN:
		break;
	}
	return 0;
}

static int
read_object(struct mt5_reader *reader, const json_t *root, struct mt5_message *ret,
    struct problem *problem)
{
	struct mt5_part message = {root, NULL, 0, problem};
	int error;

	if (!json_is_object(root))
		return problem_set(problem, -EBADMSG, "expected a JSON object");
	if (!read_type(&message, ret))
		return -EINVAL;
	error = read_content(reader, &message, ret);
	if (error == 0 && !read_clocks(&message, ret))
		error = -EINVAL;
	return error;
}

/*
 * What jansson says of a fault quotes what is near it: that may be the token, and the sentence is
 * logged.
 */
static int
report_json(const json_error_t *error, struct problem *problem)
{
	/*
	 * It says nothing at all of some allocations that failed, and calls others bad syntax: no
	 * memory within a line may end a connection as "not-json", which comes again.
	 */
	if (json_error_code(error) == json_error_out_of_memory || error->text[0] == '\0')
		return -ENOMEM;
	return problem_set(problem, -EBADMSG,
	    "expected a JSON object: from byte %d on it is none", error->position);
}

/* jansson's way. */
int
mt5_message_judge(struct mt5_reader *reader, const char *line, size_t length,
    struct mt5_message *ret, struct problem *problem)
{
	struct mt5_message message = {.type = MT5_UNKNOWN};
	json_error_t fault;
	json_t *root;
	int error;

	release(reader);
	root = json_loadb(line, length, JSON_REJECT_DUPLICATES, &fault);
	if (root == NULL)
		return report_json(&fault, problem);
	error = read_object(reader, root, &message, problem);
	json_decref(root);
	if (error == 0)
		*ret = message;
	return error;
}

int
mt5_message_read(struct mt5_reader *reader, const char *line, size_t length,
    struct mt5_message *ret, struct problem *problem)
{
	int scanned = mt5_scan_ticks(line, length, ret, &reader->ticks, &reader->tick_room);

	if (scanned != 0)
		return scanned < 0 ? scanned : 0;
	return mt5_message_judge(reader, line, length, ret, problem);
}
