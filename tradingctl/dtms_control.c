/* dtms enable, disable, off and on: questions to analysisd, which alone writes. */
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "tradingctl/analysis_database.h"
#include "tradingctl/command.h"
#include "tradingctl/dtms_commands.h"
#include "tradingctl/print_json.h"

/* ---- what is asked ---- */

/* JSON is UTF-8: other bytes are nobody's name. */
static int
set_word(json_t *question, const char *key, const char *text)
{
	json_t *value = text == NULL ? NULL : json_string(text);

	if (text != NULL && value == NULL)
		return complain(EX_USAGE, "dtms: the %s is not UTF-8", key);
	return value != NULL && json_object_set_new(question, key, value) < 0 ?
	    complain(EX_OSERR, "out of memory") : 0;
}

static int
set_ticket(json_t *question, const char *text)
{
	int64_t ticket = 0;
	int status = dtms_read_ticket(text, &ticket);

	if (status != 0)
		return status;
	return json_object_set_new(question, "ticket", json_integer(ticket)) < 0 ?
	    complain(EX_OSERR, "out of memory") : 0;
}

static int
check_numbers(const char *entry, const char *volume)
{
	if (!is_positive_decimal(entry))
		return complain(EX_USAGE, "dtms enable: the entry price %.64s: expected a price"
		    " above 0, as 65000.5", entry);
	if (!is_positive_decimal(volume))
		return complain(EX_USAGE, "dtms enable: the volume %.64s: expected a volume"
		    " above 0, as 0.25", volume);
	return 0;
}

static int
fill_trade(json_t *question, const struct arguments *arguments)
{
	char *const *words = arguments->words;
	const struct {
		const char *key, *text;
	} members[] = {
		{"symbol", words[2]}, {"direction", words[3]}, {"entry_price", words[4]},
		{"volume", words[5]}, {"account", arguments->account},
		{"stop_loss", arguments->stop_loss}, {"take_profit", arguments->take_profit},
		{"initial_stop_loss", arguments->initial_stop_loss},
	};
	int status = set_ticket(question, words[1]);

	if (status == 0 && strcmp(words[3], "BUY") != 0 && strcmp(words[3], "SELL") != 0)
		status = complain(EX_USAGE, "dtms enable: the direction %.64s: expected BUY or"
		    " SELL", words[3]);
	if (status == 0)
		status = check_numbers(words[4], words[5]);
	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]) && status == 0; i++)
		status = set_word(question, members[i].key, members[i].text);
	return status;
}

/* ---- asking ---- */

/* Takes the question, which is filled as far as status is 0; prints the answer, or `text` of it. */
static int
ask(const struct arguments *arguments, json_t *question, int status, const char *text)
{
	json_t *answer;

	if (status != 0) {
		json_decref(question);
		return status;
	}
	status = analysisd_ask(arguments->settings, question, &answer);
	if (status != 0)
		return status;
	if (arguments->json)
		return print_json_document(answer, EX_OK);
	json_decref(answer);
	puts(text);
	return EX_OK;
}

int
dtms_enable(const struct arguments *arguments)
{
	json_t *question = json_pack("{s:s}", "command", "dtms-enable");
	int status = question == NULL ? 0 : fill_trade(question, arguments);
	char text[512];

	snprintf(text, sizeof(text), "%s %s, ticket %s, is under watch from the next check on",
	    arguments->words[2], arguments->words[3], arguments->words[1]);
	return ask(arguments, question, status, text);
}

int
dtms_disable(const struct arguments *arguments)
{
	json_t *question = json_pack("{s:s}", "command", "dtms-disable");
	int status = question == NULL ? 0 : set_ticket(question, arguments->words[1]);
	char text[512];

	if (question != NULL && status == 0)
		status = set_word(question, "account", arguments->account);
	snprintf(text, sizeof(text), "ticket %s is under watch no more from the next check on",
	    arguments->words[1]);
	return ask(arguments, question, status, text);
}

int
dtms_off(const struct arguments *arguments)
{
	return ask(arguments, json_pack("{s:s}", "command", "dtms-off"), 0,
	    "DTMS is off: no action is taken until `tradingctl dtms on`");
}

int
dtms_on(const struct arguments *arguments)
{
	return ask(arguments, json_pack("{s:s}", "command", "dtms-on"), 0, "DTMS is on");
}
