#include "tickd/feed/symbol_table.h"

#include <stdlib.h>
#include <string.h>

struct entry {
	const char *name; /* NULL: free */
	size_t length;
	int number;
};

/* Open addressing in a power of two of at least twice the symbols. */
struct symbol_table {
	size_t mask;
	struct entry entries[];
};

/* FNV-1a */
static size_t
hash(const char *name, size_t length)
{
	uint64_t value = UINT64_C(14695981039346656037);

	for (size_t i = 0; i < length; i++)
		value = (value ^ (unsigned char)name[i]) * UINT64_C(1099511628211);
	return (size_t)(value ^ value >> 32);
}

/* The entry that holds the name, or the free one where it belongs. */
static const struct entry *
find(const struct symbol_table *table, const char *name, size_t length)
{
	for (size_t at = hash(name, length);; at++) {
		const struct entry *entry = &table->entries[at & table->mask];

		if (entry->name == NULL ||
		    (entry->length == length && memcmp(entry->name, name, length) == 0))
			return entry;
	}
}

struct symbol_table *
symbol_table_create(const struct string_list *symbols)
{
	struct symbol_table *table;
	size_t size = 8;

	while (size < 2 * symbols->count)
		size *= 2;
	table = calloc(1, sizeof(*table) + size * sizeof(table->entries[0]));
	if (table == NULL)
		return NULL;
	table->mask = size - 1;
	for (size_t i = 0; i < symbols->count; i++) {
		const char *name = symbols->items[i];
		size_t at = (size_t)(find(table, name, strlen(name)) - table->entries);

		table->entries[at] = (struct entry){name, strlen(name), (int)i};
	}
	return table;
}

void
symbol_table_free(struct symbol_table *table)
{
	free(table);
}

int
symbol_table_find(const struct symbol_table *table, const char *name, size_t length)
{
	const struct entry *entry = find(table, name, length);

	return entry->name == NULL ? -1 : entry->number;
}
