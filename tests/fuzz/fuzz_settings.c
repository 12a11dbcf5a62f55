/*
 * A settings file of any bytes: it is taken or refused with faults, never both; what is taken and
 * printed is accepted by -o and printed the same again.
 */
#define _GNU_SOURCE
#include "common/settings.h"

#include <errno.h>
#include <string.h>

#include "tests/fuzz/input_file.h"

#define OVERRIDES_MAX 8192

static char *
print(const struct settings *settings)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	PROMISE(out != NULL);
	settings_print(settings, out);
	fclose(out);
	return text;
}

static void
check_print(const struct settings *settings)
{
	char *text = print(settings), *copy = strdup(text), *rest = copy, *line, *again;
	struct input_file empty = input_file_open((const uint8_t *)"", 0);
	const char *overrides[OVERRIDES_MAX];
	struct settings_faults faults;
	struct settings loaded;
	size_t count = 0;

	while ((line = strsep(&rest, "\n")) != NULL && *line != '\0') {
		PROMISE(count < OVERRIDES_MAX);
		overrides[count++] = line;
	}
	PROMISE(settings_load(&loaded, empty.path, overrides, count, &faults) == 0);
	again = print(&loaded);
	PROMISE(strcmp(text, again) == 0);
	settings_free(&loaded);
	settings_faults_free(&faults);
	input_file_close(&empty);
	free(text);
	free(copy);
	free(again);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input_file file = input_file_open(data, size);
	struct settings_faults faults;
	struct settings settings;
	int error = settings_load(&settings, file.path, NULL, 0, &faults);

	PROMISE(error == (faults.count > 0 ? -EINVAL : 0));
	for (size_t i = 0; i < faults.count && i < SETTINGS_FAULTS_MAX; i++)
		PROMISE(strncmp(faults.texts[i], file.path, strlen(file.path)) == 0);
	if (error == 0)
		check_print(&settings);
	settings_free(&settings);
	settings_faults_free(&faults);
	input_file_close(&file);
	return 0;
}
