/*
 * Holds a result against its schema in doc/, as far as our schemas go: type, enum, const, minimum,
 * maximum, exclusiveMinimum, required, additionalProperties, properties, items.
 */
#ifndef TESTS_UNIT_ANALYSISD_SCHEMA_CHECK_H
#define TESTS_UNIT_ANALYSISD_SCHEMA_CHECK_H

#include <jansson.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static inline bool
schema_check_is(const json_t *value, const char *type)
{
	switch (json_typeof(value)) {
	case JSON_OBJECT:
		return strcmp(type, "object") == 0;
	case JSON_ARRAY:
		return strcmp(type, "array") == 0;
	case JSON_STRING:
		return strcmp(type, "string") == 0;
	case JSON_INTEGER:
		return strcmp(type, "integer") == 0 || strcmp(type, "number") == 0;
	case JSON_REAL:
		return strcmp(type, "number") == 0;
	case JSON_TRUE:
	case JSON_FALSE:
		return strcmp(type, "boolean") == 0;
	case JSON_NULL:
		return strcmp(type, "null") == 0;
	}
	return false;
}

static inline bool
schema_check_same(const json_t *a, const json_t *b)
{
	if (json_is_number(a) && json_is_number(b))
		return json_number_value(a) == json_number_value(b);
	return json_equal(a, b);
}

static inline void
schema_check_type(const json_t *type, const json_t *value, const char *key)
{
	bool is = type == NULL || (json_is_string(type) &&
	    schema_check_is(value, json_string_value(type)));

	for (size_t i = 0; i < json_array_size(type); i++)
		is |= schema_check_is(value, json_string_value(json_array_get(type, i)));
	if (!is)
		fail_msg("%s has not the type that its schema says", key);
}

static inline void
schema_check_range(const json_t *schema, const json_t *value, const char *key)
{
	const json_t *least = json_object_get(schema, "minimum");
	const json_t *most = json_object_get(schema, "maximum");
	const json_t *above = json_object_get(schema, "exclusiveMinimum");
	double number = json_number_value(value);

	if (!json_is_number(value))
		return;
	if ((least != NULL && number < json_number_value(least)) ||
	    (most != NULL && number > json_number_value(most)) ||
	    (above != NULL && number <= json_number_value(above)))
		fail_msg("%s is %.17g, beyond what its schema says", key, number);
}

static inline void
schema_check_words(const json_t *schema, const json_t *value, const char *key)
{
	const json_t *words = json_object_get(schema, "enum");
	const json_t *only = json_object_get(schema, "const");
	bool is = words == NULL;

	for (size_t i = 0; i < json_array_size(words); i++)
		is |= schema_check_same(json_array_get(words, i), value);
	if (!is || (only != NULL && !schema_check_same(only, value)))
		fail_msg("%s is none of the values that its schema says", key);
}

static inline void
schema_check_value(const json_t *schema, json_t *value, const char *key)
{
	const json_t *properties = json_object_get(schema, "properties");
	const json_t *required = json_object_get(schema, "required");
	const char *name;
	json_t *member;

	schema_check_type(json_object_get(schema, "type"), value, key);
	schema_check_range(schema, value, key);
	schema_check_words(schema, value, key);
	for (size_t i = 0; i < json_array_size(value); i++)
		schema_check_value(json_object_get(schema, "items"), json_array_get(value, i), key);
	if (!json_is_object(value))
		return;
	for (size_t i = 0; i < json_array_size(required); i++) {
		name = json_string_value(json_array_get(required, i));
		if (json_object_get(value, name) == NULL)
			fail_msg("%s has no %s", key, name);
	}
	json_object_foreach(value, name, member) {
		if (json_object_get(properties, name) == NULL)
			fail_msg("the schema knows no %s in %s", name, key);
		schema_check_value(json_object_get(properties, name), member, name);
	}
}

/* Reads a result of that type, which keeps its schema; the caller's reference. */
static inline json_t *
schema_check_read(const char *type, const char *text)
{
	char path[256];
	json_t *schema, *result = json_loads(text, JSON_REJECT_DUPLICATES, NULL);

	assert_non_null(result);
	snprintf(path, sizeof(path), "doc/%s.schema.json", type);
	schema = json_load_file(path, 0, NULL);
	if (schema == NULL)
		fail_msg("%s cannot be read", path);
	schema_check_value(schema, result, type);
	json_decref(schema);
	return result;
}

/* "a.b.c" in nested objects. */
static inline const json_t *
schema_check_member(const json_t *object, const char *path)
{
	char copy[128], *rest = NULL, *key;

	snprintf(copy, sizeof(copy), "%s", path);
	for (key = strtok_r(copy, ".", &rest); key != NULL; key = strtok_r(NULL, ".", &rest)) {
		object = json_object_get(object, key);
		if (object == NULL)
			fail_msg("no member %s of %s", key, path);
	}
	return object;
}

static inline void
assert_number(const json_t *object, const char *path, double expected)
{
	const json_t *value = schema_check_member(object, path);
	double is = json_number_value(value);

	if (!json_is_number(value) || fabs(is - expected) > 1e-9 * (1 + fabs(expected)))
		fail_msg("%s is %.17g, not %.17g", path, is, expected);
}

static inline void
assert_null_member(const json_t *object, const char *path)
{
	if (!json_is_null(schema_check_member(object, path)))
		fail_msg("%s is not null", path);
}

static inline void
assert_word(const json_t *object, const char *path, const char *expected)
{
	assert_true(json_is_string(schema_check_member(object, path)));
	assert_string_equal(json_string_value(schema_check_member(object, path)), expected);
}

#endif
