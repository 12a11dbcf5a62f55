#include "marketsim/mute.h"

#include <errno.h>
#include <string.h>

#include "marketsim/frame.h"

int
mutes_init(struct mutes *mutes, const struct mute_options *options,
    const struct instrument *instruments, int count, struct problem *problem)
{
	memset(mutes, 0, sizeof(*mutes));
	mutes->options = options;
	for (int i = 0; i < options->count; i++) {
		int at = 0;

		while (at < count && strcmp(instruments[at].name, options->rules[i].symbol) != 0)
			at++;
		if (at == count)
			return problem_set(problem, -EINVAL, "--mute %s: no such symbol here",
			    options->rules[i].symbol);
		mutes->symbols[i] = at;
	}
	return 0;
}

static bool
is_due(const struct mute_rule *rule, int64_t frames, int64_t age_us)
{
	return rule->after_frames >= 0 ? frames >= rule->after_frames : age_us >= rule->after_us;
}

bool
mutes_hide(struct mutes *mutes, struct mute_state *state, bool *muted, int stream, int64_t age_us)
{
	for (int i = 0; i < mutes->options->count; i++) {
		const struct mute_rule *rule = &mutes->options->rules[i];

		if (stream < 0 || stream / STREAM_KINDS != mutes->symbols[i])
			continue;
		if (!state->begun[i] && is_due(rule, state->frames[i], age_us)) {
			state->begun[i] = true;
			mutes->stopped[i] = rule->for_ever;
			for (int kind = 0; kind < STREAM_KINDS; kind++)
				muted[mutes->symbols[i] * STREAM_KINDS + kind] = true;
		}
		if (mutes->stopped[i] || muted[stream])
			return true;
		state->frames[i]++;
	}
	return false;
}
