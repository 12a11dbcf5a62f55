#include <string.h>

#include "common/clock.h"
#include "marketsim/answers.h"

static const char *const quote_assets[] = { "USDT", "USDC", "FDUSD", "TUSD", "BTC", "ETH", "BNB",
	"EUR", "TRY" };

/* Splits a symbol by the quote assets we know; otherwise all of it is the base. */
static size_t
base_length(const char *name)
{
	size_t length = strlen(name);

	for (size_t i = 0; i < sizeof(quote_assets) / sizeof(quote_assets[0]); i++) {
		size_t quote = strlen(quote_assets[i]);

		if (length > quote && strcmp(name + length - quote, quote_assets[i]) == 0)
			return length - quote;
	}
	return length;
}

static void
add_steps(struct body *body, const struct instrument *instrument)
{
	char tick[DECIMAL_SIZE], step[DECIMAL_SIZE];

	decimal_format(instrument->tick_e8, DECIMAL_PLACES, tick);
	decimal_format(instrument->step_e8, DECIMAL_PLACES, step);
	body_print(body,
	    "\"filters\":[{\"filterType\":\"PRICE_FILTER\",\"minPrice\":\"%s\","
	    "\"maxPrice\":\"1000000.00000000\",\"tickSize\":\"%s\"},"
	    "{\"filterType\":\"LOT_SIZE\",\"minQty\":\"%s\",\"maxQty\":\"9000.00000000\","
	    "\"stepSize\":\"%s\"}]",
	    tick, tick, step, step);
}

static void
add_symbol(struct body *body, const struct instrument *instrument)
{
	const char *name = instrument->name;
	size_t base = base_length(name);

	body_print(body,
	    "{\"symbol\":\"%s\",\"status\":\"TRADING\",\"baseAsset\":\"%.*s\","
	    "\"baseAssetPrecision\":8,\"quoteAsset\":\"%s\",\"quotePrecision\":8,"
	    "\"quoteAssetPrecision\":8,\"orderTypes\":[\"LIMIT\",\"MARKET\"],"
	    "\"isSpotTradingAllowed\":true,\"isMarginTradingAllowed\":false,",
	    name, (int)base, name, name + base);
	add_steps(body, instrument);
	body_add(body, ",\"permissions\":[],\"permissionSets\":[[\"SPOT\"]]}");
}

void
answer_exchange_info(struct body *body, const struct trade_source *source, int only,
    int weight_limit)
{
	body_print(body,
	    "{\"timezone\":\"UTC\",\"serverTime\":%lld,\"rateLimits\":["
	    "{\"rateLimitType\":\"REQUEST_WEIGHT\",\"interval\":\"MINUTE\",\"intervalNum\":1,"
	    "\"limit\":%d},{\"rateLimitType\":\"RAW_REQUESTS\",\"interval\":\"MINUTE\","
	    "\"intervalNum\":5,\"limit\":61000}],\"exchangeFilters\":[],\"symbols\":[",
	    (long long)(source->now(source->object) / CLOCK_MS_US), weight_limit);
	for (int i = 0; i < source->count; i++) {
		if (only >= 0 && i != only)
			continue;
		if (only < 0 && i > 0)
			body_add(body, ",");
		add_symbol(body, &source->instruments[i]);
	}
	body_add(body, "]}");
}
