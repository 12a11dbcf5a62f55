/*
 * MetaTrader 5: the terminal of each account of the settings, and the symbols that it brings.
 */
#ifndef LOGD_HEALTH_TERMINALS_H
#define LOGD_HEALTH_TERMINALS_H

#include <jansson.h>

#include "common/settings.h"
#include "logd/readers.h"

/*
 * Adds "feed:mt5" and "feed:mt5.NAME", and "symbol:SOURCE:SYMBOL" for each stored symbol that the
 * terminal named when it connected last; for all of the source's where tickd has not heard of it
 * since it was started.  A symbol without a new tick is "quiet", and ok, while its terminal is
 * connected and its venue says that it does not trade (market_hours.h), or has done so for less
 * than HEALTH_STALE_US.
 */
void
health_terminals_measure(json_t *components, struct readers *readers,
    const struct settings *settings, const json_t *tickd);

#endif
