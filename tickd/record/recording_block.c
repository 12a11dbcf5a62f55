#define _GNU_SOURCE
#include "tickd/record/recording_block.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#define LEVEL 1	    /* of zstd: measured on frames, smaller than 2 to 4 make it and the fastest */
#define TIME_MAX 24 /* bytes: 19 digits and a sign, a space, the newline */

_Static_assert(RECORDING_FRAME_MAX + TIME_MAX <= RECORDING_BLOCK_TEXT,
    "every frame fits into an empty block");

struct recording_block {
	ZSTD_CCtx *packer;
	char *packed;
	size_t packed_size;
	int64_t frames, first_us;
	size_t length;
	char text[RECORDING_BLOCK_TEXT];
};

struct recording_block *
recording_block_create(void)
{
	struct recording_block *block = calloc(1, sizeof(*block));

	if (block == NULL)
		return NULL;
	block->packer = ZSTD_createCCtx();
	block->packed_size = ZSTD_compressBound(RECORDING_BLOCK_TEXT);
	block->packed = malloc(block->packed_size);
	if (block->packer == NULL || block->packed == NULL) {
		recording_block_free(block);
		return NULL;
	}
	ZSTD_CCtx_setParameter(block->packer, ZSTD_c_compressionLevel, LEVEL);
	ZSTD_CCtx_setParameter(block->packer, ZSTD_c_checksumFlag, 1);
	return block;
}

void
recording_block_free(struct recording_block *block)
{
	if (block == NULL)
		return;
	ZSTD_freeCCtx(block->packer);
	free(block->packed);
	free(block);
}

bool
recording_block_fits(const struct recording_block *block, size_t length)
{
	return block->length + TIME_MAX + length <= sizeof(block->text);
}

void
recording_block_add(struct recording_block *block, int64_t wall_us, const char *frame,
    size_t length)
{
	char *line = block->text + block->length, *at;

	assert(recording_block_fits(block, length));
	if (block->frames++ == 0)
		block->first_us = wall_us;
	line += snprintf(line, TIME_MAX, "%" PRId64 "000 ", wall_us);
	memcpy(line, frame, length);
	for (at = line; (at = memchr(at, '\n', (size_t)(line + length - at))) != NULL; at++)
		*at = ' ';
	line[length] = '\n';
	block->length = (size_t)(line + length + 1 - block->text);
}

int64_t
recording_block_frames(const struct recording_block *block)
{
	return block->frames;
}

int64_t
recording_block_first_us(const struct recording_block *block)
{
	return block->first_us;
}

int
recording_block_pack(struct recording_block *block, const void **ret_bytes, size_t *ret_length)
{
	size_t length = ZSTD_compress2(block->packer, block->packed, block->packed_size,
	    block->text, block->length);

	/* The room is what zstd asks for at the worst, so only memory can be wanting. */
	if (ZSTD_isError(length))
		return -ENOMEM;
	*ret_bytes = block->packed;
	*ret_length = length;
	return 0;
}

void
recording_block_clear(struct recording_block *block)
{
	block->length = 0;
	block->frames = 0;
}
