#include "tradingctl/print_json.h"

#include <stdio.h>
#include <sysexits.h>

#include "tradingctl/command.h"

static int
print(json_t *value, size_t flags, int exit_status)
{
	if (value == NULL)
		return complain(EX_OSERR, "out of memory");
	json_dumpf(value, stdout, flags);
	fputc('\n', stdout);
	json_decref(value);
	return exit_status;
}

int
print_json_document(json_t *document, int exit_status)
{
	return print(document, JSON_INDENT(2), exit_status);
}

int
print_json_line(json_t *object, int exit_status)
{
	exit_status = print(object, JSON_COMPACT, exit_status);
	return fflush(stdout) == 0 ? exit_status : complain(EX_IOERR, "the output cannot be written");
}
