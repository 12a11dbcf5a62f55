#include "logd/answer.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#define JSON_TYPE "application/json"

void
answer_init(struct answer *answer)
{
	*answer = (struct answer){.status = 200, .type = JSON_TYPE};
	json_text_init(&answer->text, ANSWER_BODY_MAX);
}

void
answer_finish(struct answer *answer)
{
	json_text_finish(&answer->text);
}

void
answer_error(struct answer *answer, int status, const char *code, const char *format, ...)
{
	char message[1024];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(message, sizeof(message), format, arguments);
	va_end(arguments);
	json_text_finish(&answer->text);
	json_text_init(&answer->text, ANSWER_BODY_MAX);
	answer->status = status;
	answer->type = JSON_TYPE;
	answer->fixed = NULL;
	answer->etag = NULL;
	json_text_open(&answer->text, '{');
	json_text_key(&answer->text, "error");
	json_text_open(&answer->text, '{');
	json_text_key(&answer->text, "code");
	json_text_string(&answer->text, code);
	json_text_key(&answer->text, "message");
	json_text_string(&answer->text, message);
	json_text_close(&answer->text, '}');
	json_text_close(&answer->text, '}');
}

void
answer_database_error(struct answer *answer, int error, const char *sentence)
{
	if (error == -ECANCELED)
		answer_error(answer, 504, "query_too_long",
		    "the query was given up at the time limit ([api] query_time): ask for less");
	else if (error == -ENOENT)
		answer_error(answer, 503, "database_missing", "%s", sentence);
	else
		answer_error(answer, 503, "database_unavailable", "%s", sentence);
}
