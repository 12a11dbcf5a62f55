#define _GNU_SOURCE
#include "tickd/mt5/mt5_sessions.h"

#include <errno.h>

#include "common/clock.h"
#include "tests/unit/common/scratch.h"
#include "tickd/mt5/mt5_message.h"

/*
 * Connections without sockets and sources without storage: the test hands on lines as a stream
 * does, and says what a source does with them.
 */
#define PEERS 2048
#define TOKEN "the-token-of-the-first"
#define OTHER "the-token-of-the-other"

struct mt5_stream {
	struct mt5_stream_hooks hooks;
	char *last; /* the last line that it was told */
	int told;
	bool paused, closed;
};

struct mt5_source {
	int hellos, messages, gone;
	uint64_t session; /* of the last of them */
	char why[PROBLEM_SIZE];
	void (*at_hello)(uint64_t session);
	void (*at_message)(uint64_t session);
};

static struct {
	struct mt5_sessions *sessions;
	struct settings settings;
	struct mt5_source first, other;
	struct mt5_keyed_source keyed[2];
	struct mt5_stream peers[PEERS];
	int peer_count, accept_error;
	const char *address;
	int64_t now_us;
	int told;
	char sentence[640];
} world;

int64_t
clock_monotonic_us(void)
{
	return world.now_us;
}

int64_t
clock_wall_us(void)
{
	return INT64_C(1724000000) * CLOCK_SECOND_US + world.now_us;
}

/* ---- streams ---- */

static uv_tcp_t listener;

int
mt5_stream_accept(struct mt5_stream **ret, uv_stream_t *from, struct mt5_tls *tls,
    const struct mt5_stream_hooks *hooks, char address[static MT5_ADDRESS_SIZE])
{
	assert_ptr_equal(from, &listener);
	if (world.accept_error < 0)
		return world.accept_error;
	assert_true(world.peer_count < PEERS);
	*ret = &world.peers[world.peer_count++];
	(*ret)->hooks = *hooks;
	snprintf(address, MT5_ADDRESS_SIZE, "%s", world.address);
	return 0;
}

void
mt5_stream_write(struct mt5_stream *stream, char *line)
{
	assert_non_null(line);
	assert_false(stream->closed);
	free(stream->last);
	stream->last = line;
	stream->told++;
}

void
mt5_stream_pause(struct mt5_stream *stream)
{
	assert_false(stream->closed);
	stream->paused = true;
}

void
mt5_stream_resume(struct mt5_stream *stream)
{
	assert_false(stream->closed);
	stream->paused = false;
}

void
mt5_stream_close(struct mt5_stream *stream)
{
	assert_false(stream->closed);
	stream->closed = true;
}

/* ---- sources ---- */

void
mt5_source_hello(struct mt5_source *source, uint64_t session, const struct mt5_hello *hello,
    const struct mt5_clocks *clocks)
{
	source->hellos++;
	source->session = session;
	if (source->at_hello != NULL)
		source->at_hello(session);
}

void
mt5_source_message(struct mt5_source *source, uint64_t session, const struct mt5_message *message)
{
	source->messages++;
	source->session = session;
	if (source->at_message != NULL)
		source->at_message(session);
}

void
mt5_source_gone(struct mt5_source *source, uint64_t session, const char *why)
{
	source->gone++;
	source->session = session;
	snprintf(source->why, sizeof(source->why), "%s", why);
}

/* ---- the whole ---- */

static void
on_tell(void *context, int level, const char *event, const char *symbol, const char *sentence)
{
	assert_ptr_equal(context, &world);
	assert_null(strstr(sentence, TOKEN));
	world.told++;
	snprintf(world.sentence, sizeof(world.sentence), "%s", sentence);
}

static int
begin(void **state)
{
	struct mt5_sessions_parameters parameters = {.settings = &world.settings,
		.sources = world.keyed, .source_count = 2, .tell = on_tell, .context = &world};

	memset(&world, 0, sizeof(world));
	world.now_us = 1000000;
	world.address = "10.0.0.1";
	world.settings.mt5.connections = 4;
	world.settings.mt5.silence_us = 30 * CLOCK_SECOND_US;
	world.keyed[0] = (struct mt5_keyed_source){&world.first, TOKEN};
	world.keyed[1] = (struct mt5_keyed_source){&world.other, OTHER};
	world.sessions = mt5_sessions_create(&parameters);
	return world.sessions == NULL ? -1 : 0;
}

static void
close_all(void)
{
	mt5_sessions_close(world.sessions);
	world.sessions = NULL;
}

static int
end(void **state)
{
	close_all();
	for (int i = 0; i < world.peer_count; i++) {
		assert_true(world.peers[i].closed);
		free(world.peers[i].last);
	}
	return 0;
}

/* ---- what terminals do ---- */

static struct mt5_stream *
come(void)
{
	mt5_sessions_accept(world.sessions, (uv_stream_t *)&listener);
	return &world.peers[world.peer_count - 1];
}

static void
say(struct mt5_stream *peer, const char *text)
{
	char line[4096];

	assert_false(peer->closed);
	assert_true(snprintf(line, sizeof(line), "%s", text) < (int)sizeof(line));
	peer->hooks.line(peer->hooks.context, line, strlen(line));
}

static const char *
hello_with(const char *token, int version)
{
	static char line[1024];

	snprintf(line, sizeof(line), "{\"type\":\"hello\",\"version\":%d,\"token\":\"%s\","
	    "\"account\":\"1\",\"server\":\"S\",\"margin_mode\":\"hedging\",\"currency\":\"USD\","
	    "\"time_server\":1724000000,\"time_gmt\":1724000000,\"symbols\":[]}", version, token);
	return line;
}

static struct mt5_stream *
come_with_token(const char *token)
{
	struct mt5_stream *peer = come();

	if (!peer->closed)
		say(peer, hello_with(token, 1));
	return peer;
}

#define PING "{\"type\":\"ping\",\"time_server\":1724000000,\"time_gmt\":1724000000}"

/* It was told that and nothing behind it. */
static void
assert_closed(const struct mt5_stream *peer, const char *code)
{
	char begin[64];

	assert_true(peer->closed);
	assert_non_null(peer->last);
	snprintf(begin, sizeof(begin), "{\"type\":\"error\",\"code\":\"%s\",", code);
	assert_memory_equal(peer->last, begin, strlen(begin));
}

static void
turn_after(int64_t us)
{
	world.now_us += us;
	mt5_sessions_turn(world.sessions);
}

/* ---- hello ---- */

static void
a_token_opens_its_own_source_and_nothing_is_read_until_it_is_welcome(void **state)
{
	struct mt5_stream *peer = come_with_token(OTHER);

	assert_int_equal(world.first.hellos, 0);
	assert_int_equal(world.other.hellos, 1);
	assert_true(peer->paused);
	mt5_sessions_pause(world.sessions, world.other.session, false);
	assert_false(peer->paused);
	say(peer, PING);
	assert_int_equal(world.other.messages, 1);
	assert_false(peer->closed);
}

static void
whatever_comes_before_hello_ends_the_connection(void **state)
{
	static const struct {
		const char *line, *code;
	} lines[] = {{PING, "no-hello"}, {"hello", "not-json"}, {"[]", "not-json"},
		{"{\"type\":\"hello\"}", "bad-message"}, {"", "not-json"}};

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		struct mt5_stream *peer = come();

		say(peer, lines[i].line);
		assert_closed(peer, lines[i].code);
	}
	assert_int_equal(world.first.hellos + world.first.messages + world.first.gone, 0);
}

static void
another_version_is_said_before_any_token_is_looked_at(void **state)
{
	struct mt5_stream *peer = come();

	say(peer, hello_with("none", 2));
	assert_closed(peer, "version");
	assert_non_null(strstr(peer->last, "version 2 of the protocol, tickd 1"));
}

static void
three_wrong_tokens_close_the_door_for_a_minute_to_that_address_alone(void **state)
{
	for (int i = 0; i < 3; i++)
		assert_closed(come_with_token("a-token-of-nobody"), "token");
	assert_closed(come(), "refused");
	world.address = "10.0.0.2";
	assert_false(come_with_token(TOKEN)->closed);
	world.address = "10.0.0.1";
	turn_after(60 * CLOCK_SECOND_US);
	assert_false(come()->closed);
}

static void
a_line_that_is_too_long_ends_the_connection_and_its_source_is_told_why(void **state)
{
	struct mt5_stream *peer = come_with_token(TOKEN);

	mt5_sessions_pause(world.sessions, world.first.session, false);
	peer->hooks.line(peer->hooks.context, NULL, 0);
	assert_closed(peer, "too-long");
	assert_int_equal(world.first.gone, 1);
	assert_string_equal(world.first.why, "a line has more than 256 KiB");
}

static void
a_connection_that_ends_is_told_to_its_source_once(void **state)
{
	struct mt5_stream *peer = come_with_token(TOKEN), *stranger = come();

	peer->hooks.ended(peer->hooks.context, "it is gone");
	stranger->hooks.ended(stranger->hooks.context, "it is gone");
	assert_true(peer->closed && stranger->closed);
	assert_int_equal(peer->told + stranger->told, 0);
	assert_int_equal(world.first.gone, 1);
	assert_string_equal(world.first.why, "it is gone");
	turn_after(60 * CLOCK_SECOND_US);
	assert_int_equal(world.first.gone, 1);
}

/* ---- what sources do within their calls ---- */

static void
end_it(uint64_t session)
{
	mt5_sessions_end(world.sessions, session, "account", "not this one");
	mt5_sessions_pause(world.sessions, session, true);
	mt5_sessions_pause(world.sessions, session, false);
	mt5_sessions_write(world.sessions, session, strdup("nobody hears this\n"));
	mt5_sessions_end(world.sessions, session, "account", "not this one");
}

static void
a_source_may_end_a_connection_within_its_hello(void **state)
{
	struct mt5_stream *peer;

	world.first.at_hello = end_it;
	peer = come_with_token(TOKEN);
	assert_closed(peer, "account");
	assert_int_equal(peer->told, 1);
	assert_int_equal(world.first.gone, 0); /* it knows */
	turn_after(1);
}

static void
a_source_may_end_a_connection_within_its_message(void **state)
{
	struct mt5_stream *peer = come_with_token(TOKEN);

	mt5_sessions_pause(world.sessions, world.first.session, false);
	world.first.at_message = end_it;
	say(peer, PING);
	assert_closed(peer, "account");
	turn_after(1);
}

static uint64_t older;

static void
end_older(uint64_t session)
{
	mt5_sessions_end(world.sessions, older, "replaced", "by the test");
}

static void
a_source_may_end_another_connection_within_a_hello(void **state)
{
	struct mt5_stream *one = come_with_token(TOKEN), *two;

	older = world.first.session;
	world.first.at_hello = end_older;
	two = come_with_token(TOKEN);
	assert_closed(one, "replaced");
	assert_false(two->closed);
	turn_after(1);
	assert_int_not_equal(world.first.session, older);
}

static void
a_number_that_no_connection_has_any_more_is_passed_over(void **state)
{
	struct mt5_stream *peer = come_with_token(TOKEN);
	uint64_t number = world.first.session;

	peer->hooks.ended(peer->hooks.context, "gone");
	turn_after(1);
	come_with_token(TOKEN);
	end_it(number);
	end_it(0);
	assert_false(world.peers[world.peer_count - 1].closed);
}

/* ---- time ---- */

static void
who_says_nothing_for_too_long_is_closed_but_not_while_we_do_not_read(void **state)
{
	struct mt5_stream *stranger = come(), *waits = come_with_token(OTHER), *welcome;

	welcome = come_with_token(TOKEN);
	mt5_sessions_pause(world.sessions, world.first.session, false);
	turn_after(30 * CLOCK_SECOND_US);
	assert_false(stranger->closed || welcome->closed || waits->closed);
	turn_after(1);
	assert_closed(stranger, "silent");
	assert_closed(welcome, "silent");
	assert_int_equal(world.first.gone, 1);
	assert_false(waits->closed); /* for its welcome */
	turn_after(600 * CLOCK_SECOND_US);
	mt5_sessions_pause(world.sessions, world.other.session, false);
	turn_after(30 * CLOCK_SECOND_US);
	assert_false(waits->closed);
	turn_after(1);
	assert_closed(waits, "silent");
}

/* ---- room ---- */

static void
more_connections_than_there_may_be_are_refused_until_one_leaves(void **state)
{
	struct mt5_stream *peers[4];

	for (int i = 0; i < 4; i++)
		peers[i] = come_with_token(TOKEN);
	assert_closed(come(), "refused");
	peers[2]->hooks.ended(peers[2]->hooks.context, "gone");
	assert_false(come()->closed);
	assert_closed(come(), "refused");
}

/* Else whoever just connects and waits would keep all terminals out. */
static void
strangers_who_had_time_for_a_hello_make_room_for_others(void **state)
{
	struct mt5_stream *terminal = come_with_token(TOKEN), *strangers[3];

	for (int i = 0; i < 3; i++) {
		strangers[i] = come();
		world.now_us += CLOCK_SECOND_US;
	}
	assert_closed(come(), "refused");
	world.now_us += 3 * CLOCK_SECOND_US;
	assert_false(come_with_token(OTHER)->closed);
	assert_closed(strangers[0], "refused");
	assert_false(strangers[1]->closed || strangers[2]->closed || terminal->closed);
	assert_int_equal(world.other.hellos, 1);
}

/* A last line keeps its connection open until it is read. */
static void
a_flood_of_strangers_is_closed_without_a_word(void **state)
{
	int told = 0;

	for (int i = 0; i < 1000; i++)
		say(come(), "not json");
	for (int i = 0; i < world.peer_count; i++) {
		assert_true(world.peers[i].closed);
		told += world.peers[i].told;
	}
	assert_int_equal(told, MT5_FAREWELLS_MAX);
	turn_after(MT5_FAREWELL_MS * CLOCK_MS_US);
	say(come(), "not json");
	assert_int_equal(world.peers[world.peer_count - 1].told, 1);
}

static void
a_flood_of_strangers_does_not_fill_the_log(void **state)
{
	for (int i = 0; i < 1000; i++)
		say(come(), "not json");
	assert_int_equal(world.told, 10);
	world.now_us += 61 * CLOCK_SECOND_US;
	say(come(), "not json");
	assert_int_equal(world.told, 11);
	assert_non_null(strstr(world.sentence, "; 990 such lines were left out before"));
}

static void
a_terminal_is_told_why_it_is_closed_in_a_flood_of_strangers_too(void **state)
{
	struct mt5_stream *peer = come_with_token(TOKEN);

	for (int i = 0; i < 1000; i++)
		say(come(), "not json");
	mt5_sessions_end(world.sessions, world.first.session, "replaced", "by the test");
	assert_closed(peer, "replaced");
}

/* ---- failures ---- */

/* The listener says nothing of any others until that one is taken. */
static void
a_connection_for_which_there_is_no_memory_is_taken_at_a_later_turn(void **state)
{
	world.accept_error = -ENOMEM;
	mt5_sessions_accept(world.sessions, (uv_stream_t *)&listener);
	turn_after(CLOCK_SECOND_US);
	assert_int_equal(world.peer_count, 0);
	world.accept_error = 0;
	turn_after(CLOCK_SECOND_US);
	assert_int_equal(world.peer_count, 1);
	say(&world.peers[0], hello_with(TOKEN, 1));
	assert_int_equal(world.first.hellos, 1);
	turn_after(CLOCK_SECOND_US);
	assert_int_equal(world.peer_count, 1);
}

static void
a_connection_that_broke_before_it_was_taken_is_forgotten(void **state)
{
	world.accept_error = -ENOTCONN;
	mt5_sessions_accept(world.sessions, (uv_stream_t *)&listener);
	world.accept_error = 0;
	turn_after(CLOCK_SECOND_US);
	assert_int_equal(world.peer_count, 0);
	assert_int_equal(world.told, 0);
}

/* ---- the end ---- */

static void
all_are_told_that_tickd_ends_and_no_source_is(void **state)
{
	struct mt5_stream *stranger = come(), *terminal = come_with_token(TOKEN);
	struct mt5_stream *gone = come();

	gone->hooks.ended(gone->hooks.context, "gone");
	close_all();
	assert_closed(stranger, "stopping");
	assert_closed(terminal, "stopping");
	assert_int_equal(gone->told, 0);
	assert_int_equal(world.first.gone, 0);
}

#define promise(test) cmocka_unit_test_setup_teardown(test, begin, end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		promise(a_token_opens_its_own_source_and_nothing_is_read_until_it_is_welcome),
		promise(whatever_comes_before_hello_ends_the_connection),
		promise(another_version_is_said_before_any_token_is_looked_at),
		promise(three_wrong_tokens_close_the_door_for_a_minute_to_that_address_alone),
		promise(a_line_that_is_too_long_ends_the_connection_and_its_source_is_told_why),
		promise(a_connection_that_ends_is_told_to_its_source_once),
		promise(a_source_may_end_a_connection_within_its_hello),
		promise(a_source_may_end_a_connection_within_its_message),
		promise(a_source_may_end_another_connection_within_a_hello),
		promise(a_number_that_no_connection_has_any_more_is_passed_over),
		promise(who_says_nothing_for_too_long_is_closed_but_not_while_we_do_not_read),
		promise(more_connections_than_there_may_be_are_refused_until_one_leaves),
		promise(strangers_who_had_time_for_a_hello_make_room_for_others),
		promise(a_flood_of_strangers_is_closed_without_a_word),
		promise(a_flood_of_strangers_does_not_fill_the_log),
		promise(a_terminal_is_told_why_it_is_closed_in_a_flood_of_strangers_too),
		promise(a_connection_for_which_there_is_no_memory_is_taken_at_a_later_turn),
		promise(a_connection_that_broke_before_it_was_taken_is_forgotten),
		promise(all_are_told_that_tickd_ends_and_no_source_is),
	};

	return cmocka_run_group_tests_name("tickd/mt5_sessions", tests, NULL, NULL);
}
