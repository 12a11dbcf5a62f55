#define _GNU_SOURCE
#include "common/settings.h"

#include <errno.h>

#include "tests/unit/common/scratch.h"

#define OVERRIDES_MAX 128
#define DAY_US INT64_C(86400000000)

struct loaded {
	struct settings settings;
	struct settings_faults faults;
	int error;
};

/* Loads the text, over it the NULL-terminated overrides; NULL is none. */
static struct loaded
load(void **state, const char *text, const char *const *overrides)
{
	struct loaded loaded;
	size_t count = 0;

	while (overrides != NULL && overrides[count] != NULL)
		count++;
	loaded.error = settings_load(&loaded.settings, scratch_file(state, "trading.conf", text),
	    overrides, count, &loaded.faults);
	return loaded;
}

static struct loaded
load_good(void **state, const char *text)
{
	struct loaded loaded = load(state, text, NULL);

	if (loaded.error != 0)
		fail_msg("%s", loaded.faults.texts[0]);
	return loaded;
}

static void
finish(struct loaded *loaded)
{
	settings_free(&loaded->settings);
	settings_faults_free(&loaded->faults);
}

/* The text has exactly one fault: FILE:line: rest. */
static void
assert_fault(void **state, const char *text, int line, const char *rest)
{
	struct loaded loaded = load(state, text, NULL);
	char expected[1024];

	snprintf(expected, sizeof(expected), "%s:%d: %s", scratch_path(state, "trading.conf"), line,
	    rest);
	assert_int_equal(loaded.error, -EINVAL);
	assert_string_equal(loaded.faults.texts[0], expected);
	assert_int_equal(loaded.faults.count, 1);
	finish(&loaded);
}

struct fault {
	const char *text;
	int line;
	const char *rest;
};

static void
assert_good(void **state, const char *text)
{
	struct loaded loaded = load_good(state, text);

	finish(&loaded);
}

/* ---- the account of [mt5] ---- */

static void
without_settings_nothing_listens_and_the_one_account_is_mt5(void **state)
{
	struct loaded loaded = load_good(state, "");
	const struct settings_mt5 *mt5 = &loaded.settings.mt5;

	assert_false(mt5->enabled);
	assert_string_equal(mt5->listen, "127.0.0.1:9443");
	assert_string_equal(mt5->certificate, "");
	assert_string_equal(mt5->key, "");
	assert_int_equal(mt5->history_us, 30 * DAY_US);
	assert_int_equal(mt5->connections, 16);
	assert_int_equal(mt5->silence_us, 30000000);
	assert_int_equal(mt5->orders_per_day, 200);
	assert_int_equal(mt5->account_count, 1);
	assert_string_equal(mt5->accounts[0].source, "mt5");
	assert_string_equal(mt5->accounts[0].token_file, "/etc/trading/mt5.token");
	assert_int_equal(mt5->accounts[0].aliases.count, 0);
	assert_int_equal(mt5->accounts[0].mode, MODE_ADVISE);
	finish(&loaded);
}

static void
the_first_account_is_that_of_mt5_itself(void **state)
{
	struct loaded loaded = load_good(state, "[mt5.late]\ntoken_file=/t/late\n"
	    "[dtms]\nmode=execute\n"
	    "[mt5]\nenabled=yes\nlisten=[::1]:77\nsource=demo\ntoken_file=/t/demo\n"
	    "aliases=A=B\nhistory=0\nconnections=1\nsilence=500ms\norders_per_day=0\n"
	    "certificate=/c.pem\nkey=/k.pem\n");
	const struct settings_mt5 *mt5 = &loaded.settings.mt5;

	assert_true(mt5->enabled);
	assert_string_equal(mt5->listen, "[::1]:77");
	assert_string_equal(mt5->certificate, "/c.pem");
	assert_string_equal(mt5->key, "/k.pem");
	assert_int_equal(mt5->history_us, 0);
	assert_int_equal(mt5->connections, 1);
	assert_int_equal(mt5->silence_us, 500000);
	assert_int_equal(mt5->orders_per_day, 0);
	assert_int_equal(mt5->account_count, 2);
	assert_string_equal(mt5->accounts[0].source, "demo");
	assert_string_equal(mt5->accounts[0].token_file, "/t/demo");
	assert_string_equal(settings_alias(&mt5->accounts[0].aliases, "A"), "B");
	assert_int_equal(mt5->accounts[0].mode, MODE_EXECUTE);
	finish(&loaded);
}

/* ---- other accounts ---- */

static void
every_section_is_an_account_in_the_order_of_their_first_appearance(void **state)
{
	static const char *const overrides[] = {"mt5.last.token_file=/t/l", "mt5.b.mode=advise", NULL};
	struct loaded loaded = load(state, "[mt5.c]\ntoken_file=/t/c\n[mt5.b]\nmode = execute\n"
	    "[mt5.c]\naliases = X=Y,\n  Z=W\n[mt5.b]\ntoken_file = /t/b\n"
	    "[mt5.A-b_9]\ntoken_file=/t/a\n", overrides);
	const struct settings_mt5 *mt5 = &loaded.settings.mt5;

	assert_int_equal(loaded.error, 0);
	assert_int_equal(mt5->account_count, 5);
	assert_string_equal(mt5->accounts[1].source, "c");
	assert_string_equal(mt5->accounts[1].token_file, "/t/c");
	assert_int_equal(mt5->accounts[1].aliases.count, 2);
	assert_string_equal(settings_alias(&mt5->accounts[1].aliases, "Z"), "W");
	assert_string_equal(mt5->accounts[2].source, "b");
	assert_string_equal(mt5->accounts[2].token_file, "/t/b");
	assert_int_equal(mt5->accounts[2].mode, MODE_ADVISE);
	assert_string_equal(mt5->accounts[3].source, "A-b_9");
	assert_string_equal(mt5->accounts[4].source, "last");
	assert_string_equal(mt5->accounts[4].token_file, "/t/l");
	finish(&loaded);
}

static void
an_account_is_found_by_its_source_alone(void **state)
{
	struct loaded loaded = load_good(state,
	    "[mt5]\nsource=first\n[mt5.second]\ntoken_file=/t/2\n");
	const struct settings *s = &loaded.settings;

	assert_ptr_equal(settings_account(s, "first"), &s->mt5.accounts[0]);
	assert_ptr_equal(settings_account(s, "second"), &s->mt5.accounts[1]);
	assert_null(settings_account(s, "mt5"));
	assert_null(settings_account(s, "binance"));
	assert_null(settings_account(s, "secon"));
	assert_null(settings_account(s, ""));
	finish(&loaded);
}

static void
an_account_without_aliases_of_its_own_has_those_of_mt5(void **state)
{
	struct loaded loaded = load_good(state, "[mt5]\naliases=A=B\n"
	    "[mt5.own]\ntoken_file=/t/1\naliases=A=C\n[mt5.none]\ntoken_file=/t/2\n");
	const struct settings *s = &loaded.settings;

	assert_string_equal(settings_alias(settings_aliases(s, "own"), "A"), "C");
	assert_string_equal(settings_alias(settings_aliases(s, "none"), "A"), "B");
	assert_string_equal(settings_alias(settings_aliases(s, "mt5"), "A"), "B");
	assert_string_equal(settings_alias(settings_aliases(s, "binance"), "A"), "B");
	finish(&loaded);
}

static void
an_account_without_a_mode_of_its_own_has_that_of_dtms(void **state)
{
	static const char sections[] = "[mt5.e]\ntoken_file=/t/1\nmode=execute\n"
	    "[mt5.a]\ntoken_file=/t/2\nmode=advise\n[mt5.none]\ntoken_file=/t/3\nmode=\n"
	    "[mt5.never]\ntoken_file=/t/4\n";

	for (int mode = MODE_ADVISE; mode <= MODE_EXECUTE; mode++) {
		const char *const overrides[] = {
			mode == MODE_EXECUTE ? "dtms.mode=execute" : "dtms.mode=advise", NULL};
		struct loaded loaded = load(state, sections, overrides);
		const struct settings *s = &loaded.settings;

		assert_int_equal(loaded.error, 0);
		assert_int_equal(settings_mode(s, "e"), MODE_EXECUTE);
		assert_int_equal(settings_mode(s, "a"), MODE_ADVISE);
		assert_int_equal(settings_mode(s, "none"), mode);
		assert_int_equal(settings_mode(s, "never"), mode);
		assert_int_equal(settings_mode(s, "mt5"), mode);
		assert_int_equal(settings_mode(s, "binance"), mode);
		finish(&loaded);
	}
}

/* ---- faults ---- */

static void
a_section_that_names_no_source_is_refused(void **state)
{
	static const char *const names[] = {"", "a b", "a.b", "a:b", "a/b", "\303\244",
		"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		char text[256], rest[512];

		snprintf(text, sizeof(text), "[mt5.%s]\n\ntoken_file = /t\n", names[i]);
		snprintf(rest, sizeof(rest), "mt5.%s.token_file: expected mt5.NAME with a NAME of "
		    "1 to 32 letters, digits, - and _", names[i]);
		assert_fault(state, text, 3, rest);
	}
	assert_good(state, "[mt5.ABCDEFGHIJKLMNOPQRSTUVWXYZ012345]\ntoken_file = /t\n");
}

static void
what_an_account_cannot_say_is_named_with_its_line(void **state)
{
	static const struct fault cases[] = {
		{"[mt5.a]\ntoken_file=/t\nlisten = 1.2.3.4:5\n", 3, "mt5.a.listen: no such setting"},
		{"[mt5.a]\ntoken_file=/t\nmode = on\n", 3,
		    "mt5.a.mode = on: expected advise or execute"},
		{"[mt5.a]\ntoken_file=/t\naliases = A=B,\n  A=C\n", 4,
		    "mt5.a.aliases = A=C: expected each one only once"},
		{"[mt5.a]\ntoken_file=/t\naliases = AB\n", 3,
		    "mt5.a.aliases = AB: expected NAME=SYMBOL or NAME=SOURCE:SYMBOL separated by "
		    "commas, as XAUUSDc=XAUUSD"},
		{"[mt5]\nenabled = perhaps\n", 2, "mt5.enabled = perhaps: expected yes or no"},
		{"[mt5]\nmode = execute\n", 2, "mt5.mode: no such setting"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_fault(state, cases[i].text, cases[i].line, cases[i].rest);
}

static void
an_account_without_a_token_is_refused_also_where_it_says_nothing_at_all(void **state)
{
	assert_fault(state, "\n[mt5.a]\nmode = advise\n", 2, "mt5.a: expected a token_file");
	assert_fault(state, "\n[mt5.a]\n", 2, "mt5.a: expected a token_file");
	assert_fault(state, "  [mt5.a]\n", 1, "mt5.a: expected a token_file");
	assert_fault(state, "[mt5.a]\ntoken_file =\n[log]\nlevel=info\n", 1,
	    "mt5.a: expected a token_file");
	assert_fault(state, "[mt5]\nenabled=yes\ntoken_file=\n", 3,
	    "mt5.token_file: expected a file while mt5.enabled is yes");
	assert_good(state, "# [mt5.a]\n;[mt5.b]\n");
}

static void
two_accounts_never_share_a_token(void **state)
{
	assert_fault(state, "[mt5.a]\ntoken_file=/t\n[mt5.b]\nmode=advise\ntoken_file=/t\n", 5,
	    "mt5.b.token_file: expected another file than that of [mt5.a]: a token says which "
	    "account it is");
	assert_fault(state, "[mt5.a]\ntoken_file=/etc/trading/mt5.token\n", 2,
	    "mt5.a.token_file: expected another file than that of [mt5]: a token says which "
	    "account it is");
}

static void
every_source_has_a_name_of_its_own(void **state)
{
	static const struct fault cases[] = {
		{"[mt5]\nsource =\n", 2, "mt5.source: expected 1 to 32 letters, digits, - and _"},
		{"[mt5]\nsource = a:b\n", 2, "mt5.source: expected 1 to 32 letters, digits, - and _"},
		{"[mt5]\nsource = binance\n", 2,
		    "mt5.source: expected another name: the feed of [binance] may be called so"},
		{"[mt5]\nsource = sim\n", 2,
		    "mt5.source: expected another name: the feed of [binance] may be called so"},
		{"[binance]\nsource = paper\n[mt5]\nsource = paper\n", 4,
		    "mt5.source: expected another name: binance.source is the same"},
		{"[binance]\nsource = mt5\n", 2,
		    "binance.source: expected another name: mt5.source is the same"},
		{"[mt5.sim]\ntoken_file=/t\n", 1,
		    "mt5.sim: expected another name: the feed of [binance] may be called so"},
		{"[mt5.mt5]\ntoken_file=/t\n", 1, "mt5.mt5: expected another name: mt5.source is the same"},
		{"[binance]\nsource = p\n[mt5.p]\ntoken_file=/t\n", 3,
		    "mt5.p: expected another name: binance.source is the same"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_fault(state, cases[i].text, cases[i].line, cases[i].rest);
	assert_good(state, "[mt5]\nsource=first\n[mt5.mt5]\ntoken_file=/t\n");
}

static void
without_a_certificate_only_this_machine_is_listened_to(void **state)
{
	static const char *const others[] = {"0.0.0.0:1", "[::]:1", "192.168.0.1:1", "localhost:1",
		"128.0.0.1:1", "[::2]:1", "[::ffff:127.0.0.1]:1", "127.1:1", "example.org:1"};
	static const char *const own[] = {"127.0.0.1:1", "127.255.0.9:1", "[::1]:1", "[0:0::1]:1"};
	char text[256];

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		snprintf(text, sizeof(text), "[mt5]\nlisten = %s\nenabled = yes\n", others[i]);
		assert_fault(state, text, 2, "mt5.listen: expected an address of this machine "
		    "alone, as 127.0.0.1, or mt5.certificate and mt5.key");
		snprintf(text, sizeof(text), "[mt5]\nlisten = %s\n", others[i]);
		assert_good(state, text);
		snprintf(text, sizeof(text),
		    "[mt5]\nlisten = %s\nenabled = yes\ncertificate=/c\nkey=/k\n", others[i]);
		assert_good(state, text);
	}
	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++) {
		snprintf(text, sizeof(text), "[mt5]\nlisten = %s\nenabled = yes\n", own[i]);
		assert_good(state, text);
	}
}

static void
what_must_hold_across_the_settings_of_mt5_is_named_where_it_was_set(void **state)
{
	static const struct fault cases[] = {
		{"[mt5]\ncertificate = /c\n", 2, "mt5.certificate: expected mt5.key as well"},
		{"[mt5]\nkey = /k\n", 2, "mt5.key: expected mt5.certificate as well"},
		{"[mt5]\nenabled=yes\nlisten=0.0.0.0:1\nkey = /k\n", 4,
		    "mt5.key: expected mt5.certificate as well"},
		{"[mt5]\nconnections = 0\n", 2, "mt5.connections: expected 1 or more"},
		{"[mt5]\nsilence = 0\n", 2, "mt5.silence: expected more than 0"},
		{"[mt5]\nenabled=yes\nlisten = 127.0.0.1:8000\n", 3,
		    "mt5.listen: expected another port than that of api.listen"},
		{"[mt5]\nenabled=yes\n[api]\nlisten = 127.0.0.1:9443\n", 4,
		    "api.listen: expected another port than that of mt5.listen"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_fault(state, cases[i].text, cases[i].line, cases[i].rest);
	assert_good(state, "[mt5]\nlisten = 127.0.0.1:8000\n");
	assert_good(state, "[mt5]\nenabled=yes\nlisten=127.0.0.1:0\n[api]\nlisten=127.0.0.1:0\n");
}

/* ---- options and printing ---- */

static void
an_option_names_an_account_by_all_before_its_last_dot(void **state)
{
	static const char *const overrides[] = {"mt5.a.token_file=/t/a.token=1.2",
		"mt5.a.aliases=XAUUSD.r=binance:PAXG.USDT", NULL};
	static const char *const wrong[] = {"mt5.a.colour=x.y", NULL};
	struct loaded loaded = load(state, "", overrides);

	assert_int_equal(loaded.error, 0);
	assert_string_equal(loaded.settings.mt5.accounts[1].token_file, "/t/a.token=1.2");
	assert_string_equal(settings_alias(settings_aliases(&loaded.settings, "a"), "XAUUSD.r"),
	    "binance:PAXG.USDT");
	finish(&loaded);
	loaded = load(state, "[mt5.a]\ntoken_file=/t\n", wrong);
	assert_int_equal(loaded.faults.count, 1);
	assert_string_equal(loaded.faults.texts[0], "-o: mt5.a.colour: no such setting");
	finish(&loaded);
}

/* settings_print(), the caller's to free. */
static char *
printed(const struct settings *settings)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	settings_print(settings, out);
	fclose(out);
	return text;
}

static void
printed_accounts_are_accepted_by_o_and_printed_the_same_again(void **state)
{
	struct loaded loaded = load_good(state, "[mt5.two]\ntoken_file=/t/2\naliases=A=B C=d:E\n"
	    "[dtms]\nmode=execute\n[mt5.one]\ntoken_file=/t/1\nmode=advise\n");
	char *text = printed(&loaded.settings), *copy = strdup(text), *rest = copy, *line, *again;
	const char *options[OVERRIDES_MAX] = {0};

	finish(&loaded);
	assert_non_null(strstr(text, "\nmt5.two.token_file=/t/2\nmt5.two.aliases=A=B,C=d:E\n"
	    "mt5.two.mode=execute\nmt5.one.token_file=/t/1\nmt5.one.aliases=\nmt5.one.mode=advise\n"));
	for (size_t count = 0; (line = strsep(&rest, "\n")) != NULL && *line != '\0'; count++) {
		assert_true(count < OVERRIDES_MAX - 1);
		options[count] = line;
	}
	loaded = load(state, "", options);
	assert_int_equal(loaded.error, 0);
	again = printed(&loaded.settings);
	assert_string_equal(again, text);
	finish(&loaded);
	free(text);
	free(copy);
	free(again);
}

/* Its section is a comment: what it shows is an account only once its user says so. */
static void
the_account_of_the_sample_wants_no_more_than_its_token(void **state)
{
	char *table = NULL, *section;
	size_t size;
	FILE *out = open_memstream(&table, &size);
	struct loaded loaded;

	settings_print_table(out);
	fclose(out);
	section = strstr(table, "\n#[mt5.NAME]\n");
	assert_non_null(section);
	for (char *at = section; (at = strstr(at, "\n#")) != NULL; at++)
		if (at[2] != ' ')
			memmove(at + 1, at + 2, strlen(at + 2) + 1);
	loaded = load(state, section, NULL);
	assert_int_equal(loaded.faults.count, 1);
	assert_non_null(strstr(loaded.faults.texts[0], ": mt5.NAME: expected a token_file"));
	assert_int_equal(loaded.settings.mt5.accounts[1].mode, MODE_ADVISE);
	finish(&loaded);
	free(table);
}

#define ON_DISK(test) cmocka_unit_test_setup_teardown(test, scratch_make, scratch_remove)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ON_DISK(without_settings_nothing_listens_and_the_one_account_is_mt5),
		ON_DISK(the_first_account_is_that_of_mt5_itself),
		ON_DISK(every_section_is_an_account_in_the_order_of_their_first_appearance),
		ON_DISK(an_account_is_found_by_its_source_alone),
		ON_DISK(an_account_without_aliases_of_its_own_has_those_of_mt5),
		ON_DISK(an_account_without_a_mode_of_its_own_has_that_of_dtms),
		ON_DISK(a_section_that_names_no_source_is_refused),
		ON_DISK(what_an_account_cannot_say_is_named_with_its_line),
		ON_DISK(an_account_without_a_token_is_refused_also_where_it_says_nothing_at_all),
		ON_DISK(two_accounts_never_share_a_token),
		ON_DISK(every_source_has_a_name_of_its_own),
		ON_DISK(without_a_certificate_only_this_machine_is_listened_to),
		ON_DISK(what_must_hold_across_the_settings_of_mt5_is_named_where_it_was_set),
		ON_DISK(an_option_names_an_account_by_all_before_its_last_dot),
		ON_DISK(printed_accounts_are_accepted_by_o_and_printed_the_same_again),
		ON_DISK(the_account_of_the_sample_wants_no_more_than_its_token),
	};

	return cmocka_run_group_tests_name("common/settings_mt5", tests, NULL, NULL);
}
