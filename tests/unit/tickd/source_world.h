/*
 * mt5_source with a tick database of the test's own and a storage that is turned by hand: what it
 * says to its sessions is kept, and time passes only by the test.
 */
#ifndef TESTS_UNIT_TICKD_SOURCE_WORLD_H
#define TESTS_UNIT_TICKD_SOURCE_WORLD_H

#include <jansson.h>

#include "common/clock.h"
#include "tests/unit/tickd/hand_storage.h"
#include "tests/unit/tickd/mt5_bench.h"
#include "tickd/mt5/mt5_source.h"

#define WORLD_SESSIONS 16
#define WORLD_US (FIRST_US + 3600 * CLOCK_SECOND_US) /* UTC at the broker, at first */

struct world_session {
	char *lines; /* all that it was told */
	size_t length;
	int line_count;
	bool ended, paused;
	char code[32], sentence[PROBLEM_SIZE];
};

static struct world {
	struct settings settings;
	struct settings_account accounts[2];
	struct mt5_source *source; /* NULL: closed */
	struct world_session sessions[WORLD_SESSIONS];
	int64_t now_us;	   /* monotonic */
	int64_t venue_us;  /* UTC at the broker */
	int64_t offset_us; /* its clock - UTC */
	int told;
	char event[32], sentence[640];
	int resumed; /* sessions that were read again */
	/* Said within the hook, as a connection that is read again does. */
	void (*at_resume)(uint64_t session);
} world;

int64_t
clock_monotonic_us(void)
{
	return world.now_us;
}

int64_t
clock_wall_us(void)
{
	return world.venue_us;
}

/* ---- hooks ---- */

static inline struct world_session *
session_of(void *context, uint64_t number)
{
	assert_ptr_equal(context, &world);
	assert_non_null(world.source);
	assert_true(number > 0 && number < WORLD_SESSIONS);
	return &world.sessions[number];
}

static inline void
world_write(void *context, uint64_t number, char *line)
{
	struct world_session *session = session_of(context, number);
	size_t length = strlen(line);

	assert_false(session->ended);
	assert_int_equal(line[length - 1], '\n');
	session->lines = realloc(session->lines, session->length + length + 1);
	assert_non_null(session->lines);
	memcpy(session->lines + session->length, line, length + 1);
	session->length += length;
	session->line_count++;
	free(line);
}

static inline void
world_pause(void *context, uint64_t number, bool pause)
{
	struct world_session *session = session_of(context, number);

	session->paused = pause;
	if (pause)
		return;
	world.resumed++;
	if (world.at_resume != NULL)
		world.at_resume(number);
}

/* As a stream does, with a line that is UTF-8. */
static inline void
world_end(void *context, uint64_t number, const char *code, const char *sentence)
{
	struct world_session *session = session_of(context, number);
	json_t *text = json_string(sentence);

	assert_non_null(text);
	json_decref(text);
	assert_false(session->ended);
	session->ended = true;
	snprintf(session->code, sizeof(session->code), "%s", code);
	snprintf(session->sentence, sizeof(session->sentence), "%s", sentence);
}

static inline void
world_tell(void *context, int level, const char *event, const char *symbol, const char *sentence)
{
	assert_ptr_equal(context, &world);
	assert_null(strchr(sentence, '\n'));
	world.told++;
	snprintf(world.event, sizeof(world.event), "%s", event);
	snprintf(world.sentence, sizeof(world.sentence), "%s", sentence);
}

/* ---- the whole ---- */

static inline void
world_start(size_t account)
{
	const struct mt5_source_hooks hooks = {world_write, world_pause, world_end, world_tell,
		&world};

	world.source = mt5_source_create(&world.settings, &world.accounts[account], NULL, &hooks);
	assert_non_null(world.source);
}

static inline int
world_begin(void **state)
{
	if (scratch_make(state) < 0)
		return -1;
	world = (struct world){.now_us = 1000000, .venue_us = WORLD_US, .offset_us = OFFSET_US};
	world.accounts[0] = (struct settings_account){.source = "mt5", .mode = MODE_ADVISE};
	world.accounts[1] = (struct settings_account){.source = "other", .mode = MODE_ADVISE};
	world.settings.mt5.source = world.accounts[0].source;
	world.settings.mt5.accounts = world.accounts;
	world.settings.mt5.account_count = 2;
	world.settings.mt5.history_us = 100 * CANDLE_M5_US;
	world.settings.storage.batch = 1000;
	world.settings.paths.state_dir = *state;
	hand.db = tick_database_open(state);
	hand.waiting = 0;
	world_start(0);
	return 0;
}

static inline void
world_close(void)
{
	mt5_source_close(world.source);
	world.source = NULL;
}

static inline int
world_finish(void **state)
{
	world_close();
	hand_stop();
	database_close(hand.db);
	for (int i = 0; i < WORLD_SESSIONS; i++)
		free(world.sessions[i].lines);
	return scratch_remove(state);
}

/* On both sides. */
static inline void
world_pass(int64_t us)
{
	world.now_us += us;
	world.venue_us += us;
}

static inline int64_t
world_number(const char *sql)
{
	return sql_number(database_handle(hand.db), sql);
}

/* ---- what a terminal says ---- */

static inline struct mt5_clocks
world_clocks(void)
{
	return (struct mt5_clocks){(world.venue_us + world.offset_us) / CLOCK_SECOND_US,
		world.venue_us / CLOCK_SECOND_US};
}

static inline struct mt5_hello
world_hello_of(const char *account, const char *server, struct mt5_symbol symbols[static 2])
{
	struct mt5_hello hello = {.version = 1, .currency = "USD", .symbols = symbols,
		.symbol_count = 2};

	snprintf(hello.account, sizeof(hello.account), "%s", account);
	snprintf(hello.server, sizeof(hello.server), "%s", server);
	symbols[0] = bench_symbol("A");
	symbols[1] = bench_symbol("B");
	return hello;
}

static inline void
world_hello_as(uint64_t session, const char *account, const char *server)
{
	struct mt5_symbol symbols[2];
	struct mt5_hello hello = world_hello_of(account, server, symbols);
	struct mt5_clocks clocks = world_clocks();

	mt5_source_hello(world.source, session, &hello, &clocks);
}

static inline void
world_hello(uint64_t session)
{
	world_hello_as(session, "123", "Broker-Demo");
}

static inline void
world_say(uint64_t session, const struct mt5_message *message)
{
	mt5_source_message(world.source, session, message);
}

static inline struct mt5_message
ping(void)
{
	return (struct mt5_message){.type = MT5_PING, .clocks = world_clocks()};
}

/* `count` quotes of the symbol, a millisecond apart, the last one now. */
static inline void
world_ticks(uint64_t session, const char *symbol, int64_t seq, size_t count)
{
	struct mt5_tick *ticks = calloc(count + 1, sizeof(*ticks));
	struct mt5_message message = {.type = MT5_TICKS, .clocks = world_clocks()};
	int64_t now_ms = (world.venue_us + world.offset_us) / CLOCK_MS_US;

	assert_non_null(ticks);
	for (size_t i = 0; i < count; i++)
		ticks[i] = (struct mt5_tick){.server_ms = now_ms - (int64_t)(count - 1 - i),
			.bid_e8 = 110000000, .ask_e8 = 110002000, .last_e8 = TICK_NONE, .flags = 6};
	snprintf(message.ticks.symbol, sizeof(message.ticks.symbol), "%s", symbol);
	message.ticks.seq = seq;
	message.ticks.first = -1;
	message.ticks.from_ms = TICK_NONE;
	message.ticks.ticks = ticks;
	message.ticks.count = count;
	world_say(session, &message);
	free(ticks);
}

/* `count` bars of A, the last of which begins at that time of the broker's clock. */
static inline void
world_bars(uint64_t session, size_t count, int64_t last_server_us, bool last)
{
	struct mt5_bar *bars = calloc(count + 1, sizeof(*bars));
	struct mt5_message message = {.type = MT5_BARS, .clocks = {TICK_NONE, TICK_NONE}};

	assert_non_null(bars);
	for (size_t i = 0; i < count; i++)
		bars[i] = (struct mt5_bar){.server_s = last_server_us / CLOCK_SECOND_US -
			(int64_t)(count - 1 - i) * 300, .open_e8 = 1, .high_e8 = 1, .low_e8 = 1,
			.close_e8 = 1, .ticks = 1};
	snprintf(message.bars.symbol, sizeof(message.bars.symbol), "A");
	message.bars.bars = bars;
	message.bars.count = count;
	message.bars.last = last;
	world_say(session, &message);
	free(bars);
}

static inline void
world_positions(uint64_t session, size_t count)
{
	static struct mt5_position all[MT5_POSITIONS_MAX];
	const struct mt5_message message = {.type = MT5_POSITIONS,
		.clocks = {TICK_NONE, TICK_NONE}, .positions = {1, true, all, count}};

	for (size_t i = 0; i < count; i++)
		all[i] = (struct mt5_position){.ticket = (int64_t)i + 1, .symbol = "A",
			.volume_e8 = 1, .opened_server_ms = 1, .price_open_e8 = 1,
			.stop_loss_e8 = TICK_NONE, .take_profit_e8 = TICK_NONE};
	world_say(session, &message);
}

static inline void
world_account(uint64_t session, double balance)
{
	const struct mt5_message message = {.type = MT5_ACCOUNT,
		.clocks = {TICK_NONE, TICK_NONE}, .account = {balance, NAN}};

	world_say(session, &message);
}

static inline void
world_ping(uint64_t session)
{
	const struct mt5_message message = ping();

	world_say(session, &message);
}

/* The session is welcome; what it was told of that is forgotten. */
static inline void
world_connect(uint64_t session)
{
	world_hello(session);
	hand_settle();
	assert_int_equal(world.sessions[session].line_count, 1);
	world.sessions[session].length = 0;
	world.sessions[session].line_count = 0;
}

/* ---- what it was told ---- */

#define assert_told(session, text) assert_string_equal(lines_of(session), text)

static inline const char *
lines_of(uint64_t session)
{
	const struct world_session *of = &world.sessions[session];

	return of->length == 0 ? "" : of->lines;
}

static inline void
assert_ended(uint64_t session, const char *code)
{
	assert_true(world.sessions[session].ended);
	assert_string_equal(world.sessions[session].code, code);
}

#endif
