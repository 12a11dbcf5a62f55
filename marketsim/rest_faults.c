#include "marketsim/rest_faults.h"

#include "marketsim/chance.h"

#define FATES UINT64_C(0x726573742d666174) /* a place of the seed's own for REST */

/* Instead of an answer; none is a trade, a kline or an empty page by any reading. */
static const char *const broken_bodies[] = {
	"",
	"null",
	"{}",
	"[{}]",
	"[null]",
	"[[]]",
	"17",
	"\"\"",
	"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[",
	"<html><body><h1>It works!</h1></body></html>",
	"{\"code\":-1000,\"msg\":17}",
	"[{\"id\":\"x\",\"price\":1.5,\"qty\":null,\"time\":[],\"isBuyerMaker\":\"no\"}]",
	"[{\"id\":5,\"price\":\"61.8.37\",\"qty\":\"1\",\"time\":1,\"isBuyerMaker\":true}]",
	"[{\"a\":5,\"p\":\"1e5\",\"q\":\"1\",\"f\":9,\"l\":3,\"T\":1,\"m\":true,\"M\":true}]",
	"[{\"a\":99999999999999999999999,\"p\":\"1.0\",\"q\":\"1\",\"f\":1,\"l\":1,\"T\":1}]",
	"[[\"soon\",\"1.0\",\"0.5\",\"2.0\",\"x\",\"\",1,\"1\",\"n\",\"1\",\"1\",\"0\"]]",
	"[[1]]",
	"{\"serverTime\":\"now\"}",
};

#define BROKEN_COUNT (sizeof(broken_bodies) / sizeof(broken_bodies[0]))

static bool
is_turn(int64_t every, int64_t ordinal)
{
	return every > 0 && (ordinal + 1) % every == 0;
}

enum rest_fate
rest_fate(const struct rest_options *options, uint64_t seed, int64_t ordinal)
{
	static const enum rest_fate errors[] = { FATE_500, FATE_502, FATE_CUT, FATE_CUT_SHORT };
	struct chance chance = { chance_at(seed ^ FATES, (uint64_t)ordinal) };
	double error = chance_unit(chance_next(&chance));
	double malformed = chance_unit(chance_next(&chance));

	if (is_turn(options->every_418, ordinal))
		return FATE_418;
	if (is_turn(options->every_429, ordinal))
		return FATE_429;
	if (error < options->error)
		return errors[chance_next(&chance) % 4];
	return malformed < options->malformed ? FATE_MALFORMED : FATE_ANSWERED;
}

void
rest_spoil(struct body *body, uint64_t seed, int64_t ordinal)
{
	uint64_t bits = chance_mix(chance_at(seed ^ FATES, (uint64_t)ordinal));

	if (bits % 3 == 0 && body->length > 2) {
		body->length = 1 + (bits >> 8) % (body->length - 2); /* cut JSON is none */
		return;
	}
	body->length = 0;
	body_add(body, broken_bodies[(bits >> 8) % BROKEN_COUNT]);
}
