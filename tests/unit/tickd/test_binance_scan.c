#define _GNU_SOURCE
#include "tickd/feed/binance_scan.h"

#include "tests/unit/tickd/captures.h"
#include "tests/unit/tickd/frames.h"
#include "tickd/feed/binance_event.h"

#define GENERATED 40000
#define MUTATED 120000
#define CAPTURES_EVERY 3 /* of the captured frames so many are mutated */

static void
fail_frame(const char *what, const char *frame, size_t length)
{
	char shown[2 * FRAME_ROOM];
	size_t at = 0;

	for (size_t i = 0; i < length && at + 5 < sizeof(shown); i++)
		if (frame[i] >= ' ' && frame[i] <= '~')
			shown[at++] = frame[i];
		else
			at += (size_t)sprintf(shown + at, "\\x%02x", (unsigned char)frame[i]);
	shown[at] = '\0';
	fail_msg("%s: %s", what, shown);
}

static bool
same_event(const struct binance_event *a, const struct binance_event *b)
{
	if (a->kind != b->kind)
		return false;
	if (a->kind != BINANCE_TRADE && a->kind != BINANCE_QUOTE)
		return true;
	if (a->symbol_length != b->symbol_length ||
	    memcmp(a->symbol, b->symbol, a->symbol_length) != 0 || a->id != b->id)
		return false;
	if (a->kind == BINANCE_QUOTE)
		return a->bid_e8 == b->bid_e8 && a->ask_e8 == b->ask_e8;
	return a->event_time_ms == b->event_time_ms && a->time_ms == b->time_ms &&
	    a->price_e8 == b->price_e8 && a->quantity_e8 == b->quantity_e8 &&
	    a->trade_count == b->trade_count && a->buyer_is_maker == b->buyer_is_maker;
}

struct tally {
	int64_t fast, passed; /* the scanner answered; or left it to the judge */
	int64_t kinds[BINANCE_MALFORMED + 1];
	uint64_t chance;
	int64_t seen;
};

/* The frame without a byte behind it, so that the address sanitizer sees who reads too far. */
static void
check_agreement(struct tally *tally, const char *text, size_t length)
{
	char *frame = malloc(length > 0 ? length : 1);
	struct binance_event fast, judged, both;

	assert_non_null(frame);
	memcpy(frame, text, length);
	binance_scan_judge(frame, length, &judged);
	binance_scan(frame, length, &both);
	if (!same_event(&both, &judged))
		fail_frame("the scan and the judge differ", frame, length);
	if (binance_scan_fast(frame, length, &fast)) {
		tally->fast++;
		if (!same_event(&fast, &judged))
			fail_frame("the scanner and the judge differ", frame, length);
	} else {
		tally->passed++;
	}
	if ((judged.kind == BINANCE_TRADE || judged.kind == BINANCE_QUOTE) &&
	    !binance_event_valid(&judged))
		fail_frame("an event that cannot be", frame, length);
	tally->kinds[judged.kind]++;
	free(frame);
}

static void
generate(struct frame *frame, uint64_t *chance)
{
	switch (chance_below(chance, 7)) {
	case 0:
	case 1:
		frame_trade(frame, chance);
		break;
	case 2:
	case 3:
		frame_aggregate(frame, chance);
		break;
	case 4:
	case 5:
		frame_quote(frame, chance);
		break;
	default:
		frame_other(frame, chance);
		break;
	}
}

static void
scanner_and_judge_agree_on_generated_frames(void **state)
{
	struct tally tally = {.chance = chance_seed()};
	struct frame frame;

	for (int i = 0; i < GENERATED; i++) {
		generate(&frame, &tally.chance);
		check_agreement(&tally, frame.text, frame.length);
	}
	for (int kind = 0; kind <= BINANCE_MALFORMED; kind++)
		assert_true(tally.kinds[kind] > 0);
	assert_true(tally.fast > GENERATED / 2);
}

static void
scanner_and_judge_agree_on_mutated_frames(void **state)
{
	struct tally tally = {.chance = chance_seed() + 1};
	struct frame frame;

	for (int i = 0; i < MUTATED; i++) {
		generate(&frame, &tally.chance);
		frame_mutate(&frame, &tally.chance);
		check_agreement(&tally, frame.text, frame.length);
	}
	/* Both ways must have been walked often, or nothing was compared. */
	assert_true(tally.fast > MUTATED / 20);
	assert_true(tally.passed > MUTATED / 4);
	assert_true(tally.kinds[BINANCE_TRADE] > MUTATED / 50);
	assert_true(tally.kinds[BINANCE_QUOTE] > MUTATED / 50);
	assert_true(tally.kinds[BINANCE_MALFORMED] > MUTATED / 10);
}

static void
every_prefix_and_every_single_byte_of_a_frame_is_agreed_on(void **state)
{
	struct tally tally = {.chance = 1};
	static void (*const kinds[])(struct frame *, uint64_t *) = {
		frame_trade, frame_aggregate, frame_quote};
	struct frame frame, changed;

	for (size_t kind = 0; kind < sizeof(kinds) / sizeof(kinds[0]); kind++) {
		kinds[kind](&frame, &tally.chance);
		for (size_t length = 0; length < frame.length; length++)
			check_agreement(&tally, frame.text, length);
		for (size_t at = 0; at < frame.length; at++)
			for (int byte = 0; byte < 256; byte++) {
				changed = frame;
				changed.text[at] = (char)byte;
				check_agreement(&tally, changed.text, changed.length);
			}
	}
	assert_true(tally.fast > 0 && tally.passed > 0);
}

static void
check_captured(void *context, const char *text, size_t length)
{
	struct tally *tally = context;
	struct frame frame;

	check_agreement(tally, text, length);
	if (length > FRAME_ROOM / 2 || tally->seen++ % CAPTURES_EVERY != 0)
		return;
	memcpy(frame.text, text, length);
	frame.length = length;
	frame_mutate(&frame, &tally->chance);
	check_agreement(tally, frame.text, frame.length);
}

static void
count_captured(void *context, const char *text, size_t length)
{
	struct tally *tally = context;
	struct binance_event event;

	tally->fast += binance_scan_fast(text, length, &event);
	binance_scan(text, length, &event);
	tally->kinds[event.kind]++;
}

static void
scanner_and_judge_agree_on_captured_frames_and_their_mutations(void **state)
{
	struct tally tally = {.chance = chance_seed() + 2};

	assert_true(capture_read("btcusdt_20240808.gz", check_captured, &tally) > 40000);
	assert_true(tally.fast > 10000 && tally.passed > 10000);
}

static void
the_scanner_itself_reads_every_captured_trade_and_quote(void **state)
{
	struct tally tally = {0};

	assert_int_equal(capture_read("btcusdt_20240809.gz", count_captured, &tally), 58325);
	assert_int_equal(tally.kinds[BINANCE_TRADE], 10147);
	assert_int_equal(tally.kinds[BINANCE_MALFORMED], 0);
	assert_int_equal(tally.fast, tally.kinds[BINANCE_TRADE] + tally.kinds[BINANCE_QUOTE]);
}

/* ---- known answers ---- */

/* The symbol of what it returns is good until the next call. */
static struct binance_event
scanned(const char *text)
{
	static struct binance_event event;

	memset(&event, 0xee, sizeof(event));
	binance_scan(text, strlen(text), &event);
	return event;
}

static void
assert_symbol(const struct binance_event *event, const char *name)
{
	assert_int_equal(event->symbol_length, strlen(name));
	assert_memory_equal(event->symbol, name, strlen(name));
}

static void
a_trade_is_read_to_the_last_digit(void **state)
{
	static const char text[] =
	    "{\"stream\":\"btcusdt@trade\",\"data\":{\"e\":\"trade\",\"E\":1723161601438,"
	    "\"s\":\"BTCUSDT\",\"t\":3735693016,\"p\":\"61685.99000000\",\"q\":\"0.00017000\","
	    "\"T\":1723161601437,\"m\":true,\"M\":true}}";
	struct binance_event event = scanned(text), fast;

	assert_true(binance_scan_fast(text, sizeof(text) - 1, &fast));
	assert_true(same_event(&fast, &event));
	assert_int_equal(event.kind, BINANCE_TRADE);
	assert_symbol(&event, "BTCUSDT");
	assert_int_equal(event.event_time_ms, 1723161601438);
	assert_int_equal(event.time_ms, 1723161601437);
	assert_int_equal(event.id, 3735693016);
	assert_int_equal(event.price_e8, 6168599000000);
	assert_int_equal(event.quantity_e8, 17000);
	assert_int_equal(event.trade_count, 0);
	assert_true(event.buyer_is_maker);
}

static void
an_aggregate_has_its_own_id_and_the_number_of_its_trades(void **state)
{
	static const char text[] =
	    "{\"stream\":\"btcusdt@aggTrade\",\"data\":{\"e\":\"aggTrade\",\"E\":1723161601438,"
	    "\"s\":\"BTCUSDT\",\"a\":3115693016,\"p\":\"61685.99000000\",\"q\":\"0.00017000\","
	    "\"f\":3735693016,\"l\":3735693020,\"T\":1723161601437,\"m\":true,\"M\":true}}";
	struct binance_event event = scanned(text), fast;

	assert_true(binance_scan_fast(text, sizeof(text) - 1, &fast));
	assert_true(same_event(&fast, &event));
	assert_int_equal(event.kind, BINANCE_TRADE);
	assert_symbol(&event, "BTCUSDT");
	assert_int_equal(event.id, 3115693016);
	assert_int_equal(event.trade_count, 5);
	assert_int_equal(event.time_ms, 1723161601437);
	assert_int_equal(event.price_e8, 6168599000000);
}

static void
a_book_ticker_is_known_by_its_stream(void **state)
{
	struct binance_event event =
	    scanned("{\"stream\":\"btcusdt@bookTicker\",\"data\":{\"u\":50093421613,"
		    "\"s\":\"BTCUSDT\",\"b\":\"61685.99000000\",\"B\":\"1.25869000\","
		    "\"a\":\"61686.00000000\",\"A\":\"2.44816000\"}}");

	assert_int_equal(event.kind, BINANCE_QUOTE);
	assert_symbol(&event, "BTCUSDT");
	assert_int_equal(event.id, 50093421613);
	assert_int_equal(event.bid_e8, 6168599000000);
	assert_int_equal(event.ask_e8, 6168600000000);
	event = scanned("{\"stream\":\"btcusdt@somethingElse\",\"data\":{\"u\":50093421613,"
			"\"s\":\"BTCUSDT\",\"b\":\"1.0\",\"B\":\"1.0\",\"a\":\"1.0\",\"A\":\"1.0\"}}");
	assert_int_equal(event.kind, BINANCE_UNKNOWN);
}

static void
a_symbol_beyond_ascii_keeps_its_bytes(void **state)
{
	struct binance_event event =
	    scanned("{\"stream\":\"x@trade\",\"data\":{\"e\":\"trade\",\"E\":2,"
		    "\"s\":\"\xe5\xb8\x81\xe5\xae\x89\",\"t\":0,\"p\":\"1\",\"q\":\"1\",\"T\":1,"
		    "\"m\":false}}");

	assert_int_equal(event.kind, BINANCE_TRADE);
	assert_symbol(&event, "\xe5\xb8\x81\xe5\xae\x89");
	assert_false(event.buyer_is_maker);
	event = scanned("{\"stream\":\"x@trade\",\"data\":{\"e\":\"trade\",\"E\":2,"
			"\"s\":\"\\u5e01\\u5b89\",\"t\":0,\"p\":\"1\",\"q\":\"1\",\"T\":1,"
			"\"m\":false}}");
	assert_symbol(&event, "\xe5\xb8\x81\xe5\xae\x89");
}

struct known {
	const char *text;
	enum binance_kind kind;
};

static void
every_other_frame_has_its_kind(void **state)
{
	static const struct known all[] = {
		{"{\"result\":null,\"id\":1}", BINANCE_REPLY},
		{"{\"error\":{\"code\":2},\"id\":3}", BINANCE_REPLY},
		{"{\"stream\":\"!serverShutdown\",\"data\":{\"e\":\"serverShutdown\",\"E\":1}}",
		    BINANCE_SHUTDOWN},
		{"{\"e\":\"serverShutdown\",\"E\":1}", BINANCE_SHUTDOWN},
		{"{\"stream\":\"x@depth\",\"data\":{\"e\":\"depthUpdate\",\"b\":[]}}",
		    BINANCE_UNKNOWN},
		{"{\"stream\":5,\"data\":{\"e\":\"trade\"}}", BINANCE_UNKNOWN},
		{"{\"stream\":\"x\",\"data\":[]}", BINANCE_UNKNOWN},
		{"{}", BINANCE_UNKNOWN},
		{"[1,2]", BINANCE_UNKNOWN},
		{"null", BINANCE_UNKNOWN},
		{"", BINANCE_MALFORMED},
		{"{", BINANCE_MALFORMED},
		{"hello", BINANCE_MALFORMED},
		{"{} {}", BINANCE_MALFORMED},
		{"{\"stream\":\"x@trade\",\"data\":{\"e\":\"trade\"}}", BINANCE_MALFORMED},
		{"{\"stream\":\"x@bookTicker\",\"data\":{}}", BINANCE_MALFORMED},
	};

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (scanned(all[i].text).kind != all[i].kind)
			fail_msg("%s is taken for kind %d", all[i].text, scanned(all[i].text).kind);
}

/* One member of a sound trade is another value. */
static enum binance_kind
kind_with(const char *id, const char *price, const char *quantity, const char *time,
    const char *maker)
{
	struct frame frame;
	struct binance_event event;

	frame_print(&frame,
	    "{\"stream\":\"x@trade\",\"data\":{\"e\":\"trade\",\"E\":2,\"s\":\"X\",\"t\":%s,"
	    "\"p\":%s,\"q\":%s,\"T\":%s,\"m\":%s}}",
	    id, price, quantity, time, maker);
	binance_scan(frame.text, frame.length, &event);
	return event.kind;
}

static void
a_trade_with_a_value_that_cannot_be_is_malformed(void **state)
{
	static const char one[] = "\"1.5\"";

	assert_int_equal(kind_with("1", one, one, "1", "true"), BINANCE_TRADE);
	assert_int_equal(kind_with("0", one, one, "1", "true"), BINANCE_TRADE);
	assert_int_equal(kind_with("-1", one, one, "1", "true"), BINANCE_MALFORMED);
	assert_int_equal(kind_with("1.0", one, one, "1", "true"), BINANCE_MALFORMED);
	assert_int_equal(kind_with("null", one, one, "1", "true"), BINANCE_MALFORMED);
	assert_int_equal(kind_with("99999999999999999999", one, one, "1", "true"),
	    BINANCE_MALFORMED);
	assert_int_equal(kind_with("1", "\"0.0\"", one, "1", "true"), BINANCE_MALFORMED);
	assert_int_equal(kind_with("1", "\"-1.5\"", one, "1", "true"), BINANCE_MALFORMED);
	assert_int_equal(kind_with("1", "1.5", one, "1", "true"), BINANCE_MALFORMED);
	assert_int_equal(kind_with("1", "\"1e5\"", one, "1", "true"), BINANCE_MALFORMED);
	assert_int_equal(kind_with("1", "\"0.000000001\"", one, "1", "true"), BINANCE_MALFORMED);
	assert_int_equal(kind_with("1", one, "\"\"", "1", "true"), BINANCE_MALFORMED);
	assert_int_equal(kind_with("1", one, "\"0\"", "1", "true"), BINANCE_MALFORMED);
	assert_int_equal(kind_with("1", one, one, "0", "true"), BINANCE_MALFORMED);
	assert_int_equal(kind_with("1", one, one, "253402300800000", "true"), BINANCE_MALFORMED);
	assert_int_equal(kind_with("1", one, one, "1", "1"), BINANCE_MALFORMED);
}

static enum binance_kind
kind_of_aggregate(const char *first_id, const char *last_id)
{
	struct frame frame;
	struct binance_event event;

	frame_print(&frame,
	    "{\"stream\":\"x@aggTrade\",\"data\":{\"e\":\"aggTrade\",\"E\":2,\"s\":\"X\",\"a\":7,"
	    "\"p\":\"1\",\"q\":\"1\",\"f\":%s,\"l\":%s,\"T\":1,\"m\":true}}", first_id, last_id);
	binance_scan(frame.text, frame.length, &event);
	return event.kind;
}

static void
an_aggregate_that_ends_before_it_begins_is_malformed(void **state)
{
	assert_int_equal(kind_of_aggregate("5", "5"), BINANCE_TRADE);
	assert_int_equal(kind_of_aggregate("0", "999999999999999999"), BINANCE_TRADE);
	assert_int_equal(kind_of_aggregate("6", "5"), BINANCE_MALFORMED);
	assert_int_equal(kind_of_aggregate("-1", "5"), BINANCE_MALFORMED);
	assert_int_equal(kind_of_aggregate("5", "1000000000000000000"), BINANCE_MALFORMED);
	assert_int_equal(kind_of_aggregate("5", "\"6\""), BINANCE_MALFORMED);
	assert_int_equal(kind_of_aggregate("null", "6"), BINANCE_MALFORMED);
}

/* One such trade would move the source's clock for good. */
static void
a_trade_a_minute_ahead_of_its_own_event_is_malformed(void **state)
{
	static const char one[] = "\"1\"";

	assert_int_equal(kind_with("1", one, one, "60002", "true"), BINANCE_TRADE);
	assert_int_equal(kind_with("1", one, one, "60003", "true"), BINANCE_MALFORMED);
	assert_int_equal(kind_with("1", one, one, "253402300799999", "true"), BINANCE_MALFORMED);
}

/* What counts ids must be able to add one to the largest. */
static void
an_id_at_the_end_of_the_numbers_is_malformed(void **state)
{
	assert_int_equal(kind_with("9223372036854775807", "\"1\"", "\"1\"", "1", "true"),
	    BINANCE_MALFORMED);
}

static void
a_symbol_longer_than_an_event_holds_is_malformed(void **state)
{
	char name[BINANCE_SYMBOL_SIZE + 1];
	struct binance_event event;
	struct frame frame;

	for (size_t length = BINANCE_SYMBOL_SIZE - 1; length <= BINANCE_SYMBOL_SIZE; length++) {
		memset(name, 'A', length);
		name[length] = '\0';
		frame_print(&frame,
		    "{\"stream\":\"x@bookTicker\",\"data\":{\"u\":1,\"s\":\"%s\",\"b\":\"1\","
		    "\"B\":\"1\",\"a\":\"1\",\"A\":\"1\"}}", name);
		binance_scan(frame.text, frame.length, &event);
		assert_int_equal(event.kind,
		    length < BINANCE_SYMBOL_SIZE ? BINANCE_QUOTE : BINANCE_MALFORMED);
	}
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_trade_is_read_to_the_last_digit),
		cmocka_unit_test(an_aggregate_has_its_own_id_and_the_number_of_its_trades),
		cmocka_unit_test(an_aggregate_that_ends_before_it_begins_is_malformed),
		cmocka_unit_test(a_trade_a_minute_ahead_of_its_own_event_is_malformed),
		cmocka_unit_test(a_book_ticker_is_known_by_its_stream),
		cmocka_unit_test(a_symbol_beyond_ascii_keeps_its_bytes),
		cmocka_unit_test(every_other_frame_has_its_kind),
		cmocka_unit_test(a_trade_with_a_value_that_cannot_be_is_malformed),
		cmocka_unit_test(an_id_at_the_end_of_the_numbers_is_malformed),
		cmocka_unit_test(a_symbol_longer_than_an_event_holds_is_malformed),
		cmocka_unit_test(scanner_and_judge_agree_on_generated_frames),
		cmocka_unit_test(scanner_and_judge_agree_on_mutated_frames),
		cmocka_unit_test(every_prefix_and_every_single_byte_of_a_frame_is_agreed_on),
		cmocka_unit_test(scanner_and_judge_agree_on_captured_frames_and_their_mutations),
		cmocka_unit_test(the_scanner_itself_reads_every_captured_trade_and_quote),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
