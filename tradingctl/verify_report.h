/* What verify found of one symbol, for people and for programs. */
#ifndef TRADINGCTL_VERIFY_REPORT_H
#define TRADINGCTL_VERIFY_REPORT_H

#include "tradingctl/verify_symbol.h"

void
verify_report_print(const struct symbol_row *symbol, const struct symbol_report *report);

/* A new reference; it shares `holes` and `faults` with the report.  NULL: out of memory. */
json_t *
verify_report_json(const struct symbol_row *symbol, const struct symbol_report *report);

/* Ids that are missing, whoever knows of it. */
int64_t
verify_report_missing(const struct symbol_report *report);

#endif
