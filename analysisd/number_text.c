#include "analysisd/number_text.h"

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DIGITS 17	/* are always enough */
#define DIGITS_FIRST 15 /* are always kept by a double */

/*
 * Of numbers in this range the first 17 digits are computed exactly in 128 bits: the mantissa (53
 * bits) times a power of five (63 bits at the most).  Others are rare here and left to printf.
 */
#define SMALLEST 1e-10
#define LARGEST 1e15
#define FIVES 28 /* 5^27 is the largest that fits */

__extension__ typedef unsigned __int128 wide;

static const uint64_t fives[FIVES] = {
	1, 5, 25, 125, 625, 3125, 15625, 78125, 390625, 1953125, 9765625, 48828125, 244140625,
	1220703125, 6103515625, 30517578125, 152587890625, 762939453125, 3814697265625,
	19073486328125, 95367431640625, 476837158203125, 2384185791015625, 11920928955078125,
	59604644775390625, 298023223876953125, 1490116119384765625, 7450580596923828125,
};

static const uint64_t powers[DIGITS + 1] = {
	1, 10, 100, 1000, 10000, 100000, 1000000, 10000000, 100000000, 1000000000, 10000000000,
	100000000000, 1000000000000, 10000000000000, 100000000000000, 1000000000000000,
	10000000000000000, 100000000000000000,
};

/* A positive number times 10^places: `scaled` / 2^shift, whose whole part has DIGITS digits. */
struct exact {
	wide scaled;
	int shift;
	int places;
	uint64_t five;	 /* the distance to the next double, in units of `scaled` */
	bool even;	 /* the mantissa is: a number half way between two doubles reads as it */
	bool power_of_2; /* the next double below is only half as far */
};

/* False where it is out of what can be computed here. */
static bool
scale(double value, struct exact *ret)
{
	int exponent;
	double fraction = frexp(value, &exponent); /* 0.5 <= fraction < 1 */
	uint64_t mantissa = (uint64_t)ldexp(fraction, 53);
	/* floor(log10(value)), or one less: log10(2) is a little more than 30102 / 100000. */
	int magnitude = (int)floor((exponent - 1) * 0.30102);
	int places = DIGITS - 1 - magnitude;

	for (;; places--) {
		if (places < 0 || places >= FIVES)
			return false;
		ret->scaled = (wide)mantissa * fives[places];
		ret->shift = 53 - exponent - places;
		if (ret->shift < 0 || ret->shift > 120)
			return false;
		if (ret->scaled >> ret->shift < (wide)100000000000000000)
			break;
	}
	ret->places = places;
	ret->five = fives[places];
	ret->even = (mantissa & 1) == 0;
	ret->power_of_2 = mantissa == UINT64_C(1) << 52;
	return true;
}

/* The whole part without its last digits (`unit` is a power of ten), rounded half to even. */
static uint64_t
round_to(const struct exact *exact, uint64_t unit)
{
	uint64_t whole = (uint64_t)(exact->scaled >> exact->shift), kept = whole / unit;
	wide rest = exact->scaled - ((wide)(kept * unit) << exact->shift);
	wide one = (wide)unit << exact->shift;

	if (2 * rest > one || (2 * rest == one && (kept & 1) != 0))
		kept++;
	return kept;
}

/* True when `digits` x unit reads as the double that it was rounded from. */
static bool
reads_back(const struct exact *exact, uint64_t digits, uint64_t unit)
{
	wide text = (wide)(digits * unit) << exact->shift;
	bool below = text < exact->scaled;
	wide away = below ? exact->scaled - text : text - exact->scaled;

	away *= below && exact->power_of_2 ? 4 : 2;
	return away < exact->five || (away == exact->five && exact->even);
}

/* ---- as %g writes it ---- */

/* `length` digits, the first of which stands for 10^magnitude. */
static size_t
write_digits(char *out, const char *digits, int length, int magnitude)
{
	char *at = out;

	if (magnitude < -4) {
		*at++ = digits[0];
		if (length > 1) {
			*at++ = '.';
			memcpy(at, digits + 1, (size_t)length - 1);
			at += length - 1;
		}
		return (size_t)(at - out) + (size_t)sprintf(at, "e-%02d", -magnitude);
	}
	if (magnitude < 0) {
		*at++ = '0';
		*at++ = '.';
		for (int i = -1; i > magnitude; i--)
			*at++ = '0';
	}
	for (int i = 0; i < length || i <= magnitude; i++) {
		*at++ = i < length ? digits[i] : '0';
		if (i == magnitude && i + 1 < length)
			*at++ = '.';
	}
	*at = '\0';
	return (size_t)(at - out);
}

static size_t
write_exact(char *out, uint64_t kept, int precision, int places)
{
	char digits[DIGITS + 2] = "";
	int magnitude = DIGITS - 1 - places, length = precision;

	if (kept >= powers[precision]) { /* 9.99.. has become 10 */
		kept /= 10;
		magnitude++;
	}
	for (; length > 4 && kept % 10000 == 0; length -= 4)
		kept /= 10000;
	for (; length > 1 && kept % 10 == 0; length--)
		kept /= 10;
	for (int i = length - 1; i >= 0; i--, kept /= 10)
		digits[i] = (char)('0' + kept % 10);
	return write_digits(out, digits, length, magnitude);
}

static size_t
write_by_printf(char text[static NUMBER_TEXT_SIZE], double value)
{
	int length = 0;

	for (int precision = DIGITS_FIRST; precision <= DIGITS; precision++) {
		length = snprintf(text, NUMBER_TEXT_SIZE, "%.*g", precision, value);
		if (strtod(text, NULL) == value)
			break;
	}
	return (size_t)length;
}

size_t
number_text(double value, char text[static NUMBER_TEXT_SIZE])
{
	static const uint64_t units[] = {100, 10, 1};
	double size = fabs(value);
	struct exact exact;
	char *at = text;

	if (!(size >= SMALLEST && size < LARGEST) || !scale(size, &exact))
		return write_by_printf(text, value);
	if (value < 0)
		*at++ = '-';
	for (int i = 0; i < 3; i++) {
		uint64_t kept = round_to(&exact, units[i]);

		if (i == 2 || reads_back(&exact, kept, units[i]))
			return (size_t)(at - text) +
			    write_exact(at, kept, DIGITS_FIRST + i, exact.places);
	}
	return write_by_printf(text, value); /* never reached */
}

size_t
number_text_rounded(double value, int digits, char text[static NUMBER_TEXT_SIZE])
{
	double size = fabs(value), whole = 1; /* from 10^digits on %g has an exponent */
	struct exact exact;
	uint64_t unit = 1;
	char *at = text;

	for (int i = 0; i < DIGITS; i++)
		if (i < digits)
			whole *= 10;
		else
			unit *= 10;
	if (!(size >= SMALLEST && size < LARGEST && size < whole - 1) || !scale(size, &exact))
		return (size_t)snprintf(text, NUMBER_TEXT_SIZE, "%.*g", digits, value);
	if (value < 0)
		*at++ = '-';
	return (size_t)(at - text) +
	    write_exact(at, round_to(&exact, unit), digits, exact.places);
}
