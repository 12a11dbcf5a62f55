/*
 * The language of the scenarios, one command a line; # begins a comment.  Times: 250ms 5s 3m 2h 1d,
 * seconds without a unit.  Ids of each symbol begin at 1000 and go up by one.
 *
 *   SET SECTION.NAME=VALUE      before START (symbols=BTCUSDT, history=0, source=sim unless set)
 *   SYMBOLS COUNT               the settings' symbols are S0001USDT, S0002USDT, ...
 *   START | STOP                the daemon's feed side begins, ends
 *   RESTART | KILL              both; KILL loses what is not committed
 *   AT TIME | AT +TIME          let time pass until then, for so long
 *   SILENCE TIME                the same as AT +TIME
 *   PAST SYMBOL COUNT EVERY     traded before now, on no stream
 *   FEED SYMBOL COUNT [EVERY]   traded now, on all streams; LOSE: on none
 *   REPEAT CONNECTION|all SYMBOL FIRST..LAST   comes (once more) on the stream
 *   TRAFFIC SYMBOL|all EVERY|off    trades that go on by themselves
 *   DROP | MUTE | HALT | HEAR SYMBOL    on no stream; until subscribed anew; not even then; again
 *   FRAME CONNECTION|all TEXT   any frame;  SHUTDOWN, CUT CONNECTION|all
 *   REFUSE | ACCEPT             connections do not come up; do
 *   SLOW CONNECTION TIME        its frames come so much later
 *   REST ok | dead | garbled | status N [retry S] [times N] | lag TIME | limit N
 *        | hole SYMBOL FIRST..LAST | refuse SYMBOL STATUS CODE (0 0: no more)
 *   DISK broken | well          CLOCK ahead TIME (the exchange's) | jump TIME (ours)
 *   EXPECT whole                all traded since the first stored is stored, once; candles are right
 *   EXPECT stored SYMBOL FIRST..LAST
 *   EXPECT MEASURE =|<=|>= NUMBER       see measure.c
 *
 * The exchange of the scenarios keeps its own rules (attempts, messages a second, weight, waits that
 * it asked for): a daemon that breaks one fails the scenario, whatever it is about.
 */
#ifndef SCENARIO_SCRIPT_H
#define SCENARIO_SCRIPT_H

/* Obeys one line. */
void
script_line(const char *line);

#endif
