/*
 * The language of the scenarios of analysisd, one command a line; # begins a comment.  Times: 250ms
 * 5s 3m 2h 1d.  The source is sim; time is the exchange's and begins on 2026-09-21 at 09:00 UTC, in
 * the London session.
 *
 *   SET SECTION.NAME=VALUE       before START
 *   SYMBOLS NAME...              before HISTORY; mt5:NAME is of the source mt5: quotes, no trades
 *   HISTORY SYMBOL DAYS PRICE [WAVE PERIOD]
 *                                candles before now, around a price; waves of that share
 *   START                        analysisd begins
 *   PRICE SYMBOL PRICE [TIME]    goes there, at once or within so long
 *   SPREAD SYMBOL AMOUNT | BUYS SYMBOL SHARE | VOLUME SYMBOL AMOUNT
 *   WANDER SYMBOL SHARE SEED     each tick moves it by up to that share; 0 ends it; below 0 it is
 *                                the mirror image
 *   QUIET SYMBOL | LOUD SYMBOL   no ticks of it; again
 *   LOSE SYMBOL | FILL SYMBOL    its ticks are not stored; the backfill brings them
 *   EVERY TIME                   between two ticks of a symbol (5s)
 *   AT +TIME | AT HH:MM[:SS]     let time pass for so long, until then
 *   UNTIL TIME WHAT              let time pass until that is so (as of EXPECT), so long at most
 *   JUMP TIME                    time passes and nothing is traded: the feed was dead
 *   ENABLE TICKET SYMBOL BUY|SELL ENTRY VOLUME [sl P] [tp P] [initial-sl P] [account A]
 *   DISABLE TICKET | OFF | ON
 *   ASK JSON                     any question, whatever the answer
 *   POSITION open|changed|closed TICKET SYMBOL BUY|SELL VOLUME PRICE [account A] [sl P] [tp P]
 *            [of ACTION TICKET | comment WORD] [profit N] [reason WORD]
 *                              what the venue says (account 1 unless said)
 *   ACCOUNT NAME BALANCE [netting] [SOURCE]
 *   TERMS SYMBOL MIN STEP STOPS_LEVEL
 *   ANSWER ACTION TICKET sent|done|failed [WORDS]    to the newest action of that type
 *   BROKER [stops]               a venue that obeys orders, and closes at stops, from now on
 *   KILL                         kill -9, and a new start
 *   KILL EVERY N | KILL NEVER    at every n-th write of the database from now on
 *   KILL ALWAYS                  after each look from now on
 *   EXPECT state TICKET = STATE | path TICKET = HEALTHY>STATE...
 *   EXPECT why TICKET TYPE WORDS     its newest action of that type was skipped or failed for that
 *   EXPECT refused WORDS         the last question was, in a sentence with these words
 *   EXPECT same                  a replay from the beginning gives the same rows
 *   EXPECT same of TICKET | same analyses | same from TIME    of a trade; analyses and facts alone;
 *                                a replay that begins so long ago, from there on
 *   EXPECT same twice            two replays give the same file to the byte
 *   EXPECT MEASURE =|<=|>= NUMBER    see expect.c
 * A question that is refused, and not expected to be, ends the scenario.
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
