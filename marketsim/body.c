#include "marketsim/body.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "marketsim/frame.h"

#define BODY_FIRST 4096
#define BODY_PRINT_MAX 1024 /* bytes of one body_print() */
#define NUMBER_MAX 64	    /* bytes of any number here */

/* Room for `length` more bytes, or NULL. */
static char *
grow(struct body *body, size_t length)
{
	size_t capacity = body->capacity > 0 ? body->capacity : BODY_FIRST;
	char *text;

	if (body->failed)
		return NULL;
	if (body->capacity - body->length >= length)
		return body->text + body->length;
	while (capacity - body->length < length)
		capacity *= 2;
	text = realloc(body->text, capacity);
	if (text == NULL) {
		body->failed = true;
		return NULL;
	}
	body->text = text;
	body->capacity = capacity;
	return text + body->length;
}

void
body_free(struct body *body)
{
	free(body->text);
	memset(body, 0, sizeof(*body));
}

void
body_add_bytes(struct body *body, const void *bytes, size_t length)
{
	char *to = grow(body, length);

	if (to == NULL || length == 0)
		return;
	memcpy(to, bytes, length);
	body->length += length;
}

void
body_add(struct body *body, const char *text)
{
	body_add_bytes(body, text, strlen(text));
}

void
body_print(struct body *body, const char *format, ...)
{
	char *to = grow(body, BODY_PRINT_MAX);
	va_list arguments;
	int length;

	if (to == NULL)
		return;
	va_start(arguments, format);
	length = vsnprintf(to, BODY_PRINT_MAX, format, arguments);
	va_end(arguments);
	if (length > 0)
		body->length += (size_t)length < BODY_PRINT_MAX ? (size_t)length
								: BODY_PRINT_MAX - 1;
}

void
body_add_integer(struct body *body, int64_t value)
{
	char *to = grow(body, NUMBER_MAX);

	if (to != NULL)
		body->length += (size_t)(append_integer(to, value) - to);
}

void
body_add_e8(struct body *body, int64_t value_e8)
{
	char *to = grow(body, NUMBER_MAX);

	if (to != NULL)
		body->length += (size_t)(append_e8(to, value_e8) - to);
}

void
body_add_sum_e8(struct body *body, decimal_sum sum_e8)
{
	char *to = grow(body, NUMBER_MAX), *at, fraction[DECIMAL_SIZE];

	if (to == NULL)
		return;
	/* Sums of trades are never negative; the fraction is printed as 0.xxxxxxxx. */
	at = append_integer(to, (int64_t)(sum_e8 / DECIMAL_ONE));
	append_e8(fraction, (int64_t)(sum_e8 % DECIMAL_ONE));
	memcpy(at, fraction + 1, 1 + DECIMAL_PLACES);
	body->length += (size_t)(at + 1 + DECIMAL_PLACES - to);
}

void
body_add_sum_e16(struct body *body, decimal_sum sum_e16)
{
	body_add_sum_e8(body, sum_e16 / DECIMAL_ONE);
}
