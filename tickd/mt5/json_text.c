#include "tickd/mt5/json_text.h"

#include <stdlib.h>
#include <string.h>

char *
json_text(const json_t *value, const char *end)
{
	size_t length = json_dumpb(value, NULL, 0, JSON_COMPACT);
	char *text = length > 0 ? malloc(length + strlen(end) + 1) : NULL;

	if (text == NULL)
		return NULL;
	if (json_dumpb(value, text, length, JSON_COMPACT) != length) {
		free(text);
		return NULL;
	}
	memcpy(text + length, end, strlen(end) + 1);
	return text;
}
