/*
 * A file system for SQLite under which the Nth write or sync from now on fails, once or for good.
 * One for the whole test program; files opened before it was made the default are not touched.
 */
#ifndef TESTS_UNIT_FAILING_VFS_H
#define TESTS_UNIT_FAILING_VFS_H

#include <sqlite3.h>
#include <stdbool.h>
#include <string.h>

enum failing_call { FAILING_WRITE, FAILING_SYNC };

static struct {
	sqlite3_vfs vfs, *real;
	enum failing_call call;
	int countdown; /* 0: nothing fails */
	int code;      /* what the call returns then */
	bool for_good; /* and all after it */
	int failed;
} failing;

struct failing_file {
	sqlite3_file base;
	sqlite3_file real[]; /* as large as the real one says */
};

static inline sqlite3_file *
real_file(sqlite3_file *file)
{
	return ((struct failing_file *)file)->real;
}

/* The `nth` call from now on fails with the code; 0: none does. */
static inline void
failing_arm(enum failing_call call, int nth, int code, bool for_good)
{
	failing.call = call;
	failing.countdown = nth;
	failing.code = code;
	failing.for_good = for_good;
	failing.failed = 0;
}

/* Returns how many failed since it was armed. */
static inline int
failing_disarm(void)
{
	failing.countdown = 0;
	return failing.failed;
}

static inline bool
fails_now(enum failing_call call)
{
	if (failing.countdown == 0 || failing.call != call)
		return false;
	if (failing.countdown > 1) {
		failing.countdown--;
		return false;
	}
	if (!failing.for_good)
		failing.countdown = 0;
	failing.failed++;
	return true;
}

static int
failing_close(sqlite3_file *file)
{
	return real_file(file)->pMethods->xClose(real_file(file));
}

static int
failing_read(sqlite3_file *file, void *to, int amount, sqlite3_int64 at)
{
	return real_file(file)->pMethods->xRead(real_file(file), to, amount, at);
}

/* A write that fails may have been done by half. */
static int
failing_write(sqlite3_file *file, const void *from, int amount, sqlite3_int64 at)
{
	if (!fails_now(FAILING_WRITE))
		return real_file(file)->pMethods->xWrite(real_file(file), from, amount, at);
	(void)!real_file(file)->pMethods->xWrite(real_file(file), from, amount / 2, at);
	return failing.code;
}

static int
failing_truncate(sqlite3_file *file, sqlite3_int64 size)
{
	return real_file(file)->pMethods->xTruncate(real_file(file), size);
}

static int
failing_sync(sqlite3_file *file, int flags)
{
	/* The machine does not lose power here: what was written is there, at once. */
	return fails_now(FAILING_SYNC) ? failing.code : SQLITE_OK;
}

static int
failing_size(sqlite3_file *file, sqlite3_int64 *ret)
{
	return real_file(file)->pMethods->xFileSize(real_file(file), ret);
}

static int
failing_lock(sqlite3_file *file, int how)
{
	return real_file(file)->pMethods->xLock(real_file(file), how);
}

static int
failing_unlock(sqlite3_file *file, int how)
{
	return real_file(file)->pMethods->xUnlock(real_file(file), how);
}

static int
failing_reserved(sqlite3_file *file, int *ret)
{
	return real_file(file)->pMethods->xCheckReservedLock(real_file(file), ret);
}

static int
failing_control(sqlite3_file *file, int what, void *argument)
{
	return real_file(file)->pMethods->xFileControl(real_file(file), what, argument);
}

static int
failing_sector(sqlite3_file *file)
{
	return real_file(file)->pMethods->xSectorSize(real_file(file));
}

static int
failing_device(sqlite3_file *file)
{
	return real_file(file)->pMethods->xDeviceCharacteristics(real_file(file));
}

static int
failing_shm_map(sqlite3_file *file, int page, int size, int extend, void volatile **ret)
{
	return real_file(file)->pMethods->xShmMap(real_file(file), page, size, extend, ret);
}

static int
failing_shm_lock(sqlite3_file *file, int offset, int count, int flags)
{
	return real_file(file)->pMethods->xShmLock(real_file(file), offset, count, flags);
}

static void
failing_shm_barrier(sqlite3_file *file)
{
	real_file(file)->pMethods->xShmBarrier(real_file(file));
}

static int
failing_shm_unmap(sqlite3_file *file, int remove)
{
	return real_file(file)->pMethods->xShmUnmap(real_file(file), remove);
}

static int
failing_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *ret_flags)
{
	static const sqlite3_io_methods methods = {
		.iVersion = 2, /* no memory-mapped reading */
		.xClose = failing_close,
		.xRead = failing_read,
		.xWrite = failing_write,
		.xTruncate = failing_truncate,
		.xSync = failing_sync,
		.xFileSize = failing_size,
		.xLock = failing_lock,
		.xUnlock = failing_unlock,
		.xCheckReservedLock = failing_reserved,
		.xFileControl = failing_control,
		.xSectorSize = failing_sector,
		.xDeviceCharacteristics = failing_device,
		.xShmMap = failing_shm_map,
		.xShmLock = failing_shm_lock,
		.xShmBarrier = failing_shm_barrier,
		.xShmUnmap = failing_shm_unmap,
	};
	int code = failing.real->xOpen(failing.real, name, real_file(file), flags, ret_flags);

	file->pMethods = real_file(file)->pMethods == NULL ? NULL : &methods;
	return code;
}

static int
failing_delete(sqlite3_vfs *vfs, const char *name, int sync_folder)
{
	return failing.real->xDelete(failing.real, name, 0);
}

/* From now on every file is opened by it. */
static inline int
failing_vfs_begin(void **state)
{
	if (failing.real != NULL)
		return 0;
	failing.real = sqlite3_vfs_find(NULL);
	failing.vfs = *failing.real;
	failing.vfs.zName = "failing";
	failing.vfs.szOsFile = (int)sizeof(struct failing_file) + failing.real->szOsFile;
	failing.vfs.xOpen = failing_open;
	failing.vfs.xDelete = failing_delete;
	return sqlite3_vfs_register(&failing.vfs, 1) == SQLITE_OK ? 0 : -1;
}

#endif
