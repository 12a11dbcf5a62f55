/*
 * What a process uses, by /proc.
 */
#ifndef SUPERVISOR_PROCESS_USAGE_H
#define SUPERVISOR_PROCESS_USAGE_H

#include <stdint.h>
#include <sys/types.h>

struct process_usage {
	int64_t rss_bytes;
	int64_t cpu_us; /* user and system, since its start */
};

/* Returns 0, -ESRCH when it is gone, or another negative errno. */
__attribute__((warn_unused_result)) int
process_usage_read(pid_t pid, struct process_usage *ret);

#endif
