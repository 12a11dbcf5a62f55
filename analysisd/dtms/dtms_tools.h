/*
 * What DTMS works with, and whom it tells.
 */
#ifndef ANALYSISD_DTMS_DTMS_TOOLS_H
#define ANALYSISD_DTMS_DTMS_TOOLS_H

#include <stdbool.h>
#include <stdint.h>

#include "analysisd/market_reader.h"
#include "analysisd/market_table.h"
#include "common/database.h"
#include "common/settings.h"

/*
 * Told of each action once it is committed, of each alert, and of what people should know beside
 * these (`action` is NULL then, and `alert` false): for the journal and [alerts].
 */
struct dtms_news {
	bool alert;
	const char *source, *symbol, *account, *action, *status, *reason, *state_from, *state_to;
	int64_t ticket, time_us;
};
typedef void dtms_news_callback(void *context, const struct dtms_news *news);

/* Borrows all of it. */
struct dtms_tools {
	struct market_reader *reader;
	struct database *analysis_db;
	const struct settings *settings;
	const struct market_table *table; /* symbols and clocks, as they were last read */
	dtms_news_callback *news;	  /* may be NULL */
	void *news_context;
	int64_t (*created)(void);	  /* see dtms_store_create() */
	bool past; /* a replay: what people said is heard when its time has come, not before */
};

#endif
