#include "common/access.h"

#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "common/lease.h"
#include "tradingctl/access_attempt.h"
#include "tradingctl/columns.h"
#include "tradingctl/command.h"
#include "tradingctl/commands.h"
#include "tradingctl/print_json.h"

/* The rows of the table; tradingctl itself is what asks. */
static const enum role roles[] = {ROLE_TICKD, ROLE_ANALYSISD, ROLE_LOGD, ROLE_SUPERVISOR};

#define ROLES (sizeof(roles) / sizeof(roles[0]))

static const char *
outcome_name(enum attempt_outcome outcome)
{
	static const char *const names[] = {[ATTEMPT_OPENED] = "opened", [ATTEMPT_HELD] = "held",
	    [ATTEMPT_REFUSED] = "refused", [ATTEMPT_ABSENT] = "absent",
	    [ATTEMPT_FAILED] = "failed"};

	return names[outcome];
}

/* "READ + WRITE (held by tickd 123)", "READ", "absent": what the attempts showed. */
static void
cell_text(const struct access_attempt *attempt, const char *holder, char *text, size_t size)
{
	if (attempt->read == ATTEMPT_ABSENT)
		snprintf(text, size, "absent");
	else if (attempt->read != ATTEMPT_OPENED)
		snprintf(text, size, "%s", outcome_name(attempt->read));
	else if (attempt->write == ATTEMPT_HELD)
		snprintf(text, size, "READ + WRITE (held by %s)", holder);
	else if (attempt->write == ATTEMPT_OPENED)
		snprintf(text, size, "READ + WRITE");
	else
		snprintf(text, size, "READ");
}

/* Who holds the writer lease: "tickd pid 123". */
static void
find_holder(enum database_id id, const char *state_dir, char *text, size_t size)
{
	char path[ACCESS_PATH_SIZE], lease[ACCESS_PATH_SIZE + 8], holder[LEASE_HOLDER_SIZE] = "";
	int pid = 0;

	snprintf(text, size, "nobody");
	if (access_database_path(id, state_dir, path) < 0)
		return;
	snprintf(lease, sizeof(lease), "%s.lease", path);
	if (lease_holder(lease, holder, &pid) == 1) {
		holder[strcspn(holder, " ")] = '\0';
		snprintf(text, size, "%s pid %d", holder, pid);
	}
}

static json_t *
cell_json(const struct access_attempt *attempt, const char *text, const char *contradiction)
{
	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:b, s:b, s:s?}", "role",
	    access_role_name(attempt->role), "database", access_database_file(attempt->id), "access",
	    text, "read", outcome_name(attempt->read), "write", outcome_name(attempt->write),
	    "may_write", access_allows(attempt->role, attempt->id, ACCESS_WRITE),
	    "writes_refused_by_sqlite", attempt->writes_refused, "contradiction", contradiction);
}

struct table {
	const char *state_dir;
	struct columns *columns;
	json_t *cells, *contradictions;
};

static void
try_cell(struct table *table, enum role role, enum database_id id)
{
	struct access_attempt attempt;
	char text[128], holder[LEASE_HOLDER_SIZE + 16], sentence[PROBLEM_SIZE + 128];
	const char *contradiction;

	access_attempt(role, id, table->state_dir, &attempt);
	find_holder(id, table->state_dir, holder, sizeof(holder));
	cell_text(&attempt, holder, text, sizeof(text));
	contradiction = access_attempt_contradiction(&attempt);
	columns_add(table->columns, "%s%s", text, contradiction == NULL ? "" : " WRONG");
	json_array_append_new(table->cells, cell_json(&attempt, text, contradiction));
	if (contradiction == NULL)
		return;
	snprintf(sentence, sizeof(sentence), "%s on %s: %s", access_role_name(role),
	    access_database_file(id), contradiction);
	json_array_append_new(table->contradictions, json_string(sentence));
}

static int
print_text(struct table *table, int status)
{
	const json_t *sentence;
	size_t i;

	if (columns_print(table->columns, true, stdout) < 0)
		return complain(EX_OSERR, "out of memory");
	json_array_foreach(table->contradictions, i, sentence)
		printf("WRONG: %s\n", json_string_value(sentence));
	return status;
}

static int
print_table(struct table *table, bool json)
{
	int status = json_array_size(table->contradictions) == 0 ? EX_OK : 1;

	return !json ? print_text(table, status) :
		       print_json_document(json_pack("{s:b, s:O, s:O}", "ok", status == EX_OK,
			   "attempts", table->cells, "contradictions", table->contradictions),
			   status);
}

int
command_access(const struct arguments *arguments)
{
	struct table table = {
		.state_dir = arguments->settings->paths.state_dir,
		.columns = columns_create("role|unified_tick_pipeline.db|analysis_data.db|"
					  "system_logs.db"),
		.cells = json_array(),
		.contradictions = json_array(),
	};
	int status;

	if (table.columns == NULL)
		status = complain(EX_OSERR, "out of memory");
	for (size_t i = 0; i < ROLES && table.columns != NULL; i++) {
		columns_add(table.columns, "%s", access_role_name(roles[i]));
		for (int id = 0; id < DATABASE_COUNT; id++)
			try_cell(&table, roles[i], (enum database_id)id);
	}
	if (table.columns != NULL)
		status = print_table(&table, arguments->json);
	columns_free(table.columns);
	json_decref(table.cells);
	json_decref(table.contradictions);
	return status;
}
