/* `tickd --import FILE...`: imports the files of the command line, one after the other. */
#ifndef TICKD_IMPORT_FILES_H
#define TICKD_IMPORT_FILES_H

#include <stdbool.h>

#include "tickd/import/import.h"

/* What the command line asks for. */
struct import_files {
	bool only; /* no feeds: only imports, of these files or as the control socket hands them over */
	char *const *names;
	int count;

	/* While it runs. */
	int next;
	int exit_status; /* of the first that failed */
};

/*
 * Begins the next file.  Returns true when one runs; false when there is no other.  What cannot
 * begin is logged.
 */
bool
import_files_next(struct import_files *files, struct imports *imports);

/*
 * An import has ended: logs it, and begins what is next; one that wanted to be confirmed is begun
 * again once what there is to say has been logged.  As import_files_next().
 */
bool
import_files_ended(struct import_files *files, struct imports *imports,
    const struct import_report *report, const char *name);

#endif
