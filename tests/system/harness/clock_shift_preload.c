/*
 * A wall clock that is wrong: preloaded into a program, it adds CLOCK_SHIFT_SECONDS to what the
 * kernel says.  The monotonic clocks stay as they are.
 */
#define _GNU_SOURCE
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static long
shift_seconds(void)
{
	const char *text = getenv("CLOCK_SHIFT_SECONDS");

	return text == NULL ? 0 : atol(text);
}

int
clock_gettime(clockid_t clock, struct timespec *ret)
{
	long status = syscall(SYS_clock_gettime, clock, ret);

	if (status == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE))
		ret->tv_sec += shift_seconds();
	return (int)status;
}

int
gettimeofday(struct timeval *restrict ret, void *restrict zone)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	ret->tv_sec = now.tv_sec;
	ret->tv_usec = now.tv_nsec / 1000;
	return 0;
}

time_t
time(time_t *ret)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	if (ret != NULL)
		*ret = now.tv_sec;
	return now.tv_sec;
}
