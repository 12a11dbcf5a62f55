#include "analysisd/engine.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/candle_fold.h"
#include "common/clock.h"
#include "common/control.h"

struct engine {
	struct market_reader *reader;
	struct markets *markets;
	struct dtms *dtms;
};

static void
on_change(void *context, const struct market_change *change)
{
	struct engine *engine = context;

	dtms_change(engine->dtms, change->symbol_id, change->from_us);
}

static int
open_parts(struct engine *engine, const struct engine_tools *tools, struct problem *problem)
{
	const struct settings *settings = tools->settings;
	const struct sources_keep keep = {settings->retention.analysis_results_us,
		settings->binance.source};
	struct dtms_tools dtms_tools = {
		.analysis_db = tools->analysis_db,
		.settings = settings,
		.news = tools->news,
		.news_context = tools->news_context,
	};
	int error = market_reader_open(&engine->reader, settings->paths.state_dir, problem);

	if (error == 0)
		error = markets_create(&engine->markets, engine->reader, tools->analysis_db, &keep,
		    problem);
	if (error < 0)
		return error;
	error = markets_pair(engine->markets, settings);
	if (error < 0)
		return problem_set(problem, error, "%s: %s", access_database_file(DATABASE_TICKS),
		    database_error(engine_database(engine)));
	dtms_tools.reader = engine->reader;
	dtms_tools.table = markets_table(engine->markets);
	error = dtms_create(&engine->dtms, &dtms_tools, problem);
	if (error == 0)
		markets_on_change(engine->markets, on_change, engine);
	return error;
}

int
engine_open(struct engine **ret, const struct engine_tools *tools, struct problem *problem)
{
	struct engine *engine = calloc(1, sizeof(*engine));
	int error;

	if (engine == NULL)
		return problem_set(problem, -ENOMEM, "out of memory");
	error = open_parts(engine, tools, problem);
	if (error < 0)
		engine_close(engine);
	else
		*ret = engine;
	return error;
}

void
engine_close(struct engine *engine)
{
	if (engine == NULL)
		return;
	dtms_free(engine->dtms);
	markets_free(engine->markets);
	market_reader_close(engine->reader);
	free(engine);
}

struct database *
engine_database(struct engine *engine)
{
	return market_reader_database(engine->reader);
}

/* ---- work ---- */

int
engine_turn(struct engine *engine, int64_t budget_us, bool *ret_wrote, struct problem *problem)
{
	bool analysed, decided;
	int more = markets_turn(engine->markets, budget_us / 2, &analysed, problem), result;

	if (more < 0)
		return more;
	/* A time of its own: a history that is analysed must not keep trades waiting. */
	result = dtms_turn(engine->dtms, clock_monotonic_us() + budget_us / 2, &decided, problem);
	if (result < 0)
		return result;
	*ret_wrote = analysed || decided;
	return more == 1 || result == 1;
}

bool
engine_is_due(const struct engine *engine)
{
	return dtms_is_due(engine->dtms);
}

int64_t
engine_until_close(const struct engine *engine)
{
	return markets_until_close(engine->markets);
}

int
engine_retain(struct engine *engine, int limit, struct problem *problem)
{
	int results = markets_retain(engine->markets, limit, problem), rows;

	if (results < 0 || results == limit)
		return results;
	rows = dtms_retain(engine->dtms, limit - results, problem);
	return rows < 0 ? rows : results + rows;
}

/* ---- questions ---- */

json_t *
engine_answer_dtms(struct engine *engine, const json_t *request)
{
	return dtms_answer(engine->dtms, request);
}

struct asked_bar {
	char source[128]; /* "" where none is named */
	const char *symbol;
	enum timeframe timeframe;
	int64_t time_us; /* TICK_NONE: the newest */
};

/* What is wrong with the question, NULL for nothing. */
static const char *
read_bar(const json_t *request, struct asked_bar *bar)
{
	const char *symbol = json_string_value(json_object_get(request, "symbol"));
	const char *timeframe = json_string_value(json_object_get(request, "timeframe"));
	const json_t *time = json_object_get(request, "time");
	const char *colon = symbol == NULL ? NULL : strchr(symbol, ':');

	if (symbol == NULL || symbol[0] == '\0' ||
	    (colon != NULL && (size_t)(colon - symbol) >= sizeof(bar->source)))
		return "symbol: expected SYMBOL or SOURCE:SYMBOL";
	bar->timeframe = TIMEFRAME_M5;
	if (json_object_get(request, "timeframe") != NULL &&
	    (timeframe == NULL || !timeframe_find(timeframe, &bar->timeframe)))
		return "timeframe: expected one of M5, M15, M30, H1, H4 and D1";
	if (time != NULL && (!json_is_integer(time) || json_integer_value(time) < 0))
		return "time: expected microseconds since 1970";
	snprintf(bar->source, sizeof(bar->source), "%.*s",
	    colon == NULL ? 0 : (int)(colon - symbol), symbol);
	bar->symbol = colon == NULL ? symbol : colon + 1;
	bar->time_us = time == NULL ? TICK_NONE :
	    candle_fold_slot(json_integer_value(time), timeframe_length(bar->timeframe));
	return NULL;
}

json_t *
engine_answer_analyse(struct engine *engine, const json_t *request)
{
	struct asked_bar bar;
	struct problem problem;
	const char *wrong = read_bar(request, &bar);
	json_t *answer;
	int error;

	if (wrong != NULL)
		return control_error("bad-request", "%s", wrong);
	error = markets_analyse(engine->markets, bar.source[0] == '\0' ? NULL : bar.source,
	    bar.symbol, bar.timeframe, bar.time_us, &answer, &problem);
	if (error == 0)
		return answer;
	return control_error(error == -ENOENT ? "not-found" : error == -EINVAL ? "bad-request" :
	    error == -EBUSY ? "not-closed" : "failed", "%s", problem.text);
}

void
engine_figures(const struct engine *engine, struct engine_figures *ret)
{
	markets_figures(engine->markets, &ret->markets);
	dtms_figures(engine->dtms, &ret->dtms);
}
