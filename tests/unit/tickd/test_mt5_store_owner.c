/* Whose a source is, and what its account is called: of several sources in one database. */
#define _GNU_SOURCE
#include "tickd/mt5/mt5_store.h"

#include "tests/unit/tickd/mt5_bench.h"

static const char bound[] =
    "SELECT source, account, server, name FROM broker_accounts ORDER BY source";

/* Its settings' sources, in their order. */
static void
settings_name(struct mt5_bench *bench, struct settings_account *accounts, size_t count)
{
	bench->settings.mt5.accounts = accounts;
	bench->settings.mt5.account_count = count;
}

/* Account 123 of `server` in the source `name`, before its hello, beside the first one. */
static void
begin_beside(struct mt5_bench *bench, struct mt5_bench *first, const char *name,
    const char *server)
{
	bench_begin(bench, first->state, first->db, name);
	strcpy(bench->hello.server, server);
	bench_name(bench, "A");
}

static void
must_refuse(struct mt5_bench *bench, const char *sentence)
{
	struct problem problem;

	assert_int_equal(bench_hello(bench, &problem), -EPERM);
	assert_string_equal(problem.text, sentence);
}

/* A balance and one position, of a source that has a clock by then. */
static void
say_something(struct mt5_bench *bench)
{
	struct mt5_position position = {.ticket = 5, .symbol = "A", .volume_e8 = 10000000,
		.opened_server_ms = (FIRST_US + OFFSET_US) / CLOCK_MS_US,
		.price_open_e8 = 110000000, .stop_loss_e8 = TICK_NONE,
		.take_profit_e8 = TICK_NONE};
	const struct mt5_positions report = {1, true, &position, 1};
	const struct mt5_account account = {1000, NAN};

	must_store_bids(bench, 0, 1, FIRST_US, CLOCK_SECOND_US, FIRST_US);
	assert_int_equal(mt5_store_positions(bench->store, &report, &bench->time), 0);
	assert_int_equal(mt5_store_account(bench->store, &account), 0);
}

/* ---- the same account twice ---- */

static void
an_account_that_is_another_source_of_the_settings_is_refused_in_one_sentence(void **state)
{
	struct settings_account accounts[] = {{.source = (char[]){"mt5"}},
		{.source = (char[]){"far"}}};
	struct mt5_bench first, far;

	bench_open(&first, state, "A");
	begin_beside(&far, &first, "far", "Broker-Demo");
	settings_name(&far, accounts, 2);
	bench_name(&far, "XY");
	must_refuse(&far, "account 123 at Broker-Demo is the source mt5 already");
	assert_rows(&first, bound, "mt5|123|Broker-Demo|123|\n");
	assert_rows(&first, "SELECT source, symbol FROM symbols", "mt5|A|\n");
	/* Which goes on, and the section is free for another account. */
	settings_name(&first, accounts, 2);
	bench_must_hello(&first, "A");
	strcpy(far.hello.account, "456");
	bench_must_hello(&far, "A");
	assert_rows(&first, bound, "far|456|Broker-Demo|456|\nmt5|123|Broker-Demo|123|\n");
	bench_end(&far);
	bench_close(&first);
}

static void
an_account_whose_source_was_renamed_in_the_settings_is_welcome_under_the_new_name(void **state)
{
	struct settings_account accounts[] = {{.source = (char[]){"main"}}};
	struct mt5_bench first, renamed;

	bench_open(&first, state, "A");
	begin_beside(&renamed, &first, "main", "Broker-Demo");
	settings_name(&renamed, accounts, 1);
	bench_must_hello(&renamed, "A");
	assert_rows(&first, bound, "main|123|Broker-Demo|123|\nmt5|123|Broker-Demo|123|\n");
	bench_end(&renamed);
	bench_close(&first);
}

static void
of_two_sources_that_both_had_an_account_the_first_of_the_settings_has_it(void **state)
{
	struct settings_account accounts[] = {{.source = (char[]){"main"}},
		{.source = (char[]){"mt5"}}};
	struct mt5_bench first, renamed;

	bench_open(&first, state, "A");
	begin_beside(&renamed, &first, "main", "Broker-Demo");
	bench_must_hello(&renamed, "A");
	settings_name(&first, accounts, 2);
	settings_name(&renamed, accounts, 2);
	must_refuse(&first, "account 123 at Broker-Demo is the source main already");
	bench_must_hello(&renamed, "A");
	bench_end(&renamed);
	bench_close(&first);
}

/* ---- the same number twice ---- */

static void
a_number_that_another_broker_gave_out_too_is_known_with_its_server_in_every_table(void **state)
{
	struct mt5_bench first, far;

	bench_open(&first, state, "A");
	assert_string_equal(first.opened.account, "123");
	begin_beside(&far, &first, "far", "Far-Live");
	bench_must_hello(&far, "A");
	assert_string_equal(far.opened.account, "123@Far-Live");
	say_something(&first);
	say_something(&far);
	assert_rows(&first, bound, "far|123|Far-Live|123@Far-Live|\nmt5|123|Broker-Demo|123|\n");
	assert_rows(&first, "SELECT source, account, ticket FROM positions ORDER BY source",
	    "far|123@Far-Live|5|\nmt5|123|5|\n");
	assert_rows(&first, "SELECT source, account, ticket, kind FROM position_events ORDER BY seq",
	    "mt5|123|5|open|\nfar|123@Far-Live|5|open|\n");
	assert_rows(&first, "SELECT source, account, balance FROM account_events ORDER BY seq",
	    "mt5|123|1000.0|\nfar|123@Far-Live|1000.0|\n");
	bench_end(&far);
	bench_close(&first);
}

static void
a_name_is_for_good_whatever_becomes_of_the_account_beside_it(void **state)
{
	struct mt5_bench first, far;

	bench_open(&first, state, "A");
	begin_beside(&far, &first, "far", "Far-Live");
	bench_must_hello(&far, "A");
	say_something(&far);
	mt5_store_free(far.store);
	sql_run(handle_of(&first), "DELETE FROM broker_accounts WHERE source = 'mt5'");
	bench_start(&far, "far");
	bench_must_hello(&far, "A");
	assert_string_equal(far.opened.account, "123@Far-Live");
	assert_int_equal(far.opened.open_count, 1);
	assert_int_equal(far.opened.open[0], 5);
	/* What comes after it is the second one now, and stays that. */
	bench_must_hello(&first, "A");
	assert_string_equal(first.opened.account, "123@Broker-Demo");
	bench_must_hello(&first, "A");
	assert_string_equal(first.opened.account, "123@Broker-Demo");
	bench_end(&far);
	bench_close(&first);
}

static void
a_server_that_is_too_long_is_cut_between_two_characters(void **state)
{
	static const struct {
		const char *character;
		size_t said, kept; /* so many of them; "123@" and 59 bytes are a name */
	} servers[] = {{"x", 63, 59}, {"\u00e9", 31, 29}, {"\u20ac", 21, 19},
		{"\U0001f4b6", 15, 14}};
	char server[MT5_NAME_MAX], expected[MT5_NAME_MAX], source[8];
	struct mt5_bench first, far;

	bench_open(&first, state, "A");
	for (size_t i = 0; i < sizeof(servers) / sizeof(servers[0]); i++) {
		server[0] = '\0';
		strcpy(expected, "123@");
		for (size_t k = 0; k < servers[i].said; k++)
			strcat(server, servers[i].character);
		for (size_t k = 0; k < servers[i].kept; k++)
			strcat(expected, servers[i].character);
		snprintf(source, sizeof(source), "far%zu", i);
		begin_beside(&far, &first, source, server);
		bench_must_hello(&far, "A");
		assert_string_equal(far.opened.account, expected);
		bench_end(&far);
	}
	bench_close(&first);
}

static void
a_name_that_another_account_has_is_refused_and_never_shared(void **state)
{
	struct mt5_bench first, far, cut;
	char server[MT5_NAME_MAX] = {0}, sentence[PROBLEM_SIZE];

	bench_open(&first, state, "A");
	memset(server, 'x', 62);
	begin_beside(&far, &first, "far", server);
	bench_must_hello(&far, "A");
	server[62] = 'y'; /* which is not of the name */
	begin_beside(&cut, &first, "cut", server);
	snprintf(sentence, sizeof(sentence), "account 123 at %s would be known as %s, as that of the "
	    "source far is already", server, far.opened.account);
	must_refuse(&cut, sentence);
	strcpy(cut.hello.account, far.opened.account);
	strcpy(cut.hello.server, "Odd");
	snprintf(sentence, sizeof(sentence), "account %s at Odd would be known as %s, as that of the "
	    "source far is already", far.opened.account, far.opened.account);
	must_refuse(&cut, sentence);
	assert_int_equal(number(&first, "SELECT count(*) FROM broker_accounts"), 2);
	bench_end(&cut);
	bench_end(&far);
	bench_close(&first);
}

#define promise(name) cmocka_unit_test_setup_teardown(name, scratch_make, scratch_remove)

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		promise(an_account_that_is_another_source_of_the_settings_is_refused_in_one_sentence),
		promise(an_account_whose_source_was_renamed_in_the_settings_is_welcome_under_the_new_name),
		promise(of_two_sources_that_both_had_an_account_the_first_of_the_settings_has_it),
		promise(a_number_that_another_broker_gave_out_too_is_known_with_its_server_in_every_table),
		promise(a_name_is_for_good_whatever_becomes_of_the_account_beside_it),
		promise(a_server_that_is_too_long_is_cut_between_two_characters),
		promise(a_name_that_another_account_has_is_refused_and_never_shared),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
