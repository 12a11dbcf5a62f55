/*
 * The command line that all our programs share: -c FILE, -o SECTION.NAME=VALUE, -n, -V, -h.
 */
#ifndef COMMON_PROGRAM_H
#define COMMON_PROGRAM_H

#include <stdbool.h>
#include <stdio.h>

#include "common/settings.h"

#define PROGRAM_VERSION "0.1.0"

#define PROGRAM_OPTIONS_MAX 16 /* options of a program's own */

/* An option of a program's own: --NAME, --NAME VALUE, or --NAME VALUE VALUE. */
struct program_option {
	const char *name;
	const char *arguments; /* "FILE", "FROM TO": as many values as it has words; NULL: none */
	const char *help;      /* one line */
	bool *given;	       /* set when it is; may be NULL */
	const char **ret_values; /* of the last one given, in argv; NULL where it takes none */
	void (*print)(FILE *out); /* NULL, or: it prints that and leaves with 0, as -V does */
};

struct program {
	const char *name;
	const char *arguments; /* shown in the usage line after the options; "" for none */
	const char *help;      /* paragraphs below the options, "" for none */
	const struct program_option *options; /* ended by a NULL name; NULL: none */
};

/*
 * Reads options and settings.  Returns -1 to go on, with *ret_settings the caller's to free and
 * *ret_first the index of the first argument in argv; otherwise the exit status at which the
 * program should leave (0 after -n, -V, -h and what prints, 64 usage, 74 when it cannot be printed,
 * 78 settings), everything having been said.
 * A program whose `arguments` are "" accepts none.
 */
int
program_options(const struct program *program, int argc, char **argv, struct settings *ret_settings,
    int *ret_first);

/* The exit status of sysexits.h that a negative errno of ours becomes: 71, 75 or 78. */
int
program_exit_status(int error);

#endif
