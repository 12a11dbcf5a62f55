#define _GNU_SOURCE
#include "tests/watch/watched.h"

#include <string.h>

#include "analysisd/dtms/dtms.h"
#include "analysisd/market_reader.h"
#include "analysisd/markets.h"
#include "common/clock.h"
#include "tests/unit/failing_vfs.h"
#include "tests/watch/watch.h"

#define LONG_US (60 * CLOCK_SECOND_US)

static struct {
	const struct settings *settings;
	struct market_reader *reader;
	struct database *db;
	struct markets *markets;
	struct dtms *dtms;
	int every, kills, alerts;
} watched;

static void
on_news(void *context, const struct dtms_news *news)
{
	watched.alerts += news->alert;
}

static void
on_change(void *context, const struct market_change *change)
{
	if (watched.dtms != NULL) /* not before it is made: it knows nothing then */
		dtms_change(watched.dtms, change->symbol_id, change->from_us);
}

/* ---- life ---- */

static void
start(void)
{
	const struct sources_keep keep = {.live_source = "sim"};
	const char *folder = watch_folder();
	struct problem problem;

	if (market_reader_open(&watched.reader, folder, &problem) < 0 ||
	    database_open(&watched.db, ROLE_ANALYSISD, DATABASE_ANALYSIS, ACCESS_WRITE, folder,
		&problem) < 0 ||
	    markets_create(&watched.markets, watched.reader, watched.db, &keep, &problem) < 0)
		watch_fail("%s", problem.text);
	const struct dtms_tools tools = {.reader = watched.reader, .analysis_db = watched.db,
		.settings = watched.settings, .table = markets_table(watched.markets),
		.news = on_news};

	if (dtms_create(&watched.dtms, &tools, &problem) < 0)
		watch_fail("%s", problem.text);
	if (markets_pair(watched.markets, watched.settings) < 0)
		watch_fail("%s", database_error(watched.db));
	markets_on_change(watched.markets, on_change, NULL);
	if (watched.every > 0)
		failing_arm(FAILING_WRITE, watched.every, SQLITE_IOERR_WRITE, true);
}

static void
finish(void)
{
	dtms_free(watched.dtms);
	watched.dtms = NULL;
	markets_free(watched.markets);
	database_close(watched.db);
	market_reader_close(watched.reader);
}

void
watched_begin(const struct settings *settings)
{
	memset(&watched, 0, sizeof(watched));
	watched.settings = settings;
	if (failing_vfs_begin(NULL) != 0)
		watch_fail("no file system to fail in");
	start();
}

void
watched_kill(void)
{
	/* Nothing is written any more: neither what is under way, nor a checkpoint at the close. */
	failing_arm(FAILING_WRITE, 1, SQLITE_IOERR_WRITE, true);
	finish();
	failing_disarm();
	start();
}

void
watched_kill_every(int writes)
{
	watched.every = writes;
	failing_disarm();
	if (writes > 0)
		failing_arm(FAILING_WRITE, writes, SQLITE_IOERR_WRITE, true);
}

int
watched_kills(void)
{
	return watched.kills;
}

/* ---- looking ---- */

/* Returns 1 while there is more, 0, -errno. */
static int
look_once(struct problem *problem)
{
	bool wrote;
	int result = markets_turn(watched.markets, LONG_US, &wrote, problem), more;

	if (result < 0)
		return result;
	more = dtms_turn(watched.dtms, clock_monotonic_us() + LONG_US, &wrote, problem);
	return more < 0 ? more : result | more;
}

void
watched_look(void)
{
	struct problem problem;
	int result, attempts = 0;

	while ((result = look_once(&problem)) != 0) {
		if (result > 0)
			continue;
		if (watched.every == 0 || ++attempts > 10000)
			watch_fail("%s", problem.text);
		watched.kills++;
		watched_kill();
		/* Each life gets a little further than it needs to begin. */
		if (attempts % 8 == 0)
			watched.every++;
	}
}

/* Whoever was cut off asks again; what was stored all the same is then known, which is as well. */
json_t *
watched_ask(json_t *request)
{
	json_t *answer = dtms_answer(watched.dtms, request);

	if (watched.every > 0 && failing.failed > 0) {
		watched.kills++;
		watched_kill();
		watched_look();
		json_decref(answer);
		answer = dtms_answer(watched.dtms, request);
	}
	json_decref(request);
	if (answer == NULL)
		watch_fail("no answer");
	return answer;
}

struct database *
watched_database(void)
{
	return watched.db;
}

int
watched_alerts(void)
{
	return watched.alerts;
}

void
watched_end(void)
{
	failing_disarm();
	finish();
}
