/*
 * What was recorded, read as a stranger would: unpacked by libzstd, whole blocks only, all files of
 * a folder in the order of their names.
 */
#ifndef TESTS_UNIT_TICKD_RECORDED_H
#define TESTS_UNIT_TICKD_RECORDED_H

#include <dirent.h>
#include <zstd.h>

#include "tests/unit/common/scratch.h"

#define RECORDED_FILES_MAX 64

struct recorded {
	char *text; /* ends in a NUL */
	size_t length;
	int lines;
	int files;
	int64_t bytes; /* packed */
	char names[RECORDED_FILES_MAX][80];
};

/* Appends what comes out of the packed bytes, whose last block may be torn. */
static inline void
recorded_unpack(struct recorded *recorded, const char *packed, size_t length)
{
	ZSTD_DStream *stream = ZSTD_createDStream();
	ZSTD_inBuffer in = {packed, length, 0};
	ZSTD_outBuffer out;

	assert_non_null(stream);
	do {
		recorded->text = realloc(recorded->text, recorded->length + (1 << 17) + 1);
		assert_non_null(recorded->text);
		out = (ZSTD_outBuffer){recorded->text + recorded->length, 1 << 17, 0};
		assert_false(ZSTD_isError(ZSTD_decompressStream(stream, &out, &in)));
		for (size_t i = 0; i < out.pos; i++)
			recorded->lines += ((const char *)out.dst)[i] == '\n';
		recorded->length += out.pos;
	} while (in.pos < in.size || out.pos == out.size);
	recorded->text[recorded->length] = '\0';
	ZSTD_freeDStream(stream);
}

static inline char *
recorded_bytes(const char *path, size_t *ret_length)
{
	FILE *file = fopen(path, "re");
	struct stat is;
	char *bytes;

	assert_non_null(file);
	assert_int_equal(fstat(fileno(file), &is), 0);
	bytes = malloc((size_t)is.st_size + 1);
	assert_non_null(bytes);
	assert_int_equal(fread(bytes, 1, (size_t)is.st_size, file), is.st_size);
	fclose(file);
	*ret_length = (size_t)is.st_size;
	return bytes;
}

static inline int
recorded_is_visible(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

/* All files of the folder, to be given to recorded_free(). */
static inline struct recorded
recorded_read(const char *folder)
{
	struct recorded recorded = {.text = calloc(1, 1)};
	struct dirent **entries;
	char path[512];

	recorded.files = scandir(folder, &entries, recorded_is_visible, alphasort);
	assert_in_range(recorded.files, 0, RECORDED_FILES_MAX);
	for (int i = 0; i < recorded.files; i++) {
		size_t length;
		char *bytes;

		snprintf(path, sizeof(path), "%s/%s", folder, entries[i]->d_name);
		snprintf(recorded.names[i], sizeof(recorded.names[i]), "%.79s", entries[i]->d_name);
		bytes = recorded_bytes(path, &length);
		recorded.bytes += (int64_t)length;
		recorded_unpack(&recorded, bytes, length);
		free(bytes);
		free(entries[i]);
	}
	free(entries);
	return recorded;
}

static inline void
recorded_free(struct recorded *recorded)
{
	free(recorded->text);
}

#endif
