/*
 * Writes market_facts: what the structure of a market did, each fact once, at the close of the bar
 * that made it known.
 *
 * A fact that is there already is not touched; one that a later look at the same bar finds no
 * longer true is deleted.
 */
#ifndef ANALYSISD_FACTS_H
#define ANALYSISD_FACTS_H

#include <stdint.h>

#include "analysisd/structure.h"
#include "common/database.h"

struct facts;

/* Whose bar it is; borrowed. */
struct facts_place {
	const char *source, *symbol;
	enum timeframe timeframe;
};

/* `db` (analysis_data.db, writable) is borrowed.  Errors as database_step(). */
__attribute__((warn_unused_result)) int
facts_create(struct facts **ret, struct database *db);

void
facts_free(struct facts *facts);

/* The facts of the bar at structure->bar_us are these and no others. */
__attribute__((warn_unused_result)) int
facts_write(struct facts *facts, const struct facts_place *place,
    const struct structure *structure);

/* Deletes facts of bars before before_us, in all timeframes, `limit` at the most: their number. */
__attribute__((warn_unused_result)) int
facts_delete(struct facts *facts, const char *source, const char *symbol, int64_t before_us,
    int limit);

#endif
