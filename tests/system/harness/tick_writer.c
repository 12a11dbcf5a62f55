/*
 * Writes to the tick database in tickd's place, for tests of its readers: the SQL that comes on
 * stdin, statement by statement.  Creates the database, as tickd does, if it is missing.
 *
 * usage: tick_writer STATE_DIR
 */
#include <stdio.h>
#include <stdlib.h>

#include "common/database.h"

int
main(int argc, char **argv)
{
	struct problem problem;
	struct database *db;
	char *sql = NULL;
	size_t room = 0;
	int error = 0;

	if (argc != 2)
		return 64;
	if (database_open(&db, ROLE_TICKD, DATABASE_TICKS, ACCESS_WRITE, argv[1], &problem) < 0) {
		fprintf(stderr, "tick_writer: %s\n", problem.text);
		return 71;
	}
	while (error == 0 && getdelim(&sql, &room, ';', stdin) > 0) {
		error = database_execute(db, sql);
		if (error < 0)
			fprintf(stderr, "tick_writer: %s: %s\n", sql, database_error(db));
	}
	free(sql);
	database_close(db);
	return error < 0;
}
