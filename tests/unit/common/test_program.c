#define _GNU_SOURCE
#include "common/program.h"

#include <errno.h>
#include <sysexits.h>
#include <syslog.h>

#include "tests/unit/common/scratch.h"

#define ARGUMENTS_MAX 600

static bool import_given, range_given;
static const char *range[2], *into[1];
static const struct program plain = {.name = "logd", .arguments = "", .help = "More help.\n"};
static const struct program with_arguments = {
	.name = "tradingctl", .arguments = "COMMAND...", .help = ""};

static void
print_table(FILE *out)
{
	fputs("a table\n", out);
}

static const struct program_option own_options[] = {
	{.name = "import", .help = "imports", .given = &import_given},
	{.name = "range", .arguments = "FROM TO", .help = "of time", .given = &range_given,
	    .ret_values = range},
	{.name = "into", .arguments = "FILE", .help = "to write", .ret_values = into},
	{.name = "table", .help = "prints it", .print = print_table},
	{0},
};
static const struct program with_options = {.name = "tickd",
	.arguments = "[--import [FILE]...]",
	.help = "",
	.options = own_options};

struct run {
	int status, first;
	struct settings settings;
	char *out, *err; /* what was printed */
};

/* Runs program_options() with the NULL-terminated arguments; finish_run() frees all. */
static struct run
run(void **state, const struct program *program, const char *const *arguments)
{
	struct capture out = capture_begin(state, "out", stdout);
	struct capture err = capture_begin(state, "err", stderr);
	char *argv[ARGUMENTS_MAX];
	struct run run = {0};
	int argc = 0;

	argv[argc++] = (char *)program->name;
	while (arguments[argc - 1] != NULL) {
		argv[argc] = (char *)arguments[argc - 1];
		argc++;
	}
	argv[argc] = NULL;
	optind = 0;
	run.status = program_options(program, argc, argv, &run.settings, &run.first);
	run.err = capture_end(&err);
	run.out = capture_end(&out);
	return run;
}

/* Settings are the caller's only where the program should go on. */
static void
finish_run(struct run *run)
{
	if (run->status < 0)
		settings_free(&run->settings);
	free(run->out);
	free(run->err);
}

#define RUN(program, ...) run(state, program, (const char *const[]){__VA_ARGS__, NULL})

static void
a_program_may_have_options_of_its_own(void **state)
{
	const char *file = scratch_file(state, "trading.conf", "");
	struct run done = RUN(&with_options, "-c", file, "one");

	assert_int_equal(done.status, -1);
	assert_false(import_given || range_given);
	finish_run(&done);
	done = RUN(&with_options, "-c", file, "--import", "-o", "api.rows=7", "one", "two");
	assert_int_equal(done.status, -1);
	assert_int_equal(done.first, 6);
	assert_true(import_given);
	assert_false(range_given);
	finish_run(&done);
	done = RUN(&plain, "-c", file, "--import");
	assert_int_equal(done.status, EX_USAGE);
	finish_run(&done);
}

static void
the_help_tells_of_a_program_s_own_options_with_their_arguments(void **state)
{
	struct run done = RUN(&with_options, "-h");

	assert_non_null(strstr(done.out, "  --import  imports\n  --range FROM TO  of time\n"
					 "  --into FILE  to write\n  --table  prints it\n"));
	finish_run(&done);
}

static void
an_option_takes_as_many_values_as_it_names_and_the_last_one_counts(void **state)
{
	const char *file = scratch_file(state, "trading.conf", "");
	struct run done = RUN(&with_options, "-c", file, "--range", "1", "2", "--into=a", "--into",
	    "b", "--range=3", "4", "rest");

	assert_int_equal(done.status, -1);
	assert_true(range_given);
	assert_string_equal(range[0], "3");
	assert_string_equal(range[1], "4");
	assert_string_equal(into[0], "b");
	assert_int_equal(done.first, 11);
	finish_run(&done);
}

static void
an_option_that_lacks_a_value_leaves_with_64(void **state)
{
	struct run done = RUN(&with_options, "--range", "1");

	assert_int_equal(done.status, EX_USAGE);
	assert_string_equal(done.err, "tickd: --range: expected FROM TO\n");
	finish_run(&done);
	done = RUN(&with_options, "--range", "1", "--into", "f");
	assert_int_equal(done.status, EX_USAGE);
	assert_string_equal(done.err, "tickd: --range: expected FROM TO\n");
	finish_run(&done);
	done = RUN(&with_options, "--into");
	assert_int_equal(done.status, EX_USAGE);
	finish_run(&done);
}

static void
an_option_that_prints_needs_no_settings_and_leaves_with_0(void **state)
{
	struct run done = RUN(&with_options, "-c", scratch_path(state, "none.conf"), "--table");

	assert_int_equal(done.status, 0);
	assert_string_equal(done.out, "a table\n");
	assert_string_equal(done.err, "");
	finish_run(&done);
}

static void
good_settings_go_on_and_are_the_caller_s(void **state)
{
	const char *file = scratch_file(state, "trading.conf", "[log]\nlevel = error\n");
	struct run done = RUN(&plain, "-c", file, "-o", "api.rows=7", "-o", "api.rows=8");

	assert_int_equal(done.status, -1);
	assert_int_equal(done.first, 7);
	assert_int_equal(done.settings.log.level, LOG_ERR);
	assert_int_equal(done.settings.api.rows, 8);
	assert_string_equal(done.out, "");
	assert_string_equal(done.err, "");
	finish_run(&done);
}

static void
n_checks_and_leaves_with_0_or_78_naming_every_fault(void **state)
{
	const char *good = scratch_file(state, "good.conf", "");
	const char *bad = scratch_file(state, "bad.conf", "[api]\nrows = x\n[log]\nlevel = y\n");
	struct run done = RUN(&plain, "-n", "-c", good);

	assert_int_equal(done.status, 0);
	assert_string_equal(done.err, "");
	finish_run(&done);
	done = RUN(&plain, "-n", "-c", bad);
	assert_int_equal(done.status, 78);
	assert_non_null(strstr(done.err, "/bad.conf:2: api.rows = x: expected a whole number\n"));
	assert_non_null(strstr(done.err, "/bad.conf:4: log.level = y: expected "));
	assert_int_equal(strncmp(done.err, "logd: ", 6), 0);
	finish_run(&done);
}

static void
faults_without_n_leave_with_78_as_well(void **state)
{
	struct run done = RUN(&plain, "-c", scratch_path(state, "none.conf"));

	assert_int_equal(done.status, 78);
	assert_non_null(strstr(done.err, "cannot be read: No such file or directory"));
	finish_run(&done);
}

static void
more_faults_than_are_kept_are_counted(void **state)
{
	char text[4096] = "[log]\n";
	struct run done;

	for (int i = 0; i < SETTINGS_FAULTS_MAX + 3; i++)
		strcat(text, "level = loud\n");
	done = RUN(&plain, "-c", scratch_file(state, "bad.conf", text));
	assert_int_equal(done.status, 78);
	assert_non_null(strstr(done.err, "logd: and 3 more faults\n"));
	finish_run(&done);
}

static void
version_and_help_leave_with_0(void **state)
{
	struct run done = RUN(&plain, "-V");

	assert_int_equal(done.status, 0);
	assert_string_equal(done.out, "logd " PROGRAM_VERSION "\n");
	finish_run(&done);
	done = RUN(&plain, "-h");
	assert_int_equal(done.status, 0);
	assert_int_equal(strncmp(done.out, "usage: logd [-c FILE] ", 22), 0);
	assert_non_null(strstr(done.out, "More help.\n"));
	finish_run(&done);
}

static void
a_wrong_command_line_leaves_with_64(void **state)
{
	const char *options[2 * 257 + 1];
	struct run done = RUN(&plain, "-x");

	assert_int_equal(done.status, 64);
	assert_non_null(strstr(done.err, "usage: logd"));
	finish_run(&done);
	done = RUN(&plain, "-c");
	assert_int_equal(done.status, 64);
	finish_run(&done);
	done = RUN(&plain, "-c", scratch_file(state, "trading.conf", ""), "surplus");
	assert_int_equal(done.status, 64);
	assert_string_equal(done.err, "logd: surplus: no arguments are expected\n");
	finish_run(&done);
	for (int i = 0; i < 257; i++) {
		options[2 * i] = "-o";
		options[2 * i + 1] = "api.rows=7";
	}
	options[2 * 257] = NULL;
	done = run(state, &plain, options);
	assert_int_equal(done.status, 64);
	assert_string_equal(done.err, "logd: more than 256 -o options\n");
	finish_run(&done);
}

static void
arguments_begin_where_the_options_end(void **state)
{
	const char *file = scratch_file(state, "trading.conf", "");
	struct run done = RUN(&with_arguments, "-c", file, "ticks", "-n", "5");

	assert_int_equal(done.status, -1);
	assert_int_equal(done.first, 3);
	finish_run(&done);
}

static void
errors_become_the_exit_status_that_says_whether_a_restart_helps(void **state)
{
	static const int temporary[] = {EBUSY, EADDRINUSE, EAGAIN, EEXIST};
	static const int settings[] = {EINVAL, EPROTO};
	static const int refused[] = {ENOMEM, EIO, EACCES, EPERM, ENOENT, ENOSPC, EMFILE};

	assert_int_equal(program_exit_status(0), 0);
	for (size_t i = 0; i < sizeof(temporary) / sizeof(temporary[0]); i++)
		assert_int_equal(program_exit_status(-temporary[i]), 75);
	for (size_t i = 0; i < sizeof(settings) / sizeof(settings[0]); i++)
		assert_int_equal(program_exit_status(-settings[i]), 78);
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		assert_int_equal(program_exit_status(-refused[i]), 71);
}

#define ON_DISK(test) cmocka_unit_test_setup_teardown(test, scratch_make, scratch_remove)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ON_DISK(a_program_may_have_options_of_its_own),
		ON_DISK(the_help_tells_of_a_program_s_own_options_with_their_arguments),
		ON_DISK(an_option_takes_as_many_values_as_it_names_and_the_last_one_counts),
		ON_DISK(an_option_that_lacks_a_value_leaves_with_64),
		ON_DISK(an_option_that_prints_needs_no_settings_and_leaves_with_0),
		ON_DISK(good_settings_go_on_and_are_the_caller_s),
		ON_DISK(n_checks_and_leaves_with_0_or_78_naming_every_fault),
		ON_DISK(faults_without_n_leave_with_78_as_well),
		ON_DISK(more_faults_than_are_kept_are_counted),
		ON_DISK(version_and_help_leave_with_0),
		ON_DISK(a_wrong_command_line_leaves_with_64),
		ON_DISK(arguments_begin_where_the_options_end),
		cmocka_unit_test(errors_become_the_exit_status_that_says_whether_a_restart_helps),
	};

	return cmocka_run_group_tests_name("common/program", tests, NULL, NULL);
}
