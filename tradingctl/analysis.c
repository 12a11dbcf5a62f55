/* analysis: what analysisd stored of a symbol, or computes afresh when it is asked. */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "tradingctl/analysis_database.h"
#include "tradingctl/command.h"
#include "tradingctl/commands.h"
#include "tradingctl/json_lines.h"
#include "tradingctl/print_json.h"
#include "tradingctl/row_object.h"
#include "tradingctl/row_text.h"
#include "tradingctl/tick_database.h"

static const char symbols_sql[] = "SELECT source, symbol FROM analysis_progress ORDER BY 1, 2";

#define COLUMNS                                                                                    \
	"source, symbol, analysis_type, timeframe, time_us, confidence, input_revision,"           \
	" created_us, result"
/* ?1 source, ?2 symbol, ?3 type, ?4 timeframe, ?5 the latest time, ?6 rows. */
#define IS_MEANT                                                                                   \
	" source = ?1 AND symbol = ?2 AND (?3 IS NULL OR analysis_type = ?3)"                      \
	" AND (?4 IS NULL OR timeframe = ?4) AND (?5 IS NULL OR time_us <= ?5)"
#define BY_LENGTH " instr('M5 M15 M30 H1 H4 D1', timeframe)"

static const char newest_sql[] =
    "SELECT " COLUMNS " FROM analysis_results"
    " JOIN (SELECT analysis_type, timeframe, max(time_us) AS time_us FROM analysis_results"
    "  WHERE" IS_MEANT " GROUP BY 1, 2) USING (analysis_type, timeframe, time_us)"
    " WHERE source = ?1 AND symbol = ?2 ORDER BY analysis_type," BY_LENGTH;
static const char limit_sql[] =
    "SELECT " COLUMNS " FROM (SELECT " COLUMNS " FROM analysis_results WHERE" IS_MEANT
    "  ORDER BY time_us DESC, analysis_type," BY_LENGTH " LIMIT ?6)"
    " ORDER BY time_us, analysis_type," BY_LENGTH;

static const char types_sql[] = "SELECT DISTINCT analysis_type FROM analysis_results"
    " WHERE source = ?1 AND symbol = ?2 ORDER BY 1";

static const struct row_column columns[] = {
	{"source", ROW_TEXT}, {"symbol", ROW_TEXT}, {"analysis_type", ROW_TEXT},
	{"timeframe", ROW_TEXT}, {"time", ROW_TIME}, {"confidence", ROW_REAL},
	{"input_revision", ROW_INTEGER}, {"created", ROW_TIME}, {"result", ROW_JSON}, {0},
};

static const char *
word(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text == NULL ? "-" : text;
}

static int
say_failed(struct database *db, int error)
{
	return complain(exit_status_of(error), "the results cannot be read: %s",
	    database_error(db));
}

/* ---- what is stored ---- */

static int
read_rows(struct database *db, const struct arguments *arguments, const struct symbol_row *symbol,
    json_t **ret)
{
	bool limited = arguments->given & OPTION_LIMIT;
	sqlite3_stmt *row;
	int error = database_prepare(db, limited ? limit_sql : newest_sql, &row);

	if (error < 0)
		return error;
	sqlite3_bind_text(row, 1, symbol->source, -1, SQLITE_STATIC);
	sqlite3_bind_text(row, 2, symbol->symbol, -1, SQLITE_STATIC);
	sqlite3_bind_text(row, 3, arguments->type, -1, SQLITE_STATIC); /* NULL stays NULL */
	sqlite3_bind_text(row, 4, arguments->timeframe, -1, SQLITE_STATIC);
	if (arguments->given & OPTION_AT)
		sqlite3_bind_int64(row, 5, arguments->at_us);
	if (limited)
		sqlite3_bind_int64(row, 6, arguments->limit);
	return row_objects_read(db, row, columns, ret);
}

static void
print_row(const json_t *row)
{
	const json_t *confidence = json_object_get(row, "confidence");
	char text[ROW_TEXT_SIZE] = "-";

	if (json_is_number(confidence))
		row_text_double(json_number_value(confidence), text);
	printf("%s:%s %s %s %s, confidence %s\n", word(row, "source"), word(row, "symbol"),
	    word(row, "analysis_type"), word(row, "timeframe"), word(row, "time"), text);
	json_lines_print(json_object_get(row, "result"), 2, stdout);
}

static int
print_rows(const struct arguments *arguments, json_t *rows)
{
	const json_t *row;
	size_t i;

	if (arguments->json)
		return print_json_document(json_pack("{s:o}", "results", rows), EX_OK);
	json_array_foreach(rows, i, row) {
		print_row(row);
	}
	json_decref(rows);
	return EX_OK;
}

/* Which types are stored of a symbol. */
struct types {
	char text[512]; /* "a, b", cut to size */
	bool known;	/* the one that is asked for is among them */
};

static int
list_types(struct database *db, const struct symbol_row *symbol, const char *wanted,
    struct types *ret)
{
	size_t length = 0;
	sqlite3_stmt *row;
	int error = database_prepare(db, types_sql, &row);

	*ret = (struct types){.text = "none"};
	if (error < 0)
		return error;
	sqlite3_bind_text(row, 1, symbol->source, -1, SQLITE_STATIC);
	sqlite3_bind_text(row, 2, symbol->symbol, -1, SQLITE_STATIC);
	while ((error = database_step(db, row)) == 1) {
		const char *type = (const char *)sqlite3_column_text(row, 0);

		ret->known |= strcmp(type, wanted) == 0;
		if (length < sizeof(ret->text))
			length += (size_t)snprintf(ret->text + length, sizeof(ret->text) - length,
			    "%s%s", length == 0 ? "" : ", ", type);
	}
	sqlite3_finalize(row);
	return error;
}

/* There is no row: of a type that was never stored that is a slip of the pen.  Takes the rows. */
static int
say_none(struct database *db, const struct arguments *arguments, const struct symbol_row *symbol,
    json_t *rows)
{
	struct types types;
	int error = arguments->type == NULL ? 0 : list_types(db, symbol, arguments->type, &types);

	if (error == 0 && (arguments->type == NULL || types.known)) {
		if (!arguments->json)
			printf("of %s:%s no such result is stored\n", symbol->source,
			    symbol->symbol);
		return print_rows(arguments, rows);
	}
	json_decref(rows);
	if (error < 0)
		return say_failed(db, error);
	return complain(EX_USAGE, "%.64s is no analysis of %s:%s; stored are %s", arguments->type,
	    symbol->source, symbol->symbol, types.text);
}

static int
show(struct database *db, const struct arguments *arguments, const struct symbol_row *symbol)
{
	json_t *rows;
	int error = read_rows(db, arguments, symbol, &rows);

	if (error < 0)
		return say_failed(db, error);
	return json_array_size(rows) == 0 ? say_none(db, arguments, symbol, rows) :
					    print_rows(arguments, rows);
}

static int
show_stored(const struct arguments *arguments)
{
	const struct symbol_row *symbol;
	struct symbols symbols;
	struct problem problem;
	struct database *db;
	int status = analysis_database_open(&db, arguments->settings), error;

	if (status != 0)
		return status;
	error = analysis_database_symbols(db, symbols_sql, &symbols);
	if (error < 0) {
		status = complain(exit_status_of(error), "the symbols cannot be read: %s",
		    database_error(db));
	} else {
		symbol = symbols_find(&symbols, arguments->words[0], &problem);
		status = symbol == NULL ? complain(EX_USAGE, "%s", problem.text) :
					  show(db, arguments, symbol);
	}
	symbols_free(&symbols);
	database_close(db);
	return status;
}

/* ---- what is computed when it is asked for ---- */

/* Leaves only the type that is wanted, if one is. */
static int
choose_type(json_t *answer, const char *type)
{
	json_t *results = json_object_get(answer, "results");
	json_t *only = type == NULL ? NULL : json_object_get(results, type);

	if (type == NULL)
		return 0;
	if (only == NULL)
		return complain(EX_USAGE, "%.64s is no analysis of %s on %s", type,
		    word(answer, "symbol"), word(answer, "timeframe"));
	return json_object_set_new(answer, "results", json_pack("{s:O}", type, only)) < 0 ?
	    complain(EX_OSERR, "out of memory") : 0;
}

static int
print_answer(const struct arguments *arguments, json_t *answer)
{
	const char *type;
	json_t *result;
	int status = choose_type(answer, arguments->type);

	if (status == 0 && arguments->json)
		return print_json_document(answer, EX_OK);
	if (status == 0)
		json_object_foreach(json_object_get(answer, "results"), type, result) {
			printf("%s:%s %s %s %s, computed now\n", word(answer, "source"),
			    word(answer, "symbol"), type, word(answer, "timeframe"),
			    word(answer, "time"));
			json_lines_print(result, 2, stdout);
		}
	json_decref(answer);
	return status;
}

static int
show_now(const struct arguments *arguments)
{
	json_t *symbol = json_string(arguments->words[0]), *question, *answer;
	int status;

	if (arguments->given & OPTION_LIMIT)
		return complain(EX_USAGE, "analysis --now does not take --limit");
	if (symbol == NULL)
		return complain(EX_USAGE, "analysis: the symbol is not UTF-8");
	question = json_pack("{s:s, s:o, s:s}", "command", "analyse", "symbol", symbol, "timeframe",
	    arguments->timeframe == NULL ? "M5" : arguments->timeframe);
	if (question != NULL && (arguments->given & OPTION_AT))
		json_object_set_new(question, "time", json_integer(arguments->at_us));
	status = analysisd_ask(arguments->settings, question, &answer);
	return status != 0 ? status : print_answer(arguments, answer);
}

int
command_analysis(const struct arguments *arguments)
{
	return arguments->given & OPTION_NOW ? show_now(arguments) : show_stored(arguments);
}
