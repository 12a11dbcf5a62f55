#include "analysisd/regime.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>

static void
volatility_is_low_below_and_high_above_its_limits(void **state)
{
	assert_int_equal(regime_volatility(0.0), VOLATILITY_LOW);
	assert_int_equal(regime_volatility(nextafter(0.7, 0)), VOLATILITY_LOW);
	assert_int_equal(regime_volatility(0.7), VOLATILITY_NORMAL);
	assert_int_equal(regime_volatility(1.3), VOLATILITY_NORMAL);
	assert_int_equal(regime_volatility(nextafter(1.3, 2)), VOLATILITY_HIGH);
	assert_int_equal(regime_volatility(INFINITY), VOLATILITY_HIGH);
}

static void
a_narrow_band_is_a_range(void **state)
{
	assert_int_equal(regime_structure(0), STRUCTURE_RANGE);
	assert_int_equal(regime_structure(nextafter(0.004, 0)), STRUCTURE_RANGE);
	assert_int_equal(regime_structure(0.004), STRUCTURE_TREND);
}

static void
what_is_undefined_has_no_regime_and_no_name(void **state)
{
	assert_int_equal(regime_volatility(NAN), VOLATILITY_UNKNOWN);
	assert_int_equal(regime_structure(NAN), STRUCTURE_UNKNOWN);
	assert_null(regime_volatility_name(VOLATILITY_UNKNOWN));
	assert_null(regime_structure_name(STRUCTURE_UNKNOWN));
}

static void
every_regime_has_the_name_of_the_paper(void **state)
{
	assert_string_equal(regime_volatility_name(VOLATILITY_LOW), "LOW");
	assert_string_equal(regime_volatility_name(VOLATILITY_NORMAL), "NORMAL");
	assert_string_equal(regime_volatility_name(VOLATILITY_HIGH), "HIGH");
	assert_string_equal(regime_structure_name(STRUCTURE_RANGE), "RANGE");
	assert_string_equal(regime_structure_name(STRUCTURE_TREND), "TREND");
}

/* Worked out by hand from the paper's factors, in hundredths of the base, before the clamp. */
static const struct {
	enum session session;
	/* [volatility] for TREND: NORMAL, LOW x 1.4, HIGH x 0.8; then the same for RANGE x 1.3 */
	double trend[3], range[3];
} table[] = {
	{SESSION_ASIAN, {150, 210, 120}, {195, 273, 156}},
	{SESSION_LONDON, {100, 140, 80}, {130, 182, 104}},
	{SESSION_NEW_YORK, {80, 112, 64}, {104, 145.6, 83.2}},
	{SESSION_OVERLAP, {70, 98, 56}, {91, 127.4, 72.8}},
};

static void
assert_factor(enum session session, enum volatility_regime volatility,
    enum structure_regime structure, double hundredths)
{
	const struct regime regime = {session, volatility, structure};
	double clamped = hundredths < 50 ? 50 : hundredths > 180 ? 180 : hundredths;

	for (double base = 0.0005; base < 0.01; base *= 2) {
		double got = regime_vwap_threshold(base, &regime), expected = base * clamped / 100;

		if (fabs(got - expected) > 1e-12 * expected)
			fail_msg("session %d volatility %d structure %d: %.17g is not %.17g",
			    session, volatility, structure, got, expected);
	}
}

static void
the_threshold_is_the_product_of_all_factors_clamped(void **state)
{
	static const enum volatility_regime volatilities[] = {
		VOLATILITY_NORMAL, VOLATILITY_LOW, VOLATILITY_HIGH};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		for (int v = 0; v < 3; v++) {
			assert_factor(table[i].session, volatilities[v], STRUCTURE_TREND,
			    table[i].trend[v]);
			assert_factor(table[i].session, volatilities[v], STRUCTURE_RANGE,
			    table[i].range[v]);
		}
}

static void
a_regime_that_is_unknown_changes_no_threshold(void **state)
{
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		assert_factor(table[i].session, VOLATILITY_UNKNOWN, STRUCTURE_UNKNOWN,
		    table[i].trend[0]);
		assert_factor(table[i].session, VOLATILITY_UNKNOWN, STRUCTURE_RANGE,
		    table[i].range[0]);
		assert_factor(table[i].session, VOLATILITY_LOW, STRUCTURE_UNKNOWN,
		    table[i].trend[1]);
		assert_factor(table[i].session, VOLATILITY_HIGH, STRUCTURE_UNKNOWN,
		    table[i].trend[2]);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(volatility_is_low_below_and_high_above_its_limits),
		cmocka_unit_test(a_narrow_band_is_a_range),
		cmocka_unit_test(what_is_undefined_has_no_regime_and_no_name),
		cmocka_unit_test(every_regime_has_the_name_of_the_paper),
		cmocka_unit_test(the_threshold_is_the_product_of_all_factors_clamped),
		cmocka_unit_test(a_regime_that_is_unknown_changes_no_threshold),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
