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
	assert_string_equal(regime_volatility(0.0), "LOW");
	assert_string_equal(regime_volatility(nextafter(0.7, 0)), "LOW");
	assert_string_equal(regime_volatility(0.7), "NORMAL");
	assert_string_equal(regime_volatility(1.3), "NORMAL");
	assert_string_equal(regime_volatility(nextafter(1.3, 2)), "HIGH");
}

static void
a_narrow_band_is_a_range(void **state)
{
	assert_string_equal(regime_structure(0), "RANGE");
	assert_string_equal(regime_structure(nextafter(0.004, 0)), "RANGE");
	assert_string_equal(regime_structure(0.004), "TREND");
}

static void
what_is_undefined_has_no_regime(void **state)
{
	assert_null(regime_volatility(NAN));
	assert_null(regime_structure(NAN));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(volatility_is_low_below_and_high_above_its_limits),
		cmocka_unit_test(a_narrow_band_is_a_range),
		cmocka_unit_test(what_is_undefined_has_no_regime),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
