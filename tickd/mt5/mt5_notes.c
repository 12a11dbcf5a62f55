#include "tickd/mt5/mt5_notes.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "common/clock.h"

#define SENTENCE_SIZE 640 /* a problem's, with a name before it and what was left out behind it */

void
mt5_notes_tell_always(const struct mt5_notes *notes, int level, const char *event,
    const char *symbol, const char *sentence)
{
	char named[SENTENCE_SIZE];

	snprintf(named, sizeof(named), "%s%s%s", notes->name != NULL ? notes->name : "",
	    notes->name != NULL ? ": " : "", sentence);
	notes->tell(notes->context, level, event, symbol, named);
}

void
mt5_notes_tell(struct mt5_notes *notes, int level, const char *event, const char *format, ...)
{
	char sentence[SENTENCE_SIZE];
	int64_t suppressed;
	va_list arguments;
	int length;

	if (!log_limit_pass(&notes->limit, notes->most, MT5_NOTES_WINDOW_US, clock_monotonic_us(),
		&suppressed))
		return;
	va_start(arguments, format);
	length = vsnprintf(sentence, sizeof(sentence), format, arguments);
	va_end(arguments);
	if (suppressed > 0 && length >= 0 && (size_t)length < sizeof(sentence))
		snprintf(sentence + length, sizeof(sentence) - (size_t)length,
		    "; %" PRId64 " such lines were left out before", suppressed);
	mt5_notes_tell_always(notes, level, event, NULL, sentence);
}
