#include "logd/cursor.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

/*
 * Bytes, big-endian: symbol 4, time 8, id 8, and a check byte so that a mistyped cursor is an
 * error and not another place.  Seven times three: base64 needs no padding.
 */
#define CURSOR_BYTES 21
#define CURSOR_CHARACTERS (CURSOR_BYTES / 3 * 4)

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

static unsigned char
check_byte(const unsigned char *bytes)
{
	unsigned sum = 0x5a;

	for (int i = 0; i < CURSOR_BYTES - 1; i++)
		sum = (sum * 31 + bytes[i]) & 0xffff;
	return (unsigned char)(sum >> 8 ^ sum);
}

static void
put(unsigned char *bytes, int length, int64_t value)
{
	for (int i = length - 1; i >= 0; i--) {
		bytes[i] = (unsigned char)((uint64_t)value & 0xff);
		value = (int64_t)((uint64_t)value >> 8);
	}
}

static int64_t
get(const unsigned char *bytes, int length)
{
	uint64_t value = 0;

	for (int i = 0; i < length; i++)
		value = value << 8 | bytes[i];
	return (int64_t)value;
}

void
cursor_write(const struct cursor *cursor, char text[static CURSOR_SIZE])
{
	unsigned char bytes[CURSOR_BYTES];

	put(bytes, 4, cursor->symbol_id);
	put(bytes + 4, 8, cursor->time_us);
	put(bytes + 12, 8, cursor->tick_id);
	bytes[20] = check_byte(bytes);
	for (int i = 0; i < CURSOR_BYTES / 3; i++) {
		unsigned bits = (unsigned)bytes[3 * i] << 16 | (unsigned)bytes[3 * i + 1] << 8 |
		    bytes[3 * i + 2];

		for (int j = 0; j < 4; j++)
			text[4 * i + j] = digits[bits >> (18 - 6 * j) & 63];
	}
	text[CURSOR_CHARACTERS] = '\0';
}

int
cursor_read(const char *text, struct cursor *ret_cursor)
{
	unsigned char bytes[CURSOR_BYTES];

	if (strlen(text) != CURSOR_CHARACTERS)
		return -EINVAL;
	for (int i = 0; i < CURSOR_BYTES / 3; i++) {
		unsigned bits = 0;

		for (int j = 0; j < 4; j++) {
			const char *digit = strchr(digits, text[4 * i + j]);

			if (digit == NULL)
				return -EINVAL;
			bits = bits << 6 | (unsigned)(digit - digits);
		}
		put(bytes + (ptrdiff_t)3 * i, 3, bits);
	}
	if (bytes[20] != check_byte(bytes))
		return -EINVAL;
	*ret_cursor = (struct cursor){get(bytes, 4), get(bytes + 4, 8), get(bytes + 12, 8)};
	return 0;
}
