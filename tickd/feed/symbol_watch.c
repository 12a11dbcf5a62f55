#include "tickd/feed/symbol_watch.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "tickd/feed/binance_control.h"
#include "tickd/feed/send_limit.h"
#include "tickd/feed/silence.h"
#include "tickd/net/ws_connection.h"

#define BATCH_MAX 16   /* symbols of one message: 32 streams, well below any limit of its length */
#define ANSWERS_MAX 16 /* messages that are waited for; the exchange answers in milliseconds */
#define ANSWER_LIMIT_US INT64_C(10000000)
#define LOOK_MAX_US INT64_C(5000000) /* a longer pause between two looks does not count as quiet */
#define TELL_BURST 20 /* lines in TELL_WINDOW_US: half a market may halt at once */
#define TELL_WINDOW_US INT64_C(60000000)
#define REPLACE_EVERY_US INT64_C(600000000) /* a connection is replaced so often for silence */

struct watched {
	struct silence silence;
	int64_t seen; /* its ticks at the last look */
	bool asked;   /* to be subscribed anew */
};

struct answer {
	int64_t id, sent_us; /* id 0: free */
};

struct symbol_watch {
	const struct settings *settings;
	struct intake *intake;
	size_t first, count;
	int64_t looked_us, replaced_us; /* monotonic, 0: never */
	struct send_limit limit;
	struct log_limit tell_limit;
	int64_t last_id; /* of a message */
	struct answer answers[ANSWERS_MAX];
	size_t batch[BATCH_MAX], batch_count; /* were unsubscribed and must be subscribed */
	size_t asked_count;
	struct watched symbols[];
};

struct symbol_watch *
symbol_watch_create(const struct settings *settings, struct intake *intake, size_t first,
    size_t count)
{
	struct symbol_watch *watch = calloc(1, sizeof(*watch) + count * sizeof(watch->symbols[0]));

	if (watch == NULL)
		return NULL;
	watch->settings = settings;
	watch->intake = intake;
	watch->first = first;
	watch->count = count;
	return watch;
}

void
symbol_watch_free(struct symbol_watch *watch)
{
	free(watch);
}

void
symbol_watch_reset(struct symbol_watch *watch, bool lost, int64_t now_us)
{
	watch->limit = (struct send_limit){0};
	memset(watch->answers, 0, sizeof(watch->answers));
	watch->batch_count = watch->asked_count = 0;
	for (size_t i = 0; i < watch->count; i++) {
		watch->symbols[i].asked = false;
		if (lost)
			silence_restart(&watch->symbols[i].silence);
	}
	if (lost)
		watch->looked_us = now_us;
}

/* ---- what is told ---- */

__attribute__((format(printf, 5, 6))) static void
tell(struct symbol_watch *watch, int level, const char *event, size_t i, const char *format, ...)
{
	const struct intake_hooks *hooks = &watch->intake->hooks;
	char sentence[256];
	va_list arguments;
	int64_t suppressed;
	int length;

	if (!log_limit_pass(&watch->tell_limit, TELL_BURST, TELL_WINDOW_US, clock_monotonic_us(),
		&suppressed))
		return;
	va_start(arguments, format);
	length = vsnprintf(sentence, sizeof(sentence), format, arguments);
	va_end(arguments);
	if (suppressed > 0 && length < (int)sizeof(sentence))
		snprintf(sentence + length, sizeof(sentence) - (size_t)length,
		    " (%" PRId64 " more such lines before it)", suppressed);
	hooks->tell(hooks->context, level, event,
	    i < watch->count ? watch->intake->names->items[watch->first + i] : NULL, sentence);
}

/* ---- messages ---- */

static void
expect_answer(struct symbol_watch *watch, int64_t id, int64_t now_us)
{
	size_t oldest = 0;

	for (size_t i = 1; i < ANSWERS_MAX; i++)
		if (watch->answers[i].id < watch->answers[oldest].id)
			oldest = i;
	watch->answers[oldest] = (struct answer){id, now_us};
}

/* True when it is on its way. */
static bool
say(struct symbol_watch *watch, struct ws_connection *socket, const char *method, int64_t now_us)
{
	char *text = binance_control_message(method, watch->intake->names, watch->batch,
	    watch->batch_count, &watch->settings->binance.streams, watch->last_id + 1);
	int error;

	if (text == NULL)
		return false;
	error = ws_send(socket, text, strlen(text));
	free(text);
	if (error < 0)
		return false;
	send_limit_sent(&watch->limit, now_us);
	watch->last_id++;
	expect_answer(watch, watch->last_id, now_us);
	return true;
}

static void
take_batch(struct symbol_watch *watch)
{
	for (size_t i = 0; i < watch->count && watch->batch_count < BATCH_MAX; i++) {
		if (!watch->symbols[i].asked)
			continue;
		watch->symbols[i].asked = false;
		watch->asked_count--;
		watch->batch[watch->batch_count++] = watch->first + i;
	}
}

/*
 * One batch at a time, and only where both messages may go at once: in between its symbols are
 * not heard at all.
 */
static void
pump(struct symbol_watch *watch, struct ws_connection *socket, int64_t now_us)
{
	if (send_limit_room(&watch->limit, now_us) < 2)
		return;
	if (watch->batch_count == 0) {
		if (watch->asked_count == 0)
			return;
		take_batch(watch);
		if (!say(watch, socket, "UNSUBSCRIBE", now_us))
			return; /* they are subscribed as they are; said again, it does no harm */
	}
	if (say(watch, socket, "SUBSCRIBE", now_us))
		watch->batch_count = 0;
}

void
symbol_watch_reply(struct symbol_watch *watch, const char *frame, size_t length)
{
	struct binance_reply reply;

	binance_control_reply(frame, length, &reply);
	if (reply.refused)
		tell(watch, LOG_WARNING, "subscription-refused", SIZE_MAX,
		    "the exchange refused control message %" PRId64 ": %s", reply.id, reply.reason);
	for (size_t i = 0; i < ANSWERS_MAX; i++)
		if (watch->answers[i].id == reply.id)
			watch->answers[i] = (struct answer){0};
}

static void
look_for_answers(struct symbol_watch *watch, int64_t now_us)
{
	for (size_t i = 0; i < ANSWERS_MAX; i++) {
		struct answer *answer = &watch->answers[i];

		if (answer->id == 0 || now_us - answer->sent_us < ANSWER_LIMIT_US)
			continue;
		tell(watch, LOG_WARNING, "subscription-unanswered", SIZE_MAX,
		    "the exchange did not answer control message %" PRId64, answer->id);
		*answer = (struct answer){0};
	}
}

/* ---- silence ---- */

static void
ask(struct symbol_watch *watch, size_t i)
{
	watch->asked_count += !watch->symbols[i].asked;
	watch->symbols[i].asked = true;
}

/* True when the connection should be replaced for it. */
static bool
take_step(struct symbol_watch *watch, size_t i, enum silence_step step, int64_t quiet_us)
{
	switch (step) {
	case SILENCE_NOTHING:
		break;
	case SILENCE_RESUBSCRIBE_FIRST:
		tell(watch, LOG_WARNING, "symbol-silent", i,
		    "no trade for %" PRId64 " s, against its usual rate; it is subscribed anew",
		    quiet_us / CLOCK_SECOND_US);
		ask(watch, i);
		break;
	case SILENCE_REPLACE:
		return true;
	case SILENCE_GIVE_UP:
		tell(watch, LOG_NOTICE, "symbol-quiet", i,
		    "no trade for %" PRId64 " s, also over another connection: taken for a quiet "
		    "market or a halt", quiet_us / CLOCK_SECOND_US);
		break;
	case SILENCE_RESUBSCRIBE:
		ask(watch, i);
		break;
	case SILENCE_BACK:
		tell(watch, LOG_NOTICE, "symbol-back", i, "it trades again after %" PRId64 " s",
		    quiet_us / CLOCK_SECOND_US);
		break;
	}
	return false;
}

static bool
look_at(struct symbol_watch *watch, size_t i, int64_t elapsed_us, bool delivering)
{
	struct watched *symbol = &watch->symbols[i];
	struct symbol_figures *figures = &watch->intake->figures->symbols[watch->first + i];
	int64_t trades = figures->ticks - symbol->seen;
	int64_t unheard_us = symbol->silence.unheard_us + elapsed_us;
	enum silence_step step = silence_look(&symbol->silence, elapsed_us, trades, delivering,
	    watch->settings->binance.symbol_silence_us);

	symbol->seen = figures->ticks;
	figures->silent = symbol->silence.stage != SILENCE_HEARD;
	return take_step(watch, i, step, unheard_us);
}

bool
symbol_watch_look(struct symbol_watch *watch, struct ws_connection *socket, bool delivering,
    int64_t now_us)
{
	int64_t elapsed_us = watch->looked_us == 0 ? 0 : now_us - watch->looked_us;
	bool replace = false;

	if (watch->settings->binance.symbol_silence_us == 0)
		return false;
	watch->looked_us = now_us;
	if (elapsed_us > LOOK_MAX_US)
		delivering = false;
	for (size_t i = 0; i < watch->count; i++)
		replace |= look_at(watch, i, elapsed_us, delivering);
	look_for_answers(watch, now_us);
	pump(watch, socket, now_us);
	if (!replace ||
	    (watch->replaced_us != 0 && now_us - watch->replaced_us < REPLACE_EVERY_US))
		return false;
	watch->replaced_us = now_us;
	return true;
}
