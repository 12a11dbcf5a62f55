#include "tradingctl/feed_text.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"

static int64_t
number(const json_t *object, const char *key)
{
	return (int64_t)json_number_value(json_object_get(object, key));
}

static const char *
word(const json_t *object, const char *key)
{
	const char *value = json_string_value(json_object_get(object, key));

	return value == NULL ? "" : value;
}

static void
begin(const json_t *feed, const char *what, FILE *out)
{
	fprintf(out, "%s %-9s ", word(feed, "name"), what);
}

/* ---- what is missing ---- */

static void
print_length(int64_t seconds, FILE *out)
{
	if (seconds >= 86400)
		fprintf(out, "%" PRId64 "d ", seconds / 86400);
	fprintf(out, "%02d:%02d:%02d", (int)(seconds % 86400 / 3600),
	    (int)(seconds % 3600 / 60), (int)(seconds % 60));
}

void
feed_text_backfill(const json_t *feed, FILE *out)
{
	const json_t *backfill = json_object_get(feed, "backfill");
	int64_t missing = number(backfill, "missing"), filled = number(backfill, "filled");
	const json_t *left = json_object_get(backfill, "eta_s");

	if (backfill == NULL)
		return;
	begin(feed, "backfill", out);
	fprintf(out, "%s", word(backfill, "state"));
	if (word(backfill, "symbol")[0] != '\0')
		fprintf(out, " %s", word(backfill, "symbol"));
	if (missing > 0 || filled > 0)
		fprintf(out, ": %" PRId64 " ids missing, %" PRId64 " filled", missing, filled);
	if (json_is_number(json_object_get(backfill, "per_second")))
		fprintf(out, ", %.1f a second",
		    json_number_value(json_object_get(backfill, "per_second")));
	if (json_is_number(left) && missing > 0) {
		fputs(", ", out);
		print_length((int64_t)json_number_value(left), out);
		fputs(" left", out);
	}
	fputc('\n', out);
}

static void
print_gaps(const json_t *feed, FILE *out)
{
	int64_t gaps = 0, missing = 0, backfilled = 0;
	const json_t *symbol;
	bool any = false;
	size_t i;

	json_array_foreach(json_object_get(feed, "symbols"), i, symbol) {
		any |= json_object_get(symbol, "missing") != NULL;
		gaps += number(symbol, "gaps");
		missing += number(symbol, "missing");
		backfilled += number(symbol, "backfilled");
	}
	if (!any)
		return;
	begin(feed, "gaps", out);
	fprintf(out, "%" PRId64 " open, %" PRId64 " ids missing, %" PRId64 " backfilled\n", gaps,
	    missing, backfilled);
}

/* ---- the ways to the exchange ---- */

static void
print_rest(const json_t *feed, int64_t now_us, FILE *out)
{
	const json_t *rest = json_object_get(feed, "rest");
	int64_t wait_s = number(rest, "wait_s");
	char until[CLOCK_TEXT_SIZE];

	if (rest == NULL)
		return;
	begin(feed, "REST", out);
	fprintf(out, "weight %" PRId64 " of %" PRId64, number(rest, "weight_used"),
	    number(rest, "weight_limit"));
	if (wait_s > 0) {
		clock_format(now_us + wait_s * CLOCK_SECOND_US, 0, until);
		fprintf(out, ", waits until %s (%" PRId64 " s): %s", until, wait_s,
		    word(rest, "why"));
	}
	fputc('\n', out);
}

static void
print_clock(const json_t *feed, FILE *out)
{
	const json_t *clock = json_object_get(feed, "clock");
	const json_t *offset = json_object_get(clock, "offset_ms");
	const json_t *frames = json_object_get(clock, "frames_offset_ms");

	if (!json_is_number(offset) && !json_is_number(frames))
		return;
	begin(feed, "clock", out);
	if (json_is_number(offset))
		fprintf(out, "%+.0f ms by REST", json_number_value(offset));
	if (json_is_number(frames))
		fprintf(out, "%s%+.0f ms by its frames", json_is_number(offset) ? ", " : "",
		    json_number_value(frames));
	fputs(json_is_true(json_object_get(clock, "alarm")) ? ": ALARM\n" : "\n", out);
}

static void
print_lines(const json_t *feed, FILE *out)
{
	const json_t *lines = json_object_get(feed, "lines"), *line;
	const json_t *rotations = json_object_get(feed, "rotations");
	size_t i;

	if (lines == NULL && rotations == NULL)
		return;
	begin(feed, "lines", out);
	json_array_foreach(lines, i, line) {
		fprintf(out, "%s (%" PRId64 " symbols, %" PRId64 " s), ", word(line, "state"),
		    number(line, "symbols"), number(line, "age_s"));
	}
	fprintf(out, "%" PRId64 " rotations\n", (int64_t)json_number_value(rotations));
}

static void
print_recorder(const json_t *feed, FILE *out)
{
	const json_t *recorder = json_object_get(feed, "recorder");

	if (word(recorder, "file")[0] == '\0')
		return;
	begin(feed, "recorder", out);
	fprintf(out, "%s: %.1f MiB, %" PRId64 " frames, %" PRId64 " lost\n",
	    word(recorder, "file"), (double)number(recorder, "bytes") / (1 << 20),
	    number(recorder, "frames"), number(recorder, "lost"));
}

static void
print_silent(const json_t *feed, FILE *out)
{
	const json_t *symbol;
	int count = 0;
	size_t i;

	json_array_foreach(json_object_get(feed, "symbols"), i, symbol) {
		if (!json_is_true(json_object_get(symbol, "silent")))
			continue;
		if (count++ == 0)
			begin(feed, "silent", out);
		fprintf(out, "%s%s", count > 1 ? ", " : "", word(symbol, "symbol"));
	}
	if (count > 0)
		fputc('\n', out);
}

/* ---- terminals ---- */

static void
print_terminal(const json_t *feed, FILE *out)
{
	int64_t offset_s = number(feed, "utc_offset_s"), connected_s = number(feed, "connected_s");
	int minutes = abs((int)(offset_s / 60));

	if (json_object_get(feed, "listen") == NULL)
		return;
	begin(feed, "terminal", out);
	if (json_object_get(feed, "connected_s") == NULL) {
		fprintf(out, "waits for its terminal at %s\n", word(feed, "listen"));
		return;
	}
	fprintf(out, "account %s at %s", word(feed, "account"), word(feed, "server"));
	if (json_is_number(json_object_get(feed, "utc_offset_s")))
		fprintf(out, ", its clock is UTC%c%02d:%02d", offset_s < 0 ? '-' : '+',
		    minutes / 60, minutes % 60);
	fputs(", connected for ", out);
	print_length(connected_s, out);
	fputc('\n', out);
}

static void
print_terminal_ticks(const json_t *feed, FILE *out)
{
	if (json_object_get(feed, "connected_s") == NULL)
		return;
	begin(feed, "symbols", out);
	fprintf(out, "%zu, %.1f ticks a second, %" PRId64 " rows not stored yet",
	    json_array_size(json_object_get(feed, "symbols")),
	    json_number_value(json_object_get(feed, "ticks_per_second")),
	    number(feed, "waiting"));
	if (number(feed, "held") > 0)
		fprintf(out, ", %" PRId64 " ticks wait for its clock", number(feed, "held"));
	fputc('\n', out);
}

static void
print_orders(const json_t *feed, FILE *out)
{
	const json_t *orders = json_object_get(feed, "orders");

	if (!json_is_object(orders))
		return;
	begin(feed, "orders", out);
	fprintf(out, "%" PRId64 " pending, %" PRId64 " sent, %" PRId64 " done, %" PRId64
	    " failed, %" PRId64 " today\n", number(orders, "pending"), number(orders, "sent"),
	    number(orders, "done"), number(orders, "failed"), number(orders, "today"));
}

void
feed_text_print(const json_t *feed, int64_t now_us, FILE *out)
{
	print_terminal(feed, out);
	print_terminal_ticks(feed, out);
	print_orders(feed, out);
	print_gaps(feed, out);
	feed_text_backfill(feed, out);
	print_rest(feed, now_us, out);
	print_clock(feed, out);
	print_lines(feed, out);
	print_recorder(feed, out);
	print_silent(feed, out);
}
