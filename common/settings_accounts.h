/*
 * The accounts of MetaTrader 5 among the settings: that of [mt5], and one of each [mt5.NAME].
 */
#ifndef COMMON_SETTINGS_ACCOUNTS_H
#define COMMON_SETTINGS_ACCOUNTS_H

#include "common/settings_loading.h"

#define SETTINGS_SOURCE_MAX 32 /* bytes of the name of a source */

/* Makes room for the first account.  Out of memory is noted. */
void
settings_accounts_begin(struct settings_loading *loading);

/* True for "mt5.ANYTHING". */
bool
settings_accounts_is_section(const char *section);

/* The section of an account begins at loading->place: the account exists from now on. */
void
settings_accounts_section(struct settings_loading *loading, const char *section);

/* Sets `name` of the account of that section; a fault where section, name or value is none. */
void
settings_accounts_set(struct settings_loading *loading, const char *section, const char *name,
    const char *value);

/* After the last value: fills in what follows from [mt5] and [dtms], and checks the accounts. */
void
settings_accounts_end(struct settings_loading *loading);

/* All but the first as "mt5.NAME.SETTING=VALUE" lines. */
void
settings_accounts_print(const struct settings *settings, FILE *out);

void
settings_accounts_free(struct settings *settings);

#endif
