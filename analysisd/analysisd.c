#include "analysisd/analysisd.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <uv.h>

#include "analysisd/control_commands.h"
#include "analysisd/dtms/trade.h"
#include "analysisd/engine.h"
#include "common/checkpointer.h"
#include "common/clock.h"
#include "common/database.h"
#include "common/log.h"
#include "common/program.h"
#include "common/retention.h"
#include "common/service.h"
#include "common/wake.h"

#define TURN_US (40 * CLOCK_MS_US) /* of work at a time: signs of life and signals go between */
#define BREATH_MS 1 /* between turns; with 0 libuv would run timers and nothing else */
#define GATHER_MS 10		   /* commits that come within this are looked at together */
#define GATHER_CLOSE_MS 1	   /* when a candle is about to close: it is waited for */
#define CLOSE_NEAR_US (50 * CLOCK_MS_US) /* of the source's clock: that is about to */
#define NET_MS 1000		   /* without a datagram: has tickd committed? can it be opened? */
#define NEWS_BURST 100 /* lines of trades in the journal, in ... */
#define NEWS_WINDOW_US (10 * CLOCK_SECOND_US)
#define SAME_PROBLEM_US (60 * CLOCK_SECOND_US) /* one that lasts is said again after this */

struct analysisd {
	const struct settings *settings;
	struct service *service;
	struct database *analysis_db;
	struct checkpointer *checkpointer;
	struct wake_receiver *receiver;
	struct wake_sender *sender;
	struct control_commands *control;
	struct engine *engine;	      /* NULL until tickd has made its database */
	int64_t seen_version;	      /* PRAGMA data_version at the last look */
	int64_t pending;	      /* symbols, after the last turn */
	struct retention_pace pace;   /* of deleting old results */
	struct problem problem;	      /* the last one said */
	int64_t problem_said_us;
	struct log_limit news_limit[2]; /* of actions, of alerts */
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

/* An action, an alert, or what people should know besides: a line of the journal. */
static void
on_news(void *context, const struct dtms_news *news)
{
	struct analysisd *analysisd = context;
	char symbol[2 * TRADE_NAME_MAX];
	const struct log_subject subject = {.symbol = symbol};
	int64_t held_back;

	if (!log_limit_pass(&analysisd->news_limit[news->alert], NEWS_BURST, NEWS_WINDOW_US,
		clock_monotonic_us(), &held_back))
		return;
	snprintf(symbol, sizeof(symbol), "%s:%s", news->source, news->symbol);
	if (held_back > 0)
		log_event(LOG_NOTICE, "dtms-held-back", NULL,
		    "%lld lines like the next one were held back", (long long)held_back);
	if (news->action != NULL)
		log_event(LOG_NOTICE, "dtms-action", &subject,
		    "ticket %lld of %s: %s is %s: %s (%s, now %s)", (long long)news->ticket,
		    news->account, news->action, news->status, news->reason, news->state_from,
		    news->state_to);
	else
		log_event(news->alert ? LOG_ERR : LOG_NOTICE,
		    news->alert ? "dtms-alert" : "dtms-trade", &subject, "ticket %lld of %s: %s",
		    (long long)news->ticket, news->account, news->reason);
}

static void
forget_engine(struct analysisd *analysisd)
{
	engine_close(analysisd->engine);
	analysisd->engine = NULL;
}

/* True when there is a tick database to work on. */
static bool
have_engine(struct analysisd *analysisd)
{
	const struct engine_tools tools = {analysisd->settings, analysisd->analysis_db, on_news,
		analysisd};
	struct problem problem;
	int error;

	if (analysisd->engine != NULL)
		return true;
	error = engine_open(&analysisd->engine, &tools, &problem);
	if (error < 0)
		say_problem(analysisd, error, &problem);
	return error == 0;
}

/* ---- working ---- */

static void
say_well(struct analysisd *analysisd)
{
	struct engine_figures figures;
	const struct markets_figures *markets = &figures.markets;

	engine_figures(analysisd->engine, &figures);
	analysisd->pending = markets->pending;
	service_set_degraded(analysisd->service, false);
	service_set_status(analysisd->service,
	    "%lld results, %lld symbols, %lld of them pending; %lld trades under watch%s",
	    (long long)markets->results, (long long)markets->symbols, (long long)markets->pending,
	    (long long)figures.dtms.trades, figures.dtms.off ? ", DTMS is off" : "");
	if (analysisd->problem.text[0] != '\0')
		log_event(LOG_NOTICE, "analysis-goes-on", NULL, "reading %s",
		    access_database_file(DATABASE_TICKS));
	analysisd->problem.text[0] = '\0';
}

/* What is stored is right; what is in memory is made anew from it. */
static void
fail(struct analysisd *analysisd, int error, const struct problem *problem)
{
	forget_engine(analysisd);
	say_problem(analysisd, error, problem);
}

static void
on_retain(uv_timer_t *timer);

static void
delete_old(struct analysisd *analysisd)
{
	int64_t begun_us = clock_monotonic_us(), now_us;
	struct problem problem;
	int deleted = engine_retain(analysisd->engine, analysisd->pace.rows, &problem);

	now_us = clock_monotonic_us();
	retention_pace_next(&analysisd->pace, deleted, now_us - begun_us, now_us);
	if (deleted < 0)
		fail(analysisd, deleted, &problem);
	checkpointer_tend(analysisd->checkpointer);
}

/* A slice of old rows, when nothing else is to be done and one is due. */
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
	if (analysisd->engine != NULL && !uv_is_active((uv_handle_t *)&analysisd->turn_timer))
		retain(analysisd);
}

static void
on_turn(uv_timer_t *timer)
{
	struct analysisd *analysisd = timer->data;
	struct problem problem;
	bool wrote;
	int result;

	if (!have_engine(analysisd))
		return;
	/* Before the look: what comes in between is then seen as new. */
	result = database_data_version(engine_database(analysisd->engine),
	    &analysisd->seen_version);
	if (result < 0)
		problem_set(&problem, result, "%s cannot be read",
		    access_database_file(DATABASE_TICKS));
	else
		result = engine_turn(analysisd->engine, TURN_US, &wrote, &problem);
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
	return analysisd->engine != NULL &&
	    engine_until_close(analysisd->engine) < CLOSE_NEAR_US ? GATHER_CLOSE_MS : GATHER_MS;
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
	if (analysisd->engine != NULL && analysisd->pending == 0 &&
	    !engine_is_due(analysisd->engine) &&
	    database_data_version(engine_database(analysisd->engine), &version) == 0 &&
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
	struct engine_figures figures = {
		.markets = {.newest_candle_us = TICK_NONE, .lag_us = TICK_NONE},
		.dtms = {.last_instant_us = TICK_NONE},
	};
	const struct markets_figures *markets = &figures.markets;
	const struct dtms_figures *dtms = &figures.dtms;

	if (analysisd->engine != NULL)
		engine_figures(analysisd->engine, &figures);
	service_add_database(status, DATABASE_ANALYSIS, analysisd->analysis_db, markets->results);
	json_object_set_new(status, "analysis",
	    json_pack("{s:I, s:I, s:o, s:o, s:I}", "results", (json_int_t)markets->results,
		"symbols", (json_int_t)markets->symbols, "newest_candle_us",
		time_or_null(markets->newest_candle_us, 1), "lag_ms",
		time_or_null(markets->lag_us, CLOCK_MS_US), "pending",
		(json_int_t)markets->pending));
	json_object_set_new(status, "dtms",
	    json_pack("{s:I, s:I, s:I, s:I, s:b, s:o}", "trades", (json_int_t)dtms->trades,
		"stale", (json_int_t)dtms->stale, "actions", (json_int_t)dtms->actions, "alerts",
		(json_int_t)dtms->alerts, "off", dtms->off, "last_instant_us",
		time_or_null(dtms->last_instant_us, 1)));
}

/* ---- what people ask ---- */

static struct engine *
asked_engine(void *context)
{
	struct analysisd *analysisd = context;

	return analysisd->engine;
}

static void
on_asked(void *context)
{
	struct analysisd *analysisd = context;

	wake_send(analysisd->sender, DATABASE_ANALYSIS, 0);
	say_well(analysisd);
}

static void
on_stop(void *context)
{
	struct analysisd *analysisd = context;

	uv_close((uv_handle_t *)&analysisd->turn_timer, NULL);
	uv_close((uv_handle_t *)&analysisd->net_timer, NULL);
	uv_close((uv_handle_t *)&analysisd->retain_timer, NULL);
	wake_receiver_close(analysisd->receiver);
	control_commands_close(analysisd->control);
}

/* ---- the whole ---- */

static int
set_up(struct analysisd *analysisd, struct problem *problem)
{
	static const char *const readers[] = {"logd", "tickd"};
	const struct control_hooks hooks = {asked_engine, on_asked, analysisd};
	const char *runtime_dir = analysisd->settings->paths.runtime_dir;
	uv_loop_t *loop = service_loop(analysisd->service);
	int error;

	error = database_open(&analysisd->analysis_db, ROLE_ANALYSISD, DATABASE_ANALYSIS,
	    ACCESS_WRITE, analysisd->settings->paths.state_dir, problem);
	if (error == 0)
		error = checkpointer_start(&analysisd->checkpointer, analysisd->analysis_db, problem);
	if (error == 0)
		error = wake_sender_create(&analysisd->sender, runtime_dir, readers, 2, problem);
	if (error == 0)
		error = control_commands_create(&analysisd->control, loop, analysisd->settings,
		    &hooks, problem);
	if (error == 0)
		error = wake_receiver_create(&analysisd->receiver, loop, runtime_dir, "analysisd",
		    on_wake, analysisd, problem);
	if (error < 0) {
		control_commands_close(analysisd->control);
		return error;
	}
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
	forget_engine(analysisd);
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
