/*
 * A text that grows: the body of an answer.
 */
#ifndef MARKETSIM_BODY_H
#define MARKETSIM_BODY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/decimal.h"

struct body {
	char *text; /* not NUL terminated; the body's own */
	size_t length, capacity;
	bool failed; /* out of memory: what was added since is lost */
};

void
body_free(struct body *body);

void
body_add(struct body *body, const char *text);

void
body_add_bytes(struct body *body, const void *bytes, size_t length);

__attribute__((format(printf, 2, 3))) void
body_print(struct body *body, const char *format, ...);

void
body_add_integer(struct body *body, int64_t value);

/* A price or quantity with all eight places. */
void
body_add_e8(struct body *body, int64_t value_e8);

/* A sum in 1e-8 or 1e-16 with eight places; what is finer is cut off. */
void
body_add_sum_e8(struct body *body, decimal_sum sum_e8);

void
body_add_sum_e16(struct body *body, decimal_sum sum_e16);

#endif
