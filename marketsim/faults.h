/*
 * What an exchange may do to a client, on purpose: every connection draws its own faults.
 */
#ifndef MARKETSIM_FAULTS_H
#define MARKETSIM_FAULTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "marketsim/chance.h"

#define FAULT_HUGE_SIZE 70000 /* bytes of a huge frame: more than 64 KiB */
#define FAULT_FRAME_MAX (FAULT_HUGE_SIZE + 256)

struct faults_options {
	int64_t cut_after;     /* frames a connection, then a reset; 0: never */
	int64_t cut_every_us;  /* 0: never */
	int64_t silence_after; /* frames a connection; 0: never */
	int64_t bytes_per_second; /* a connection gets; 0: all that it can read */
	int64_t max_age_us;	  /* then a connection is closed, with a goodbye; 0: never */
	int64_t shutdown_every_us; /* so old, a connection hears of a shutdown; 0: never */
	int64_t shutdown_lead_us;  /* and is closed that much later */
	double drop, malformed, huge, unknown, repeat, swap; /* probabilities a frame */
};

struct faults {
	const struct faults_options *options;
	struct chance chance;
	int64_t sent; /* frames, the additional ones too */
};

struct fault_draw {
	bool drop;			/* the frame itself is not sent */
	bool malformed, huge, unknown;	/* one more of that kind is */
	bool repeat;			/* it is sent twice */
	bool swap;			/* the next one of its stream goes before it */
};

/* `connection` is its ordinal since the start: the same one has the same faults again. */
void
faults_init(struct faults *faults, const struct faults_options *options, uint64_t seed,
    uint64_t connection);

/* What happens at the next frame. */
struct fault_draw
faults_draw(struct faults *faults);

/* No more frames: the connection is to be cut, or stays silent. */
bool
faults_cut_now(const struct faults *faults);

bool
faults_silent(const struct faults *faults);

/*
 * Make an additional frame like `frame` (whose data begin at `data`, 0 in the raw form) in `to`
 * (FAULT_FRAME_MAX bytes).  Valid UTF-8, never a valid new trade or quote.  Return the length.
 */
size_t
fault_malformed(struct faults *faults, const char *frame, size_t length, size_t data, char *to);

size_t
fault_huge(const char *frame, size_t data, char *to);

/* An unknown event, or the same frame once more with keys that nobody knows. */
size_t
fault_unknown(struct faults *faults, const char *frame, size_t length, size_t data, char *to);

#endif
