#include "marketsim/instrument.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "common/decimal.h"
#include "marketsim/chance.h"

static const struct {
	const char *name;
	double price;
} known_prices[] = {
	{ "BTCUSDT", 61700.0 },
	{ "ETHUSDT", 3150.0 },
	{ "SOLUSDT", 148.0 },
	{ "XRPUSDT", 0.57 },
	{ "BNBUSDT", 585.0 },
	{ "DOGEUSDT", 0.118 },
	{ "ADAUSDT", 0.41 },
	{ "SHIBUSDT", 0.0000172 },
	{ "PAXGUSDT", 2410.0 },
};

static bool
is_name_byte(unsigned char byte)
{
	return (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9') || byte == '_' ||
	    byte == '-' || byte >= 0x80;
}

static double
price_of_name(const struct instrument *instrument)
{
	for (size_t i = 0; i < sizeof(known_prices) / sizeof(known_prices[0]); i++)
		if (strcmp(known_prices[i].name, instrument->name) == 0)
			return known_prices[i].price;
	/* 0.05 to 500, evenly over the decades */
	return 0.05 * pow(10.0, 4 * chance_unit(chance_mix(instrument->key)));
}

/* A power of ten in e8, kept between 1e-8 and `most`. */
static int64_t
power_e8(int exponent, int64_t most)
{
	int64_t value = 1;

	for (int i = -8; i < exponent && value < most; i++)
		value *= 10;
	return value < most ? value : most;
}

void
instrument_set_price(struct instrument *instrument, double price)
{
	int magnitude = (int)floor(log10(price));

	instrument->base_price = price;
	instrument->tick_e8 = power_e8(magnitude - 4, DECIMAL_ONE / 100);
	instrument->step_e8 = power_e8(-magnitude - 1, DECIMAL_ONE);
}

int
instrument_init(struct instrument *instrument, const char *name, size_t length,
    struct problem *problem)
{
	if (length == 0 || length >= INSTRUMENT_NAME_SIZE)
		return problem_set(problem, -EINVAL, "%.*s: a symbol has 1 to %d bytes",
		    (int)length, name, INSTRUMENT_NAME_SIZE - 1);
	memset(instrument, 0, sizeof(*instrument));
	instrument->key = UINT64_C(0xcbf29ce484222325);
	for (size_t i = 0; i < length; i++) {
		unsigned char byte = (unsigned char)name[i];

		if (!is_name_byte(byte))
			return problem_set(problem, -EINVAL,
			    "%.*s: a symbol is made of A-Z, 0-9, _, - and letters beyond ASCII",
			    (int)length, name);
		instrument->name[i] = (char)byte;
		instrument->lower[i] = (char)(byte >= 'A' && byte <= 'Z' ? byte + 32 : byte);
		instrument->key = (instrument->key ^ byte) * UINT64_C(0x100000001b3);
	}
	instrument_set_price(instrument, price_of_name(instrument));
	return 0;
}

int
instruments_parse(const char *list, struct instrument *instruments, struct problem *problem)
{
	int count = 0, error;

	for (const char *at = list, *end;; at = end + 1) {
		end = at + strcspn(at, ",");
		if (count == INSTRUMENTS_MAX)
			return problem_set(problem, -EINVAL, "more than %d symbols",
			    INSTRUMENTS_MAX);
		error = instrument_init(&instruments[count], at, (size_t)(end - at), problem);
		if (error < 0)
			return error;
		for (int i = 0; i < count; i++)
			if (strcmp(instruments[i].name, instruments[count].name) == 0)
				return problem_set(problem, -EINVAL, "%s is given twice",
				    instruments[i].name);
		count++;
		if (*end == '\0')
			return count;
	}
}
