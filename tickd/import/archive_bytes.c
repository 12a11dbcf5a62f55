#define _GNU_SOURCE
#include "tickd/import/archive_bytes.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#define READ_SIZE (256 * 1024)	   /* a read from the file */
#define UNPACKED_SIZE (256 * 1024) /* unpacked at a time */
#define GZIP_WINDOW (MAX_WBITS + 16) /* zlib's way to say: gzip, whose checksum is looked at */

enum packing { PLAIN, GZIP, ZSTD, ZIP };

/*
 * gzip and zstd are read by their own libraries: libarchive does not look at the checksum of the
 * one, and drops what it has unpacked of the other when it meets a recording's torn end.
 */
struct archive_bytes {
	int fd;
	int64_t size, read;
	enum packing packing;
	bool at_end;	  /* of the file */
	bool frame_ended; /* what has been read is whole: a gzip member, a zstd frame */
	z_stream gzip;
	ZSTD_DStream *zstd;
	ZSTD_inBuffer zstd_in;
	struct archive *zip;
	bool zip_file_seen;
	char packed[READ_SIZE], unpacked[UNPACKED_SIZE];
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
	bytes->at_end = count == 0;
	return count;
}

static int
cannot_read(int error, struct problem *problem)
{
	return problem_set(problem, error, "it cannot be read: %s",
	    strerror(-error));
}

/* ---- plain ---- */

static int
next_of_plain(struct archive_bytes *bytes, const char **ret_at, size_t *ret_length,
    struct problem *problem)
{
	ssize_t count = read_file(bytes);

	if (count < 0)
		return cannot_read(-errno, problem);
	*ret_at = bytes->packed;
	*ret_length = (size_t)count;
	return count > 0;
}

/* ---- gzip and zstd ---- */

/* 0 at the end of a file whose data is whole. */
static int
end_of_data(const struct archive_bytes *bytes, const char *kind, struct problem *problem)
{
	if (bytes->frame_ended)
		return 0;
	return problem_set(problem, -EPIPE, "it ends in the middle of its %s data", kind);
}

/* One step: what was unpacked, 0 of it for none, or -EBADMSG. */
static ssize_t
unpack_gzip(struct archive_bytes *bytes, struct problem *problem)
{
	int result;

	/* One member may follow the other: together they are one text. */
	if (bytes->frame_ended && bytes->gzip.avail_in > 0) {
		(void)inflateReset(&bytes->gzip);
		bytes->frame_ended = false;
	}
	bytes->gzip.next_out = (Bytef *)bytes->unpacked;
	bytes->gzip.avail_out = sizeof(bytes->unpacked);
	result = bytes->frame_ended ? Z_BUF_ERROR : inflate(&bytes->gzip, Z_NO_FLUSH);
	bytes->frame_ended |= result == Z_STREAM_END;
	if (result != Z_OK && result != Z_STREAM_END && result != Z_BUF_ERROR)
		return problem_set(problem, -EBADMSG, "its gzip data is damaged: %s",
		    bytes->gzip.msg == NULL ? "its checksum" : bytes->gzip.msg);
	return (ssize_t)(sizeof(bytes->unpacked) - bytes->gzip.avail_out);
}

static int
next_of_gzip(struct archive_bytes *bytes, const char **ret_at, size_t *ret_length,
    struct problem *problem)
{
	ssize_t length = 0;

	while (length == 0) {
		if (bytes->gzip.avail_in == 0) {
			ssize_t count = read_file(bytes);

			if (count < 0)
				return cannot_read(-errno, problem);
			bytes->gzip.next_in = (Bytef *)bytes->packed;
			bytes->gzip.avail_in = (uInt)count;
		}
		/* Without input as well: it may still hold what did not fit the last time. */
		length = unpack_gzip(bytes, problem);
		if (length < 0)
			return (int)length;
		if (length == 0 && bytes->at_end)
			return end_of_data(bytes, "gzip", problem);
	}
	*ret_at = bytes->unpacked;
	*ret_length = (size_t)length;
	return 1;
}

static int
next_of_zstd(struct archive_bytes *bytes, const char **ret_at, size_t *ret_length,
    struct problem *problem)
{
	ZSTD_outBuffer out = {bytes->unpacked, sizeof(bytes->unpacked), 0};

	while (out.pos == 0) {
		size_t left;

		if (bytes->zstd_in.pos == bytes->zstd_in.size) {
			ssize_t count = read_file(bytes);

			if (count < 0)
				return cannot_read(-errno, problem);
			bytes->zstd_in = (ZSTD_inBuffer){bytes->packed, (size_t)count, 0};
		}
		left = ZSTD_decompressStream(bytes->zstd, &out, &bytes->zstd_in);
		if (ZSTD_isError(left))
			return problem_set(problem, -EBADMSG, "its zstd data is damaged: %s",
			    ZSTD_getErrorName(left));
		if (out.pos == 0 && bytes->at_end)
			return end_of_data(bytes, "zstd", problem);
		bytes->frame_ended = left == 0;
	}
	*ret_at = bytes->unpacked;
	*ret_length = out.pos;
	return 1;
}

/* ---- ZIP ---- */

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
zip_fault(const struct archive_bytes *bytes, struct problem *problem)
{
	const char *said = archive_error_string(bytes->zip);

	if (said == NULL)
		said = "no more is known";
	/* Where zlib starves, libarchive only gives its number. */
	if (strcasestr(said, "truncated") != NULL ||
	    (bytes->at_end && strstr(said, "decompression failed (-5)") != NULL))
		return problem_set(problem, -EPIPE, "it ends in the middle of its ZIP data");
	return problem_set(problem, -EBADMSG, "its ZIP data is damaged: %s", said);
}

/* 1 with the one file of the ZIP before us, 0 behind it. */
static int
find_file(struct archive_bytes *bytes, struct problem *problem)
{
	struct archive_entry *entry;
	int result;

	while ((result = archive_read_next_header(bytes->zip, &entry)) == ARCHIVE_OK) {
		if (archive_entry_filetype(entry) == AE_IFDIR)
			continue;
		if (bytes->zip_file_seen)
			return problem_set(problem, -EBADMSG,
			    "it holds more than one file: expected a ZIP of one");
		if (archive_entry_is_encrypted(entry))
			return problem_set(problem, -EBADMSG, "it is encrypted");
		bytes->zip_file_seen = true;
		return 1;
	}
	if (result != ARCHIVE_EOF)
		return zip_fault(bytes, problem);
	if (bytes->zip_file_seen)
		return 0;
	return problem_set(problem, -EBADMSG, "it holds no file");
}

static int
next_of_zip(struct archive_bytes *bytes, const char **ret_at, size_t *ret_length,
    struct problem *problem)
{
	const void *block;
	la_int64_t offset;
	int result;

	do
		result = archive_read_data_block(bytes->zip, &block, ret_length, &offset);
	while (result == ARCHIVE_RETRY || (result == ARCHIVE_OK && *ret_length == 0));
	if (result == ARCHIVE_EOF) /* a second file is refused, not passed over */
		return find_file(bytes, problem);
	if (result != ARCHIVE_OK)
		return zip_fault(bytes, problem);
	*ret_at = block;
	return 1;
}

static int
open_zip(struct archive_bytes *bytes, struct problem *problem)
{
	int found;

	bytes->zip = archive_read_new();
	if (bytes->zip == NULL)
		return problem_set(problem, -ENOMEM, "out of memory");
	if (archive_read_support_format_zip_streamable(bytes->zip) != ARCHIVE_OK ||
	    archive_read_open(bytes->zip, bytes, NULL, on_read, NULL) != ARCHIVE_OK)
		return zip_fault(bytes, problem);
	found = find_file(bytes, problem);
	return found < 0 ? found : 0;
}

/* ---- the whole ---- */

static int
find_packing(struct archive_bytes *bytes, struct problem *problem)
{
	static const struct {
		enum packing packing;
		const char *magic;
		size_t length;
	} known[] = {{GZIP, "\x1f\x8b", 2}, {ZSTD, "\x28\xb5\x2f\xfd", 4}, {ZIP, "PK\x03\x04", 4},
	    {ZIP, "PK\x05\x06", 4}};
	char magic[4] = "";

	if (pread(bytes->fd, magic, sizeof(magic), 0) < 0)
		return cannot_read(-errno, problem);
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (memcmp(magic, known[i].magic, known[i].length) == 0)
			bytes->packing = known[i].packing;
	return 0;
}

static int
open_packing(struct archive_bytes *bytes, struct problem *problem)
{
	bool out_of_memory = false;

	if (bytes->packing == ZIP)
		return open_zip(bytes, problem);
	if (bytes->packing == GZIP)
		out_of_memory = inflateInit2(&bytes->gzip, GZIP_WINDOW) != Z_OK;
	if (bytes->packing == ZSTD)
		out_of_memory = (bytes->zstd = ZSTD_createDStream()) == NULL;
	return out_of_memory ? problem_set(problem, -ENOMEM, "out of memory") : 0;
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
	error = find_packing(bytes, problem);
	if (error == 0)
		error = open_packing(bytes, problem);
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
	static int (*const next[])(struct archive_bytes *, const char **, size_t *,
	    struct problem *) = {
		[PLAIN] = next_of_plain,
		[GZIP] = next_of_gzip,
		[ZSTD] = next_of_zstd,
		[ZIP] = next_of_zip,
	};

	return next[bytes->packing](bytes, ret_at, ret_length, problem);
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
	if (bytes->zip != NULL)
		archive_read_free(bytes->zip);
	if (bytes->zstd != NULL)
		ZSTD_freeDStream(bytes->zstd);
	if (bytes->packing == GZIP)
		(void)inflateEnd(&bytes->gzip);
	free(bytes);
}
