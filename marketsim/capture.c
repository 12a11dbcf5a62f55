#include "marketsim/capture.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/decimal.h"
#include "marketsim/capture_file.h"
#include "marketsim/subscriptions.h"

#define FRAMES_FIRST 65536
#define TRADES_FIRST 16384

static int
find_instrument(const struct capture *capture, const char *name)
{
	for (int i = 0; i < capture->instrument_count; i++)
		if (strcmp(capture->instruments[i].name, name) == 0)
			return i;
	return -1;
}

/* The number of the symbol, which is new when the capture had no trade of it before. */
static int
take_instrument(struct capture *capture, const char *name, int64_t price_e8,
    struct problem *problem)
{
	int at = find_instrument(capture, name), error;

	if (at >= 0)
		return at;
	if (capture->instrument_count == INSTRUMENTS_MAX)
		return problem_set(problem, -E2BIG, "more than %d symbols", INSTRUMENTS_MAX);
	at = capture->instrument_count;
	error = instrument_init(&capture->instruments[at], name, strlen(name), problem);
	if (error < 0)
		return error;
	instrument_set_price(&capture->instruments[at], decimal_to_double(price_e8));
	capture->instrument_count++;
	return at;
}

/* Aggregates have no ids in a capture of trades: they are counted from 1. */
static int64_t
aggregate_of(const struct capture_trades *trades, const struct trade *trade)
{
	const struct trade *last = trades->count > 0 ? &trades->items[trades->count - 1] : NULL;

	if (last == NULL)
		return 1;
	return last->aggregate_id +
	    (last->price_e8 != trade->price_e8 || last->time_us != trade->time_us ||
		last->buyer_is_maker != trade->buyer_is_maker);
}

static int
add_trade(struct capture *capture, const char *name, struct trade *trade, struct problem *problem)
{
	int symbol = take_instrument(capture, name, trade->price_e8, problem);
	struct capture_trades *trades;

	if (symbol < 0)
		return symbol;
	trades = &capture->trades[symbol];
	if (trades->count > 0 && trade->id <= trades->items[trades->count - 1].id)
		return 0; /* two recordings may overlap */
	if (trades->count == trades->capacity) {
		size_t capacity = trades->capacity > 0 ? 2 * trades->capacity : TRADES_FIRST;
		void *items = NULL;

		if (trades->count < CAPTURE_TRADES_MAX)
			items = realloc(trades->items, capacity * sizeof(*trades->items));
		if (items == NULL)
			return problem_set(problem, -ENOMEM, "too many trades of %s", name);
		trades->items = items;
		trades->capacity = capacity;
	}
	trade->aggregate_id = aggregate_of(trades, trade);
	trades->items[trades->count++] = *trade;
	if (trade->time_us > capture->newest_us)
		capture->newest_us = trade->time_us;
	return 0;
}

static int
parse_trade(struct capture *capture, const struct capture_frame *frame, struct problem *problem)
{
	json_t *root = json_loadb(frame->text, frame->length, 0, NULL);
	const char *name, *price, *quantity;
	json_int_t id, time_ms;
	struct trade trade = { 0 };
	int maker, error = -EINVAL;

	if (root == NULL ||
	    json_unpack(root, "{s:{s:s,s:I,s:s,s:s,s:I,s:b}}", "data", "s", &name, "t", &id, "p",
		&price, "q", &quantity, "T", &time_ms, "m", &maker) < 0 ||
	    decimal_parse(price, strlen(price), &trade.price_e8) < 0 ||
	    decimal_parse(quantity, strlen(quantity), &trade.quantity_e8) < 0 ||
	    trade.price_e8 <= 0 || time_ms < 0 || time_ms > INT64_MAX / CLOCK_MS_US) {
		problem_set(problem, error, "a @trade frame that is no trade");
	} else {
		trade.id = id;
		trade.time_us = time_ms * CLOCK_MS_US;
		trade.buyer_is_maker = maker;
		error = add_trade(capture, name, &trade, problem);
	}
	json_decref(root);
	return error;
}

/* Finds {"stream":"NAME","data": at the frame's begin: the length of NAME, or 0. */
static size_t
stream_name(struct capture_frame *frame, const char **ret_name)
{
	static const char before[] = "{\"stream\":\"", after[] = "\",\"data\":";
	const char *name = frame->text + sizeof(before) - 1, *end;

	if (frame->length < sizeof(before) + sizeof(after) ||
	    memcmp(frame->text, before, sizeof(before) - 1) != 0)
		return 0;
	end = memchr(name, '"', frame->length - (sizeof(before) - 1));
	if (end == NULL || frame->text + frame->length - end < (ptrdiff_t)sizeof(after) ||
	    memcmp(end, after, sizeof(after) - 1) != 0)
		return 0;
	frame->data = (uint32_t)(end + sizeof(after) - 1 - frame->text);
	*ret_name = name;
	return (size_t)(end - name);
}

static int
add_frame(struct capture *capture, const struct capture_frame *frame)
{
	if (capture->frame_count == capture->frame_capacity) {
		size_t capacity =
		    capture->frame_capacity > 0 ? 2 * capture->frame_capacity : FRAMES_FIRST;
		void *frames = realloc(capture->frames, capacity * sizeof(*frame));

		if (frames == NULL)
			return -ENOMEM;
		capture->frames = frames;
		capture->frame_capacity = capacity;
	}
	capture->frames[capture->frame_count++] = *frame;
	return 0;
}

/* One line without its newline; `line` is followed by some byte that is no digit. */
static int
parse_line(struct capture *capture, const char *line, size_t length, struct problem *problem)
{
	struct capture_frame frame = { .stream = -1 };
	const char *name = NULL;
	size_t named;
	char *end;

	frame.time_ns = strtoll(line, &end, 10);
	if (end == line || *end != ' ' || end + 1 >= line + length)
		return problem_set(problem, -EINVAL, "expected `<receive time in ns> <frame>`");
	frame.text = end + 1;
	frame.length = (uint32_t)(line + length - frame.text);
	named = stream_name(&frame, &name);
	if (named > 6 && memcmp(name + named - 6, "@trade", 6) == 0) {
		int error = parse_trade(capture, &frame, problem);

		if (error < 0)
			return error;
	}
	return add_frame(capture, &frame) < 0
	    ? problem_set(problem, -ENOMEM, "out of memory")
	    : 0;
}

/* The symbols are known only when all trades were seen: names become numbers then. */
static void
number_streams(struct capture *capture)
{
	for (size_t i = 0; i < capture->frame_count; i++) {
		struct capture_frame *frame = &capture->frames[i];
		const char *name = NULL;
		size_t named = stream_name(frame, &name);

		if (named > 0)
			frame->stream = stream_of_name(capture->instruments,
			    capture->instrument_count, name, named);
	}
}

static int
parse_file(struct capture *capture, const char *file, size_t from, struct problem *problem)
{
	const char *end = capture->text + capture->length, *line = capture->text + from;
	struct problem what;
	size_t number = 1;
	int error;

	for (; line < end; number++) {
		const char *newline = memchr(line, '\n', (size_t)(end - line));
		size_t length = (size_t)((newline != NULL ? newline : end) - line);

		error = length > 0 ? parse_line(capture, line, length, &what) : 0;
		if (error < 0)
			return problem_set(problem, error, "%s:%zu: %s", file, number, what.text);
		line += length + 1;
	}
	return 0;
}

/* All files in one text, which ends in a NUL of its own; ends[i + 1] is where file i ends. */
static int
read_files(struct capture *capture, const char *const *files, size_t count, size_t *ends,
    struct problem *problem)
{
	struct capture_text text = { .most = CAPTURE_BYTES_MAX };
	char *whole;
	int error = 0;

	for (size_t i = 0; error == 0 && i < count; i++) {
		error = capture_file_read(&text, files[i], problem);
		ends[i + 1] = text.length;
	}
	if (error < 0) {
		free(text.bytes);
		return error;
	}
	whole = realloc(text.bytes, text.length + 1);
	if (whole == NULL) {
		free(text.bytes);
		return problem_set(problem, -ENOMEM, "out of memory");
	}
	whole[text.length] = '\0'; /* the last number of the last line ends somewhere */
	capture->text = whole;
	return 0;
}

static int
load(struct capture *capture, const char *const *files, size_t count, size_t *ends,
    struct problem *problem)
{
	int error = read_files(capture, files, count, ends, problem);

	for (size_t i = 0; error == 0 && i < count; i++) {
		capture->length = ends[i + 1];
		error = parse_file(capture, files[i], ends[i], problem);
	}
	if (error == 0 && capture->instrument_count == 0)
		error = problem_set(problem, -EINVAL, "%s: no trade in the capture", files[0]);
	if (error == 0)
		number_streams(capture);
	return error;
}

int
capture_load(struct capture *capture, const char *const *files, size_t count,
    struct problem *problem)
{
	size_t *ends = calloc(count + 1, sizeof(*ends));
	int error;

	memset(capture, 0, sizeof(*capture));
	if (ends == NULL)
		return problem_set(problem, -ENOMEM, "out of memory");
	error = load(capture, files, count, ends, problem);
	free(ends);
	return error;
}

void
capture_free(struct capture *capture)
{
	for (int i = 0; i < capture->instrument_count; i++)
		free(capture->trades[i].items);
	free(capture->frames);
	free(capture->text);
	memset(capture, 0, sizeof(*capture));
}
