/*
 * One clear sentence about what went wrong, for the person who must mend it.
 * The callee fills it, the wiring prints it; who fills it returns the same negative errno.
 */
#ifndef COMMON_PROBLEM_H
#define COMMON_PROBLEM_H

#define PROBLEM_SIZE 512 /* bytes; a longer sentence is cut */

struct problem {
	char text[PROBLEM_SIZE];
};

/* Writes the sentence (no newline, no full stop needed) and returns `error` unchanged. */
__attribute__((format(printf, 3, 4))) int
problem_set(struct problem *problem, int error, const char *format, ...);

#endif
