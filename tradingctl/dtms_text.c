#include "tradingctl/dtms_text.h"

#include <string.h>

#include "tradingctl/row_text.h"

const char *
dtms_text(const json_t *object, const char *key, char buffer[static DTMS_TEXT_SIZE])
{
	const json_t *value = json_object_get(object, key);

	if (json_is_string(value))
		snprintf(buffer, DTMS_TEXT_SIZE, "%s", json_string_value(value));
	else if (json_is_integer(value))
		snprintf(buffer, DTMS_TEXT_SIZE, "%" JSON_INTEGER_FORMAT,
		    json_integer_value(value));
	else if (json_is_real(value))
		row_text_double(json_real_value(value), buffer);
	else if (json_is_boolean(value))
		snprintf(buffer, DTMS_TEXT_SIZE, "%s", json_is_true(value) ? "yes" : "no");
	else
		snprintf(buffer, DTMS_TEXT_SIZE, "-");
	return buffer;
}

const char *
dtms_text_whole(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text == NULL ? "-" : text;
}

const char *
dtms_text_score(const json_t *score, char buffer[static DTMS_TEXT_SIZE])
{
	if (json_is_number(score))
		snprintf(buffer, DTMS_TEXT_SIZE, "%+.2f", json_number_value(score));
	else
		snprintf(buffer, DTMS_TEXT_SIZE, "-");
	return buffer;
}

/* "NAME 01:14:30" behind what is there; nothing for a timer that does not run. */
static void
add_timer(char *buffer, const char *name, const json_t *left_s)
{
	size_t length = strlen(buffer);
	const char *before = length == 0 ? "" : ", ";
	int64_t left;

	if (!json_is_number(left_s))
		return;
	left = (int64_t)json_number_value(left_s);
	if (json_number_value(left_s) <= 0)
		snprintf(buffer + length, DTMS_TEXT_SIZE - length, "%s%s over", before, name);
	else
		snprintf(buffer + length, DTMS_TEXT_SIZE - length, "%s%s %02d:%02d:%02d", before,
		    name, (int)(left / 3600), (int)(left % 3600 / 60), (int)(left % 60));
}

const char *
dtms_text_timers(const json_t *trade, char buffer[static DTMS_TEXT_SIZE])
{
	buffer[0] = '\0';
	add_timer(buffer, "flat", json_object_get(trade, "flat_left_s"));
	add_timer(buffer, "recovery", json_object_get(trade, "recovery_left_s"));
	if (buffer[0] == '\0')
		snprintf(buffer, DTMS_TEXT_SIZE, "-");
	return buffer;
}

const char *
dtms_text_states(const json_t *row, char buffer[static DTMS_TEXT_SIZE])
{
	const char *from = dtms_text_whole(row, "state_from");
	const char *to = dtms_text_whole(row, "state_to");

	if (strcmp(from, to) == 0)
		snprintf(buffer, DTMS_TEXT_SIZE, "%s", to);
	else
		snprintf(buffer, DTMS_TEXT_SIZE, "%s > %s", from, to);
	return buffer;
}

/* ---- sources ---- */

bool
dtms_text_is_off(const json_t *sources)
{
	const json_t *source;
	size_t i;

	json_array_foreach(sources, i, source) {
		if (json_is_true(json_object_get(source, "off")))
			return true;
	}
	return false;
}

void
dtms_text_print_sources(const json_t *sources, FILE *out)
{
	const json_t *source;
	size_t i;

	if (json_array_size(sources) == 0)
		fputs("DTMS has not looked at any source yet\n", out);
	json_array_foreach(sources, i, source) {
		fprintf(out, "DTMS is %s for %s; its clock says %s, the next checks are of %s\n",
		    json_is_true(json_object_get(source, "off")) ? "OFF: no action is taken" : "on",
		    dtms_text_whole(source, "source"), dtms_text_whole(source, "clock"),
		    dtms_text_whole(source, "next"));
	}
}
