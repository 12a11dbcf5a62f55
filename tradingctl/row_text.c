#include "tradingctl/row_text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/tick.h"

const char *
row_text_time(int64_t time_us, char buffer[static CLOCK_TEXT_SIZE])
{
	return clock_format(time_us, time_us % CLOCK_MS_US == 0 ? 3 : 6, buffer);
}

const char *
row_text_price(int64_t value_e8, int digits, char buffer[static DECIMAL_SIZE])
{
	if (value_e8 == TICK_NONE)
		snprintf(buffer, DECIMAL_SIZE, "-");
	else
		decimal_format(value_e8, digits, buffer);
	return buffer;
}

const char *
row_text_double(double value, char buffer[static ROW_TEXT_SIZE])
{
	for (int digits = 15; digits <= 17; digits++) {
		double back;

		snprintf(buffer, ROW_TEXT_SIZE, "%.*g", digits, value);
		back = strtod(buffer, NULL);
		/* NOLINTNEXTLINE(bugprone-suspicious-memory-comparison): the same to the bit */
		if (memcmp(&back, &value, sizeof(back)) == 0)
			break;
	}
	return buffer;
}

json_t *
row_json_price(int64_t value_e8, int digits)
{
	char text[DECIMAL_SIZE];

	return value_e8 == TICK_NONE ? json_null() :
				       json_string(row_text_price(value_e8, digits, text));
}
