#include "tradingctl/import_progress.h"

#include <inttypes.h>
#include <string.h>

#include "common/clock.h"

#define BAR_WIDTH 24
#define BAR_US INT64_C(200000)		  /* between two drawings of it */
#define LINE_US (5 * CLOCK_SECOND_US) /* between two lines where there is no terminal */

static int64_t
number(const json_t *progress, const char *name)
{
	return json_integer_value(json_object_get(progress, name));
}

static const char *
text(const json_t *progress, const char *name)
{
	const char *value = json_string_value(json_object_get(progress, name));

	return value == NULL ? "" : value;
}

static void
draw_bar(double share, char bar[static BAR_WIDTH + 4])
{
	int done = (int)(share * BAR_WIDTH);

	bar[0] = '[';
	for (int i = 0; i < BAR_WIDTH; i++)
		bar[i + 1] = i < done ? '=' : i == done ? '>' : ' ';
	memcpy(bar + BAR_WIDTH + 1, "] ", 3);
}

const char *
import_progress_text(const json_t *progress, bool bar, char line[static IMPORT_LINE_SIZE])
{
	double seconds = json_real_value(json_object_get(progress, "seconds"));
	double bytes = (double)number(progress, "bytes");
	double all = (double)number(progress, "file_bytes");
	double share = all > 0 && bytes <= all ? bytes / all : 0;
	int64_t rows = number(progress, "rows");
	char drawn[BAR_WIDTH + 4] = "", left[32] = "";

	if (bar)
		draw_bar(share, drawn);
	if (share > 0.01 && share < 1)
		snprintf(left, sizeof(left), "  %.0f s left", seconds / share - seconds);
	snprintf(line, IMPORT_LINE_SIZE, "%s%3.0f %%  %" PRId64 " rows  %.1f MB  %.0f rows/s%s", drawn,
	    share * 100, rows, bytes / 1e6, seconds > 0 ? (double)rows / seconds : 0, left);
	return line;
}

void
import_progress_show(struct import_progress *shown, const char *name, const json_t *progress)
{
	int64_t now_us = clock_monotonic_us();
	char line[IMPORT_LINE_SIZE];

	if (shown->shown_us == 0 && !shown->terminal) /* a short one needs no line */
		shown->shown_us = now_us;
	if (now_us - shown->shown_us < (shown->terminal ? BAR_US : LINE_US))
		return;
	shown->shown_us = now_us;
	import_progress_text(progress, shown->terminal, line);
	if (shown->terminal)
		fprintf(stderr, "\r%s  %s\033[K", name, line);
	else
		fprintf(stderr, "%s: %s\n", name, line);
	shown->drawn = shown->terminal;
}

void
import_progress_clear(struct import_progress *shown)
{
	if (shown->drawn)
		fputs("\r\033[K", stderr);
	shown->drawn = false;
}

void
import_progress_print_end(const char *name, const json_t *progress, FILE *out)
{
	double seconds = json_real_value(json_object_get(progress, "seconds"));
	int64_t rows = number(progress, "rows"), too_old = number(progress, "too_old");
	bool cancelled = strcmp(text(progress, "state"), "cancelled") == 0;

	if (text(progress, "source")[0] == '\0') /* it was not even known for what it is */
		return;
	fprintf(out, "%s: %s of %s", name, text(progress, "kind"), text(progress, "source"));
	if (text(progress, "symbol")[0] != '\0')
		fprintf(out, ":%s", text(progress, "symbol"));
	fprintf(out, ": %" PRId64 " rows read, %" PRId64 " stored, %" PRId64 " were there before",
	    rows, number(progress, "stored"), number(progress, "duplicates"));
	if (too_old > 0)
		fprintf(out, ", %" PRId64 " are older than what is kept", too_old);
	fprintf(out, ", in %.1f s (%.0f rows/s)%s\n", seconds,
	    seconds > 0 ? (double)rows / seconds : 0, cancelled ? "; cancelled" : "");
}
