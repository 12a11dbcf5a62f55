/* Stored values as people and programs read them. */
#ifndef TRADINGCTL_ROW_TEXT_H
#define TRADINGCTL_ROW_TEXT_H

#include <jansson.h>
#include <stdint.h>

#include "common/clock.h"
#include "common/decimal.h"

#define ROW_TEXT_SIZE 32

/* ISO 8601 with milliseconds, or microseconds where there are some. */
const char *
row_text_time(int64_t time_us, char buffer[static CLOCK_TEXT_SIZE]);

/* The exact decimal, "-" for TICK_NONE. */
const char *
row_text_price(int64_t value_e8, int digits, char buffer[static DECIMAL_SIZE]);

/* The shortest text that reads back as the same double. */
const char *
row_text_double(double value, char buffer[static ROW_TEXT_SIZE]);

/* The exact decimal as a JSON string, null for TICK_NONE. */
json_t *
row_json_price(int64_t value_e8, int digits);

#endif
