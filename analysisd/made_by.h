/*
 * What the results of a symbol are made by: a number that is another one when an analysis has come
 * or gone, or the symbol is compared with another one than before.  Stored beside how far it is
 * analysed, so that a newer program, or another setting, is known by it.  Pure.
 */
#ifndef ANALYSISD_MADE_BY_H
#define ANALYSISD_MADE_BY_H

#include <stdint.h>

/*
 * `paired`: the SOURCE:SYMBOL that it is compared with; NULL where it is with none that is stored.
 * Never 0.
 */
int64_t
made_by(const char *paired);

#endif
