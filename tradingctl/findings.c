#include "tradingctl/findings.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

int
findings_init(struct findings *findings)
{
	*findings = (struct findings){.faults = json_array()};
	return findings->faults == NULL ? -ENOMEM : 0;
}

void
findings_finish(struct findings *findings)
{
	json_decref(findings->faults);
	findings->faults = NULL;
}

void
findings_add(struct findings *findings, const char *format, ...)
{
	char text[1024];
	va_list arguments;

	if (findings->count++ >= FINDINGS_MAX)
		return;
	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	json_array_append_new(findings->faults, json_string(text));
}
