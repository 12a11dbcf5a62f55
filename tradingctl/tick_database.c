#include "tradingctl/tick_database.h"

#include <errno.h>
#include <sysexits.h>

#include "common/program.h"
#include "tradingctl/command.h"

int
exit_status_of(int error)
{
	return error == -ENOENT || error == -ECONNREFUSED ? EX_UNAVAILABLE :
							    program_exit_status(error);
}

int
tick_database_open(struct tick_database *ret, const struct settings *settings)
{
	struct problem problem = {0};
	int error;

	*ret = (struct tick_database){0};
	error = database_open(&ret->db, ROLE_TRADINGCTL, DATABASE_TICKS, ACCESS_READ,
	    settings->paths.state_dir, &problem);
	if (error == 0)
		error = symbols_read(ret->db, &ret->symbols, &problem);
	if (error == 0)
		return 0;
	tick_database_close(ret);
	return complain(exit_status_of(error), "%s", problem.text);
}

void
tick_database_close(struct tick_database *ticks)
{
	symbols_free(&ticks->symbols);
	database_close(ticks->db);
	ticks->db = NULL;
}

const struct symbol_row *
tick_database_find(const struct tick_database *ticks, const char *name)
{
	struct problem problem;
	const struct symbol_row *row = symbols_find(&ticks->symbols, name, &problem);

	if (row == NULL)
		complain(EX_USAGE, "%s", problem.text);
	return row;
}
