/*
 * Trades of both directions through random markets, instant by instant, their actions carried out
 * as a venue would: what has to hold whatever comes.
 */
#include "analysisd/dtms/actions.h"
#include "analysisd/dtms/check.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/analysisd/dtms_views.h"

#define RUNS 150
#define INSTANTS 2880 /* a day of the grid */
#define IDS_MAX 100000

struct run {
	unsigned seed;
	double price;
	struct dtms_view view;
	struct dtms_trade trade;
};

/* What has happened at all: a promise about what never came is none. */
static struct {
	int rows[32], actions[ACTIONS], skipped[ACTIONS], stale, locked;
} seen;
static char (*ids)[ACTION_ID_SIZE];
static int id_count;
static struct dtms_action_plan plan;

static int
draw(struct run *run, int count)
{
	return (int)(rand_r(&run->seed) % (unsigned)count);
}

/* ---- the market ---- */

static void
draw_m5(struct run *run)
{
	struct dtms_view *view = &run->view;

	view->m5_end_us = view->now_us;
	view->m5_open = run->price;
	view->m5_close = run->price + (draw(run, 9) - 4) / 8.0;
	view->m5_high = fmax(view->m5_open, view->m5_close) + draw(run, 3) / 8.0;
	view->m5_low = fmin(view->m5_open, view->m5_close) - draw(run, 3) / 8.0;
	view->vwap = run->price + (draw(run, 9) - 4) / 8.0;
	view->vwap_slope = (draw(run, 9) - 4) / 3000.0;
}

static void
draw_m15(struct run *run)
{
	struct dtms_view *view = &run->view;
	int broken = draw(run, 8);

	view->m15_end_us = view->now_us;
	view->structure = (struct structure){.known = true, .bos_up = broken == 0,
		.bos_down = broken == 1};
	view->structure.choch_up = broken == 0 && draw(run, 8) == 0;
	view->structure.choch_down = broken == 1 && draw(run, 8) == 0;
	view->rsi_2 = view->rsi;
	view->rsi = draw(run, 101);
	view->histogram_2 = view->histogram_1;
	view->histogram_1 = view->histogram;
	view->histogram = draw(run, 9) - 4;
	view->ema50 = run->price + draw(run, 3) - 1;
	view->ema50_10 = run->price;
	view->ema200 = run->price + draw(run, 3) - 1;
	view->ema200_10 = run->price;
	view->atr = draw(run, 20) == 0 ? NAN : 0.25 + draw(run, 8) / 4.0;
	view->regime = (struct regime){(enum session)draw(run, 4),
		(enum volatility_regime)draw(run, 4), (enum structure_regime)draw(run, 3)};
}

static void
move_market(struct run *run, int64_t now_us)
{
	struct dtms_view *view = &run->view;

	view->now_us = now_us;
	run->price = fmax(20, run->price + (draw(run, 129) - 64) / 1024.0);
	view->bid_e8 = VIEWS_E8(run->price);
	view->ask_e8 = view->bid_e8 + draw(run, 5) * VIEWS_E8(0.01);
	view->stops_level_e8 = draw(run, 3) * VIEWS_E8(0.05);
	view->flow.buy_share = draw(run, 101) / 100.0;
	view->flow.z = (draw(run, 9) - 4) / 2.0;
	/* now and then the symbol is quiet for some bars */
	if (now_us % VIEWS_SECONDS(300) == 0 && draw(run, 6) != 0)
		draw_m5(run);
	if (now_us % VIEWS_SECONDS(900) == 0 && draw(run, 6) != 0)
		draw_m15(run);
}

static void
start_run(struct run *run, int number)
{
	enum trade_direction direction = both_directions[number % 2];

	*run = (struct run){.seed = (unsigned)number, .price = VIEWS_CENTRE};
	run->view = view_at(VIEWS_NOW_US);
	run->trade = trade_new(direction);
	snprintf(run->trade.account, sizeof(run->trade.account), "demo%d", number / 10);
	run->trade.ticket = number;
	run->trade.netting = number % 7 == 0;
	run->trade.initial_volume_e8 = (1 + draw(run, 40)) * VIEWS_E8(0.01);
	if (number % 3 == 0)
		run->trade.stop_loss_e8 = run->trade.initial_stop_loss_e8 = TICK_NONE;
	dtms_trade_start(&run->trade, VIEWS_NOW_US);
}

/* ---- actions: what they may be, and what a venue makes of them ---- */

static int64_t
parameter(const json_t *parameters, const char *name)
{
	const char *text = json_string_value(json_object_get(parameters, name));
	int64_t value_e8;

	assert_non_null(text);
	assert_int_equal(decimal_parse(text, strlen(text), &value_e8), 0);
	return value_e8;
}

/* Its stop is behind the price of that direction, as far as the venue asks for, on its grid. */
static int64_t
check_stop(const struct run *run, const json_t *parameters, int direction)
{
	int64_t stop_e8 = parameter(parameters, "stop_loss");
	int64_t distance_e8 = direction * (dtms_view_price(&run->view, direction) - stop_e8);

	assert_true(stop_e8 > 0 && distance_e8 > 0 && distance_e8 >= run->view.stops_level_e8);
	return stop_e8;
}

static int64_t
check_volume(const struct run *run, const json_t *parameters)
{
	int64_t volume_e8 = parameter(parameters, "volume");

	assert_true(volume_e8 >= run->view.volume_min_e8);
	assert_true(volume_e8 % run->view.volume_step_e8 == 0);
	return volume_e8;
}

static void
move_stop(struct run *run, const json_t *parameters)
{
	struct dtms_trade *trade = &run->trade;
	int64_t stop_e8 = check_stop(run, parameters, trade->direction);

	assert_true(stop_e8 % run->view.tick_size_e8 == 0);
	if (trade->stop_loss_e8 != TICK_NONE)
		assert_true(trade->direction * (stop_e8 - trade->stop_loss_e8) > 0);
	trade->stop_loss_e8 = stop_e8;
}

static void
carry_out(struct run *run, enum dtms_action action, const json_t *parameters)
{
	struct dtms_trade *trade = &run->trade;
	int64_t volume_e8;

	if (action == ACTION_TIGHTEN_SL || action == ACTION_MOVE_SL_BREAKEVEN) {
		move_stop(run, parameters);
	} else if (action == ACTION_PARTIAL_CLOSE) {
		volume_e8 = check_volume(run, parameters);
		trade->current_volume_e8 -= volume_e8;
		trade->closed_volume_e8 += volume_e8;
		assert_true(trade->current_volume_e8 >= run->view.volume_min_e8);
		assert_true(trade->current_volume_e8 >= volume_e8);
	} else if (action == ACTION_OPEN_HEDGE) {
		assert_false(trade->netting);
		check_stop(run, parameters, -trade->direction);
		trade->hedge_volume_e8 = check_volume(run, parameters);
		assert_true(2 * trade->hedge_volume_e8 <= trade->current_volume_e8);
		trade->hedge_ticket = trade->ticket + 100000;
	} else if (action == ACTION_RE_ADD_POSITION) {
		check_stop(run, parameters, trade->direction);
		assert_true(2 * check_volume(run, parameters) <= trade->closed_volume_e8);
	} else if (action == ACTION_CLOSE_HEDGE) {
		assert_int_equal(json_integer_value(json_object_get(parameters, "ticket")),
		    trade->hedge_ticket);
		trade->hedge_ticket = trade->hedge_volume_e8 = TICK_NONE;
	}
}

static void
take_action(struct run *run, const struct dtms_decision *decision, enum dtms_action action)
{
	json_t *parameters;

	dtms_action_plan(&plan, action, &run->trade, &run->view);
	assert_true(id_count < IDS_MAX);
	dtms_action_id(ids[id_count++], &run->trade, decision->from, decision->row->to,
	    run->view.now_us, action);
	parameters = json_loads(plan.parameters.text, JSON_REJECT_DUPLICATES, NULL);
	assert_non_null(parameters);
	seen.actions[action]++;
	seen.skipped[action] += plan.skipped;
	if (!plan.skipped)
		carry_out(run, action, parameters);
	json_decref(parameters);
}

/* ---- what has to hold after each check ---- */

static void
check_timers(const struct run *run)
{
	const struct dtms_trade *trade = &run->trade;

	assert_int_equal(trade->flat_deadline_us != TICK_NONE, trade->state == DTMS_HEDGED);
	assert_int_equal(trade->recovery_deadline_us != TICK_NONE,
	    trade->state == DTMS_RECOVERING);
	assert_int_equal(trade->closing_since_us != TICK_NONE, trade->state == DTMS_CLOSING);
	assert_int_equal(trade->closed_us != TICK_NONE, trade->state == DTMS_CLOSED);
}

static void
check_row(const struct run *run, const struct dtms_trade *before,
    const struct dtms_decision *decision, bool venue_closed)
{
	bool untouched = before->state == DTMS_HEALTHY &&
	    before->state_since_us == before->registered_us;
	bool locked = !untouched &&
	    run->view.now_us - before->state_since_us < VIEWS_SECONDS(600);

	assert_int_equal(decision->from, before->state);
	seen.locked += locked;
	if (decision->row == NULL) {
		assert_int_equal(run->trade.state, before->state);
		return;
	}
	seen.rows[decision->row - dtms_machine]++;
	assert_true((decision->row->from & 1U << before->state) != 0);
	assert_int_equal(run->trade.state, decision->row->to);
	assert_true(decision->row->at_once || !locked);
	assert_int_equal(decision->row->to == DTMS_CLOSED, venue_closed);
}

static void
step(struct run *run, bool venue_closed)
{
	struct dtms_trade before = run->trade;
	struct dtms_decision decision = dtms_check(&run->trade, &run->view, venue_closed, true);

	check_row(run, &before, &decision, venue_closed);
	check_timers(run);
	seen.stale += run->trade.stale;
	if (run->trade.stale)
		assert_true(decision.row == NULL && !decision.deep);
	if (decision.deep)
		assert_true(isfinite(run->trade.score));
	assert_true(decision.reason[0] != '\0');
	if (decision.row == NULL)
		return;
	for (int i = 0; i < DTMS_ROW_ACTIONS_MAX; i++)
		if (decision.actions[i] != ACTION_NONE)
			take_action(run, &decision, decision.actions[i]);
}

/* A venue that closes what it was told to after some minutes, and hedges by their own stop. */
static void
run_through(struct run *run)
{
	for (int i = 1; i < INSTANTS && run->trade.state != DTMS_CLOSED; i++) {
		move_market(run, VIEWS_NOW_US + i * DTMS_GRID_US);
		if (!dtms_check_due(&run->trade, run->view.now_us))
			continue;
		if (run->trade.state == DTMS_HEDGED && run->trade.hedge_ticket != TICK_NONE &&
		    draw(run, 200) == 0) {
			run->trade.hedge_ticket = run->trade.hedge_volume_e8 = TICK_NONE;
			run->trade.hedge_lost = true;
		}
		step(run, run->trade.state == DTMS_CLOSING && draw(run, 8) == 0);
	}
}

static int
compare_ids(const void *a, const void *b)
{
	return strcmp(a, b);
}

static void
check_unique(void)
{
	qsort(ids, (size_t)id_count, sizeof(*ids), compare_ids);
	for (int i = 1; i < id_count; i++)
		assert_string_not_equal(ids[i], ids[i - 1]);
}

static void
whatever_comes_stops_volumes_timers_lock_and_ids_are_kept(void **state)
{
	char token[ACTION_TOKEN_SIZE];
	static struct run run;

	memset(&seen, 0, sizeof(seen));
	id_count = 0;
	ids = calloc(IDS_MAX, sizeof(*ids));
	assert_non_null(ids);
	for (int i = 0; i < RUNS; i++) {
		start_run(&run, i);
		run_through(&run);
	}
	check_unique();
	for (int i = 0; i < id_count; i++) {
		dtms_action_token(token, ids[i]);
		memcpy(ids[i], token, sizeof(token));
	}
	check_unique();
	free(ids);
}

static void
all_rows_and_all_actions_came_about_in_it(void **state)
{
	for (int i = 0; dtms_machine[i].from != 0; i++)
		assert_true(seen.rows[i] > 0);
	for (int action = ACTION_NONE + 1; action < ACTIONS; action++)
		assert_true(seen.actions[action] > seen.skipped[action]);
	assert_true(seen.skipped[ACTION_TIGHTEN_SL] > 0);
	assert_true(seen.skipped[ACTION_PARTIAL_CLOSE] > 0);
	assert_true(seen.skipped[ACTION_MOVE_SL_BREAKEVEN] > 0);
	assert_true(seen.skipped[ACTION_OPEN_HEDGE] > 0);
	assert_true(seen.stale > 0 && seen.locked > 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whatever_comes_stops_volumes_timers_lock_and_ids_are_kept),
		cmocka_unit_test(all_rows_and_all_actions_came_about_in_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
