/* import: files go to tickd, which alone writes; here is what people see of it. */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "tradingctl/command.h"
#include "tradingctl/commands.h"
#include "tradingctl/import_progress.h"
#include "tradingctl/import_tickd.h"
#include "tradingctl/interrupt.h"
#include "tradingctl/print_json.h"

#define LOOK_MS 100 /* between two looks how far it is */

struct importing {
	const struct arguments *arguments;
	struct import_tickd tickd;
	bool found; /* a tickd, or one was started */
	struct import_progress shown;
	json_t *ended; /* what was said last of each file */
};

/* ---- one file ---- */

/* Names are bytes, JSON is UTF-8: what is none is shown as '?'. */
static json_t *
name_json(const char *name)
{
	json_t *value = json_string(name);
	char *copy;

	if (value != NULL)
		return value;
	copy = strdup(name);
	for (char *at = copy; at != NULL && *at != '\0'; at++)
		if ((unsigned char)*at >= 0x80)
			*at = '?';
	value = copy == NULL ? NULL : json_string(copy);
	free(copy);
	return value;
}

static json_t *
question(const struct arguments *arguments, const char *name, bool confirmed)
{
	json_t *request = json_pack("{s:s, s:o, s:b}", "command", "import", "name", name_json(name),
	    "confirmed", confirmed);

	if (arguments->given & OPTION_SOURCE)
		json_object_set_new(request, "source", json_string(arguments->source));
	if (arguments->given & OPTION_SYMBOL)
		json_object_set_new(request, "symbol", json_string(arguments->symbol));
	if (arguments->given & OPTION_UTC_OFFSET)
		json_object_set_new(request, "utc_offset_s", json_integer(arguments->utc_offset_s));
	return request;
}

static const char *
state_of(const json_t *progress)
{
	const char *state = json_string_value(json_object_get(progress, "state"));

	return state == NULL ? "" : state;
}

static int
look(struct importing *importing, const char *command, json_int_t import, json_t **ret_answer)
{
	return import_tickd_ask(&importing->tickd,
	    json_pack("{s:s, s:I}", "command", command, "import", import), -1, ret_answer);
}

static int
cancel(struct importing *importing, json_int_t import)
{
	json_t *answer;
	int status = look(importing, "import-cancel", import, &answer);

	if (status == 0)
		json_decref(answer);
	return status;
}

/*
 * Follows it to its end; Ctrl-C ends it with what is stored by then.  On a full disk that may take
 * its time: who presses it again does not wait.
 */
static int
follow(struct importing *importing, const char *name, json_int_t import, json_t **ret_progress)
{
	bool cancelled = false;

	for (;;) {
		int status = 0;

		if (cancelled) {
			(void)poll(NULL, 0, LOOK_MS);
		} else if (!interrupt_wait(LOOK_MS)) {
			cancelled = true;
			interrupt_let_go();
			status = cancel(importing, import);
		}
		if (status == 0)
			status = look(importing, "import-progress", import, ret_progress);
		if (status != 0)
			return status;
		if (strcmp(state_of(*ret_progress), "running") != 0)
			return 0;
		import_progress_show(&importing->shown, name, *ret_progress);
		json_decref(*ret_progress);
	}
}

/* One import of the open file, to its end. */
static int
hand_over(struct importing *importing, const char *name, int file, bool confirmed,
    json_t **ret_progress)
{
	json_t *answer;
	json_int_t import;
	int status = import_tickd_ask(&importing->tickd,
	    question(importing->arguments, name, confirmed), file, &answer);

	if (status != 0)
		return status;
	import = json_integer_value(json_object_get(answer, "import"));
	json_decref(answer);
	status = follow(importing, name, import, ret_progress);
	import_progress_clear(&importing->shown);
	return status;
}

static void
print_notices(const char *name, const json_t *progress)
{
	const json_t *notices = json_object_get(progress, "notices");

	for (size_t i = 0; i < json_array_size(notices); i++)
		fprintf(stderr, "%s: notice: %s\n", name,
		    json_string_value(json_array_get(notices, i)));
}

/* On a terminal somebody is asked; elsewhere the notice is all there is. */
static bool
confirmed_by_user(void)
{
	char answer[16];

	if (!isatty(STDIN_FILENO) || !isatty(STDERR_FILENO))
		return true;
	fputs("Import it all the same? [y/N] ", stderr);
	return fgets(answer, sizeof(answer), stdin) != NULL && (answer[0] == 'y' || answer[0] == 'Y');
}

static int
import_open_file(struct importing *importing, const char *name, int file, json_t **ret_progress)
{
	bool confirmed = importing->arguments->given & OPTION_YES;
	int status = hand_over(importing, name, file, confirmed, ret_progress);

	if (status != 0)
		return status;
	if (strcmp(state_of(*ret_progress), "unconfirmed") == 0) {
		print_notices(name, *ret_progress);
		json_decref(*ret_progress);
		*ret_progress = NULL;
		if (!confirmed_by_user())
			return complain(EX_TEMPFAIL, "%s: not imported", name);
		return hand_over(importing, name, file, true, ret_progress);
	}
	print_notices(name, *ret_progress);
	return 0;
}

/* Takes the progress of an import that has ended; returns its exit status, the sentence said. */
static int
record_end(struct importing *importing, const char *name, json_t *progress)
{
	const json_t *fault = json_object_get(progress, "fault");
	const char *message = json_string_value(json_object_get(fault, "message"));
	int status = EX_OK;

	if (!importing->arguments->json)
		import_progress_print_end(name, progress, stdout);
	if (message != NULL) {
		status = (int)json_integer_value(json_object_get(fault, "exit_status"));
		complain(status, "%s", message);
	} else if (strcmp(state_of(progress), "cancelled") == 0) {
		status = complain(EX_TEMPFAIL,
		    "%s: interrupted; what was stored stays, and importing it again is harmless",
		    name);
	}
	json_array_append_new(importing->ended, progress);
	return status;
}

static int
import_file(struct importing *importing, const char *name)
{
	int file = open(name, O_RDONLY | O_CLOEXEC | O_NONBLOCK), status;
	json_t *progress = NULL;
	struct stat is;

	if (file < 0)
		return complain(errno == EACCES ? EX_NOPERM : EX_NOINPUT, "%s: %s", name,
		    strerror(errno));
	if (fstat(file, &is) < 0 || !S_ISREG(is.st_mode)) {
		close(file);
		return complain(EX_NOINPUT, "%s: it is no plain file", name);
	}
	/* None is started for files that are not there. */
	status = importing->found ? 0 :
	    import_tickd_find(&importing->tickd, importing->arguments->settings);
	importing->found = status == 0;
	if (status == 0)
		status = import_open_file(importing, name, file, &progress);
	close(file);
	return status != 0 ? status : record_end(importing, name, progress);
}

/* ---- the command ---- */

int
command_import(const struct arguments *arguments)
{
	struct importing importing = {
		.arguments = arguments,
		.shown.terminal = isatty(STDERR_FILENO) == 1,
		.ended = json_array(),
	};
	int first_status = EX_OK;

	interrupt_catch();
	for (int i = 0; i < arguments->word_count; i++) {
		int status = import_file(&importing, arguments->words[i]);

		if (first_status == EX_OK)
			first_status = status;
		if (status != EX_OK && !interrupt_wait(0))
			break;
	}
	if (importing.found)
		import_tickd_release(&importing.tickd);
	if (arguments->json)
		first_status = print_json_document(json_pack("{s:b, s:O}", "ok",
		    first_status == EX_OK, "files", importing.ended), first_status);
	json_decref(importing.ended);
	return first_status;
}
