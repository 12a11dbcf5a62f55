#define _GNU_SOURCE
#include "common/decimal.h"

#include <errno.h>
#include <math.h>

#include "tests/unit/common/scratch.h"

static int
parse(const char *text, int64_t *ret_e8)
{
	return decimal_parse(text, strlen(text), ret_e8);
}

/* ---- reading and writing ---- */

static void
texts_of_the_grammar_are_read_exactly(void **state)
{
	static const struct {
		const char *text;
		int64_t value_e8;
	} cases[] = {
		{"0", 0}, {"-0", 0}, {"0.0", 0}, {"1", 100000000}, {"-1", -100000000},
		{"0.00000001", 1}, {"-0.00000001", -1}, {"67000.01000000", 6700001000000},
		{"000012.5", 1250000000}, {"0.1", 10000000}, {"1.000000000000000000000", 100000000},
		{"92233720368.54775807", INT64_MAX}, {"-92233720368.54775807", -INT64_MAX},
		{"00000000000000000000000000000000000000007", 700000000},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int64_t value_e8 = 42;

		assert_int_equal(parse(cases[i].text, &value_e8), 0);
		assert_int_equal(value_e8, cases[i].value_e8);
	}
}

static void
everything_outside_the_grammar_is_refused_and_nothing_is_touched(void **state)
{
	static const char *const texts[] = {"", "-", "+1", " 1", "1 ", "1.", ".1", "-.1", "1..2",
	    "1.2.3", "1e5", "1E5", "0x10", "nan", "inf", "--1", "1-", "1,5", "1_000", "\xd9\xa1", "1\n",
	    "1.-2", "1. 2", "-", "-a", "1.2e"};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		int64_t value_e8 = 42;

		assert_int_equal(parse(texts[i], &value_e8), -EINVAL);
		assert_int_equal(value_e8, 42);
	}
}

static void
what_does_not_fit_is_out_of_range(void **state)
{
	static const char *const texts[] = {"92233720368.54775808", "-92233720368.54775808",
	    "92233720369", "0.000000001", "1.000000009", "184467440737.09551616",
	    "18446744073709551616", "99999999999999999999999999999999999999", "-922337203685477580700",
	    "0.0000000000000000000000000000001"};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		int64_t value_e8 = 42;

		assert_int_equal(parse(texts[i], &value_e8), -ERANGE);
		assert_int_equal(value_e8, 42);
	}
}

static void
only_the_given_bytes_are_read(void **state)
{
	const char text[] = {'1', '2', '.', '5', '6'};
	int64_t value_e8;

	assert_int_equal(decimal_parse(text, 2, &value_e8), 0);
	assert_int_equal(value_e8, 12 * DECIMAL_ONE);
	assert_int_equal(decimal_parse(text, 3, &value_e8), -EINVAL);
	assert_int_equal(decimal_parse(text, 4, &value_e8), 0);
	assert_int_equal(value_e8, 1250000000);
	assert_int_equal(decimal_parse("1\0", 2, &value_e8), -EINVAL);
}

static void
a_value_is_written_with_the_places_asked_for_or_more_where_exactness_needs_them(void **state)
{
	static const struct {
		int64_t value_e8;
		int places;
		const char *text;
	} cases[] = {
		{0, 0, "0"}, {0, 2, "0.00"}, {DECIMAL_ONE, 0, "1"}, {DECIMAL_ONE, 8, "1.00000000"},
		{150000000, 0, "1.5"}, {150000000, 2, "1.50"}, {123456789, 2, "1.23456789"},
		{-1, 0, "-0.00000001"}, {-150000000, 0, "-1.5"}, {100000010, 2, "1.0000001"},
		{INT64_MAX, 0, "92233720368.54775807"}, {INT64_MIN, 0, "-92233720368.54775808"},
		{INT64_MIN, 8, "-92233720368.54775808"},
	};
	char text[DECIMAL_SIZE];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		size_t length = decimal_format(cases[i].value_e8, cases[i].places, text);

		assert_string_equal(text, cases[i].text);
		assert_int_equal(length, strlen(text));
	}
}

static void
every_value_that_is_written_is_read_again(void **state)
{
	uint64_t chance = chance_seed();
	char text[DECIMAL_SIZE];

	for (int i = 0; i < 200000; i++) {
		int64_t value_e8 = chance_any(&chance), back;

		if (value_e8 == INT64_MIN)
			continue;
		decimal_format(value_e8, (int)chance_below(&chance, 9), text);
		assert_int_equal(parse(text, &back), 0);
		assert_int_equal(back, value_e8);
	}
}

static void
a_double_of_a_value_is_the_nearest_one(void **state)
{
	uint64_t chance = chance_seed();
	char text[DECIMAL_SIZE];

	for (int i = 0; i < 50000; i++) {
		/* up to 2^53 units the division rounds once, as strtod does */
		int64_t value_e8 = (int64_t)(chance_next(&chance) >> 11) - (INT64_C(1) << 52);

		decimal_format(value_e8, 8, text);
		assert_true(decimal_to_double(value_e8) == strtod(text, NULL));
	}
}

/* ---- sums: an exact judge of our own, natural numbers in base 2^32 ---- */

#define LIMBS 40

__extension__ typedef unsigned __int128 natural_bits;

struct natural {
	uint32_t limbs[LIMBS];
};

static struct natural
natural_of(natural_bits value)
{
	struct natural n = {0};

	for (int i = 0; i < 4; i++)
		n.limbs[i] = (uint32_t)(value >> (32 * i));
	return n;
}

static void
natural_multiply(struct natural *n, uint32_t factor)
{
	uint64_t carry = 0;

	for (int i = 0; i < LIMBS; i++) {
		carry += (uint64_t)n->limbs[i] * factor;
		n->limbs[i] = (uint32_t)carry;
		carry >>= 32;
	}
	assert_int_equal(carry, 0);
}

static void
natural_scale(struct natural *n, int tens, int twos)
{
	for (; tens > 0; tens--)
		natural_multiply(n, 10);
	for (; twos > 0; twos--)
		natural_multiply(n, 2);
}

static int
natural_compare(const struct natural *a, const struct natural *b)
{
	for (int i = LIMBS - 1; i >= 0; i--)
		if (a->limbs[i] != b->limbs[i])
			return a->limbs[i] < b->limbs[i] ? -1 : 1;
	return 0;
}

/*
 * Is `rounded` the double nearest to sum / 10^places, ties to even?  The sum must lie between the
 * midpoints to both neighbours; all three are compared as whole numbers, scaled alike.
 */
static bool
nearest(natural_bits sum, int places, double rounded)
{
	int exponent;
	uint64_t mantissa = (uint64_t)ldexp(frexp(rounded, &exponent), 53);
	bool narrow_below = mantissa == UINT64_C(1) << 52;
	struct natural exact, below, above;
	int low, high, twos;

	if (sum == 0)
		return rounded == 0;
	exponent -= 53 + 2; /* quarters of a unit in the last place */
	below = natural_of((natural_bits)mantissa * 4 - (narrow_below ? 1 : 2));
	above = natural_of((natural_bits)mantissa * 4 + 2);
	exact = natural_of(sum);
	twos = exponent > 0 ? exponent : 0;
	natural_scale(&below, places, twos);
	natural_scale(&above, places, twos);
	natural_scale(&exact, 0, exponent < 0 ? -exponent : 0);
	low = natural_compare(&exact, &below);
	high = natural_compare(&exact, &above);
	if (low == 0 || high == 0)
		return mantissa % 2 == 0;
	return low > 0 && high < 0;
}

static void
assert_rounded_once(decimal_sum sum, int places)
{
	double rounded = decimal_sum_round(sum, places);

	assert_int_equal(rounded < 0, sum < 0);
	assert_true(nearest(sum < 0 ? -(natural_bits)sum : (natural_bits)sum, places,
	    fabs(rounded)));
}

static void
a_sum_of_any_size_is_rounded_once(void **state)
{
	static const int places[] = {8, 16, 0, 3};
	uint64_t chance = chance_seed();

	for (int i = 0; i < 20000; i++) {
		natural_bits bits =
		    (natural_bits)chance_next(&chance) << 64 | chance_next(&chance);
		decimal_sum sum = (decimal_sum)bits >> chance_below(&chance, 127);

		assert_rounded_once(sum, places[i % 4]);
	}
}

static void
ties_go_to_the_even_neighbour(void **state)
{
	const decimal_sum two_53 = (decimal_sum)1 << 53;
	decimal_sum tens = 1;

	/* Between 2^53 and 2^54 doubles are 2 apart: every odd whole number is a tie. */
	for (int places = 0; places <= 16; places += 8) {
		assert_true(decimal_sum_round((two_53 + 1) * tens, places) == (double)two_53);
		assert_true(decimal_sum_round((two_53 + 3) * tens, places) == (double)(two_53 + 4));
		assert_true(decimal_sum_round(-(two_53 + 3) * tens, places) == -(double)(two_53 + 4));
		assert_rounded_once((two_53 + 1) * tens, places);
		if (places > 0) { /* the least bit more is no tie any longer */
			assert_true(decimal_sum_round((two_53 + 1) * tens + 1, places) ==
			    (double)(two_53 + 2));
			assert_true(decimal_sum_round((two_53 + 3) * tens - 1, places) ==
			    (double)(two_53 + 2));
		}
		tens *= DECIMAL_ONE;
	}
}

static void
the_largest_and_the_smallest_sum_are_rounded(void **state)
{
	const decimal_sum largest = (decimal_sum)(~(natural_bits)0 >> 1);

	assert_rounded_once(largest, 16);
	assert_rounded_once(-largest, 16);
	assert_rounded_once(-largest - 1, 16);
	assert_rounded_once(-largest - 1, 0);
	assert_true(decimal_sum_round(0, 8) == 0);
	assert_true(decimal_sum_round(1, 99) == 1e-99);
}

static void
a_sum_that_rounds_twice_wrongly_rounds_once_rightly(void **state)
{
	/* Through double first and divided then, the last bit would be off. */
	const decimal_sum sum = (decimal_sum)9007199254740993 * 100000001;

	assert_rounded_once(sum, 8);
	assert_rounded_once(sum, 16);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(texts_of_the_grammar_are_read_exactly),
		cmocka_unit_test(everything_outside_the_grammar_is_refused_and_nothing_is_touched),
		cmocka_unit_test(what_does_not_fit_is_out_of_range),
		cmocka_unit_test(only_the_given_bytes_are_read),
		cmocka_unit_test(
		    a_value_is_written_with_the_places_asked_for_or_more_where_exactness_needs_them),
		cmocka_unit_test(every_value_that_is_written_is_read_again),
		cmocka_unit_test(a_double_of_a_value_is_the_nearest_one),
		cmocka_unit_test(a_sum_of_any_size_is_rounded_once),
		cmocka_unit_test(ties_go_to_the_even_neighbour),
		cmocka_unit_test(the_largest_and_the_smallest_sum_are_rounded),
		cmocka_unit_test(a_sum_that_rounds_twice_wrongly_rounds_once_rightly),
	};

	return cmocka_run_group_tests_name("common/decimal", tests, NULL, NULL);
}
