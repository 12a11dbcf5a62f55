#define _GNU_SOURCE
#include "supervisor/strangers.h"

#include <sys/wait.h>

#define TURN_MAX 256 /* reaped at one time before the loop goes on */

int
strangers_reap(struct children *children)
{
	int reaped = 0;

	for (int i = 0; i < TURN_MAX; i++) {
		siginfo_t info = {.si_pid = 0};

		/* Only looks: our own children's ends belong to the loop. */
		if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) < 0 || info.si_pid == 0 ||
		    children_by_pid(children, info.si_pid) != NULL)
			break;
		reaped += waitpid(info.si_pid, NULL, WNOHANG) > 0;
	}
	return reaped;
}
