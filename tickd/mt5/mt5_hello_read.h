/* A `hello` -> struct mt5_hello.  Pure.  doc/mt5_protocol.md says what is in it. */
#ifndef TICKD_MT5_HELLO_READ_H
#define TICKD_MT5_HELLO_READ_H

#include "tickd/mt5/mt5_fields.h"
#include "tickd/mt5/mt5_message.h"

/*
 * The symbols are written to *symbols, grown to what they need (*room).  0; -EINVAL with the
 * sentence; -ENOMEM.  Where it is 0, mt5_hello_release() follows.
 */
__attribute__((warn_unused_result)) int
mt5_hello_read(const struct mt5_part *message, struct mt5_hello *ret, struct mt5_symbol **symbols,
    size_t *room);

/* Frees what the symbols own, not themselves. */
void
mt5_hello_release(struct mt5_symbol *symbols, size_t count);

#endif
