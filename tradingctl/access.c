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

/* "READ + WRITE (held by tickd pid 123)", "READ", "absent": what the attempts showed. */
static void
cell_text(const struct access_attempt *attempt, const char *holder, char *text, size_t size)
{
	if (attempt->read == ATTEMPT_ABSENT)
		snprintf(text, size, "absent");
	else if (attempt->read != ATTEMPT_OPENED)
		snprintf(text, size, "none");
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
	bool held = attempt->write == ATTEMPT_HELD;

	return json_pack("{s:s, s:s, s:s, s:b, s:b, s:b, s:s?, s:b, s:s?}", "role",
	    access_role_name(attempt->role), "database", access_database_file(attempt->id), "access",
	    text, "read", attempt->read == ATTEMPT_OPENED, "write",
	    held || attempt->write == ATTEMPT_OPENED, "held", held, "refusal",
	    attempt->write == ATTEMPT_REFUSED ? attempt->write_problem.text : NULL,
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

static void
try_all(struct table *table)
{
	for (int role = 0; role < ROLE_COUNT; role++) {
		columns_add(table->columns, "%s", access_role_name((enum role)role));
		for (int id = 0; id < DATABASE_COUNT; id++)
			try_cell(table, (enum role)role, (enum database_id)id);
	}
}

static int
print_text(struct table *table, int status)
{
	const json_t *sentence;
	size_t i;

	if (columns_print(table->columns, true, stdout) < 0)
		return complain(EX_OSERR, "out of memory");
	json_array_foreach(table->contradictions, i, sentence) {
		printf("WRONG: %s\n", json_string_value(sentence));
	}
	return status;
}

static int
print_table(struct table *table, bool json)
{
	int status = json_array_size(table->contradictions) == 0 ? EX_OK : 1;

	return !json ? print_text(table, status) :
		       print_json_document(json_pack("{s:b, s:O, s:O}", "ok", status == EX_OK,
			   "access", table->cells, "contradictions", table->contradictions),
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

	if (table.columns == NULL) {
		status = complain(EX_OSERR, "out of memory");
	} else {
		try_all(&table);
		status = print_table(&table, arguments->json);
	}
	columns_free(table.columns);
	json_decref(table.cells);
	json_decref(table.contradictions);
	return status;
}
