/* Whose a source is, and the name by which all other tables know its account. */
#include "tickd/mt5/mt5_store_state.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum statement { READ_OWNER, READ_SAME, READ_ELSEWHERE, READ_NAMED, WRITE_OWNER };

/* ?2 and ?3 are the hello's account and server. */
const char *const mt5_store_owner_sql[MT5_STORE_STATEMENTS] = {
	[READ_OWNER] = "SELECT account, server, name FROM broker_accounts WHERE source = ?1",
	[READ_SAME] = ("SELECT source FROM broker_accounts WHERE account = ?2 AND server = ?3"
		      " AND source <> ?1 ORDER BY source"),
	[READ_ELSEWHERE] = ("SELECT source FROM broker_accounts WHERE account = ?2 AND server <> ?3"
			   " AND source <> ?1"),
	[READ_NAMED] = ("SELECT source FROM broker_accounts WHERE name = ?4 AND source <> ?1"
		       " AND (account <> ?2 OR server <> ?3)"),
	[WRITE_OWNER] = ("INSERT INTO broker_accounts(source, account, server, currency, name)"
			" VALUES(?1, ?2, ?3, ?4, ?5) ON CONFLICT(source) DO UPDATE SET currency = ?4"
			" WHERE currency <> ?4"),
};

static int
statement(struct mt5_store *store, enum statement which, const struct mt5_hello *hello,
    sqlite3_stmt **ret)
{
	int error = mt5_store_statement(store, LIST_OWNER, which, ret);

	if (error < 0 || which == READ_OWNER)
		return error;
	mt5_store_bind_text(*ret, 2, hello->account);
	mt5_store_bind_text(*ret, 3, hello->server);
	return 0;
}

/* ---- its own row ---- */

static int
refuse(const struct mt5_store *store, const char *account, const char *server,
    struct problem *problem)
{
	return problem_set(problem, -EPERM, "the source %s belongs to account %s at %s: give this "
			   "account a section [mt5.NAME] of its own", store->source, account, server);
}

static int
take_owner(const struct mt5_store *store, sqlite3_stmt *row, const struct mt5_hello *hello,
    char name[static MT5_NAME_MAX], struct problem *problem)
{
	const char *account = (const char *)sqlite3_column_text(row, 0);
	const char *server = (const char *)sqlite3_column_text(row, 1);
	const char *known = (const char *)sqlite3_column_text(row, 2);

	if (account == NULL || server == NULL || known == NULL)
		return -ENOMEM; /* none of these is NULL in the table */
	if (strcmp(account, hello->account) != 0 || strcmp(server, hello->server) != 0)
		return refuse(store, account, server, problem);
	snprintf(name, MT5_NAME_MAX, "%s", known);
	return 1;
}

/* Returns 1 with its name where it is the hello's, 0 where it is nobody's yet. */
static int
read_owner(struct mt5_store *store, const struct mt5_hello *hello, char name[static MT5_NAME_MAX],
    struct problem *problem)
{
	sqlite3_stmt *row;
	int result = statement(store, READ_OWNER, hello, &row);

	if (result < 0)
		return result;
	result = database_step(store->db, row);
	if (result == 1)
		result = take_owner(store, row, hello, name, problem);
	mt5_store_finish(row);
	return result;
}

/* ---- the same account in two sections ---- */

/*
 * Whether that one goes before this source: any of these settings does before one that is new;
 * where both had the account already (a section was renamed, and its old name is back) the first
 * of the settings.
 */
static bool
goes_before(const struct mt5_store *store, const char *other, bool known)
{
	const struct settings_mt5 *mt5 = &store->settings->mt5;

	for (size_t i = 0; i < mt5->account_count; i++) {
		if (strcmp(mt5->accounts[i].source, other) == 0)
			return true;
		if (known && strcmp(mt5->accounts[i].source, store->source) == 0)
			return false;
	}
	return false;
}

static int
check_same(struct mt5_store *store, const struct mt5_hello *hello, bool known,
    struct problem *problem)
{
	sqlite3_stmt *row;
	int result = statement(store, READ_SAME, hello, &row);

	if (result < 0)
		return result;
	while ((result = database_step(store->db, row)) == 1) {
		const char *other = (const char *)sqlite3_column_text(row, 0);

		if (other == NULL)
			result = -ENOMEM;
		else if (goes_before(store, other, known))
			result = problem_set(problem, -EPERM,
			    "account %s at %s is the source %s already", hello->account,
			    hello->server, other);
		if (result < 0)
			break;
	}
	mt5_store_finish(row);
	return result;
}

/* ---- the same number at two brokers ---- */

/* "ACCOUNT@SERVER", its end cut off between two characters where it is too long. */
static void
name_with_server(char name[static MT5_NAME_MAX], const struct mt5_hello *hello)
{
	char whole[2 * MT5_NAME_MAX];
	size_t length;

	snprintf(whole, sizeof(whole), "%s@%s", hello->account, hello->server);
	length = strlen(whole);
	if (length >= MT5_NAME_MAX)
		length = MT5_NAME_MAX - 1;
	while ((whole[length] & 0xc0) == 0x80) /* within a character of UTF-8 */
		length--;
	whole[length] = '\0';
	memcpy(name, whole, length + 1);
}

/* Two names that are cut may be the same, and a broker may call an account as we call another. */
static int
check_name(struct mt5_store *store, const struct mt5_hello *hello, const char *name,
    struct problem *problem)
{
	const char *other;
	sqlite3_stmt *row;
	int result = statement(store, READ_NAMED, hello, &row);

	if (result < 0)
		return result;
	mt5_store_bind_text(row, 4, name);
	result = database_step(store->db, row);
	if (result == 1) {
		other = (const char *)sqlite3_column_text(row, 0);
		result = other == NULL ? -ENOMEM : problem_set(problem, -EPERM, "account %s at %s "
		    "would be known as %s, as that of the source %s is already", hello->account,
		    hello->server, name, other);
	}
	mt5_store_finish(row);
	return result;
}

/* Of an account that has no name yet. */
static int
choose_name(struct mt5_store *store, const struct mt5_hello *hello,
    char name[static MT5_NAME_MAX], struct problem *problem)
{
	sqlite3_stmt *row;
	int result = statement(store, READ_ELSEWHERE, hello, &row);

	if (result < 0)
		return result;
	result = database_step(store->db, row);
	mt5_store_finish(row);
	if (result < 0)
		return result;
	if (result == 1)
		name_with_server(name, hello);
	else
		memcpy(name, hello->account, MT5_NAME_MAX);
	return check_name(store, hello, name, problem);
}

/* ---- binding ---- */

static int
write_owner(struct mt5_store *store, const struct mt5_hello *hello, const char *name)
{
	sqlite3_stmt *row;
	int result = statement(store, WRITE_OWNER, hello, &row);

	if (result < 0)
		return result;
	mt5_store_bind_text(row, 4, hello->currency);
	mt5_store_bind_text(row, 5, name);
	result = mt5_store_run(store, row);
	return result < 0 ? result : 0;
}

int
mt5_store_bind_account(struct mt5_store *store, const struct mt5_hello *hello,
    char ret_name[static MT5_NAME_MAX], struct problem *problem)
{
	char name[MT5_NAME_MAX];
	int known = read_owner(store, hello, name, problem);
	int result = known < 0 ? known : check_same(store, hello, known == 1, problem);

	if (result == 0 && known == 0)
		result = choose_name(store, hello, name, problem);
	if (result == 0)
		result = write_owner(store, hello, name);
	if (result == 0)
		memcpy(ret_name, name, sizeof(name));
	return result;
}
