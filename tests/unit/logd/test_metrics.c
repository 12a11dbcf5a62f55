#define _GNU_SOURCE
#include "logd/metrics.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char status[] =
    "{\"feeds\":[{\"name\":\"binance\",\"source\":\"sim\",\"reconnects\":3,\"rotations\":1,"
    "\"rest\":{\"weight_used\":120},\"clock\":{\"offset_ms\":-1250},"
    "\"symbols\":[{\"symbol\":\"BTCUSDT\",\"ticks\":9007199254740993,\"gaps\":2,\"missing\":77,"
    "\"backfilled\":5},{\"symbol\":\"ETHUSDT\",\"ticks\":4}]}]}";

static const char terminals[] =
    "{\"feeds\":[{\"name\":\"mt5\",\"source\":\"mt5\",\"listen\":\"127.0.0.1:9443\",\"ticks\":70,"
    "\"ticks_per_second\":2.5,\"connected_s\":0,\"connects\":2,\"duplicates\":6,\"waiting\":3,"
    "\"held\":4,\"orders\":{\"pending\":1,\"sent\":2,\"done\":3,\"failed\":4,\"today\":5},"
    "\"symbols\":[{\"symbol\":\"EURUSD\",\"ticks\":8}]},"
    "{\"name\":\"mt5.far\",\"source\":\"far\",\"listen\":\"127.0.0.1:9443\"}]}";

static char *
text_of(const char *json, bool fresh)
{
	json_t *tickd = json_loads(json, 0, NULL);
	size_t length;
	char *text;

	assert_non_null(tickd);
	text = metrics_text(tickd, fresh, &length);
	assert_non_null(text);
	assert_int_equal(strlen(text), length);
	json_decref(tickd);
	return text;
}

static void
assert_has(const char *text, const char *line)
{
	const char *at = strstr(text, line);

	if (at == NULL)
		fail_msg("no %s in\n%s", line, text);
	assert_true(at == text || at[-1] == '\n');
	assert_int_equal(at[strlen(line)], '\n');
}

static void
every_figure_has_its_labels_and_its_value(void **state)
{
	char *text = text_of(status, true);

	assert_has(text, "trading_up{daemon=\"tickd\"} 1");
	assert_has(text, "trading_gaps_open{source=\"sim\",symbol=\"BTCUSDT\"} 2");
	assert_has(text, "trading_gap_ids_missing{source=\"sim\",symbol=\"BTCUSDT\"} 77");
	assert_has(text, "trading_backfilled_total{source=\"sim\",symbol=\"BTCUSDT\"} 5");
	assert_has(text, "trading_ticks_total{source=\"sim\",symbol=\"BTCUSDT\"} 9007199254740993");
	assert_has(text, "trading_ticks_total{source=\"sim\",symbol=\"ETHUSDT\"} 4");
	assert_has(text, "trading_rest_weight_used{source=\"sim\"} 120");
	assert_has(text, "trading_clock_offset_seconds{source=\"sim\"} -1.250");
	assert_has(text, "trading_feed_reconnects_total{source=\"sim\"} 3");
	assert_has(text, "trading_feed_rotations_total{source=\"sim\"} 1");
	free(text);
}

static void
terminals_have_figures_of_their_own(void **state)
{
	char *text = text_of(terminals, true), *exchange = text_of(status, true);

	assert_has(text, "trading_terminal_connected{source=\"mt5\"} 1");
	assert_has(text, "trading_terminal_connected{source=\"far\"} 0");
	assert_has(text, "trading_feed_ticks_total{source=\"mt5\"} 70");
	assert_has(text, "trading_feed_ticks_per_second{source=\"mt5\"} 2.5");
	assert_has(text, "trading_ticks_total{source=\"mt5\",symbol=\"EURUSD\"} 8");
	assert_has(text, "trading_terminal_connects_total{source=\"mt5\"} 2");
	assert_has(text, "trading_terminal_duplicates_total{source=\"mt5\"} 6");
	assert_has(text, "trading_terminal_rows_waiting{source=\"mt5\"} 3");
	assert_has(text, "trading_terminal_ticks_held{source=\"mt5\"} 4");
	assert_has(text, "trading_orders_pending{source=\"mt5\"} 1");
	assert_has(text, "trading_orders_sent{source=\"mt5\"} 2");
	assert_has(text, "trading_orders_done_total{source=\"mt5\"} 3");
	assert_has(text, "trading_orders_failed_total{source=\"mt5\"} 4");
	assert_has(text, "trading_orders_today{source=\"mt5\"} 5");
	assert_null(strstr(text, "trading_orders_today{source=\"far\"}"));
	assert_null(strstr(exchange, "trading_terminal_connected{"));
	free(text);
	free(exchange);
}

/* Each name has its HELP and TYPE once, before its samples, and all its samples in one piece. */
static void
help_and_type_come_once_before_the_samples_of_a_name(void **state)
{
	char *text = text_of(status, true), *rest = text, *line;
	char name[64] = "", type[16];
	int names = 0;

	while ((line = strsep(&rest, "\n")) != NULL && rest != NULL) {
		if (strncmp(line, "# HELP ", 7) == 0) {
			assert_int_equal(sscanf(line, "# HELP %63s ", name), 1);
			names++;
			line = strsep(&rest, "\n");
			assert_memory_equal(line, "# TYPE ", 7);
			assert_memory_equal(line + 7, name, strlen(name));
			assert_int_equal(sscanf(line + 7 + strlen(name), " %15s", type), 1);
			assert_int_equal(strcmp(type, "counter") == 0,
			    strstr(name, "_total") != NULL);
		} else {
			assert_memory_equal(line, name, strlen(name));
			assert_int_equal(line[strlen(name)], '{');
		}
	}
	assert_string_equal(line, ""); /* the text ends with a line's end */
	assert_int_equal(names, 21);
	free(text);
}

static void
labels_are_escaped(void **state)
{
	char *text = text_of("{\"feeds\":[{\"source\":\"a\\\"b\\\\c\\nd\",\"symbols\":[{\"symbol\":"
			     "\"\\u5e01\\u5b89USDT\",\"ticks\":1}]}]}", true);

	assert_has(text, "trading_ticks_total{source=\"a\\\"b\\\\c\\nd\",symbol=\"\xe5\xb8\x81"
			 "\xe5\xae\x89USDT\"} 1");
	free(text);
}

static void
what_is_not_published_has_no_line(void **state)
{
	char *text = text_of("{\"feeds\":[{\"source\":\"sim\",\"clock\":{\"offset_ms\":null},"
			     "\"rest\":7,\"symbols\":[{\"symbol\":\"A\",\"ticks\":\"many\"},5]}]}", true);

	assert_null(strstr(text, "\ntrading_clock_offset_seconds{"));
	assert_null(strstr(text, "\ntrading_rest_weight_used{"));
	assert_null(strstr(text, "\ntrading_ticks_total{"));
	free(text);
}

static void
a_status_of_the_past_shows_only_that_nothing_is_up(void **state)
{
	char *text = text_of(status, false), *empty = text_of("{}", false);

	assert_has(text, "trading_up{daemon=\"tickd\"} 0");
	assert_string_equal(text, empty);
	free(text);
	free(empty);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_figure_has_its_labels_and_its_value),
		cmocka_unit_test(terminals_have_figures_of_their_own),
		cmocka_unit_test(help_and_type_come_once_before_the_samples_of_a_name),
		cmocka_unit_test(labels_are_escaped),
		cmocka_unit_test(what_is_not_published_has_no_line),
		cmocka_unit_test(a_status_of_the_past_shows_only_that_nothing_is_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
