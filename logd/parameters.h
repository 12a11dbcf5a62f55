/*
 * The parameters of a query string, read and checked: one that a route does not know, that comes
 * twice, or whose value is none, is refused by its name.  Pure.
 */
#ifndef LOGD_PARAMETERS_H
#define LOGD_PARAMETERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/problem.h"
#include "logd/cursor.h"
#include "logd/request.h"

/* Which parameters a route takes. */
enum parameter {
	PARAMETER_FROM = 1,
	PARAMETER_TO = 2,
	PARAMETER_LIMIT = 4,
	PARAMETER_AFTER = 8,
};

struct parameters {
	unsigned given; /* of enum parameter */
	int64_t from_us, to_us; /* INT64_MIN and INT64_MAX where they are not given */
	size_t limit;
	struct cursor after;
};

/*
 * `limit` is what holds where none is given, `limit_max` what may be given at the most.  Returns
 * 0, or -EINVAL with a sentence that names the parameter.
 */
__attribute__((warn_unused_result)) int
parameters_read(const struct request *request, unsigned taken, size_t limit, size_t limit_max,
    struct parameters *ret_parameters, struct problem *problem);

#endif
