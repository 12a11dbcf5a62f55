#include "tickd/mt5/mt5_writer.h"

#include <assert.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "common/clock.h"

#define PAGES_MAX 1024 /* messages of ticks in a transaction */
#define ROWS_MAX 4096  /* and rows: the next live batch waits for it, and larger ones are no faster */
#define STEPS_MAX 64   /* other transactions in a job: the same */

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
	bool under_way;	     /* until all that it did is told: `taken` is nobody else's */
	bool closing;
	atomic_bool end;	 /* the job is to free the store */
	struct mt5_store *store; /* storage thread's, as all below: made by the first job */
	uint64_t refused;	 /* a session of which ticks were refused for good; 0: none */
	struct mt5_page pages[PAGES_MAX];
	_Atomic int64_t clock_us; /* of both threads */
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

/* What a job has done so far. */
struct share {
	size_t rows, steps; /* of all but ticks */
	bool ticks;	    /* their one transaction */
};

static size_t
most_rows(const struct mt5_writer *writer)
{
	int64_t batch = writer->settings->storage.batch;

	return batch < ROWS_MAX ? (size_t)batch : ROWS_MAX;
}

/* Live ticks have their turn after a job: it is not to be much more than a batch of them. */
static bool
has_had_its_share(const struct mt5_writer *writer, const struct share *share,
    const struct mt5_item *item)
{
	if (item->kind == ITEM_TICKS)
		return share->ticks;
	return share->steps == STEPS_MAX ||
	    (share->steps > 0 && share->rows + mt5_item_rows(item) > most_rows(writer));
}

/* Ticks that follow each other, up to a batch.  How many messages. */
static size_t
collect_pages(struct mt5_writer *writer, const struct mt5_item *first)
{
	size_t most = most_rows(writer), rows = 0, count = 0;

	for (const struct mt5_item *item = first; item != NULL && item->kind == ITEM_TICKS &&
	     count < PAGES_MAX && (count == 0 || rows + item->page.count <= most) &&
	     item->session != writer->refused;
	     item = item->next) {
		writer->pages[count++] = item->page;
		rows += item->page.count;
	}
	return count;
}

static void
refuse(struct mt5_item *item, int error)
{
	item->error = error;
	item->over = true;
}

/*
 * Of a session of which ticks were refused no later ones are stored: their watermark would say that
 * the others are there.
 */
static int
store_ticks(struct mt5_writer *writer, struct mt5_item *first, struct share *share,
    struct store_result *sum)
{
	size_t count = collect_pages(writer, first);
	struct store_result result;
	int error;

	if (count == 0) {
		refuse(first, -ECANCELED);
		return 0;
	}
	error = mt5_store_ticks(writer->store, writer->pages, count, clock_wall_us(), &result);
	if (storage_job_may_pass(error))
		return error;
	share->ticks = true;
	if (error < 0) {
		refuse(first, error);
		writer->refused = first->session;
		return 0;
	}
	for (struct mt5_item *item = first; count > 0; item = item->next, count--)
		item->over = true;
	sum->stored += result.stored;
	sum->duplicates += result.duplicates;
	sum->too_old += result.too_old;
	if (result.change_seq > sum->change_seq)
		sum->change_seq = result.change_seq;
	return 0;
}

static int
write_other(struct mt5_store *store, struct mt5_item *item)
{
	switch (item->kind) {
	case ITEM_OPEN:
		return mt5_store_open(store, &item->open.hello,
		    item->open.clocks.gmt_s * CLOCK_SECOND_US, &item->open.opened,
		    &item->problem);
	case ITEM_OFFSET:
		return mt5_store_offset(store, &item->offset);
	case ITEM_BARS:
		return mt5_store_bars(store, item->symbol, item->bars.candles, item->bars.count,
		    item->bars.until_us, clock_wall_us());
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

static int
store_other(struct mt5_writer *writer, struct mt5_item *item, struct share *share)
{
	int error = write_other(writer->store, item);

	if (storage_job_may_pass(error))
		return error;
	item->error = error;
	item->over = true;
	share->rows += mt5_item_rows(item);
	share->steps++;
	return 0;
}

/* 0 where anything at all was done: that is to be told, before what may pass is tried again. */
static int
store_share(struct mt5_writer *writer, struct store_result *sum)
{
	struct share share = {0};
	bool any = false;

	for (struct mt5_item *item = writer->taken.first; item != NULL; item = item->next) {
		int error;

		if (item->over)
			continue;
		if (has_had_its_share(writer, &share, item))
			break;
		error = item->kind == ITEM_TICKS ? store_ticks(writer, item, &share, sum) :
						   store_other(writer, item, &share);
		if (error < 0)
			return any ? 0 : error;
		any = true;
	}
	return 0;
}

static int
run(struct storage_job *job, struct store *live, struct database *db, struct store_result *ret)
{
	struct mt5_writer *writer = (struct mt5_writer *)job;
	int error;

	if (atomic_load(&writer->end)) {
		mt5_store_free(writer->store);
		writer->store = NULL;
		return 0;
	}
	if (writer->store == NULL)
		writer->store = mt5_store_create(writer->settings, db, writer->source);
	if (writer->store == NULL)
		return -ENOMEM;
	error = store_share(writer, ret);
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
submit_end(struct mt5_writer *writer)
{
	atomic_store(&writer->end, true);
	submit(writer);
}

static void
submit_waiting(struct mt5_writer *writer)
{
	struct mt5_item *item;

	while ((item = list_take(&writer->waiting)) != NULL)
		list_add(&writer->taken, item);
	if (writer->taken.first != NULL)
		submit(writer);
}

/* What is over leaves; the rest stays for the next job. */
static void
tell_stored(struct mt5_writer *writer)
{
	while (writer->taken.first != NULL && writer->taken.first->over) {
		struct mt5_item *item = list_take(&writer->taken);

		writer->items--;
		writer->rows -= mt5_item_rows(item);
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

	/* The storage's thread has ended, with its database open still, or has freed the store. */
	if (result == -ECANCELED || atomic_load(&writer->end)) {
		assert(writer->closing);
		finish(writer);
		return;
	}
	/* What a hook adds waits until all is told; and a hook may close us. */
	tell_stored(writer);
	if (!writer->closing)
		writer->hooks.went_on(writer->hooks.context);
	writer->under_way = false;
	if (writer->closing)
		submit_end(writer);
	else
		submit_waiting(writer);
}

bool
mt5_writer_add(struct mt5_writer *writer, struct mt5_item *item)
{
	if (item == NULL)
		return false;
	writer->items++;
	writer->rows += mt5_item_rows(item);
	list_add(&writer->waiting, item);
	if (!writer->under_way && !writer->closing)
		submit_waiting(writer);
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
	if (!writer->under_way)
		submit_end(writer);
}
