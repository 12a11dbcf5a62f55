#include "analysisd/dtms/machine.h"

#include <stdarg.h>
#include <stdbool.h>
#include <string.h>

#define CELL_SIZE 256 /* bytes with the NUL */
#define SECOND_US 1000000

enum { FROM, CONDITION, TO, COLUMNS_PADDED };

struct line {
	char cells[COLUMNS_PADDED][CELL_SIZE];
	char actions[CELL_SIZE];
};

__attribute__((format(printf, 2, 3))) static void
append(char cell[static CELL_SIZE], const char *format, ...)
{
	size_t length = strlen(cell);
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(cell + length, CELL_SIZE - length, format, arguments);
	va_end(arguments);
}

/* ---- the cells of a row ---- */

static void
append_states(char cell[static CELL_SIZE], unsigned states)
{
	const char *between = "";

	if (states == (1U << DTMS_CLOSED) - 1) {
		append(cell, "any");
		return;
	}
	for (enum dtms_state state = 0; state < DTMS_STATES; state++) {
		if ((states & 1U << state) == 0)
			continue;
		append(cell, "%s%s", between, dtms_state_name(state));
		between = ", ";
	}
}

static void
append_condition(char cell[static CELL_SIZE], const struct dtms_row *row,
    enum trade_direction direction)
{
	const char *figures = row->figures[direction == TRADE_BUY ? 0 : 1];

	append(cell, "%s", figures != NULL ? figures : row->condition);
}

/* Behind its name, what the action is in figures. */
static void
append_figures(char cell[static CELL_SIZE], enum dtms_action action, const struct dtms_row *row,
    bool buy)
{
	switch (action) {
	case ACTION_TIGHTEN_SL:
		append(cell, " to price %c %g R", buy ? '-' : '+', DTMS_TIGHTEN_R);
		break;
	case ACTION_PARTIAL_CLOSE:
		append(cell, " %g %% of the current volume", 100 * DTMS_PARTIAL_CLOSE);
		break;
	case ACTION_MOVE_SL_BREAKEVEN:
		append(cell, " to the entry price");
		break;
	case ACTION_OPEN_HEDGE:
		append(cell, " %s %g x current volume, stop %g x ATR14(M15) %s",
		    buy ? "SELL" : "BUY", DTMS_HEDGE, DTMS_HEDGE_STOP_ATR,
		    buy ? "above the ask" : "below the bid");
		break;
	case ACTION_CLOSE_HEDGE:
		append(cell, row->to == DTMS_CLOSED ? " if one is open" : "");
		break;
	case ACTION_CLOSE_ALL:
		append(cell, " \"%s\"", row->reason);
		break;
	case ACTION_RE_ADD_POSITION:
		append(cell, " %s %g x closed volume", buy ? "BUY" : "SELL", DTMS_RE_ADD);
		break;
	case ACTION_START_FLAT_TIMER:
		append(cell, " %d s", (int)(DTMS_FLAT_TIMER_US / SECOND_US));
		break;
	case ACTION_START_RECOVERY_TIMER:
		append(cell, " %d s", (int)(DTMS_RECOVERY_TIMER_US / SECOND_US));
		break;
	case ACTION_NONE:
	case ACTION_STOP_FLAT_TIMER:
	case ACTIONS:
		break;
	}
}

static void
append_actions(char cell[static CELL_SIZE], const struct dtms_row *row, bool buy)
{
	for (int i = 0; i < DTMS_ROW_ACTIONS_MAX && row->actions[i] != ACTION_NONE; i++) {
		append(cell, "%s%s", i > 0 ? "; " : "", dtms_action_name(row->actions[i]));
		append_figures(cell, row->actions[i], row, buy);
	}
	if (row->actions[0] == ACTION_NONE)
		append(cell, "none");
}

static struct line
line_of(const struct dtms_row *row, enum trade_direction direction)
{
	struct line line = {0};

	append_states(line.cells[FROM], row->from);
	append_condition(line.cells[CONDITION], row, direction);
	append_states(line.cells[TO], 1U << row->to);
	append_actions(line.actions, row, direction == TRADE_BUY);
	return line;
}

/* ---- the table ---- */

static const struct line headings = {{"from", "condition", "to"}, "actions"};

static void
widen(int widths[static COLUMNS_PADDED], const struct line *line)
{
	for (int column = 0; column < COLUMNS_PADDED; column++) {
		int length = (int)strlen(line->cells[column]);

		widths[column] = length > widths[column] ? length : widths[column];
	}
}

static void
print_line(FILE *out, const int widths[static COLUMNS_PADDED], const struct line *line)
{
	for (int column = 0; column < COLUMNS_PADDED; column++)
		fprintf(out, "%-*s | ", widths[column], line->cells[column]);
	fprintf(out, "%s\n", line->actions);
}

static void
print_direction(FILE *out, enum trade_direction direction)
{
	int widths[COLUMNS_PADDED] = {0};
	struct line line;

	widen(widths, &headings);
	for (const struct dtms_row *row = dtms_machine; row->from != 0; row++) {
		line = line_of(row, direction);
		widen(widths, &line);
	}
	fprintf(out, "%s: price is the %s; R is |entry price - initial stop loss|, "
	    "without one %g x ATR14(M15)\n", trade_direction_name(direction),
	    direction == TRADE_BUY ? "bid" : "ask", DTMS_R_ATR);
	print_line(out, widths, &headings);
	for (const struct dtms_row *row = dtms_machine; row->from != 0; row++) {
		line = line_of(row, direction);
		print_line(out, widths, &line);
	}
}

void
dtms_machine_print(FILE *out)
{
	print_direction(out, TRADE_BUY);
	fprintf(out, "\n");
	print_direction(out, TRADE_SELL);
}
