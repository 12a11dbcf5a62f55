/*
 * What the tests of common/ share: a folder of their own (in *state, removed afterwards), small
 * files, captured output, a reproducible chance, and conditions that are waited for.
 */
#ifndef TESTS_UNIT_COMMON_SCRATCH_H
#define TESTS_UNIT_COMMON_SCRATCH_H

#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#define SCRATCH_PATH_SIZE 256
#define SCRATCH_WAIT_MS 10000 /* a condition that is not met by then fails its test */

/* ---- a folder of the test's own: cmocka_unit_test_setup_teardown(f, scratch_make, scratch_remove) */

static inline int
scratch_make(void **state)
{
	char *path = strdup("/tmp/trading-test-XXXXXX");

	*state = path;
	return path == NULL || mkdtemp(path) == NULL ? -1 : 0;
}

static inline int
scratch_remove_one(const char *path, const struct stat *is, int type, struct FTW *walk)
{
	return remove(path);
}

static inline int
scratch_remove(void **state)
{
	int failed = nftw(*state, scratch_remove_one, 16, FTW_DEPTH | FTW_PHYS);

	free(*state);
	return failed;
}

/* FOLDER/name in one of sixteen buffers that take turns. */
static inline const char *
scratch_path(void **state, const char *name)
{
	static char paths[16][SCRATCH_PATH_SIZE];
	static unsigned turn;
	char *path = paths[turn++ % 16];

	assert_true(snprintf(path, SCRATCH_PATH_SIZE, "%s/%s", (const char *)*state, name) <
	    SCRATCH_PATH_SIZE);
	return path;
}

static inline const char *
scratch_file(void **state, const char *name, const char *text)
{
	const char *path = scratch_path(state, name);
	FILE *file = fopen(path, "we");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
	return path;
}

/* The whole file as text, the caller's to free. */
static inline char *
scratch_text(const char *path)
{
	FILE *file = fopen(path, "re");
	char *text = calloc(1, 65536);

	assert_non_null(file);
	assert_non_null(text);
	assert_true(fread(text, 1, 65535, file) < 65535);
	fclose(file);
	return text;
}

/* ---- captured output ---- */

struct capture {
	int fd, saved;
	const char *path;
};

static inline struct capture
capture_begin(void **state, const char *name, FILE *stream)
{
	struct capture capture = {.fd = fileno(stream), .path = scratch_path(state, name)};
	int file = open(capture.path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	fflush(NULL);
	capture.saved = dup(capture.fd);
	assert_true(file >= 0 && capture.saved >= 0 && dup2(file, capture.fd) >= 0);
	close(file);
	return capture;
}

/* What was written meanwhile, the caller's to free. */
static inline char *
capture_end(struct capture *capture)
{
	fflush(NULL);
	assert_true(dup2(capture->saved, capture->fd) >= 0);
	close(capture->saved);
	return scratch_text(capture->path);
}

/* ---- waiting ---- */

static inline void
pause_ms(int ms)
{
	const struct timespec pause = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000L};

	nanosleep(&pause, NULL);
}

/* Evaluates `condition` every 2 ms until it holds; the test fails where it never does. */
#define wait_until(condition)                                                                      \
	do {                                                                                       \
		int waited_ms_ = 0;                                                                \
		for (; !(condition) && waited_ms_ < SCRATCH_WAIT_MS; waited_ms_ += 2)              \
			pause_ms(2);                                                               \
		if (waited_ms_ >= SCRATCH_WAIT_MS)                                                 \
			fail_msg("never came true: %s", #condition);                               \
	} while (0)

/* Forks; the child never returns into the test: it ends with what `run` says. */
static inline pid_t
fork_child(int (*run)(void *), void *context)
{
	pid_t pid;

	fflush(NULL);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0)
		_exit(run(context));
	return pid;
}

/* The exit status of the child, or 256 + the signal that ended it. */
static inline int
end_of(pid_t pid)
{
	int status;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFSIGNALED(status) ? 256 + WTERMSIG(status) : WEXITSTATUS(status);
}

/* ---- chance (splitmix64), the same in every run unless TEST_SEED says otherwise ---- */

static inline uint64_t
chance_seed(void)
{
	const char *seed = getenv("TEST_SEED");

	return seed == NULL ? 20260131 : strtoull(seed, NULL, 10);
}

static inline uint64_t
chance_next(uint64_t *chance)
{
	uint64_t z = (*chance += UINT64_C(0x9e3779b97f4a7c15));

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

/* 0 .. below - 1 */
static inline int64_t
chance_below(uint64_t *chance, int64_t below)
{
	return (int64_t)(chance_next(chance) % (uint64_t)below);
}

/* A number of random length in bits, so that small and huge ones are equally common. */
static inline int64_t
chance_any(uint64_t *chance)
{
	return (int64_t)chance_next(chance) >> chance_below(chance, 64);
}

#endif
