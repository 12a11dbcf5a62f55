#define _GNU_SOURCE
#include "common/log.h"

#include <regex.h>

#include "tests/unit/common/scratch.h"

#define STAMP "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}\\.[0-9]{3}Z "

static void
assert_matches(const char *text, const char *pattern)
{
	regex_t regex;
	int found;

	assert_int_equal(regcomp(&regex, pattern, REG_EXTENDED | REG_NOSUB), 0);
	found = regexec(&regex, text, 0, NULL, 0);
	regfree(&regex);
	if (found != 0)
		fail_msg("\"%s\" does not match %s", text, pattern);
}

static void
a_line_has_time_program_level_object_sentence_and_event(void **state)
{
	const struct log_subject symbol = {.symbol = "sim:BTCUSDT", .feed = "binance"};
	const struct log_subject process = {.process = "logd"}, feed = {.feed = "binance"};
	static const struct {
		int level;
		const char *pattern;
	} levels[] = {{LOG_ERR, STAMP "tickd error: sim:BTCUSDT: 7 ids missing \\[gap-opened\\]\n$"},
	    {LOG_WARNING, STAMP "tickd warning: sim:BTCUSDT: "},
	    {LOG_NOTICE, STAMP "tickd notice: sim:BTCUSDT: "},
	    {LOG_INFO, STAMP "tickd info: sim:BTCUSDT: "},
	    {LOG_DEBUG, STAMP "tickd debug: sim:BTCUSDT: "}};
	struct capture capture;
	char *text;

	log_open("tickd", LOG_DEBUG);
	for (size_t i = 0; i < sizeof(levels) / sizeof(levels[0]); i++) {
		capture = capture_begin(state, "err", stderr);
		log_event(levels[i].level, "gap-opened", &symbol, "%d ids missing", 7);
		text = capture_end(&capture);
		assert_matches(text, levels[i].pattern);
		free(text);
	}
	capture = capture_begin(state, "err", stderr);
	log_event(LOG_INFO, "started", &process, "pid %d", 1);
	log_event(LOG_INFO, "live", &feed, "connected");
	log_event(LOG_INFO, "plain", NULL, "no object");
	text = capture_end(&capture);
	assert_non_null(strstr(text, "tickd info: logd: pid 1 [started]\n"));
	assert_non_null(strstr(text, "tickd info: binance: connected [live]\n"));
	assert_non_null(strstr(text, "tickd info: no object [plain]\n"));
	free(text);
}

static void
less_urgent_lines_than_the_level_are_not_shown(void **state)
{
	struct capture capture = capture_begin(state, "err", stderr);
	char *text;

	log_open("logd", LOG_WARNING);
	log_event(LOG_INFO, "hidden", NULL, "hidden");
	log_event(LOG_NOTICE, "hidden", NULL, "hidden");
	log_event(LOG_WARNING, "shown", NULL, "shown");
	log_event(LOG_ERR, "shown", NULL, "shown");
	text = capture_end(&capture);
	assert_null(strstr(text, "hidden"));
	assert_non_null(strstr(text, "logd warning: shown [shown]\n"));
	assert_non_null(strstr(text, "logd error: shown [shown]\n"));
	free(text);
}

static void
a_line_is_one_write_however_long(void **state)
{
	char message[5000], line[8192];
	int ends[2], saved;
	ssize_t length;

	memset(message, 'x', sizeof(message) - 1);
	message[sizeof(message) - 1] = '\0';
	/* A pipe in packet mode hands out each write by itself. */
	assert_int_equal(pipe2(ends, O_DIRECT | O_CLOEXEC | O_NONBLOCK), 0);
	log_open("tickd", LOG_INFO);
	fflush(NULL);
	saved = dup(STDERR_FILENO);
	dup2(ends[1], STDERR_FILENO);
	log_event(LOG_INFO, "long", NULL, "%s", message);
	dup2(saved, STDERR_FILENO);
	length = read(ends[0], line, sizeof(line));
	assert_in_range(length, 1000, 1200); /* the sentence is cut, the event is not */
	assert_memory_equal(line + length - 8, " [long]\n", 8);
	assert_int_equal(read(ends[0], line, sizeof(line)), -1);
	close(saved);
	close(ends[0]);
	close(ends[1]);
}

static void
a_journal_that_is_not_our_stderr_is_not_written_to(void **state)
{
	struct capture capture;
	char *text;

	setenv("JOURNAL_STREAM", "1:1", 1);
	capture = capture_begin(state, "err", stderr);
	log_open("tickd", LOG_INFO);
	log_event(LOG_INFO, "here", NULL, "on stderr");
	text = capture_end(&capture);
	unsetenv("JOURNAL_STREAM");
	assert_non_null(strstr(text, "tickd info: on stderr [here]\n"));
	free(text);
}

static void
a_burst_passes_the_rest_of_the_window_is_counted(void **state)
{
	struct log_limit limit = {0};
	int64_t suppressed = 42;

	for (int i = 0; i < 3; i++) {
		assert_true(log_limit_pass(&limit, 3, 1000, 5000 + i, &suppressed));
		assert_int_equal(suppressed, 0);
	}
	for (int i = 0; i < 10; i++)
		assert_false(log_limit_pass(&limit, 3, 1000, 5500, &suppressed));
	assert_false(log_limit_pass(&limit, 3, 1000, 5999, &suppressed));
	assert_true(log_limit_pass(&limit, 3, 1000, 6000, &suppressed));
	assert_int_equal(suppressed, 11);
	assert_true(log_limit_pass(&limit, 3, 1000, 6001, &suppressed));
	assert_int_equal(suppressed, 0);
}

#define ON_DISK(test) cmocka_unit_test_setup_teardown(test, scratch_make, scratch_remove)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ON_DISK(a_line_has_time_program_level_object_sentence_and_event),
		ON_DISK(less_urgent_lines_than_the_level_are_not_shown),
		cmocka_unit_test(a_line_is_one_write_however_long),
		ON_DISK(a_journal_that_is_not_our_stderr_is_not_written_to),
		cmocka_unit_test(a_burst_passes_the_rest_of_the_window_is_counted),
	};

	return cmocka_run_group_tests_name("common/log", tests, NULL, NULL);
}
