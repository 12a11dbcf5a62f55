#define _GNU_SOURCE
#include "common/settings_value.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <syslog.h>

#include "common/decimal.h"

/* ---- reading ---- */

static bool
read_bool(const char *value, bool *ret)
{
	static const char *const words[] = {"no", "yes", "false", "true", "off", "on", "0", "1"};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcasecmp(value, words[i]) == 0) {
			*ret = i % 2 == 1;
			return true;
		}
	return false;
}

struct unit {
	const char *name;
	int64_t factor;
};

static const struct unit duration_units[] = {
	{"ms", 1000}, {"s", 1000000}, {"m", 60000000}, {"h", 3600000000}, {"d", 86400000000}, {0}};
static const struct unit size_units[] = {
	{"", 1}, {"K", 1 << 10}, {"M", 1 << 20}, {"G", 1 << 30}, {0}};
static const struct unit count_units[] = {{"", 1}, {0}};

/* A whole number and one of the units; a bare 0 needs no unit. */
static bool
read_number(const char *value, const struct unit *units, int64_t *ret)
{
	int64_t number;
	char *end;

	if (!isdigit((unsigned char)*value))
		return false;
	errno = 0;
	number = strtoll(value, &end, 10);
	if (errno != 0)
		return false;
	for (; units->name != NULL; units++)
		if (strcmp(end, units->name) == 0 || (number == 0 && *end == '\0'))
			return !__builtin_mul_overflow(number, units->factor, ret);
	return false;
}

static bool
read_url(const char *value)
{
	static const char *const schemes[] = {"ws://", "wss://", "http://", "https://"};
	const char *host;

	for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
		if (strncmp(value, schemes[i], strlen(schemes[i])) != 0)
			continue;
		host = value + strlen(schemes[i]);
		return *host != '\0' && strpbrk(host, "/?# ") == NULL;
	}
	return false;
}

int
settings_split_listen(const char *listen, char address[static 64], int *ret_port)
{
	const char *colon = strrchr(listen, ':');
	size_t length = colon == NULL ? 0 : (size_t)(colon - listen);
	char *end;
	long port;

	if (length >= 2 && listen[0] == '[' && listen[length - 1] == ']') {
		listen++;
		length -= 2;
	}
	if (length == 0 || length >= 64 || !isdigit((unsigned char)colon[1]))
		return -EINVAL;
	port = strtol(colon + 1, &end, 10);
	if (*end != '\0' || port > 65535)
		return -EINVAL;
	memcpy(address, listen, length);
	address[length] = '\0';
	*ret_port = (int)port;
	return 0;
}

static bool
read_mode(const char *value, int *ret)
{
	bool execute = strcmp(value, "execute") == 0;

	if (!execute && strcmp(value, "advise") != 0)
		return false;
	*ret = execute ? MODE_EXECUTE : MODE_ADVISE;
	return true;
}

static bool
read_level(const char *value, int *ret)
{
	static const struct {
		const char *name;
		int level;
	} levels[] = {{"error", LOG_ERR}, {"warning", LOG_WARNING}, {"notice", LOG_NOTICE},
	    {"info", LOG_INFO}, {"debug", LOG_DEBUG}};

	for (size_t i = 0; i < sizeof(levels) / sizeof(levels[0]); i++)
		if (strcmp(value, levels[i].name) == 0) {
			*ret = levels[i].level;
			return true;
		}
	return false;
}

void
string_list_free(struct string_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		free(list->items[i]);
	free(list->items);
	*list = (struct string_list){0};
}

/*
 * What the table's offsets lead to, gcc's analyzer does not follow: to it, whatever is stored
 * there is leaked.  settings_free() and the asan tests know better.
 */
#ifndef __clang__
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wanalyzer-malloc-leak"
#endif

int
string_list_append(struct string_list *list, const char *item, size_t length)
{
	char **items = reallocarray(list->items, list->count + 1, sizeof(*items));

	if (items == NULL)
		return -ENOMEM;
	list->items = items;
	items[list->count] = strndup(item, length);
	if (items[list->count] == NULL)
		return -ENOMEM;
	list->count++;
	return 0;
}

bool
string_list_has(const struct string_list *list, const char *item, size_t length)
{
	for (size_t i = 0; i < list->count; i++)
		if (strlen(list->items[i]) == length && memcmp(list->items[i], item, length) == 0)
			return true;
	return false;
}

#define MINUTE_US INT64_C(60000000)
#define HOUR_US (60 * MINUTE_US)

static bool
digits_ok(const char *text, char most_tens)
{
	return text[0] >= '0' && text[0] <= most_tens && text[1] >= '0' && text[1] <= '9';
}

/* "HH:MM", 00:00 to 23:59. */
static bool
read_time_of_day(const char *value, int64_t *ret_us)
{
	int64_t hours, minutes;

	if (strlen(value) != 5 || value[2] != ':' || !digits_ok(value, '2') ||
	    !digits_ok(value + 3, '5'))
		return false;
	hours = (value[0] - '0') * 10 + value[1] - '0';
	minutes = (value[3] - '0') * 10 + value[4] - '0';
	if (hours > 23)
		return false;
	*ret_us = hours * HOUR_US + minutes * MINUTE_US;
	return true;
}

#define SYMBOL_LENGTH_MAX 32 /* bytes; the longest on the exchange has 20 */

/* What a symbol is made of: no lower-case ASCII, nothing that means something in a URL. */
static bool
symbol_ok(const char *item, size_t length)
{
	if (length == 0 || length > SYMBOL_LENGTH_MAX)
		return false;
	for (size_t i = 0; i < length; i++) {
		unsigned char c = (unsigned char)item[i];

		if (c < 0x80 && !isupper(c) && !isdigit(c) && c != '_' && c != '-' && c != '.')
			return false;
	}
	return true;
}

static bool
stream_ok(const char *item, size_t length)
{
	return (length == 5 && memcmp(item, "trade", 5) == 0) ||
	    (length == 8 && memcmp(item, "aggTrade", 8) == 0) ||
	    (length == 10 && memcmp(item, "bookTicker", 10) == 0);
}

static bool
number_ok(const char *text, size_t length)
{
	int64_t value_e8;

	return length > 0 && text[0] != '-' && decimal_parse(text, length, &value_e8) == 0;
}

/* NAME=VALUE, and its value for the type; names as brokers spell them. */
static bool
pair_ok(enum settings_type type, const char *item, size_t length)
{
	const char *equals = memchr(item, '=', length), *value, *colon;
	size_t left;

	if (equals == NULL || equals == item || equals - item > SYMBOL_LENGTH_MAX)
		return false;
	value = equals + 1;
	left = length - (size_t)(value - item);
	if (type == NUMBERS)
		return number_ok(value, left);
	colon = memchr(value, ':', left);
	if (colon == value)
		return false;
	if (colon != NULL) {
		left -= (size_t)(colon + 1 - value);
		value = colon + 1;
	}
	return symbol_ok(value, left);
}

/* A list names each thing once: what stands before '='. */
static bool
named_already(const struct string_list *list, const char *item)
{
	size_t length = strcspn(item, "=") + 1;

	for (size_t i = 0; i < list->count; i++)
		if (strncmp(list->items[i], item, length) == 0)
			return true;
	return false;
}

/* Returns what is wrong with an item of a list, or NULL. */
static const char *
check_item(enum settings_type type, const struct string_list *list, const char *item, size_t length)
{
	if (type == SYMBOLS && !symbol_ok(item, length))
		return "symbols in upper case separated by commas, as BTCUSDT,ETHUSDT";
	if (type == STREAMS && !stream_ok(item, length))
		return "trade or aggTrade, and bookTicker, separated by commas";
	if (type == ALIASES && !pair_ok(type, item, length))
		return "NAME=SYMBOL or NAME=SOURCE:SYMBOL separated by commas, as XAUUSDc=XAUUSD";
	if (type == NUMBERS && !pair_ok(type, item, length))
		return "NAME=NUMBER separated by commas, as XAUUSD=0.001";
	if (type == NUMBERS || type == ALIASES ? named_already(list, item) :
						 string_list_has(list, item, length))
		return "each one only once";
	return NULL;
}

/* Returns what is wrong with the list, or NULL. */
static const char *
read_list(enum settings_type type, const char *value, struct string_list *list, bool *no_memory)
{
	static const char separators[] = ", \t";
	const char *wrong;

	for (const char *at = value + strspn(value, separators); *at != '\0';) {
		size_t length = strcspn(at, separators);

		wrong = check_item(type, list, at, length);
		if (wrong != NULL)
			return wrong;
		if (string_list_append(list, at, length) < 0)
			*no_memory = true;
		at += length;
		at += strspn(at, separators);
	}
	return NULL;
}

void
settings_set_text(char **target, const char *value, bool *no_memory)
{
	char *copy = strdup(value);

	if (copy == NULL) {
		*no_memory = true;
		return;
	}
	free(*target);
	*target = copy;
}

#ifndef __clang__
#pragma GCC diagnostic pop
#endif

const char *
settings_value_read(enum settings_type type, const char *value, bool continued, void *target,
    bool *no_memory)
{
	char address[64];
	int port;

	switch (type) {
	case PATH:
		if (value[0] != '/')
			return "an absolute path";
		break;
	case URL:
		if (!read_url(value))
			return "a URL without a path, as wss://stream.binance.com:9443";
		break;
	case LISTEN:
		if (settings_split_listen(value, address, &port) < 0)
			return "ADDRESS:PORT, as 127.0.0.1:8000";
		break;
	case BOOL:
		return read_bool(value, target) ? NULL : "yes or no";
	case DURATION:
		return read_number(value, duration_units, target) ?
		    NULL : "a whole number with ms, s, m, h or d";
	case TIME_OF_DAY:
		return read_time_of_day(value, target) ? NULL : "HH:MM";
	case SIZE:
		return read_number(value, size_units, target) ?
		    NULL : "a whole number of bytes, or with K, M or G";
	case COUNT:
		return read_number(value, count_units, target) ? NULL : "a whole number";
	case MODE:
		return read_mode(value, target) ? NULL : "advise or execute";
	case MODE_OR_NONE:
		if (value[0] == '\0')
			*(int *)target = MODE_NONE;
		else if (!read_mode(value, target))
			return "advise or execute";
		return NULL;
	case NUMBER:
		if (!number_ok(value, strlen(value)))
			return "a decimal number that is not negative";
		*(double *)target = strtod(value, NULL);
		return NULL;
	case ALIASES:
	case NUMBERS:
	case SYMBOLS:
	case STREAMS:
		if (!continued)
			string_list_free(target);
		return read_list(type, value, target, no_memory);
	case QUOTES:
		if (strcmp(value, "on_trade") != 0 && strcmp(value, "all") != 0)
			return "on_trade or all";
		*(int *)target = strcmp(value, "all") == 0 ? QUOTES_ALL : QUOTES_ON_TRADE;
		return NULL;
	case LEVEL:
		return read_level(value, target) ? NULL : "error, warning, notice, info or debug";
	case TEXT:
		break;
	}
	settings_set_text(target, value, no_memory);
	return NULL;
}

void
settings_value_free(enum settings_type type, void *target)
{
	switch (type) {
	case TEXT:
	case PATH:
	case URL:
	case LISTEN:
		free(*(char **)target);
		break;
	case SYMBOLS:
	case STREAMS:
	case ALIASES:
	case NUMBERS:
		string_list_free(target);
		break;
	case MODE:
	case MODE_OR_NONE:
	case NUMBER:
	case BOOL:
	case DURATION:
	case TIME_OF_DAY:
	case SIZE:
	case COUNT:
	case QUOTES:
	case LEVEL:
		break;
	}
}

/* ---- lists of NAME=VALUE ---- */

const char *
settings_alias(const struct string_list *aliases, const char *name)
{
	size_t length = strlen(name);

	for (size_t i = 0; i < aliases->count; i++)
		if (strncmp(aliases->items[i], name, length) == 0 && aliases->items[i][length] == '=')
			return aliases->items[i] + length + 1;
	return NULL;
}

double
settings_number(const struct string_list *numbers, const char *name, double otherwise)
{
	const char *text = settings_alias(numbers, name);

	return text == NULL ? otherwise : strtod(text, NULL);
}

/* ---- printing ---- */

static void
print_number(FILE *out, int64_t value, const struct unit *units)
{
	const struct unit *best = units;

	for (; units->name != NULL; units++)
		if (value != 0 && value % units->factor == 0)
			best = units;
	fprintf(out, "%jd%s", (intmax_t)(value / best->factor), best->name);
}

/* With as many decimals as it was read with, for an exponent is not taken back. */
static void
print_decimal(FILE *out, double value)
{
	char text[64];

	for (int places = 0; places <= DECIMAL_PLACES; places++) {
		snprintf(text, sizeof(text), "%.*f", places, value);
		if (strtod(text, NULL) == value)
			break;
	}
	fputs(text, out);
}

void
settings_value_print(enum settings_type type, const void *target, FILE *out)
{
	static const char *const levels[] = {
		[LOG_ERR] = "error", [LOG_WARNING] = "warning", [LOG_NOTICE] = "notice",
		[LOG_INFO] = "info", [LOG_DEBUG] = "debug"};
	const struct string_list *list = target;

	switch (type) {
	case TEXT:
	case PATH:
	case URL:
	case LISTEN:
		fputs(*(char *const *)target, out);
		break;
	case BOOL:
		fputs(*(const bool *)target ? "yes" : "no", out);
		break;
	case DURATION:
		print_number(out, *(const int64_t *)target, duration_units);
		break;
	case TIME_OF_DAY:
		fprintf(out, "%02d:%02d", (int)(*(const int64_t *)target / HOUR_US),
		    (int)(*(const int64_t *)target % HOUR_US / MINUTE_US));
		break;
	case SIZE:
		print_number(out, *(const int64_t *)target, size_units);
		break;
	case COUNT:
		print_number(out, *(const int64_t *)target, count_units);
		break;
	case MODE:
		fputs(*(const int *)target == MODE_EXECUTE ? "execute" : "advise", out);
		break;
	case MODE_OR_NONE:
		if (*(const int *)target != MODE_NONE)
			settings_value_print(MODE, target, out);
		break;
	case NUMBER:
		print_decimal(out, *(const double *)target);
		break;
	case ALIASES:
	case NUMBERS:
	case SYMBOLS:
	case STREAMS:
		for (size_t i = 0; i < list->count; i++)
			fprintf(out, "%s%s", i == 0 ? "" : ",", list->items[i]);
		break;
	case QUOTES:
		fputs(*(const int *)target == QUOTES_ALL ? "all" : "on_trade", out);
		break;
	case LEVEL:
		fputs(levels[*(const int *)target], out);
		break;
	}
}
