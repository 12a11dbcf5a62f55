#include "tradingctl/ledger.h"

size_t
ledger_split(int64_t first_id, int64_t last_id, const struct ledger_gap *gaps, size_t count,
    struct ledger_part *parts)
{
	int64_t at = first_id;
	size_t found = 0;

	for (size_t i = 0; i < count && at <= last_id; i++) {
		int64_t end = gaps[i].last_id < last_id ? gaps[i].last_id : last_id;

		if (gaps[i].first_id > last_id || end < at)
			continue;
		if (gaps[i].first_id > at) {
			parts[found++] = (struct ledger_part){at, gaps[i].first_id - 1, NULL};
			at = gaps[i].first_id;
		}
		parts[found++] = (struct ledger_part){at, end, &gaps[i]};
		at = end + 1;
	}
	if (at <= last_id)
		parts[found++] = (struct ledger_part){at, last_id, NULL};
	return found;
}
