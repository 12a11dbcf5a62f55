/*
 * A status file of any bytes: an object or refused; an object is written and read again as it was.
 */
#define _GNU_SOURCE
#include "common/status_file.h"

#include <errno.h>

#include "tests/fuzz/input_file.h"

static char folder[] = "/tmp/trading-fuzz-XXXXXX", copy[64];

static void
remove_folder(void)
{
	unlink(copy);
	rmdir(folder);
}

/* The one name that this process writes to, gone when it ends. */
static const char *
copy_path(void)
{
	if (copy[0] == '\0') {
		PROMISE(mkdtemp(folder) != NULL);
		snprintf(copy, sizeof(copy), "%s/status.json", folder);
		atexit(remove_folder);
	}
	return copy;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input_file file = input_file_open(data, size);
	json_t *content = NULL, *back = NULL;
	int error = status_file_read(file.path, &content);

	PROMISE(error == 0 || error == -EINVAL);
	PROMISE(json_is_object(content) == (error == 0));
	if (error == 0) {
		PROMISE(status_file_write(copy_path(), content) == 0);
		PROMISE(status_file_read(copy_path(), &back) == 0);
		PROMISE(json_equal(content, back));
	}
	json_decref(content);
	json_decref(back);
	input_file_close(&file);
	return 0;
}
