#define _GNU_SOURCE
#include "tickd/record/recorder.h"

#include <errno.h>
#include <signal.h>
#include <sys/resource.h>

#include "common/clock.h"
#include "tests/unit/tickd/recorded.h"

#define FIRST_US INT64_C(1795273200000000) /* 2026-11-21T15:00:00Z */
#define HOUR_US (3600 * CLOCK_SECOND_US)

static struct recorder *
start(void **state, int64_t limit_bytes)
{
	struct recorder *recorder;
	struct problem problem;

	if (recorder_create(&recorder, scratch_path(state, "raw"), HOUR_US, limit_bytes,
		&problem) < 0)
		fail_msg("%s", problem.text);
	return recorder;
}

static struct recorded
recorded(void **state)
{
	return recorded_read(scratch_path(state, "raw"));
}

static void
record(struct recorder *recorder, int64_t wall_us, const char *frame)
{
	recorder_frame(recorder, wall_us, frame, strlen(frame));
}

/* Frames that cannot be packed, so that bytes on the disk are as many as were recorded. */
static void
record_noise(struct recorder *recorder, int64_t wall_us, size_t length)
{
	static uint64_t chance = 1;
	char *frame = malloc(length);

	assert_non_null(frame);
	for (size_t i = 0; i < length; i++)
		frame[i] = (char)chance_next(&chance);
	recorder_frame(recorder, wall_us, frame, length);
	free(frame);
}

static int64_t
figure(struct recorder *recorder, const char *name)
{
	json_t *status = recorder_status(recorder);
	int64_t value = json_integer_value(json_object_get(status, name));

	json_decref(status);
	return value;
}

/* Until the thread has dealt with every frame so far. */
static void
settle(struct recorder *recorder, int64_t frames)
{
	wait_until(figure(recorder, "frames") + figure(recorder, "lost") == frames);
}

static void
frames_are_read_back_as_they_came(void **state)
{
	struct recorder *recorder = start(state, 0);
	size_t size = 0, length = 0;
	char *expected = NULL, frame[4000];
	uint64_t chance = chance_seed();
	struct recorded got;

	for (int64_t i = 0; i < 5000; i++) {
		int padding = (int)chance_below(&chance, i % 100 == 0 ? 3900 : 300);

		snprintf(frame, sizeof(frame), "{\"n\":%d,\"p\":\"%*s\"}", (int)i, padding, "");
		size += strlen(frame) + 32;
		expected = realloc(expected, size);
		assert_non_null(expected);
		length += (size_t)snprintf(expected + length, size - length, "%lld000 %s\n",
		    (long long)(FIRST_US + i * 1000), frame);
		record(recorder, FIRST_US + i * 1000, frame);
	}
	recorder_stop(recorder);
	got = recorded(state);
	assert_int_equal(got.files, 1);
	assert_string_equal(got.names[0], "binance-20261121T150000Z.zst");
	assert_int_equal(got.length, length);
	assert_memory_equal(got.text, expected, length);
	free(expected);
	recorded_free(&got);
}

static void
a_block_is_on_the_disk_a_second_later_without_another_frame(void **state)
{
	struct recorder *recorder = start(state, 0);
	struct recorded got;

	record(recorder, FIRST_US, "{}");
	settle(recorder, 1);
	got = recorded(state);
	assert_string_equal(got.text, "1795273200000000000 {}\n");
	recorded_free(&got);
	assert_int_equal(figure(recorder, "frames"), 1);
	recorder_stop(recorder);
}

static void
status_names_the_file_its_bytes_and_what_was_lost(void **state)
{
	struct recorder *recorder = start(state, 0);
	json_t *status = recorder_status(recorder);
	struct problem problem;

	assert_true(json_is_null(json_object_get(status, "file")));
	json_decref(status);
	record(recorder, FIRST_US, "{}");
	recorder_frame(recorder, FIRST_US, NULL, 70000); /* too long for the feed */
	settle(recorder, 2);
	status = recorder_status(recorder);
	assert_string_equal(json_string_value(json_object_get(status, "file")),
	    "binance-20261121T150000Z.zst");
	assert_int_equal(json_integer_value(json_object_get(status, "frames")), 1);
	assert_int_equal(json_integer_value(json_object_get(status, "lost")), 1);
	assert_true(json_integer_value(json_object_get(status, "bytes")) > 20);
	assert_int_equal(recorder_failure(recorder, &problem), 0);
	json_decref(status);
	recorder_stop(recorder);
}

static void
each_slot_has_a_file_of_its_own_named_for_its_first_frame(void **state)
{
	struct recorder *recorder = start(state, 0);
	struct recorded got;

	record(recorder, FIRST_US - 1500000, "1");
	record(recorder, FIRST_US - 1, "2");
	record(recorder, FIRST_US, "3");
	record(recorder, FIRST_US + HOUR_US - 1, "4");
	record(recorder, FIRST_US + 2 * HOUR_US + 7 * CLOCK_SECOND_US, "5");
	recorder_stop(recorder);
	got = recorded(state);
	assert_int_equal(got.files, 3);
	assert_string_equal(got.names[0], "binance-20261121T145958Z.zst");
	assert_string_equal(got.names[1], "binance-20261121T150000Z.zst");
	assert_string_equal(got.names[2], "binance-20261121T170007Z.zst");
	assert_int_equal(got.lines, 5);
	recorded_free(&got);
}

static void
a_clock_that_is_set_back_begins_another_file(void **state)
{
	struct recorder *recorder = start(state, 0);
	struct recorded got;

	record(recorder, FIRST_US, "1");
	record(recorder, FIRST_US - 1, "2");
	record(recorder, FIRST_US + 500000, "3");
	recorder_stop(recorder);
	got = recorded(state);
	assert_int_equal(got.files, 3);
	assert_string_equal(got.names[0], "binance-20261121T145959Z.zst");
	assert_string_equal(got.names[2], "binance-20261121T150000Z_2.zst");
	assert_int_equal(got.lines, 3);
	recorded_free(&got);
}

static void
a_restart_goes_on_in_a_new_file_and_leaves_the_old_one_alone(void **state)
{
	const char *torn = scratch_path(state, "raw/binance-20261121T150000Z.zst");
	struct recorder *recorder = start(state, 0);
	struct recorded got;
	struct stat is;
	off_t size;

	record(recorder, FIRST_US, "1");
	recorder_stop(recorder);
	assert_int_equal(stat(torn, &is), 0);
	assert_int_equal(truncate(torn, is.st_size - 1), 0);
	for (int run = 2; run <= 3; run++) {
		recorder = start(state, 0);
		record(recorder, FIRST_US + run, "again");
		recorder_stop(recorder);
	}
	got = recorded(state);
	assert_int_equal(got.files, 3);
	assert_string_equal(got.names[1], "binance-20261121T150000Z_2.zst");
	assert_non_null(strstr(got.text, "1795273200000003000 again\n"));
	recorded_free(&got);
	size = is.st_size - 1;
	assert_int_equal(stat(torn, &is), 0);
	assert_int_equal(is.st_size, size);
}

struct victim {
	void **state;
	int told; /* the parent is told here how many frames were recorded */
};

static int
record_until_killed(void *context)
{
	struct victim *victim = context;
	struct recorder *recorder = start(victim->state, 0);
	int64_t frames = 0;

	for (;;) {
		for (int i = 0; i < 2000; i++)
			record_noise(recorder, FIRST_US + frames + i, 300);
		frames += 1000;
		while (figure(recorder, "frames") < frames)
			pause_ms(1);
		frames += 1000;
		if (write(victim->told, &(int64_t){frames - 1000}, sizeof(frames)) < 0)
			return 1;
	}
}

static void
after_a_kill_all_whole_blocks_are_read(void **state)
{
	int ends[2];
	struct victim victim = {.state = state};
	int64_t written = 0;
	struct recorded got;
	pid_t pid;

	assert_int_equal(pipe(ends), 0);
	victim.told = ends[1];
	pid = fork_child(record_until_killed, &victim);
	while (written < 10000)
		assert_int_equal(read(ends[0], &written, sizeof(written)), sizeof(written));
	kill(pid, SIGKILL);
	assert_int_equal(end_of(pid), 256 + SIGKILL);
	close(ends[0]);
	close(ends[1]);
	got = recorded(state);
	assert_true(got.lines >= written);
	recorded_free(&got);
}

/* The blocks of two seconds at the least. */
static void
record_blocks(void **state, struct recorded *ret)
{
	struct recorder *recorder = start(state, 0);
	char frame[100];

	for (int i = 0; i < 200; i++) {
		snprintf(frame, sizeof(frame), "{\"id\":%d}", i);
		record(recorder, FIRST_US + i, frame);
		if (i == 99)
			settle(recorder, 100);
	}
	recorder_stop(recorder);
	*ret = recorded(state);
	assert_int_equal(ret->files, 1);
	assert_int_equal(ret->lines, 200);
}

static size_t
last_block(const char *bytes, size_t length)
{
	for (size_t at = 0;;) {
		size_t block = ZSTD_findFrameCompressedSize(bytes + at, length - at);

		assert_false(ZSTD_isError(block));
		if (at + block == length)
			return at;
		at += block;
	}
}

static void
cut_at_every_byte_of_the_last_block_all_earlier_lines_are_read(void **state)
{
	struct recorded whole, earlier = {0};
	size_t length, last;
	char *bytes;

	record_blocks(state, &whole);
	bytes = recorded_bytes(scratch_path(state, "raw/binance-20261121T150000Z.zst"), &length);
	last = last_block(bytes, length);
	recorded_unpack(&earlier, bytes, last);
	assert_in_range(earlier.lines, 100, 199);
	for (size_t cut = last; cut < length; cut++) {
		struct recorded torn = {0};

		recorded_unpack(&torn, bytes, cut);
		assert_true(torn.length == earlier.length || torn.length == whole.length);
		assert_memory_equal(torn.text, whole.text, torn.length);
		recorded_free(&torn);
	}
	free(bytes);
	recorded_free(&earlier);
	recorded_free(&whole);
}

static void
the_limit_holds_and_the_newest_stay(void **state)
{
	struct recorder *recorder = start(state, 1 << 20);
	struct recorded got;
	json_t *status;

	for (int i = 0; i < 100; i++)
		record_noise(recorder, FIRST_US + i * (HOUR_US / 4), 50000);
	recorder_stop(recorder);
	got = recorded(state);
	assert_in_range(got.bytes, (1 << 20) - 5 * 50100, 1 << 20);
	assert_string_equal(got.names[got.files - 1], "binance-20261122T150000Z.zst");
	recorded_free(&got);
	recorder = start(state, 100); /* a smaller limit holds from the start */
	got = recorded(state);
	assert_int_equal(got.files, 0);
	recorded_free(&got);
	status = recorder_status(recorder);
	assert_true(json_is_null(json_object_get(status, "file")));
	json_decref(status);
	recorder_stop(recorder);
}

static void
a_file_that_takes_its_share_of_the_limit_ends_before_its_slot(void **state)
{
	struct recorder *recorder = start(state, 1 << 20);
	struct recorded got;

	for (int i = 0; i < 60; i++)
		record_noise(recorder, FIRST_US + i * CLOCK_SECOND_US, 50000);
	recorder_stop(recorder);
	got = recorded(state);
	assert_in_range(got.files, 3, 5);
	assert_in_range(got.bytes, 1 << 19, 1 << 20);
	recorded_free(&got);
}

/* Files may have so many bytes at the most, as on a disk that is full. */
static void
let_files_have(rlim_t bytes)
{
	struct rlimit limit;

	assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
	limit.rlim_cur = bytes;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void
a_full_disk_costs_frames_of_the_recording_is_told_once_and_passes(void **state)
{
	struct recorder *recorder = start(state, 0);
	struct problem problem;
	struct recorded got;

	signal(SIGXFSZ, SIG_IGN);
	record(recorder, FIRST_US, "before");
	settle(recorder, 1);
	assert_int_equal(recorder_failure(recorder, &problem), 0);
	let_files_have((rlim_t)figure(recorder, "bytes") + 5);
	for (int i = 0; i < 20; i++)
		record_noise(recorder, FIRST_US + 1 + i, 10000);
	settle(recorder, 21);
	assert_int_equal(figure(recorder, "lost"), 20);
	assert_int_equal(recorder_failure(recorder, &problem), -EFBIG);
	assert_non_null(strstr(problem.text, "raw/binance-20261121T150000Z.zst"));
	assert_int_equal(recorder_failure(recorder, &problem), -EFBIG); /* nothing is better yet */
	let_files_have(RLIM_INFINITY);
	record(recorder, FIRST_US + 50, "after");
	settle(recorder, 22);
	assert_int_equal(recorder_failure(recorder, &problem), 0);
	assert_int_equal(figure(recorder, "lost"), 20);
	recorder_stop(recorder);
	got = recorded(state); /* nothing torn between the blocks */
	assert_int_equal(got.files, 1);
	assert_string_equal(got.text,
	    "1795273200000000000 before\n1795273200000050000 after\n");
	recorded_free(&got);
}

static void
a_disk_without_room_for_one_block_leaves_no_empty_files(void **state)
{
	struct recorder *recorder = start(state, 0);
	struct problem problem;
	struct recorded got;

	signal(SIGXFSZ, SIG_IGN);
	let_files_have(0);
	for (int i = 0; i < 5; i++)
		record(recorder, FIRST_US + i * HOUR_US, "{}");
	settle(recorder, 5);
	assert_int_equal(recorder_failure(recorder, &problem), -EFBIG);
	recorder_stop(recorder);
	let_files_have(RLIM_INFINITY);
	got = recorded(state);
	assert_int_equal(got.files, 0);
	recorded_free(&got);
}

static void
a_recording_that_is_deleted_is_begun_anew(void **state)
{
	const char *path = scratch_path(state, "raw/binance-20261121T150000Z.zst");
	struct recorder *recorder = start(state, 0);
	struct recorded got;

	record(recorder, FIRST_US, "1");
	settle(recorder, 1);
	assert_int_equal(unlink(path), 0);
	record(recorder, FIRST_US + 1, "2");
	recorder_stop(recorder);
	got = recorded(state);
	assert_string_equal(got.text, "1795273200000001000 2\n");
	recorded_free(&got);
}

static void
a_folder_that_is_away_for_a_while_is_told_and_used_again(void **state)
{
	const char *folder = scratch_path(state, "raw"), *away = scratch_path(state, "away");
	struct recorder *recorder = start(state, 0);
	struct problem problem;
	struct recorded got;

	assert_int_equal(rename(folder, away), 0);
	record(recorder, FIRST_US, "1");
	settle(recorder, 1);
	assert_int_equal(recorder_failure(recorder, &problem), -ENOENT);
	assert_non_null(strstr(problem.text, "raw"));
	assert_int_equal(rename(away, folder), 0);
	record(recorder, FIRST_US + 1, "2");
	settle(recorder, 2);
	assert_int_equal(recorder_failure(recorder, &problem), 0);
	recorder_stop(recorder);
	got = recorded(state);
	assert_string_equal(got.text, "1795273200000001000 2\n");
	recorded_free(&got);
}

/* A flood that no disk follows: the loop is never held up, and what is missing is known. */
static void
frames_that_come_too_fast_are_lost_counted_and_told(void **state)
{
	struct recorder *recorder = start(state, 0);
	struct problem problem;
	char *frame = calloc(1, 60000);
	struct recorded got;
	int64_t frames = 0;
	int error = 0;

	assert_non_null(frame);
	memset(frame, '.', 60000);
	while (error == 0 && frames < 1000000) {
		for (int i = 0; i < 1000; i++, frames++)
			recorder_frame(recorder, FIRST_US, frame, 60000);
		error = recorder_failure(recorder, &problem);
	}
	assert_int_equal(error, -EBUSY);
	assert_non_null(strstr(problem.text, "raw"));
	settle(recorder, frames);
	assert_int_equal(recorder_failure(recorder, &problem), 0);
	frames -= figure(recorder, "lost");
	recorder_stop(recorder);
	got = recorded(state);
	assert_int_equal(got.lines, frames);
	recorded_free(&got);
	free(frame);
}

static void
the_folder_is_made_for_its_owner_and_group_alone(void **state)
{
	struct recorder *recorder = start(state, 0);
	struct stat is;

	assert_int_equal(stat(scratch_path(state, "raw"), &is), 0);
	assert_int_equal(is.st_mode & 07777, 0750);
	record(recorder, FIRST_US, "1");
	recorder_stop(recorder);
	assert_int_equal(stat(scratch_path(state, "raw/binance-20261121T150000Z.zst"), &is), 0);
	assert_int_equal(is.st_mode & 07777, 0640);
}

static void
a_folder_that_cannot_be_used_is_refused_with_its_name(void **state)
{
	const char *file = scratch_file(state, "file", "");
	struct recorder *recorder = NULL;
	struct problem problem;

	assert_int_equal(chmod(file, 0700), 0);
	assert_true(recorder_create(&recorder, file, HOUR_US, 0, &problem) < 0);
	assert_non_null(strstr(problem.text, "file"));
	assert_true(recorder_create(&recorder, scratch_path(state, "file/raw"), HOUR_US, 0,
	    &problem) < 0);
	assert_non_null(strstr(problem.text, "file/raw"));
	assert_true(recorder_create(&recorder, "/proc/raw", HOUR_US, 0, &problem) < 0);
	assert_null(recorder);
	recorder_stop(NULL);
}

static int
unlimit_and_remove(void **state)
{
	let_files_have(RLIM_INFINITY);
	return scratch_remove(state);
}

#define with_folder(f) cmocka_unit_test_setup_teardown(f, scratch_make, unlimit_and_remove)

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		with_folder(frames_are_read_back_as_they_came),
		with_folder(a_block_is_on_the_disk_a_second_later_without_another_frame),
		with_folder(status_names_the_file_its_bytes_and_what_was_lost),
		with_folder(each_slot_has_a_file_of_its_own_named_for_its_first_frame),
		with_folder(a_clock_that_is_set_back_begins_another_file),
		with_folder(a_restart_goes_on_in_a_new_file_and_leaves_the_old_one_alone),
		with_folder(after_a_kill_all_whole_blocks_are_read),
		with_folder(cut_at_every_byte_of_the_last_block_all_earlier_lines_are_read),
		with_folder(the_limit_holds_and_the_newest_stay),
		with_folder(a_file_that_takes_its_share_of_the_limit_ends_before_its_slot),
		with_folder(a_full_disk_costs_frames_of_the_recording_is_told_once_and_passes),
		with_folder(a_disk_without_room_for_one_block_leaves_no_empty_files),
		with_folder(a_recording_that_is_deleted_is_begun_anew),
		with_folder(a_folder_that_is_away_for_a_while_is_told_and_used_again),
		with_folder(frames_that_come_too_fast_are_lost_counted_and_told),
		with_folder(the_folder_is_made_for_its_owner_and_group_alone),
		with_folder(a_folder_that_cannot_be_used_is_refused_with_its_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
