#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "marketsim/faults.h"

static const char combined[] =
    "{\"stream\":\"btcusdt@trade\",\"data\":{\"e\":\"trade\",\"E\":1,\"s\":\"BTCUSDT\",\"t\":77,"
    "\"p\":\"1.00000000\",\"q\":\"2.00000000\",\"T\":1,\"m\":true,\"M\":true}}";
static char made[FAULT_FRAME_MAX + 1];

static size_t
data_of(const char *frame)
{
	return (size_t)(strstr(frame, "\"data\":") + 7 - frame);
}

static bool
is_whole_trade(const json_t *data)
{
	return json_is_integer(json_object_get(data, "t")) &&
	    json_is_string(json_object_get(data, "s")) &&
	    json_is_integer(json_object_get(data, "T")) &&
	    json_is_boolean(json_object_get(data, "m"));
}

static void
the_same_connection_draws_the_same_faults(void **state)
{
	struct faults_options options = { .drop = 0.5, .malformed = 0.5, .repeat = 0.5,
		.swap = 0.5 };
	struct faults one, two, other;
	int differences = 0;

	faults_init(&one, &options, 9, 3);
	faults_init(&two, &options, 9, 3);
	faults_init(&other, &options, 9, 4);
	for (int i = 0; i < 1000; i++) {
		struct fault_draw a = faults_draw(&one), b = faults_draw(&two);

		assert_int_equal(a.drop, b.drop);
		assert_int_equal(a.malformed, b.malformed);
		assert_int_equal(a.repeat, b.repeat);
		assert_int_equal(a.swap, b.swap);
		assert_false(a.huge || a.unknown);
		differences += a.drop != faults_draw(&other).drop;
	}
	assert_in_range(differences, 300, 700);
}

static void
probabilities_come_true_on_average(void **state)
{
	struct faults_options options = { .drop = 0.1 };
	struct faults faults;
	int drops = 0;

	faults_init(&faults, &options, 1, 1);
	for (int i = 0; i < 10000; i++)
		drops += faults_draw(&faults).drop;
	assert_in_range(drops, 800, 1200);
}

static void
malformed_frames_are_never_a_trade_that_holds_together(void **state)
{
	struct faults_options options = { 0 };
	struct faults faults;
	size_t length;

	faults_init(&faults, &options, 1, 1);
	for (int i = 0; i < 2000; i++) {
		json_t *root;
		const json_t *data;

		length = fault_malformed(&faults, combined, strlen(combined), data_of(combined),
		    made);
		root = json_loadb(made, length, 0, NULL);
		data = json_object_get(root, "data");
		assert_true(length < strlen(combined) + 64);
		if (is_whole_trade(data)) {
			const char *price = json_string_value(json_object_get(data, "p"));

			assert_true(strcmp(price, "61.8.37") == 0 || strcmp(price, "1e5") == 0 ||
			    strcmp(price, "") == 0 ||
			    strcmp(price, "99999999999999999999.0") == 0);
		}
		json_decref(root);
	}
}

static void
a_frame_is_not_cut_within_a_letter(void **state)
{
	static const char chinese[] = "{\"s\":\"\xe5\xb8\x81\xe5\xae\x89\"}";
	struct faults_options options = { 0 };
	struct faults faults;

	faults_init(&faults, &options, 1, 1);
	for (int i = 0; i < 500; i++) {
		size_t length =
		    fault_malformed(&faults, chinese, strlen(chinese), 0, made);
		json_t *text;

		/* Valid UTF-8: jansson takes it as a string. */
		text = json_stringn(made, length);
		assert_non_null(text);
		json_decref(text);
	}
}

static void
a_huge_frame_is_whole_json_over_64_kib(void **state)
{
	size_t length = fault_huge(combined, data_of(combined), made);
	json_t *root = json_loadb(made, length, 0, NULL);

	assert_true(length > 65536 && length <= FAULT_FRAME_MAX);
	assert_non_null(root);
	assert_string_equal(json_string_value(json_object_get(json_object_get(root, "data"), "e")),
	    "depthUpdate");
	json_decref(root);
	length = fault_huge(combined + data_of(combined), 0, made);
	root = json_loadb(made, length, 0, NULL);
	assert_non_null(json_object_get(root, "b"));
	json_decref(root);
}

static void
unknown_frames_are_json_and_no_new_trade(void **state)
{
	struct faults_options options = { 0 };
	struct faults faults;
	int repeated = 0;

	faults_init(&faults, &options, 1, 1);
	for (int i = 0; i < 500; i++) {
		size_t length = fault_unknown(&faults, combined, strlen(combined),
		    data_of(combined), made);
		json_t *root = json_loadb(made, length, 0, NULL);
		const json_t *data = json_object_get(root, "data");

		assert_non_null(data);
		if (is_whole_trade(data)) {
			assert_int_equal(json_integer_value(json_object_get(data, "t")), 77);
			assert_non_null(json_object_get(data, "Zz"));
			repeated++;
		}
		json_decref(root);
	}
	assert_in_range(repeated, 50, 250);
}

static void
a_connection_is_cut_or_silent_after_its_frames(void **state)
{
	struct faults_options options = { .cut_after = 10, .silence_after = 5 };
	struct faults faults;

	faults_init(&faults, &options, 1, 1);
	faults.sent = 4;
	assert_false(faults_silent(&faults));
	faults.sent = 5;
	assert_true(faults_silent(&faults));
	assert_false(faults_cut_now(&faults));
	faults.sent = 10;
	assert_true(faults_cut_now(&faults));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_same_connection_draws_the_same_faults),
		cmocka_unit_test(probabilities_come_true_on_average),
		cmocka_unit_test(malformed_frames_are_never_a_trade_that_holds_together),
		cmocka_unit_test(a_frame_is_not_cut_within_a_letter),
		cmocka_unit_test(a_huge_frame_is_whole_json_over_64_kib),
		cmocka_unit_test(unknown_frames_are_json_and_no_new_trade),
		cmocka_unit_test(a_connection_is_cut_or_silent_after_its_frames),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
