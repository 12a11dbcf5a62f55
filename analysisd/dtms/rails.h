/*
 * What holds actions back (dtms.md, "Rails").  Pure.
 *
 * Where the paper leaves it open:
 *  - A loss is the net of what was closed; at the limit it is reached.  An hour is the 3600 s
 *    before now.  No more than RAILS_CLOSED_KEPT closed positions count.
 *  - A median spread of 0, like one that is not known, says nothing of the spread.
 *  - The hedge of a trade that is CLOSED protects nothing and is a risk of its own: its close_hedge
 *    is not asked of the rails, as close_all is not held back.
 */
#ifndef ANALYSISD_DTMS_RAILS_H
#define ANALYSISD_DTMS_RAILS_H

#include <stdint.h>

#include "analysisd/dtms/machine.h"
#include "common/settings.h"

#define RAILS_CLOSED_KEPT 256 /* closed positions of an account that are remembered */

struct rails_closed {
	int64_t time_us;
	double profit;
	bool stopped; /* reason 'sl' */
};

/* What the venue says of an account. */
struct rails_account {
	double balance; /* NAN where it does not report it: no limit of loss then */
	int count, next;
	struct rails_closed closed[RAILS_CLOSED_KEPT]; /* a ring */
};

void
rails_start(struct rails_account *account);

void
rails_add_closed(struct rails_account *account, const struct rails_closed *closed);

/*
 * Why `action` may not be taken, a sentence in `text`, or NULL: daily loss (since midnight UTC) and
 * hourly loss in per cent of the balance before them, stops in a row (since the last close that was
 * none): no hedge and no re-add; a spread above its limit: nothing but close_all and the timers.
 * `account` may be NULL: nothing is known of it.
 */
const char *
rails_refuse(const struct rails_account *account, const struct settings *settings,
    enum dtms_action action, int64_t now_us, double spread, double spread_median,
    char text[static 128]);

#endif
