#include "common/settings_accounts.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "common/settings_table.h"

#define SECTION "mt5."

/* ---- names ---- */

static bool
source_ok(const char *name)
{
	size_t length = strlen(name);

	if (length == 0 || length > SETTINGS_SOURCE_MAX)
		return false;
	for (size_t i = 0; i < length; i++)
		if (!isalnum((unsigned char)name[i]) && name[i] != '-' && name[i] != '_')
			return false;
	return true;
}

bool
settings_accounts_is_section(const char *section)
{
	return strncmp(section, SECTION, strlen(SECTION)) == 0;
}

/* ---- adding ---- */

/* Room for one more, all zero; NULL when out of memory. */
static struct settings_account *
grow(struct settings_loading *loading)
{
	struct settings_mt5 *mt5 = &loading->settings->mt5;
	struct settings_account *accounts = reallocarray(mt5->accounts, mt5->account_count + 1,
	    sizeof(*accounts));
	struct settings_account_places *places = reallocarray(loading->accounts_at,
	    mt5->account_count + 1, sizeof(*places));

	if (accounts != NULL)
		mt5->accounts = accounts;
	if (places != NULL)
		loading->accounts_at = places;
	if (accounts == NULL || places == NULL) {
		loading->no_memory = true;
		return NULL;
	}
	places[mt5->account_count] =
	    (struct settings_account_places){loading->place, loading->place};
	accounts[mt5->account_count] = (struct settings_account){0};
	return &accounts[mt5->account_count++];
}

void
settings_accounts_begin(struct settings_loading *loading)
{
	(void)grow(loading);
}

/* The number of the account of that name, added where it is new; 0 when out of memory. */
static size_t
find_or_add(struct settings_loading *loading, const char *name)
{
	const struct settings_mt5 *mt5 = &loading->settings->mt5;
	struct settings_account *account;

	for (size_t i = 1; i < mt5->account_count; i++)
		if (mt5->accounts[i].source != NULL && strcmp(mt5->accounts[i].source, name) == 0)
			return i;
	account = grow(loading);
	if (account == NULL)
		return 0;
	settings_set_text(&account->source, name, &loading->no_memory);
	settings_table_defaults(settings_account_table(), account, &loading->no_memory);
	return mt5->account_count - 1;
}

void
settings_accounts_section(struct settings_loading *loading, const char *section)
{
	if (source_ok(section + strlen(SECTION)))
		(void)find_or_add(loading, section + strlen(SECTION));
}

static void
set_row(struct settings_loading *loading, size_t number, const struct settings_row *row,
    const char *value)
{
	struct settings_account *account = &loading->settings->mt5.accounts[number];
	const char *expected = settings_value_read(row->type, value, loading->place.continued,
	    (char *)account + row->offset, &loading->no_memory);
	char what[512];

	if (row->offset == offsetof(struct settings_account, token_file))
		loading->accounts_at[number].token_file = loading->place;
	if (expected == NULL)
		return;
	snprintf(what, sizeof(what), SECTION "%s.%s = %.200s: expected %s", account->source,
	    row->name, value, expected);
	settings_fault_add(loading, &loading->place, what);
}

void
settings_accounts_set(struct settings_loading *loading, const char *section, const char *name,
    const char *value)
{
	const struct settings_row *row =
	    settings_table_find(settings_account_table(), SECTION "NAME", name);
	char what[512];
	size_t number;

	if (!source_ok(section + strlen(SECTION))) {
		snprintf(what, sizeof(what), "%.100s.%.100s: expected mt5.NAME with a NAME of 1 to "
		    "%d letters, digits, - and _", section, name, SETTINGS_SOURCE_MAX);
		settings_fault_add(loading, &loading->place, what);
	} else if (row == NULL) {
		snprintf(what, sizeof(what), "%.100s.%.100s: no such setting", section, name);
		settings_fault_add(loading, &loading->place, what);
	} else {
		number = find_or_add(loading, section + strlen(SECTION));
		if (number > 0)
			set_row(loading, number, row, value);
	}
}

/* ---- the end ---- */

/* Why that account cannot have its name; NULL where it can. */
static const char *
namesake(const struct settings *settings, size_t number)
{
	const char *source = settings->mt5.accounts[number].source;

	if (strcmp(source, "binance") == 0 || strcmp(source, "sim") == 0)
		return "another name: the feed of [binance] may be called so";
	if (strcmp(source, settings->binance.source) == 0)
		return "another name: binance.source is the same";
	if (number > 0 && strcmp(source, settings->mt5.source) == 0)
		return "another name: mt5.source is the same";
	return NULL;
}

static void
fault_of_account(struct settings_loading *loading, size_t number, const char *expected)
{
	char what[512];

	snprintf(what, sizeof(what), SECTION "%s: expected %s",
	    loading->settings->mt5.accounts[number].source, expected);
	settings_fault_add(loading, &loading->accounts_at[number].section, what);
}

static void
check_first_source(struct settings_loading *loading)
{
	const struct settings *settings = loading->settings;
	const char *expected = namesake(settings, 0);

	if (!source_ok(settings->mt5.source))
		settings_fault_unless(loading, false, &settings->mt5.source,
		    "1 to 32 letters, digits, - and _");
	else if (settings_is_default(loading, &settings->mt5.source))
		settings_fault_unless(loading, expected == NULL, &settings->binance.source,
		    "another name: mt5.source is the same");
	else
		settings_fault_unless(loading, expected == NULL, &settings->mt5.source, expected);
}

static void
check_source(struct settings_loading *loading, size_t number)
{
	const char *expected = namesake(loading->settings, number);

	if (expected != NULL)
		fault_of_account(loading, number, expected);
}

/* The first account before this one with the same file; its own number where there is none. */
static size_t
same_token_file(const struct settings_mt5 *mt5, size_t number)
{
	size_t i = 0;

	while (i < number &&
	    strcmp(mt5->accounts[i].token_file, mt5->accounts[number].token_file) != 0)
		i++;
	return i;
}

static void
check_token_file(struct settings_loading *loading, size_t number)
{
	const struct settings_mt5 *mt5 = &loading->settings->mt5;
	size_t other = same_token_file(mt5, number);
	char what[512];

	if (mt5->accounts[number].token_file[0] == '\0') {
		fault_of_account(loading, number, "a token_file");
	} else if (other < number) {
		snprintf(what, sizeof(what), SECTION "%s.token_file: expected another file than "
		    "that of [mt5%s%s]: a token says which account it is",
		    mt5->accounts[number].source, other == 0 ? "" : ".",
		    other == 0 ? "" : mt5->accounts[other].source);
		settings_fault_add(loading, &loading->accounts_at[number].token_file, what);
	}
}

void
settings_accounts_end(struct settings_loading *loading)
{
	struct settings *settings = loading->settings;
	struct settings_mt5 *mt5 = &settings->mt5;

	mt5->accounts[0] = (struct settings_account){mt5->source, mt5->token_file, mt5->aliases,
	    settings->dtms.mode};
	check_first_source(loading);
	settings_fault_unless(loading, !mt5->enabled || mt5->token_file[0] != '\0',
	    &mt5->token_file, "a file while mt5.enabled is yes");
	for (size_t i = 1; i < mt5->account_count; i++) {
		if (mt5->accounts[i].mode == MODE_NONE)
			mt5->accounts[i].mode = settings->dtms.mode;
		check_source(loading, i);
		check_token_file(loading, i);
	}
}

void
settings_accounts_print(const struct settings *settings, FILE *out)
{
	struct settings_table table = settings_account_table();

	for (size_t i = 1; i < settings->mt5.account_count; i++)
		for (size_t row = 0; row < table.count; row++) {
			const struct settings_account *account = &settings->mt5.accounts[i];

			fprintf(out, SECTION "%s.%s=", account->source, table.rows[row].name);
			settings_value_print(table.rows[row].type,
			    (const char *)account + table.rows[row].offset, out);
			fputc('\n', out);
		}
}

/* The first one has nothing of its own. */
void
settings_accounts_free(struct settings *settings)
{
	for (size_t i = 1; i < settings->mt5.account_count; i++) {
		settings_table_free(settings_account_table(), &settings->mt5.accounts[i]);
		free(settings->mt5.accounts[i].source);
	}
	free(settings->mt5.accounts);
}

/* ---- asking ---- */

const struct settings_account *
settings_account(const struct settings *settings, const char *source)
{
	for (size_t i = 0; i < settings->mt5.account_count; i++)
		if (strcmp(settings->mt5.accounts[i].source, source) == 0)
			return &settings->mt5.accounts[i];
	return NULL;
}

const struct string_list *
settings_aliases(const struct settings *settings, const char *source)
{
	const struct settings_account *account = settings_account(settings, source);

	return account == NULL || account->aliases.count == 0 ? &settings->mt5.aliases :
								 &account->aliases;
}

int
settings_mode(const struct settings *settings, const char *source)
{
	const struct settings_account *account = settings_account(settings, source);

	return account == NULL ? settings->dtms.mode : account->mode;
}
