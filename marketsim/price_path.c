#include "marketsim/price_path.h"

#include <math.h>

#include "marketsim/chance.h"

#define PATH_LEVELS 22		 /* 2^22 slots of 10 s: 485 days a block */
#define PATH_BLOCK_SPREAD 0.15	 /* deviation of the log price at a block's border */
#define PATH_VOLATILITY 0.000323 /* of one slot: 3 % a day */
#define PATH_CLUSTERING 0.12	 /* how much a half's volatility differs from the whole's */

static double
block_border(uint64_t key, int64_t block)
{
	return PATH_BLOCK_SPREAD * chance_gauss(chance_at(key, (uint64_t)block));
}

struct path_point
price_path_at(uint64_t key, int64_t slot)
{
	/* Half a block on, so that slot 0 lies in the middle of a block. */
	int64_t at = slot + (INT64_C(1) << (PATH_LEVELS - 1));
	int64_t low = at >> PATH_LEVELS << PATH_LEVELS;
	double left = block_border(key, at >> PATH_LEVELS);
	double right = block_border(key, (at >> PATH_LEVELS) + 1);
	double volatility = PATH_VOLATILITY;

	for (int level = PATH_LEVELS - 1; level >= 0 && low != at; level--) {
		int64_t half = INT64_C(1) << level, middle = low + half;
		uint64_t bits = chance_at(key ^ (uint64_t)(level + 1) << 58, (uint64_t)middle);
		double deviation = volatility * sqrt((double)half / 2);
		double drawn = (left + right) / 2 + deviation * chance_gauss(bits);

		/* sqrt(2 half) / 2 is the bridge's deviation in the middle of 2 half slots. */
		volatility *= 1 + PATH_CLUSTERING *
		    chance_gauss(chance_mix(bits + (at >= middle ? 1 : 2)));
		if (at >= middle) {
			left = drawn;
			low = middle;
		} else {
			right = drawn;
		}
	}
	return (struct path_point){ left, volatility };
}
