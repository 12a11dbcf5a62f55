#define _GNU_SOURCE
#include "tickd/store/terminal_retention.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/candle.h"
#include "tickd/store/retention.h"
#include "tickd/store/venue_retention.h"

#define LOOK_US INT64_C(10000000) /* whether a source's clock has moved on, by ours */

/* A source, and for which slot of its clock the last round was made. */
struct source {
	struct source *next;
	char *name;
	int64_t round_us;
};

struct terminal_retention {
	const struct settings *settings;
	struct database *db;
	struct venue_retention *venue; /* NULL before it is needed */
	struct source *sources;
	int64_t looked_us;
	/* The round under way: */
	struct source *source; /* NULL without one */
	int64_t clock_us;
	struct store *store;
	struct string_list names;
	struct retention market;
};

struct terminal_retention *
terminal_retention_create(const struct settings *settings, struct database *db)
{
	struct terminal_retention *retention = calloc(1, sizeof(*retention));

	if (retention == NULL)
		return NULL;
	retention->settings = settings;
	retention->db = db;
	retention->looked_us = INT64_MIN;
	return retention;
}

/* ---- sources ---- */

static struct source *
find_source(struct terminal_retention *retention, const char *name)
{
	struct source *source = retention->sources;

	while (source != NULL && strcmp(source->name, name) != 0)
		source = source->next;
	if (source != NULL)
		return source;
	source = calloc(1, sizeof(*source));
	if (source == NULL)
		return NULL;
	source->name = strdup(name);
	if (source->name == NULL) {
		free(source);
		return NULL;
	}
	source->round_us = INT64_MIN;
	source->next = retention->sources;
	retention->sources = source;
	return source;
}

/* Returns 1 where the row's source is due, which is then the one of the round. */
static int
look_at(struct terminal_retention *retention, sqlite3_stmt *row, int64_t now_us)
{
	const char *name = (const char *)sqlite3_column_text(row, 0);
	struct source *source = name == NULL ? NULL : find_source(retention, name);
	int64_t clock_us = sqlite3_column_int64(row, 1);

	if (source == NULL)
		return -ENOMEM;
	/* A tick of some far future must not delete everything. */
	if (clock_us > now_us)
		clock_us = now_us;
	if (candle_slot(clock_us) <= source->round_us)
		return 0;
	retention->source = source;
	retention->clock_us = clock_us;
	return 1;
}

/* 1 with a source that is due, 0 without one. */
static int
find_due(struct terminal_retention *retention, int64_t now_us)
{
	sqlite3_stmt *row;
	int result = database_prepare(retention->db, "SELECT source, (SELECT max(newest_us)"
	    " FROM symbols s WHERE s.source = b.source) AS clock FROM broker_accounts b"
	    " WHERE clock IS NOT NULL", &row);

	if (result < 0)
		return result;
	while ((result = database_step(retention->db, row)) == 1) {
		result = look_at(retention, row, now_us);
		if (result != 0)
			break;
	}
	sqlite3_finalize(row);
	return result;
}

/* ---- a round ---- */

static void
free_names(struct string_list *names)
{
	for (size_t i = 0; i < names->count; i++)
		free(names->items[i]);
	free(names->items);
	*names = (struct string_list){0};
}

static void
end_round(struct terminal_retention *retention)
{
	store_free(retention->store);
	retention->store = NULL;
	free_names(&retention->names);
	retention->source = NULL;
}

#ifndef __clang__
/* gcc loses sight of what a list in a list holds. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wanalyzer-malloc-leak"
#endif

static int
add_name(struct string_list *names, const char *name)
{
	char **items = reallocarray(names->items, names->count + 1, sizeof(*items));

	if (items == NULL)
		return -ENOMEM;
	names->items = items;
	items[names->count] = name == NULL ? NULL : strdup(name);
	if (items[names->count] == NULL)
		return -ENOMEM;
	names->count++;
	return 0;
}

#ifndef __clang__
#pragma GCC diagnostic pop
#endif

static int
read_names(struct terminal_retention *retention)
{
	sqlite3_stmt *row;
	int result = database_prepare(retention->db, "SELECT symbol FROM symbols WHERE source = ?1"
	    " AND id_kind = 'ordinal'", &row);

	if (result < 0)
		return result;
	sqlite3_bind_text(row, 1, retention->source->name, -1, SQLITE_STATIC);
	while ((result = database_step(retention->db, row)) == 1) {
		result = add_name(&retention->names, (const char *)sqlite3_column_text(row, 0));
		if (result < 0)
			break;
	}
	sqlite3_finalize(row);
	return result;
}

/* In one transaction, or each symbol would be one. */
static int
create_store(struct terminal_retention *retention)
{
	struct problem unused;
	int result = database_execute(retention->db, "BEGIN IMMEDIATE");

	if (result < 0)
		return result;
	result = store_create(&retention->store, retention->db, retention->source->name,
	    &retention->names, TICK_IDS_ORDINAL, &unused);
	if (result == 0)
		result = database_execute(retention->db, "COMMIT");
	if (result < 0 && !sqlite3_get_autocommit(database_handle(retention->db)))
		(void)!database_execute(retention->db, "ROLLBACK");
	return result;
}

/* All of the source's symbols, also those that no terminal names any more. */
static int
begin_round(struct terminal_retention *retention)
{
	int result = retention->venue == NULL ?
	    venue_retention_create(&retention->venue, retention->db) : 0;

	if (result == 0)
		result = read_names(retention);
	if (result == 0)
		result = create_store(retention);
	if (result < 0) {
		end_round(retention);
		return result;
	}
	retention_begin_round(&retention->market, retention->settings, retention->store,
	    retention->clock_us);
	return 0;
}

static int
delete_venue(struct terminal_retention *retention)
{
	int64_t keep_us = retention->settings->retention.positions_us;

	return keep_us == 0 ? 0 : venue_retention_delete(retention->venue, retention->source->name,
	    retention->clock_us - keep_us, RETENTION_SLICE);
}

static int
delete_slice(struct terminal_retention *retention, int64_t now_us)
{
	int result;

	if (retention_waits(&retention->market, now_us))
		return retention_turn(&retention->market, now_us);
	result = delete_venue(retention);
	if (result == 0) {
		retention->source->round_us = candle_slot(retention->clock_us);
		end_round(retention);
	}
	return result;
}

/* ---- turns ---- */

bool
terminal_retention_waits(const struct terminal_retention *retention, int64_t now_us)
{
	/* Our clock may have been set back. */
	return retention->source != NULL || retention->looked_us > now_us ||
	    retention->looked_us < now_us - LOOK_US;
}

int
terminal_retention_turn(struct terminal_retention *retention, int64_t now_us)
{
	int result;

	if (!terminal_retention_waits(retention, now_us))
		return 0;
	if (retention->source != NULL)
		return delete_slice(retention, now_us);
	result = find_due(retention, now_us);
	if (result == 0)
		retention->looked_us = now_us;
	return result == 1 ? begin_round(retention) : result;
}

void
terminal_retention_free(struct terminal_retention *retention)
{
	if (retention == NULL)
		return;
	end_round(retention);
	venue_retention_free(retention->venue);
	while (retention->sources != NULL) {
		struct source *next = retention->sources->next;

		free(retention->sources->name);
		free(retention->sources);
		retention->sources = next;
	}
	free(retention);
}
