#include "marketsim/faults.h"

#include <string.h>

#define SAME_AGAIN_MAX 4096 /* longer frames are not repeated with more keys */

/* Instead of a frame's data; none is a trade or a quote by any reading. */
static const char *const broken_data[] = {
	"{\"e\":\"trade\",\"E\":\"soon\",\"s\":17,\"t\":\"x\",\"p\":1.5,\"q\":null"
	",\"T\":[],\"m\":\"no\"}",
	"{\"e\":\"trade\",\"E\":1,\"t\":5,\"p\":\"1.0\"}",
	"{\"e\":\"trade\",\"E\":1,\"s\":\"%\",\"t\":5,\"p\":\"61.8.37\",\"q\":\"1\""
	",\"T\":1,\"m\":true,\"M\":true}",
	"{\"e\":\"trade\",\"E\":1,\"s\":\"%\",\"t\":5,\"p\":\"1e5\",\"q\":\"1\""
	",\"T\":1,\"m\":true,\"M\":true}",
	"{\"e\":\"trade\",\"E\":1,\"s\":\"%\",\"t\":5,\"p\":\"\",\"q\":\"-\",\"T\":1"
	",\"m\":true,\"M\":true}",
	"{\"e\":\"trade\",\"E\":1,\"s\":\"%\",\"t\":5"
	",\"p\":\"99999999999999999999.0\",\"q\":\"1\",\"T\":1,"
	"\"m\":true,\"M\":true}",
	"{\"e\":\"trade\",\"E\":1,\"s\":\"%\",\"t\":99999999999999999999999"
	",\"p\":\"1.0\",\"q\":\"1\",\"T\":1,"
	"\"m\":true,\"M\":true}",
	"{\"u\":\"many\",\"s\":null,\"b\":\"1\",\"B\":\"1\",\"a\":\"2\",\"A\":\"2\"}",
	"{\"u\":7,\"b\":\"1\"}",
	"{\"u\":7,\"s\":\"%\",\"b\":\"one\",\"B\":\"1.0\",\"a\":\"2.0\",\"A\":\"0x10\"}",
	"null",
	"[]",
	"\"text\"",
	"{}",
	"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[",
	"",
};

static const char *const unknown_data[] = {
	"{\"e\":\"news\",\"E\":1,\"x\":{\"t\":5,\"deep\":[1,2,{\"p\":\"\xc3\xa9\"}]}}",
	"{\"e\":\"24hrTicker\",\"E\":1,\"s\":\"%\",\"p\":\"1.00000000\",\"v\":\"2.00000000\"}",
	"{\"e\":\"executionReport\"}",
};

#define BROKEN_COUNT (sizeof(broken_data) / sizeof(broken_data[0]))
#define UNKNOWN_COUNT (sizeof(unknown_data) / sizeof(unknown_data[0]))

void
faults_init(struct faults *faults, const struct faults_options *options, uint64_t seed,
    uint64_t connection)
{
	faults->options = options;
	faults->chance.state = chance_at(~seed, connection);
	faults->sent = 0;
}

static bool
happens(struct faults *faults, double probability)
{
	return probability > 0 && chance_unit(chance_next(&faults->chance)) < probability;
}

struct fault_draw
faults_draw(struct faults *faults)
{
	struct fault_draw draw = { 0 };

	/* One after another: the order of the draws is part of what a seed means. */
	draw.drop = happens(faults, faults->options->drop);
	draw.malformed = happens(faults, faults->options->malformed);
	draw.huge = happens(faults, faults->options->huge);
	draw.unknown = happens(faults, faults->options->unknown);
	draw.repeat = happens(faults, faults->options->repeat);
	draw.swap = happens(faults, faults->options->swap);
	return draw;
}

bool
faults_cut_now(const struct faults *faults)
{
	return faults->options->cut_after > 0 && faults->sent >= faults->options->cut_after;
}

bool
faults_silent(const struct faults *faults)
{
	return faults->options->silence_after > 0 &&
	    faults->sent >= faults->options->silence_after;
}

/* "btcusdt" of {"stream":"btcusdt@trade",... in upper case, for the % of a template. */
static size_t
append_symbol(const char *frame, size_t data, char *to)
{
	static const char before[] = "{\"stream\":\"";
	size_t length = 0;

	if (data < sizeof(before))
		return (size_t)(stpcpy(to, "BTCUSDT") - to);
	for (const char *at = frame + sizeof(before) - 1; at < frame + data && *at != '@'; at++)
		to[length++] = (char)(*at >= 'a' && *at <= 'z' ? *at - 32 : *at);
	return length;
}

/* The frame's own wrapping around other data. */
static size_t
wrap(const char *frame, size_t data, const char *template, char *to)
{
	size_t length = data;

	memcpy(to, frame, data);
	for (; *template != '\0'; template++) {
		if (*template == '%')
			length += append_symbol(frame, data, to + length);
		else
			to[length++] = *template;
	}
	if (data > 0)
		to[length++] = '}';
	return length;
}

size_t
fault_malformed(struct faults *faults, const char *frame, size_t length, size_t data, char *to)
{
	uint64_t bits = chance_next(&faults->chance);
	size_t cut;

	if (bits % 3 != 0 || length < 2)
		return wrap(frame, data, broken_data[(bits >> 8) % BROKEN_COUNT], to);
	cut = 1 + (bits >> 8) % ((length < FAULT_FRAME_MAX ? length : FAULT_FRAME_MAX) - 1);
	while (cut > 0 && ((unsigned char)frame[cut] & 0xc0) == 0x80)
		cut--; /* not inside a UTF-8 sequence: that would be another kind of fault */
	memcpy(to, frame, cut);
	return cut;
}

size_t
fault_huge(const char *frame, size_t data, char *to)
{
	static const char head[] =
	    "{\"e\":\"depthUpdate\",\"E\":1,\"s\":\"%\",\"U\":1,\"u\":2,\"b\":[";
	static const char level[] = "[\"61737.63000000\",\"0.00000000\"]";
	size_t length = wrap(frame, data, head, to);

	if (data > 0)
		length--; /* its closing brace comes at the end */
	while (length < FAULT_HUGE_SIZE) {
		memcpy(to + length, level, sizeof(level) - 1);
		length += sizeof(level) - 1;
		to[length++] = ',';
	}
	length--; /* the last comma */
	length += (size_t)(stpcpy(to + length, data > 0 ? "],\"a\":[]}}" : "],\"a\":[]}") -
	    (to + length));
	return length;
}

size_t
fault_unknown(struct faults *faults, const char *frame, size_t length, size_t data, char *to)
{
	static const char more[] = ",\"Zz\":[1,{\"t\":5,\"p\":\"1.0\"}]";
	uint64_t bits = chance_next(&faults->chance);
	size_t end = data > 0 ? 2 : 1; /* closing braces */

	if (bits % 4 != 0 || length > SAME_AGAIN_MAX || length <= end)
		return wrap(frame, data, unknown_data[(bits >> 8) % UNKNOWN_COUNT], to);
	memcpy(to, frame, length - end);
	memcpy(to + length - end, more, sizeof(more) - 1);
	memcpy(to + length - end + sizeof(more) - 1, frame + length - end, end);
	return length + sizeof(more) - 1;
}
