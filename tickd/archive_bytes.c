#define _GNU_SOURCE
#include "tickd/archive_bytes.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>

#define READ_SIZE (256 * 1024)	   /* a read from the file */
#define UNPACKED_SIZE (256 * 1024) /* unpacked at a time */
#define ZSTD_MAGIC "\x28\xb5\x2f\xfd"

struct archive_bytes {
	int fd;
	int64_t size, read;
	char packed[READ_SIZE];

	/* Either libarchive ... */
	struct archive *archive;
	bool one_file_seen;

	/*
	 * ... or libzstd itself: what a recording cut short holds is given to the last block, where
	 * libarchive drops what it has unpacked when it meets the end.
	 */
	ZSTD_DStream *zstd;
	ZSTD_inBuffer in;
	bool frame_ended;
	char unpacked[UNPACKED_SIZE];
};

/* ---- the file ---- */

/* Like read(), from where this reader stands; again after an interruption. */
static ssize_t
read_file(struct archive_bytes *bytes)
{
	ssize_t count;

	do
		count = pread(bytes->fd, bytes->packed, sizeof(bytes->packed), bytes->read);
	while (count < 0 && errno == EINTR);
	if (count > 0)
		bytes->read += count;
	return count;
}

static int
cannot_read(int error, struct problem *problem)
{
	return problem_set(problem, error, "it cannot be read: %s",
	    strerror(-error));
}

/* ---- zstd ---- */

static int
end_of_zstd(struct archive_bytes *bytes, struct problem *problem)
{
	if (bytes->frame_ended)
		return 0;
	return problem_set(problem, -EPIPE, "it ends in the middle of its zstd data");
}

static int
next_of_zstd(struct archive_bytes *bytes, const char **ret_at, size_t *ret_length,
    struct problem *problem)
{
	ZSTD_outBuffer out = {bytes->unpacked, sizeof(bytes->unpacked), 0};

	while (out.pos == 0) {
		bool ended = bytes->in.pos == bytes->in.size;
		size_t left;

		if (ended) {
			ssize_t count = read_file(bytes);

			if (count < 0)
				return cannot_read(-errno, problem);
			bytes->in = (ZSTD_inBuffer){bytes->packed, (size_t)count, 0};
			ended = count == 0;
		}
		/* Without input as well: it may still hold what did not fit the last time. */
		left = ZSTD_decompressStream(bytes->zstd, &out, &bytes->in);
		if (ZSTD_isError(left))
			return problem_set(problem, -EBADMSG, "its zstd data is damaged: %s",
			    ZSTD_getErrorName(left));
		if (ended && out.pos == 0)
			return end_of_zstd(bytes, problem);
		bytes->frame_ended = left == 0;
	}
	*ret_at = bytes->unpacked;
	*ret_length = out.pos;
	return 1;
}

/* ---- libarchive ---- */

static la_ssize_t
on_read(struct archive *archive, void *context, const void **ret_buffer)
{
	struct archive_bytes *bytes = context;
	ssize_t count = read_file(bytes);

	*ret_buffer = bytes->packed;
	if (count < 0)
		archive_set_error(archive, errno, "%s", strerror(errno));
	return count < 0 ? -1 : count;
}

static int
archive_fault(const struct archive_bytes *bytes, struct problem *problem)
{
	const char *said = archive_error_string(bytes->archive);

	if (said == NULL)
		said = "no more is known";
	if (strcasestr(said, "truncated") != NULL)
		return problem_set(problem, -EPIPE, "it ends too early: %s", said);
	return problem_set(problem, -EBADMSG, "it is damaged: %s", said);
}

/* The one file of an archive that has one; for all else the whole is that file. */
static int
find_file(struct archive_bytes *bytes, struct problem *problem)
{
	struct archive_entry *entry;
	int result;

	while ((result = archive_read_next_header(bytes->archive, &entry)) == ARCHIVE_OK) {
		if (archive_entry_filetype(entry) == AE_IFDIR)
			continue;
		if (bytes->one_file_seen)
			return problem_set(problem, -EBADMSG,
			    "it holds more than one file: expected a ZIP of one");
		if (archive_entry_is_encrypted(entry))
			return problem_set(problem, -EBADMSG, "it is encrypted");
		bytes->one_file_seen = true;
		return 1;
	}
	if (result != ARCHIVE_EOF)
		return archive_fault(bytes, problem);
	if (bytes->one_file_seen)
		return 0;
	return problem_set(problem, -EBADMSG, "it holds no file");
}

static int
next_of_archive(struct archive_bytes *bytes, const char **ret_at, size_t *ret_length,
    struct problem *problem)
{
	const void *block;
	la_int64_t offset;
	int result;

	do
		result = archive_read_data_block(bytes->archive, &block, ret_length, &offset);
	while (result == ARCHIVE_RETRY || (result == ARCHIVE_OK && *ret_length == 0));
	if (result == ARCHIVE_EOF) /* a second file is refused, not passed over */
		return find_file(bytes, problem);
	if (result != ARCHIVE_OK)
		return archive_fault(bytes, problem);
	*ret_at = block;
	return 1;
}

static int
open_archive(struct archive_bytes *bytes, struct problem *problem)
{
	int found;

	bytes->archive = archive_read_new();
	if (bytes->archive == NULL)
		return problem_set(problem, -ENOMEM, "out of memory");
	if (archive_read_support_filter_gzip(bytes->archive) != ARCHIVE_OK ||
	    archive_read_support_format_zip_streamable(bytes->archive) != ARCHIVE_OK ||
	    archive_read_support_format_raw(bytes->archive) != ARCHIVE_OK ||
	    archive_read_open(bytes->archive, bytes, NULL, on_read, NULL) != ARCHIVE_OK)
		return archive_fault(bytes, problem);
	found = find_file(bytes, problem);
	return found < 0 ? found : 0;
}

/* ---- the whole ---- */

static int
choose(struct archive_bytes *bytes, struct problem *problem)
{
	char magic[4];
	ssize_t count = pread(bytes->fd, magic, sizeof(magic), 0);

	if (count < 0)
		return cannot_read(-errno, problem);
	if (count < 4 || memcmp(magic, ZSTD_MAGIC, 4) != 0)
		return open_archive(bytes, problem);
	bytes->zstd = ZSTD_createDStream();
	return bytes->zstd == NULL ? problem_set(problem, -ENOMEM, "out of memory") : 0;
}

int
archive_bytes_open(struct archive_bytes **ret, int fd, struct problem *problem)
{
	struct archive_bytes *bytes;
	struct stat is;
	int error;

	if (fstat(fd, &is) < 0)
		return problem_set(problem, -errno, "%s", strerror(errno));
	/* Anything else could make its reader wait for ever. */
	if (!S_ISREG(is.st_mode))
		return problem_set(problem, -EBADMSG, "it is no plain file");
	if (is.st_size == 0)
		return problem_set(problem, -EBADMSG, "it is empty");
	bytes = calloc(1, sizeof(*bytes));
	if (bytes == NULL)
		return problem_set(problem, -ENOMEM, "out of memory");
	bytes->fd = fd;
	bytes->size = is.st_size;
	error = choose(bytes, problem);
	if (error < 0)
		archive_bytes_close(bytes);
	else
		*ret = bytes;
	return error;
}

int
archive_bytes_next(struct archive_bytes *bytes, const char **ret_at, size_t *ret_length,
    struct problem *problem)
{
	if (bytes->zstd != NULL)
		return next_of_zstd(bytes, ret_at, ret_length, problem);
	return next_of_archive(bytes, ret_at, ret_length, problem);
}

int64_t
archive_bytes_read(const struct archive_bytes *bytes)
{
	return bytes->read;
}

int64_t
archive_bytes_size(const struct archive_bytes *bytes)
{
	return bytes->size;
}

void
archive_bytes_close(struct archive_bytes *bytes)
{
	if (bytes == NULL)
		return;
	if (bytes->archive != NULL)
		archive_read_free(bytes->archive);
	if (bytes->zstd != NULL)
		ZSTD_freeDStream(bytes->zstd);
	free(bytes);
}
