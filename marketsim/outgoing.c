#include "marketsim/outgoing.h"

#include <string.h>

#include "marketsim/connection.h"
#include "marketsim/pace.h"

#define HELD_US CLOCK_SECOND_US /* where no trade follows, one that was to be swapped goes alone */

size_t
outgoing_header(unsigned char *to, int opcode, size_t length)
{
	to[0] = (unsigned char)(0x80 | opcode);
	if (length < 126) {
		to[1] = (unsigned char)length;
		return 2;
	}
	if (length < 65536) {
		to[1] = 126;
		to[2] = (unsigned char)(length >> 8);
		to[3] = (unsigned char)length;
		return 4;
	}
	to[1] = 127;
	for (int i = 0; i < 8; i++)
		to[2 + i] = (unsigned char)((uint64_t)length >> (56 - 8 * i));
	return FRAME_HEADER_MAX;
}

size_t
outgoing_stage(struct connection *connection, size_t staged, int opcode, const char *text,
    size_t length)
{
	unsigned char *to = connection->exchange->staging + LWS_PRE + staged;
	size_t header = outgoing_header(to, opcode, length);

	memcpy(to + header, text, length);
	return staged + header + length;
}

/* The captured frames: all of them in the combined form, what is subscribed in the raw one. */
static int
next_captured(struct connection *connection, struct ring_frame *ret)
{
	const struct capture *capture = connection->exchange->capture;
	double speed = connection->exchange->options->speed;
	const struct capture_frame *frame;

	if (connection->subscriptions.wanted_count == 0)
		return 0;
	if (connection->capture_begun_us == 0)
		connection->capture_begun_us = clock_monotonic_us();
	for (; connection->capture_at < capture->frame_count; connection->capture_at++) {
		frame = &capture->frames[connection->capture_at];
		if (speed > 0 &&
		    (double)(frame->time_ns - capture->frames[0].time_ns) / 1000 >
			(double)(clock_monotonic_us() - connection->capture_begun_us) * speed)
			return 0;
		if (connection->raw &&
		    (frame->stream < 0 || !connection->subscriptions.wanted[frame->stream]))
			continue;
		connection->capture_at++;
		*ret = (struct ring_frame){ frame->text, frame->length, frame->stream,
			frame->data };
		return 1;
	}
	return 0;
}

/* The next frame that this client is to see.  1, 0 for none now, or a negative errno. */
static int
next_frame(struct connection *connection, struct ring_frame *ret)
{
	struct exchange *exchange = connection->exchange;

	if (exchange->capture != NULL)
		return next_captured(connection, ret);
	for (;;) {
		int found = ring_read(&exchange->ring, &connection->cursor, ret);

		if (found < 0)
			return found;
		if (found == 0 && (connection->subscriptions.wanted_count == 0 ||
				      !pace_advance(exchange)))
			return 0;
		if (found == 1 && connection->subscriptions.wanted[ret->stream])
			return 1;
	}
}

/* Additional frames, made beside the one that is sent or dropped. */
static size_t
stage_extras(struct connection *connection, const struct fault_draw *draw, const char *text,
    size_t length, size_t data, size_t staged)
{
	static char extra[FAULT_FRAME_MAX];
	struct faults *faults = &connection->faults;
	size_t made;

	if (draw->malformed && length < FAULT_FRAME_MAX) {
		made = fault_malformed(faults, text, length, data, extra);
		staged = outgoing_stage(connection, staged, OPCODE_TEXT, extra, made);
	}
	if (draw->unknown && length < FAULT_FRAME_MAX) {
		made = fault_unknown(faults, text, length, data, extra);
		staged = outgoing_stage(connection, staged, OPCODE_TEXT, extra, made);
	}
	if (draw->huge) {
		made = fault_huge(text, data, extra);
		staged = outgoing_stage(connection, staged, OPCODE_TEXT, extra, made);
	}
	faults->sent += draw->malformed + draw->unknown + draw->huge;
	return staged;
}

static size_t
stage_copies(struct connection *connection, const char *text, size_t length, int copies,
    size_t staged)
{
	connection->faults.sent += copies;
	for (int i = 0; i < copies; i++)
		staged = outgoing_stage(connection, staged, OPCODE_TEXT, text, length);
	return staged;
}

static size_t
stage_held(struct connection *connection, size_t staged)
{
	struct held_frame *held = &connection->held;
	size_t length = held->length;

	held->length = 0;
	return stage_copies(connection, held->text, length, held->copies, staged);
}

/* Takes a trade out of the stream for a while.  False: it is none, or another one is held. */
static bool
hold(struct connection *connection, int stream, const char *text, size_t length, int copies)
{
	struct held_frame *held = &connection->held;
	bool is_trade = stream >= 0 && stream % STREAM_KINDS != STREAM_BOOK_TICKER;

	if (!is_trade || held->length > 0 || length > sizeof(held->text))
		return false;
	memcpy(held->text, text, length);
	held->length = length;
	held->stream = stream;
	held->copies = copies;
	held->since_us = clock_monotonic_us();
	return true;
}

static size_t
stage_frame(struct connection *connection, const struct ring_frame *frame, size_t staged)
{
	struct fault_draw draw = faults_draw(&connection->faults);
	int copies = draw.repeat ? 2 : 1;
	const char *text = frame->text;
	size_t length = frame->length, data = frame->data;

	if (connection->raw && data > 0) {
		text += data;
		length -= data + 1;
		data = 0;
	}
	staged = stage_extras(connection, &draw, text, length, data, staged);
	if (draw.drop)
		return staged;
	if (draw.swap && hold(connection, frame->stream, text, length, copies))
		return staged;
	staged = stage_copies(connection, text, length, copies, staged);
	if (connection->held.length > 0 && connection->held.stream == frame->stream)
		staged = stage_held(connection, staged);
	return staged;
}

static bool
is_hidden(struct connection *connection, const struct ring_frame *frame, int64_t now_us)
{
	return frame->length > FAULT_FRAME_MAX || faults_silent(&connection->faults) ||
	    mutes_hide(&connection->exchange->mutes, &connection->mute,
		connection->subscriptions.muted, frame->stream, now_us - connection->opened_us);
}

int
outgoing_fill(struct connection *connection, size_t *staged)
{
	int64_t now_us = clock_monotonic_us();
	const struct held_frame *held = &connection->held;
	struct ring_frame frame;
	size_t before = *staged;
	int found = 1;

	if (held->length > 0 && now_us - held->since_us >= HELD_US &&
	    !faults_silent(&connection->faults))
		*staged = stage_held(connection, *staged);
	while (*staged < STAGING_BYTES && connection->ending == ENDING_NOT &&
	    slow_line_ready(&connection->line, now_us)) {
		found = next_frame(connection, &frame);
		if (found <= 0)
			break;
		if (is_hidden(connection, &frame, now_us))
			continue;
		*staged = stage_frame(connection, &frame, *staged);
		slow_line_take(&connection->line, *staged - before);
		before = *staged;
		if (faults_cut_now(&connection->faults)) {
			connection->ending = ENDING_CUT;
			connection->ending_us = now_us;
			connection->record->end = "cut-after";
		}
	}
	connection->record->frames = connection->faults.sent;
	return found < 0 ? found : 0;
}
