/*
 * RUNTIME/tickd/control.sock: what tickd answers, a line of the table each.
 *
 *   {"command":"import","name":NAME[,"source"][,"symbol"][,"utc_offset_s":N][,"confirmed":true]}
 *       with the file; answered {"import":NUMBER}
 *   {"command":"import-progress","import":NUMBER}  answered as imports_progress() says
 *   {"command":"import-cancel","import":NUMBER}    answered {"ok":true}
 */
#ifndef TICKD_CONTROL_COMMANDS_H
#define TICKD_CONTROL_COMMANDS_H

#include <uv.h>

#include "common/problem.h"
#include "common/settings.h"
#include "tickd/import/import.h"

struct control_commands;

/* Whoever calls holds the lease of the database.  `imports` outlives it.  0 or -errno. */
__attribute__((warn_unused_result)) int
control_commands_create(struct control_commands **ret, uv_loop_t *loop,
    const struct settings *settings, struct imports *imports, struct problem *problem);

/* NULL is allowed. */
void
control_commands_close(struct control_commands *commands);

#endif
