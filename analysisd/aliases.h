/*
 * What a symbol is called elsewhere ([mt5] aliases): NAME=SYMBOL says what else it is called, and
 * NAME=SOURCE:SYMBOL whose market it is compared with, and whose order flow it borrows.  Pure.
 */
#ifndef ANALYSISD_ALIASES_H
#define ANALYSISD_ALIASES_H

#include "common/settings.h"

#define ALIASES_FOLLOWED 8 /* one behind another at the most: they may go in a circle */

/*
 * Follows the aliases of a symbol to its last plain name, which is returned; *ret_paired is the
 * SOURCE:SYMBOL that was met on the way, NULL for none.  All borrowed; `aliases` may be NULL.
 */
const char *
aliases_follow(const struct string_list *aliases, const char *symbol, const char **ret_paired);

#endif
