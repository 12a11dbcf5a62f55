#define _GNU_SOURCE
#include "tradingctl/columns.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

struct columns {
	int count;
	bool right[COLUMNS_MAX];
	int width[COLUMNS_MAX];
	char *titles[COLUMNS_MAX];
	char **cells;
	size_t used, capacity;
	bool no_memory;
};

/* Characters, not bytes: symbols may be more than ASCII. */
static int
width_of(const char *text)
{
	int width = 0;

	for (; *text != '\0'; text++)
		width += ((unsigned char)*text & 0xc0) != 0x80;
	return width;
}

struct columns *
columns_create(const char *titles)
{
	struct columns *columns = calloc(1, sizeof(*columns));

	if (columns == NULL)
		return NULL;
	while (columns->count < COLUMNS_MAX) {
		int at = columns->count++;
		size_t length;

		columns->right[at] = *titles == '>';
		titles += columns->right[at];
		length = strcspn(titles, "|");
		columns->titles[at] = strndup(titles, length);
		if (columns->titles[at] == NULL) {
			columns_free(columns);
			return NULL;
		}
		columns->width[at] = width_of(columns->titles[at]);
		if (titles[length] == '\0')
			break;
		titles += length + 1;
	}
	return columns;
}

void
columns_next_page(struct columns *columns)
{
	for (size_t i = 0; i < columns->used; i++)
		free(columns->cells[i]);
	columns->used = 0;
}

void
columns_free(struct columns *columns)
{
	if (columns == NULL)
		return;
	columns_next_page(columns);
	for (int i = 0; i < columns->count; i++)
		free(columns->titles[i]);
	free(columns->cells);
	free(columns);
}

void
columns_add(struct columns *columns, const char *format, ...)
{
	int column = (int)(columns->used % (size_t)columns->count), width;
	va_list arguments;
	char *cell;

	if (columns->used == columns->capacity) {
		size_t capacity = columns->capacity == 0 ? 64 : columns->capacity * 2;
		char **cells = reallocarray(columns->cells, capacity, sizeof(*cells));

		columns->no_memory |= cells == NULL;
		if (cells == NULL)
			return;
		columns->cells = cells;
		columns->capacity = capacity;
	}
	va_start(arguments, format);
	if (vasprintf(&cell, format, arguments) < 0)
		cell = NULL;
	va_end(arguments);
	columns->no_memory |= cell == NULL;
	if (cell == NULL)
		return;
	columns->cells[columns->used++] = cell;
	width = width_of(cell);
	if (width > columns->width[column])
		columns->width[column] = width;
}

static void
print_row(const struct columns *columns, char *const *cells, FILE *out)
{
	for (int i = 0; i < columns->count; i++) {
		int padding = columns->width[i] - width_of(cells[i]);
		bool last = i == columns->count - 1;

		if (columns->right[i])
			fprintf(out, "%*s%s", padding, "", cells[i]);
		else
			fprintf(out, "%s%*s", cells[i], last ? 0 : padding, "");
		fputs(last ? "\n" : "  ", out);
	}
}

int
columns_print(struct columns *columns, bool titles, FILE *out)
{
	if (columns->no_memory)
		return -ENOMEM;
	if (titles)
		print_row(columns, columns->titles, out);
	for (size_t i = 0; i + (size_t)columns->count <= columns->used;
	     i += (size_t)columns->count)
		print_row(columns, columns->cells + i, out);
	return 0;
}
