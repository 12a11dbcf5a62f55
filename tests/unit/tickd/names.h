/* Lists of symbols as the settings would hold them, for tests. */
#ifndef TESTS_UNIT_TICKD_NAMES_H
#define TESTS_UNIT_TICKD_NAMES_H

#include "common/settings.h"
#include "tests/unit/common/scratch.h"

static inline struct string_list
names_create(size_t room)
{
	struct string_list names = {.items = calloc(room, sizeof(names.items[0]))};

	assert_non_null(names.items);
	return names;
}

static inline void
names_add(struct string_list *names, const char *name)
{
	names->items[names->count] = strdup(name);
	assert_non_null(names->items[names->count]);
	names->count++;
}

static inline void
names_free(struct string_list *names)
{
	for (size_t i = 0; i < names->count; i++)
		free(names->items[i]);
	free(names->items);
}

#endif
