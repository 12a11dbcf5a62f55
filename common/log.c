#define _GNU_SOURCE
#define SD_JOURNAL_SUPPRESS_LOCATION
#include "common/log.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <systemd/sd-journal.h>
#include <unistd.h>

#include "common/clock.h"

#define MESSAGE_SIZE 1024 /* bytes of one line; a longer one is cut */

static struct {
	const char *program;
	int level;
	bool journal;
} log_state = {.program = "trading", .level = LOG_INFO};

/* systemd names in JOURNAL_STREAM the device and inode of the stderr that it gave us. */
static bool
stderr_is_journal(void)
{
	const char *named = getenv("JOURNAL_STREAM");
	uint64_t device, inode;
	struct stat is;

	return named != NULL && sscanf(named, "%" SCNu64 ":%" SCNu64, &device, &inode) == 2 &&
	    fstat(STDERR_FILENO, &is) == 0 && is.st_dev == device && is.st_ino == inode;
}

void
log_open(const char *program, int level)
{
	log_state.program = program;
	log_state.level = level;
	log_state.journal = stderr_is_journal();
}

/* One "NAME=value" field in its own part of the buffer. */
struct fields {
	struct iovec items[8];
	int count;
	char text[MESSAGE_SIZE + 1024];
	size_t used;
};

static void
field_add(struct fields *fields, const char *name, const char *value)
{
	size_t left = sizeof(fields->text) - fields->used;
	char *at = fields->text + fields->used;
	int length;

	if (value == NULL)
		return;
	length = snprintf(at, left, "%s=%s", name, value);
	if (length < 0 || (size_t)length >= left)
		return;
	fields->items[fields->count++] = (struct iovec){at, (size_t)length};
	fields->used += (size_t)length;
}

static void
to_journal(int level, const char *event, const struct log_subject *subject, const char *message)
{
	char priority[4];
	struct fields fields;

	fields.count = 0;
	fields.used = 0;
	snprintf(priority, sizeof(priority), "%d", level);
	field_add(&fields, "MESSAGE", message);
	field_add(&fields, "PRIORITY", priority);
	field_add(&fields, "SYSLOG_IDENTIFIER", log_state.program);
	field_add(&fields, "TRADING_EVENT", event);
	field_add(&fields, "TRADING_PROCESS",
	    subject->process != NULL ? subject->process : log_state.program);
	field_add(&fields, "TRADING_SYMBOL", subject->symbol);
	field_add(&fields, "TRADING_FEED", subject->feed);
	(void)sd_journal_sendv(fields.items, fields.count);
}

static void
to_stderr(int level, const char *event, const struct log_subject *subject, const char *message)
{
	static const char *const levels[] = {"emergency", "alert", "critical", "error", "warning",
	    "notice", "info", "debug"};
	const char *object = subject->symbol != NULL ? subject->symbol :
	    subject->process != NULL		     ? subject->process :
						       subject->feed;
	char now[CLOCK_TEXT_SIZE];

	/* One fprintf is one write: lines of four processes on one terminal do not mix. */
	fprintf(stderr, "%s %s %s: %s%s%s [%s]\n", clock_format(clock_wall_us(), 3, now),
	    log_state.program, levels[level & 7], object == NULL ? "" : object,
	    object == NULL ? "" : ": ", message, event);
}

void
log_event(int level, const char *event, const struct log_subject *subject, const char *format, ...)
{
	static const struct log_subject nothing;
	char message[MESSAGE_SIZE];
	va_list arguments;

	if (level > log_state.level)
		return;
	va_start(arguments, format);
	vsnprintf(message, sizeof(message), format, arguments);
	va_end(arguments);
	if (subject == NULL)
		subject = &nothing;
	if (log_state.journal)
		to_journal(level, event, subject, message);
	else
		to_stderr(level, event, subject, message);
}

bool
log_limit_pass(struct log_limit *limit, int64_t burst, int64_t window_us, int64_t now_monotonic_us,
    int64_t *ret_suppressed)
{
	if (limit->window_start_us == 0 || now_monotonic_us - limit->window_start_us >= window_us) {
		limit->window_start_us = now_monotonic_us;
		limit->passed = 0;
	}
	if (limit->passed >= burst) {
		limit->suppressed++;
		return false;
	}
	limit->passed++;
	*ret_suppressed = limit->suppressed;
	limit->suppressed = 0;
	return true;
}
