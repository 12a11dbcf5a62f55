#include "marketsim/terminal_options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"

#define TIME_SIZE 64 /* bytes of a time in an option */

void
terminal_options_default(struct terminal_options *options)
{
	struct problem ignored;

	memset(options, 0, sizeof(*options));
	options->account = "1234567";
	options->server = "Marketsim-Demo";
	options->rate = 10;
	options->demo_us = 300 * CLOCK_SECOND_US;
	options->clock.offset_us = 3 * 3600 * CLOCK_SECOND_US;
	options->symbol_count =
	    terminal_symbols_parse("EURUSD,XAUUSD,BTCUSD", options->symbols, &ignored);
}

/* Two digits, or -1. */
static int
two_digits(const char *text)
{
	if (text[0] < '0' || text[0] > '9' || text[1] < '0' || text[1] > '9')
		return -1;
	return (text[0] - '0') * 10 + (text[1] - '0');
}

bool
terminal_option_offset(const char *text, int64_t *ret_offset_us)
{
	int hours, minutes;
	int64_t offset_us;

	if (strlen(text) != strlen("+hh:mm") || (text[0] != '+' && text[0] != '-') ||
	    text[3] != ':')
		return false;
	hours = two_digits(text + 1);
	minutes = two_digits(text + 4);
	if (hours < 0 || minutes < 0 || minutes > 59)
		return false;
	offset_us = (hours * 60 + minutes) * INT64_C(60) * CLOCK_SECOND_US;
	if (offset_us > TERMINAL_OFFSET_MAX_US || offset_us % TERMINAL_OFFSET_STEP_US != 0)
		return false;
	*ret_offset_us = text[0] == '-' ? -offset_us : offset_us;
	return true;
}

/* The time before the comma; *ret_rest is what stands behind it, NULL without a comma. */
static bool
time_before_comma(const char *text, int64_t *ret_us, const char **ret_rest)
{
	char time[TIME_SIZE];
	size_t length = strcspn(text, ",");

	if (length >= sizeof(time))
		return false;
	memcpy(time, text, length);
	time[length] = '\0';
	*ret_rest = text[length] == ',' ? text + length + 1 : NULL;
	return clock_parse(time, ret_us) == 0;
}

bool
terminal_option_dst(const char *text, struct terminal_clock *clock)
{
	const char *rest;
	int64_t time_us;

	if (!time_before_comma(text, &time_us, &rest) || time_us <= 0 ||
	    (rest != NULL && strcmp(rest, "back") != 0))
		return false;
	clock->change_at_us = time_us;
	clock->change_us = rest != NULL ? -TERMINAL_DST_US : TERMINAL_DST_US;
	return true;
}

bool
terminal_option_span(const char *text, int64_t *ret_from_us, int64_t *ret_to_us)
{
	const char *rest, *none;
	int64_t from_us, to_us;

	if (!time_before_comma(text, &from_us, &rest) || rest == NULL ||
	    !time_before_comma(rest, &to_us, &none) || none != NULL || from_us <= 0 ||
	    from_us >= to_us)
		return false;
	*ret_from_us = from_us;
	*ret_to_us = to_us;
	return true;
}

const char *
terminal_options_contradiction(const struct terminal_options *options)
{
	if (options->host[0] == '\0')
		return NULL;
	if (options->port == 0)
		return "--mt5: port 0 is nowhere";
	if ((options->token == NULL) == (options->token_file == NULL))
		return "--mt5 needs one of --mt5-token-file and --mt5-token";
	return NULL;
}
