/*
 * What the exchange allows: whatever comes, the limit that is read of it can be reckoned with.
 */
#define _GNU_SOURCE
#include "tickd/rest/exchange_info.h"

#include "tests/fuzz/target.h"
#include "tickd/rest/rate_limit.h"

/* What the limit makes of any call: it goes, or waits no longer than an interval and its margin. */
static void
check_limit(int64_t weight, int64_t interval_us)
{
	static const int64_t now_us = INT64_C(1767225612345678);
	struct rate_limit limit;

	rate_limit_init(&limit, 100);
	rate_limit_set(&limit, weight, interval_us);
	PROMISE(rate_limit_delay(&limit, 25, now_us) == 0);
	rate_limit_spend(&limit, 25, now_us);
	rate_limit_told(&limit, 25, INT64_MAX, now_us, now_us + 1);
	PROMISE(rate_limit_delay(&limit, 25, now_us) >= 0);
	PROMISE(rate_limit_delay(&limit, 25, now_us) <= interval_us + RATE_LIMIT_MARGIN_US);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int64_t weight = -1, interval_us = -1;
	int result = exchange_info_parse((const char *)data, size, &weight, &interval_us);

	if (result < 0) {
		PROMISE(weight == -1 && interval_us == -1);
		return 0;
	}
	PROMISE(weight > 0 && weight <= EXCHANGE_INFO_WEIGHT_MAX);
	PROMISE(interval_us > 0);
	check_limit(weight, interval_us);
	return 0;
}
