/*
 * What a scenario lets a venue say: POSITION, ACCOUNT, TERMS, ANSWER, BROKER (see script.h), each
 * when its first word is read.
 */
#ifndef TESTS_WATCH_VENUE_COMMANDS_H
#define TESTS_WATCH_VENUE_COMMANDS_H

void
venue_command_position(void);

void
venue_command_account(void);

void
venue_command_terms(void);

void
venue_command_answer(void);

void
venue_command_broker(void);

#endif
