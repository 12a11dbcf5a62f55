#define _GNU_SOURCE
#include "common/settings.h"

#include <errno.h>
#include <glob.h>
#include <ini.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/settings_accounts.h"
#include "common/settings_check.h"
#include "common/settings_table.h"

static void
set_row(struct settings_loading *loading, const struct settings_row *row, const char *value)
{
	struct settings_place *set_at = &loading->set_at[row - settings_table().rows];
	const char *expected;
	char what[512];

	*set_at = loading->place;
	expected = settings_value_read(row->type, value, loading->place.continued,
	    (char *)loading->settings + row->offset, &loading->no_memory);
	if (expected == NULL)
		return;
	set_at->faulty = true;
	snprintf(what, sizeof(what), "%s.%s = %.200s: expected %s", row->section, row->name, value,
	    expected);
	settings_fault_add(loading, &loading->place, what);
}

static void
set_named(struct settings_loading *loading, const char *section, const char *name,
    const char *value)
{
	const struct settings_row *row = settings_table_find(settings_table(), section, name);
	char what[512];

	if (row != NULL) {
		set_row(loading, row, value);
	} else if (settings_accounts_is_section(section)) {
		settings_accounts_set(loading, section, name, value);
	} else {
		snprintf(what, sizeof(what), "%.100s.%.100s: no such setting", section, name);
		settings_fault_add(loading, &loading->place, what);
	}
}

/* ---- files ---- */

/* A section in which nothing is named reaches no handler, but an account of that name is wanted. */
static void
note_section(struct settings_loading *loading, const char *line)
{
	size_t length = strcspn(line, "]");
	char section[64];

	if (line[0] != '[' || line[length] != ']' || length > sizeof(section))
		return;
	snprintf(section, sizeof(section), "%.*s", (int)length - 1, line + 1);
	if (settings_accounts_is_section(section))
		settings_accounts_section(loading, section);
}

/* inih tells its handler no line number: it is counted here, where the lines are read. */
static char *
read_line(char *buffer, int size, void *context)
{
	struct settings_loading *loading = context;
	char *line = fgets(buffer, size, loading->stream);

	if (line == NULL)
		return NULL;
	loading->place.line++;
	if (line[0] == '[')
		loading->named = false;
	loading->place.continued = loading->named && (line[0] == ' ' || line[0] == '\t');
	if (!loading->place.continued)
		note_section(loading, line + strspn(line, " \t"));
	if (strchr(line, '\n') == NULL && !feof(loading->stream)) {
		settings_fault_add(loading, &loading->place,
		    "the line is too long: let the list go on in indented lines");
		while (strchr(line, '\n') == NULL && fgets(buffer, size, loading->stream) != NULL)
			continue;
		memcpy(line, "\n", sizeof("\n"));
	}
	return line;
}

static int
handle(void *context, const char *section, const char *name, const char *value)
{
	struct settings_loading *loading = context;

	loading->named = true;
	/* A fault is kept with its line, so inih may go on as if all were well. */
	set_named(loading, section, name, value == NULL ? "" : value);
	return 1;
}

static void
load_file(struct settings_loading *loading, const char *file)
{
	char what[256];
	int line;

	loading->place = (struct settings_place){.file = file};
	loading->named = false;
	loading->stream = fopen(file, "re");
	if (loading->stream == NULL) {
		snprintf(what, sizeof(what), "cannot be read: %s", strerror(errno));
		settings_fault_add(loading, &loading->place, what);
		return;
	}
	line = ini_parse_stream(read_line, loading, handle, loading);
	if (ferror(loading->stream)) {
		settings_fault_add(loading, &(struct settings_place){.file = file},
		    "cannot be read: it is no file");
	} else if (line > 0) {
		settings_fault_add(loading, &(struct settings_place){.file = file, .line = line},
		    "expected [SECTION] or NAME = VALUE");
	}
	fclose(loading->stream);
	loading->stream = NULL;
}

/* The drop-ins stay in *ret_glob, for their names are used until the loading ends. */
static void
load_drop_ins(struct settings_loading *loading, const char *file, glob_t *ret_glob)
{
	const char *slash = strrchr(file, '/');
	int directory = slash == NULL ? 0 : (int)(slash - file + 1);
	char *pattern;

	if (asprintf(&pattern, "%.*sconf.d/*.conf", directory, file) < 0) {
		loading->no_memory = true;
		return;
	}
	if (glob(pattern, 0, NULL, ret_glob) == 0)
		for (size_t i = 0; i < ret_glob->gl_pathc; i++)
			load_file(loading, ret_glob->gl_pathv[i]);
	free(pattern);
}

static void
load_override(struct settings_loading *loading, const char *text)
{
	/* The last one before the value: that of an account has a dot in its section. */
	const char *equals = strchr(text, '=');
	const char *dot = equals == NULL ? NULL : memrchr(text, '.', (size_t)(equals - text));
	char section[64], name[64], what[256];

	loading->place = (struct settings_place){.file = "-o"};
	if (dot == NULL || dot - text >= 64 || equals - dot >= 64) {
		snprintf(what, sizeof(what), "%.100s: expected SECTION.NAME=VALUE", text);
		settings_fault_add(loading, &loading->place, what);
		return;
	}
	snprintf(section, sizeof(section), "%.*s", (int)(dot - text), text);
	snprintf(name, sizeof(name), "%.*s", (int)(equals - dot - 1), dot + 1);
	set_named(loading, section, name, equals + 1);
	if (string_list_append(&loading->settings->overrides, text, strlen(text)) < 0)
		loading->no_memory = true;
}

/* ---- the whole ---- */

/* "binance" for hosts of the exchange itself, "sim" for every other one. */
static const char *
source_of(const char *url)
{
	static const char *const domains[] = {".binance.com", ".binance.vision", ".binance.us"};
	const char *host = strstr(url, "://") + 3;
	size_t length = strcspn(host, ":");

	for (size_t i = 0; i < sizeof(domains) / sizeof(domains[0]); i++) {
		size_t tail = strlen(domains[i]);

		if (length > tail && strncasecmp(host + length - tail, domains[i], tail) == 0)
			return "binance";
	}
	return "sim";
}

static void
load_defaults(struct settings_loading *loading)
{
	size_t count = settings_table().count;

	loading->place = (struct settings_place){.file = SETTINGS_PLACE_DEFAULT};
	loading->set_at = calloc(count, sizeof(*loading->set_at));
	for (size_t i = 0; i < count && loading->set_at != NULL; i++)
		loading->set_at[i] = loading->place;
	loading->no_memory |= loading->set_at == NULL;
	settings_table_defaults(settings_table(), loading->settings, &loading->no_memory);
	settings_accounts_begin(loading);
}

/* What remains when all values are read; drop-ins and overrides are still named by places. */
static void
end(struct settings_loading *loading)
{
	struct settings *settings = loading->settings;

	settings_check(loading);
	settings_accounts_end(loading);
	if (settings->binance.source[0] == '\0')
		settings_set_text(&settings->binance.source,
		    source_of(settings->binance.stream_url), &loading->no_memory);
}

int
settings_load(struct settings *ret, const char *file, const char *const *overrides,
    size_t override_count, struct settings_faults *faults)
{
	struct settings_loading loading = {.settings = ret, .faults = faults};
	glob_t drop_ins = {0};

	*ret = (struct settings){0};
	*faults = (struct settings_faults){0};
	settings_set_text(&ret->file, file, &loading.no_memory);
	load_defaults(&loading);
	if (!loading.no_memory) {
		load_file(&loading, file);
		load_drop_ins(&loading, file, &drop_ins);
		for (size_t i = 0; i < override_count; i++)
			load_override(&loading, overrides[i]);
	}
	if (!loading.no_memory)
		end(&loading);
	globfree(&drop_ins);
	free(loading.set_at);
	free(loading.accounts_at);
	if (loading.no_memory)
		return -ENOMEM;
	return faults->count > 0 ? -EINVAL : 0;
}

void
settings_free(struct settings *settings)
{
	settings_accounts_free(settings);
	settings_table_free(settings_table(), settings);
	string_list_free(&settings->overrides);
	free(settings->file);
	*settings = (struct settings){0};
}

void
settings_faults_free(struct settings_faults *faults)
{
	for (size_t i = 0; i < faults->count && i < SETTINGS_FAULTS_MAX; i++)
		free(faults->texts[i]);
	*faults = (struct settings_faults){0};
}

/* ---- printing ---- */

/* `mark` comes before the name of each section. */
static void
print_table(struct settings_table table, const char *mark, FILE *out)
{
	for (size_t i = 0; i < table.count; i++) {
		const struct settings_row *row = &table.rows[i];

		if (i == 0 || strcmp(row->section, table.rows[i - 1].section) != 0)
			fprintf(out, "%s%s[%s]\n", i == 0 ? "" : "\n", mark, row->section);
		fprintf(out, "# %s\n#%s = %s\n", row->help, row->name, row->initial);
	}
}

void
settings_print_table(FILE *out)
{
	print_table(settings_table(), "", out);
	fputc('\n', out);
	/* A comment as well: there is no such account unless it is wanted. */
	print_table(settings_account_table(), "#", out);
}

void
settings_print(const struct settings *settings, FILE *out)
{
	struct settings_table table = settings_table();

	for (size_t i = 0; i < table.count; i++) {
		const struct settings_row *row = &table.rows[i];

		fprintf(out, "%s.%s=", row->section, row->name);
		settings_value_print(row->type, (const char *)settings + row->offset, out);
		fputc('\n', out);
	}
	settings_accounts_print(settings, out);
}
