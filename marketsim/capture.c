#include "marketsim/capture.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/decimal.h"
#include "marketsim/capture_file.h"
#include "marketsim/capture_files.h"
#include "marketsim/subscriptions.h"

#define FRAMES_FIRST 65536

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

/* The trade of a frame; `*ret_last_id` is its own id or the last one of an aggregate.  -EINVAL. */
static int
unpack_trade(const json_t *root, bool is_aggregate, const char **ret_name, struct trade *trade,
    int64_t *ret_last_id)
{
	const char *price, *quantity;
	json_int_t id, time_ms, aggregate = 0, last;
	int maker;

	if (json_unpack((json_t *)root, "{s:{s:I,s:I}}", "data", is_aggregate ? "f" : "t", &id, is_aggregate ? "l" : "t", &last) < 0 ||
	    json_unpack((json_t *)root, "{s:{s:s,s:s,s:s,s:I,s:b}}", "data", "s", ret_name, "p",
		&price, "q", &quantity, "T", &time_ms, "m", &maker) < 0 ||
	    (is_aggregate &&
		json_unpack((json_t *)root, "{s:{s:I}}", "data", "a", &aggregate) < 0) ||
	    decimal_parse(price, strlen(price), &trade->price_e8) < 0 ||
	    decimal_parse(quantity, strlen(quantity), &trade->quantity_e8) < 0 ||
	    trade->price_e8 <= 0 || time_ms < 0 || time_ms > INT64_MAX / CLOCK_MS_US ||
	    id < 0 || last < id || last - id >= AGGREGATE_TRADES_MAX ||
	    trade->quantity_e8 <= last - id)
		return -EINVAL;
	trade->id = id;
	trade->aggregate_id = aggregate;
	trade->time_us = time_ms * CLOCK_MS_US;
	trade->buyer_is_maker = maker;
	*ret_last_id = last;
	return 0;
}

static int
add_trade(struct capture *capture, const char *name, bool is_aggregate,
    const struct trade *trade, int64_t last_id, struct problem *problem)
{
	int symbol = take_instrument(capture, name, trade->price_e8, problem), error;

	if (symbol == -EINVAL) {
		capture->unread++;
		return 0;
	}
	if (symbol < 0)
		return symbol;
	error = is_aggregate
	    ? capture_trades_add_aggregate(&capture->trades[symbol], trade, last_id)
	    : capture_trades_add(&capture->trades[symbol], trade);
	if (error < 0)
		return problem_set(problem, error, "too many trades of %s", name);
	if (trade->time_us > capture->newest_us)
		capture->newest_us = trade->time_us;
	return 0;
}

static int
parse_trade(struct capture *capture, const struct capture_frame *frame, bool is_aggregate,
    struct problem *problem)
{
	json_t *root = json_loadb(frame->text, frame->length, 0, NULL);
	struct trade trade = { 0 };
	const char *name = NULL;
	int64_t last_id = 0;
	int error = 0;

	if (root == NULL || unpack_trade(root, is_aggregate, &name, &trade, &last_id) < 0)
		capture->unread++; /* received so: played so */
	else
		error = add_trade(capture, name, is_aggregate, &trade, last_id, problem);
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

/* Is it a frame of a stream "SYMBOL@kind"? */
static bool
is_kind(const char *name, size_t length, const char *kind)
{
	size_t end = strlen(kind);

	return length > end && memcmp(name + length - end, kind, end) == 0;
}

/* The end of the recorded connection would be one of each connection that plays it. */
static bool
is_shutdown(const char *name, size_t length)
{
	static const char shutdown[] = "!serverShutdown";

	return length == sizeof(shutdown) - 1 && memcmp(name, shutdown, length) == 0;
}

/* One line without its newline; `line` is followed by some byte that is no digit. */
static int
parse_line(struct capture *capture, const char *line, size_t length, struct problem *problem)
{
	struct capture_frame frame = { .stream = -1 };
	const char *name = NULL;
	size_t named;
	char *end;
	int error = 0;

	frame.time_ns = strtoll(line, &end, 10);
	if (end == line || *end != ' ' || end >= line + length)
		return problem_set(problem, -EINVAL, "expected `<receive time in ns> <frame>`");
	frame.text = end + 1;
	frame.length = (uint32_t)(line + length - frame.text);
	named = stream_name(&frame, &name);
	if (is_shutdown(name, named))
		return 0;
	if (is_kind(name, named, "@trade"))
		error = parse_trade(capture, &frame, false, problem);
	else if (is_kind(name, named, "@aggTrade"))
		error = parse_trade(capture, &frame, true, problem);
	if (error < 0)
		return error;
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

static void
tell_cut(void (*tell)(const char *sentence), const char *file)
{
	struct problem sentence;

	problem_set(&sentence, 0, "%s breaks off: its tail is missing, the rest is played", file);
	tell(sentence.text);
}

/* All files in one text, which ends in a NUL of its own; ends[i + 1] is where file i ends. */
static int
read_files(struct capture *capture, const struct capture_files *files, size_t *ends,
    void (*tell)(const char *sentence), struct problem *problem)
{
	struct capture_text text = { .most = CAPTURE_BYTES_MAX };
	char *whole;
	bool cut;
	int error = 0;

	for (size_t i = 0; error == 0 && i < files->count; i++) {
		error = capture_file_read(&text, files->names[i], &cut, problem);
		if (error == 0 && cut)
			tell_cut(tell, files->names[i]);
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

/* When all frames are there. */
static void
finish(struct capture *capture, void (*tell)(const char *sentence))
{
	struct problem sentence;

	number_streams(capture);
	for (int i = 0; i < capture->instrument_count; i++)
		capture_trades_finish(&capture->trades[i]);
	if (capture->unread == 0)
		return;
	problem_set(&sentence, 0, "%zu frames of trades cannot be read: played, but not in REST",
	    capture->unread);
	tell(sentence.text);
}

static int
load(struct capture *capture, const struct capture_files *files,
    void (*tell)(const char *sentence), struct problem *problem)
{
	size_t *ends = calloc(files->count + 1, sizeof(*ends));
	int error;

	if (ends == NULL)
		return problem_set(problem, -ENOMEM, "out of memory");
	error = read_files(capture, files, ends, tell, problem);
	for (size_t i = 0; error == 0 && i < files->count; i++) {
		capture->length = ends[i + 1];
		error = parse_file(capture, files->names[i], ends[i], problem);
	}
	free(ends);
	if (error == 0 && capture->instrument_count == 0)
		error = problem_set(problem, -EINVAL, "%s: no trade in the capture",
		    files->names[0]);
	if (error == 0)
		finish(capture, tell);
	return error;
}

int
capture_load(struct capture *capture, const char *const *files, size_t count,
    void (*tell)(const char *sentence), struct problem *problem)
{
	struct capture_files list;
	int error = capture_files_list(&list, files, count, problem);

	memset(capture, 0, sizeof(*capture));
	if (error == 0)
		error = load(capture, &list, tell, problem);
	capture_files_free(&list);
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
