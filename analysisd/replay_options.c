#include "analysisd/replay_options.h"

#include <errno.h>
#include <sys/stat.h>

#include "common/clock.h"

static int
read_time(const char *text, int64_t *ret_us, struct problem *problem)
{
	if (clock_parse(text, ret_us) == 0)
		return 0;
	return problem_set(problem, -EINVAL,
	    "--replay: %.64s: expected a time, as 2026-01-31 or 2026-01-31T23:59:59Z", text);
}

/* A link that leads nowhere is there, too. */
static int
check_file(const char *file, struct problem *problem)
{
	struct stat is;

	if (file[0] == '\0')
		return problem_set(problem, -EINVAL, "--into: the name of the file is empty");
	if (lstat(file, &is) == 0)
		return problem_set(problem, -EEXIST,
		    "--into: %.200s exists already: a replay is written to a new file", file);
	return 0;
}

int
replay_options_read(const struct replay_words *words, struct replay_options *ret,
    struct problem *problem)
{
	struct replay_options options = {.file = words->file};
	int error;

	if (!words->replay)
		return problem_set(problem, -EINVAL, "--into is for --replay FROM TO");
	if (!words->into)
		return problem_set(problem, -EINVAL, "--replay needs --into FILE");
	error = read_time(words->range[0], &options.from_us, problem);
	if (error == 0)
		error = read_time(words->range[1], &options.to_us, problem);
	if (error == 0 && options.from_us >= options.to_us)
		error = problem_set(problem, -EINVAL, "--replay: %.64s is not before %.64s",
		    words->range[0], words->range[1]);
	if (error == 0)
		error = check_file(options.file, problem);
	if (error == 0)
		*ret = options;
	return error;
}
