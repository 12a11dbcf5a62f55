#define _GNU_SOURCE
#include "tickd/mt5/mt5_scan.h"

#include <errno.h>
#include <inttypes.h>

#include "tests/unit/tickd/failing_memory.h"
#include "tests/unit/tickd/terminal_lines.h"

#define LINE_ROOM 4096
#define GENERATED 20000
#define MUTATED 100000

struct line {
	char text[LINE_ROOM];
	size_t length;
};

__attribute__((format(printf, 2, 3))) static void
add(struct line *line, const char *format, ...)
{
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = vsnprintf(line->text + line->length, LINE_ROOM - line->length, format, arguments);
	va_end(arguments);
	assert_true(length >= 0 && (size_t)length < LINE_ROOM - line->length);
	line->length += (size_t)length;
}

/* Small and large numbers equally often, up to `bits` bits. */
static int64_t
number(uint64_t *chance, int bits)
{
	return (int64_t)(chance_next(chance) >> (64 - bits) >> chance_below(chance, bits));
}

static void
add_decimal(struct line *line, uint64_t *chance)
{
	static const int64_t ones[] = {1, 10, 100, 1000, 10000, 100000, 1000000, 10000000,
		100000000};
	int places = (int)chance_below(chance, 9);

	if (chance_below(chance, 4) == 0)
		add(line, "\"0\",");
	else if (places == 0)
		add(line, "\"%" PRId64 "\",", number(chance, 33));
	else
		add(line, "\"%" PRId64 ".%0*" PRId64 "\",", number(chance, 33), places,
		    chance_below(chance, ones[places]));
}

static void
add_tick(struct line *line, int64_t time_ms, uint64_t *chance)
{
	add(line, "[%" PRId64 ",", time_ms);
	for (int i = 0; i < 4; i++)
		add_decimal(line, chance);
	add(line, "%" PRId64 "]", number(chance, 32));
}

/* As a bridge writes it. */
static void
generate(struct line *line, uint64_t *chance)
{
	static const char *const names[] = {"EURUSD", "X", "XAUUSD.r", "US 500", "#AAPL",
		"A-NAME-OF-SIXTY-THREE-LETTERS-WHICH-IS-THE-LONGEST-THAT-THERE-IS"};
	int64_t time_ms = INT64_C(1500000000000) + number(chance, 40);
	int64_t ticks = chance_below(chance, 8);

	line->length = 0;
	add(line, "{\"type\":\"ticks\",\"symbol\":\"%.63s\",\"seq\":%" PRId64
	    ",\"time_server\":%" PRId64 ",\"time_gmt\":%" PRId64,
	    names[chance_below(chance, sizeof(names) / sizeof(names[0]))],
	    number(chance, 59), 1 + number(chance, 32), 1 + number(chance, 32));
	if (chance_below(chance, 2))
		add(line, ",\"first\":%" PRId64, number(chance, 29));
	if (chance_below(chance, 2))
		add(line, ",\"from_msc\":%" PRId64, 1 + number(chance, 42));
	add(line, ",\"ticks\":[");
	for (int64_t i = 0; i < ticks; i++) {
		add(line, "%s", i > 0 ? "," : "");
		add_tick(line, time_ms, chance);
		time_ms += number(chance, 20) - 1 > 0 ? number(chance, 20) : 0;
	}
	add(line, "]}");
}

/* Replaces `lost` bytes at `at` by the text. */
static void
replace(struct line *line, size_t at, size_t lost, const char *text)
{
	size_t length = strlen(text), rest;

	if (lost > line->length - at)
		lost = line->length - at;
	rest = line->length - at - lost;
	if (line->length - lost + length > LINE_ROOM)
		return;
	memmove(line->text + at + length, line->text + at + lost, rest);
	memcpy(line->text + at, text, length);
	line->length = at + length + rest;
}

static void
mutate(struct line *line, uint64_t *chance)
{
	static const char *const pieces[] = {" ", "\t", "\n", "\\", "\"", "{", "}", "[", "]", ",",
		":", "0", "1", "9", "-", "+", ".", ".0", "e5", "null", "true", "\\u0041",
		"\xc3\xa4", "\xff", "\x7f", "\x01", "9999999999999999999", "4294967296", "7258118400000",
		"[]", "\"0\"", "\"1.123456789\"", "\"1.500000000\"", "\"-1\"", "\"\"", "\"1.\"",
		"\"12345678901\"", "\"00001.5\"", "1.5", ",\"first\":0", ",\"x\":1",
		",\"from_msc\":0", ",\"seq\":1", "00"};
	size_t at = (size_t)chance_below(chance, (int64_t)line->length + 1);

	switch (chance_below(chance, 5)) {
	case 0:
		if (at < line->length)
			line->text[at] ^= (char)(1 << chance_below(chance, 8));
		break;
	case 1:
		replace(line, at, (size_t)chance_below(chance, 5), "");
		break;
	case 2:
		/* Space where it may be, or on the end. */
		while (at < line->length && line->text[at] != ',')
			at++;
		replace(line, at, 0, " ");
		break;
	default:
		replace(line, at, (size_t)chance_below(chance, 4),
		    pieces[chance_below(chance, sizeof(pieces) / sizeof(pieces[0]))]);
		break;
	}
}

static bool
same_tick(const struct mt5_tick *a, const struct mt5_tick *b)
{
	return a->server_ms == b->server_ms && a->bid_e8 == b->bid_e8 && a->ask_e8 == b->ask_e8 &&
	    a->last_e8 == b->last_e8 && a->volume_e8 == b->volume_e8 && a->flags == b->flags;
}

static bool
same_message(const struct mt5_message *a, const struct mt5_message *b)
{
	if (a->type != b->type || a->clocks.server_s != b->clocks.server_s ||
	    a->clocks.gmt_s != b->clocks.gmt_s || strcmp(a->ticks.symbol, b->ticks.symbol) != 0 ||
	    a->ticks.seq != b->ticks.seq || a->ticks.first != b->ticks.first ||
	    a->ticks.from_ms != b->ticks.from_ms || a->ticks.count != b->ticks.count)
		return false;
	for (size_t i = 0; i < a->ticks.count; i++)
		if (!same_tick(&a->ticks.ticks[i], &b->ticks.ticks[i]))
			return false;
	return true;
}

struct both {
	struct mt5_reader *reader; /* of the judge */
	struct mt5_tick *ticks;	   /* of the scanner */
	size_t room;
	int64_t scanned, judged, refused;
};

static int
start_both(void **state)
{
	struct both *both = calloc(1, sizeof(*both));

	*state = both;
	if (both != NULL)
		both->reader = mt5_reader_create();
	return both != NULL && both->reader != NULL ? 0 : -1;
}

static int
finish_both(void **state)
{
	struct both *both = *state;

	mt5_reader_free(both->reader);
	free(both->ticks);
	free(both);
	return 0;
}

/* From memory without a byte behind it, so that the address sanitizer sees who reads too far. */
static int
scan(struct both *both, const char *text, size_t length, struct mt5_message *ret)
{
	char *line = malloc(length > 0 ? length : 1);
	int scanned;

	assert_non_null(line);
	memcpy(line, text, length);
	scanned = mt5_scan_ticks(line, length, ret, &both->ticks, &both->room);
	free(line);
	return scanned;
}

static void
check_agreement(struct both *both, const char *text, size_t length)
{
	struct mt5_message scanned, judged;
	struct problem problem;
	int taken = scan(both, text, length, &scanned);
	int error = terminal_line(both->reader, mt5_message_judge, text, length, &judged, &problem);

	assert_true(taken == 0 || taken == 1);
	both->scanned += taken;
	both->judged += !taken && error == 0;
	both->refused += error < 0;
	if (taken && error < 0)
		fail_msg("jansson refuses what was scanned: %s: %.*s", problem.text, (int)length,
		    text);
	if (taken && !same_message(&scanned, &judged))
		fail_msg("jansson reads something else: %.*s", (int)length, text);
}

static void
the_scanner_takes_every_line_that_bridges_write_and_reads_what_jansson_reads(void **state)
{
	struct both *both = *state;
	uint64_t chance = chance_seed();
	struct line line;

	for (int i = 0; i < GENERATED; i++) {
		generate(&line, &chance);
		check_agreement(both, line.text, line.length);
	}
	assert_int_equal(both->scanned, GENERATED);
}

static void
the_scanner_and_jansson_agree_on_mutated_lines(void **state)
{
	struct both *both = *state;
	uint64_t chance = chance_seed() + 1;
	struct line line;

	for (int i = 0; i < MUTATED; i++) {
		generate(&line, &chance);
		for (int64_t times = 1 + chance_below(&chance, 3); times > 0; times--)
			mutate(&line, &chance);
		check_agreement(both, line.text, line.length);
	}
	/* All ways must have been walked often, or nothing was compared. */
	assert_true(both->scanned > MUTATED / 20);
	assert_true(both->judged > MUTATED / 20);
	assert_true(both->refused > MUTATED / 4);
}

static void
every_prefix_and_every_single_byte_of_a_line_is_agreed_on(void **state)
{
	struct both *both = *state;
	size_t length = sizeof(example_ticks) - 1;
	char text[sizeof(example_ticks)];

	for (size_t cut = 0; cut < length; cut++)
		check_agreement(both, example_ticks, cut);
	for (size_t at = 0; at < length; at++)
		for (int byte = 0; byte < 256; byte++) {
			memcpy(text, example_ticks, length);
			text[at] = (char)byte;
			check_agreement(both, text, length);
		}
	assert_true(both->scanned > 0 && both->judged > 0 && both->refused > 0);
}

static void
the_example_of_the_paper_is_scanned(void **state)
{
	struct mt5_message message;

	assert_int_equal(scan(*state, example_ticks, sizeof(example_ticks) - 1, &message), 1);
	assert_int_equal(message.type, MT5_TICKS);
	assert_int_equal(message.clocks.server_s, 1724000001);
	assert_int_equal(message.clocks.gmt_s, 1723989201);
	assert_string_equal(message.ticks.symbol, "EURUSD");
	assert_int_equal(message.ticks.seq, 7);
	assert_int_equal(message.ticks.first, 0);
	assert_int_equal(message.ticks.from_ms, 1724000000000);
	assert_int_equal(message.ticks.count, 1);
	assert_int_equal(message.ticks.ticks[0].server_ms, 1724000000123);
	assert_int_equal(message.ticks.ticks[0].bid_e8, 110000000);
	assert_int_equal(message.ticks.ticks[0].ask_e8, 110002000);
	assert_int_equal(message.ticks.ticks[0].last_e8, TICK_NONE);
	assert_int_equal(message.ticks.ticks[0].volume_e8, 0);
	assert_int_equal(message.ticks.ticks[0].flags, 6);
}

/* What of a sound line is another text: the scanner must not take it. */
static void
what_is_no_longer_sound_is_left_to_jansson(void **state)
{
	static const struct {
		const char *path, *value;
	} others[] = {
		{"seq", "1000000000000000000"}, {"seq", "-1"}, {"first", "1000000000"},
		{"from_msc", "7258118400000"}, {"time_server", "0"}, {"time_gmt", "7258118400"},
		{"symbol", "\"\""}, {"symbol", "\"\xc3\xa4\""}, {"symbol", "\"a\\\\b\""},
		{"symbol",
		    "\"0123456789012345678901234567890123456789012345678901234567890123\""},
		{"ticks[0][0]", "0"}, {"ticks[0][0]", "7258118400000"}, {"ticks[0][1]", "\"-1\""},
		{"ticks[0][1]", "\"12345678901\""}, {"ticks[0][1]", "\"1.123456789\""},
		{"ticks[0][2]", "\"1.\""}, {"ticks[0][2]", "\".5\""}, {"ticks[0][3]", "1.5"},
		{"ticks[0][4]", "\"\""}, {"ticks[0][5]", "4294967296"}, {"ticks[0][5]", "\"6\""},
		{"type", "\"tickz\""},
	};
	struct mt5_message message, before;

	memset(&before, 0x5a, sizeof(before));
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		char *text = terminal_changed(example_ticks, others[i].path, others[i].value);

		memcpy(&message, &before, sizeof(before));
		if (scan(*state, text, strlen(text), &message) != 0)
			fail_msg("%s is scanned", text);
		assert_memory_equal(&message, &before, sizeof(before));
		free(text);
	}
}

static void
times_that_fall_are_left_to_jansson(void **state)
{
	static const char line[] =
	    "{\"type\":\"ticks\",\"symbol\":\"X\",\"seq\":1,\"time_server\":1,\"time_gmt\":1,"
	    "\"ticks\":[[5,\"1\",\"1\",\"0\",\"0\",6],[%d,\"1\",\"1\",\"0\",\"0\",6]]}";
	struct mt5_message message;
	char text[256];

	snprintf(text, sizeof(text), line, 5);
	assert_int_equal(scan(*state, text, strlen(text), &message), 1);
	assert_int_equal(message.ticks.count, 2);
	snprintf(text, sizeof(text), line, 4);
	assert_int_equal(scan(*state, text, strlen(text), &message), 0);
}

static void
the_longest_line_of_the_shortest_ticks_finds_room(void **state)
{
	static const char head[] =
	    "{\"type\":\"ticks\",\"symbol\":\"X\",\"seq\":1,\"time_server\":1,\"time_gmt\":1,"
	    "\"ticks\":[";
	static const char tick[] = "[1,\"0\",\"0\",\"0\",\"0\",0],";
	struct mt5_message message;
	char *text = malloc(MT5_LINE_MAX);
	size_t length = sizeof(head) - 1, count = 0;

	assert_non_null(text);
	memcpy(text, head, length);
	for (; length + sizeof(tick) + 2 <= MT5_LINE_MAX; length += sizeof(tick) - 1, count++)
		memcpy(text + length, tick, sizeof(tick) - 1);
	memcpy(text + length - 1, "]}", 2);
	assert_int_equal(scan(*state, text, length + 1, &message), 1);
	assert_int_equal(message.ticks.count, count);
	free(text);
}

static void
without_memory_nothing_is_changed(void **state)
{
	struct both *both = *state;
	struct mt5_message message = {.type = MT5_UNKNOWN};

	failing_memory_arm(1);
	assert_int_equal(scan(both, example_ticks, sizeof(example_ticks) - 1, &message), -ENOMEM);
	assert_true(failing_memory_disarm());
	assert_int_equal(message.type, MT5_UNKNOWN);
	assert_null(both->ticks);
	assert_int_equal(both->room, 0);
	assert_int_equal(scan(both, example_ticks, sizeof(example_ticks) - 1, &message), 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start_both, finish_both)

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(the_example_of_the_paper_is_scanned),
		TEST(what_is_no_longer_sound_is_left_to_jansson),
		TEST(times_that_fall_are_left_to_jansson),
		TEST(the_longest_line_of_the_shortest_ticks_finds_room),
		TEST(the_scanner_takes_every_line_that_bridges_write_and_reads_what_jansson_reads),
		TEST(the_scanner_and_jansson_agree_on_mutated_lines),
		TEST(every_prefix_and_every_single_byte_of_a_line_is_agreed_on),
		TEST(without_memory_nothing_is_changed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
