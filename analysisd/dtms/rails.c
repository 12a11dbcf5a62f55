#include "analysisd/dtms/rails.h"

#include <math.h>
#include <stddef.h>
#include <stdio.h>

#include "common/clock.h"

#define HOUR_US (3600 * CLOCK_SECOND_US)

void
rails_start(struct rails_account *account)
{
	*account = (struct rails_account){.balance = NAN};
}

void
rails_add_closed(struct rails_account *account, const struct rails_closed *closed)
{
	account->closed[account->next] = *closed;
	account->next = (account->next + 1) % RAILS_CLOSED_KEPT;
	if (account->count < RAILS_CLOSED_KEPT)
		account->count++;
}

/* The one that was closed `back` before the newest (0). */
static const struct rails_closed *
closed_at(const struct rails_account *account, int back)
{
	return &account->closed[(account->next + RAILS_CLOSED_KEPT - 1 - back) % RAILS_CLOSED_KEPT];
}

/* ---- losses ---- */

/* Lost since from_us, in per cent of the balance before it; NAN where that is not known. */
static double
measure_loss(const struct rails_account *account, int64_t from_us, int64_t now_us)
{
	double profit = 0, balance;

	for (int i = 0; i < account->count; i++) {
		const struct rails_closed *closed = closed_at(account, i);

		if (closed->time_us >= from_us && closed->time_us <= now_us &&
		    isfinite(closed->profit))
			profit += closed->profit;
	}
	balance = account->balance - profit;
	if (profit >= 0)
		return 0;
	return balance > 0 ? -profit / balance * 100 : isnan(balance) ? NAN : INFINITY;
}

static const char *
refuse_loss(const struct rails_account *account, double limit, const char *since, int64_t from_us,
    int64_t now_us, char text[static 128])
{
	double loss = limit > 0 ? measure_loss(account, from_us, now_us) : NAN;

	if (isnan(loss) || loss < limit)
		return NULL;
	snprintf(text, 128, "%.2f %% of the balance lost %s: the limit is %g %%", loss, since,
	    limit);
	return text;
}

static int64_t
count_stops(const struct rails_account *account)
{
	int stops = 0;

	while (stops < account->count && closed_at(account, stops)->stopped)
		stops++;
	return stops;
}

/* What holds back new positions alone. */
static const char *
refuse_opening(const struct rails_account *account, const struct settings *settings,
    int64_t now_us, char text[static 128])
{
	int64_t midnight_us = now_us - now_us % CLOCK_DAY_US, stops = count_stops(account);
	const char *why;

	why = refuse_loss(account, settings->dtms.daily_loss, "since midnight UTC", midnight_us,
	    now_us, text);
	if (why == NULL)
		why = refuse_loss(account, settings->dtms.hourly_loss, "within an hour",
		    now_us - HOUR_US + 1, now_us, text);
	if (why != NULL || settings->dtms.stops_in_row == 0 ||
	    stops < settings->dtms.stops_in_row)
		return why;
	snprintf(text, 128, "stopped out %d times in a row: the limit is %d", (int)stops,
	    (int)settings->dtms.stops_in_row);
	return text;
}

/* ---- the spread ---- */

static bool
is_order(enum dtms_action action)
{
	return action != ACTION_NONE && action != ACTION_START_FLAT_TIMER &&
	    action != ACTION_STOP_FLAT_TIMER && action != ACTION_START_RECOVERY_TIMER;
}

static const char *
refuse_spread(double limit, double spread, double median, char text[static 128])
{
	if (!(limit > 0) || !(median > 0) || !(spread > limit * median))
		return NULL;
	snprintf(text, 128, "the spread of %.8g is above %g times its median of the day, %.8g",
	    spread, limit, median);
	return text;
}

const char *
rails_refuse(const struct rails_account *account, const struct settings *settings,
    enum dtms_action action, int64_t now_us, double spread, double spread_median,
    char text[static 128])
{
	const char *why = NULL;

	if (is_order(action) && action != ACTION_CLOSE_ALL)
		why = refuse_spread(settings->dtms.spread_limit, spread, spread_median, text);
	if (why == NULL && account != NULL &&
	    (action == ACTION_OPEN_HEDGE || action == ACTION_RE_ADD_POSITION))
		why = refuse_opening(account, settings, now_us, text);
	return why;
}
