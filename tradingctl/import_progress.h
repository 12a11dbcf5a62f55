/* What is shown of an import while it goes on, and when it has ended. */
#ifndef TRADINGCTL_IMPORT_PROGRESS_H
#define TRADINGCTL_IMPORT_PROGRESS_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define IMPORT_LINE_SIZE 256

struct import_progress {
	bool terminal;	  /* a bar is drawn anew; else there is a line now and then */
	bool drawn;	  /* a bar stands on the terminal */
	int64_t shown_us; /* monotonic, 0 before the first */
};

/* "[=====>    ]  43 %  4300000 rows  316.0 MB  310000 rows/s  12 s left".  Pure. */
const char *
import_progress_text(const json_t *progress, bool bar, char line[static IMPORT_LINE_SIZE]);

/* Shows on stderr how far it is, when it is time to. */
void
import_progress_show(struct import_progress *shown, const char *name, const json_t *progress);

/* Takes the bar off the terminal. */
void
import_progress_clear(struct import_progress *shown);

/* One line about an import that has ended. */
void
import_progress_print_end(const char *name, const json_t *progress, FILE *out);

#endif
