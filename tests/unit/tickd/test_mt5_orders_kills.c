#define _GNU_SOURCE
#include "tickd/mt5/mt5_orders.h"

#include "tests/unit/tickd/orders_world.h"

/*
 * mt5_orders against a terminal that keeps the protocol, both killed at random between any two
 * steps: what the broker was ordered is counted.
 *
 * Now and then a connection is lost and its terminal is not: it works off what it has of lines, with
 * marks that the next terminal of the account knows nothing of.
 */

#define ACTIONS 3
#define SEEDS 150
#define STEPS 220
#define MAILBOX 64

/* The broker and the terminal's disk outlive the terminal. */
static struct {
	int ordered[ACTIONS];
	bool marked[ACTIONS];
	bool torn[ACTIONS]; /* it died between the mark and the order */
	int64_t ordered_us[ACTIONS];
} broker;

/* The terminal's memory. */
static struct {
	bool up;
	int read;    /* lines taken so far */
	json_t *now; /* the line that is worked at, NULL: none */
	int at;	     /* how far */
	int64_t retcode;
	struct mt5_result out[MAILBOX]; /* said, not heard yet */
	int out_count;
	bool patient; /* does what it is asked at once */
	int requotes;
} terminal;

/* One that was replaced and does not know it. */
static struct {
	int at, end; /* lines that it has not read */
	bool marked[ACTIONS];
	int ordered; /* of all runs */
} ghost;

static int
number_of(const json_t *line)
{
	return json_string_value(json_object_get(line, "action_id"))[0] - 'a';
}

static void
terminal_die(void)
{
	if (terminal.now != NULL && terminal.at == 2)
		broker.torn[number_of(terminal.now)] = true;
	json_decref(terminal.now);
	terminal.now = NULL;
	terminal.out_count = terminal.at = 0;
	terminal.read = world.line_count; /* what it did not read is lost */
	terminal.up = false;
}

static bool
is_too_late(const json_t *line)
{
	return (WORLD_US + WORLD_SERVER_US + world.now_us) / CLOCK_SECOND_US >
	    json_integer_value(json_object_get(line, "expires"));
}

/* Also the line at which it is: it looked at no mark yet. */
static void
terminal_become_ghost(void)
{
	ghost.at = terminal.read;
	ghost.end = world.line_count;
	memcpy(ghost.marked, broker.marked, sizeof(ghost.marked));
	if (terminal.now != NULL && terminal.at == 1)
		ghost.at--;
}

static void
order_it(int action)
{
	broker.ordered[action]++;
	broker.ordered_us[action] = WORLD_US + world.now_us;
}

static void
ghost_step(void)
{
	json_t *line;
	int action;

	if (ghost.at >= ghost.end)
		return;
	line = json_loads(world.lines[ghost.at++], 0, NULL);
	action = number_of(line);
	if (!json_is_true(json_object_get(line, "check")) && !ghost.marked[action] &&
	    !is_too_late(line)) {
		ghost.marked[action] = true;
		order_it(action);
		ghost.ordered++;
	}
	json_decref(line);
}

static int64_t
look_up(int action)
{
	return broker.ordered[action] > 0 ? 10009 : broker.marked[action] ? 10012 : 0;
}

static void
answer(int64_t retcode)
{
	struct mt5_result *result = &terminal.out[terminal.out_count++];

	assert_true(terminal.out_count < MAILBOX);
	*result = (struct mt5_result){.retcode = retcode, .price_e8 = TICK_NONE,
		.volume_e8 = TICK_NONE};
	snprintf(result->action_id, sizeof(result->action_id), "%s",
	    json_string_value(json_object_get(terminal.now, "action_id")));
	json_decref(terminal.now);
	terminal.now = NULL;
}

static void
begin(void)
{
	int action;

	terminal.now = json_loads(world.lines[terminal.read++], 0, NULL);
	terminal.at = 1;
	assert_non_null(terminal.now);
	action = number_of(terminal.now);
	/* Committed before it left. */
	assert_true(world_number(world.ticks, "SELECT count(*) FROM action_results WHERE action_id ="
	    " '%c' AND status = 'sent'", 'a' + action) == 1);
	if (json_is_true(json_object_get(terminal.now, "check")))
		answer(look_up(action));
	else if (broker.marked[action])
		answer(look_up(action) == 0 ? 10012 : look_up(action));
	else if (is_too_late(terminal.now))
		answer(MT5_EXPIRED);
}

/* One of: take a line, mark, order, answer. */
static void
terminal_step(uint64_t *chance)
{
	int action;

	if (terminal.now == NULL) {
		if (terminal.read < world.line_count)
			begin();
		return;
	}
	action = number_of(terminal.now);
	if (terminal.at == 1) {
		broker.marked[action] = true;
		terminal.at = 2;
	} else if (terminal.at == 2) {
		terminal.at = 3;
		terminal.retcode = 10009;
		if (chance_below(chance, 10) < terminal.requotes) {
			terminal.retcode = 10004;
			broker.marked[action] = false; /* nothing was ordered */
		} else {
			order_it(action);
		}
	} else {
		answer(terminal.retcode);
	}
}

/* tickd hears one answer; now and then twice. */
static void
hear(uint64_t *chance)
{
	struct mt5_result result = terminal.out[0];

	if (terminal.out_count == 0 || !world.connected)
		return;
	memmove(terminal.out, terminal.out + 1, (size_t)--terminal.out_count * sizeof(result));
	mt5_orders_result(world.orders, &result);
	if (!terminal.patient && result.retcode == 10009 && chance_below(chance, 4) == 0)
		mt5_orders_result(world.orders, &result);
}

static void
log_in(void)
{
	terminal.up = true;
	terminal.read = world.line_count;
	world.connected = true;
	mt5_orders_connected(world.orders, "77");
	mt5_orders_reported(world.orders);
}

static void
cut(bool ghostly)
{
	if (ghostly)
		terminal_become_ghost();
	terminal_die();
	if (world.connected) {
		world.connected = false;
		mt5_orders_disconnected(world.orders);
	}
}

static void
advance(int64_t us)
{
	world.now_us += us;
	world_sql(world.ticks, "UPDATE symbols SET newest_us = %lld",
	    (long long)(WORLD_US + world.now_us));
	mt5_orders_turn(world.orders, world.now_us);
}

/* analysisd takes in what tickd stored, and skips what it thinks has expired. */
static void
analysisd_turns(void)
{
	for (char id = 'a'; id < 'a' + ACTIONS; id++) {
		sqlite3_stmt *row;

		assert_int_equal(sqlite3_prepare_v2(database_handle(world.ticks), "SELECT status FROM"
		    " action_results WHERE action_id = ?1 ORDER BY seq DESC LIMIT 1", -1, &row, NULL),
		    SQLITE_OK);
		sqlite3_bind_text(row, 1, &id, 1, SQLITE_STATIC);
		if (sqlite3_step(row) == SQLITE_ROW)
			world_sql(world.analysis, "UPDATE dtms_actions SET status = '%s' WHERE"
			    " action_id = '%c'", (const char *)sqlite3_column_text(row, 0), id);
		sqlite3_finalize(row);
	}
	world_sql(world.analysis, "UPDATE dtms_actions SET status = 'skipped', error = 'expired'"
	    " WHERE status = 'pending' AND expires_us < %lld", (long long)(WORLD_US + world.now_us));
}

/* kills: how many in a hundred steps end one of the two. */
static void
any_step(uint64_t *chance, int kills, bool ghosts)
{
	if (chance_below(chance, 100) == 0)
		ghost_step();
	if (chance_below(chance, 100) < kills) {
		if (chance_below(chance, 2) == 0) {
			cut(ghosts && chance_below(chance, 2) == 0);
		} else {
			terminal_die();
			world_kill();
			world_start();
		}
		return;
	}
	switch (chance_below(chance, 8)) {
	case 0:
		advance(chance_below(chance, 800) * CLOCK_MS_US);
		break;
	case 1:
		if (!terminal.up)
			log_in();
		break;
	case 2:
		hear(chance);
		break;
	case 3:
		if (chance_below(chance, 4) == 0)
			analysisd_turns();
		break;
	case 4:
	case 5:
		if (terminal.up)
			terminal_step(chance);
		break;
	default:
		(void)world_half_step();
	}
}

static bool
all_is_answered(void)
{
	return world_number(world.ticks, "SELECT count(DISTINCT action_id) FROM action_results"
	    " WHERE status <> 'sent'") == ACTIONS;
}

/* Both stay up: all that can come to an end does. */
static void
run_out(uint64_t *chance, int64_t us)
{
	int64_t until_us = world.now_us + us;

	terminal.patient = true;
	terminal.requotes = 0;
	while (world.now_us < until_us &&
	    (world.waiting > 0 || !all_is_answered() || ghost.at < ghost.end)) {
		if (!terminal.up)
			log_in();
		for (int i = 0; i < 8; i++)
			terminal_step(chance);
		if (chance_below(chance, 20) == 0)
			ghost_step();
		while (terminal.out_count > 0)
			hear(chance);
		world_settle();
		advance(CLOCK_SECOND_US);
		world_settle();
	}
}

static void
begin_run(void **state)
{
	memset(&broker, 0, sizeof(broker));
	memset(&terminal, 0, sizeof(terminal));
	ghost.at = ghost.end = 0;
	terminal.requotes = 3;
	world_forget_lines();
	world_sql(world.ticks, "DELETE FROM action_results");
	world_sql(world.analysis, "DELETE FROM dtms_actions");
	for (char id[2] = "a"; id[0] < 'a' + ACTIONS; id[0]++)
		world_action(id, 5, "open_hedge",
		    "{\"direction\":\"SELL\",\"volume\":\"0.05\",\"stop_loss\":\"1.105\"}");
}

static int64_t
is_recorded(int action, const char *status)
{
	return world_number(world.ticks, "SELECT count(*) FROM action_results WHERE action_id = '%c'"
	    " AND status = '%s'", 'a' + action, status);
}

static void
whoever_dies_between_any_two_steps_nothing_is_ordered_twice_or_late(void **state)
{
	int ordered = 0, torn = 0;

	world_open(state, "dtms.mode=execute", "mt5.orders_per_day=0", true);
	world_position(5, "BUY", "1");
	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		uint64_t chance = seed;
		int64_t expires_us = WORLD_US + world.now_us + 60 * CLOCK_SECOND_US;

		begin_run(state);
		for (int i = 0; i < STEPS; i++)
			any_step(&chance, 4, true);
		run_out(&chance, 250 * CLOCK_SECOND_US);
		for (int i = 0; i < ACTIONS; i++) {
			assert_true(broker.ordered[i] <= 1);
			assert_true(broker.ordered[i] == 0 || broker.ordered_us[i] <= expires_us);
			/* What became of it is known, once and in the end. */
			assert_int_equal(is_recorded(i, "done"), broker.ordered[i]);
			assert_true(is_recorded(i, "sent") <= 1);
			assert_true(is_recorded(i, "done") + is_recorded(i, "failed") >= 1 ||
			    is_recorded(i, "sent") == 0);
			ordered += broker.ordered[i];
			torn += broker.torn[i];
		}
		cut(false);
		world_kill();
		world_start();
	}
	assert_true(ordered > SEEDS);
	assert_true(torn > 0);
	assert_true(ghost.ordered > 0);
	world_close();
}

static void
where_both_stay_up_in_time_each_is_ordered_exactly_once(void **state)
{
	int ordered = 0;

	world_open(state, "dtms.mode=execute", "mt5.orders_per_day=0", true);
	world_position(5, "BUY", "1");
	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		uint64_t chance = seed;
		int64_t begun_us = world.now_us;

		begin_run(state);
		/* Up to a half of the time that they have. */
		while (world.now_us < begun_us + 25 * CLOCK_SECOND_US)
			any_step(&chance, 4, false);
		run_out(&chance, 200 * CLOCK_SECOND_US);
		for (int i = 0; i < ACTIONS; i++) {
			/* Of what was marked and not ordered it cannot be said: it is not ordered again. */
			assert_int_equal(broker.ordered[i], broker.torn[i] ? 0 : 1);
			assert_int_equal(is_recorded(i, "done"), broker.ordered[i]);
			ordered += broker.ordered[i];
		}
		cut(false);
		world_kill();
		world_start();
	}
	assert_true(ordered > 2 * SEEDS);
	world_close();
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, scratch_make, scratch_remove)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(whoever_dies_between_any_two_steps_nothing_is_ordered_twice_or_late),
		TEST(where_both_stay_up_in_time_each_is_ordered_exactly_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
