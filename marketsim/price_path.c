#include "marketsim/price_path.h"

#include <math.h>

#include "marketsim/chance.h"

#define PATH_LEVELS 22		 /* 2^22 slots of 10 s: 485 days a block */
#define PATH_MEMO_LEVELS 6	 /* 2^6 slots, 11 minutes, share a memo */
#define PATH_BLOCK_SPREAD 0.15	 /* deviation of the log price at a block's border */
#define PATH_VOLATILITY 0.000323 /* of one slot: 3 % a day */
#define PATH_CLUSTERING 0.12	 /* how much a half's volatility differs from the whole's */

static double
block_border(uint64_t key, int64_t block)
{
	return PATH_BLOCK_SPREAD * chance_gauss(chance_at(key, (uint64_t)block));
}

/* Where the 2^levels slots begin that hold `at`, also before 0. */
static int64_t
begin_of(int64_t at, int levels)
{
	return at & ~((INT64_C(1) << levels) - 1);
}

/* Halves what `way` leads to until it is 2^stop slots long, or begins with `at`. */
static void
descend(struct path_memo *way, int from, int stop, int64_t at)
{
	for (int level = from; level >= stop && way->low != at; level--) {
		int64_t half = INT64_C(1) << level, middle = way->low + half;
		uint64_t bits = chance_at(way->key ^ (uint64_t)(level + 1) << 58, (uint64_t)middle);
		double deviation = way->volatility * sqrt((double)half / 2);
		double drawn = (way->left + way->right) / 2 + deviation * chance_gauss(bits);

		/* sqrt(2 half) / 2 is the bridge's deviation in the middle of 2 half slots. */
		way->volatility *= 1 + PATH_CLUSTERING *
		    chance_gauss(chance_mix(bits + (at >= middle ? 1 : 2)));
		if (at >= middle) {
			way->left = drawn;
			way->low = middle;
		} else {
			way->right = drawn;
		}
	}
}

struct path_point
price_path_at(struct path_memo *memo, uint64_t key, int64_t slot)
{
	/* Half a block on, so that slot 0 lies in the middle of a block. */
	int64_t at = slot + (INT64_C(1) << (PATH_LEVELS - 1));
	int64_t memo_low = begin_of(at, PATH_MEMO_LEVELS);
	struct path_memo way;

	/* At the memo's own begin the way may end earlier. */
	if (!memo->known || memo->key != key || memo->low != memo_low || at == memo_low) {
		way = (struct path_memo){
			.key = key,
			.low = begin_of(at, PATH_LEVELS),
			.known = at != memo_low,
			.left = block_border(key, at >> PATH_LEVELS),
			.right = block_border(key, (at >> PATH_LEVELS) + 1),
			.volatility = PATH_VOLATILITY,
		};
		descend(&way, PATH_LEVELS - 1, PATH_MEMO_LEVELS, at);
		if (way.known)
			*memo = way;
	} else {
		way = *memo;
	}
	descend(&way, PATH_MEMO_LEVELS - 1, 0, at);
	return (struct path_point){ way.left, way.volatility };
}
