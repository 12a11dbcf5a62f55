#include "tradingctl/id_runs.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

static int
grow(struct id_runs *runs)
{
	size_t capacity = runs->capacity == 0 ? 64 : runs->capacity * 2;
	struct id_run *items;

	if (runs->count == ID_RUNS_MAX)
		return -E2BIG;
	items = reallocarray(runs->items, capacity, sizeof(*items));
	if (items == NULL)
		return -ENOMEM;
	runs->items = items;
	runs->capacity = capacity;
	return 0;
}

int
id_runs_add(struct id_runs *runs, int64_t id, int64_t time_us)
{
	struct id_run *last = runs->count == 0 ? NULL : &runs->items[runs->count - 1];
	int error;

	if (last != NULL && id - 1 == last->last_id) {
		last->last_id = id;
		last->last_us = time_us;
		runs->ids++;
		return 0;
	}
	if (runs->count == runs->capacity || runs->count == ID_RUNS_MAX) {
		error = grow(runs);
		if (error < 0)
			return error;
	}
	assert(runs->items != NULL); /* there is room, so there are items */
	runs->items[runs->count++] = (struct id_run){id, id, time_us, time_us};
	runs->ids++;
	return 0;
}

static int
compare(const void *a, const void *b)
{
	const struct id_run *left = a, *right = b;

	return (left->first_id > right->first_id) - (left->first_id < right->first_id);
}

/* Joins `next` to `run` where they touch or overlap; *doubles counts ids that both have. */
static int
join(struct id_run *run, const struct id_run *next, int64_t *doubles, int64_t *ret_first_double)
{
	if (next->first_id > run->last_id + 1)
		return 0;
	if (next->first_id <= run->last_id) {
		int64_t last = next->last_id < run->last_id ? next->last_id : run->last_id;

		if (*doubles == 0)
			*ret_first_double = next->first_id;
		*doubles += last - next->first_id + 1;
	}
	if (next->last_id > run->last_id) {
		run->last_id = next->last_id;
		run->last_us = next->last_us;
	}
	return 1;
}

int64_t
id_runs_settle(struct id_runs *runs, int64_t *ret_first_double)
{
	int64_t doubles = 0;
	size_t kept = 0;

	if (runs->count == 0)
		return 0;
	qsort(runs->items, runs->count, sizeof(*runs->items), compare);
	for (size_t i = 1; i < runs->count; i++)
		if (!join(&runs->items[kept], &runs->items[i], &doubles, ret_first_double))
			runs->items[++kept] = runs->items[i];
	runs->count = kept + 1;
	return doubles;
}

void
id_runs_free(struct id_runs *runs)
{
	free(runs->items);
	*runs = (struct id_runs){0};
}
