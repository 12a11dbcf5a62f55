/*
 * Whether one symbol is silent against its own rate, and what to do about it.  Pure.
 *
 * Quiet time counts only while the symbol's connection is up and delivers anything at all: a
 * connection without a frame is the connection's matter, and an exchange that stands still is
 * nobody's.  A symbol is silent when it was quiet for 20 of its usual intervals, and at least for
 * the setting; one whose rate is not known, for 10 times the setting.  Then it is subscribed anew;
 * after the same time again its connection is replaced; after the same time again the market is
 * taken to be quiet, and it is only subscribed anew, ever more rarely.
 */
#ifndef TICKD_SILENCE_H
#define TICKD_SILENCE_H

#include <stdbool.h>
#include <stdint.h>

#define SILENCE_INTERVALS 20 /* of the usual length */
#define SILENCE_UNKNOWN 10   /* times the setting */
#define SILENCE_LEARN_US INT64_C(600000000) /* what the usual interval is smoothed over */
#define SILENCE_AGAIN_MAX_US INT64_C(3600000000)

enum silence_step {
	SILENCE_NOTHING,
	SILENCE_RESUBSCRIBE_FIRST, /* just noticed */
	SILENCE_REPLACE,
	SILENCE_GIVE_UP, /* just taken for quiet */
	SILENCE_RESUBSCRIBE,
	SILENCE_BACK, /* it traded again */
};

enum silence_stage { SILENCE_HEARD, SILENCE_NOTICED, SILENCE_REPLACED, SILENCE_QUIET };

/* Zero-initialised: never heard of. */
struct silence {
	enum silence_stage stage;
	bool traded;	    /* ever */
	double usual_us;    /* between two trades; 0: not known */
	int64_t learned_us; /* the time behind usual_us, SILENCE_LEARN_US at the most */
	int64_t unheard_us; /* since the last look at which it had traded, counted or not */
	int64_t quiet_us;   /* counted */
	int64_t limit_us;   /* the quiet time at which it was noticed */
	int64_t next_us;    /* the quiet time of the next step */
};

/*
 * What is to be done now, elapsed_us after the last look: `trades` came meanwhile, and the
 * connection was up and `delivering` or not.  least_us is the setting, above 0.
 */
enum silence_step
silence_look(struct silence *silence, int64_t elapsed_us, int64_t trades, bool delivering,
    int64_t least_us);

/* A new connection took the place of a lost one: what was quiet before does not count. */
void
silence_restart(struct silence *silence);

#endif
