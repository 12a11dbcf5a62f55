/*
 * The published bars and indicator values of shared/data/indicators: beside the repository, or
 * where TRADING_SHARED says.  Tests skip with a reason where they are not there.
 */
#ifndef TESTS_UNIT_ANALYSISD_PUBLISHED_H
#define TESTS_UNIT_ANALYSISD_PUBLISHED_H

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PUBLISHED_BARS 502

struct bar {
	double open, high, low, close;
};

static inline void
published_path(const char *name, char path[static 4096])
{
	const char *shared = getenv("TRADING_SHARED");

	snprintf(path, 4096, "%s/data/indicators/%s", shared == NULL ? "../shared" : shared, name);
}

/* The number of bars read; 0, and a line that says so, where the file is absent. */
static inline int
published_bars(struct bar bars[static PUBLISHED_BARS])
{
	char path[4096], line[256];
	int count = 0;
	FILE *file;

	published_path("quotes.csv", path);
	file = fopen(path, "r");
	if (file == NULL) {
		print_message("skipped: %s is not there (set TRADING_SHARED)\n", path);
		return 0;
	}
	while (fgets(line, sizeof(line), file) != NULL && count < PUBLISHED_BARS) {
		struct bar *bar = &bars[count];

		if (sscanf(line, "%*[^,],%lf,%lf,%lf,%lf", &bar->open, &bar->high, &bar->low,
			&bar->close) == 4)
			count++;
	}
	fclose(file);
	return count;
}

/* An array of objects, the caller's reference. */
static inline json_t *
published_results(const char *name)
{
	char path[4096];
	json_t *results;

	published_path(name, path);
	results = json_load_file(path, 0, NULL);
	assert_non_null(results);
	assert_int_equal(json_array_size(results), PUBLISHED_BARS);
	return results;
}

/* NAN for null. */
static inline double
published_value(const json_t *results, int at, const char *key)
{
	const json_t *value = json_object_get(json_array_get(results, (size_t)at), key);

	assert_non_null(value);
	return json_is_null(value) ? NAN : json_number_value(value);
}

static inline void
assert_close(double got, double expected)
{
	if (isnan(expected)) {
		assert_true(isnan(got));
		return;
	}
	assert_false(isnan(got));
	if (fabs(got - expected) > 1e-9 * fabs(expected)) {
		print_error("%.17g is not %.17g\n", got, expected);
		fail();
	}
}

/* Of what is defined and has limits: no tolerance, and NAN is outside. */
static inline void
assert_within(double value, double least, double most)
{
	if (!(value >= least && value <= most)) {
		print_error("%.17g is not in %.17g .. %.17g\n", value, least, most);
		fail();
	}
}

/* Any bars whose high and low hold open and close. */
static inline void
random_bars(unsigned seed, struct bar *bars, int count)
{
	double price = 100 + rand_r(&seed) % 60000;

	for (int i = 0; i < count; i++) {
		struct bar *bar = &bars[i];

		bar->open = price * (1 + (rand_r(&seed) % 2001 - 1000) / 1e5);
		bar->close = bar->open * (1 + (rand_r(&seed) % 2001 - 1000) / 1e5);
		bar->high = fmax(bar->open, bar->close) * (1 + rand_r(&seed) % 500 / 1e5);
		bar->low = fmin(bar->open, bar->close) * (1 - rand_r(&seed) % 500 / 1e5);
		price = bar->close;
	}
}

#endif
