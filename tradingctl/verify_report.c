#include "tradingctl/verify_report.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "tradingctl/row_text.h"

int64_t
verify_report_missing(const struct symbol_report *report)
{
	const struct hole_counts *counts = &report->hole_counts;

	return counts->open_ids + counts->unfillable_ids + counts->unknown_ids;
}

/* ---- text ---- */

static const char *
text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text == NULL ? "?" : text;
}

static void
print_hole(const json_t *hole)
{
	const char *state = text_of(hole, "state"), *reason = text_of(hole, "reason");
	bool unknown = strcmp(state, "unknown") == 0;

	printf("  %s: %" JSON_INTEGER_FORMAT "-%" JSON_INTEGER_FORMAT " (%" JSON_INTEGER_FORMAT
	       " ids), %s to %s: %s%s%s\n",
	    text_of(hole, "kind"), json_integer_value(json_object_get(hole, "first_id")),
	    json_integer_value(json_object_get(hole, "last_id")),
	    json_integer_value(json_object_get(hole, "ids")), text_of(hole, "from"),
	    text_of(hole, "to"), unknown ? "no gap tells of it" : state,
	    reason[0] == '\0' ? "" : ", ", reason);
}

static void
print_halt(const struct halt *halt)
{
	char from[CLOCK_TEXT_SIZE], to[CLOCK_TEXT_SIZE];

	printf("  halt: %s to %s (%.0f min), nothing is missing\n",
	    row_text_time(halt->from_us, from), row_text_time(halt->to_us, to),
	    (double)(halt->to_us - halt->from_us) / 60e6);
}

static void
print_missing(const struct symbol_report *report)
{
	const struct hole_counts *counts = &report->hole_counts;

	if (verify_report_missing(report) == 0)
		return;
	printf("  not whole: %" PRId64 " ids are to come, %" PRId64 " never will, %" PRId64
	       " nobody knows of\n",
	    counts->open_ids, counts->unfillable_ids, counts->unknown_ids);
}

void
verify_report_print(const struct symbol_row *symbol, const struct symbol_report *report)
{
	const json_t *value;
	size_t i;

	printf("%s:%s  %" PRId64 " rows", symbol->source, symbol->symbol, report->rows);
	if (report->ids > 0)
		printf(", %" PRId64 " ids %" PRId64 "-%" PRId64 " in %zu range%s", report->ids,
		    report->first_id, report->last_id, report->runs.count,
		    report->runs.count == 1 ? "" : "s");
	printf(", %" PRId64 " candles recomputed (%" PRId64 " complete): %s\n", report->candles,
	    report->complete, report->findings.count == 0 ? "ok" : "WRONG");
	print_missing(report);
	json_array_foreach(report->holes, i, value) {
		print_hole(value);
	}
	if (report->hole_counts.holes > FINDINGS_MAX)
		printf("  and %" PRId64 " more holes\n", report->hole_counts.holes - FINDINGS_MAX);
	for (i = 0; i < report->halts.count; i++)
		print_halt(&report->halts.items[i]);
	json_array_foreach(report->findings.faults, i, value) {
		printf("  WRONG: %s\n", json_string_value(value));
	}
	if (report->findings.count > FINDINGS_MAX)
		printf("  and %" PRId64 " more faults\n", report->findings.count - FINDINGS_MAX);
}

/* ---- JSON ---- */

static json_t *
time_json(int64_t time_us)
{
	char text[CLOCK_TEXT_SIZE];

	return json_string(row_text_time(time_us, text));
}

static json_t *
ranges_json(const struct id_runs *runs)
{
	json_t *ranges = json_array();

	for (size_t i = 0; i < runs->count && i < FINDINGS_MAX; i++) {
		const struct id_run *run = &runs->items[i];

		json_array_append_new(ranges,
		    json_pack("{s:I, s:I, s:o, s:o}", "first_id", (json_int_t)run->first_id,
			"last_id", (json_int_t)run->last_id, "from", time_json(run->first_us), "to",
			time_json(run->last_us)));
	}
	return ranges;
}

static json_t *
halts_json(const struct halts *halts)
{
	json_t *array = json_array();

	for (size_t i = 0; i < halts->count; i++) {
		const struct halt *halt = &halts->items[i];

		json_array_append_new(array,
		    json_pack("{s:o, s:o, s:f, s:I}", "from", time_json(halt->from_us), "to",
			time_json(halt->to_us), "seconds",
			(double)(halt->to_us - halt->from_us) / 1e6, "id_after",
			(json_int_t)halt->id_after));
	}
	return array;
}

json_t *
verify_report_json(const struct symbol_row *symbol, const struct symbol_report *report)
{
	const struct hole_counts *counts = &report->hole_counts;
	json_int_t reported = counts->open_ids + counts->unfillable_ids;
	json_t *object = json_pack("{s:s, s:s, s:s, s:I, s:I, s:o, s:o, s:I, s:o}", "source",
	    symbol->source, "symbol", symbol->symbol, "id_kind", symbol->id_kind, "rows",
	    (json_int_t)report->rows, "ids", (json_int_t)report->ids, "first_id",
	    report->ids > 0 ? json_integer(report->first_id) : json_null(), "last_id",
	    report->ids > 0 ? json_integer(report->last_id) : json_null(), "range_count",
	    (json_int_t)report->runs.count, "ranges", ranges_json(&report->runs));
	json_t *judged = json_pack("{s:I, s:I, s:b, s:I, s:I, s:I, s:I, s:I, s:O, s:o, s:I, s:O}",
	    "candles", (json_int_t)report->candles, "candles_complete",
	    (json_int_t)report->complete, "whole", verify_report_missing(report) == 0,
	    "missing_reported", reported, "missing_open", (json_int_t)counts->open_ids,
	    "missing_unfillable", (json_int_t)counts->unfillable_ids, "missing_unknown",
	    (json_int_t)counts->unknown_ids,
	    "hole_count", (json_int_t)counts->holes, "holes", report->holes, "halts",
	    halts_json(&report->halts), "fault_count", (json_int_t)report->findings.count,
	    "faults", report->findings.faults);

	if (object != NULL && json_object_update_missing(object, judged) < 0) {
		json_decref(object);
		object = NULL;
	}
	json_decref(judged);
	return object;
}
