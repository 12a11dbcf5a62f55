/*
 * Children that we never started: what was ours before exec(2), or what the kernel gives to the
 * first process of a container.  They are reaped, and nothing else.
 */
#ifndef SUPERVISOR_STRANGERS_H
#define SUPERVISOR_STRANGERS_H

#include "supervisor/children.h"

/* Reaps those that are dead.  Returns how many. */
int
strangers_reap(struct children *children);

#endif
