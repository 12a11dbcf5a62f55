/* The broker of the scripted market: outside.h says what a script may say. */
#include "tests/mt5/outside.h"

#include <algorithm>
#include <csignal>
#include <cstring>
#include <fstream>
#include <time.h>
#include <unistd.h>

struct quote {
	int64_t utc_ms, server_ms, visible_ms; /* visible: UTC from which the terminal has it */
	MqlTick tick;
};

struct symbol {
	string name;
	int digits = 5;
	double base = 1;
	std::map<string, double> properties;
	int bars = 0;
	std::vector<quote> quotes; /* ascending */
};

struct position {
	long ticket;
	string symbol, comment;
	bool sell;
	double volume, price, sl, tp;
	int64_t utc_ms;
};

struct deal {
	ulong id, position;
	bool out;
	double volume, price, profit;
	int64_t utc_ms;
	ENUM_DEAL_REASON reason;
	string comment;
};

/* What happens to positions: of the script, and of orders that were executed. */
struct event {
	int64_t utc_ms;
	char kind; /* o: opens, c: closes (of it), m: modifies */
	ulong deal;
	position what;
	ENUM_DEAL_REASON reason;
};

struct planned {
	string what;
	double value;
};

static struct {
	int64_t start_ms, wall_ms; /* UTC of the market, our clock: of the same moment */
	int64_t offset_ms = 0, dst_at_ms = INT64_MAX, dst_offset_ms = 0;
	long login = 1, mode = ACCOUNT_MARGIN_MODE_RETAIL_HEDGING;
	string server = "Broker-Demo", currency = "USD";
	double balance = 10000;
	bool forbid = false, rewrite = false;
	std::vector<symbol> symbols;
	std::vector<event> events;
	std::vector<std::pair<int64_t, int64_t>> offline;
	std::map<long, std::vector<planned>> plans; /* number of the OrderSend() -> what happens */
	long sends = 0, executed = 0;
	std::vector<position> open; /* as of the last look */
	std::vector<deal> deals, chosen;
	position selected;
} market;

/* ---- time ---- */

static int64_t
utc_ms()
{
	return market.start_ms + (int64_t)((double)(wall_ms() - market.wall_ms) * outside.speed);
}

static int64_t
to_server(int64_t utc)
{
	return utc + (utc >= market.dst_at_ms ? market.dst_offset_ms : market.offset_ms);
}

datetime
TimeTradeServer()
{
	return to_server(utc_ms()) / 1000;
}

datetime
TimeGMT()
{
	return utc_ms() / 1000;
}

/* ---- the script ---- */

static uint64_t
next_random(uint64_t &state)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

static symbol &
symbol_of(const string &name)
{
	for (symbol &one : market.symbols)
		if (one.name == name)
			return one;
	give_up("the script has no SYMBOL " + name + " before this");
}

static void
add_quote(symbol &to, int64_t utc, double bid, double ask, double last, double volume, uint flags,
    int64_t lag_ms)
{
	quote one = {};
	one.utc_ms = utc;
	one.visible_ms = utc + lag_ms;
	one.tick.bid = bid;
	one.tick.ask = ask;
	one.tick.last = last;
	one.tick.volume_real = volume;
	one.tick.volume = (ulong)volume;
	one.tick.flags = flags;
	to.quotes.push_back(one);
}

/* A walk in points: three in ten ticks fall into the millisecond of the one before. */
static void
add_stream(symbol &to, uint64_t seed, double rate, long count, double begin_s)
{
	uint64_t state = seed * UINT64_C(0x9E3779B97F4A7C15) + 1;
	double point = std::pow(10, -to.digits);
	double at_ms = begin_s * 1000;
	int64_t points = (int64_t)std::llround(to.base / point);
	for (long i = 0; i < count; i++) {
		if (next_random(state) % 10 >= 3)
			at_ms += 1 + (double)(next_random(state) % 2000) / rate;
		points += (int64_t)(next_random(state) % 11) - 5;
		double bid = (double)points * point;
		double ask = bid + (double)(1 + next_random(state) % 20) * point;
		uint flags = next_random(state) % 4 == 0 ? 2 : 6;
		double volume = 0, last = 0;
		if (next_random(state) % 6 == 0) { /* a trade */
			flags |= 8 | 16 | (next_random(state) % 2 ? 32 : 64);
			last = bid;
			volume = (double)(1 + next_random(state) % 500) / 100;
		}
		if (next_random(state) % 16 == 0)
			flags |= 128;
		if (next_random(state) % 60 == 0)
			bid = ask = 0;
		double lag = next_random(state) % 6 ? 0 : (double)(next_random(state) % 60);
		add_quote(to, market.start_ms + (int64_t)at_ms, bid, ask, last, volume, flags,
		    (int64_t)(lag * outside.speed));
	}
}

/* In the order of time; none is seen before the one before it; the broker's time never falls. */
static void
order_quotes(symbol &of)
{
	std::stable_sort(of.quotes.begin(), of.quotes.end(),
	    [](const quote &a, const quote &b) { return a.utc_ms < b.utc_ms; });
	std::vector<quote> kept;
	for (quote &one : of.quotes) {
		one.server_ms = to_server(one.utc_ms);
		one.tick.time_msc = one.server_ms;
		one.tick.time = one.server_ms / 1000;
		if (!kept.empty() && one.server_ms < kept.back().server_ms)
			continue;
		if (!kept.empty())
			one.visible_ms = std::max(one.visible_ms, kept.back().visible_ms);
		kept.push_back(one);
	}
	of.quotes = kept;
}

static ENUM_DEAL_REASON
reason_of(const string &word)
{
	for (int i = DEAL_REASON_CLIENT; i <= DEAL_REASON_SO; i++) {
		string name = EnumToString((ENUM_DEAL_REASON)i).substr(strlen("DEAL_REASON_"));
		StringToLower(name);
		if (name == word)
			return (ENUM_DEAL_REASON)i;
	}
	give_up("no such reason: " + word);
}

static void
read_symbol(std::istringstream &words)
{
	symbol one;
	words >> one.name >> one.digits >> one.base;
	one.properties = { { "volume_min", 0.01 }, { "volume_max", 50 }, { "volume_step", 0.01 },
		{ "stops", 10 }, { "freeze", 0 }, { "filling", 3 },
		{ "tick_size", std::pow(10, -one.digits) }, { "tick_value", 1 } };
	string name;
	double value;
	while (words >> name >> value)
		one.properties[name] = value;
	market.symbols.push_back(one);
}

static void
read_position(std::istringstream &words)
{
	event one = {};
	string side;
	double at_s;
	position &what = one.what;
	words >> what.ticket >> what.symbol >> side >> what.volume >> what.price >> what.sl >> what.tp >>
	    at_s >> what.comment;
	what.sell = side == "sell";
	what.utc_ms = one.utc_ms = market.start_ms + (int64_t)(at_s * 1000);
	one.kind = 'o';
	one.deal = (ulong)what.ticket * 10;
	market.events.push_back(one);
}

static void
read_close(std::istringstream &words)
{
	event one = {};
	string reason;
	double at_s;
	words >> one.what.ticket >> at_s >> one.what.price >> reason;
	one.utc_ms = market.start_ms + (int64_t)(at_s * 1000);
	one.what.volume = 1e9;
	one.kind = 'c';
	one.deal = (ulong)one.what.ticket * 10 + 1;
	one.reason = reason_of(reason);
	market.events.push_back(one);
}

static int64_t
read_time(const string &text)
{
	struct tm parts = {};
	if (!strptime(text.c_str(), "%Y-%m-%dT%H:%M:%S", &parts))
		give_up("not a time: " + text);
	return timegm(&parts) * INT64_C(1000);
}

/* One word of a script that needs no more than a line. */
static void
read_line(const string &word, std::istringstream &words)
{
	string name;
	double a = 0, b = 0, c = 0, d = 0, e = 0, f = 0;
	if (word == "START") {
		words >> name;
		market.start_ms = read_time(name);
	} else if (word == "SPEED")
		words >> outside.speed;
	else if (word == "CLOCK")
		words >> outside.clock;
	else if (word == "OFFSET") {
		words >> a;
		market.offset_ms = (int64_t)(a * 1000);
	} else if (word == "DST") {
		words >> a >> b;
		market.dst_at_ms = market.start_ms + (int64_t)(a * 1000);
		market.dst_offset_ms = (int64_t)(b * 1000);
	} else if (word == "ACCOUNT") {
		string mode;
		words >> market.login >> market.server >> mode >> market.currency >> market.balance;
		market.mode = mode == "netting" ? ACCOUNT_MARGIN_MODE_RETAIL_NETTING :
		    mode == "exchange" ? ACCOUNT_MARGIN_MODE_EXCHANGE : ACCOUNT_MARGIN_MODE_RETAIL_HEDGING;
	} else if (word == "SYMBOL")
		read_symbol(words);
	else if (word == "BARS") {
		words >> name >> a;
		symbol_of(name).bars = (int)a;
	} else if (word == "STREAM") {
		words >> name >> a >> b >> c >> d;
		add_stream(symbol_of(name), (uint64_t)a, b, (long)c, d);
	} else if (word == "TICK") {
		words >> name >> a >> b >> c >> d >> e >> f;
		add_quote(symbol_of(name), market.start_ms + (int64_t)a, b, c, d, e, (uint)f, 0);
	} else if (word == "POSITION")
		read_position(words);
	else if (word == "CLOSE")
		read_close(words);
	else if (word == "OFFLINE") {
		words >> a >> b;
		market.offline.push_back({ market.start_ms + (int64_t)(a * 1000),
		    market.start_ms + (int64_t)(b * 1000) });
	} else if (word == "ORDER") {
		words >> a >> name >> b;
		market.plans[(long)a].push_back({ name, b });
	} else if (word == "FAIL") {
		words >> name >> a;
		outside.fail[name] = (long)a;
	} else if (word == "REWRITE")
		market.rewrite = true;
	else if (word == "FORBID")
		market.forbid = true;
	else if (word == "GUESS")
		outside.guess = true;
	else
		give_up("the script says what nobody knows: " + word);
}

/* Orders that were executed in earlier lives of the program. */
static void
read_executed()
{
	std::ifstream file(outside.state + "/orders");
	for (string row; std::getline(file, row);) {
		std::istringstream words(row);
		event one = {};
		position &what = one.what;
		int sell;
		words >> one.kind >> one.utc_ms >> one.deal >> what.ticket >> what.symbol >> sell >>
		    what.volume >> what.price >> what.sl >> what.tp >> what.comment;
		what.sell = sell != 0;
		what.utc_ms = one.utc_ms;
		one.reason = DEAL_REASON_EXPERT;
		market.events.push_back(one);
		market.executed++;
	}
}

void
market_load(const string &script)
{
	std::ifstream file(script);
	if (!file)
		give_up("cannot read " + script);
	for (string row; std::getline(file, row);) {
		std::istringstream words(row.substr(0, row.find('#')));
		string word;
		if (words >> word)
			read_line(word, words);
	}
	for (symbol &one : market.symbols)
		order_quotes(one);
	read_executed();
	std::ifstream sends(outside.state + "/sends");
	for (string row; std::getline(sends, row);)
		market.sends++;
	string path = outside.state + "/epoch";
	if (!(std::ifstream(path) >> market.wall_ms)) {
		market.wall_ms = wall_ms();
		std::ofstream(path) << market.wall_ms << '\n';
	}
}

void
market_write_truth(const string &path)
{
	std::ofstream file(path + ".new");
	for (const symbol &of : market.symbols) {
		int64_t before = 0, place = 0;
		for (const quote &one : of.quotes) {
			place = one.server_ms == before ? place + 1 : 0;
			before = one.server_ms;
			file << of.name << ' ' << one.server_ms << ' ' << place << ' '
			     << DoubleToString(one.tick.bid, of.digits) << ' '
			     << DoubleToString(one.tick.ask, of.digits) << ' '
			     << DoubleToString(one.tick.last, of.digits) << ' '
			     << DoubleToString(one.tick.volume_real, 8) << ' ' << one.tick.flags << '\n';
		}
	}
	file.close();
	rename((path + ".new").c_str(), path.c_str());
}

/* ---- account and symbols ---- */

long
TerminalInfoInteger(ENUM_TERMINAL_INFO_INTEGER which)
{
	if (which == TERMINAL_TRADE_ALLOWED)
		return !market.forbid;
	int64_t now = utc_ms();
	for (const auto &gap : market.offline)
		if (now >= gap.first && now < gap.second)
			return 0;
	return 1;
}

long
MQLInfoInteger(ENUM_MQL_INFO_INTEGER)
{
	return !market.forbid;
}

long
AccountInfoInteger(ENUM_ACCOUNT_INFO_INTEGER which)
{
	return which == ACCOUNT_LOGIN ? market.login : market.mode;
}

string
AccountInfoString(ENUM_ACCOUNT_INFO_STRING which)
{
	return which == ACCOUNT_SERVER ? market.server : market.currency;
}

static const symbol *
find_symbol(const string &name)
{
	for (const symbol &one : market.symbols)
		if (one.name == name)
			return &one;
	return nullptr;
}

static double
property(const string &name, const char *which)
{
	const symbol *of = find_symbol(name);
	return of ? of->properties.at(which) : 0;
}

int
SymbolsTotal(bool)
{
	return (int)market.symbols.size();
}

string
SymbolName(int index, bool)
{
	return market.symbols.at((size_t)index).name;
}

bool
SymbolSelect(const string &name, bool)
{
	return find_symbol(name) != nullptr;
}

long
SymbolInfoInteger(const string &name, ENUM_SYMBOL_INFO_INTEGER which)
{
	const symbol *of = find_symbol(name);
	static const char *const names[] = { "", "stops", "freeze", "filling" };
	return !of ? 0 : which == SYMBOL_DIGITS ? of->digits : (long)property(name, names[which]);
}

double
SymbolInfoDouble(const string &name, ENUM_SYMBOL_INFO_DOUBLE which)
{
	const symbol *of = find_symbol(name);
	static const char *const names[] = { "", "tick_size", "tick_value", "volume_min", "volume_max",
		"volume_step" };
	if (!of)
		return 0;
	return which == SYMBOL_POINT ? std::pow(10, -of->digits) : property(name, names[which]);
}

bool
SymbolInfoSessionQuote(const string &name, ENUM_DAY_OF_WEEK day, uint index, datetime &from,
    datetime &to)
{
	if (!find_symbol(name) || day == SUNDAY || day == SATURDAY || index > 0)
		return false;
	from = 0;
	to = 86400;
	return true;
}

/* The newest prices that are no empty book. */
bool
SymbolInfoTick(const string &name, MqlTick &tick)
{
	const symbol *of = find_symbol(name);
	if (!of)
		return false;
	int64_t now = utc_ms();
	tick = MqlTick();
	tick.bid = tick.ask = of->base;
	auto end = std::upper_bound(of->quotes.begin(), of->quotes.end(), now,
	    [](int64_t at, const quote &a) { return at < a.visible_ms; });
	while (end != of->quotes.begin())
		if ((--end)->tick.bid > 0) {
			tick = end->tick;
			break;
		}
	return true;
}

int
CopyTicksRange(const string &name, mql_array<MqlTick> &ticks, uint flags, ulong from_msc,
    ulong to_msc)
{
	const symbol *of = find_symbol(name);
	if (flags != COPY_TICKS_ALL || from_msc == 0 || to_msc < from_msc)
		abort();
	ticks.items.clear();
	if (!of || fails_each("ticks")) {
		outside.error = 4401;
		return -1;
	}
	int64_t now = utc_ms();
	auto first = std::lower_bound(of->quotes.begin(), of->quotes.end(), (int64_t)from_msc,
	    [](const quote &a, int64_t at) { return a.server_ms < at; });
	for (; first != of->quotes.end(); ++first) {
		if (first->server_ms > (int64_t)to_msc || first->visible_ms > now)
			break;
		ticks.items.push_back(first->tick);
	}
	if (fails_each("half")) {
		ticks.items.erase(ticks.items.begin(), ticks.items.begin() + ArraySize(ticks) / 2);
		outside.error = ERR_HISTORY_TIMEOUT;
	}
	return (int)ticks.items.size();
}

int
CopyRates(const string &name, ENUM_TIMEFRAMES, datetime from, datetime to,
    mql_array<MqlRates> &rates)
{
	const symbol *of = find_symbol(name);
	rates.items.clear();
	if (!of)
		return -1;
	int64_t until = to_server(market.start_ms) / 300000 * 300;
	double point = std::pow(10, -of->digits);
	for (int i = of->bars; i > 0; i--) {
		MqlRates bar = {};
		bar.time = until - i * 300;
		bar.open = of->base + (i % 7) * point;
		bar.high = bar.open + 5 * point;
		bar.low = bar.open - 9 * point; /* the close may be above the high */
		bar.close = of->base + ((i - 1) % 7) * point;
		bar.tick_volume = 100 + i % 13;
		bar.spread = 10;
		if (bar.time >= from && bar.time <= to)
			rates.items.push_back(bar);
	}
	if (fails_first("bars"))
		rates.items.erase(rates.items.begin(), rates.items.begin() + ArraySize(rates) / 2);
	return ArraySize(rates);
}

/* ---- positions and deals ---- */

static double
profit_of(const position &of, double volume, double price)
{
	return (of.sell ? of.price - price : price - of.price) * volume * 100000;
}

static void
apply(const event &one)
{
	deal done = { one.deal, (ulong)one.what.ticket, one.kind == 'c', one.what.volume, one.what.price, 0,
		one.utc_ms, one.reason, one.what.comment };
	if (one.kind == 'o') {
		market.open.push_back(one.what);
		market.deals.push_back(done);
		return;
	}
	for (size_t i = 0; i < market.open.size(); i++) {
		position &of = market.open[i];
		if (of.ticket != one.what.ticket)
			continue;
		if (one.kind == 'm') {
			of.sl = one.what.sl;
			of.tp = one.what.tp;
			return;
		}
		done.volume = std::min(one.what.volume, of.volume);
		done.profit = profit_of(of, done.volume, done.price);
		market.deals.push_back(done);
		of.volume = NormalizeDouble(of.volume - done.volume, 8);
		if (of.volume <= 0)
			market.open.erase(market.open.begin() + (long)i);
		return;
	}
}

/* Positions and deals as of now. */
static void
look()
{
	int64_t now = utc_ms();
	std::stable_sort(market.events.begin(), market.events.end(),
	    [](const event &a, const event &b) { return a.utc_ms < b.utc_ms; });
	market.open.clear();
	market.deals.clear();
	for (const event &one : market.events)
		if (one.utc_ms <= now)
			apply(one);
}

int
PositionsTotal()
{
	if (fails_first("positions"))
		return 0;
	look();
	return (int)market.open.size();
}

ulong
PositionGetTicket(int index)
{
	if (index < 0 || index >= (int)market.open.size())
		return 0;
	market.selected = market.open[(size_t)index];
	return (ulong)market.selected.ticket;
}

bool
PositionSelectByTicket(ulong ticket)
{
	look();
	for (const position &one : market.open)
		if (one.ticket == (long)ticket) {
			market.selected = one;
			return true;
		}
	return false;
}

long
PositionGetInteger(ENUM_POSITION_PROPERTY_INTEGER which)
{
	const position &of = market.selected;
	switch (which) {
	case POSITION_TICKET: return of.ticket;
	case POSITION_TYPE: return of.sell ? POSITION_TYPE_SELL : POSITION_TYPE_BUY;
	case POSITION_TIME_MSC: return to_server(of.utc_ms);
	case POSITION_MAGIC: return 0;
	}
	return 0;
}

static double
price_now(const position &of)
{
	MqlTick tick;
	return SymbolInfoTick(of.symbol, tick) ? (of.sell ? tick.ask : tick.bid) : 0;
}

double
PositionGetDouble(ENUM_POSITION_PROPERTY_DOUBLE which)
{
	const position &of = market.selected;
	switch (which) {
	case POSITION_VOLUME: return of.volume;
	case POSITION_PRICE_OPEN: return of.price;
	case POSITION_SL: return of.sl;
	case POSITION_TP: return of.tp;
	case POSITION_PRICE_CURRENT: return price_now(of);
	case POSITION_PROFIT: return profit_of(of, of.volume, price_now(of));
	}
	return 0;
}

string
PositionGetString(ENUM_POSITION_PROPERTY_STRING which)
{
	return which == POSITION_SYMBOL ? market.selected.symbol : market.selected.comment;
}

double
AccountInfoDouble(ENUM_ACCOUNT_INFO_DOUBLE which)
{
	look();
	double value = market.balance;
	for (const deal &one : market.deals)
		value += one.profit;
	for (const position &one : market.open)
		value += which == ACCOUNT_EQUITY ? profit_of(one, one.volume, price_now(one)) : 0;
	return NormalizeDouble(value, 2);
}

bool
HistorySelect(datetime from, datetime to)
{
	look();
	market.chosen.clear();
	for (const deal &one : market.deals)
		if (to_server(one.utc_ms) / 1000 >= from && to_server(one.utc_ms) / 1000 <= to)
			market.chosen.push_back(one);
	return true;
}

bool
HistorySelectByPosition(long position)
{
	look();
	market.chosen.clear();
	for (const deal &one : market.deals)
		if (one.position == (ulong)position)
			market.chosen.push_back(one);
	return true;
}

int
HistoryDealsTotal()
{
	return (int)market.chosen.size();
}

ulong
HistoryDealGetTicket(int index)
{
	return market.chosen.at((size_t)index).id;
}

static const deal *
find_deal(ulong id)
{
	for (const deal &one : market.deals)
		if (one.id == id)
			return &one;
	return nullptr;
}

bool
HistoryDealSelect(ulong id)
{
	look();
	return find_deal(id) != nullptr;
}

long
HistoryDealGetInteger(ulong id, ENUM_DEAL_PROPERTY_INTEGER which)
{
	const deal *of = find_deal(id);
	if (!of)
		return 0;
	switch (which) {
	case DEAL_ENTRY: return of->out ? DEAL_ENTRY_OUT : DEAL_ENTRY_IN;
	case DEAL_TIME_MSC: return to_server(of->utc_ms);
	case DEAL_REASON: return of->reason;
	case DEAL_POSITION_ID: return (long)of->position;
	}
	return 0;
}

double
HistoryDealGetDouble(ulong id, ENUM_DEAL_PROPERTY_DOUBLE which)
{
	const deal *of = find_deal(id);
	if (!of)
		return 0;
	switch (which) {
	case DEAL_VOLUME: return of->volume;
	case DEAL_PRICE: return of->price;
	case DEAL_PROFIT: return of->profit;
	case DEAL_SWAP: return of->out ? -0.5 : 0;
	case DEAL_COMMISSION: return -0.25;
	}
	return 0;
}

string
HistoryDealGetString(ulong id, ENUM_DEAL_PROPERTY_STRING)
{
	const deal *of = find_deal(id);
	return of ? of->comment : "";
}

/* ---- orders ---- */

/* On disk, as with the broker, before anybody is told. */
static void
execute(char kind, const MqlTradeRequest &request, double volume, int64_t at_ms,
    MqlTradeResult &result)
{
	event one = {};
	position &what = one.what;
	market.executed++;
	one.kind = kind;
	one.utc_ms = what.utc_ms = at_ms;
	one.deal = 500000 + (ulong)market.executed;
	one.reason = DEAL_REASON_EXPERT;
	what.ticket = kind == 'o' ? 100000 + market.executed : (long)request.position;
	what.symbol = request.symbol;
	what.sell = request.type == ORDER_TYPE_SELL;
	what.volume = volume;
	what.price = request.price;
	what.sl = request.sl;
	what.tp = request.tp;
	what.comment = market.rewrite ? "broker's-words" : request.comment;
	std::ofstream(outside.state + "/orders", std::ios::app)
	    << kind << ' ' << one.utc_ms << ' ' << one.deal << ' ' << what.ticket << ' ' << what.symbol
	    << ' ' << what.sell << ' ' << what.volume << ' ' << what.price << ' ' << what.sl << ' '
	    << what.tp << ' ' << what.comment << '\n';
	market.events.push_back(one);
	result.deal = kind == 'm' ? 0 : one.deal;
	result.order = kind == 'o' ? (ulong)what.ticket : one.deal;
	result.volume = volume;
	result.price = request.price;
}

static bool
on_grid(double value, double step)
{
	double steps = value / step;
	return std::fabs(steps - std::round(steps)) < 1e-6;
}

/* What a trade server refuses: its retcode, or 0. */
static int
refused(const MqlTradeRequest &request)
{
	const char *size = "tick_size";
	bool deal = request.action == TRADE_ACTION_DEAL;
	if (market.forbid)
		return TRADE_RETCODE_CLIENT_DISABLES_AT;
	if (!TerminalInfoInteger(TERMINAL_CONNECTED))
		return TRADE_RETCODE_CONNECTION;
	if (!find_symbol(request.symbol))
		return TRADE_RETCODE_INVALID;
	if (request.position && !PositionSelectByTicket(request.position))
		return TRADE_RETCODE_POSITION_CLOSED;
	if (!on_grid(request.sl, property(request.symbol, size)))
		return 10016;
	if (!deal)
		return market.selected.sl == request.sl && market.selected.tp == request.tp ? 10025 : 0;
	if (!on_grid(request.price, property(request.symbol, size)) || request.price <= 0)
		return 10015;
	if (!on_grid(request.volume, property(request.symbol, "volume_step")) ||
	    request.volume < property(request.symbol, "volume_min"))
		return 10014;
	if (request.position && market.selected.sell == (request.type == ORDER_TYPE_SELL))
		return TRADE_RETCODE_INVALID;
	if (request.position && request.volume > market.selected.volume + 1e-9)
		return 10014;
	int modes = (int)property(request.symbol, "filling");
	int bit = request.type_filling == ORDER_FILLING_FOK ? SYMBOL_FILLING_FOK :
	    request.type_filling == ORDER_FILLING_IOC ? SYMBOL_FILLING_IOC : 0;
	return bit && !(modes & bit) ? 10030 : 0;
}

static void
record_send(const MqlTradeRequest &request)
{
	std::ofstream(outside.state + "/sends", std::ios::app)
	    << ++market.sends << ' ' << (request.action == TRADE_ACTION_SLTP ? "sltp" : "deal") << ' '
	    << request.symbol << ' ' << (request.type == ORDER_TYPE_SELL ? "sell" : "buy") << ' '
	    << request.volume << ' ' << request.sl << ' ' << request.position << ' ' << request.comment
	    << '\n';
}

static bool
answer(MqlTradeResult &result, int retcode, const char *comment)
{
	result.retcode = (uint)retcode;
	result.comment = comment;
	return retcode == TRADE_RETCODE_DONE || retcode == TRADE_RETCODE_DONE_PARTIAL;
}

bool
OrderSend(MqlTradeRequest &request, MqlTradeResult &result)
{
	record_send(request);
	std::map<string, double> plan;
	for (const planned &one : market.plans[market.sends])
		plan[one.what] = one.value;
	if (plan.count("kill_before"))
		raise(SIGKILL);
	if (plan.count("slow"))
		Sleep((int)plan["slow"]);
	if (plan.count("skip"))
		market.wall_ms -= (int64_t)(plan["skip"] / outside.speed);
	if (plan.count("requote"))
		return answer(result, 10004, "Requote");
	if (plan.count("busy"))
		return answer(result, 10024, "Too frequent requests");
	if (plan.count("closed"))
		return answer(result, 10018, "Market is closed");
	if (plan.count("reject"))
		return answer(result, 10006, "Request rejected");
	if (plan.count("lost"))
		return answer(result, 10012, "Request timed out");
	int why = refused(request);
	if (why)
		return answer(result, why, "Refused");
	char kind = request.action == TRADE_ACTION_SLTP ? 'm' : request.position ? 'c' : 'o';
	double volume = plan.count("partial") ? plan["partial"] : request.volume;
	double late_ms = plan.count("late") ? plan["late"] * outside.speed : 0;
	execute(kind, request, volume, utc_ms() + (int64_t)late_ms, result);
	if (plan.count("kill_after"))
		raise(SIGKILL);
	if (late_ms > 0) {
		result = MqlTradeResult();
		return answer(result, 10012, "Request timed out");
	}
	if (volume < request.volume)
		return answer(result, TRADE_RETCODE_DONE_PARTIAL, "Done in part");
	return answer(result, TRADE_RETCODE_DONE, "Request executed");
}
