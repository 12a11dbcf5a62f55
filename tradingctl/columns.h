/*
 * A table for people: columns as wide as their widest cell.  Cells are copied.
 */
#ifndef TRADINGCTL_COLUMNS_H
#define TRADINGCTL_COLUMNS_H

#include <stdbool.h>
#include <stdio.h>

#define COLUMNS_MAX 12 /* columns of a table */

struct columns;

/*
 * `titles` are the cells of the first row, separated by '|'; a title that begins with '>' is of a
 * right-aligned column.  NULL: out of memory.
 */
struct columns *
columns_create(const char *titles);

void
columns_free(struct columns *columns);

/* Adds one cell; the row is full with the last column's.  Running out of memory shows in print. */
__attribute__((format(printf, 2, 3))) void
columns_add(struct columns *columns, const char *format, ...);

/* Forgets the rows and keeps the widths, so that the next page lines up with this one. */
void
columns_next_page(struct columns *columns);

/* Prints the rows, under their titles if asked.  Returns 0 or -ENOMEM (a cell was lost). */
__attribute__((warn_unused_result)) int
columns_print(struct columns *columns, bool titles, FILE *out);

#endif
