/*
 * A recorded market: lines of `<local receive time in ns> <frame>`, played again frame by frame,
 * and its trades served by REST.
 */
#ifndef MARKETSIM_CAPTURE_H
#define MARKETSIM_CAPTURE_H

#include <stddef.h>
#include <stdint.h>

#include "common/problem.h"
#include "marketsim/trade_source.h"

#define CAPTURE_BYTES_MAX (INT64_C(2) << 30)	/* of text, held in memory */
#define CAPTURE_TRADES_MAX 20000000		/* a symbol: 960 MB */

struct capture_frame {
	const char *text;
	uint32_t length;
	uint32_t data;	 /* where the raw form begins; 0: the frame has no stream */
	int32_t stream;	 /* its number as in feed.h, or -1 */
	int64_t time_ns; /* when it was received */
};

struct capture_trades {
	struct trade *items;
	size_t count, capacity;
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
};

/*
 * Reads the files (plain, .gz or .zst) in their order.  0, or a negative errno with the sentence.
 * *capture is to be given to capture_free() in every case.
 */
__attribute__((warn_unused_result)) int
capture_load(struct capture *capture, const char *const *files, size_t count,
    struct problem *problem);

void
capture_free(struct capture *capture);

/* The source; it lives as long as the capture does. */
struct trade_source
capture_source(struct capture *capture);

#endif
