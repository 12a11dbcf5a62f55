/*
 * Ids that the exchange passes over though it has later ones.  Pure.
 *
 * Once may be lag; passed over again after a minute, it is proof that they do not exist.
 */
#ifndef TICKD_ABSENCES_H
#define TICKD_ABSENCES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ABSENCES_MAX 256 /* waiting for proof at once; what finds no place is noted another time */
#define ABSENCES_PROOF_US INT64_C(60000000)

struct absences {
	struct absence {
		size_t symbol;
		int64_t first_id, last_id;
		int64_t since_us; /* monotonic: passed over for the first time */
	} entries[ABSENCES_MAX];
	size_t count;
};

/*
 * An answer passed over first_id..last_id.  True when that proves that *ret_first..*ret_last, all
 * of them or a part, do not exist; they are then forgotten here.
 */
bool
absences_note(struct absences *absences, size_t symbol, int64_t first_id, int64_t last_id,
    int64_t now_us, int64_t *ret_first, int64_t *ret_last);

/* When it is of use to ask for the id again; 0: it was not passed over. */
int64_t
absences_due_us(const struct absences *absences, size_t symbol, int64_t id);

/* No id of the symbol before that one is missing any more. */
void
absences_forget(struct absences *absences, size_t symbol, int64_t before_id);

#endif
