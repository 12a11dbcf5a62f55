#include "tradingctl/json_lines.h"

#include <stdbool.h>

#include "tradingctl/row_text.h"

#define STEP 2 /* columns further in */

static void
print_plain(const json_t *value, FILE *out)
{
	char text[ROW_TEXT_SIZE];

	if (json_is_string(value))
		fputs(json_string_value(value), out);
	else if (json_is_integer(value))
		fprintf(out, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
	else if (json_is_real(value))
		fputs(row_text_double(json_real_value(value), text), out);
	else if (json_is_boolean(value))
		fputs(json_is_true(value) ? "yes" : "no", out);
	else
		fputc('-', out);
}

static bool
is_plain(const json_t *value)
{
	return !json_is_object(value) && !json_is_array(value);
}

static bool
is_plain_array(const json_t *value)
{
	const json_t *item;
	size_t i;

	json_array_foreach(value, i, item) {
		if (!is_plain(item))
			return false;
	}
	return json_is_array(value);
}

/* " a, b, c" on the line of their key; " none" where there are none. */
static void
print_plain_array(const json_t *array, FILE *out)
{
	const json_t *item;
	size_t i;

	json_array_foreach(array, i, item) {
		fputs(i == 0 ? " " : ", ", out);
		print_plain(item, out);
	}
	fputs(json_array_size(array) == 0 ? " none\n" : "\n", out);
}

static void
print_value(const json_t *value, int indent, FILE *out)
{
	if (is_plain(value)) {
		fputc(' ', out);
		print_plain(value, out);
		fputc('\n', out);
	} else if (is_plain_array(value)) {
		print_plain_array(value, out);
	} else {
		fputc('\n', out);
		json_lines_print(value, indent + STEP, out);
	}
}

void
json_lines_print(const json_t *value, int indent, FILE *out)
{
	const char *key;
	json_t *member;
	size_t i;

	json_object_foreach((json_t *)value, key, member) {
		fprintf(out, "%*s%s:", indent, "", key);
		print_value(member, indent, out);
	}
	json_array_foreach(value, i, member) {
		fprintf(out, "%*s%zu:", indent, "", i + 1);
		print_value(member, indent, out);
	}
}
