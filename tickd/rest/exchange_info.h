/* What the exchange allows, from the answer to /api/v3/exchangeInfo.  Pure. */
#ifndef TICKD_EXCHANGE_INFO_H
#define TICKD_EXCHANGE_INFO_H

#include <stddef.h>
#include <stdint.h>

#define EXCHANGE_INFO_WEIGHT_MAX 1000000000 /* of an interval: more is no limit but nonsense */

/*
 * The limit on request weight: so much in each interval.  Where there are several, the one that
 * allows least for the time.  Returns 0, or -EINVAL for anything that is no such answer.
 */
__attribute__((warn_unused_result)) int
exchange_info_parse(const char *body, size_t length, int64_t *ret_weight, int64_t *ret_interval_us);

#endif
