#define _GNU_SOURCE
#include "tickd/mt5/mt5_tls.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include "tests/unit/tickd/mt5_certificate.h"
#include "tests/unit/tickd/mt5_line.h"

static SSL *terminal; /* the peer's end */
static SSL_CTX *terminal_context;

static struct mt5_tls *
certificate_of(void **state)
{
	struct mt5_tls *tls = NULL;
	struct problem problem;

	make_certificate(state, "server", 86400, NULL);
	assert_int_equal(mt5_tls_create(&tls, scratch_path(state, "server.pem"),
			     scratch_path(state, "server.key"), &problem), 0);
	return tls;
}

/* A connection to a port of TLS, on which nothing was said yet. */
static void
start(void **state, int version)
{
	line_start(certificate_of(state));
	terminal_context = SSL_CTX_new(TLS_client_method());
	assert_non_null(terminal_context);
	SSL_CTX_set_security_level(terminal_context, 0); /* old versions may be tried */
	assert_int_equal(SSL_CTX_set_min_proto_version(terminal_context, version), 1);
	assert_int_equal(SSL_CTX_set_max_proto_version(terminal_context, version), 1);
	terminal = SSL_new(terminal_context);
	assert_non_null(terminal);
	assert_int_equal(SSL_set_fd(terminal, line.peer), 1);
	SSL_set_connect_state(terminal);
}

static void
finish(void)
{
	struct mt5_tls *tls = line.tls;

	SSL_free(terminal);
	SSL_CTX_free(terminal_context);
	line_finish();
	mt5_tls_free(tls);
}

/* True where the terminal's call has to be made again when the loop has turned. */
static bool
again(int result)
{
	int error = SSL_get_error(terminal, result);

	return error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE;
}

/* What SSL_do_handshake() comes to. */
static int
shake_hands(void)
{
	int result = 0;

	ERR_clear_error();
	turn_until((result = SSL_do_handshake(terminal)) == 1 || !again(result));
	return result;
}

static void
start_greeted(void **state, int version)
{
	start(state, version);
	assert_int_equal(shake_hands(), 1);
}

static void
say(const char *text)
{
	int result = 0;

	ERR_clear_error();
	turn_until((result = SSL_write(terminal, text, (int)strlen(text))) > 0 || !again(result));
	assert_int_equal(result, strlen(text));
}

/* Reads to the good-bye of the other end; the caller's to free. */
static char *
hear_all(void)
{
	char *text = calloc(1, 65536);
	int length = 0, result = 0;

	assert_non_null(text);
	ERR_clear_error();
	do {
		turn_until((result = SSL_read(terminal, text + length, 65535 - length)) > 0 ||
		    !again(result));
		length += result > 0 ? result : 0;
	} while (result > 0);
	assert_int_equal(SSL_get_error(terminal, result), SSL_ERROR_ZERO_RETURN);
	return text;
}

static void
lines_go_both_ways(void **state)
{
	static const int versions[] = {TLS1_2_VERSION, TLS1_3_VERSION};
	char *heard;

	for (size_t i = 0; i < 2; i++) {
		start_greeted(state, versions[i]);
		assert_int_equal(SSL_version(terminal), versions[i]);
		say("{\"type\":\"hello\"}\r\n{\"type\":");
		say("\"ping\"}\n");
		turn_until(line.line_count == 2);
		assert_lines("{\"type\":\"hello\"}\n{\"type\":\"ping\"}\n");
		line_write("{\"type\":\"welcome\"}\n");
		line_write("{\"type\":\"pong\"}\n");
		line_close();
		heard = hear_all();
		assert_string_equal(heard, "{\"type\":\"welcome\"}\n{\"type\":\"pong\"}\n");
		free(heard);
		finish();
	}
}

static void
what_is_said_before_the_handshake_waits_for_it(void **state)
{
	static const int versions[] = {TLS1_2_VERSION, TLS1_3_VERSION};
	char *heard;

	for (size_t i = 0; i < 2; i++) {
		start(state, versions[i]);
		line_write("refused\n");
		line_write("indeed\n");
		line_close();
		assert_int_equal(shake_hands(), 1);
		heard = hear_all();
		assert_string_equal(heard, "refused\nindeed\n");
		free(heard);
		finish();
	}
}

/* As tickd ends: its listener is gone before the last farewells are. */
static void
a_farewell_outlives_the_certificate(void **state)
{
	char *heard;

	start(state, TLS1_3_VERSION);
	line_write("stopping\n");
	line_close();
	mt5_tls_free(line.tls);
	line.tls = NULL;
	assert_int_equal(shake_hands(), 1);
	heard = hear_all();
	assert_string_equal(heard, "stopping\n");
	free(heard);
	finish();
}

static void
a_greeting_in_one_go_with_the_handshake_is_read(void **state)
{
	start(state, TLS1_3_VERSION);
	line_write("early\n");
	assert_int_equal(shake_hands(), 1);
	say("hello\n");
	turn_until(line.line_count == 1);
	assert_lines("hello\n");
	finish();
}

static void
plain_text_on_a_port_of_tls_is_said(void **state)
{
	start(state, TLS1_3_VERSION);
	peer_say("{\"type\":\"hello\"}\n");
	turn_until(line.ended_count == 1);
	assert_string_equal(line.why, "plain text came where TLS is expected");
	assert_int_equal(line.line_count, 0);
	finish();
}

static void
an_old_version_is_refused_and_the_terminal_told(void **state)
{
	start(state, TLS1_1_VERSION);
	assert_true(shake_hands() <= 0);
	assert_int_equal(ERR_GET_REASON(ERR_peek_error()), SSL_R_TLSV1_ALERT_PROTOCOL_VERSION);
	turn_until(line.ended_count == 1);
	assert_string_equal(line.why, "the TLS handshake failed: unsupported protocol");
	finish();
}

static void
nobody_negotiates_twice(void **state)
{
	int result = 0;
	char byte;

	start_greeted(state, TLS1_2_VERSION);
	say("before\n");
	turn_until(line.line_count == 1);
	assert_int_equal(SSL_renegotiate(terminal), 1);
	result = shake_hands();
	if (result == 1)
		turn_until((result = SSL_read(terminal, &byte, 1)) > 0 || !again(result));
	assert_true(result <= 0);
	assert_int_equal(ERR_GET_REASON(ERR_peek_error()), SSL_R_NO_RENEGOTIATION);
	assert_lines("before\n");
	finish();
}

static void
noise_in_the_handshake_ends_it(void **state)
{
	start(state, TLS1_3_VERSION);
	peer_send("\x16\x03\x01\x00\x04\xff\xff\xff\xff", 9);
	turn_until(line.ended_count == 1);
	assert_memory_equal(line.why, "the TLS handshake failed: ", 26);
	finish();
}

static void
noise_behind_the_handshake_ends_it(void **state)
{
	start_greeted(state, TLS1_3_VERSION);
	say("one\n");
	turn_until(line.line_count == 1);
	peer_send("\x17\x03\x03\x00\x20 this was never encrypted by them", 38);
	turn_until(line.ended_count == 1);
	assert_memory_equal(line.why, "TLS failed: ", 12);
	line_write("nothing\n");
	assert_lines("one\n");
	finish();
}

static void
an_end_in_the_handshake_is_said(void **state)
{
	start(state, TLS1_3_VERSION);
	assert_int_equal(SSL_do_handshake(terminal), -1);
	peer_hang_up();
	turn_until(line.ended_count == 1);
	assert_true(strcmp(line.why, "the terminal closed the connection") == 0 ||
	    strcmp(line.why, "the connection broke: connection reset by peer") == 0);
	finish();
}

static void
a_goodbye_is_an_end(void **state)
{
	start_greeted(state, TLS1_3_VERSION);
	say("one\n");
	assert_int_equal(SSL_shutdown(terminal), 0);
	turn_until(line.ended_count == 1);
	assert_string_equal(line.why, "the terminal closed the connection");
	assert_lines("one\n");
	finish();
}

static void
the_longest_line_is_handed_on_and_a_byte_more_is_not(void **state)
{
	char *longest = long_line(MT5_LINE_MAX - 1, "\n"), *longer = long_line(MT5_LINE_MAX, "\n");
	int result = 0;
	char *heard;

	start_greeted(state, TLS1_3_VERSION);
	SSL_set_mode(terminal, SSL_MODE_ENABLE_PARTIAL_WRITE);
	for (const char *at = longest; *at != '\0'; at += result)
		turn_until((result = SSL_write(terminal, at, (int)strlen(at))) > 0);
	turn_until(line.line_count == 1);
	assert_lines(longest);
	for (const char *at = longer; *at != '\0' && !line.too_long; at += result)
		turn_until((result = SSL_write(terminal, at, (int)strlen(at))) > 0 ||
		    line.too_long);
	turn_until(line.too_long);
	line_write("too-long\n");
	line_close();
	heard = hear_all();
	assert_string_equal(heard, "too-long\n");
	free(heard);
	free(longest);
	free(longer);
	finish();
}

static void
a_pause_holds_back_what_was_not_decrypted_yet(void **state)
{
	start_greeted(state, TLS1_3_VERSION);
	line.at_line = LINE_PAUSE;
	say("one\ntwo\n");
	say("three\n");
	turn_until(line.line_count == 1);
	for (int i = 0; i < 10; i++)
		uv_run(&line.loop, UV_RUN_NOWAIT);
	assert_lines("one\n");
	line.at_line = LINE_KEEP;
	mt5_stream_resume(line.stream);
	turn_until(line.line_count == 3);
	assert_lines("one\ntwo\nthree\n");
	finish();
}

static void
a_close_within_the_hook_is_the_last_that_is_heard(void **state)
{
	char *heard;

	start_greeted(state, TLS1_2_VERSION);
	line.at_line = LINE_ANSWER_AND_CLOSE;
	say("one\ntwo\n");
	say("three\n");
	turn_until(line.line_count == 1);
	heard = hear_all();
	assert_string_equal(heard, "good-bye\n");
	assert_lines("one\n");
	free(heard);
	finish();
}

static void
a_terminal_that_does_not_read_is_given_up(void **state)
{
	char *text = long_line(65536, "\n");
	int written = 0;

	start_greeted(state, TLS1_3_VERSION);
	while (line.ended_count == 0) {
		line_write(text);
		assert_true(++written < 1000);
		uv_run(&line.loop, UV_RUN_NOWAIT);
	}
	assert_memory_equal(line.why, "the terminal does not read: ", 28);
	peer_hang_up();
	finish();
	free(text);
}

static void
who_never_shakes_hands_is_not_written_to_without_end(void **state)
{
	char *text = long_line(65536, "\n");
	int written = 0;

	start(state, TLS1_3_VERSION);
	while (line.ended_count == 0) {
		line_write(text);
		assert_true(++written <= MT5_OUT_MAX / 65537 + 1);
		uv_run(&line.loop, UV_RUN_NOWAIT);
	}
	assert_memory_equal(line.why, "the terminal does not read: ", 28);
	peer_hang_up();
	finish();
	free(text);
}

static void
lines_are_the_same_however_records_are_cut(void **state)
{
	uint64_t chance = chance_seed();
	size_t room = 1U << 20, length = 0;
	char *text = calloc(1, room + 1);
	int lines = 0, result = 0;

	assert_non_null(text);
	while (length < room - 50000) {
		int64_t most = chance_below(&chance, 20) == 0 ? 49000 : 300;
		size_t count = (size_t)chance_below(&chance, most);

		memset(text + length, 'a' + lines % 26, count);
		length += count;
		text[length++] = '\n';
		lines++;
	}
	start_greeted(state, TLS1_3_VERSION);
	SSL_set_mode(terminal, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	for (size_t sent = 0; sent < length; sent += result > 0 ? (size_t)result : 0) {
		/* What was refused for want of room must be said again, not less of it. */
		size_t some = (size_t)chance_below(&chance, 30000) + 1;
		size_t count = result < 0 ? length - sent : some;

		ERR_clear_error();
		result = SSL_write(terminal, text + sent,
		    (int)(count < length - sent ? count : length - sent));
		assert_true(result > 0 || again(result));
		line.at_line = chance_below(&chance, 2) == 0 ? LINE_PAUSE : LINE_KEEP;
		uv_run(&line.loop, UV_RUN_NOWAIT);
		if (chance_below(&chance, 2) == 0)
			mt5_stream_resume(line.stream);
	}
	line.at_line = LINE_KEEP;
	mt5_stream_resume(line.stream);
	turn_until(line.line_count == lines);
	assert_lines(text);
	finish();
	free(text);
}

/* ---- certificates ---- */

static const char *
refused(void **state, const char *certificate, const char *key)
{
	static struct problem problem;
	struct mt5_tls *tls = NULL;

	assert_int_equal(mt5_tls_create(&tls, scratch_path(state, certificate),
			     scratch_path(state, key), &problem), -EINVAL);
	assert_null(tls);
	assert_int_equal(ERR_peek_error(), 0);
	/* Without the folder, which is another one each time. */
	assert_memory_equal(problem.text, *state, strlen(*state));
	return problem.text + strlen(*state) + 1;
}

static void
what_is_wrong_with_a_certificate_is_said(void **state)
{
	char expected[SCRATCH_PATH_SIZE + 64];

	make_certificate(state, "one", 86400, NULL);
	make_certificate(state, "two", 86400, NULL);
	make_certificate(state, "old", -10, NULL);
	make_certificate(state, "shy", 86400, "secret");
	scratch_file(state, "text", "no certificate\n");
	assert_string_equal(refused(state, "none.pem", "one.key"),
	    "none.pem cannot be read: No such file or directory");
	assert_string_equal(refused(state, "one.pem", "none.key"),
	    "none.key cannot be read: No such file or directory");
	assert_string_equal(refused(state, "text", "one.key"), "text holds no certificate in PEM");
	assert_string_equal(refused(state, "one.pem", "text"),
	    "text holds no private key in PEM without a password");
	assert_string_equal(refused(state, "shy.pem", "shy.key"),
	    "shy.key holds no private key in PEM without a password");
	snprintf(expected, sizeof(expected), "two.key is not the key of the certificate %s",
	    scratch_path(state, "one.pem"));
	assert_string_equal(refused(state, "one.pem", "two.key"), expected);
	assert_string_equal(refused(state, "old.pem", "old.key"),
	    "old.pem: the certificate has expired");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define test(f) cmocka_unit_test_setup_teardown(f, scratch_make, scratch_remove)
		test(lines_go_both_ways),
		test(what_is_said_before_the_handshake_waits_for_it),
		test(a_farewell_outlives_the_certificate),
		test(a_greeting_in_one_go_with_the_handshake_is_read),
		test(plain_text_on_a_port_of_tls_is_said),
		test(an_old_version_is_refused_and_the_terminal_told),
		test(nobody_negotiates_twice),
		test(noise_in_the_handshake_ends_it),
		test(noise_behind_the_handshake_ends_it),
		test(an_end_in_the_handshake_is_said),
		test(a_goodbye_is_an_end),
		test(the_longest_line_is_handed_on_and_a_byte_more_is_not),
		test(a_pause_holds_back_what_was_not_decrypted_yet),
		test(a_close_within_the_hook_is_the_last_that_is_heard),
		test(a_terminal_that_does_not_read_is_given_up),
		test(who_never_shakes_hands_is_not_written_to_without_end),
		test(lines_are_the_same_however_records_are_cut),
		test(what_is_wrong_with_a_certificate_is_said),
	};

	return cmocka_run_group_tests_name("tickd/mt5_tls", tests, NULL, NULL);
}
