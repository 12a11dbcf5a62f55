/*
 * Reads the hours of trading_hours.h from the tick database: rows that are of before the bar's end
 * are there before it closes and change no more, so that the same is read live and when run again.
 */
#ifndef ANALYSISD_TRADING_HOURS_READER_H
#define ANALYSISD_TRADING_HOURS_READER_H

#include "analysisd/trading_hours.h"
#include "common/database.h"

struct trading_hours_reader;

/* `db` is borrowed.  Errors as database_prepare(). */
__attribute__((warn_unused_result)) int
trading_hours_reader_open(struct trading_hours_reader **ret, struct database *db);

/* NULL is allowed; before its database is closed. */
void
trading_hours_reader_close(struct trading_hours_reader *reader);

/*
 * Those of a symbol as they were known before end_us (UTC): 1; 0 where nobody had said them;
 * -errno as database_step(); no read is left under way.
 */
__attribute__((warn_unused_result)) int
trading_hours_reader_read(struct trading_hours_reader *reader, int64_t symbol_id,
    const char *source, int64_t end_us, struct trading_hours *ret);

#endif
