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
	double drop, malformed, huge, unknown; /* probabilities a frame */
};

struct faults {
	const struct faults_options *options;
	struct chance chance;
	int64_t sent; /* frames, the additional ones too */
};

struct fault_draw {
	bool drop;			/* the frame itself is not sent */
	bool malformed, huge, unknown;	/* one more of that kind is */
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
