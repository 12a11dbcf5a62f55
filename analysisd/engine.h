/*
 * What analysisd does with tickd's database once there is one: what closes is analysed, and the open
 * trades are decided.  What is stored is right: after a failure it is closed, and opened anew.
 */
#ifndef ANALYSISD_ENGINE_H
#define ANALYSISD_ENGINE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "analysisd/dtms/dtms.h"
#include "analysisd/markets.h"

struct engine;

/* Borrows all of it. */
struct engine_tools {
	const struct settings *settings;
	struct database *analysis_db;
	dtms_news_callback *news;
	void *news_context;
};

struct engine_figures {
	struct markets_figures markets;
	struct dtms_figures dtms;
};

/* Returns 0 or -errno with *problem filled; -ENOENT until tickd has made its database. */
__attribute__((warn_unused_result)) int
engine_open(struct engine **ret, const struct engine_tools *tools, struct problem *problem);

/* NULL is allowed. */
void
engine_close(struct engine *engine);

/* tickd's. */
struct database *
engine_database(struct engine *engine);

/*
 * Looks at what has come, analyses until half of budget_us is used up, and decides until the rest
 * is.  Returns 1 when there is more to do, 0, or -errno with *problem filled: close it then.
 */
__attribute__((warn_unused_result)) int
engine_turn(struct engine *engine, int64_t budget_us, bool *ret_wrote, struct problem *problem);

/* True when a trade is to be decided upon now. */
bool
engine_is_due(const struct engine *engine);

/* See markets_until_close(). */
int64_t
engine_until_close(const struct engine *engine);

/* Deletes at most `limit` old rows.  Returns their number, or -errno as engine_turn() does. */
__attribute__((warn_unused_result)) int
engine_retain(struct engine *engine, int limit, struct problem *problem);

/* See dtms_answer(). */
json_t *
engine_answer_dtms(struct engine *engine, const json_t *request);

/*
 * {"command": "analyse", "symbol": SYMBOL or SOURCE:SYMBOL [, "timeframe": "M5" ..] [, "time": us]}:
 * the bar that holds the time, of M5 where nothing else is said; see markets_analyse().  A new
 * reference, NULL: out of memory.
 */
json_t *
engine_answer_analyse(struct engine *engine, const json_t *request);

void
engine_figures(const struct engine *engine, struct engine_figures *ret);

#endif
