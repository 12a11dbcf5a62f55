#include "tickd/feed/send_limit.h"

int
send_limit_room(const struct send_limit *limit, int64_t now_us)
{
	int room = 0;

	/* Not at the very end of the window: on the way two messages may come closer together. */
	for (int i = 0; i < SEND_LIMIT_MESSAGES; i++)
		room += limit->sent_us[i] == 0 || now_us - limit->sent_us[i] > SEND_LIMIT_WINDOW_US;
	return room;
}

void
send_limit_sent(struct send_limit *limit, int64_t now_us)
{
	limit->sent_us[limit->next] = now_us;
	limit->next = (limit->next + 1) % SEND_LIMIT_MESSAGES;
}
