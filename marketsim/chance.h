/*
 * Seeded chance: a hash that turns any place of the market into randomness of its own, and a
 * small generator that goes on from there.  The same numbers on every run and every machine.
 */
#ifndef MARKETSIM_CHANCE_H
#define MARKETSIM_CHANCE_H

#include <stdint.h>

struct chance {
	uint64_t state;
};

static inline uint64_t
chance_mix(uint64_t value)
{
	value ^= value >> 30;
	value *= UINT64_C(0xbf58476d1ce4e5b9);
	value ^= value >> 27;
	value *= UINT64_C(0x94d049bb133111eb);
	return value ^ (value >> 31);
}

/* The randomness that belongs to `place` of what `key` stands for. */
static inline uint64_t
chance_at(uint64_t key, uint64_t place)
{
	return chance_mix(chance_mix(key + UINT64_C(0x9e3779b97f4a7c15)) ^
	    chance_mix(place + UINT64_C(0x632be59bd9b4e019)));
}

static inline uint64_t
chance_next(struct chance *chance)
{
	chance->state += UINT64_C(0x9e3779b97f4a7c15);
	return chance_mix(chance->state);
}

/* 0 <= unit < 1 */
static inline double
chance_unit(uint64_t bits)
{
	return (double)(bits >> 11) * 0x1p-53;
}

/* About normal, mean 0 and deviation 1, never beyond 3.5: the sum of four uniform numbers. */
static inline double
chance_gauss(uint64_t bits)
{
	int64_t sum = (int64_t)(bits & 0xffff) + (int64_t)(bits >> 16 & 0xffff) +
	    (int64_t)(bits >> 32 & 0xffff) + (int64_t)(bits >> 48);

	return (double)(sum - 2 * 0xffff) * (1.7320508075688772 / 0x10000);
}

#endif
