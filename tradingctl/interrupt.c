#include "tradingctl/interrupt.h"

#include <signal.h>
#include <stddef.h>
#include <time.h>

#include "common/clock.h"

static volatile sig_atomic_t interrupted;

static void
on_signal(int number)
{
	interrupted = 1;
}

static void
handle_with(void (*handler)(int number))
{
	struct sigaction action = {.sa_handler = handler};

	sigemptyset(&action.sa_mask);
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
}

void
interrupt_catch(void)
{
	handle_with(on_signal);
}

void
interrupt_let_go(void)
{
	handle_with(SIG_DFL);
}

bool
interrupt_wait(int ms)
{
	int64_t end_us = clock_monotonic_us() + ms * CLOCK_MS_US, left_us;
	sigset_t both, before;

	/* Blocked while it looks, so that a signal between the look and the sleep ends the sleep. */
	sigemptyset(&both);
	sigaddset(&both, SIGINT);
	sigaddset(&both, SIGTERM);
	sigprocmask(SIG_BLOCK, &both, &before);
	while (!interrupted && (left_us = end_us - clock_monotonic_us()) > 0) {
		struct timespec left = {left_us / CLOCK_SECOND_US,
		    left_us % CLOCK_SECOND_US * 1000};

		if (sigtimedwait(&both, NULL, &left) > 0)
			interrupted = 1;
	}
	sigprocmask(SIG_SETMASK, &before, NULL);
	return !interrupted;
}
