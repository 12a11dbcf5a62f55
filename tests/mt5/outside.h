/*
 * What lies behind the stand-in of MQL5: the script, the clock and the faults.
 *
 * A script has one word and its arguments a line, `#` begins a comment:
 *
 *   START 2024-08-19T09:58:30   UTC at the first start of the program (needed, first)
 *   SPEED 60                    the market's clock runs so many times as fast as ours; and
 *   CLOCK 1                     so do GetTickCount64() and Sleep()
 *   OFFSET 10800                broker's clock - UTC, seconds; DST 600 7200: from START + 600 s on
 *   ACCOUNT 1234567 Broker-Demo hedging USD 10000
 *   SYMBOL EURUSD 5 1.10 [volume_min|volume_max|volume_step|stops|freeze|tick_size|filling VALUE]...
 *   BARS EURUSD 300             so many M5 bars before START
 *   STREAM EURUSD 7 20 4000 -10 seed, ticks a second, ticks, begin in seconds from START: with
 *                               several in one millisecond, some of them seen later than others
 *   TICK EURUSD 1500 1.1 1.2 0 0 6   milliseconds from START, bid, ask, last, volume, flags
 *   POSITION 5 EURUSD buy 0.10 1.10 1.09 0 -60 comment   ticket ... sl, tp, opened (s from START)
 *   CLOSE 5 20 1.09 sl          ticket, s from START, price, DEAL_REASON_...
 *   OFFLINE 10 20               the broker is not connected in these seconds from START
 *   ORDER 3 WHAT [VALUE]        of the third OrderSend() of this state: requote, busy (10024),
 *                               closed (10018), reject, lost (10012, not executed), late (10012,
 *                               executed VALUE ms later), partial VALUE (volume), slow VALUE (ms of
 *                               ours), skip VALUE (ms of the broker's go by at once), kill_before,
 *                               kill_after (the program dies around it)
 *   REWRITE                     the broker writes its own comments
 *   FORBID                      algo trading is not allowed
 *   FAIL WHAT N                 ticks: every Nth CopyTicksRange() fails, half: it has the newer half
 *                               and ERR_HISTORY_TIMEOUT; send, short, read: every Nth; connect,
 *                               positions, bars: the first N (none there, half of them there)
 *   GUESS                       SocketIsReadable() says 1 where nothing is
 *
 * The market is a function of script and time and of the orders that were executed, which stand in
 * STATE/orders: it survives the program, as a broker does.  STATE/sends has a line for each call of
 * OrderSend(), STATE/globals the flushed global variables, STATE/epoch when it began.
 */
#ifndef TESTS_MT5_OUTSIDE_H
#define TESTS_MT5_OUTSIDE_H

#include <map>
#include <string>

#include "tests/mt5/mql5.h"

struct outside {
	std::string state, ca_file;
	std::map<std::string, long> fail; /* what -> N */
	std::map<std::string, long> calls;
	double speed = 1, clock = 1;
	bool guess = false;
	int error = 0; /* GetLastError() */
	volatile int stopped = 0;
};

extern struct outside outside;

/* Whether this call, one of every N, is to fail; or one of the first N. */
bool fails_each(const char *what);
bool fails_first(const char *what);

/* Milliseconds of our own clock. */
int64_t wall_ms();

/* Reads the script and the state; one sentence and an end where it cannot. */
void market_load(const std::string &script);

/* All ticks there will ever be: "symbol server_ms ordinal bid ask last volume flags" lines. */
void market_write_truth(const std::string &file);

void globals_load();

[[noreturn]] void give_up(const std::string &sentence);

#endif
