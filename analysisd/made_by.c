#include "analysisd/made_by.h"

#include <stddef.h>

#include "analysisd/analyses/analyses.h"

/* 64-bit FNV-1a (Fowler, Noll, Vo), over a word and the NUL that ends it. */
static uint64_t
mix(uint64_t hash, const char *word)
{
	do
		hash = (hash ^ (unsigned char)*word) * UINT64_C(0x100000001b3);
	while (*word++ != '\0');
	return hash;
}

int64_t
made_by(const char *paired)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; analyses[i] != NULL; i++)
		hash = mix(hash, analyses[i]->type);
	hash = mix(hash, paired == NULL ? "" : paired);
	/* 0 is what stands beside results of programs that did not say it. */
	return hash == 0 ? 1 : (int64_t)hash;
}
