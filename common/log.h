/*
 * Logging: journal fields under systemd, readable lines on anything else.  Only the wiring logs;
 * every line names its event, and its object where there is one.  This is the one global.
 */
#ifndef COMMON_LOG_H
#define COMMON_LOG_H

#include <stdbool.h>
#include <stdint.h>
#include <syslog.h>

/* What a line is about; NULL where it does not apply. */
struct log_subject {
	const char *symbol;  /* TRADING_SYMBOL: "sim:BTCUSDT" */
	const char *process; /* TRADING_PROCESS: the child, when it is not the speaker itself */
	const char *feed;    /* TRADING_FEED */
};

/* Names the speaker and the least urgent level shown (LOG_ERR..LOG_DEBUG).  Call it first. */
void
log_open(const char *program, int level);

/*
 * One line.  `event` is a short fixed name in lower case with dashes ("gap-opened"): the field
 * TRADING_EVENT.  `subject` may be NULL.  The message is a sentence without newline.
 */
__attribute__((format(printf, 4, 5))) void
log_event(int level, const char *event, const struct log_subject *subject, const char *format, ...);

/*
 * Lets `burst` lines through in any `window_us`, counts the rest.  Zero-initialised; one for
 * each event that outside input can cause.  *ret_suppressed is how many were held back since the
 * last line that passed: say so in that line.
 */
struct log_limit {
	int64_t window_start_us;
	int64_t passed, suppressed;
};

bool
log_limit_pass(struct log_limit *limit, int64_t burst, int64_t window_us, int64_t now_monotonic_us,
    int64_t *ret_suppressed);

#endif
