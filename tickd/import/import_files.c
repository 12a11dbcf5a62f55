#include "tickd/import/import_files.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sysexits.h>

#include "common/log.h"

static void
note_failure(struct import_files *files, int exit_status)
{
	if (files->exit_status == EX_OK)
		files->exit_status = exit_status;
}

static bool
begin(struct import_files *files, struct imports *imports, const char *name, bool confirmed)
{
	struct import_task task = {.name = name, .confirmed = confirmed};
	struct problem problem;

	/* A pipe without a writer must not make us wait: it is refused for what it is. */
	task.file = open(name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (task.file < 0) {
		log_event(LOG_ERR, "import-failed", NULL, "%s: %s", name, strerror(errno));
		note_failure(files, EX_NOINPUT);
		/* cppcheck-suppress memleak ; there is none */
		return false;
	}
	if (imports_begin(imports, &task, &problem) > 0)
		return true;
	log_event(LOG_ERR, "import-failed", NULL, "%s: %s", name, problem.text);
	note_failure(files, EX_TEMPFAIL);
	return false;
}

bool
import_files_next(struct import_files *files, struct imports *imports)
{
	while (files->next < files->count)
		if (begin(files, imports, files->names[files->next++], false))
			return true;
	return false;
}

/* Who handed a file over hears of its faults himself. */
static void
log_ended(const struct import_report *report, const char *name, int fault_level)
{
	const struct log_subject subject = {.symbol = report->symbol[0] == '\0' ? NULL :
									    report->symbol};

	for (int i = 0; i < report->notice_count; i++)
		log_event(fault_level, "import-notice", &subject, "%s: %s", name,
		    report->notices[i].text);
	if (report->state == IMPORT_UNCONFIRMED)
		return;
	if (report->state == IMPORT_FAILED)
		log_event(fault_level, "import-failed", &subject, "%s", report->problem.text);
	log_event(LOG_INFO, "import-ended", &subject,
	    "%s: %" PRId64 " rows read, %" PRId64 " stored, %" PRId64
	    " were there before%s", name, report->read.rows, report->stored, report->duplicates,
	    report->state == IMPORT_CANCELLED ? "; it was cancelled" : "");
}

bool
import_files_ended(struct import_files *files, struct imports *imports,
    const struct import_report *report, const char *name)
{
	log_ended(report, name, files->count == 0 ? LOG_NOTICE : LOG_WARNING);
	if (files->count == 0) /* it came over the control socket */
		return false;
	if (report->state == IMPORT_UNCONFIRMED &&
	    begin(files, imports, files->names[files->next - 1], true))
		return true;
	if (report->state == IMPORT_FAILED)
		note_failure(files, import_exit_status(report->error));
	return import_files_next(files, imports);
}
