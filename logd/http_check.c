#define _GNU_SOURCE
#include "logd/http_check.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

/* A piece of the head: [at, end). */
struct span {
	const char *at, *end;
};

static void
refuse(struct http_check *check, int status, const char *code, const char *message)
{
	check->status = status;
	check->code = code;
	check->message = message;
}

static size_t
span_length(struct span span)
{
	return (size_t)(span.end - span.at);
}

static bool
span_is(struct span span, const char *word)
{
	return span_length(span) == strlen(word) && strncasecmp(span.at, word, strlen(word)) == 0;
}

/* The next line without its end; *rest moves behind it. */
static struct span
next_line(struct span *rest)
{
	const char *newline = memchr(rest->at, '\n', span_length(*rest));
	struct span line = {rest->at, newline == NULL ? rest->end : newline};

	rest->at = newline == NULL ? rest->end : newline + 1;
	if (line.end > line.at && line.end[-1] == '\r')
		line.end--;
	return line;
}

/* RFC 9110's token: names of methods and headers. */
static bool
is_token(struct span span)
{
	for (const char *at = span.at; at < span.end; at++)
		if (!isalnum((unsigned char)*at) && (*at == '\0' ||
			strchr("!#$%&'*+-.^_`|~", *at) == NULL))
			return false;
	return span.at < span.end;
}

static void
copy(char *target, size_t size, struct span span)
{
	size_t length = span_length(span) < size - 1 ? span_length(span) : size - 1;

	if (length == 0) {
		target[0] = '?';
		target[1] = '\0';
		return;
	}
	memcpy(target, span.at, length);
	target[length] = '\0';
}

/* ---- the request line ---- */

static bool
target_is_sound(struct span target)
{
	for (const char *at = target.at; at < target.end; at++) {
		unsigned char c = (unsigned char)*at;

		if (c < 0x21 || c == 0x7f)
			return false;
		if (c != '%')
			continue;
		if (target.end - at < 3 || !isxdigit((unsigned char)at[1]) ||
		    !isxdigit((unsigned char)at[2]) || (at[1] == '0' && at[2] == '0'))
			return false;
	}
	return target.at < target.end && *target.at == '/';
}

static bool
is_known_method(struct span method)
{
	static const char *const known[] = {"GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (span_length(method) == strlen(known[i]) &&
		    memcmp(method.at, known[i], strlen(known[i])) == 0)
			return true;
	return false;
}

/* Splits the line into its three parts, and names the first two for the log. */
static struct span
split_line(struct span line, struct span *ret_method, struct span *ret_target,
    struct http_check *check)
{
	const char *first = memchr(line.at, ' ', span_length(line));
	const char *last = memrchr(line.at, ' ', span_length(line));
	struct span path;

	if (first == NULL || first == last) {
		*ret_method = *ret_target = (struct span){line.at, line.at};
		return (struct span){line.at, line.at};
	}
	*ret_method = (struct span){line.at, first};
	*ret_target = path = (struct span){first + 1, last};
	if (is_token(*ret_method))
		copy(check->method, sizeof(check->method), *ret_method);
	path.end = memchr(path.at, '?', span_length(path));
	if (path.end == NULL)
		path.end = last;
	copy(check->path, sizeof(check->path), path);
	return (struct span){last + 1, line.end};
}

static bool
line_is_sound(struct span line, struct http_check *check)
{
	struct span method, target, version = split_line(line, &method, &target, check);

	if (!is_token(method))
		refuse(check, 400, "bad_request", "this is no HTTP request line");
	else if (!span_is(version, "HTTP/1.1") && !span_is(version, "HTTP/1.0"))
		refuse(check, 505, "bad_version", "HTTP/1.1 and HTTP/1.0 are spoken here");
	else if (!is_known_method(method))
		refuse(check, 501, "unknown_method", "this method is not known here");
	else if (!target_is_sound(target))
		refuse(check, 400, "bad_target",
		    "the path begins with / and has no control characters and no broken escapes");
	return check->status == 0;
}

/* ---- headers ---- */

/* What may come only once. */
struct seen {
	int hosts, lengths, encodings, headers;
};

/* Digits only; -1 for what is no length that we can count. */
static int64_t
read_length(struct span value)
{
	int64_t length = 0;

	if (value.at == value.end || span_length(value) > 15)
		return -1;
	for (const char *at = value.at; at < value.end; at++) {
		if (!isdigit((unsigned char)*at))
			return -1;
		length = length * 10 + (*at - '0');
	}
	return length;
}

static void
check_length(struct span value, int64_t body_max, struct http_check *check)
{
	int64_t length = read_length(value);

	if (length < 0)
		refuse(check, 400, "bad_length", "Content-Length is no number");
	else if (length > body_max)
		refuse(check, 413, "body_too_large", "the body is longer than [api] body allows");
}

static bool
header_is_sound(struct span line, int64_t body_max, struct seen *seen, struct http_check *check)
{
	const char *colon = memchr(line.at, ':', span_length(line));
	struct span name = {line.at, colon == NULL ? line.at : colon};
	struct span value = {colon == NULL ? line.end : colon + 1, line.end};

	if (!is_token(name)) {
		refuse(check, 400, "bad_header", "a header line is NAME: VALUE");
		return false;
	}
	while (value.at < value.end && (*value.at == ' ' || *value.at == '\t'))
		value.at++;
	while (value.end > value.at && (value.end[-1] == ' ' || value.end[-1] == '\t'))
		value.end--;
	for (const char *at = value.at; at < value.end; at++)
		if (((unsigned char)*at < 0x20 && *at != '\t') || *at == 0x7f)
			refuse(check, 400, "bad_header", "a header has a control character");
	if (++seen->headers > HTTP_CHECK_HEADERS_MAX)
		refuse(check, 431, "too_many_headers", "a request has at most 100 headers");
	seen->hosts += span_is(name, "Host");
	seen->encodings += span_is(name, "Transfer-Encoding");
	if (span_is(name, "Content-Length")) {
		seen->lengths++;
		check_length(value, body_max, check);
	}
	return check->status == 0;
}

size_t
http_check_head_length(const char *bytes, size_t length)
{
	for (size_t i = 0; i + 1 < length; i++) {
		if (bytes[i] != '\n')
			continue;
		if (bytes[i + 1] == '\n')
			return i + 2;
		if (bytes[i + 1] == '\r' && i + 2 < length && bytes[i + 2] == '\n')
			return i + 3;
	}
	return 0;
}

static void
start(struct http_check *check)
{
	*check = (struct http_check){.method = "?", .path = "?"};
}

void
http_check_head(const char *head, size_t length, int64_t body_max, struct http_check *ret_check)
{
	struct span rest = {head, head + length};
	struct seen seen = {0};

	start(ret_check);
	if (!line_is_sound(next_line(&rest), ret_check))
		return;
	while (rest.at < rest.end) {
		struct span line = next_line(&rest);

		if (line.at == line.end)
			break;
		if (!header_is_sound(line, body_max, &seen, ret_check))
			return;
	}
	if (seen.hosts != 1)
		refuse(ret_check, 400, "host_missing", "a request has one Host header");
	else if (seen.lengths > 1 || (seen.lengths > 0 && seen.encodings > 0))
		refuse(ret_check, 400, "bad_length", "the length of the body is given twice");
}

static bool
is_kept(struct span line)
{
	static const char *const kept[] = {"Host", "Origin", "If-None-Match", "Accept", "Connection",
		"Content-Length", "Transfer-Encoding", "Authorization", "Cookie"};
	const char *colon = memchr(line.at, ':', span_length(line));

	if (colon == NULL) /* the empty line */
		return true;
	for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++)
		if (span_is((struct span){line.at, colon}, kept[i]))
			return true;
	return false;
}

size_t
http_check_strip(char *head, size_t length)
{
	struct span rest = {head, head + length};
	char *to;

	next_line(&rest);
	to = head + (rest.at - head);
	while (rest.at < rest.end) {
		const char *start_of_line = rest.at;
		struct span line = next_line(&rest);
		size_t whole = (size_t)(rest.at - start_of_line);

		if (!is_kept(line))
			continue;
		memmove(to, start_of_line, whole);
		to += whole;
	}
	return (size_t)(to - head);
}

/* Names what can be seen of a request that is not whole. */
static void
name_request(const char *bytes, size_t length, struct http_check *check)
{
	struct span rest = {bytes, bytes + length}, method, target;

	start(check);
	split_line(next_line(&rest), &method, &target, check);
}

void
http_check_too_long(const char *bytes, size_t length, struct http_check *ret_check)
{
	name_request(bytes, length, ret_check);
	if (memchr(bytes, '\n', length) == NULL)
		refuse(ret_check, 414, "uri_too_long", "the request line is too long");
	else
		refuse(ret_check, 431, "headers_too_large", "the headers are longer than 8 KiB");
}

void
http_check_too_late(const char *bytes, size_t length, struct http_check *ret_check)
{
	name_request(bytes, length, ret_check);
	refuse(ret_check, 408, "request_too_slow", "the request did not come within 10 seconds");
}
