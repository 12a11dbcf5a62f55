/*
 * What must hold across settings.
 */
#ifndef COMMON_SETTINGS_CHECK_H
#define COMMON_SETTINGS_CHECK_H

#include "common/settings_loading.h"

/* Adds a fault for all that does not hold among those of settings_table(). */
void
settings_check(struct settings_loading *loading);

#endif
