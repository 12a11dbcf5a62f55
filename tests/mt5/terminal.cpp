/* The terminal but for the broker: strings, arrays, time, sockets, global variables. */
#include "tests/mt5/outside.h"

#include <arpa/inet.h>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <netdb.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

struct outside outside;

bool
fails_each(const char *what)
{
	long every = outside.fail.count(what) ? outside.fail[what] : 0;
	return every > 0 && ++outside.calls[what] % every == 0;
}

bool
fails_first(const char *what)
{
	return outside.fail.count(what) && ++outside.calls[what] <= outside.fail[what];
}

int64_t
wall_ms()
{
	struct timespec now;
	clock_gettime(CLOCK_REALTIME, &now);
	return now.tv_sec * INT64_C(1000) + now.tv_nsec / 1000000;
}

void
give_up(const std::string &sentence)
{
	fprintf(stderr, "bridge: %s\n", sentence.c_str());
	exit(2);
}

/* ---- the language ---- */

int
StringLen(const string &text)
{
	return (int)text.size();
}

ushort
StringGetCharacter(const string &text, int at)
{
	return at >= 0 && at < (int)text.size() ? (uchar)text[(size_t)at] : 0;
}

bool
StringSetCharacter(string &text, int at, ushort character)
{
	if (at < 0 || at >= (int)text.size())
		return false;
	text[(size_t)at] = (char)character;
	return true;
}

string
StringSubstr(const string &text, int at, int length)
{
	if (at < 0 || at >= (int)text.size())
		return "";
	return text.substr((size_t)at, length < 0 ? string::npos : (size_t)length);
}

int
StringFind(const string &text, const string &wanted, int from)
{
	size_t at = wanted.empty() ? string::npos : text.find(wanted, (size_t)from);
	return at == string::npos ? -1 : (int)at;
}

int
StringReplace(string &text, const string &wanted, const string &with)
{
	int count = 0;
	for (size_t at = text.find(wanted); at != string::npos;
	     at = text.find(wanted, at + with.size()), count++)
		text.replace(at, wanted.size(), with);
	return count;
}

int
StringSplit(const string &text, ushort separator, mql_array<string> &parts)
{
	parts.items.clear();
	std::istringstream rest(text);
	for (string part; std::getline(rest, part, (char)separator);)
		parts.items.push_back(part);
	return ArraySize(parts);
}

int
StringTrimLeft(string &text)
{
	size_t count = std::min(text.find_first_not_of(" \t\r\n"), text.size());
	text.erase(0, count);
	return (int)count;
}

int
StringTrimRight(string &text)
{
	size_t before = text.size();
	text.erase(text.find_last_not_of(" \t\r\n") + 1);
	return (int)(before - text.size());
}

bool
StringToLower(string &text)
{
	for (char &c : text)
		c = (char)tolower((uchar)c);
	return true;
}

long
StringToInteger(const string &text)
{
	return strtol(text.c_str(), nullptr, 10);
}

double
StringToDouble(const string &text)
{
	return strtod(text.c_str(), nullptr);
}

string
IntegerToString(long value)
{
	return std::to_string(value);
}

string
DoubleToString(double value, int digits)
{
	char text[400];
	snprintf(text, sizeof text, "%.*f", digits, value);
	return text;
}

/* With the NUL, as MQL5 has it. */
int
StringToCharArray(const string &text, mql_array<uchar> &array, int start, int count, uint code)
{
	if (code != CP_UTF8 || count != WHOLE_ARRAY)
		abort();
	size_t needed = (size_t)start + text.size() + 1;
	if (array.items.size() < needed)
		array.items.resize(needed);
	memcpy(&array.items[(size_t)start], text.c_str(), text.size() + 1);
	return (int)text.size() + 1;
}

string
CharArrayToString(mql_array<uchar> &array, int start, int count, uint code)
{
	if (code != CP_UTF8 || count < 1 || start + count > ArraySize(array))
		abort();
	string text((const char *)&array[start], (size_t)count);
	return text.substr(0, text.find('\0'));
}

string
EnumToString(ENUM_DEAL_REASON reason)
{
	static const char *const words[] = { "CLIENT", "MOBILE", "WEB", "EXPERT", "SL", "TP", "SO" };
	return string("DEAL_REASON_") + words[reason];
}

double
NormalizeDouble(double value, int digits)
{
	return strtod(DoubleToString(value, digits).c_str(), nullptr);
}

void
mql_print(const string &line)
{
	printf("%s\n", line.c_str());
	fflush(stdout);
}

int
GetLastError()
{
	return outside.error;
}

void
ResetLastError()
{
	outside.error = 0;
}

bool
IsStopped()
{
	return outside.stopped != 0;
}

void
Sleep(int ms)
{
	int64_t us = (int64_t)(ms * 1000.0 / outside.clock);
	struct timespec time = { us / 1000000, us % 1000000 * 1000 };
	nanosleep(&time, nullptr);
}

ulong
GetTickCount64()
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (ulong)(((double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6) * outside.clock);
}

/* ---- sockets: one at a time ---- */

static struct {
	int fd = -1;
	bool connected = false, guessed = false;
	int timeout_ms = 10000;
	SSL_CTX *context = nullptr;
	SSL *tls = nullptr;
} line;

static int
broken()
{
	outside.error = ERR_NETSOCKET_IO_ERROR;
	line.connected = false;
	return -1;
}

static bool
wait_for(short events, int ms)
{
	struct pollfd one = { line.fd, events, 0 };
	return poll(&one, 1, ms) > 0;
}

int
SocketCreate()
{
	SocketClose(0);
	line.guessed = false;
	return 0;
}

bool
SocketConnect(int, const string &host, uint port, uint timeout_ms)
{
	struct addrinfo *found = nullptr;
	if (!fails_first("connect") &&
	    getaddrinfo(host.c_str(), std::to_string(port).c_str(), nullptr, &found) == 0) {
		line.fd = socket(found->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
		int error = EINPROGRESS;
		socklen_t size = sizeof error;
		if (connect(line.fd, found->ai_addr, found->ai_addrlen) == 0)
			error = 0;
		else if (errno != EINPROGRESS)
			error = errno;
		else if (wait_for(POLLOUT, (int)timeout_ms))
			getsockopt(line.fd, SOL_SOCKET, SO_ERROR, &error, &size);
		line.connected = error == 0;
		freeaddrinfo(found);
	}
	if (!line.connected)
		outside.error = ERR_NETSOCKET_CANNOT_CONNECT;
	return line.connected;
}

bool
SocketTimeouts(int, uint send_ms, uint)
{
	line.timeout_ms = (int)send_ms;
	return true;
}

/* Whether an SSL call may be made again: what it waits for has come. */
static bool
tls_again(int result)
{
	int why = SSL_get_error(line.tls, result);
	if (why != SSL_ERROR_WANT_READ && why != SSL_ERROR_WANT_WRITE)
		return false;
	return wait_for(why == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT, line.timeout_ms);
}

bool
SocketTlsHandshake(int, const string &host)
{
	line.context = SSL_CTX_new(TLS_client_method());
	SSL_CTX_set_verify(line.context, SSL_VERIFY_PEER, nullptr);
	if (!outside.ca_file.empty())
		SSL_CTX_load_verify_locations(line.context, outside.ca_file.c_str(), nullptr);
	line.tls = SSL_new(line.context);
	X509_VERIFY_PARAM *checks = SSL_get0_param(line.tls);
	if (!X509_VERIFY_PARAM_set1_ip_asc(checks, host.c_str()))
		X509_VERIFY_PARAM_set1_host(checks, host.c_str(), 0);
	SSL_set_fd(line.tls, line.fd);
	int result;
	while ((result = SSL_connect(line.tls)) != 1)
		if (!tls_again(result)) {
			line.connected = false;
			outside.error = ERR_NETSOCKET_HANDSHAKE_FAILED;
			return false;
		}
	return true;
}

bool
SocketIsConnected(int)
{
	return line.connected;
}

uint
SocketIsReadable(int)
{
	int count = 0;
	if (!line.connected || ioctl(line.fd, FIONREAD, &count) != 0)
		return 0;
	if (count == 0 && wait_for(POLLIN, 0)) /* its end, or more has just come */
		return 1;
	if (count == 0 && outside.guess)
		return 1;
	return (uint)count;
}

int
SocketRead(int, mql_array<uchar> &buffer, uint most, uint timeout_ms)
{
	if (!line.connected || most == 0)
		return broken();
	if (fails_each("read") || !wait_for(POLLIN, (int)timeout_ms))
		return -1; /* nothing came: no error */
	buffer.items.resize(most);
	ssize_t count = recv(line.fd, buffer.items.data(), most, 0);
	buffer.items.resize(count > 0 ? (size_t)count : 0);
	return count > 0 ? (int)count : broken();
}

int
SocketTlsReadAvailable(int, mql_array<uchar> &buffer, uint most)
{
	buffer.items.resize(most);
	ERR_clear_error();
	int count = line.connected ? SSL_read(line.tls, buffer.items.data(), (int)most) : -1;
	bool waits = line.connected && count <= 0 &&
	    SSL_get_error(line.tls, count) == SSL_ERROR_WANT_READ;
	buffer.items.resize(count > 0 ? (size_t)count : 0);
	return count > 0 ? count : waits ? 0 : broken();
}

int
SocketSend(int, mql_array<uchar> &buffer, uint length)
{
	if (!line.connected || fails_each("send"))
		return broken();
	if (length > 1 && fails_each("short"))
		length /= 2;
	size_t sent = 0;
	while (sent < length) {
		ssize_t count = send(line.fd, &buffer.items[sent], length - sent, MSG_NOSIGNAL);
		if (count > 0)
			sent += (size_t)count;
		else if (errno != EAGAIN)
			return broken();
		else if (!wait_for(POLLOUT, line.timeout_ms))
			break;
	}
	return sent > 0 ? (int)sent : broken();
}

int
SocketTlsSend(int, mql_array<uchar> &buffer, uint length)
{
	if (!line.connected || fails_each("send"))
		return broken();
	if (length > 1 && fails_each("short"))
		length /= 2;
	int count;
	ERR_clear_error();
	while ((count = SSL_write(line.tls, buffer.items.data(), (int)length)) <= 0)
		if (!tls_again(count))
			return broken();
	return count;
}

bool
SocketClose(int)
{
	SSL_free(line.tls);
	SSL_CTX_free(line.context);
	line.tls = nullptr;
	line.context = nullptr;
	if (line.fd >= 0)
		close(line.fd);
	line.fd = -1;
	line.connected = false;
	return true;
}

/* ---- global variables ---- */

static std::map<string, double> globals;

void
globals_load()
{
	std::ifstream file(outside.state + "/globals");
	for (string row; std::getline(file, row);) {
		size_t tab = row.find('\t');
		globals[row.substr(0, tab)] = StringToDouble(row.substr(tab + 1));
	}
}

bool
GlobalVariableCheck(const string &name)
{
	return globals.count(name) > 0;
}

double
GlobalVariableGet(const string &name)
{
	return globals.count(name) ? globals[name] : 0;
}

/* Names of more than 63 characters are not taken. */
datetime
GlobalVariableSet(const string &name, double value)
{
	if (name.size() > 63)
		return 0;
	globals[name] = value;
	return TimeTradeServer();
}

void
GlobalVariablesFlush()
{
	string path = outside.state + "/globals";
	{
		std::ofstream file(path + ".new");
		for (const auto &one : globals)
			file << one.first << '\t' << DoubleToString(one.second, 8) << '\n';
	}
	rename((path + ".new").c_str(), path.c_str());
}
