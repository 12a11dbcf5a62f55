/*
 * A month of trades in the form of the exchange's archive: id, price, quantity, quote quantity,
 * time in ms, buyer is maker, best match.
 *
 * usage: archive ROWS > BTCUSDT-trades-2024-07.csv
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/bench/rows.h"

#define JULY_MS INT64_C(1719792000000) /* 2024-07-01 */
#define MONTH_MS (INT64_C(31) * 86400 * 1000)

int
main(int argc, char **argv)
{
	int64_t rows;

	if (argc != 2)
		return 64;
	rows = atoll(argv[1]);
	for (int64_t n = 0; n < rows; n++) {
		struct tick tick = rows_tick(n, 1);
		double price = (double)tick.price_e8 / 1e8, volume = (double)tick.volume_e8 / 1e8;

		printf("%" PRId64 ",%.8f,%.8f,%.8f,%" PRId64 ",%s,True\n", tick.tick_id, price,
		    volume, price * volume, JULY_MS + n * MONTH_MS / rows,
		    tick.flags & TICK_SELL ? "True" : "False");
	}
	return fflush(stdout) == 0 ? 0 : 74;
}
