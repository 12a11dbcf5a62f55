#define _GNU_SOURCE
#include "tickd/mt5/mt5_stream.h"

#include "tests/unit/tickd/mt5_line.h"

static void
a_line_in_pieces_is_one_line(void **state)
{
	const char *text = "{\"type\":\"ping\"}\n";

	line_start(NULL);
	for (size_t i = 0; i < strlen(text); i++) {
		assert_int_equal(line.line_count, 0);
		peer_send(text + i, 1);
		turn_until(true);
	}
	turn_until(line.line_count == 1);
	assert_lines(text);
	line_finish();
}

static void
several_lines_of_one_segment_come_in_their_order(void **state)
{
	line_start(NULL);
	peer_say("one\ntwo\n\nthree\nfo");
	turn_until(line.line_count == 4);
	peer_say("ur\n");
	turn_until(line.line_count == 5);
	assert_lines("one\ntwo\n\nthree\nfour\n");
	line_finish();
}

static void
a_line_may_end_as_on_windows(void **state)
{
	line_start(NULL);
	peer_say("one\r");
	turn_until(true);
	peer_say("\ntw\ro\r\n\r\nthree\n");
	turn_until(line.line_count == 4);
	assert_lines("one\ntw\ro\n\nthree\n");
	line_finish();
}

static void
what_has_no_end_is_no_line(void **state)
{
	line_start(NULL);
	peer_say("whole\nhalf");
	peer_hang_up();
	turn_until(line.ended_count == 1);
	assert_lines("whole\n");
	assert_string_equal(line.why, "the terminal closed the connection within a line");
	line_finish();
}

static void
an_end_between_lines_is_said_once_behind_all_lines(void **state)
{
	line_start(NULL);
	peer_say("one\ntwo\n");
	peer_hang_up();
	turn_until(line.ended_count == 1);
	assert_lines("one\ntwo\n");
	assert_string_equal(line.why, "the terminal closed the connection");
	line_write("nobody hears this\n");
	for (int i = 0; i < 10; i++)
		uv_run(&line.loop, UV_RUN_NOWAIT);
	assert_int_equal(line.ended_count, 1);
	line_finish();
}

static void
a_connection_that_is_reset_is_said(void **state)
{
	const struct linger at_once = {.l_onoff = 1};

	line_start(NULL);
	assert_int_equal(
	    setsockopt(line.peer, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once)), 0);
	peer_hang_up();
	turn_until(line.ended_count == 1);
	assert_string_equal(line.why, "the connection broke: connection reset by peer");
	line_finish();
}

static void
the_longest_line_is_handed_on_with_all_around_it(void **state)
{
	static const char *const ends[] = {"\n", "\r\n"};

	for (size_t i = 0; i < 2; i++) {
		size_t length = MT5_LINE_MAX - strlen(ends[i]);
		char *longest = long_line(length, ends[i]);

		line_start(NULL);
		peer_say("before\n");
		peer_say(longest);
		peer_say(longest);
		peer_say("behind\n");
		turn_until(line.line_count == 4);
		assert_int_equal(line.length, 7 + 2 * (length + 1) + 7);
		assert_memory_equal(line.lines + 7, longest, length);
		assert_memory_equal(line.lines + line.length - 8, "\nbehind\n", 8);
		assert_false(line.too_long);
		line_finish();
		free(longest);
	}
}

/* The terminal is still sending, and must hear all the same why nobody listens any more. */
static void
a_byte_more_is_too_long_and_what_is_said_of_it_arrives(void **state)
{
	char *longer = long_line(MT5_LINE_MAX, "\n"), *heard;

	line_start(NULL);
	peer_say("before\n");
	peer_send(longer, MT5_LINE_MAX);
	turn_until(line.line_count == 2);
	assert_true(line.too_long);
	assert_lines("before\n");
	assert_true(send(line.peer, "\nbehind\n", 8, MSG_NOSIGNAL) == 8);
	for (int i = 0; i < 10; i++)
		uv_run(&line.loop, UV_RUN_NOWAIT);
	assert_int_equal(line.line_count, 2);
	line_write("too-long\n");
	line_close();
	assert_true(send(line.peer, longer, 1000, MSG_NOSIGNAL) == 1000);
	heard = peer_hear_all();
	assert_string_equal(heard, "too-long\n");
	free(heard);
	line_finish();
	free(longer);
}

static void
what_is_written_arrives_in_its_order(void **state)
{
	char *heard;

	line_start(NULL);
	line_write("one\n");
	line_write("two\n");
	mt5_stream_write(line.stream, NULL);
	line_write("three\n");
	line_close();
	heard = peer_hear_all();
	assert_string_equal(heard, "one\ntwo\nthree\n");
	free(heard);
	line_finish();
}

static void
a_terminal_that_does_not_read_is_given_up(void **state)
{
	char *text = long_line(65536, "\n");
	int written = 0;

	line_start_at("127.0.0.1", NULL, 4096);
	while (line.ended_count == 0) {
		line_write(text);
		assert_true(++written < 1000); /* 64 MiB: no kernel keeps so much for it */
		/* Within the call nobody is told. */
		assert_int_equal(line.ended_count, 0);
		uv_run(&line.loop, UV_RUN_NOWAIT);
	}
	assert_true(written > MT5_OUT_MAX / 65536);
	assert_memory_equal(line.why, "the terminal does not read: ", 28);
	assert_true(atoi(line.why + 28) > MT5_OUT_MAX - 65537);
	assert_true(atoi(line.why + 28) <= MT5_OUT_MAX);
	line_finish();
	free(text);
}

static void
who_reads_slowly_but_reads_is_not(void **state)
{
	char *text = long_line(65536, "\n"), *into = malloc(65537);

	line_start(NULL);
	for (int i = 0; i < 4 * MT5_OUT_MAX / 65536; i++) {
		size_t heard = 0;
		ssize_t count = 0;

		line_write(text);
		while (heard < 65537) {
			turn_until((count = recv(line.peer, into, 65537 - heard, 0)) > 0);
			heard += (size_t)count;
		}
	}
	assert_int_equal(line.ended_count, 0);
	line_finish();
	free(into);
	free(text);
}

static void
a_pause_holds_back_even_what_was_read(void **state)
{
	line_start(NULL);
	line.at_line = LINE_PAUSE;
	peer_say("one\ntwo\nthr");
	turn_until(line.line_count == 1);
	peer_say("ee\n");
	for (int i = 0; i < 10; i++)
		uv_run(&line.loop, UV_RUN_NOWAIT);
	assert_lines("one\n");
	mt5_stream_resume(line.stream);
	assert_lines("one\ntwo\n");
	mt5_stream_resume(line.stream);
	turn_until(line.line_count == 3);
	assert_lines("one\ntwo\nthree\n");
	line.at_line = LINE_KEEP;
	mt5_stream_resume(line.stream);
	mt5_stream_resume(line.stream);
	line_finish();
}

static void
a_pause_makes_the_terminal_wait(void **state)
{
	char *text = long_line(1000, "\n");
	size_t sent = 0;
	ssize_t count;

	line_start(NULL);
	mt5_stream_pause(line.stream);
	while ((count = send(line.peer, text, 1001, MSG_NOSIGNAL)) >= 0) {
		sent += (size_t)count;
		assert_true(sent < 64U << 20);
		uv_run(&line.loop, UV_RUN_NOWAIT);
	}
	assert_int_equal(errno, EAGAIN);
	assert_int_equal(line.line_count, 0);
	mt5_stream_resume(line.stream);
	turn_until(line.length + 1001 > sent);
	line_finish();
	free(text);
}

static void
lines_do_not_nest_where_a_hook_resumes(void **state)
{
	line_start(NULL);
	line.at_line = LINE_PAUSE_AND_RESUME;
	peer_say("one\ntwo\nthree\n");
	turn_until(line.line_count == 3);
	assert_lines("one\ntwo\nthree\n");
	line_finish();
}

static void
a_close_within_the_hook_is_the_last_that_is_heard(void **state)
{
	line_start(NULL);
	line.at_line = LINE_CLOSE;
	peer_say("one\ntwo\nthree\n");
	turn_until(line.line_count == 1);
	peer_hang_up();
	for (int i = 0; i < 10; i++)
		uv_run(&line.loop, UV_RUN_NOWAIT);
	assert_lines("one\n");
	assert_int_equal(line.ended_count, 0);
	line_finish();
}

static void
a_last_line_is_written_where_a_hook_closes(void **state)
{
	char *heard;

	line_start(NULL);
	line.at_line = LINE_ANSWER_AND_CLOSE;
	peer_say("one\ntwo\n");
	turn_until(line.line_count == 1);
	heard = peer_hear_all();
	assert_string_equal(heard, "good-bye\n");
	assert_lines("one\n");
	free(heard);
	line_finish();
}

static void
a_paused_one_can_be_closed_with_a_last_line(void **state)
{
	char *heard;

	line_start(NULL);
	line.at_line = LINE_PAUSE;
	peer_say("one\ntwo\n");
	turn_until(line.line_count == 1);
	line_write("stopping\n");
	line_close();
	heard = peer_hear_all();
	assert_string_equal(heard, "stopping\n");
	assert_lines("one\n");
	free(heard);
	line_finish();
}

static void
a_half_closed_terminal_still_hears_the_last_line(void **state)
{
	char *heard;

	line_start(NULL);
	line.at_line = LINE_ANSWER_AND_CLOSE;
	peer_say("one\n");
	assert_int_equal(shutdown(line.peer, SHUT_WR), 0);
	heard = peer_hear_all();
	assert_string_equal(heard, "good-bye\n");
	free(heard);
	line_finish();
}

/* The only test that lasts: it waits for MT5_FAREWELL_MS. */
static void
a_farewell_that_nobody_reads_ends_by_itself(void **state)
{
	char *text = long_line(MT5_OUT_MAX - 1, "\n");
	uint64_t began;

	line_start_at("127.0.0.1", NULL, 4096);
	for (int i = 0; i < 20 && line.ended_count == 0; i++) {
		line_write(text);
		for (int turns = 0; turns < 10; turns++)
			uv_run(&line.loop, UV_RUN_NOWAIT);
	}
	assert_int_equal(line.ended_count, 1); /* so much does not fit */
	line_close();
	uv_close((uv_handle_t *)&line.listener, NULL);
	began = uv_hrtime();
	assert_int_equal(uv_run(&line.loop, UV_RUN_DEFAULT), 0);
	assert_true(uv_hrtime() - began < UINT64_C(10) * MT5_FAREWELL_MS * 1000000);
	assert_int_equal(uv_loop_close(&line.loop), 0);
	peer_hang_up();
	free(text);
}

static void
tls_on_a_plain_port_is_said_at_once(void **state)
{
	line_start(NULL);
	peer_send("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11);
	turn_until(line.ended_count == 1);
	assert_string_equal(line.why, "the terminal speaks TLS where plain text is expected");
	assert_int_equal(line.line_count, 0);
	line_finish();
}

static void
the_address_is_the_terminals_own(void **state)
{
	line_start(NULL);
	assert_string_equal(line.address, "127.0.0.1");
	line_finish();
}

static void
the_address_may_be_one_of_ipv6(void **state)
{
	struct sockaddr_in6 any = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
	int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool there = fd >= 0 && bind(fd, (struct sockaddr *)&any, sizeof(any)) == 0;

	if (fd >= 0)
		close(fd);
	if (!there)
		skip();
	line_start_at("::1", NULL, 0);
	assert_string_equal(line.address, "::1");
	line_finish();
}

/* Lines of all lengths, cut anywhere, with pauses anywhere. */
static void
lines_are_the_same_however_they_are_cut(void **state)
{
	uint64_t chance = chance_seed();
	size_t room = 4U << 20, length = 0, sent = 0;
	char *text = malloc(room);
	int lines = 0;

	assert_non_null(text);
	while (length < room - 300000) {
		int64_t most = chance_below(&chance, 20) == 0 ? 200000 : 300;
		size_t count = (size_t)chance_below(&chance, most);

		memset(text + length, 'a' + lines % 26, count);
		length += count;
		text[length++] = '\n';
		lines++;
	}
	line_start(NULL);
	while (sent < length) {
		size_t count = (size_t)chance_below(&chance, 100000) + 1;
		ssize_t gone = send(line.peer, text + sent,
		    count < length - sent ? count : length - sent, MSG_NOSIGNAL);

		sent += gone > 0 ? (size_t)gone : 0;
		line.at_line = chance_below(&chance, 2) == 0 ? LINE_PAUSE : LINE_KEEP;
		uv_run(&line.loop, UV_RUN_NOWAIT);
		if (chance_below(&chance, 2) == 0)
			mt5_stream_resume(line.stream);
	}
	line.at_line = LINE_KEEP;
	mt5_stream_resume(line.stream);
	turn_until(line.line_count == lines);
	assert_int_equal(line.length, length);
	assert_memory_equal(line.lines, text, length);
	line_finish();
	free(text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_line_in_pieces_is_one_line),
		cmocka_unit_test(several_lines_of_one_segment_come_in_their_order),
		cmocka_unit_test(a_line_may_end_as_on_windows),
		cmocka_unit_test(what_has_no_end_is_no_line),
		cmocka_unit_test(an_end_between_lines_is_said_once_behind_all_lines),
		cmocka_unit_test(a_connection_that_is_reset_is_said),
		cmocka_unit_test(the_longest_line_is_handed_on_with_all_around_it),
		cmocka_unit_test(a_byte_more_is_too_long_and_what_is_said_of_it_arrives),
		cmocka_unit_test(what_is_written_arrives_in_its_order),
		cmocka_unit_test(a_terminal_that_does_not_read_is_given_up),
		cmocka_unit_test(who_reads_slowly_but_reads_is_not),
		cmocka_unit_test(a_pause_holds_back_even_what_was_read),
		cmocka_unit_test(a_pause_makes_the_terminal_wait),
		cmocka_unit_test(lines_do_not_nest_where_a_hook_resumes),
		cmocka_unit_test(a_close_within_the_hook_is_the_last_that_is_heard),
		cmocka_unit_test(a_last_line_is_written_where_a_hook_closes),
		cmocka_unit_test(a_paused_one_can_be_closed_with_a_last_line),
		cmocka_unit_test(a_half_closed_terminal_still_hears_the_last_line),
		cmocka_unit_test(a_farewell_that_nobody_reads_ends_by_itself),
		cmocka_unit_test(tls_on_a_plain_port_is_said_at_once),
		cmocka_unit_test(the_address_is_the_terminals_own),
		cmocka_unit_test(the_address_may_be_one_of_ipv6),
		cmocka_unit_test(lines_are_the_same_however_they_are_cut),
	};

	return cmocka_run_group_tests_name("tickd/mt5_stream", tests, NULL, NULL);
}
