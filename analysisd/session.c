#include "analysisd/session.h"

#include <stddef.h>

#include "common/clock.h"

#define HOUR_US (3600 * CLOCK_SECOND_US)

/* Tried in order: the overlap lies inside both London and New York. */
static const struct {
	int from_hour, to_hour;
	enum session session;
} hours[] = {
	{13, 16, SESSION_OVERLAP},
	{0, 8, SESSION_ASIAN},
	{8, 16, SESSION_LONDON},
	{13, 21, SESSION_NEW_YORK},
};

enum session
session_at(int64_t time_us)
{
	int64_t of_day_us = time_us % CLOCK_DAY_US, hour;

	if (of_day_us < 0)
		of_day_us += CLOCK_DAY_US;
	hour = of_day_us / HOUR_US;
	for (size_t i = 0; i < sizeof(hours) / sizeof(hours[0]); i++)
		if (hour >= hours[i].from_hour && hour < hours[i].to_hour)
			return hours[i].session;
	return SESSION_ASIAN;
}

const char *
session_name(enum session session)
{
	static const char *const names[] = {
		[SESSION_ASIAN] = "Asian",
		[SESSION_LONDON] = "London",
		[SESSION_NEW_YORK] = "NewYork",
		[SESSION_OVERLAP] = "Overlap",
	};

	return names[session];
}
