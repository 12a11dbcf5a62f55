#include "tickd/rest/rate_limit.h"

#include <stdio.h>

#include "common/clock.h"

void
rate_limit_init(struct rate_limit *limit, int64_t per_cent)
{
	*limit = (struct rate_limit){
		.weight = RATE_LIMIT_WEIGHT,
		.interval_us = RATE_LIMIT_MINUTE_US,
		.per_cent = per_cent,
	};
}

void
rate_limit_set(struct rate_limit *limit, int64_t weight, int64_t interval_us)
{
	if (interval_us != limit->interval_us)
		limit->interval = limit->used = 0;
	limit->weight = weight;
	limit->interval_us = interval_us;
}

/*
 * An edge was passed: all is ours again.  Where our idea of its clock went back over one, it is not;
 * where it went back by more, that was no clock.
 */
int64_t
rate_limit_used(const struct rate_limit *limit, int64_t exchange_us)
{
	int64_t passed = exchange_us / limit->interval_us - limit->interval;

	return passed > 0 || passed < -1 ? 0 : limit->used;
}

static void
roll(struct rate_limit *limit, int64_t exchange_us)
{
	limit->used = rate_limit_used(limit, exchange_us);
	limit->interval = exchange_us / limit->interval_us;
}

int64_t
rate_limit_delay(const struct rate_limit *limit, int64_t weight, int64_t exchange_us)
{
	/* For us an edge is passed only when it surely is. */
	int64_t sure_us = exchange_us - RATE_LIMIT_MARGIN_US, used = rate_limit_used(limit, sure_us);

	/* A call that alone is over our share could otherwise never go. */
	if (used == 0 || used + weight <= limit->weight * limit->per_cent / 100)
		return 0;
	return limit->interval_us - sure_us % limit->interval_us;
}

void
rate_limit_spend(struct rate_limit *limit, int64_t weight, int64_t exchange_us)
{
	roll(limit, exchange_us);
	limit->used += weight;
}

void
rate_limit_told(struct rate_limit *limit, int64_t weight, int64_t used_weight, int64_t sent_us,
    int64_t exchange_us)
{
	int64_t used_before = limit->used;
	bool same = sent_us / limit->interval_us == exchange_us / limit->interval_us;

	roll(limit, exchange_us);
	if (used_weight > limit->weight)
		used_weight = limit->weight; /* it is all gone: more says no more */
	if (limit->interval_us != RATE_LIMIT_MINUTE_US)
		used_weight = -1; /* it is told for the minute alone */
	/* On its way the call passed an edge.  A count that went on is still of the side before. */
	if (!same && (used_weight < 0 || used_weight >= used_before))
		used_weight = weight;
	if (used_weight > limit->used)
		limit->used = used_weight;
}

static int64_t
after_failure(struct rate_limit *limit)
{
	int64_t delay_us = RATE_LIMIT_RETRY_MIN_US;

	for (int i = 0; i < limit->failures && delay_us < RATE_LIMIT_RETRY_MAX_US; i++)
		delay_us *= 2;
	limit->failures++;
	return delay_us < RATE_LIMIT_RETRY_MAX_US ? delay_us : RATE_LIMIT_RETRY_MAX_US;
}

bool
rate_limit_demanded(int status)
{
	return status == 429 || status == 418;
}

bool
rate_limit_answered(int status)
{
	return (status >= 200 && status < 300) ||
	    (status >= 400 && status < 500 && !rate_limit_demanded(status) && status != 403 &&
		status != 451);
}

int64_t
rate_limit_answer(struct rate_limit *limit, int status, int64_t retry_after_s)
{
	if (rate_limit_answered(status)) {
		limit->failures = 0;
		return 0;
	}
	if (status == 403 || status == 451)
		return RATE_LIMIT_REFUSED_US;
	if (!rate_limit_demanded(status))
		return after_failure(limit);
	if (retry_after_s <= 0)
		return status == 429 ? RATE_LIMIT_BUSY_US : RATE_LIMIT_BANNED_US;
	return (retry_after_s < RATE_LIMIT_BAN_MAX_S ? retry_after_s : RATE_LIMIT_BAN_MAX_S) *
	    CLOCK_SECOND_US;
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
