/* What the script does to storage, behind storage.h. */
#ifndef SCENARIO_STORAGE_SIDE_H
#define SCENARIO_STORAGE_SIDE_H

#include <stdbool.h>

#include "common/database.h"
#include "tickd/store/storage.h"

/* The disk takes nothing until it is well again. */
void
storage_side_break(bool broken);

/* The process dies: what is not committed is gone, and nothing more is. */
void
storage_side_die(struct storage *storage);

struct database *
storage_side_database(struct storage *storage);

#endif
