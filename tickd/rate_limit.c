#include "tickd/rate_limit.h"

#include <stdio.h>

#define MINUTE_US INT64_C(60000000)

static int64_t
after_failure(struct rate_limit *limit)
{
	int64_t delay_us = RATE_LIMIT_RETRY_MIN_US;

	for (int i = 0; i < limit->failures && delay_us < RATE_LIMIT_RETRY_MAX_US; i++)
		delay_us *= 2;
	limit->failures++;
	return delay_us < RATE_LIMIT_RETRY_MAX_US ? delay_us : RATE_LIMIT_RETRY_MAX_US;
}

int64_t
rate_limit_answer(struct rate_limit *limit, int status, int64_t retry_after_s, int64_t used_weight)
{
	switch (status) {
	case 200:
		limit->failures = 0;
		/* The exchange counts by the minute: after one, the weight is ours again. */
		return used_weight >= RATE_LIMIT_WEIGHT * RATE_LIMIT_OURS_PER_CENT / 100 ?
		    MINUTE_US : 0;
	case 429:
	case 418:
		if (retry_after_s > RATE_LIMIT_BAN_MAX_S)
			retry_after_s = RATE_LIMIT_BAN_MAX_S;
		return retry_after_s > 0 ? retry_after_s * 1000000 : MINUTE_US;
	case 403:
	case 451:
		return RATE_LIMIT_REFUSED_US;
	default:
		return after_failure(limit);
	}
}

void
rate_limit_explain(int status, const char *reason, char *text, size_t size)
{
	switch (status) {
	case 0:
		snprintf(text, size, "%s", reason);
		break;
	case 200:
		snprintf(text, size, "the answer is not what was asked for");
		break;
	case 403:
		snprintf(text, size, "403, refused by the exchange's firewall");
		break;
	case 418:
		snprintf(text, size, "418, this address is banned for a while");
		break;
	case 429:
		snprintf(text, size, "429, too many requests");
		break;
	case 451:
		snprintf(text, size, "451, not served in this country");
		break;
	default:
		snprintf(text, size, "HTTP status %d", status);
		break;
	}
}
