#define _GNU_SOURCE
#include "common/settings_loading.h"

#include <assert.h>
#include <string.h>

#include "common/settings_table.h"

void
settings_fault_add(struct settings_loading *loading, const struct settings_place *place,
    const char *what)
{
	struct settings_faults *faults = loading->faults;
	char *text;

	if (faults->count < SETTINGS_FAULTS_MAX) {
		int length = place->line > 0 ?
		    asprintf(&text, "%s:%d: %s", place->file, place->line, what) :
		    asprintf(&text, "%s: %s", place->file, what);
		faults->texts[faults->count] = length < 0 ? NULL : text;
		loading->no_memory |= length < 0;
	}
	faults->count++;
}

static size_t
row_of(const struct settings_loading *loading, const void *target)
{
	size_t offset = (size_t)((const char *)target - (const char *)loading->settings);
	struct settings_table table = settings_table();
	size_t i = 0;

	while (i < table.count && table.rows[i].offset != offset)
		i++;
	assert(i < table.count);
	return i;
}

void
settings_fault_unless(struct settings_loading *loading, bool ok, const void *target,
    const char *expected)
{
	struct settings_table table = settings_table();
	size_t i = row_of(loading, target);
	const struct settings_row *row = &table.rows[i];
	char what[512];

	if (ok || loading->set_at[i].faulty)
		return;
	snprintf(what, sizeof(what), "%s.%s: expected %s", row->section, row->name, expected);
	settings_fault_add(loading, &loading->set_at[i], what);
}

bool
settings_is_default(const struct settings_loading *loading, const void *target)
{
	const struct settings_place *place = &loading->set_at[row_of(loading, target)];

	return place->line == 0 && strcmp(place->file, SETTINGS_PLACE_DEFAULT) == 0;
}
