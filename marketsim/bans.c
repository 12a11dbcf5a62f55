#include "marketsim/bans.h"

#include <stdio.h>
#include <string.h>

#include "common/clock.h"

static int64_t
oldest_kept(const struct bans *bans)
{
	return bans->count > BANS_MAX ? bans->count - BANS_MAX : 0;
}

/* The newest of that address, or NULL. */
static struct ban *
find(struct bans *bans, const char *address)
{
	for (int64_t i = bans->count - 1; i >= oldest_kept(bans); i--)
		if (strcmp(bans->items[i % BANS_MAX].address, address) == 0)
			return &bans->items[i % BANS_MAX];
	return NULL;
}

void
bans_begin(struct bans *bans, const char *address, int status, int64_t now_us, int64_t until_us)
{
	struct ban *ban = &bans->items[bans->count++ % BANS_MAX];

	*ban = (struct ban){ .status = status, .begun_us = now_us, .until_us = until_us };
	snprintf(ban->address, sizeof(ban->address), "%s", address);
}

bool
bans_refuse(struct bans *bans, const char *address, int64_t now_us, int64_t more_us,
    int64_t *ret_left_us)
{
	struct ban *ban = find(bans, address);

	if (ban == NULL)
		return false;
	if (now_us >= ban->until_us) {
		if (ban->resumed_us == 0)
			ban->resumed_us = now_us;
		return false;
	}
	bans->early++;
	if (ban->early++ == 0)
		ban->early_left_us = ban->until_us - now_us;
	if (ban->status == 429 && ban->until_us < now_us + more_us)
		ban->until_us = now_us + more_us;
	ban->status = 418;
	*ret_left_us = ban->until_us - now_us;
	return true;
}

static void
add_ban(struct body *body, const struct ban *ban)
{
	body_print(body,
	    "{\"status\":%d,\"begun_ms\":%lld,\"until_ms\":%lld,\"early_calls\":%lld,"
	    "\"early_by_ms\":%lld,\"resumed_ms\":",
	    ban->status, (long long)(ban->begun_us / CLOCK_MS_US),
	    (long long)(ban->until_us / CLOCK_MS_US), (long long)ban->early,
	    (long long)(ban->early_left_us / CLOCK_MS_US));
	if (ban->resumed_us > 0)
		body_print(body, "%lld}", (long long)(ban->resumed_us / CLOCK_MS_US));
	else
		body_add(body, "null}");
}

void
bans_add(const struct bans *bans, struct body *body)
{
	body_print(body, "\"early_calls\":%lld,\"bans\":[", (long long)bans->early);
	for (int64_t i = oldest_kept(bans); i < bans->count; i++) {
		body_add(body, i > oldest_kept(bans) ? "," : "");
		add_ban(body, &bans->items[i % BANS_MAX]);
	}
	body_add(body, "]");
}
