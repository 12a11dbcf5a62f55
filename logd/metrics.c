#define _GNU_SOURCE
#include "logd/metrics.h"

#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum shown {
	AS_IT_IS,
	IN_SECONDS, /* milliseconds are */
	PRESENT,    /* of terminals: 1 where the member is there, else 0 */
};

/* One metric: a member of each feed's status, or of each of its symbols. */
struct metric {
	const char *name, *type, *help;
	bool of_symbol;
	const char *object; /* within the feed, or NULL for the feed or the symbol itself */
	const char *member;
	enum shown shown;
};

/* What does not go down, but with a restart of tickd, is a counter. */
static const struct metric metrics[] = {
	{"trading_gaps_open", "gauge", "Gaps in the trade ids that are not filled.", true, NULL, "gaps",
	    AS_IT_IS},
	{"trading_gap_ids_missing", "gauge", "Trade ids in open gaps.", true, NULL, "missing", AS_IT_IS},
	{"trading_backfilled_total", "counter", "Trade ids filled in from REST.", true, NULL,
	    "backfilled", AS_IT_IS},
	{"trading_ticks_total", "counter", "Ticks received.", true, NULL, "ticks", AS_IT_IS},
	{"trading_rest_weight_used", "gauge", "Request weight used in this minute.", false, "rest",
	    "weight_used", AS_IT_IS},
	{"trading_clock_offset_seconds", "gauge", "The exchange's clock minus ours.", false, "clock",
	    "offset_ms", IN_SECONDS},
	{"trading_feed_reconnects_total", "counter", "Connections lost, or not to be made.", false,
	    NULL, "reconnects", AS_IT_IS},
	{"trading_feed_rotations_total", "counter", "Connections replaced without a loss.", false, NULL,
	    "rotations", AS_IT_IS},
	{"trading_feed_ticks_total", "counter", "Ticks received, of all symbols.", false, NULL, "ticks",
	    AS_IT_IS},
	{"trading_feed_ticks_per_second", "gauge", "The same a second, smoothed.", false, NULL,
	    "ticks_per_second", AS_IT_IS},
	{"trading_terminal_connected", "gauge", "Whether the terminal of the account is connected.",
	    false, NULL, "connected_s", PRESENT},
	{"trading_terminal_connects_total", "counter", "Times that it connected.", false, NULL,
	    "connects", AS_IT_IS},
	{"trading_terminal_duplicates_total", "counter", "Ticks it sent that were known.", false, NULL,
	    "duplicates", AS_IT_IS},
	{"trading_terminal_rows_waiting", "gauge", "Rows of it that are not committed yet.", false,
	    NULL, "waiting", AS_IT_IS},
	{"trading_terminal_ticks_held", "gauge", "Ticks that wait until its clock is believed.", false,
	    NULL, "held", AS_IT_IS},
	{"trading_orders_pending", "gauge", "Actions that are to be sent.", false, "orders",
	    "pending", AS_IT_IS},
	{"trading_orders_sent", "gauge", "Actions whose result is not known yet.", false, "orders",
	    "sent", AS_IT_IS},
	{"trading_orders_done_total", "counter", "Actions that the terminal carried out.", false, "orders", "done",
	    AS_IT_IS},
	{"trading_orders_failed_total", "counter", "Actions that failed.", false, "orders", "failed",
	    AS_IT_IS},
	{"trading_orders_today", "gauge", "Actions sent in this day (UTC).", false,
	    "orders", "today", AS_IT_IS},
};

/* The three characters that a label's value may not hold as they are. */
static void
write_label(FILE *out, const char *name, const json_t *value)
{
	const char *text = json_string_value(value);

	fprintf(out, "%s=\"", name);
	for (; text != NULL && *text != '\0'; text++) {
		if (*text == '\n')
			fputs("\\n", out);
		else if (*text == '\\' || *text == '"')
			fprintf(out, "\\%c", *text);
		else
			fputc(*text, out);
	}
	fputc('"', out);
}

static void
write_value(FILE *out, const struct metric *metric, const json_t *value)
{
	if (metric->shown == PRESENT)
		fprintf(out, " %d\n", value != NULL);
	else if (metric->shown == IN_SECONDS)
		fprintf(out, " %.3f\n", json_number_value(value) / 1000);
	else if (json_is_integer(value))
		fprintf(out, " %" PRId64 "\n", (int64_t)json_integer_value(value));
	else
		fprintf(out, " %.17g\n", json_real_value(value));
}

/* A figure that is not published has no line: 0 would be a claim. */
static void
write_sample(FILE *out, const struct metric *metric, const json_t *feed, const json_t *holder)
{
	const json_t *object = metric->object == NULL ? holder : json_object_get(holder, metric->object);
	const json_t *value = json_object_get(object, metric->member);

	if (metric->shown == PRESENT ? json_object_get(feed, "listen") == NULL :
				       !json_is_number(value))
		return;
	fprintf(out, "%s{", metric->name);
	write_label(out, "source", json_object_get(feed, "source"));
	if (metric->of_symbol) {
		fputc(',', out);
		write_label(out, "symbol", json_object_get(holder, "symbol"));
	}
	fputc('}', out);
	write_value(out, metric, value);
}

static void
write_metric(FILE *out, const struct metric *metric, const json_t *feeds)
{
	const json_t *feed, *symbol;
	size_t i, j;

	fprintf(out, "# HELP %s %s\n# TYPE %s %s\n", metric->name, metric->help, metric->name,
	    metric->type);
	json_array_foreach(feeds, i, feed) {
		if (!metric->of_symbol) {
			write_sample(out, metric, feed, feed);
			continue;
		}
		json_array_foreach(json_object_get(feed, "symbols"), j, symbol)
			write_sample(out, metric, feed, symbol);
	}
}

char *
metrics_text(const json_t *tickd, bool fresh, size_t *ret_length)
{
	const json_t *feeds = fresh ? json_object_get(tickd, "feeds") : NULL;
	char *text = NULL;
	FILE *out = open_memstream(&text, ret_length);
	bool failed;

	if (out == NULL)
		return NULL;
	fprintf(out, "# HELP trading_up Whether the daemon publishes its figures.\n"
	    "# TYPE trading_up gauge\ntrading_up{daemon=\"tickd\"} %d\n", fresh);
	for (size_t i = 0; i < sizeof(metrics) / sizeof(metrics[0]); i++)
		write_metric(out, &metrics[i], feeds);
	failed = ferror(out) != 0;
	if (fclose(out) == 0 && !failed)
		return text;
	free(text);
	return NULL;
}
