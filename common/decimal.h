/*
 * Exact decimals: int64 in units of 1e-8, Binance's own range (eight places, up to 92 billion).
 */
#ifndef COMMON_DECIMAL_H
#define COMMON_DECIMAL_H

#include <stddef.h>
#include <stdint.h>

#define DECIMAL_ONE INT64_C(100000000) /* 1.0 in e8 */
#define DECIMAL_PLACES 8
#define DECIMAL_SIZE 24 /* bytes that hold any formatted e8 value with its NUL */

/*
 * Reads "[-]digits[.digits]" of exactly `length` bytes: no exponent, no space, at least one
 * digit on each side of a point.  Digits after the eighth place must be zeros.
 * Returns 0; -EINVAL for other text, -ERANGE for what does not fit.  *ret_e8 is then untouched.
 */
__attribute__((warn_unused_result)) int
decimal_parse(const char *text, size_t length, int64_t *ret_e8);

/*
 * Writes value_e8 with `places` (0..8) decimals at the least and as many more, up to 8, as
 * exactness asks for.  The buffer is the caller's.  Returns the length without the NUL.
 */
size_t
decimal_format(int64_t value_e8, int places, char buffer[static DECIMAL_SIZE]);

/* The nearest double: for indicators and for the older routes, never for storage. */
static inline double
decimal_to_double(int64_t value_e8)
{
	return (double)value_e8 / 1e8;
}

/* Exact sums: of quantities in 1e-8, of price x quantity in 1e-16. */
__extension__ typedef __int128 decimal_sum;
#define DECIMAL_SUM_MAX ((((decimal_sum)1 << 126) - 1) * 2 + 1)

/* The double nearest to sum x 10^-places (0..99): rounded once. */
double
decimal_sum_round(decimal_sum sum, int places);

#endif
