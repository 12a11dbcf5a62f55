#define _GNU_SOURCE
#include "tickd/record/recorder.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/directory.h"
#include "tickd/record/frame_ring.h"
#include "tickd/record/recording_block.h"
#include "tickd/record/recording_file.h"
#include "tickd/record/recordings.h"

#define RING_BYTES (8 << 20)	/* a disk may stand still for 8 s of a busy day of twenty symbols */
#define WAKE_BYTES 65536	/* of frames after which the thread is woken before its time */
#define BLOCK_US CLOCK_SECOND_US /* a block is closed so often, however little it has */
#define SYNC_US (5 * CLOCK_SECOND_US) /* what a power failure costs; the files' own habit */
#define LIMIT_SHARE 4 /* a file with 1/LIMIT_SHARE of the limit is full: the rest are older ones */

/* What the thread shows. */
struct figures {
	char file[RECORDING_NAME_SIZE];
	int64_t bytes, frames, lost;
	int64_t failures;
	int error; /* of the last block */
	struct problem problem; /* of the last failure */
};

struct recorder {
	char folder[PATH_MAX];
	int64_t rotate_us, limit_bytes;
	struct frame_ring *ring;
	int wake; /* an eventfd */
	pthread_t thread;
	atomic_bool stopping;
	/* the loop's */
	int64_t refused, skipped;     /* frames */
	int64_t failures_told, refused_told;
	size_t unannounced; /* bytes put into the ring since the thread was woken */
	/* the thread's */
	struct recording_block *block;
	struct recording_file file;
	int64_t slot, older_bytes; /* of the file; of all others in the folder */
	int64_t synced_us;
	char frame[RECORDING_FRAME_MAX];
	pthread_mutex_t mutex;
	struct figures figures; /* under the mutex */
};

/* ---- the thread ---- */

static bool
file_is_over(struct recorder *recorder, int64_t slot)
{
	const struct recording_file *file = &recorder->file;

	return slot != recorder->slot || recording_file_is_gone(file) ||
	    (recorder->limit_bytes > 0 && file->bytes > recorder->limit_bytes / LIMIT_SHARE);
}

static void
show(struct recorder *recorder, int64_t recorded, int64_t lost, int error,
    const struct problem *problem)
{
	struct figures *figures = &recorder->figures;

	pthread_mutex_lock(&recorder->mutex);
	if (recorder->file.fd >= 0)
		memcpy(figures->file, recorder->file.name, strlen(recorder->file.name) + 1);
	figures->bytes = recorder->file.bytes;
	figures->frames += recorded;
	figures->lost += lost;
	figures->error = error;
	if (error < 0) {
		figures->failures++;
		figures->problem = *problem;
	}
	pthread_mutex_unlock(&recorder->mutex);
}

/* What was written before may be lost: that is shown, but nothing can be done about it. */
static void
show_unsafe(struct recorder *recorder, int error)
{
	struct problem problem;

	if (error < 0)
		show(recorder, 0, 0, problem_set(&problem, error,
		    "%s was written, but is not safe: %s", recorder->file.path,
		    strerror(-error)), &problem);
}

/* The file that the block belongs into. */
static int
choose_file(struct recorder *recorder, struct problem *problem)
{
	int64_t first_us = recording_block_first_us(recorder->block);
	int64_t slot = first_us / recorder->rotate_us;
	int error;

	if (recorder->file.fd >= 0 && file_is_over(recorder, slot))
		show_unsafe(recorder, recording_file_close(&recorder->file));
	if (recorder->file.fd >= 0)
		return 0;
	error = recording_file_open(&recorder->file, recorder->folder, first_us, problem);
	if (error < 0)
		return error;
	recorder->slot = slot;
	recorder->older_bytes = INT64_MAX; /* to be found out */
	return 0;
}

/* Makes room for `length` bytes more below the limit. */
static int
keep_limit(struct recorder *recorder, size_t length, struct problem *problem)
{
	int64_t most = recorder->limit_bytes - (int64_t)length;

	if (recorder->limit_bytes == 0 || recorder->older_bytes <= most - recorder->file.bytes)
		return 0;
	return recordings_trim(recorder->folder, recorder->file.name, most, &recorder->older_bytes,
	    problem);
}

static int
write_block(struct recorder *recorder, bool *ret_written, struct problem *problem)
{
	const void *packed;
	size_t length;
	int error = recording_block_pack(recorder->block, &packed, &length), untrimmed;

	if (error < 0)
		return problem_set(problem, error, "a block cannot be packed: %s",
		    strerror(-error));
	error = choose_file(recorder, problem);
	if (error < 0)
		return error;
	untrimmed = keep_limit(recorder, length, problem);
	error = recording_file_append(&recorder->file, packed, length);
	if (error < 0)
		return problem_set(problem, error, "%s cannot be written: %s", recorder->file.path,
		    strerror(-error));
	*ret_written = true;
	return untrimmed;
}

static void
close_block(struct recorder *recorder)
{
	int64_t frames = recording_block_frames(recorder->block);
	struct problem problem;
	bool written = false;
	int error;

	if (frames == 0)
		return;
	error = write_block(recorder, &written, &problem);
	show(recorder, written ? frames : 0, written ? 0 : frames, error, &problem);
	recording_block_clear(recorder->block);
}

/* A block is of one slot, since a file is. */
static bool
starts_block(const struct recorder *recorder, int64_t wall_us, size_t length)
{
	const struct recording_block *block = recorder->block;

	return !recording_block_fits(block, length) || (recording_block_frames(block) > 0 &&
	    wall_us / recorder->rotate_us != recording_block_first_us(block) / recorder->rotate_us);
}

static void
drain(struct recorder *recorder)
{
	int64_t wall_us;
	size_t length;

	while (frame_ring_next(recorder->ring, &wall_us, &length)) {
		if (starts_block(recorder, wall_us, length))
			close_block(recorder);
		frame_ring_take(recorder->ring, recorder->frame);
		recording_block_add(recorder->block, wall_us, recorder->frame, length);
	}
}

static void
sync_now_and_then(struct recorder *recorder)
{
	int64_t now_us = clock_monotonic_us();

	if (recorder->file.fd < 0 || now_us - recorder->synced_us < SYNC_US)
		return;
	show_unsafe(recorder, recording_file_sync(&recorder->file));
	recorder->synced_us = now_us;
}

static void
wait_until(struct recorder *recorder, int64_t until_us)
{
	struct pollfd woken = {.fd = recorder->wake, .events = POLLIN};
	int64_t wait_us = until_us - clock_monotonic_us();
	eventfd_t count;

	if (wait_us > 0 && poll(&woken, 1, (int)(wait_us / CLOCK_MS_US) + 1) > 0)
		(void)!eventfd_read(recorder->wake, &count);
}

static void *
run(void *context)
{
	struct recorder *recorder = context;
	int64_t close_us = clock_monotonic_us() + BLOCK_US;
	bool stopping;

	pthread_setname_np(pthread_self(), "recorder");
	do {
		wait_until(recorder, close_us);
		stopping = atomic_load(&recorder->stopping); /* what came before is there */
		drain(recorder);
		if (!stopping && clock_monotonic_us() < close_us)
			continue;
		close_block(recorder);
		close_us = clock_monotonic_us() + BLOCK_US;
		sync_now_and_then(recorder);
	} while (!stopping);
	if (recorder->file.fd >= 0)
		(void)!recording_file_close(&recorder->file);
	return NULL;
}

/* ---- the loop's side ---- */

void
recorder_frame(struct recorder *recorder, int64_t wall_us, const char *frame, size_t length)
{
	if (frame == NULL || length > RECORDING_FRAME_MAX) {
		recorder->skipped++;
		return;
	}
	if (!frame_ring_push(recorder->ring, wall_us, frame, length)) {
		recorder->refused++;
		return;
	}
	recorder->unannounced += length;
	if (recorder->unannounced < WAKE_BYTES)
		return;
	recorder->unannounced = 0;
	(void)!eventfd_write(recorder->wake, 1);
}

int
recorder_failure(struct recorder *recorder, struct problem *problem)
{
	const struct figures *figures = &recorder->figures;
	int64_t refused = recorder->refused - recorder->refused_told;
	int error;

	pthread_mutex_lock(&recorder->mutex);
	error = figures->error;
	if (error == 0 && figures->failures != recorder->failures_told)
		error = -EIO; /* it is over, but it was not told */
	recorder->failures_told = figures->failures;
	*problem = figures->problem;
	pthread_mutex_unlock(&recorder->mutex);
	recorder->refused_told = recorder->refused;
	if (error == 0 && refused > 0)
		error = problem_set(problem, -EBUSY, "%s: the disk does not follow, %" PRId64
		    " frames were not recorded", recorder->folder, refused);
	return error;
}

json_t *
recorder_status(struct recorder *recorder)
{
	struct figures figures;
	int64_t lost;

	pthread_mutex_lock(&recorder->mutex);
	figures = recorder->figures;
	pthread_mutex_unlock(&recorder->mutex);
	lost = figures.lost + recorder->refused + recorder->skipped;
	return json_pack("{s:s?, s:I, s:I, s:I}", "file",
	    figures.file[0] == '\0' ? NULL : figures.file, "bytes", (json_int_t)figures.bytes,
	    "frames", (json_int_t)figures.frames, "lost", (json_int_t)lost);
}

/* ---- the whole ---- */

static void
free_recorder(struct recorder *recorder)
{
	if (recorder->wake >= 0)
		close(recorder->wake);
	recording_block_free(recorder->block);
	frame_ring_free(recorder->ring);
	pthread_mutex_destroy(&recorder->mutex);
	free(recorder);
}

/* Whether a file can be made is known for certain only with the first frame. */
static int
prepare_folder(struct recorder *recorder, const char *folder, struct problem *problem)
{
	int error = directory_make(folder, 0750, problem);

	if (error < 0)
		return error;
	if (strlen(folder) >= sizeof(recorder->folder) - RECORDING_NAME_SIZE)
		return problem_set(problem, -ENAMETOOLONG, "%.200s...: the path is too long",
		    folder);
	memcpy(recorder->folder, folder, strlen(folder) + 1);
	return recordings_trim(folder, "",
	    recorder->limit_bytes > 0 ? recorder->limit_bytes : INT64_MAX, &recorder->older_bytes,
	    problem);
}

static int
start(struct recorder *recorder, struct problem *problem)
{
	int error;

	recorder->ring = frame_ring_create(RING_BYTES);
	recorder->block = recording_block_create();
	recorder->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (recorder->ring == NULL || recorder->block == NULL)
		return problem_set(problem, -ENOMEM, "out of memory");
	if (recorder->wake < 0)
		return problem_set(problem, -errno, "eventfd: %s", strerror(errno));
	error = -pthread_create(&recorder->thread, NULL, run, recorder);
	if (error < 0)
		problem_set(problem, error, "no thread for recordings: %s", strerror(-error));
	return error;
}

int
recorder_create(struct recorder **ret, const char *folder, int64_t rotate_us, int64_t limit_bytes,
    struct problem *problem)
{
	struct recorder *recorder = calloc(1, sizeof(*recorder));
	int error;

	if (recorder == NULL)
		return problem_set(problem, -ENOMEM, "out of memory");
	pthread_mutex_init(&recorder->mutex, NULL);
	recorder->rotate_us = rotate_us;
	recorder->limit_bytes = limit_bytes;
	recorder->wake = recorder->file.fd = -1;
	error = prepare_folder(recorder, folder, problem);
	if (error == 0)
		error = start(recorder, problem);
	if (error < 0) {
		free_recorder(recorder);
		return error;
	}
	*ret = recorder;
	return 0;
}

void
recorder_stop(struct recorder *recorder)
{
	if (recorder == NULL)
		return;
	atomic_store(&recorder->stopping, true);
	(void)!eventfd_write(recorder->wake, 1);
	pthread_join(recorder->thread, NULL);
	free_recorder(recorder);
}
