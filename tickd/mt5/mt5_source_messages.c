#include "tickd/mt5/mt5_source_state.h"

#include <stdio.h>

/* ---- errors that end nothing ---- */

void
source_refuse(struct mt5_source *source, const char *code, const char *sentence)
{
	source_write(source, mt5_reply_error(code, sentence));
}

void
source_refuse_symbol(struct mt5_source *source, const char *name)
{
	char sentence[2 * MT5_NAME_MAX + 64];

	snprintf(sentence, sizeof(sentence), "hello named no symbol %s", name);
	source_refuse(source, "unknown-symbol", sentence);
}

/* ---- the account and its positions ---- */

static void
on_account(struct mt5_source *source, const struct mt5_account *account)
{
	struct mt5_item *item = mt5_item_create(ITEM_ACCOUNT, source->session);

	if (item != NULL)
		item->account = *account;
	source->account_due = false;
	(void)source_add(source, item);
}

void
source_account_unclocked(struct mt5_source *source, const struct mt5_item *item)
{
	if (item->session != source->session)
		return;
	source->account_said = item->account;
	source->account_due = true;
}

void
source_account_again(struct mt5_source *source)
{
	if (source->session != NO_SESSION && source->account_due &&
	    mt5_writer_clock(source->writer) > 0)
		on_account(source, &source->account_said);
}

static void
on_closed(struct mt5_source *source, const struct mt5_closed *closed)
{
	struct mt5_item *item = mt5_item_create(ITEM_CLOSED, source->session);

	if (item != NULL) {
		item->closed.closed = *closed;
		item->closed.time = source->clock.time;
	}
	(void)source_add(source, item);
}

/* ---- all of them ---- */

void
source_take_message(struct mt5_source *source, const struct mt5_message *message)
{
	char sentence[2 * MT5_NAME_MAX];

	switch (message->type) {
	case MT5_TICKS:
		source_take_ticks(source, message);
		break;
	case MT5_BARS:
		source_take_bars(source, message);
		break;
	case MT5_ACCOUNT:
		on_account(source, &message->account);
		break;
	case MT5_POSITIONS:
		(void)source_add(source, mt5_item_positions(source->session, &message->positions,
		    &source->clock.time));
		break;
	case MT5_CLOSED:
		on_closed(source, &message->closed);
		break;
	case MT5_RESULT:
		mt5_orders_result(source->orders, &message->result);
		break;
	case MT5_PING:
		source_write(source, mt5_reply_pong());
		break;
	case MT5_HELLO:
		source_end(source, "bad-message", "hello was said already");
		break;
	case MT5_UNKNOWN:
		snprintf(sentence, sizeof(sentence), "there is no message %s", message->name);
		source_refuse(source, "unknown-type", sentence);
		break;
	}
}
