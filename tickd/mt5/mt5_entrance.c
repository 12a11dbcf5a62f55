#define _GNU_SOURCE
#include "tickd/mt5/mt5_entrance.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ADDRESS_SIZE 64
#define SPACE " \t\r\n"
#define LINE_SIZE (4 * MT5_TOKEN_MAX) /* a token with much space around it */

/* ---- tokens ---- */

/* The first line, which may end with the file. */
static int
read_line(const char *file, char line[static LINE_SIZE], struct problem *problem)
{
	FILE *stream = fopen(file, "re");
	int error;

	if (stream == NULL)
		return problem_set(problem, -errno, "%s cannot be read: %s", file, strerror(errno));
	errno = 0;
	if (fgets(line, LINE_SIZE, stream) == NULL)
		line[0] = '\0';
	error = ferror(stream) ? (errno != 0 ? -errno : -EIO) : 0;
	fclose(stream);
	return error == 0 ? 0 : problem_set(problem, error, "%s cannot be read: %s", file,
				    strerror(-error));
}

int
mt5_token_read(const char *file, char token[static MT5_TOKEN_MAX + 1], struct problem *problem)
{
	char line[LINE_SIZE], *begin;
	int error = read_line(file, line, problem);
	size_t length;

	if (error < 0)
		return error;
	begin = line + strspn(line, SPACE);
	length = strlen(begin);
	while (length > 0 && strchr(SPACE, begin[length - 1]) != NULL)
		begin[--length] = '\0';
	for (size_t i = 0; i < length; i++)
		if (begin[i] < '!' || begin[i] > '~')
			return problem_set(problem, -EINVAL,
			    "%s: a token has printable characters only, and no space", file);
	if (length < MT5_TOKEN_MIN || length > MT5_TOKEN_MAX)
		return problem_set(problem, -EINVAL, "%s: a token has %d to %d characters", file,
		    MT5_TOKEN_MIN, MT5_TOKEN_MAX);
	memcpy(token, begin, length + 1);
	return 0;
}

bool
mt5_token_equal(const char *token, const char *given)
{
	char expected[MT5_TOKEN_MAX + 1] = "", text[MT5_TOKEN_MAX + 1] = "";

	if (token[0] == '\0' || strlen(token) > MT5_TOKEN_MAX || strlen(given) > MT5_TOKEN_MAX)
		return false;
	memcpy(expected, token, strlen(token));
	memcpy(text, given, strlen(given));
	return CRYPTO_memcmp(expected, text, sizeof(expected)) == 0;
}

/* ---- addresses ---- */

struct guesser {
	char address[ADDRESS_SIZE];
	int64_t failures_us[MT5_FAILURES_MAX]; /* the last ones, the newest last */
	int failures;
	int64_t refused_until_us; /* with that many of them */
};

struct mt5_entrance {
	size_t count;
	struct guesser guessers[MT5_ADDRESSES_MAX];
};

struct mt5_entrance *
mt5_entrance_create(void)
{
	return calloc(1, sizeof(struct mt5_entrance));
}

void
mt5_entrance_free(struct mt5_entrance *entrance)
{
	free(entrance);
}

static size_t
find(const struct mt5_entrance *entrance, const char *address)
{
	size_t i = 0;

	while (i < entrance->count &&
	    strncmp(entrance->guessers[i].address, address, ADDRESS_SIZE - 1) != 0)
		i++;
	return i;
}

static bool
is_refused(const struct guesser *guesser, int64_t now_us)
{
	return guesser->failures == MT5_FAILURES_MAX && now_us < guesser->refused_until_us;
}

bool
mt5_entrance_refused(const struct mt5_entrance *entrance, const char *address, int64_t now_us)
{
	size_t i = find(entrance, address);

	return i < entrance->count && is_refused(&entrance->guessers[i], now_us);
}

static int64_t
newest(const struct guesser *guesser)
{
	return guesser->failures_us[guesser->failures - 1];
}

/* A place for another address: that of the one that failed longest ago, where all are taken. */
static struct guesser *
add(struct mt5_entrance *entrance, const char *address)
{
	struct guesser *guesser = entrance->guessers;

	if (entrance->count < MT5_ADDRESSES_MAX)
		guesser = &entrance->guessers[entrance->count++];
	else
		for (size_t i = 1; i < entrance->count; i++)
			if (newest(&entrance->guessers[i]) < newest(guesser))
				guesser = &entrance->guessers[i];
	memset(guesser, 0, sizeof(*guesser));
	snprintf(guesser->address, ADDRESS_SIZE, "%s", address);
	return guesser;
}

/* Leaves those of the last minute; after a minute's refusal all begins anew. */
static void
forget(struct guesser *guesser, int64_t now_us)
{
	int old = 0;

	if (guesser->failures == MT5_FAILURES_MAX) {
		guesser->failures = 0;
		return;
	}
	while (old < guesser->failures && now_us - guesser->failures_us[old] >= MT5_FAILURES_US)
		old++;
	guesser->failures -= old;
	memmove(guesser->failures_us, guesser->failures_us + old,
	    (size_t)guesser->failures * sizeof(guesser->failures_us[0]));
}

bool
mt5_entrance_failed(struct mt5_entrance *entrance, const char *address, int64_t now_us)
{
	size_t i = find(entrance, address);
	struct guesser *guesser =
	    i < entrance->count ? &entrance->guessers[i] : add(entrance, address);

	if (is_refused(guesser, now_us))
		return false;
	forget(guesser, now_us);
	guesser->failures_us[guesser->failures++] = now_us;
	if (guesser->failures < MT5_FAILURES_MAX)
		return false;
	guesser->refused_until_us = now_us + MT5_FAILURES_US;
	return true;
}
