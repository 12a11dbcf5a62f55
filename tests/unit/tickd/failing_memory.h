/*
 * The n-th allocation of jansson, or by reallocarray(), fails: for tests that go on until all of
 * them got through.
 */
#ifndef TESTS_UNIT_TICKD_FAILING_MEMORY_H
#define TESTS_UNIT_TICKD_FAILING_MEMORY_H

#include <errno.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdlib.h>

static struct {
	int countdown; /* 0: none fails */
	bool failed;
} failing_memory;

static inline bool
failing_memory_now(void)
{
	if (failing_memory.countdown == 0 || --failing_memory.countdown > 0)
		return false;
	failing_memory.failed = true;
	return true;
}

static inline void *
failing_memory_malloc(size_t size)
{
	return failing_memory_now() ? NULL : malloc(size);
}

static inline void
failing_memory_arm(int nth)
{
	json_set_alloc_funcs(failing_memory_malloc, free);
	failing_memory.countdown = nth;
	failing_memory.failed = false;
}

/* True where one did fail. */
static inline bool
failing_memory_disarm(void)
{
	failing_memory.countdown = 0;
	json_set_alloc_funcs(malloc, free);
	return failing_memory.failed;
}

/* In place of the C library's. */
void *
reallocarray(void *items, size_t count, size_t size)
{
	size_t bytes;

	if (__builtin_mul_overflow(count, size, &bytes) || failing_memory_now()) {
		errno = ENOMEM;
		return NULL;
	}
	return realloc(items, bytes);
}

#endif
