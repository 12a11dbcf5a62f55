#include "tickd/feed/silence.h"

/* The rate of the time since it was last heard, against what was usual. */
static void
learn(struct silence *silence, int64_t trades)
{
	int64_t known_us = silence->learned_us + silence->unheard_us;
	double before = silence->usual_us > 0 ? (double)silence->learned_us / silence->usual_us : 0;

	silence->usual_us = (double)known_us / (before + (double)trades);
	silence->learned_us = known_us < SILENCE_LEARN_US ? known_us : SILENCE_LEARN_US;
}

static enum silence_step
hear(struct silence *silence, int64_t trades)
{
	bool back = silence->stage != SILENCE_HEARD;

	/* The first one ends a time of unknown length. */
	if (silence->traded && silence->unheard_us > 0)
		learn(silence, trades);
	silence->traded = true;
	silence->unheard_us = silence->quiet_us = 0;
	silence->stage = SILENCE_HEARD;
	return back ? SILENCE_BACK : SILENCE_NOTHING;
}

static int64_t
limit(const struct silence *silence, int64_t least_us)
{
	double usual_us = silence->usual_us * SILENCE_INTERVALS;

	if (silence->usual_us == 0)
		return least_us * SILENCE_UNKNOWN;
	if (usual_us > (double)SILENCE_AGAIN_MAX_US * 24)
		return SILENCE_AGAIN_MAX_US * 24; /* once a day it is looked at */
	return usual_us > (double)least_us ? (int64_t)usual_us : least_us;
}

/* In QUIET the limit is what is waited for, doubled each time. */
static void
wait_longer(struct silence *silence)
{
	silence->limit_us *= 2;
	if (silence->limit_us > SILENCE_AGAIN_MAX_US)
		silence->limit_us = SILENCE_AGAIN_MAX_US;
}

static enum silence_step
step_on(struct silence *silence)
{
	enum silence_step step = SILENCE_RESUBSCRIBE;

	switch (silence->stage) {
	case SILENCE_HEARD:
		silence->stage = SILENCE_NOTICED;
		step = SILENCE_RESUBSCRIBE_FIRST;
		break;
	case SILENCE_NOTICED:
		silence->stage = SILENCE_REPLACED;
		step = SILENCE_REPLACE;
		break;
	case SILENCE_REPLACED:
		silence->stage = SILENCE_QUIET;
		wait_longer(silence);
		step = SILENCE_GIVE_UP;
		break;
	case SILENCE_QUIET:
		wait_longer(silence);
		break;
	}
	silence->next_us = silence->quiet_us + silence->limit_us;
	return step;
}

enum silence_step
silence_look(struct silence *silence, int64_t elapsed_us, int64_t trades, bool delivering,
    int64_t least_us)
{
	silence->unheard_us += elapsed_us;
	if (trades > 0)
		return hear(silence, trades);
	if (!delivering)
		return SILENCE_NOTHING;
	silence->quiet_us += elapsed_us;
	if (silence->stage == SILENCE_HEARD)
		silence->limit_us = silence->next_us = limit(silence, least_us);
	return silence->quiet_us >= silence->next_us ? step_on(silence) : SILENCE_NOTHING;
}

void
silence_restart(struct silence *silence)
{
	if (silence->stage == SILENCE_HEARD)
		silence->quiet_us = 0;
}
