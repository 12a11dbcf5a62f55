/*
 * Feeds and symbols: what tickd says of its feeds, and how old each symbol's newest tick is.
 */
#ifndef LOGD_HEALTH_FEEDS_H
#define LOGD_HEALTH_FEEDS_H

#include <jansson.h>

#include "common/settings.h"
#include "logd/feed_faults.h"
#include "logd/readers.h"

/*
 * Adds "feed:NAME" for each feed and "symbol:SOURCE:SYMBOL" for each symbol that a feed should
 * be bringing to `components`.  What is wrong stands in "problems", a sentence each.  `watch` is
 * the caller's from call to call.
 */
void
health_feeds_measure(json_t *components, struct readers *readers, const struct settings *settings,
    struct feed_watch *watch, const json_t *tickd);

#endif
