/* dtms: what the trades under watch are, why, and the questions that change them. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "tradingctl/command.h"
#include "tradingctl/commands.h"
#include "tradingctl/dtms_commands.h"

/* The word that comes first says which one it is. */
static const struct command forms[] = {
	{"enable", "TICKET SYMBOL BUY|SELL ENTRY VOLUME [--sl P] [--tp P] [--initial-sl P]"
		   " [--account A]", "",
	    OPTION_SL | OPTION_TP | OPTION_INITIAL_SL | OPTION_ACCOUNT, 6, 6, dtms_enable},
	{"disable", "TICKET [--account A]", "", OPTION_ACCOUNT, 2, 2, dtms_disable},
	{"off", "", "", 0, 1, 1, dtms_off},
	{"on", "", "", 0, 1, 1, dtms_on},
	{0},
};

/* Of the forms that only look: the list, and one trade. */
static const struct command list_form = {"", "[--all] [--account A]", "",
	OPTION_ALL | OPTION_ACCOUNT, 0, 0, dtms_list};
static const struct command trade_form = {"TICKET", "[--account A] [--limit N]", "",
	OPTION_ACCOUNT | OPTION_LIMIT, 1, 1, dtms_show_trade};

int
dtms_read_ticket(const char *text, int64_t *ret)
{
	char *end;
	long long value;

	errno = 0;
	value = strtoll(text, &end, 10);
	if (errno != 0 || *end != '\0' || value < 1 || text[0] < '0' || text[0] > '9')
		return complain(EX_USAGE, "%.64s is no ticket: expected a whole number from 1 on",
		    text);
	*ret = value;
	return 0;
}

static const struct command *
form_of(const struct arguments *arguments)
{
	int64_t ticket;

	if (arguments->word_count == 0)
		return &list_form;
	for (const struct command *form = forms; form->name != NULL; form++)
		if (strcmp(form->name, arguments->words[0]) == 0)
			return form;
	return dtms_read_ticket(arguments->words[0], &ticket) == 0 ? &trade_form : NULL;
}

int
command_dtms(const struct arguments *arguments)
{
	const struct command *form = form_of(arguments);

	if (form == NULL)
		return EX_USAGE;
	if (arguments->word_count < form->words_min || arguments->word_count > form->words_max ||
	    (arguments->given & ~form->accepts))
		return complain(EX_USAGE, "usage: tradingctl dtms%s%s%s%s",
		    form->name[0] == '\0' ? "" : " ", form->name,
		    form->usage[0] == '\0' ? "" : " ", form->usage);
	return form->run(arguments);
}
