#include "tickd/rest/backfill_progress.h"

#include <string.h>

#include "common/clock.h"

void
backfill_progress_add(struct backfill_progress *progress, int64_t count, int64_t now_us)
{
	int64_t step = now_us / BACKFILL_STEP_US;

	/* After a pause as long as all steps it begins anew. */
	if (progress->begun_us == 0 || step - progress->step >= BACKFILL_STEPS) {
		memset(progress, 0, sizeof(*progress));
		progress->begun_us = now_us;
		progress->step = step;
	}
	while (progress->step < step)
		progress->counts[++progress->step % BACKFILL_STEPS] = 0;
	progress->counts[step % BACKFILL_STEPS] += count;
}

double
backfill_progress_rate(const struct backfill_progress *progress, int64_t now_us)
{
	int64_t step = now_us / BACKFILL_STEP_US, sum = 0, span_us;

	if (progress->begun_us == 0)
		return 0;
	for (int64_t i = 0; i < BACKFILL_STEPS; i++)
		if (progress->step - i > step - BACKFILL_STEPS && progress->step - i >= 0)
			sum += progress->counts[(progress->step - i) % BACKFILL_STEPS];
	span_us = now_us - progress->begun_us;
	if (span_us > BACKFILL_STEPS * BACKFILL_STEP_US)
		span_us = BACKFILL_STEPS * BACKFILL_STEP_US;
	if (span_us < CLOCK_SECOND_US)
		span_us = CLOCK_SECOND_US;
	return (double)sum * CLOCK_SECOND_US / (double)span_us;
}
