/* Files to import, made by the tests: packed by libarchive's writing half. */
#ifndef TESTS_UNIT_TICKD_PACKED_H
#define TESTS_UNIT_TICKD_PACKED_H

#include <archive.h>
#include <archive_entry.h>

#include "tests/unit/common/scratch.h"

enum packing { PLAIN, GZIP, ZSTD, ZIP };

static inline void
packed_entry(struct archive *archive, const char *name, const void *bytes, size_t length)
{
	struct archive_entry *entry = archive_entry_new();

	archive_entry_set_pathname(entry, name);
	archive_entry_set_filetype(entry, AE_IFREG);
	archive_entry_set_perm(entry, 0644);
	archive_entry_set_size(entry, (la_int64_t)length);
	assert_int_equal(archive_write_header(archive, entry), ARCHIVE_OK);
	if (length > 0)
		assert_int_equal(archive_write_data(archive, bytes, length), (la_ssize_t)length);
	archive_entry_free(entry);
}

static inline struct archive *
packed_begin(const char *path, enum packing packing)
{
	struct archive *archive = archive_write_new();

	if (packing == ZIP)
		assert_int_equal(archive_write_set_format_zip(archive), ARCHIVE_OK);
	else
		assert_int_equal(archive_write_set_format_raw(archive), ARCHIVE_OK);
	if (packing == GZIP)
		assert_int_equal(archive_write_add_filter_gzip(archive), ARCHIVE_OK);
	if (packing == ZSTD)
		assert_int_equal(archive_write_add_filter_zstd(archive), ARCHIVE_OK);
	assert_int_equal(archive_write_open_filename(archive, path), ARCHIVE_OK);
	return archive;
}

static inline void
packed_end(struct archive *archive)
{
	assert_int_equal(archive_write_close(archive), ARCHIVE_OK);
	archive_write_free(archive);
}

/* The text as a file of that name in the test's folder: opened for reading. */
static inline int
packed_file(void **state, const char *name, enum packing packing, const char *bytes, size_t length)
{
	const char *path = scratch_path(state, name);
	struct archive *archive = packed_begin(path, packing);
	int fd;

	packed_entry(archive, "inside.csv", bytes, length);
	packed_end(archive);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	return fd;
}

static inline int
plain_file(void **state, const char *name, const char *text)
{
	return packed_file(state, name, PLAIN, text, strlen(text));
}

#endif
