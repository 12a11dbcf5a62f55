/*
 * A block of a recording: lines `<receive time in ns> <frame>`, packed into a zstd frame of its
 * own.  Blocks one after the other are a whole .zst file, whichever of them is the last.
 */
#ifndef TICKD_RECORDING_BLOCK_H
#define TICKD_RECORDING_BLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RECORDING_FRAME_MAX 65536 /* bytes of a frame: longer ones no feed hands out */
/*
 * Bytes of lines: the most that zstd keeps in one piece inside a frame, so that of a torn block
 * nothing comes out instead of a part of a line.
 */
#define RECORDING_BLOCK_TEXT 131072

struct recording_block;

/* NULL: out of memory. */
struct recording_block *
recording_block_create(void);

void
recording_block_free(struct recording_block *block);

/* True when a frame of `length` fits; up to RECORDING_FRAME_MAX it does into an empty block. */
bool
recording_block_fits(const struct recording_block *block, size_t length);

/* Adds a line for a frame that fits.  A newline inside it, blank space in JSON, becomes a space. */
void
recording_block_add(struct recording_block *block, int64_t wall_us, const char *frame,
    size_t length);

/* How many frames it has, and when the first one was received. */
int64_t
recording_block_frames(const struct recording_block *block);

int64_t
recording_block_first_us(const struct recording_block *block);

/* The block packed, valid until the next pack; its lines stay.  0 or -errno. */
__attribute__((warn_unused_result)) int
recording_block_pack(struct recording_block *block, const void **ret_bytes, size_t *ret_length);

void
recording_block_clear(struct recording_block *block);

#endif
