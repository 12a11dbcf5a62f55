#include "marketsim/terminal_symbol.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static const struct terminal_symbol known_symbols[] = {
	{ .name = "EURUSD", .base_price = 1.085, .share = 0.25, .digits = 5, .spread = 8,
	    .stops_level = 10, .contract = 100000 },
	{ .name = "GBPUSD", .base_price = 1.27, .share = 0.25, .digits = 5, .spread = 12,
	    .stops_level = 10, .contract = 100000 },
	{ .name = "XAUUSD", .follows = "PAXGUSDT", .base_price = 2410, .share = 0.4, .digits = 2,
	    .spread = 24, .stops_level = 20, .contract = 100 },
	{ .name = "BTCUSD", .follows = "BTCUSDT", .base_price = 61700, .share = 1, .digits = 2,
	    .spread = 1600, .stops_level = 1000, .contract = 1 },
	{ .name = "ETHUSD", .follows = "ETHUSDT", .base_price = 3150, .share = 1, .digits = 2,
	    .spread = 160, .stops_level = 100, .contract = 1 },
};

static void
describe(struct terminal_symbol *symbol, const char *name)
{
	/* Digits and lots that suit any price that a name may have. */
	*symbol = (struct terminal_symbol){
		.share = 1, .digits = 5, .spread = 16, .stops_level = 10, .contract = 1000,
	};
	snprintf(symbol->name, sizeof(symbol->name), "%s", name);
	if (strlen(name) + 2 <= sizeof(symbol->follows))
		snprintf(symbol->follows, sizeof(symbol->follows), "%.*sT",
		    (int)sizeof(symbol->follows) - 2, name);
	for (size_t i = 0; i < sizeof(known_symbols) / sizeof(known_symbols[0]); i++)
		if (strcmp(known_symbols[i].name, name) == 0)
			*symbol = known_symbols[i];
	symbol->point_e8 = DECIMAL_ONE;
	for (int i = 0; i < symbol->digits; i++)
		symbol->point_e8 /= 10;
	symbol->volume_min_e8 = symbol->volume_step_e8 = DECIMAL_ONE / 100;
	symbol->volume_max_e8 = 50 * DECIMAL_ONE;
}

int
terminal_symbols_parse(const char *list, struct terminal_symbol *symbols, struct problem *problem)
{
	int count = 0, error;

	for (const char *at = list, *end;; at = end + 1) {
		struct instrument instrument;

		end = at + strcspn(at, ",");
		if (count == TERMINAL_SYMBOLS_MAX)
			return problem_set(problem, -EINVAL, "more than %d symbols",
			    TERMINAL_SYMBOLS_MAX);
		error = instrument_init(&instrument, at, (size_t)(end - at), problem);
		if (error < 0)
			return error;
		for (int i = 0; i < count; i++)
			if (strcmp(symbols[i].name, instrument.name) == 0)
				return problem_set(problem, -EINVAL, "%s is given twice",
				    instrument.name);
		describe(&symbols[count++], instrument.name);
		if (*end == '\0')
			return count;
	}
}

int64_t
terminal_symbol_profit(const struct terminal_symbol *symbol, int64_t move_e8, int64_t volume_e8)
{
	decimal_sum units_e8 = (decimal_sum)volume_e8 * symbol->contract;

	return (int64_t)(units_e8 * move_e8 / DECIMAL_ONE);
}
