/*
 * A double as the shortest text of 15 to 17 digits that reads back to it: what printf's %.15g
 * writes where that is enough, else %.16g or %.17g, to the byte.
 */
#ifndef ANALYSISD_NUMBER_TEXT_H
#define ANALYSISD_NUMBER_TEXT_H

#include <stddef.h>

#define NUMBER_TEXT_SIZE 32 /* bytes with the NUL */

/* `value` is finite.  Returns the length without the NUL. */
size_t
number_text(double value, char text[static NUMBER_TEXT_SIZE]);

/* Rounded to `digits` significant ones, 1..17: what printf's %.*g writes, to the byte. */
size_t
number_text_rounded(double value, int digits, char text[static NUMBER_TEXT_SIZE]);

#endif
