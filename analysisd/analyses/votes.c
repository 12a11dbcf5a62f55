#include "analysisd/analyses/votes.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

double
vote_sign(double value, double slack)
{
	if (isnan(value) || isnan(slack))
		return NAN;
	return value > slack ? 1 : value < -slack ? -1 : 0;
}

double
vote_compare(double a, double b)
{
	return vote_sign(a - b, VOTES_EQUAL * fabs(b));
}

void
votes_add(struct votes *votes, const char *name, double vote)
{
	assert(votes->count < VOTES_MAX);
	votes->votes[votes->count++] = (struct vote){name, vote};
}

static int
count_supporters(const struct votes *votes, int direction)
{
	int supporters = 0;

	for (int i = 0; i < votes->count; i++)
		supporters += votes->votes[i].value == direction;
	return supporters;
}

struct verdict
votes_count(const struct votes *votes)
{
	struct verdict verdict = {.strength = NAN, .agreement = NAN};
	int defined = 0, sum = 0;

	for (int i = 0; i < votes->count; i++)
		if (!isnan(votes->votes[i].value)) {
			defined++;
			sum += (int)votes->votes[i].value;
		}
	if (defined == 0 || 2 * defined < votes->count)
		return verdict;
	verdict.known = true;
	verdict.direction = 3 * abs(sum) < defined ? 0 : sum > 0 ? 1 : -1;
	verdict.strength = (double)abs(sum) / defined;
	verdict.agreement = (double)count_supporters(votes, verdict.direction) / votes->count;
	return verdict;
}

void
votes_write(struct json_text *json, const struct votes *votes)
{
	json_text_open(json, "votes");
	for (int i = 0; i < votes->count; i++) {
		const struct vote *vote = &votes->votes[i];

		if (isnan(vote->value))
			json_text_word(json, vote->name, NULL);
		else
			json_text_integer(json, vote->name, (int64_t)vote->value);
	}
	json_text_close(json);
}
