#define _GNU_SOURCE
#include "marketsim/capture_files.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* Takes over `name`, which may be NULL for want of memory. */
static int
append(struct capture_files *files, char *name)
{
	char **names = NULL;

	if (name != NULL)
		names = reallocarray(files->names, files->count + 1, sizeof(*names));
	if (names == NULL) {
		free(name);
		return -ENOMEM;
	}
	files->names = names;
	files->names[files->count++] = name;
	return 0;
}

static int
is_recording(const struct dirent *entry)
{
	size_t length = strlen(entry->d_name);

	return length > 4 && entry->d_name[0] != '.' &&
	    strcmp(entry->d_name + length - 4, ".zst") == 0;
}

static int
append_folder(struct capture_files *files, const char *folder, struct problem *problem)
{
	struct dirent **entries;
	int count = scandir(folder, &entries, is_recording, alphasort), error = 0;

	if (count < 0)
		return problem_set(problem, -errno, "%s: %s", folder, strerror(errno));
	for (int i = 0; i < count; i++) {
		char *name = NULL;

		if (asprintf(&name, "%s/%s", folder, entries[i]->d_name) < 0)
			name = NULL;
		if (error == 0)
			error = append(files, name);
		else
			free(name);
		free(entries[i]);
	}
	free(entries);
	if (error < 0)
		return problem_set(problem, error, "out of memory");
	return count > 0 ? 0 : problem_set(problem, -ENOENT, "%s: no *.zst in it", folder);
}

int
capture_files_list(struct capture_files *files, const char *const *given, size_t count,
    struct problem *problem)
{
	struct stat about;
	int error = 0;

	memset(files, 0, sizeof(*files));
	for (size_t i = 0; error == 0 && i < count; i++) {
		if (stat(given[i], &about) == 0 && S_ISDIR(about.st_mode))
			error = append_folder(files, given[i], problem);
		else if (append(files, strdup(given[i])) < 0)
			error = problem_set(problem, -ENOMEM, "out of memory");
	}
	return error;
}

void
capture_files_free(struct capture_files *files)
{
	for (size_t i = 0; i < files->count; i++)
		free(files->names[i]);
	free(files->names);
	memset(files, 0, sizeof(*files));
}
