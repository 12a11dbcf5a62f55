/*
 * The trading session that a moment belongs to (dtms.md, "Regime").  Pure; UTC hours, start
 * inclusive, end exclusive: Overlap 13-16 before all others, Asian 0-8, London 8-16,
 * NewYork 13-21, and Asian again from 21 on.
 */
#ifndef ANALYSISD_SESSION_H
#define ANALYSISD_SESSION_H

#include <stdint.h>

enum session { SESSION_ASIAN, SESSION_LONDON, SESSION_NEW_YORK, SESSION_OVERLAP };

enum session
session_at(int64_t time_us);

/* "Asian", "London", "NewYork", "Overlap". */
const char *
session_name(enum session session);

#endif
