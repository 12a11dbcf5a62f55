#include "tickd/mt5/mt5_writer.h"

#include <assert.h>
#include <errno.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>

#include "common/clock.h"
#include "common/database.h"

#define PAGES_MAX 1024 /* messages of ticks in a transaction */
#define STEPS_MAX 64   /* other transactions in a job: the next live batch waits for it */

struct list {
	struct mt5_item *first, **end;
};

struct mt5_writer {
	struct storage_job job; /* first: a job is its writer */
	const struct settings *settings;
	const char *source;
	struct storage *storage;
	struct mt5_writer_hooks hooks;
	struct list waiting; /* loop thread's */
	struct list taken;   /* the job's while it is under way */
	size_t rows, items;  /* of both */
	bool under_way;
	bool closing;		/* loop thread's */
	atomic_bool end;	/* the job is to free the store */
	struct mt5_store *store; /* storage thread's, made by the first job */
	atomic_llong clock_us;
	int64_t stored;
	struct mt5_page pages[PAGES_MAX];
};

static void
list_init(struct list *list)
{
	*list = (struct list){NULL, &list->first};
}

static void
list_add(struct list *list, struct mt5_item *item)
{
	item->next = NULL;
	*list->end = item;
	list->end = &item->next;
}

static struct mt5_item *
list_take(struct list *list)
{
	struct mt5_item *item = list->first;

	if (item == NULL)
		return NULL;
	list->first = item->next;
	if (list->first == NULL)
		list->end = &list->first;
	return item;
}

static void
list_free(struct list *list)
{
	struct mt5_item *item;

	while ((item = list_take(list)) != NULL)
		mt5_item_free(item);
}

/* ---- storage thread ---- */

/* Ticks that follow each other, up to a batch: one transaction.  How many messages, in *ret_count. */
static int
store_ticks(struct mt5_writer *writer, struct mt5_item *first, size_t *ret_count,
    struct store_result *sum)
{
	size_t most = (size_t)writer->settings->storage.batch, rows = 0, count = 0;
	struct store_result result;
	int error;

	for (struct mt5_item *item = first; item != NULL && item->kind == ITEM_TICKS &&
	     count < PAGES_MAX && (count == 0 || rows + item->page.count <= most);
	     item = item->next) {
		writer->pages[count++] = item->page;
		rows += item->page.count;
	}
	error = mt5_store_ticks(writer->store, writer->pages, count, clock_wall_us(), &result);
	if (error < 0)
		return error;
	for (struct mt5_item *item = first; count > 0; item = item->next, count--, ++*ret_count)
		item->over = true;
	sum->stored += result.stored;
	sum->duplicates += result.duplicates;
	sum->too_old += result.too_old;
	if (result.change_seq > sum->change_seq)
		sum->change_seq = result.change_seq;
	return 0;
}

static int
store_other(struct mt5_writer *writer, struct mt5_item *item)
{
	struct mt5_store *store = writer->store;
	int64_t now_us = clock_wall_us();

	switch (item->kind) {
	case ITEM_OPEN:
		return mt5_store_open(store, &item->open.hello,
		    item->open.clocks.gmt_s * CLOCK_SECOND_US, &item->open.opened,
		    &item->problem);
	case ITEM_OFFSET:
		return mt5_store_offset(store, &item->offset);
	case ITEM_BARS:
		return mt5_store_bars(store, item->symbol, item->bars.candles, item->bars.count,
		    item->bars.until_us, now_us);
	case ITEM_POSITIONS:
		return mt5_store_positions(store, &item->positions.report, &item->positions.time);
	case ITEM_CLOSED:
		return mt5_store_closed(store, &item->closed.closed, &item->closed.time);
	case ITEM_ACCOUNT:
		return mt5_store_account(store, &item->account);
	case ITEM_RESULT:
		return mt5_store_result(store, item->result.action_id, item->result.status,
		    item->result.given ? &item->result.result : NULL, item->result.comment);
	case ITEM_TICKS:
		break;
	}
	return -EINVAL;
}

/* As the storage thread has it: these are tried again. */
static bool
may_pass(int error)
{
	return error == -EAGAIN || error == -ENOSPC || error == -EIO || error == -ENOMEM;
}

static int
store_all(struct mt5_writer *writer, struct store_result *sum)
{
	size_t rows_messages = 0, steps = 0;
	int error = 0;

	for (struct mt5_item *item = writer->taken.first; item != NULL; item = item->next) {
		if (item->over)
			continue;
		if (item->kind == ITEM_TICKS) {
			if (rows_messages > 0) /* one such transaction, then live ticks again */
				break;
			error = store_ticks(writer, item, &rows_messages, sum);
			if (error < 0 && !may_pass(error)) {
				item->error = error;
				item->over = true;
				error = 0;
			}
		} else if (steps++ < STEPS_MAX) {
			error = item->error = store_other(writer, item);
			item->over = !may_pass(error);
			error = item->over ? 0 : error;
		} else {
			break;
		}
		if (error < 0)
			break;
	}
	return error;
}

static int
run(struct storage_job *job, struct store *live, struct database *db, struct store_result *ret)
{
	struct mt5_writer *writer = (struct mt5_writer *)job;
	int error = 0;

	if (atomic_load(&writer->end)) {
		mt5_store_free(writer->store);
		writer->store = NULL;
		return 0;
	}
	if (writer->store == NULL)
		writer->store = mt5_store_create(writer->settings, db, writer->source);
	if (writer->store == NULL)
		return -ENOMEM;
	error = store_all(writer, ret);
	atomic_store(&writer->clock_us, mt5_store_clock(writer->store));
	return error;
}

/* ---- loop thread ---- */

static void
submit(struct mt5_writer *writer)
{
	writer->under_way = true;
	storage_submit(writer->storage, &writer->job);
}

static void
move_waiting(struct mt5_writer *writer)
{
	struct mt5_item *item;

	while ((item = list_take(&writer->waiting)) != NULL)
		list_add(&writer->taken, item);
}

/* What is over leaves; the rest stays for the next job. */
static void
tell_stored(struct mt5_writer *writer)
{
	while (writer->taken.first != NULL && writer->taken.first->over) {
		struct mt5_item *item = list_take(&writer->taken);

		writer->items--;
		if (item->kind == ITEM_TICKS) {
			writer->rows -= item->page.count;
			writer->stored += item->error == 0 ? (int64_t)item->page.count : 0;
		}
		if (!writer->closing)
			writer->hooks.stored(writer->hooks.context, item);
		mt5_item_free(item);
	}
}

static void
finish(struct mt5_writer *writer)
{
	list_free(&writer->waiting);
	list_free(&writer->taken);
	mt5_store_free(writer->store);
	free(writer);
}

static void
done(struct storage_job *job, int result)
{
	struct mt5_writer *writer = (struct mt5_writer *)job;

	writer->under_way = false;
	/* The storage's thread has ended (and its database is open still), or has freed the store. */
	if (result == -ECANCELED || (writer->closing && writer->store == NULL)) {
		assert(writer->closing);
		finish(writer);
		return;
	}
	if (writer->closing) {
		atomic_store(&writer->end, true);
		submit(writer);
		return;
	}
	tell_stored(writer);
	if (!writer->closing)
		writer->hooks.went_on(writer->hooks.context);
	if (writer->under_way || writer->closing) /* a hook added something, or closed us */
		return;
	move_waiting(writer);
	if (writer->taken.first != NULL)
		submit(writer);
}

bool
mt5_writer_add(struct mt5_writer *writer, struct mt5_item *item)
{
	if (item == NULL)
		return false;
	writer->items++;
	if (item->kind == ITEM_TICKS)
		writer->rows += item->page.count;
	list_add(&writer->waiting, item);
	if (!writer->under_way && !writer->closing) {
		move_waiting(writer);
		submit(writer);
	}
	return true;
}

size_t
mt5_writer_rows(const struct mt5_writer *writer)
{
	return writer->rows;
}

size_t
mt5_writer_items(const struct mt5_writer *writer)
{
	return writer->items;
}

int64_t
mt5_writer_clock(const struct mt5_writer *writer)
{
	return atomic_load(&writer->clock_us);
}

int64_t
mt5_writer_stored(const struct mt5_writer *writer)
{
	return writer->stored;
}

/* ---- the whole ---- */

struct mt5_writer *
mt5_writer_create(const struct settings *settings, const char *source, struct storage *storage,
    const struct mt5_writer_hooks *hooks)
{
	struct mt5_writer *writer = calloc(1, sizeof(*writer));

	if (writer == NULL)
		return NULL;
	writer->job = (struct storage_job){.run = run, .done = done};
	writer->settings = settings;
	writer->source = source;
	writer->storage = storage;
	writer->hooks = *hooks;
	list_init(&writer->waiting);
	list_init(&writer->taken);
	return writer;
}

void
mt5_writer_close(struct mt5_writer *writer)
{
	if (writer == NULL)
		return;
	writer->closing = true;
	if (!writer->under_way) {
		atomic_store(&writer->end, true);
		submit(writer);
	}
}
