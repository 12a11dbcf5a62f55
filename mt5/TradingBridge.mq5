/*
 * The bridge between a MetaTrader 5 terminal and tickd: a service, so no chart; native sockets, so
 * no DLL.  How to install it: README.md beside this file.  What is said: doc/mt5_protocol.md.
 * Nothing is kept here but the marks of actions (global variables of the terminal): what tickd has
 * is in its welcome, and ticks are read from the terminal's history from there on.
 */
#ifdef __MQL5__ // else it is a test: tests/mt5/mql5.h stands in for the terminal
#property service
#property description "Ticks, bars and positions to tickd; its actions to the broker, if allowed."
#define ARRAY(type, name) type name[]
#endif

input string Host = "127.0.0.1";                 // Host: address of tickd
input int    Port = 9443;                        // Port of tickd
input bool   UseTLS = false;                     // TLS (wherever tickd is on another machine)
input string Token = "";                         // Token: [mt5] token_file of tickd has it
input string SymbolList = "";                    // Symbols, by commas (empty: Market Watch)
input int    PollMs = 20;                        // Milliseconds between two looks
input bool   AllowOrders = false;                // Carry out tickd's actions
input long   Magic = 20240901;                   // Magic number of orders
input int    Deviation = 20;                     // Greatest slippage of orders, points

#define LINES_MOST 64         // ticks lines without an ack
#define TICKS_MOST 2500       // in a line
#define LINE_MOST 240000      // characters; the protocol allows 256 KiB
#define SYMBOLS_MOST 1000
#define BARS_MOST 1000        // in a line
#define SLICE_MS 60000        // after an absence all symbols go forward together by this ...
#define SLICE_MOST_MS 3600000 // ... up to this where nothing traded
#define EVERY_MS 10000        // pings, positions, equity; bars that could not be read
#define SILENCE_MS 30000      // no word after hello or a ping
#define FAILURES_MOST 500     // reads of a symbol before the others go on without it
#define GONE_MS 60000         // a position is gone though no deal says so
#define RESULTS_MOST 256      // remembered
#define TINY 0.000000005      // half of the smallest volume and price
#define NOT_ORDERED 0         // retcodes of our own: nothing of it was ever ordered; too late
#define EXPIRED 1
#define BEGUN 2               // marks: orders may be out.  Others are the last retcode
#define UNMARKED -1

struct Instrument {
   string name;
   int digits, failures;       // failures of reading, in a row
   long mark_msc, mark_count;  // sent: all before that millisecond, and so many of it
   long scanned, from_msc;     // read up to here; to be said in the next line (-1: nothing)
   bool unproven;              // the mark was not found in the history yet
   long seq, acked, bars_from; // bars_from 0: none are wanted (any more)
   int bars_seen;              // by the last reading
   ulong bars_due;
};

struct Action {
   string id, token, symbol, comment;
   long expires, retcode, ticket;
   double price, volume;
   int done;                   // its orders that were executed
};

ARRAY(Instrument, instruments);
ARRAY(MqlTick, ticks);
ARRAY(MqlRates, rates);
ARRAY(uchar, piece);
ARRAY(uchar, received);
Action remembered[RESULTS_MOST];
string reported, held;         // held: what tickd believes open, a JSON array
int connection = INVALID_HANDLE, received_bytes, cursor, watched, results, backoff_ms = 1000;
bool welcome;
long login, outstanding, slice_ms, first_bar, reports;
ulong now, asked, missing, ping_due, report_due, equity_due; // missing: since when positions are
double balance_said;

// ---- text and JSON ----
string raw(const string name, const string value) { return ",\"" + name + "\":" + value; }
string integer(const string name, const long value) { return raw(name, IntegerToString(value)); }
string price(const double v, const int digits) { // in an array
   return ",\"" + (v == 0 ? "0" : DoubleToString(v, MathMin(digits, 8))) + "\"";
}
string number(const string name, const double v) { return raw(name, "\"" + DoubleToString(v, 8) + "\""); }
string clocks() { return integer("time_server", (long)TimeTradeServer()) + integer("time_gmt", (long)TimeGMT()); }

string text(const string name, const string value) {
   string s = value;
   StringReplace(s, "\\", "\\\\");
   StringReplace(s, "\"", "\\\"");
   for(int i = 0; i < StringLen(s); i++)
      if(StringGetCharacter(s, i) < 32) StringSetCharacter(s, i, ' ');
   return raw(name, "\"" + s + "\"");
}

// The next name or value of an object or array as it stands there; empty: no more. `at` begins as 1.
string json_take(const string &s, int &at) {
   int depth = 0, length = StringLen(s);
   bool inside = false;
   while(at < length && StringFind(",: \t\r\n", StringSubstr(s, at, 1)) >= 0) at++;
   int begin = at;
   for(; at < length; at++) {
      ushort c = StringGetCharacter(s, at);
      if(inside && c == '\\') at++;
      else if(c == '"') inside = !inside;
      else if(inside) continue;
      else if(c == '{' || c == '[') depth++;
      else if((c == '}' || c == ']') && --depth < 0) break;
      else if(depth == 0 && (c == ',' || c == ':' || c <= 32)) break;
   }
   return at > begin ? StringSubstr(s, begin, at - begin) : "";
}

string json_text(const string value) {
   if(StringGetCharacter(value, 0) != '"') return value;
   if(StringLen(value) < 3) return "";
   string s = StringSubstr(value, 1, StringLen(value) - 2);
   for(int at = StringFind(s, "\\"); at >= 0; at = StringFind(s, "\\", at + 1))
      s = (at > 0 ? StringSubstr(s, 0, at) : "") + StringSubstr(s, at + 1);
   return s;
}
// A member of an object as it stands there; empty: there is none.
string json_get(const string &s, const string wanted) {
   int at = 1;
   for(string name = json_take(s, at); name != ""; name = json_take(s, at)) {
      string value = json_take(s, at);
      if(json_text(name) == wanted) return value;
   }
   return "";
}

string text_of(const string &s, const string name) { return json_text(json_get(s, name)); }
long integer_of(const string &s, const string name) { return StringToInteger(text_of(s, name)); }
double number_of(const string &s, const string name) { return StringToDouble(text_of(s, name)); }

// ---- the connection ----
// Why the connection is over; false, for the callers to pass on.
bool over(const string reason) { Print("TradingBridge: ", reason); return false; }

bool say(const string type, const string fields) {
   string line = "{\"type\":\"" + type + "\"" + fields + "}\n";
   ArrayResize(piece, 0);
   int left = StringToCharArray(line, piece, 0, WHOLE_ARRAY, CP_UTF8) - 1; // without the NUL
   while(left > 0) {
      int n = UseTLS ? SocketTlsSend(connection, piece, (uint)left) : SocketSend(connection, piece, (uint)left);
      if(n <= 0) return over("sending failed, error " + IntegerToString(GetLastError()));
      left -= n;
      for(int i = 0; i < left; i++) piece[i] = piece[n + i];
   }
   return true;
}
// What has come, into `received`.  SocketIsReadable() may say 1 where there is nothing.
bool receive() {
   uint most = UseTLS ? 65536 : SocketIsReadable(connection);
   ArrayResize(piece, 0);
   ResetLastError();
   int n = most == 0 ? 0 : UseTLS ? SocketTlsReadAvailable(connection, piece, most)
                                  : SocketRead(connection, piece, most, 1);
   if(n < 0 && GetLastError() == ERR_NETSOCKET_IO_ERROR) return over("the connection was lost");
   if(n > 0) {
      ArrayResize(received, received_bytes + n, 65536);
      for(int i = 0; i < n; i++) received[received_bytes + i] = piece[i];
      received_bytes += n;
      asked = 0;
   }
   return SocketIsConnected(connection) || over("the connection was closed");
}

string sessions(const string name) {
   string list = "";
   datetime from = 0, to = 0;
   for(int day = 0; day < 7; day++)
      for(uint i = 0; SymbolInfoSessionQuote(name, (ENUM_DAY_OF_WEEK)day, i, from, to); i++)
         list += (list == "" ? "[" : ",[") + IntegerToString(day) + "," +
            IntegerToString((long)from / 60) + "," + IntegerToString(to == 0 ? 1440 : (long)to / 60) + "]";
   return raw("sessions", "[" + list + "]");
}
// Of what cannot be traded some are 0, which tickd would not take.
string above_zero(const string name, const string symbol, const ENUM_SYMBOL_INFO_DOUBLE which) {
   return number(name, MathMax(SymbolInfoDouble(symbol, which), 0.00000001));
}

string hello_symbol(const string s) {
   return text("name", s) + integer("digits", SymbolInfoInteger(s, SYMBOL_DIGITS)) +
      above_zero("point", s, SYMBOL_POINT) + above_zero("tick_size", s, SYMBOL_TRADE_TICK_SIZE) +
      above_zero("volume_min", s, SYMBOL_VOLUME_MIN) + above_zero("volume_max", s, SYMBOL_VOLUME_MAX) +
      above_zero("volume_step", s, SYMBOL_VOLUME_STEP) + above_zero("tick_value", s, SYMBOL_TRADE_TICK_VALUE) +
      integer("stops_level", SymbolInfoInteger(s, SYMBOL_TRADE_STOPS_LEVEL)) +
      integer("freeze_level", SymbolInfoInteger(s, SYMBOL_TRADE_FREEZE_LEVEL));
}

int find_instrument(const string name) {
   for(int i = 0; i < ArraySize(instruments); i++)
      if(instruments[i].name == name) return i;
   return -1;
}

void add_instrument(const string name) {
   int count = ArraySize(instruments);
   Instrument it = {};
   if(name == "" || find_instrument(name) >= 0 || count >= SYMBOLS_MOST || !SymbolSelect(name, true)) return;
   it.name = name;
   it.digits = (int)SymbolInfoInteger(name, SYMBOL_DIGITS);
   it.from_msc = it.scanned = it.mark_msc = first_bar * 1000;
   it.bars_seen = -1;
   ArrayResize(instruments, count + 1, 100);
   instruments[count] = it;
}
// What is held is always among them.
void choose_instruments() {
   ARRAY(string, names);
   int listed = StringSplit(SymbolList, ',', names);
   ArrayResize(instruments, 0);
   for(int i = 0; i < PositionsTotal(); i++)
      if(PositionGetTicket(i) > 0) add_instrument(PositionGetString(POSITION_SYMBOL));
   for(int i = 0; i < listed; i++) {
      StringTrimLeft(names[i]);
      StringTrimRight(names[i]);
      add_instrument(names[i]);
   }
   watched = SymbolsTotal(true);
   for(int i = 0; listed <= 0 && i < watched; i++) add_instrument(SymbolName(i, true));
}

bool open_connection() {
   login = AccountInfoInteger(ACCOUNT_LOGIN);
   first_bar = (long)TimeTradeServer() / 300 * 300;
   choose_instruments();
   welcome = false;
   outstanding = received_bytes = 0;
   slice_ms = SLICE_MS;
   missing = ping_due = report_due = equity_due = 0;
   asked = GetTickCount64();
   ResetLastError();
   connection = SocketCreate();
   if(!SocketConnect(connection, Host, (uint)Port, 5000))
      return over(GetLastError() == ERR_FUNCTION_NOT_ALLOWED ? "not allowed: add Host in Tools > Options > Expert Advisors"
         : "no connection, error " + IntegerToString(GetLastError()));
   SocketTimeouts(connection, 10000, 10000);
   if(UseTLS && !SocketTlsHandshake(connection, Host))
      return over("no TLS, error " + IntegerToString(GetLastError()));
   long mode = AccountInfoInteger(ACCOUNT_MARGIN_MODE);
   string list = "", margin = mode == ACCOUNT_MARGIN_MODE_EXCHANGE ? "exchange" : "netting";
   if(mode == ACCOUNT_MARGIN_MODE_RETAIL_HEDGING) margin = "hedging";
   for(int i = 0; i < ArraySize(instruments); i++)
      list += (i == 0 ? "{" : ",{") + StringSubstr(hello_symbol(instruments[i].name), 1) +
         (StringLen(list) < LINE_MOST / 4 ? sessions(instruments[i].name) : "") + "}";
   return say("hello", integer("version", 1) + text("token", Token) + integer("account", login) +
      text("server", AccountInfoString(ACCOUNT_SERVER)) + text("margin_mode", margin) +
      text("currency", AccountInfoString(ACCOUNT_CURRENCY)) + clocks() + raw("symbols", "[" + list + "]"));
}

// ---- ticks and bars ----
// All of one symbol until then (inclusive), as far as lines may be unacknowledged.
bool send_ticks(Instrument &it, const long until, const long clock) {
   ResetLastError();
   int count = CopyTicksRange(it.name, ticks, COPY_TICKS_ALL, (ulong)it.mark_msc, (ulong)until);
   int error = GetLastError(), at = 0;
   it.failures++;
   if(count < 0 || error == ERR_HISTORY_TIMEOUT || error == ERR_NOT_ENOUGH_MEMORY)
      return true; // there may be more: not a step further
   it.failures = 0;
   while(at < count && at < it.mark_count && ticks[at].time_msc == it.mark_msc) at++;
   if(count > 0 && it.unproven && at == 0) it.from_msc = ticks[0].time_msc; // the history begins later
   if(count > 0) it.unproven = false;
   if(at < count) slice_ms = SLICE_MS;
   while(at < count && outstanding < LINES_MOST) {
      string rows = "", from = it.from_msc < 0 ? "" : integer("from_msc", it.from_msc);
      long first = ticks[at].time_msc == it.mark_msc ? it.mark_count : 0;
      for(int n = 0; at < count && n < TICKS_MOST && StringLen(rows) < LINE_MOST; n++, at++) {
         it.mark_count = ticks[at].time_msc == it.mark_msc ? it.mark_count + 1 : 1;
         it.mark_msc = ticks[at].time_msc;
         rows += (n == 0 ? "[" : ",[") + IntegerToString(it.mark_msc) +
            price(ticks[at].bid, it.digits) + price(ticks[at].ask, it.digits) +
            price(ticks[at].last, it.digits) + price(ticks[at].volume_real, 8) + "," +
            IntegerToString((long)ticks[at].flags) + "]";
      }
      it.seq++;
      it.from_msc = -1;
      outstanding++;
      if(!say("ticks", text("symbol", it.name) + integer("seq", it.seq) + clocks() +
         integer("first", first) + from + raw("ticks", "[" + rows + "]"))) return false;
   }
   if(at == count) it.scanned = MathMin(until, clock);
   return true;
}
// All symbols go forward together: none gets more than a slice ahead of the slowest.
bool pump_ticks() {
   int total = ArraySize(instruments);
   long clock = (long)TimeTradeServer() * 1000, slowest = clock, slice = slice_ms;
   if(!TerminalInfoInteger(TERMINAL_CONNECTED)) return true;
   for(int i = 0; i < total; i++)
      if(instruments[i].failures < FAILURES_MOST) slowest = MathMin(slowest, instruments[i].scanned);
   if(outstanding == 0) slice_ms = MathMin(2 * slice, SLICE_MOST_MS); // the first tick sets it back
   for(int n = 0; n < total && outstanding < LINES_MOST; n++) {
      int i = cursor = (cursor + 1) % total; // who had to wait comes first
      long until = MathMin(slowest, instruments[i].scanned) + slice;
      if(until >= clock) until = clock + SLICE_MOST_MS; // ticks may be ahead of the terminal's clock
      if(instruments[i].scanned < until && !send_ticks(instruments[i], until, clock)) return false;
   }
   return true;
}
// Once two readings agree: while the terminal loads them there come more and more.
bool send_bars(Instrument &it) {
   if(it.bars_from == 0 || now < it.bars_due) return true;
   datetime to = (datetime)(first_bar - 300), from = (datetime)MathMin(it.bars_from, first_bar - 300);
   int count = CopyRates(it.name, PERIOD_M5, from, to, rates);
   if(count < 0 || count != it.bars_seen) {
      it.bars_due = now + (count < 0 ? EVERY_MS : EVERY_MS / 5);
      it.bars_seen = count;
      return true;
   }
   it.bars_from = 0;
   for(int at = 0; at == 0 || at < count; at += BARS_MOST) {
      string rows = "";
      for(int i = at; i < MathMin(count, at + BARS_MOST); i++)
         rows += (i == at ? "[" : ",[") + IntegerToString((long)rates[i].time) + price(rates[i].open, it.digits) +
            price(MathMax(rates[i].high, MathMax(rates[i].open, rates[i].close)), it.digits) + // brokers err
            price(MathMin(rates[i].low, MathMin(rates[i].open, rates[i].close)), it.digits) +
            price(rates[i].close, it.digits) + "," + IntegerToString(rates[i].tick_volume) + "," +
            IntegerToString(rates[i].spread) + "," + IntegerToString(rates[i].real_volume) + "]";
      if(!say("bars", text("symbol", it.name) + text("timeframe", "M5") +
         raw("last", at + BARS_MOST >= count ? "true" : "false") + raw("bars", "[" + rows + "]"))) return false;
   }
   return true;
}

// ---- positions ----
// `closed`, once deals tell how, or after a minute without; `told`: it was sent.
bool say_closed(const long ticket, bool &told) {
   double in = 0, out = 0, last = 0, profit = 0;
   long msc = (long)TimeTradeServer() * 1000;
   string reason = "DEAL_REASON_UNKNOWN";
   HistorySelectByPosition(ticket);
   for(int i = 0; i < HistoryDealsTotal(); i++) {
      ulong deal = HistoryDealGetTicket(i);
      double volume = HistoryDealGetDouble(deal, DEAL_VOLUME);
      profit += HistoryDealGetDouble(deal, DEAL_PROFIT) + HistoryDealGetDouble(deal, DEAL_SWAP) +
         HistoryDealGetDouble(deal, DEAL_COMMISSION);
      if(HistoryDealGetInteger(deal, DEAL_ENTRY) == DEAL_ENTRY_IN) in += volume;
      else {
         out += volume;
         last = HistoryDealGetDouble(deal, DEAL_PRICE);
         msc = HistoryDealGetInteger(deal, DEAL_TIME_MSC);
         reason = EnumToString((ENUM_DEAL_REASON)HistoryDealGetInteger(deal, DEAL_REASON));
      }
   }
   bool known = out > 0 && out > in - TINY;
   StringToLower(reason);
   told = known || now - missing > GONE_MS;
   return !told || say("closed", integer("ticket", ticket) + integer("time_msc", msc) +
      (known ? number("price", last) + number("profit", profit) : "") +
      text("reason", StringSubstr(reason, StringLen("DEAL_REASON_"))));
}
// Where a position is missing and no deal says why, the report is not complete.
bool pump_positions() {
   string fixed = "", list = "", here = "", ticket;
   int total = PositionsTotal(), i = 0, at = 1;
   bool told = true, all_told = true;
   for(; i < total && PositionGetTicket(i) > 0 && StringLen(list) < LINE_MOST; i++) {
      if(find_instrument(PositionGetString(POSITION_SYMBOL)) < 0) return over("a new symbol is held");
      here += "," + IntegerToString(PositionGetInteger(POSITION_TICKET)) + ",";
      bool buy = PositionGetInteger(POSITION_TYPE) == POSITION_TYPE_BUY;
      string fields = integer("ticket", PositionGetInteger(POSITION_TICKET)) + text("type", buy ? "buy" : "sell") +
         text("symbol", PositionGetString(POSITION_SYMBOL)) + number("volume", PositionGetDouble(POSITION_VOLUME)) +
         number("price_open", PositionGetDouble(POSITION_PRICE_OPEN)) + number("sl", PositionGetDouble(POSITION_SL)) +
         number("tp", PositionGetDouble(POSITION_TP)) + integer("time_msc", PositionGetInteger(POSITION_TIME_MSC)) +
         integer("magic", PositionGetInteger(POSITION_MAGIC)) + text("comment", PositionGetString(POSITION_COMMENT));
      fixed += fields; // a change of these is told at once
      list += (list == "" ? "{" : ",{") + StringSubstr(fields, 1) +
         number("price_current", PositionGetDouble(POSITION_PRICE_CURRENT)) +
         number("profit", PositionGetDouble(POSITION_PROFIT)) + "}";
   }
   bool whole = TerminalInfoInteger(TERMINAL_CONNECTED) && i == total && PositionsTotal() == total;
   for(ticket = json_take(held, at); ticket != ""; ticket = json_take(held, at)) {
      if(StringFind(here, "," + ticket + ",") >= 0) continue;
      if(whole && missing == 0) missing = now;
      if(whole && !say_closed(StringToInteger(ticket), told)) return false;
      if(!whole || !told) here += "," + ticket + ",";
      all_told = all_told && told;
   }
   held = "[" + here + "]";
   if(!whole || all_told) missing = 0;
   string complete = raw("complete", whole && all_told ? "true" : "false");
   if(fixed + complete == reported && now < report_due) return true;
   reported = fixed + complete;
   report_due = now + EVERY_MS;
   reports++;
   return say("positions", integer("seq", reports) + complete + raw("positions", "[" + list + "]"));
}

// ---- actions ----
// Retcodes: it is done; the price has moved; nothing was ordered, but may be later; who knows.
bool executed(const long r) { return (r >= 10008 && r <= 10010) || r == 10025; }
bool requoted(const long r) { return r == 10004 || r == 10020 || r == 10021; }
bool waiting(const long r) { return requoted(r) || r == 10018 || r == 10024 || r == EXPIRED; }
bool unknown(const long r) { return r == 10011 || r == 10012 || r == 10028 || r == 10031; }

// For good: on disk before the first order.
bool set_mark(const string token, const long mark) {
   bool set = GlobalVariableSet("TradingBridge " + token, (double)mark) != 0;
   GlobalVariablesFlush();
   return set;
}

double on_grid(const string symbol, const double value) {
   double size = SymbolInfoDouble(symbol, SYMBOL_TRADE_TICK_SIZE);
   int digits = (int)SymbolInfoInteger(symbol, SYMBOL_DIGITS);
   return NormalizeDouble(size > 0 ? MathRound(value / size) * size : value, digits);
}
// One request; after a requote again at the present price.
bool order(Action &action, MqlTradeRequest &request) {
   MqlTradeResult result = {};
   MqlTick quote = {};
   long modes = SymbolInfoInteger(request.symbol, SYMBOL_FILLING_MODE);
   request.type_filling = (modes & SYMBOL_FILLING_IOC) != 0 ? ORDER_FILLING_IOC :
      (modes & SYMBOL_FILLING_FOK) != 0 ? ORDER_FILLING_FOK : ORDER_FILLING_RETURN;
   request.magic = (ulong)Magic;
   request.comment = action.token;
   request.deviation = (ulong)Deviation;
   for(int attempt = 0; attempt == 0 || (attempt < 3 && requoted(action.retcode)); attempt++) {
      if(attempt == 0) action.retcode = EXPIRED; // else what was refused before
      if((long)TimeTradeServer() > action.expires) break;
      if(request.action == TRADE_ACTION_DEAL && SymbolInfoTick(request.symbol, quote))
         request.price = on_grid(request.symbol, request.type == ORDER_TYPE_BUY ? quote.ask : quote.bid);
      ZeroMemory(result);
      if(!OrderSend(request, result) && result.retcode == 0) result.retcode = TRADE_RETCODE_TIMEOUT;
      action.retcode = (long)result.retcode;
      action.comment = result.comment;
   }
   if(!executed(action.retcode)) return false;
   action.done++;
   action.price = result.price;
   action.volume += result.volume;
   if(request.position > 0) return true;
   action.ticket = (long)result.order; // as a rule it is the position's
   for(int i = 0; i < 20 && result.deal > 0 && !HistoryDealSelect(result.deal); i++) Sleep(50);
   if(HistoryDealSelect(result.deal)) action.ticket = HistoryDealGetInteger(result.deal, DEAL_POSITION_ID);
   return true;
}
// One of the action's orders; a close that is filled in part goes on with the rest.
bool perform(Action &action, const string &one) {
   string what = text_of(one, "do");
   double volume = number_of(one, "volume");
   MqlTradeRequest request = {};
   request.action = what == "modify" ? TRADE_ACTION_SLTP : TRADE_ACTION_DEAL;
   request.symbol = action.symbol;
   request.sl = on_grid(action.symbol, number_of(one, "sl"));
   request.volume = volume;
   request.type = text_of(one, "direction") == "buy" ? ORDER_TYPE_BUY : ORDER_TYPE_SELL;
   action.volume = 0;
   action.retcode = TRADE_RETCODE_INVALID;
   if(what == "open") return order(action, request);
   if(what != "close" && what != "modify") return false;
   request.position = (ulong)integer_of(one, "ticket");
   action.retcode = TRADE_RETCODE_POSITION_CLOSED;
   for(int part = 0; part < 20 && PositionSelectByTicket(request.position); part++) {
      request.type = PositionGetInteger(POSITION_TYPE) == POSITION_TYPE_BUY ? ORDER_TYPE_SELL : ORDER_TYPE_BUY;
      request.volume = MathMin(NormalizeDouble(volume - action.volume, 8), PositionGetDouble(POSITION_VOLUME));
      if(what == "modify") request.tp = PositionGetDouble(POSITION_TP);
      if(!order(action, request) || action.retcode != TRADE_RETCODE_DONE_PARTIAL || action.volume > volume - TINY) break;
   }
   return executed(action.retcode);
}
// Whether this one was executed, by the comments of deals; of a marked one by what is there now.
bool found(Action &action, const string &one, const bool marked) {
   string what = text_of(one, "do");
   ulong ticket = (ulong)integer_of(one, "ticket");
   action.volume = 0;
   HistorySelect(TimeTradeServer() - 86400, TimeTradeServer() + 86400);
   for(int i = 0; i < HistoryDealsTotal(); i++) {
      ulong deal = HistoryDealGetTicket(i), id = (ulong)HistoryDealGetInteger(deal, DEAL_POSITION_ID);
      bool enters = HistoryDealGetInteger(deal, DEAL_ENTRY) == DEAL_ENTRY_IN;
      bool ours = enters == (what == "open") && (enters || id == ticket);
      if(!ours || HistoryDealGetString(deal, DEAL_COMMENT) != action.token) continue;
      if(enters) action.ticket = (long)id;
      action.price = HistoryDealGetDouble(deal, DEAL_PRICE);
      action.volume += HistoryDealGetDouble(deal, DEAL_VOLUME);
   }
   if(what == "open") return action.volume > 0;
   if(what == "close" && action.volume > number_of(one, "volume") - TINY) return true;
   if(!marked || !TerminalInfoInteger(TERMINAL_CONNECTED)) return false;
   bool here = PositionSelectByTicket(ticket);
   double sl = on_grid(action.symbol, number_of(one, "sl"));
   return what == "close" ? !here : here && MathAbs(PositionGetDouble(POSITION_SL) - sl) < TINY;
}

void carry_out(Action &action, const string &orders) {
   int at = 1;
   if(!set_mark(action.token, BEGUN)) return;
   for(string one = json_take(orders, at); one != ""; one = json_take(orders, at))
      if(!perform(action, one)) break;
   if(action.done > 0 && waiting(action.retcode)) action.retcode = TRADE_RETCODE_REJECT; // not again
   if(unknown(action.retcode)) action.retcode = TRADE_RETCODE_TIMEOUT;
   else set_mark(action.token, action.retcode);
   if(!unknown(action.retcode) && !waiting(action.retcode)) remembered[results++ % RESULTS_MOST] = action;
}

bool answer(const Action &a) {
   return say("result", text("action_id", a.id) + integer("retcode", a.retcode) + integer("ticket", a.ticket) +
      number("price", a.price) + number("volume", a.volume) + text("comment", a.comment));
}

bool on_action(const string &line) {
   Action action = {};
   string orders = json_get(line, "orders"), one;
   bool check = json_get(line, "check") == "true", all = true, some = false;
   int at = 1;
   action.id = text_of(line, "action_id");
   action.token = text_of(line, "token");
   action.symbol = text_of(line, "symbol");
   action.expires = integer_of(line, "expires");
   for(int i = 0; i < RESULTS_MOST; i++)
      if(remembered[i].id == action.id) return answer(remembered[i]);
   string name = "TradingBridge " + action.token;
   long mark = GlobalVariableCheck(name) ? (long)GlobalVariableGet(name) : UNMARKED;
   for(one = json_take(orders, at); one != ""; one = json_take(orders, at)) {
      if(found(action, one, mark != UNMARKED)) some = true;
      else all = false;
   }
   if(some && all) action.retcode = executed(mark) ? mark : TRADE_RETCODE_DONE;
   else if(mark != BEGUN && mark != UNMARKED && (check || !waiting(mark))) action.retcode = mark;
   else if(mark == BEGUN || some) action.retcode = TRADE_RETCODE_TIMEOUT;
   else if(check) action.retcode = NOT_ORDERED;
   else if((long)TimeTradeServer() > action.expires) action.retcode = EXPIRED;
   else if(!AllowOrders || !MQLInfoInteger(MQL_TRADE_ALLOWED) || !TerminalInfoInteger(TERMINAL_TRADE_ALLOWED))
      action.retcode = TRADE_RETCODE_CLIENT_DISABLES_AT;
   else if(!TerminalInfoInteger(TERMINAL_CONNECTED)) action.retcode = TRADE_RETCODE_CONNECTION;
   else carry_out(action, orders);
   return answer(action);
}

// ---- what tickd says ----
void on_welcome(const string &line) {
   string resume = json_get(line, "resume"), bars = json_get(line, "bars");
   for(int i = 0; i < ArraySize(instruments); i++) {
      string mark = json_get(resume, instruments[i].name);
      instruments[i].bars_from = integer_of(bars, instruments[i].name);
      if(mark == "") continue;
      instruments[i].mark_msc = instruments[i].scanned = integer_of(mark, "time_msc");
      instruments[i].mark_count = integer_of(mark, "count_in_ms");
      instruments[i].from_msc = -1;
      instruments[i].unproven = true;
   }
   held = json_get(line, "open");
   welcome = true;
   backoff_ms = 1000;
   Print("TradingBridge: connected, ", ArraySize(instruments), " symbols, ", text_of(line, "mode"));
}

bool on_line(const string &line) {
   string type = text_of(line, "type"), code = text_of(line, "code");
   int i = find_instrument(text_of(line, "symbol"));
   long seq = integer_of(line, "seq");
   if(type == "welcome") on_welcome(line);
   if(type == "ack" && i >= 0 && seq > instruments[i].acked && seq <= instruments[i].seq) {
      outstanding -= seq - instruments[i].acked;
      instruments[i].acked = seq;
   }
   if(type == "error") Print("TradingBridge: tickd says ", code, ": ", text_of(line, "message"));
   if(StringFind(",token,refused,account,version,replaced,bad-message,", "," + code + ",") >= 0) backoff_ms = 60000;
   return type != "action" || on_action(line);
}

bool turn() {
   int begin = 0;
   now = GetTickCount64();
   if(!receive()) return false;
   for(int i = 0; i < received_bytes; i++) {
      if(received[i] != '\n') continue;
      string line = i > begin ? CharArrayToString(received, begin, i - begin, CP_UTF8) : "";
      begin = i + 1;
      if(!on_line(line)) return false;
   }
   received_bytes -= begin;
   for(int i = 0; i < received_bytes && begin > 0; i++) received[i] = received[begin + i];
   if(asked > 0 && GetTickCount64() - asked > SILENCE_MS) return over("tickd does not answer");
   if(!welcome) return true;
   if(AccountInfoInteger(ACCOUNT_LOGIN) != login) return over("another account");
   if(SymbolList == "" && SymbolsTotal(true) != watched) return over("Market Watch has changed");
   if(now >= ping_due) {
      ping_due = now + EVERY_MS;
      if(asked == 0) asked = now;
      if(!say("ping", clocks())) return false;
   }
   for(int i = 0; i < ArraySize(instruments); i++)
      if(!send_bars(instruments[i])) return false;
   double balance = AccountInfoDouble(ACCOUNT_BALANCE), equity = AccountInfoDouble(ACCOUNT_EQUITY);
   bool account_due = balance != balance_said || now >= equity_due;
   if(account_due) equity_due = now + EVERY_MS;
   balance_said = balance;
   if(account_due && !say("account", number("balance", balance) + number("equity", equity))) return false;
   return pump_ticks() && pump_positions();
}

void OnStart() {
   while(!IsStopped()) {
      while(!IsStopped() && !TerminalInfoInteger(TERMINAL_CONNECTED)) Sleep(100);
      if(open_connection())
         while(!IsStopped() && turn()) Sleep(PollMs);
      SocketClose(connection);
      for(int ms = 0; ms < backoff_ms && !IsStopped(); ms += 100) Sleep(100);
      backoff_ms = MathMin(2 * backoff_ms, 30000);
   }
}
