#include "analysisd/aliases.h"

#include <stddef.h>
#include <string.h>

const char *
aliases_follow(const struct settings *settings, const char *source, const char *symbol,
    const char **ret_paired)
{
	const struct string_list *aliases =
	    settings == NULL ? NULL : settings_aliases(settings, source);
	const char *name = symbol;

	*ret_paired = NULL;
	for (int i = 0; aliases != NULL && i < ALIASES_FOLLOWED; i++) {
		const char *other = settings_alias(aliases, name);

		if (other == NULL)
			break;
		if (strchr(other, ':') != NULL) {
			*ret_paired = other;
			break;
		}
		name = other;
	}
	return name;
}
