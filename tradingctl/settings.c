#define _GNU_SOURCE
#include "common/settings.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "tradingctl/command.h"
#include "tradingctl/commands.h"
#include "tradingctl/print_json.h"

/*
 * "SECTION.NAME=VALUE" lines, cut up in place, as {"SECTION": {"NAME": "VALUE"}}; a section may have
 * a dot, a name has none.
 */
static json_t *
json_of_lines(char *text)
{
	json_t *document = json_object(), *section;
	char *line, *rest;

	for (line = strtok_r(text, "\n", &rest); line != NULL; line = strtok_r(NULL, "\n", &rest)) {
		char *equals = strchr(line, '=');
		char *dot = equals == NULL ? NULL : memrchr(line, '.', (size_t)(equals - line));

		assert(dot != NULL); /* settings_print() wrote it */
		*dot = *equals = '\0';
		section = json_object_get(document, line);
		if (section == NULL) {
			json_object_set_new(document, line, json_object());
			section = json_object_get(document, line);
		}
		json_object_set_new(section, dot + 1, json_string(equals + 1));
	}
	return document;
}

static int
print_json(const struct settings *settings)
{
	char *text = NULL;
	size_t size;
	FILE *memory = open_memstream(&text, &size);
	int status;

	if (memory == NULL)
		return complain(EX_OSERR, "out of memory");
	settings_print(settings, memory);
	if (fclose(memory) != 0) {
		free(text);
		return complain(EX_OSERR, "out of memory");
	}
	status = print_json_document(json_of_lines(text), EX_OK);
	free(text);
	return status;
}

int
command_settings(const struct arguments *arguments)
{
	if (arguments->given & OPTION_SAMPLE)
		settings_print_table(stdout);
	else if (arguments->json)
		return print_json(arguments->settings);
	else
		settings_print(arguments->settings, stdout);
	return EX_OK;
}
