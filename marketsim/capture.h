/*
 * A recorded market: lines of `<local receive time in ns> <frame>`, played again frame by frame,
 * and its trades served by REST.
 */
#ifndef MARKETSIM_CAPTURE_H
#define MARKETSIM_CAPTURE_H

#include <stddef.h>
#include <stdint.h>

#include "common/problem.h"
#include "marketsim/capture_trades.h"

#define CAPTURE_BYTES_MAX (INT64_C(2) << 30)	/* of text, held in memory */

struct capture_frame {
	const char *text;
	uint32_t length;
	uint32_t data;	 /* where the raw form begins; 0: the frame has no stream */
	int32_t stream;	 /* its number as in feed.h, or -1 */
	int64_t time_ns; /* when it was received */
};

struct capture {
	char *text;
	size_t length; /* of the text that is parsed so far */
	struct capture_frame *frames;
	size_t frame_count, frame_capacity;
	struct instrument instruments[INSTRUMENTS_MAX];
	struct capture_trades trades[INSTRUMENTS_MAX];
	int instrument_count;
	int64_t newest_us; /* the latest trade: what the exchange's clock shows */
	size_t unread;	   /* frames of trades that cannot be read: played, but not in REST */
};

/*
 * Reads the files (plain, .gz, .zst or folders of those) in their order; `tell` is given what is
 * worth saying, a sentence each.  0, or a negative errno with the sentence.  *capture is to be
 * given to capture_free() in every case.
 */
__attribute__((warn_unused_result)) int
capture_load(struct capture *capture, const char *const *files, size_t count,
    void (*tell)(const char *sentence), struct problem *problem);

void
capture_free(struct capture *capture);

/* The source; it lives as long as the capture does. */
struct trade_source
capture_source(struct capture *capture);

#endif
