/*
 * What stands in for the MetaTrader 5 terminal where mt5/TradingBridge.mq5 is compiled as C++: the
 * types, constants and functions of MQL5 that it uses and no others, so that the compiler shows
 * what else it calls.  Behind them: market.cpp (the broker) and terminal.cpp (the rest).
 *
 * What MQL5 has and C++ has not is in ARRAY() of the service: a dynamic array.  An index out of
 * range ends the program, as it ends a service.
 */
#ifndef TESTS_MT5_MQL5_H
#define TESTS_MT5_MQL5_H

#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <sstream>
#include <string>
#include <type_traits>
#include <vector>

#define input /* an input is set by main.cpp before OnStart() */

using string = std::string; /* of UTF-8, not UTF-16: the service looks at ASCII alone */
using uchar = unsigned char;
using ushort = unsigned short;
using uint = unsigned int;
using ulong = unsigned long;
using datetime = int64_t;

template <class T> class mql_array {
public:
	T &operator[](int64_t index)
	{
		if (index < 0 || index >= (int64_t)items.size()) {
			fprintf(stderr, "array out of range: %ld of %zu\n", (long)index, items.size());
			abort();
		}
		return items[index];
	}
	std::vector<T> items;
};

#define ARRAY(type, name) mql_array<type> name

#define WHOLE_ARRAY -1
#define INVALID_HANDLE -1
#define CP_UTF8 65001
#define COPY_TICKS_ALL 3u

enum {
	ERR_FUNCTION_NOT_ALLOWED = 4014,
	ERR_NOT_ENOUGH_MEMORY = 4004,
	ERR_HISTORY_TIMEOUT = 4403,
	ERR_NETSOCKET_CANNOT_CONNECT = 5272,
	ERR_NETSOCKET_IO_ERROR = 5273,
	ERR_NETSOCKET_HANDSHAKE_FAILED = 5274,
};

enum ENUM_DAY_OF_WEEK { SUNDAY, MONDAY, TUESDAY, WEDNESDAY, THURSDAY, FRIDAY, SATURDAY };
enum ENUM_TIMEFRAMES { PERIOD_M5 = 5 };
enum ENUM_TERMINAL_INFO_INTEGER { TERMINAL_CONNECTED, TERMINAL_TRADE_ALLOWED };
enum ENUM_MQL_INFO_INTEGER { MQL_TRADE_ALLOWED };
enum ENUM_ACCOUNT_INFO_INTEGER { ACCOUNT_LOGIN, ACCOUNT_MARGIN_MODE };
enum ENUM_ACCOUNT_INFO_DOUBLE { ACCOUNT_BALANCE, ACCOUNT_EQUITY };
enum ENUM_ACCOUNT_INFO_STRING { ACCOUNT_SERVER, ACCOUNT_CURRENCY };
enum ENUM_ACCOUNT_MARGIN_MODE {
	ACCOUNT_MARGIN_MODE_RETAIL_NETTING,
	ACCOUNT_MARGIN_MODE_EXCHANGE,
	ACCOUNT_MARGIN_MODE_RETAIL_HEDGING,
};
enum ENUM_SYMBOL_INFO_INTEGER {
	SYMBOL_DIGITS,
	SYMBOL_TRADE_STOPS_LEVEL,
	SYMBOL_TRADE_FREEZE_LEVEL,
	SYMBOL_FILLING_MODE,
};
enum ENUM_SYMBOL_INFO_DOUBLE {
	SYMBOL_POINT,
	SYMBOL_TRADE_TICK_SIZE,
	SYMBOL_TRADE_TICK_VALUE,
	SYMBOL_VOLUME_MIN,
	SYMBOL_VOLUME_MAX,
	SYMBOL_VOLUME_STEP,
};
enum { SYMBOL_FILLING_FOK = 1, SYMBOL_FILLING_IOC = 2 };
enum ENUM_POSITION_PROPERTY_INTEGER {
	POSITION_TICKET,
	POSITION_TYPE,
	POSITION_TIME_MSC,
	POSITION_MAGIC,
};
enum ENUM_POSITION_PROPERTY_DOUBLE {
	POSITION_VOLUME,
	POSITION_PRICE_OPEN,
	POSITION_SL,
	POSITION_TP,
	POSITION_PRICE_CURRENT,
	POSITION_PROFIT,
};
enum ENUM_POSITION_PROPERTY_STRING { POSITION_SYMBOL, POSITION_COMMENT };
enum ENUM_POSITION_TYPE { POSITION_TYPE_BUY, POSITION_TYPE_SELL };
enum ENUM_DEAL_PROPERTY_INTEGER { DEAL_ENTRY, DEAL_TIME_MSC, DEAL_REASON, DEAL_POSITION_ID };
enum ENUM_DEAL_PROPERTY_DOUBLE { DEAL_VOLUME, DEAL_PRICE, DEAL_PROFIT, DEAL_SWAP, DEAL_COMMISSION };
enum ENUM_DEAL_PROPERTY_STRING { DEAL_COMMENT };
enum ENUM_DEAL_ENTRY { DEAL_ENTRY_IN, DEAL_ENTRY_OUT };
enum ENUM_DEAL_REASON {
	DEAL_REASON_CLIENT,
	DEAL_REASON_MOBILE,
	DEAL_REASON_WEB,
	DEAL_REASON_EXPERT,
	DEAL_REASON_SL,
	DEAL_REASON_TP,
	DEAL_REASON_SO,
};
enum ENUM_TRADE_REQUEST_ACTIONS { TRADE_ACTION_DEAL = 1, TRADE_ACTION_SLTP = 6 };
enum ENUM_ORDER_TYPE { ORDER_TYPE_BUY, ORDER_TYPE_SELL };
enum ENUM_ORDER_TYPE_FILLING { ORDER_FILLING_FOK, ORDER_FILLING_IOC, ORDER_FILLING_RETURN };
constexpr int TRADE_RETCODE_REJECT = 10006;
constexpr int TRADE_RETCODE_DONE = 10009;
constexpr int TRADE_RETCODE_DONE_PARTIAL = 10010;
constexpr int TRADE_RETCODE_TIMEOUT = 10012;
constexpr int TRADE_RETCODE_INVALID = 10013;
constexpr int TRADE_RETCODE_CLIENT_DISABLES_AT = 10027;
constexpr int TRADE_RETCODE_CONNECTION = 10031;
constexpr int TRADE_RETCODE_POSITION_CLOSED = 10036;

struct MqlTick {
	datetime time;
	double bid, ask, last;
	ulong volume;
	long time_msc;
	uint flags;
	double volume_real;
};

struct MqlRates {
	datetime time;
	double open, high, low, close;
	long tick_volume;
	int spread;
	long real_volume;
};

struct MqlTradeRequest {
	ENUM_TRADE_REQUEST_ACTIONS action;
	ulong magic;
	string symbol;
	double volume, price, sl, tp;
	ulong deviation;
	ENUM_ORDER_TYPE type;
	ENUM_ORDER_TYPE_FILLING type_filling;
	string comment;
	ulong position;
};

struct MqlTradeResult {
	uint retcode;
	ulong deal, order;
	double volume, price;
	string comment;
};

/* ---- the language: terminal.cpp ---- */

int StringLen(const string &text);
ushort StringGetCharacter(const string &text, int at);
bool StringSetCharacter(string &text, int at, ushort character);
string StringSubstr(const string &text, int at, int length = -1);
int StringFind(const string &text, const string &wanted, int from = 0);
int StringReplace(string &text, const string &wanted, const string &with);
int StringSplit(const string &text, ushort separator, mql_array<string> &parts);
int StringTrimLeft(string &text);
int StringTrimRight(string &text);
bool StringToLower(string &text);
long StringToInteger(const string &text);
double StringToDouble(const string &text);
string IntegerToString(long value);
string DoubleToString(double value, int digits = 8);
int StringToCharArray(const string &text, mql_array<uchar> &array, int start, int count, uint code);
string CharArrayToString(mql_array<uchar> &array, int start, int count, uint code);
string EnumToString(ENUM_DEAL_REASON reason);
double NormalizeDouble(double value, int digits);

inline double
MathRound(double value)
{
	return std::round(value);
}

inline double
MathAbs(double value)
{
	return std::fabs(value);
}

template <class A, class B>
typename std::common_type<A, B>::type
MathMin(A a, B b)
{
	return (b < a) ? b : a;
}

template <class A, class B>
typename std::common_type<A, B>::type
MathMax(A a, B b)
{
	return (a < b) ? b : a;
}

template <class T>
int
ArraySize(const mql_array<T> &array)
{
	return (int)array.items.size();
}

template <class T>
int
ArrayResize(mql_array<T> &array, int size, int = 0)
{
	array.items.resize((size_t)size);
	return size;
}

template <class T>
void
ZeroMemory(T &value)
{
	value = T();
}

void mql_print(const string &line);

template <class... Parts>
void
Print(const Parts &...parts)
{
	std::ostringstream line;
	(line << ... << parts);
	mql_print(line.str());
}

int GetLastError();
void ResetLastError();
bool IsStopped();
void Sleep(int ms);
ulong GetTickCount64();
datetime TimeGMT();

/* ---- sockets and global variables: terminal.cpp ---- */

int SocketCreate();
bool SocketConnect(int handle, const string &host, uint port, uint timeout_ms);
bool SocketTimeouts(int handle, uint send_ms, uint receive_ms);
bool SocketTlsHandshake(int handle, const string &host);
bool SocketIsConnected(int handle);
uint SocketIsReadable(int handle);
int SocketRead(int handle, mql_array<uchar> &buffer, uint most, uint timeout_ms);
int SocketSend(int handle, mql_array<uchar> &buffer, uint length);
int SocketTlsReadAvailable(int handle, mql_array<uchar> &buffer, uint most);
int SocketTlsSend(int handle, mql_array<uchar> &buffer, uint length);
bool SocketClose(int handle);

bool GlobalVariableCheck(const string &name);
double GlobalVariableGet(const string &name);
datetime GlobalVariableSet(const string &name, double value);
void GlobalVariablesFlush();

/* ---- the broker: market.cpp ---- */

datetime TimeTradeServer();
long TerminalInfoInteger(ENUM_TERMINAL_INFO_INTEGER which);
long MQLInfoInteger(ENUM_MQL_INFO_INTEGER which);
long AccountInfoInteger(ENUM_ACCOUNT_INFO_INTEGER which);
double AccountInfoDouble(ENUM_ACCOUNT_INFO_DOUBLE which);
string AccountInfoString(ENUM_ACCOUNT_INFO_STRING which);

int SymbolsTotal(bool selected);
string SymbolName(int index, bool selected);
bool SymbolSelect(const string &name, bool select);
long SymbolInfoInteger(const string &name, ENUM_SYMBOL_INFO_INTEGER which);
double SymbolInfoDouble(const string &name, ENUM_SYMBOL_INFO_DOUBLE which);
bool SymbolInfoTick(const string &name, MqlTick &tick);
bool SymbolInfoSessionQuote(const string &name, ENUM_DAY_OF_WEEK day, uint index, datetime &from,
    datetime &to);

int CopyTicksRange(const string &name, mql_array<MqlTick> &ticks, uint flags, ulong from_msc,
    ulong to_msc);
int CopyRates(const string &name, ENUM_TIMEFRAMES timeframe, datetime from, datetime to,
    mql_array<MqlRates> &rates);

int PositionsTotal();
ulong PositionGetTicket(int index);
bool PositionSelectByTicket(ulong ticket);
long PositionGetInteger(ENUM_POSITION_PROPERTY_INTEGER which);
double PositionGetDouble(ENUM_POSITION_PROPERTY_DOUBLE which);
string PositionGetString(ENUM_POSITION_PROPERTY_STRING which);

bool HistorySelect(datetime from, datetime to);
bool HistorySelectByPosition(long position);
int HistoryDealsTotal();
ulong HistoryDealGetTicket(int index);
bool HistoryDealSelect(ulong deal);
long HistoryDealGetInteger(ulong deal, ENUM_DEAL_PROPERTY_INTEGER which);
double HistoryDealGetDouble(ulong deal, ENUM_DEAL_PROPERTY_DOUBLE which);
string HistoryDealGetString(ulong deal, ENUM_DEAL_PROPERTY_STRING which);

bool OrderSend(MqlTradeRequest &request, MqlTradeResult &result);

void OnStart();

#endif
