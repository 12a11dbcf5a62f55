#include "analysisd/json_valid.h"

#include <errno.h>
#include <string.h>

/* What is left to look at; `at` is `end` when all is read. */
struct reader {
	const char *at, *end;
};

static inline char
peek(const struct reader *reader)
{
	return reader->at < reader->end ? *reader->at : '\0';
}

/* Steps over `c` where it is next. */
static inline bool
take(struct reader *reader, char c)
{
	if (reader->at == reader->end || *reader->at != c)
		return false;
	reader->at++;
	return true;
}

static inline void
skip_space(struct reader *reader)
{
	const char *at = reader->at, *end = reader->end;

	while (at < end && (*at == ' ' || *at == '\n' || *at == '\t' || *at == '\r'))
		at++;
	reader->at = at;
}

static bool
take_word(struct reader *reader, const char *word)
{
	size_t length = strlen(word);

	if ((size_t)(reader->end - reader->at) < length || memcmp(reader->at, word, length) != 0)
		return false;
	reader->at += length;
	return true;
}

/* ---- numbers ---- */

/* At least one. */
static bool
take_digits(struct reader *reader)
{
	const char *first = reader->at, *end = reader->end, *at = first;

	while (at < end && (unsigned char)(*at - '0') < 10)
		at++;
	reader->at = at;
	return at > first;
}

static bool
take_number(struct reader *reader)
{
	(void)take(reader, '-');
	if (!take(reader, '0') && !take_digits(reader))
		return false;
	if (take(reader, '.') && !take_digits(reader))
		return false;
	if (!take(reader, 'e') && !take(reader, 'E'))
		return true;
	if (!take(reader, '+'))
		(void)take(reader, '-');
	return take_digits(reader);
}

/* ---- strings ---- */

static bool
take_unicode(struct reader *reader)
{
	for (int i = 0; i < 4; i++) {
		char c = peek(reader);

		if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F')))
			return false;
		reader->at++;
	}
	return true;
}

/* What follows a backslash. */
static bool
take_escaped(struct reader *reader)
{
	char c = peek(reader);

	if (c == '\0' || strchr("\"\\/bfnrtu", c) == NULL)
		return false;
	reader->at++;
	return c != 'u' || take_unicode(reader);
}

static bool
take_string(struct reader *reader)
{
	const char *at = reader->at + 1, *end = reader->end;

	if (peek(reader) != '"')
		return false;
	for (; at < end && *at != '"'; at++) {
		if ((unsigned char)*at < ' ')
			return false;
		if (*at != '\\')
			continue;
		reader->at = at + 1;
		if (!take_escaped(reader))
			return false;
		at = reader->at - 1;
	}
	reader->at = at + 1;
	return at < end;
}

/* ---- values ---- */

static bool
take_value(struct reader *reader, int depth);

static bool
take_member(struct reader *reader, int depth)
{
	skip_space(reader);
	if (!take_string(reader))
		return false;
	skip_space(reader);
	return take(reader, ':') && take_value(reader, depth);
}

/* The members of an object, or the values of a list, up to what ends it. */
static bool
take_members(struct reader *reader, char end, int depth)
{
	skip_space(reader);
	if (take(reader, end))
		return true;
	do
		if (!(end == '}' ? take_member(reader, depth) : take_value(reader, depth)))
			return false;
	while (take(reader, ','));
	return take(reader, end);
}

/* And the white space on both sides. */
static bool
take_value(struct reader *reader, int depth)
{
	bool taken;

	skip_space(reader);
	switch (peek(reader)) {
	case '{':
	case '[':
		if (depth == JSON_VALID_DEPTH)
			return false;
		taken = take_members(reader, *reader->at++ == '{' ? '}' : ']', depth + 1);
		break;
	case '"':
		taken = take_string(reader);
		break;
	case 't':
		taken = take_word(reader, "true");
		break;
	case 'f':
		taken = take_word(reader, "false");
		break;
	case 'n':
		taken = take_word(reader, "null");
		break;
	default:
		taken = take_number(reader);
	}
	skip_space(reader);
	return taken;
}

bool
json_valid(const char *text, size_t length)
{
	struct reader reader = {text, text + length};

	return take_value(&reader, 0) && reader.at == reader.end;
}

/* ---- for SQLite ---- */

static void
answer(sqlite3_context *context, int count, sqlite3_value **values)
{
	sqlite3_value *value = values[0];
	const char *text;

	if (sqlite3_value_type(value) == SQLITE_NULL)
		return;
	text = (const char *)sqlite3_value_text(value);
	if (text == NULL)
		sqlite3_result_error_nomem(context);
	else
		sqlite3_result_int(context, json_valid(text, (size_t)sqlite3_value_bytes(value)));
}

int
json_valid_register(struct database *db)
{
	return sqlite3_create_function(database_handle(db), "json_valid", 1,
	    SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS, NULL, answer, NULL, NULL) ==
	    SQLITE_OK ? 0 : -ENOMEM;
}
