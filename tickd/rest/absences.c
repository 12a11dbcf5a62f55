#include "tickd/rest/absences.h"

static int64_t
larger(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

static int64_t
smaller(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static void
drop(struct absences *absences, size_t at)
{
	absences->entries[at] = absences->entries[--absences->count];
}

/* The entry that has an id of first..last; the count where there is none. */
static size_t
find(const struct absences *absences, size_t symbol, int64_t first_id, int64_t last_id)
{
	size_t at = 0;

	while (at < absences->count &&
	    (absences->entries[at].symbol != symbol ||
		absences->entries[at].first_id > last_id ||
		absences->entries[at].last_id < first_id))
		at++;
	return at;
}

bool
absences_note(struct absences *absences, size_t symbol, int64_t first_id, int64_t last_id,
    int64_t now_us, int64_t *ret_first, int64_t *ret_last)
{
	size_t at = find(absences, symbol, first_id, last_id);
	struct absence *entry = &absences->entries[at];

	if (at == ABSENCES_MAX)
		return false;
	if (at == absences->count) {
		*entry = (struct absence){symbol, first_id, last_id, now_us};
		absences->count++;
		return false;
	}
	/* Only what was passed over each time counts. */
	entry->first_id = larger(entry->first_id, first_id);
	entry->last_id = smaller(entry->last_id, last_id);
	if (now_us - entry->since_us < ABSENCES_PROOF_US)
		return false;
	*ret_first = entry->first_id;
	*ret_last = entry->last_id;
	drop(absences, at);
	return true;
}

int64_t
absences_due_us(const struct absences *absences, size_t symbol, int64_t id)
{
	size_t at = find(absences, symbol, id, id);

	return at == absences->count ? 0 : absences->entries[at].since_us + ABSENCES_PROOF_US;
}

void
absences_forget(struct absences *absences, size_t symbol, int64_t before_id)
{
	for (size_t at = 0; at < absences->count;)
		if (absences->entries[at].symbol == symbol &&
		    absences->entries[at].last_id < before_id)
			drop(absences, at);
		else
			at++;
}
