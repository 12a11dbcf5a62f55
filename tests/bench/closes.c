#define _GNU_SOURCE /* ppoll() */
/*
 * From the commit with which the source's clock passes a slot's end by a second to the commit of
 * each symbol's analyses.
 *
 * Feeds an analysisd through tickd's own storage stage, on a database that past.c has made: most of
 * a slot as fast as it is stored, its end and the second after it in real time, TICKS_PER_SECOND of
 * each symbol.  Both daemons wake "logd", which is played here: the kernel says when each datagram
 * was sent, right after the commit.
 *
 * usage: closes FOLDER SYMBOLS DAYS PID (FOLDER: state and runtime directory, PID: of analysisd)
 * Prints a line of JSON for each close: the longest timeframe that ends, the microseconds of all
 * symbols, how long analysisd had a processor meanwhile and how long it waited for one, and what it
 * holds in memory.
 */
#include <inttypes.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "common/database.h"
#include "tests/bench/closing.h"
#include "tests/bench/stage.h"

#define SYMBOLS_MAX 200
#define TICKS_PER_SECOND 20 /* of a symbol */
#define DENSE_US (3 * CLOCK_SECOND_US) /* before a slot's end from which on ticks are that dense */
#define CLOSED_AFTER_US CLOCK_SECOND_US
#define HOUR_US (12 * CANDLE_M5_US)
#define GIVE_UP_US (20 * CLOCK_SECOND_US)

struct bench {
	struct stage stage;
	int64_t symbols;
	int64_t next_id[SYMBOLS_MAX];
	int64_t now_us; /* exchange time: everything before it is fed */
	int fd;		/* what we are woken at */
	struct database *ticks_db, *analysis_db;
	sqlite3_stmt *clock, *done;
	char schedule[64], memory[64]; /* the kernel's accounts of analysisd */
	/* of the close that is measured */
	int64_t end_us, crossed_us, finished;
	int64_t ran_us, waited_us; /* by that account: first as at the crossing, then since */
	int64_t latency_us[SYMBOLS_MAX];
};

/* The datagram of common/wake.c. */
struct message {
	uint32_t id;
	uint32_t reserved;
	int64_t seq;
};

static void
fail(const char *what)
{
	fprintf(stderr, "closes: %s\n", what);
	exit(71);
}

/* ---- looking ---- */

static void
listen_as_logd(struct bench *bench, const char *folder)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	char path[4096];
	int one = 1;

	snprintf(path, sizeof(path), "%s/logd", folder);
	(void)!mkdir(path, 0755);
	if (snprintf(address.sun_path, sizeof(address.sun_path), "%s/logd/wake.sock", folder) >=
	    (int)sizeof(address.sun_path))
		fail("the folder's name is too long");
	unlink(address.sun_path);
	bench->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (bind(bench->fd, (struct sockaddr *)&address, sizeof(address)) < 0 ||
	    setsockopt(bench->fd, SOL_SOCKET, SO_TIMESTAMPNS, &one, sizeof(one)) < 0)
		fail("no socket");
}

/* False when there is none. */
static bool
receive(struct bench *bench, enum database_id *ret_id, int64_t *ret_us)
{
	struct message message;
	struct iovec bytes = {&message, sizeof(message)};
	union {
		char bytes[CMSG_SPACE(sizeof(struct timespec))];
		struct cmsghdr head;
	} control;
	struct msghdr head = {.msg_iov = &bytes, .msg_iovlen = 1, .msg_control = &control,
		.msg_controllen = sizeof(control)};
	struct timespec sent;

	if (recvmsg(bench->fd, &head, MSG_DONTWAIT) != (ssize_t)sizeof(message))
		return false;
	if (CMSG_FIRSTHDR(&head) == NULL)
		fail("a datagram without its time");
	memcpy(&sent, CMSG_DATA(CMSG_FIRSTHDR(&head)), sizeof(sent));
	*ret_us = sent.tv_sec * CLOCK_SECOND_US + sent.tv_nsec / 1000;
	*ret_id = (enum database_id)message.id;
	return true;
}

static struct database *
open_to_read(enum database_id id, const char *folder)
{
	struct problem problem;
	struct database *db;

	if (database_open(&db, ROLE_LOGD, id, ACCESS_READ, folder, &problem) < 0)
		fail(problem.text);
	return db;
}

static void
open_databases(struct bench *bench, const char *folder)
{
	bench->ticks_db = open_to_read(DATABASE_TICKS, folder);
	bench->analysis_db = open_to_read(DATABASE_ANALYSIS, folder);
	if (database_prepare(bench->ticks_db, "SELECT max(newest_us) FROM symbols",
		&bench->clock) < 0 ||
	    database_prepare(bench->analysis_db,
		"SELECT count(*) FROM analysis_progress WHERE next_us >= ?1", &bench->done) < 0)
		fail("a database cannot be read");
}

static int64_t
ask(struct database *db, sqlite3_stmt *row)
{
	int64_t value;

	if (database_step(db, row) != 1)
		fail(database_error(db));
	value = sqlite3_column_int64(row, 0);
	sqlite3_reset(row);
	return value;
}

static int64_t
symbols_done(struct bench *bench, int64_t end_us)
{
	sqlite3_bind_int64(bench->done, 1, end_us);
	return ask(bench->analysis_db, bench->done);
}

/* What was since the last call; the thread beside it only copies the WAL back. */
static void
account(struct bench *bench)
{
	long long ran_ns = 0, waited_ns = 0;
	FILE *file = fopen(bench->schedule, "r");

	if (file == NULL || fscanf(file, "%lld %lld", &ran_ns, &waited_ns) != 2)
		fail("the kernel does not say how long analysisd ran");
	fclose(file);
	bench->ran_us = ran_ns / 1000 - bench->ran_us;
	bench->waited_us = waited_ns / 1000 - bench->waited_us;
}

static int64_t
resident_kib(const struct bench *bench)
{
	long long all, resident = 0;
	FILE *file = fopen(bench->memory, "r");

	if (file == NULL || fscanf(file, "%lld %lld", &all, &resident) != 2)
		fail("the kernel does not say what analysisd holds in memory");
	fclose(file);
	return resident * sysconf(_SC_PAGESIZE) / 1024;
}

/* Says of the earlier of two datagrams what the later may mean: never too little time. */
static void
take_wake(struct bench *bench, enum database_id id, int64_t sent_us)
{
	int64_t done;

	if (id == DATABASE_TICKS && bench->crossed_us == 0 &&
	    bench->now_us >= bench->end_us + CLOSED_AFTER_US &&
	    ask(bench->ticks_db, bench->clock) >= bench->end_us + CLOSED_AFTER_US) {
		bench->crossed_us = sent_us;
		account(bench);
	}
	if (id != DATABASE_ANALYSIS || bench->crossed_us == 0)
		return;
	done = symbols_done(bench, bench->end_us);
	if (done == bench->symbols && bench->finished < done)
		account(bench);
	while (bench->finished < done)
		bench->latency_us[bench->finished++] = sent_us - bench->crossed_us;
}

static void
take_wakes(struct bench *bench)
{
	enum database_id id;
	int64_t sent_us;

	while (receive(bench, &id, &sent_us))
		take_wake(bench, id, sent_us);
}

/* ---- feeding ---- */

static void
push(struct bench *bench, int64_t symbol, int64_t time_us)
{
	struct tick tick = closing_trade(symbol, bench->next_id[symbol]++, time_us);

	stage_push_tick(&bench->stage, &tick);
}

/* A trade of each symbol every `spacing_us`, up to until_us, as fast as they are stored. */
static void
fill(struct bench *bench, int64_t until_us, int64_t spacing_us)
{
	int64_t step_us = spacing_us / bench->symbols;

	for (; bench->now_us + spacing_us <= until_us; bench->now_us += spacing_us)
		for (int64_t i = 0; i < bench->symbols; i++)
			push(bench, i, bench->now_us + i * step_us);
}

static void
wait_for_wake(struct bench *bench, int64_t wait_us)
{
	struct pollfd polled = {.fd = bench->fd, .events = POLLIN};
	struct timespec wait = {.tv_nsec = wait_us * 1000};

	if (wait_us > 0)
		(void)ppoll(&polled, 1, &wait, NULL);
	take_wakes(bench);
}

/* In real time from now on, until all symbols are done. */
static void
live(struct bench *bench)
{
	int64_t begun_us = clock_monotonic_us(), base_us = bench->now_us, symbol = 0;
	int64_t step_us = CLOCK_SECOND_US / TICKS_PER_SECOND / bench->symbols;

	while (bench->finished < bench->symbols) {
		int64_t passed_us = clock_monotonic_us() - begun_us;

		if (passed_us > GIVE_UP_US)
			fail("the analyses do not come");
		for (; bench->now_us <= base_us + passed_us; symbol++) {
			int64_t time_us = bench->now_us;

			/* Before it is stored: whoever sees it stored knows that it was sent. */
			bench->now_us += step_us;
			push(bench, symbol % bench->symbols, time_us);
		}
		wait_for_wake(bench, bench->now_us - base_us - passed_us);
	}
}

static void
settle(struct bench *bench, int64_t end_us)
{
	int64_t begun_us = clock_monotonic_us();

	while (symbols_done(bench, end_us) < bench->symbols) {
		if (clock_monotonic_us() - begun_us > GIVE_UP_US)
			fail("the analyses before do not come");
		wait_for_wake(bench, CLOCK_MS_US);
	}
}

/* ---- closes ---- */

/* The longest timeframe whose slot ends. */
static const char *
kind_of(int64_t end_us)
{
	static const struct {
		const char *name;
		int64_t length_us;
	} kinds[] = {{"D1", CLOCK_DAY_US}, {"H4", 4 * HOUR_US}, {"H1", HOUR_US},
		{"M15", 3 * CANDLE_M5_US}};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (end_us % kinds[i].length_us == 0)
			return kinds[i].name;
	return "M5";
}

static void
report(const struct bench *bench)
{
	printf("{\"kind\": \"%s\", \"ran_us\": %" PRId64 ", \"waited_us\": %" PRId64
	    ", \"resident_kib\": %" PRId64 ", \"us\": [", kind_of(bench->end_us), bench->ran_us,
	    bench->waited_us, resident_kib(bench));
	for (int64_t i = 0; i < bench->symbols; i++)
		printf("%s%" PRId64, i == 0 ? "" : ", ", bench->latency_us[i]);
	printf("]}\n");
	fflush(stdout);
}

static void
measure(struct bench *bench, int64_t end_us, int64_t number)
{
	/* When in the second before the close ticks were last read ahead differs each time. */
	int64_t offset_us = number * 377 % 900 * CLOCK_MS_US;

	bench->end_us = end_us;
	bench->crossed_us = bench->finished = bench->ran_us = bench->waited_us = 0;
	if (bench->now_us < end_us - 2 * CANDLE_M5_US)
		bench->now_us = end_us - 2 * CANDLE_M5_US;
	fill(bench, end_us - DENSE_US, CLOCK_SECOND_US);
	fill(bench, end_us + offset_us, CLOCK_SECOND_US / TICKS_PER_SECOND);
	settle(bench, end_us - CANDLE_M5_US);
	live(bench);
	report(bench);
}

/* An hour slot by slot, and the ends of four hours and of the day. */
static void
measure_day(struct bench *bench, int64_t day_us, int64_t *number)
{
	for (int64_t slot = 1; slot <= 12; slot++)
		measure(bench, day_us + slot * CANDLE_M5_US, (*number)++);
	for (int64_t slot = -2; slot <= 0; slot++)
		measure(bench, day_us + 4 * HOUR_US + slot * CANDLE_M5_US, (*number)++);
	for (int64_t slot = -2; slot <= 0; slot++)
		measure(bench, day_us + CLOCK_DAY_US + slot * CANDLE_M5_US, (*number)++);
}

int
main(int argc, char **argv)
{
	static struct bench bench;
	int64_t days, number = 0;

	if (argc != 5 || atoll(argv[2]) < 1 || atoll(argv[2]) > SYMBOLS_MAX)
		return 64;
	bench.symbols = atoll(argv[2]);
	days = atoll(argv[3]);
	for (int64_t i = 0; i < bench.symbols; i++)
		bench.next_id[i] = 1000000;
	bench.now_us = CLOSING_US;
	snprintf(bench.memory, sizeof(bench.memory), "/proc/%d/statm", atoi(argv[4]));
	snprintf(bench.schedule, sizeof(bench.schedule), "/proc/%d/schedstat", atoi(argv[4]));
	listen_as_logd(&bench, argv[1]);
	stage_open(&bench.stage, argv[1], bench.symbols);
	open_databases(&bench, argv[1]);
	for (int64_t day = 0; day < days; day++)
		measure_day(&bench, CLOSING_US + day * CLOCK_DAY_US, &number);
	stage_close(&bench.stage);
	return 0;
}
