/*
 * What a symbol is called elsewhere (settings_aliases() of its source): NAME=SYMBOL says what else it
 * is called, and NAME=SOURCE:SYMBOL whose market it is compared with, and whose order flow it
 * borrows.  Pure.
 */
#ifndef ANALYSISD_ALIASES_H
#define ANALYSISD_ALIASES_H

#include "common/settings.h"

#define ALIASES_FOLLOWED 8 /* one behind another at the most: they may go in a circle */

/*
 * Follows the aliases of a symbol of that source to its last plain name, which is returned;
 * *ret_paired is the SOURCE:SYMBOL that was met on the way, NULL for none.  All borrowed; `settings`
 * may be NULL: there are no aliases.
 */
const char *
aliases_follow(const struct settings *settings, const char *source, const char *symbol,
    const char **ret_paired);

#endif
