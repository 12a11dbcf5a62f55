/* The rows of tick_watermarks and broker_offsets: read and written, knowing nothing of ticks. */
#ifndef TICKD_MT5_MARKS_H
#define TICKD_MT5_MARKS_H

#include "common/database.h"
#include "tickd/mt5/broker_time.h"
#include "tickd/mt5/mt5_reply.h"

struct mt5_marks;

__attribute__((warn_unused_result)) int
mt5_marks_create(struct mt5_marks **ret, struct database *db);

/* NULL is allowed. */
void
mt5_marks_free(struct mt5_marks *marks);

/* server_ms is TICK_NONE where there is no row. */
__attribute__((warn_unused_result)) int
mt5_marks_read(struct mt5_marks *marks, int64_t symbol_id, struct mt5_watermark *ret);

__attribute__((warn_unused_result)) int
mt5_marks_write(struct mt5_marks *marks, int64_t symbol_id, const struct mt5_watermark *mark);

/* The newest BROKER_OFFSETS_MAX of the source, ascending. */
__attribute__((warn_unused_result)) int
mt5_marks_read_offsets(struct mt5_marks *marks, const char *source,
    struct broker_offset ret[static BROKER_OFFSETS_MAX], size_t *ret_count);

__attribute__((warn_unused_result)) int
mt5_marks_write_offset(struct mt5_marks *marks, const char *source,
    const struct broker_offset *offset);

#endif
