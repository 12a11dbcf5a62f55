/*
 * The language of the scenarios of analysisd, one command a line; # begins a comment.  Times: 250ms
 * 5s 3m 2h 1d.  The source is sim; time is the exchange's and begins on 2026-09-21 at 09:00 UTC, in
 * the London session.
 *
 *   SET SECTION.NAME=VALUE       before START
 *   SYMBOLS NAME...              before HISTORY
 *   HISTORY SYMBOL DAYS PRICE [WAVE PERIOD]    candles before now, around a price; waves of that share
 *   START                        analysisd begins
 *   PRICE SYMBOL PRICE [TIME]    goes there, at once or within so long
 *   SPREAD SYMBOL AMOUNT | BUYS SYMBOL SHARE | VOLUME SYMBOL AMOUNT
 *   QUIET SYMBOL | LOUD SYMBOL   no ticks of it; again
 *   EVERY TIME                   between two ticks of a symbol (5s)
 *   AT +TIME | AT HH:MM[:SS]     let time pass for so long, until then
 *   JUMP TIME                    time passes and nothing is traded: the feed was dead
 *   ENABLE TICKET SYMBOL BUY|SELL ENTRY VOLUME [sl P] [tp P] [initial-sl P] [account A]
 *   DISABLE TICKET | OFF | ON
 *   ASK JSON                     any question
 *   POSITION open|changed|closed TICKET SYMBOL BUY|SELL VOLUME PRICE [account A] [sl P] [tp P]
 *            [of ACTION TICKET] [profit N] [reason WORD]     what the venue says (account 1 unless said)
 *   ACCOUNT NAME BALANCE [netting]
 *   TERMS SYMBOL MIN STEP STOPS_LEVEL
 *   ANSWER ACTION TICKET sent|done|failed [WORDS]    to the newest action of that type
 *   KILL                         kill -9, and a new start
 *   KILL EVERY N | KILL NEVER    at every n-th write of the database from now on
 *   EXPECT state TICKET = STATE
 *   EXPECT refused WORDS         the last question was, in a sentence with these words
 *   EXPECT same                  a replay from the beginning gives the same rows
 *   EXPECT MEASURE =|<=|>= NUMBER    see expect.c
 */
#ifndef TESTS_WATCH_SCRIPT_H
#define TESTS_WATCH_SCRIPT_H

/* Obeys one line. */
void
script_line(char *line);

/* After the last line. */
void
script_end(void);

#endif
