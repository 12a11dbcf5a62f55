/*
 * What a connection is sent: which frame is the next one, what its faults make of it, and the
 * WebSocket frames around it, many in one write.
 */
#ifndef MARKETSIM_OUTGOING_H
#define MARKETSIM_OUTGOING_H

#include <stddef.h>

struct connection;

#define OPCODE_TEXT 1
#define OPCODE_PING 9
#define FRAME_HEADER_MAX 10

/* Writes the header of an unmasked, whole frame (FRAME_HEADER_MAX bytes); returns its length. */
size_t
outgoing_header(unsigned char *to, int opcode, size_t length);

/* Appends a WebSocket frame to the `staged` bytes of the exchange; returns the new length. */
size_t
outgoing_stage(struct connection *connection, size_t staged, int opcode, const char *text,
    size_t length);

/* Fills the staging area with what is due.  0 or a negative errno. */
__attribute__((warn_unused_result)) int
outgoing_fill(struct connection *connection, size_t *staged);

#endif
