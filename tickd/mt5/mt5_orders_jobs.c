#include "tickd/mt5/mt5_orders_state.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tickd/store/storage.h"

/*
 * A question.  What cannot be read now is no failure of the job: it would hold up all others.  It is
 * asked again at the next turn.
 */
struct question {
	struct storage_job job; /* first: a job is its question */
	struct mt5_orders *orders;
	struct mt5_look *look;
	char action_id[MT5_ACTION_ID_MAX];
	struct mt5_result late;
	enum mt5_answered answered;
	int result;
	struct problem problem;
};

/* NULL: out of memory, the next turn tries again. */
static struct question *
create(struct mt5_orders *orders,
    int (*run)(struct storage_job *, struct store *, struct database *, struct store_result *),
    void (*done)(struct storage_job *, int))
{
	struct question *question = orders->stopped ? NULL : calloc(1, sizeof(*question));

	if (question == NULL)
		return NULL;
	question->job = (struct storage_job){.run = run, .done = done};
	question->orders = orders;
	return question;
}

static void
submit(struct question *question)
{
	question->orders->jobs++;
	storage_submit(question->orders->storage, &question->job);
}

/* Whether somebody waits for its answer. */
static bool
ended(struct question *question, int result)
{
	struct mt5_orders *orders = question->orders;

	orders->jobs--;
	orders->stopped |= result == -ECANCELED;
	return !orders->closing && !orders->stopped;
}

static void
finish(struct question *question)
{
	struct mt5_orders *orders = question->orders;

	if (question->look != NULL)
		mt5_look_free(question->look);
	free(question->look);
	free(question);
	if (orders->closing && orders->jobs == 0)
		orders_free(orders);
}

/* ---- looking ---- */

static int
run_look(struct storage_job *job, struct store *store, struct database *db,
    struct store_result *ret)
{
	struct question *question = (struct question *)job;

	question->result = mt5_pending_look(question->orders->reader, db, question->look);
	return 0;
}

static void
done_look(struct storage_job *job, int result)
{
	struct question *question = (struct question *)job;
	struct mt5_orders *orders = question->orders;
	struct mt5_look *look = question->look;

	orders->looking = false;
	if (ended(question, result)) {
		if (question->result < 0) {
			orders_unreadable(orders, question->result, look->problem.text);
		} else {
			question->look = NULL;
			orders_looked(orders, look);
		}
		if (orders->look_again)
			orders_look(orders);
	}
	finish(question);
}

static struct mt5_look *
ask_for(const struct mt5_orders *orders)
{
	struct mt5_look *look = calloc(1, sizeof(*look));

	if (look == NULL)
		return NULL;
	memcpy(look->account, orders->account, sizeof(look->account));
	look->reported = orders->reported;
	look->sent_too = !orders->sent_known;
	for (size_t i = 0; i < MT5_LIVE_MAX; i++) {
		const struct mt5_pending *action = &orders->live[i].action;
		struct mt5_live_action *live = &look->live[look->live_count];

		if (!orders->live[i].used)
			continue;
		memcpy(live->action_id, action->action_id, sizeof(live->action_id));
		memcpy(live->symbol, action->symbol, sizeof(live->symbol));
		look->live_count++;
	}
	return look;
}

void
orders_look(struct mt5_orders *orders)
{
	struct question *question;

	orders->look_again = orders->looking;
	if (orders->looking)
		return;
	question = create(orders, run_look, done_look);
	if (question == NULL)
		return;
	question->look = ask_for(orders);
	if (question->look == NULL) {
		free(question);
		return;
	}
	orders->looking = true;
	submit(question);
}

/* ---- confirming ---- */

static int
run_confirm(struct storage_job *job, struct store *store, struct database *db,
    struct store_result *ret)
{
	struct question *question = (struct question *)job;

	question->result = mt5_pending_stands(question->orders->reader, db, question->action_id,
	    &question->problem);
	return 0;
}

static void
done_confirm(struct storage_job *job, int result)
{
	struct question *question = (struct question *)job;

	if (ended(question, result))
		orders_confirmed(question->orders, question->action_id, question->result,
		    question->problem.text);
	finish(question);
}

void
orders_confirm(struct mt5_orders *orders, struct live_order *live)
{
	struct question *question = create(orders, run_confirm, done_confirm);

	if (question == NULL)
		return;
	memcpy(question->action_id, live->action.action_id, sizeof(question->action_id));
	live->confirming = true;
	submit(question);
}

/* ---- results of what is not under way ---- */

static int
run_late(struct storage_job *job, struct store *store, struct database *db,
    struct store_result *ret)
{
	struct question *question = (struct question *)job;

	question->result = mt5_pending_answered(question->orders->reader, db,
	    question->late.action_id, &question->answered);
	return 0;
}

static void
done_late(struct storage_job *job, int result)
{
	struct question *question = (struct question *)job;

	question->orders->late--;
	if (ended(question, result) && question->result == 0)
		orders_late(question->orders, &question->late, question->answered);
	finish(question);
}

void
orders_ask_late(struct mt5_orders *orders, const struct mt5_result *result)
{
	struct question *question;

	if (orders->late == MT5_LATE_MAX)
		return;
	question = create(orders, run_late, done_late);
	if (question == NULL)
		return;
	question->late = *result;
	orders->late++;
	submit(question);
}
