/*
 * The answers of ticks, candles, symbols and analyses.
 */
#ifndef LOGD_ANSWERS_MARKET_H
#define LOGD_ANSWERS_MARKET_H

#include "logd/answer.h"
#include "logd/api.h"
#include "logd/request.h"

void
answers_market_data(struct api *api, const struct request *request, struct answer *answer);

void
answers_symbols(struct api *api, const struct request *request, struct answer *answer);

void
answers_ticks(struct api *api, const struct request *request, struct answer *answer);

void
answers_candles(struct api *api, const struct request *request, struct answer *answer);

void
answers_volatility(struct api *api, const struct request *request, struct answer *answer);

void
answers_offset_calibration(struct api *api, const struct request *request, struct answer *answer);

#endif
