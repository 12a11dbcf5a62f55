#include "analysisd/analysisd.h"

#include <errno.h>
#include <string.h>
#include <uv.h>

#include "analysisd/market_reader.h"
#include "analysisd/markets.h"
#include "common/checkpointer.h"
#include "common/clock.h"
#include "common/database.h"
#include "common/log.h"
#include "common/program.h"
#include "common/retention.h"
#include "common/service.h"
#include "common/wake.h"

#define TURN_US (20 * CLOCK_MS_US) /* of work at a time: signs of life and signals go between */
#define BREATH_MS 1 /* between turns; with 0 libuv would run timers and nothing else */
#define GATHER_MS 10		   /* commits that come within this are looked at together */
#define GATHER_CLOSE_MS 1	   /* when a candle is about to close: it is waited for */
#define CLOSE_NEAR_US (50 * CLOCK_MS_US) /* of the source's clock: that is about to */
#define NET_MS 1000		   /* without a datagram: has tickd committed? can it be opened? */
#define SAME_PROBLEM_US (60 * CLOCK_SECOND_US) /* one that lasts is said again after this */

struct analysisd {
	const struct settings *settings;
	struct service *service;
	struct database *analysis_db;
	struct checkpointer *checkpointer;
	struct wake_receiver *receiver;
	struct wake_sender *sender;
	struct market_reader *reader; /* NULL until tickd has made its database */
	struct markets *markets;      /* NULL whenever reader is */
	int64_t seen_version;	      /* PRAGMA data_version at the last look */
	int64_t pending;	      /* symbols, after the last turn */
	struct retention_pace pace;   /* of deleting old results */
	struct problem problem;	      /* the last one said */
	int64_t problem_said_us;
	uv_timer_t turn_timer, net_timer, retain_timer;
};

/* ---- the databases ---- */

/* Waiting for tickd is no fault: said once, at the level of a notice. */
static void
say_problem(struct analysisd *analysisd, int error, const struct problem *problem)
{
	bool waiting = error == -ENOENT;
	int64_t now_us = clock_monotonic_us();

	service_set_degraded(analysisd->service, !waiting);
	service_set_status(analysisd->service, "%s", problem->text);
	if (strcmp(problem->text, analysisd->problem.text) == 0 &&
	    now_us - analysisd->problem_said_us < SAME_PROBLEM_US)
		return;
	analysisd->problem = *problem;
	analysisd->problem_said_us = now_us;
	log_event(waiting ? LOG_NOTICE : LOG_ERR, waiting ? "waiting" : "analysis-stopped", NULL,
	    "%s; trying again each second", problem->text);
}

static void
forget_markets(struct analysisd *analysisd)
{
	markets_free(analysisd->markets);
	analysisd->markets = NULL;
	market_reader_close(analysisd->reader);
	analysisd->reader = NULL;
}

/* True when there is a tick database to work on. */
static bool
have_markets(struct analysisd *analysisd)
{
	const struct sources_keep keep = {analysisd->settings->retention.analysis_results_us,
		analysisd->settings->binance.source};
	struct problem problem;
	int error;

	if (analysisd->markets != NULL)
		return true;
	error = market_reader_open(&analysisd->reader, analysisd->settings->paths.state_dir,
	    &problem);
	if (error == 0)
		error = markets_create(&analysisd->markets, analysisd->reader,
		    analysisd->analysis_db, &keep, &problem);
	if (error < 0) {
		forget_markets(analysisd);
		say_problem(analysisd, error, &problem);
		return false;
	}
	return true;
}

/* ---- working ---- */

static void
say_well(struct analysisd *analysisd)
{
	struct markets_figures figures;

	markets_figures(analysisd->markets, &figures);
	analysisd->pending = figures.pending;
	service_set_degraded(analysisd->service, false);
	service_set_status(analysisd->service, "%lld results, %lld symbols, %lld of them pending",
	    (long long)figures.results, (long long)figures.symbols, (long long)figures.pending);
	if (analysisd->problem.text[0] != '\0')
		log_event(LOG_NOTICE, "analysis-goes-on", NULL, "reading %s",
		    access_database_file(DATABASE_TICKS));
	analysisd->problem.text[0] = '\0';
}

/* What is stored is right; what is in memory is made anew from it. */
static void
fail(struct analysisd *analysisd, int error, const struct problem *problem)
{
	forget_markets(analysisd);
	say_problem(analysisd, error, problem);
}

static void
on_retain(uv_timer_t *timer);

static void
delete_old(struct analysisd *analysisd)
{
	int64_t begun_us = clock_monotonic_us(), now_us;
	struct problem problem;
	int deleted = markets_retain(analysisd->markets, analysisd->pace.rows, &problem);

	now_us = clock_monotonic_us();
	retention_pace_next(&analysisd->pace, deleted, now_us - begun_us, now_us);
	if (deleted < 0)
		fail(analysisd, deleted, &problem);
	checkpointer_tend(analysisd->checkpointer);
}

/* A slice of old results, when nothing else is to be done and one is due. */
static void
retain(struct analysisd *analysisd)
{
	int64_t wait_us;

	if (clock_monotonic_us() >= analysisd->pace.due_us)
		delete_old(analysisd);
	/* The loop's clock may be behind: what comes too early is started anew. */
	wait_us = analysisd->pace.due_us - clock_monotonic_us();
	uv_timer_start(&analysisd->retain_timer, on_retain,
	    wait_us < 0 ? 1 : (uint64_t)(wait_us / CLOCK_MS_US + 1), 0);
}

static void
on_retain(uv_timer_t *timer)
{
	struct analysisd *analysisd = timer->data;

	/* A turn that is to come goes first, and looks after this when it is done. */
	if (analysisd->markets != NULL && !uv_is_active((uv_handle_t *)&analysisd->turn_timer))
		retain(analysisd);
}

static void
on_turn(uv_timer_t *timer)
{
	struct analysisd *analysisd = timer->data;
	struct problem problem;
	bool wrote;
	int result;

	if (!have_markets(analysisd))
		return;
	/* Before the look: what comes in between is then seen as new. */
	result = database_data_version(market_reader_database(analysisd->reader),
	    &analysisd->seen_version);
	if (result < 0)
		problem_set(&problem, result, "%s cannot be read",
		    access_database_file(DATABASE_TICKS));
	else
		result = markets_turn(analysisd->markets, TURN_US, &wrote, &problem);
	if (result < 0) {
		fail(analysisd, result, &problem);
		return;
	}
	if (wrote)
		wake_send(analysisd->sender, DATABASE_ANALYSIS, 0);
	checkpointer_tend(analysisd->checkpointer);
	say_well(analysisd);
	if (result == 1)
		uv_timer_start(&analysisd->turn_timer, on_turn, BREATH_MS, 0);
	else
		retain(analysisd);
}

static uint64_t
gather_ms(const struct analysisd *analysisd)
{
	return analysisd->markets != NULL &&
	    markets_until_close(analysisd->markets) < CLOSE_NEAR_US ? GATHER_CLOSE_MS : GATHER_MS;
}

static void
on_wake(void *context, unsigned ids)
{
	struct analysisd *analysisd = context;

	if ((ids & 1U << DATABASE_TICKS) != 0 &&
	    !uv_is_active((uv_handle_t *)&analysisd->turn_timer))
		uv_timer_start(&analysisd->turn_timer, on_turn, gather_ms(analysisd), 0);
}

/*
 * The net below the datagrams; the way to a database that is not there yet; and back to what had
 * to wait.
 */
static void
on_net(uv_timer_t *timer)
{
	struct analysisd *analysisd = timer->data;
	int64_t version;

	if (uv_is_active((uv_handle_t *)&analysisd->turn_timer))
		return;
	if (analysisd->reader != NULL && analysisd->pending == 0 &&
	    database_data_version(market_reader_database(analysisd->reader), &version) == 0 &&
	    version == analysisd->seen_version)
		return;
	on_turn(&analysisd->turn_timer);
}

/* ---- the service's hooks ---- */

static json_t *
time_or_null(int64_t us, int64_t unit_us)
{
	return us == TICK_NONE ? json_null() : json_integer(us / unit_us);
}

static void
on_status(void *context, json_t *status)
{
	struct analysisd *analysisd = context;
	struct markets_figures figures = {.newest_candle_us = TICK_NONE, .lag_us = TICK_NONE};

	if (analysisd->markets != NULL)
		markets_figures(analysisd->markets, &figures);
	service_add_database(status, DATABASE_ANALYSIS, analysisd->analysis_db, figures.results);
	json_object_set_new(status, "analysis",
	    json_pack("{s:I, s:I, s:o, s:o, s:I}", "results", (json_int_t)figures.results,
		"symbols", (json_int_t)figures.symbols, "newest_candle_us",
		time_or_null(figures.newest_candle_us, 1), "lag_ms",
		time_or_null(figures.lag_us, CLOCK_MS_US), "pending",
		(json_int_t)figures.pending));
}

static void
on_stop(void *context)
{
	struct analysisd *analysisd = context;

	uv_close((uv_handle_t *)&analysisd->turn_timer, NULL);
	uv_close((uv_handle_t *)&analysisd->net_timer, NULL);
	uv_close((uv_handle_t *)&analysisd->retain_timer, NULL);
	wake_receiver_close(analysisd->receiver);
}

/* ---- the whole ---- */

static int
set_up(struct analysisd *analysisd, struct problem *problem)
{
	static const char *const readers[] = {"logd"};
	const char *runtime_dir = analysisd->settings->paths.runtime_dir;
	uv_loop_t *loop = service_loop(analysisd->service);
	int error;

	error = database_open(&analysisd->analysis_db, ROLE_ANALYSISD, DATABASE_ANALYSIS,
	    ACCESS_WRITE, analysisd->settings->paths.state_dir, problem);
	if (error == 0)
		error = checkpointer_start(&analysisd->checkpointer, analysisd->analysis_db, problem);
	if (error == 0)
		error = wake_sender_create(&analysisd->sender, runtime_dir, readers, 1, problem);
	if (error == 0)
		error = wake_receiver_create(&analysisd->receiver, loop, runtime_dir, "analysisd",
		    on_wake, analysisd, problem);
	if (error < 0)
		return error;
	uv_timer_init(loop, &analysisd->turn_timer);
	uv_timer_init(loop, &analysisd->net_timer);
	uv_timer_init(loop, &analysisd->retain_timer);
	analysisd->turn_timer.data = analysisd;
	analysisd->net_timer.data = analysisd;
	analysisd->retain_timer.data = analysisd;
	retention_pace_start(&analysisd->pace);
	uv_timer_start(&analysisd->turn_timer, on_turn, 0, 0);
	uv_timer_start(&analysisd->net_timer, on_net, NET_MS, NET_MS);
	return 0;
}

static void
tear_down(struct analysisd *analysisd)
{
	forget_markets(analysisd);
	wake_sender_free(analysisd->sender);
	checkpointer_stop(analysisd->checkpointer);
	database_close(analysisd->analysis_db);
}

int
analysisd_run(const struct settings *settings)
{
	struct analysisd analysisd = {.settings = settings};
	const struct service_hooks hooks = {
		.stop = on_stop, .status = on_status, .context = &analysisd};
	struct problem problem;
	int error, status;

	error = service_start(&analysisd.service, "analysisd", settings, &hooks, &problem);
	if (error < 0) {
		log_event(LOG_ERR, "start-failed", NULL, "%s", problem.text);
		return program_exit_status(error);
	}
	error = set_up(&analysisd, &problem);
	if (error < 0) {
		log_event(LOG_ERR, "start-failed", NULL, "%s", problem.text);
		status = program_exit_status(error);
	} else {
		service_ready(analysisd.service);
		log_event(LOG_INFO, "ready", NULL, "ready");
		status = service_run(analysisd.service);
	}
	tear_down(&analysisd);
	service_finish(analysisd.service);
	return status;
}
