/*
 * Lines that are read to a message, or refused with a sentence: a reader in *state.
 */
#ifndef TESTS_UNIT_TICKD_TERMINAL_MESSAGES_H
#define TESTS_UNIT_TICKD_TERMINAL_MESSAGES_H

#include <errno.h>

#include "tests/unit/tickd/terminal_lines.h"

static inline int
make_reader(void **state)
{
	*state = mt5_reader_create();
	return *state == NULL ? -1 : 0;
}

static inline int
free_reader(void **state)
{
	mt5_reader_free(*state);
	return 0;
}

static inline struct mt5_message
message_of(void **state, const char *text)
{
	struct mt5_message message;
	struct problem problem;
	int error =
	    terminal_line(*state, mt5_message_read, text, strlen(text), &message, &problem);

	if (error != 0)
		fail_msg("%s: %d, %s", text, error, error != -ENOMEM ? problem.text : "no memory");
	return message;
}

/* The sentence; a message that was there before is what it was. */
static inline const char *
refused(void **state, const char *text, int expected)
{
	static struct problem problem;
	struct mt5_message message, before;
	int error;

	memset(&before, 0x5a, sizeof(before));
	memcpy(&message, &before, sizeof(before));
	problem.text[0] = '\0';
	error = terminal_line(*state, mt5_message_read, text, strlen(text), &message, &problem);
	if (error != expected)
		fail_msg("%s: %d and not %d", text, error, expected);
	assert_memory_equal(&message, &before, sizeof(before));
	return problem.text;
}

static inline struct mt5_message
changed(void **state, const char *example, const char *path, const char *value)
{
	char *text = terminal_changed(example, path, value);
	struct mt5_message message = message_of(state, text);

	free(text);
	return message;
}

struct fault {
	const char *path, *value, *sentence; /* value NULL: the member is not there */
};

static inline void
check_faults(void **state, const char *example, const struct fault *faults, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		char *text = terminal_changed(example, faults[i].path, faults[i].value);
		const char *said = refused(state, text, -EINVAL);

		if (strcmp(said, faults[i].sentence) != 0)
			fail_msg("%s = %s: \"%s\" and not \"%s\"", faults[i].path, faults[i].value,
			    said, faults[i].sentence);
		free(text);
	}
}

#define CHECK_FAULTS(state, example, faults)                                                       \
	check_faults(state, example, faults, sizeof(faults) / sizeof((faults)[0]))

/* A JSON text of so many letters, in one of two buffers that take turns. */
static inline const char *
letters(size_t length)
{
	static char buffers[2][512];
	static unsigned turn;
	char *text = buffers[turn++ % 2];

	assert_true(length + 3 <= sizeof(buffers[0]));
	text[0] = '"';
	memset(text + 1, 'x', length);
	memcpy(text + 1 + length, "\"", 2);
	return text;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_reader, free_reader)

#endif
