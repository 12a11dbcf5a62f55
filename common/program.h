/*
 * The command line that all our programs share: -c FILE, -o SECTION.NAME=VALUE, -n, -V, -h.
 */
#ifndef COMMON_PROGRAM_H
#define COMMON_PROGRAM_H

#include <stdbool.h>

#include "common/settings.h"

#define PROGRAM_VERSION "0.1.0"

struct program {
	const char *name;
	const char *arguments; /* shown in the usage line after the options; "" for none */
	const char *help;      /* paragraphs below the options, "" for none */
	const char *flag;      /* "import": an option --import of the program's own; NULL: none */
	const char *flag_help;
	bool *flag_given; /* set when it is */
};

/*
 * Reads options and settings.  Returns -1 to go on, with *ret_settings the caller's to free and
 * *ret_first the index of the first argument in argv; otherwise the exit status at which the
 * program should leave (0 after -n -V -h, 64 usage, 78 settings), everything having been said.
 * A program whose `arguments` are "" accepts none.
 */
int
program_options(const struct program *program, int argc, char **argv, struct settings *ret_settings,
    int *ret_first);

/* The exit status of sysexits.h that a negative errno of ours becomes: 71, 75 or 78. */
int
program_exit_status(int error);

#endif
