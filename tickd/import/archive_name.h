/*
 * What the name of a file to import says of it: kind, symbol, period.  Pure.
 *
 *   BTCUSDT-trades-2024-08.zip, BTCUSDT-aggTrades-2024-08-01.csv.gz, BTCUSDT-5m-2024-08.csv
 *   EURUSD_202401020000_202401052359.csv (what a MetaTrader terminal calls its exports)
 */
#ifndef TICKD_ARCHIVE_NAME_H
#define TICKD_ARCHIVE_NAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ARCHIVE_SYMBOL_SIZE 64 /* bytes with the NUL, as in the streams' own frames */
#define ARCHIVE_INTERVAL_SIZE 8
#define ARCHIVE_PERIOD_SIZE 12 /* "2024-08-01" */

enum archive_kind {
	ARCHIVE_UNKNOWN,
	ARCHIVE_TRADES,
	ARCHIVE_AGGREGATES,
	ARCHIVE_KLINES,
	ARCHIVE_MT5,	   /* "Export ticks" of a MetaTrader 5 terminal */
	ARCHIVE_RECORDING, /* lines "<receive time ns> <frame>" of a recorder */
};

struct archive_name {
	enum archive_kind kind;
	char symbol[ARCHIVE_SYMBOL_SIZE];     /* "" where the name does not say */
	char interval[ARCHIVE_INTERVAL_SIZE]; /* of klines, as "5m" */
	char period[ARCHIVE_PERIOD_SIZE];     /* as in the name; "" without one */
	int64_t from_us, to_us;		      /* the period, to_us excluded; valid with one */
};

/* `path` may have folders before the name.  A name that says nothing is ARCHIVE_UNKNOWN. */
void
archive_name_read(const char *path, struct archive_name *ret);

/*
 * Whether symbols and sources may be called so: up to ARCHIVE_SYMBOL_SIZE - 1 bytes of UTF-8 that
 * can be shown, and told from SOURCE:SYMBOL.
 */
bool
archive_symbol_fits(const char *name, size_t length);

/* "trades", "aggTrades", "klines", "MT5 ticks", "recording", "unknown". */
const char *
archive_kind_name(enum archive_kind kind);

#endif
