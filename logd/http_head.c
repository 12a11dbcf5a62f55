#define _GNU_SOURCE
#include "logd/http_head.h"

#include <assert.h>
#include <stdio.h>
#include <time.h>

/* In every answer: nothing is guessed, framed, or told to another site. */
#define SECURITY_HEADERS                                                                           \
	"X-Content-Type-Options: nosniff\r\n"                                                     \
	"Referrer-Policy: no-referrer\r\n"                                                        \
	"Content-Security-Policy: default-src 'self'; frame-ancestors 'none'\r\n"

static const char *
reason(int status)
{
	static const struct {
		int status;
		const char *words;
	} reasons[] = {
		{200, "OK"},
		{304, "Not Modified"},
		{400, "Bad Request"},
		{403, "Forbidden"},
		{404, "Not Found"},
		{405, "Method Not Allowed"},
		{408, "Request Timeout"},
		{409, "Conflict"},
		{413, "Content Too Large"},
		{414, "URI Too Long"},
		{421, "Misdirected Request"},
		{431, "Request Header Fields Too Large"},
		{501, "Not Implemented"},
		{503, "Service Unavailable"},
		{504, "Gateway Timeout"},
		{505, "HTTP Version Not Supported"},
	};

	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
		if (reasons[i].status == status)
			return reasons[i].words;
	return "Error";
}

/* RFC 9110's form, in a buffer that any date fits. */
static void
write_date(char date[static 40])
{
	static const char *const days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
	static const char *const months[] = {
		"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
	time_t now = time(NULL);
	struct tm utc;

	gmtime_r(&now, &utc);
	snprintf(date, 40, "%s, %02d %s %d %02d:%02d:%02d GMT", days[utc.tm_wday], utc.tm_mday % 100,
	    months[utc.tm_mon], (utc.tm_year + 1900) % 10000, utc.tm_hour % 100, utc.tm_min % 100,
	    utc.tm_sec % 100);
}

size_t
http_head_write(const struct answer *answer, size_t length, bool last,
    char buffer[static HTTP_HEAD_SIZE])
{
	char date[40], length_line[48] = "";
	int written;

	/* A 304 has no body and says nothing of the length that it would have. */
	if (answer->status != 304)
		snprintf(length_line, sizeof(length_line), "Content-Length: %zu\r\n", length);
	write_date(date);
	written = snprintf(buffer, HTTP_HEAD_SIZE,
	    "HTTP/1.1 %d %s\r\nDate: %s\r\nContent-Type: %s\r\n%s"
	    "Cache-Control: %s\r\n" SECURITY_HEADERS "%s%s%s%s%s%s%s\r\n",
	    answer->status, reason(answer->status), date, answer->type, length_line,
	    answer->etag != NULL ? "no-cache" : "no-store",
	    answer->etag != NULL ? "ETag: " : "", answer->etag != NULL ? answer->etag : "",
	    answer->etag != NULL ? "\r\n" : "", answer->allow != NULL ? "Allow: " : "",
	    answer->allow != NULL ? answer->allow : "", answer->allow != NULL ? "\r\n" : "",
	    last ? "Connection: close\r\n" : "");
	assert(written > 0 && written < HTTP_HEAD_SIZE);
	return (size_t)written;
}
