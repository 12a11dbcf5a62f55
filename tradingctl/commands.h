/* One file per command; each returns its exit status. */
#ifndef TRADINGCTL_COMMANDS_H
#define TRADINGCTL_COMMANDS_H

struct arguments;

int
command_status(const struct arguments *arguments);

int
command_watch(const struct arguments *arguments);

int
command_ticks(const struct arguments *arguments);

int
command_candles(const struct arguments *arguments);

int
command_gaps(const struct arguments *arguments);

int
command_analysis(const struct arguments *arguments);

int
command_dtms(const struct arguments *arguments);

int
command_actions(const struct arguments *arguments);

int
command_verify(const struct arguments *arguments);

int
command_import(const struct arguments *arguments);

int
command_access(const struct arguments *arguments);

int
command_settings(const struct arguments *arguments);

int
command_restart(const struct arguments *arguments);

int
command_stop(const struct arguments *arguments);

#endif
