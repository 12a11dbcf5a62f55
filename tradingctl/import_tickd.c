#define _GNU_SOURCE
#include "tradingctl/import_tickd.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include "common/access.h"
#include "common/clock.h"
#include "common/control.h"
#include "common/lease.h"
#include "common/service.h"
#include "tradingctl/command.h"
#include "tradingctl/interrupt.h"

#define ASK_MS 5000
#define START_US (30 * CLOCK_SECOND_US) /* a tickd may have a long write-ahead log to recover */
#define LOOK_MS 20
#define LIBEXEC "/usr/libexec/trading/tickd" /* where it is installed */
#define ARGUMENTS_MAX 8			     /* beside those of the overrides */

/* ---- questions ---- */

int
import_tickd_ask(const struct import_tickd *tickd, json_t *question, int file, json_t **ret_answer)
{
	struct problem problem;
	const char *code;
	json_t *answer;
	int error;

	if (question == NULL)
		return complain(EX_OSERR, "out of memory");
	error = control_ask_with_file(tickd->path, question, file, ASK_MS, &answer, &problem);
	json_decref(question);
	if (error < 0)
		return complain(error == -EACCES			       ? EX_NOPERM :
			error == -ENOENT || error == -ECONNREFUSED ? EX_UNAVAILABLE :
									     EX_TEMPFAIL, "%s", problem.text);
	if (control_error_message(answer) == NULL) {
		*ret_answer = answer;
		return 0;
	}
	code = json_string_value(json_object_get(json_object_get(answer, "error"), "code"));
	error = code != NULL && strcmp(code, "busy") == 0 ? EX_TEMPFAIL :
	    code != NULL && strcmp(code, "forbidden") == 0  ? EX_NOPERM :
							      EX_USAGE;
	complain(error, "%s", control_error_message(answer));
	json_decref(answer);
	return error;
}

/* True when somebody answers there, whatever it is. */
static bool
answers(const struct import_tickd *tickd)
{
	json_t *question = json_pack("{s:s, s:i}", "command", "import-progress", "import", 0);
	json_t *answer = NULL;
	struct problem problem;
	int error = question == NULL ?
	    -ENOMEM : control_ask(tickd->path, question, ASK_MS, &answer, &problem);

	json_decref(question);
	json_decref(answer);
	return error == 0;
}

/* ---- starting one ---- */

/* Beside our own executable, else where it is installed. */
static void
find_program(char path[static PATH_MAX])
{
	ssize_t length = readlink("/proc/self/exe", path, PATH_MAX - sizeof("/tickd"));
	char *slash;

	path[length < 0 ? 0 : length] = '\0';
	slash = strrchr(path, '/');
	if (slash != NULL) {
		memcpy(slash, "/tickd", sizeof("/tickd"));
		if (access(path, X_OK) == 0)
			return;
	}
	memcpy(path, LIBEXEC, sizeof(LIBEXEC));
}

/* tickd -c FILE -o ... --import: a vector to be freed, its texts are borrowed. */
static char **
make_arguments(const struct settings *settings)
{
	const struct string_list *overrides = &settings->overrides;
	char **vector = calloc(ARGUMENTS_MAX + 2 * overrides->count, sizeof(*vector));
	size_t count = 0;

	if (vector == NULL)
		return NULL;
	vector[count++] = "tickd";
	vector[count++] = "-c";
	vector[count++] = settings->file;
	for (size_t i = 0; i < overrides->count; i++) {
		vector[count++] = "-o";
		vector[count++] = overrides->items[i];
	}
	vector[count++] = "-o";
	vector[count++] = "log.level=warning"; /* what goes well is ours to say */
	vector[count++] = "--import";
	return vector;
}

/* For root: what is stored must stay the daemon's own. */
static int
become_owner(const char *state_dir)
{
	char path[PATH_MAX];
	struct stat is;

	snprintf(path, sizeof(path), "%s/tickd", state_dir);
	if (geteuid() != 0 || stat(path, &is) < 0 || is.st_uid == 0)
		return 0;
	return setgroups(0, NULL) < 0 || setgid(is.st_gid) < 0 || setuid(is.st_uid) < 0 ? -errno :
											  0;
}

/* In the child, away from the terminal's signals: Ctrl-C is ours to answer. */
__attribute__((noreturn)) static void
run_child(const struct settings *settings, const char *program, char **arguments, int lifeline)
{
	char number[16];

	snprintf(number, sizeof(number), "%d", lifeline);
	if (setsid() < 0 || setenv(SERVICE_LIFELINE_VARIABLE, number, 1) < 0 ||
	    unsetenv("NOTIFY_SOCKET") < 0 || become_owner(settings->paths.state_dir) < 0)
		_exit(EX_OSERR);
	execv(program, arguments);
	fprintf(stderr, "tradingctl: %s cannot be started: %s\n", program, strerror(errno));
	_exit(EX_UNAVAILABLE);
}

static int
start(struct import_tickd *tickd, const struct settings *settings)
{
	char program[PATH_MAX], **arguments = make_arguments(settings);
	int ends[2];

	if (arguments == NULL || pipe2(ends, O_CLOEXEC) < 0) {
		free(arguments);
		return complain(EX_OSERR, "tickd cannot be started: %s", strerror(errno));
	}
	find_program(program);
	fflush(NULL);
	tickd->pid = fork();
	if (tickd->pid == 0) {
		(void)fcntl(ends[0], F_SETFD, 0);
		run_child(settings, program, arguments, ends[0]);
	}
	free(arguments);
	close(ends[0]);
	tickd->lifeline = ends[1];
	if (tickd->pid < 0) {
		tickd->pid = 0;
		close(ends[1]);
		return complain(EX_OSERR, "tickd cannot be started: %s", strerror(errno));
	}
	return 0;
}

/* True when it has ended; it is then no longer ours to end. */
static bool
has_ended(struct import_tickd *tickd, int *ret_status)
{
	int status;

	if (waitpid(tickd->pid, &status, WNOHANG) != tickd->pid)
		return false;
	tickd->pid = 0;
	close(tickd->lifeline);
	*ret_status = WIFEXITED(status) && WEXITSTATUS(status) != 0 ? WEXITSTATUS(status) :
								      EX_TEMPFAIL;
	return true;
}

static int
wait_for_answers(struct import_tickd *tickd)
{
	int64_t until_us = clock_monotonic_us() + START_US;
	int status;

	while (!answers(tickd)) {
		if (has_ended(tickd, &status))
			return complain(status, "tickd could not be started for the import");
		if (!interrupt_wait(LOOK_MS))
			return complain(EX_TEMPFAIL, "interrupted");
		if (clock_monotonic_us() > until_us)
			return complain(EX_TEMPFAIL, "tickd was started and does not answer");
	}
	return 0;
}

/* ---- the whole ---- */

int
import_tickd_find(struct import_tickd *ret, const struct settings *settings)
{
	char database[ACCESS_PATH_SIZE], lease[ACCESS_PATH_SIZE + 8], holder[LEASE_HOLDER_SIZE];
	int held, pid, status;

	*ret = (struct import_tickd){0};
	if (snprintf(ret->path, sizeof(ret->path), "%s/tickd/control.sock",
		settings->paths.runtime_dir) >= (int)sizeof(ret->path) ||
	    access_database_path(DATABASE_TICKS, settings->paths.state_dir, database) < 0)
		return complain(EX_CONFIG, "the paths of the settings are too long");
	snprintf(lease, sizeof(lease), "%s.lease", database);
	held = lease_holder(lease, holder, &pid);
	if (held < 0)
		return complain(held == -EACCES ? EX_NOPERM : EX_OSERR, "%s: %s", lease,
		    strerror(-held));
	if (held == 1)
		return 0;
	status = start(ret, settings);
	if (status == 0)
		status = wait_for_answers(ret);
	if (status != 0)
		import_tickd_release(ret);
	return status;
}

void
import_tickd_release(struct import_tickd *tickd)
{
	if (tickd->pid == 0)
		return;
	kill(tickd->pid, SIGTERM);
	while (waitpid(tickd->pid, NULL, 0) < 0 && errno == EINTR)
		;
	close(tickd->lifeline);
	tickd->pid = 0;
}
