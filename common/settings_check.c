#include "common/settings_check.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>

#include "common/settings_value.h"

static bool
all_above_zero(const struct string_list *numbers)
{
	for (size_t i = 0; i < numbers->count; i++)
		if (strtod(strchr(numbers->items[i], '=') + 1, NULL) <= 0)
			return false;
	return true;
}

static void
check_others(struct settings_loading *loading)
{
	const struct settings *s = loading->settings;
	struct sockaddr_un address;

	settings_fault_unless(loading, strlen(s->paths.runtime_dir) +
	    strlen("/analysisd/control.sock") < sizeof(address.sun_path), &s->paths.runtime_dir,
	    "a shorter path: a socket's name has at most 107 bytes");
	settings_fault_unless(loading, !s->binance.enabled || s->binance.symbols.count > 0,
	    &s->binance.symbols, "at least one symbol while binance.enabled is yes");
	settings_fault_unless(loading, string_list_has(&s->binance.streams, "trade", 5) !=
	    string_list_has(&s->binance.streams, "aggTrade", 8), &s->binance.streams,
	    "either trade or aggTrade among the streams");
	settings_fault_unless(loading,
	    s->binance.weight_per_cent >= 1 && s->binance.weight_per_cent <= 100,
	    &s->binance.weight_per_cent, "1 to 100");
	settings_fault_unless(loading, s->binance.record[0] == '\0' || s->binance.record[0] == '/',
	    &s->binance.record, "an absolute path, or nothing");
	settings_fault_unless(loading, s->binance.record_rotate_us >= 1000000,
	    &s->binance.record_rotate_us, "1s or more");
	settings_fault_unless(loading, s->storage.ring >= 16384 && s->storage.ring <= 1 << 24,
	    &s->storage.ring, "16384 to 16777216");
	settings_fault_unless(loading, s->storage.batch >= 1 && s->storage.batch <= 1000000,
	    &s->storage.batch, "1 to 1000000");
	settings_fault_unless(loading, s->storage.wal_limit_bytes >= 1 << 20,
	    &s->storage.wal_limit_bytes, "1M or more");
	settings_fault_unless(loading, all_above_zero(&s->dtms.vwap_thresholds),
	    &s->dtms.vwap_thresholds, "numbers above 0: else any slope is a flip");
	settings_fault_unless(loading, s->dtms.vwap_threshold > 0, &s->dtms.vwap_threshold,
	    "a number above 0: else any slope is a flip");
	settings_fault_unless(loading, s->api.rows >= 1 && s->api.rows <= 1000000, &s->api.rows,
	    "1 to 1000000");
	settings_fault_unless(loading, s->api.connections >= 1, &s->api.connections, "1 or more");
	settings_fault_unless(loading, s->supervisor.restart_max_us >= s->supervisor.restart_min_us,
	    &s->supervisor.restart_max_us, "at least supervisor.restart_min");
}

/* Not a name, whatever it leads to: 127.0.0.0/8 or ::1. */
static bool
is_loopback(const char *listen)
{
	char address[64];
	struct in_addr v4;
	struct in6_addr v6;
	int port;

	if (settings_split_listen(listen, address, &port) < 0)
		return false;
	if (inet_pton(AF_INET, address, &v4) == 1)
		return ntohl(v4.s_addr) >> 24 == IN_LOOPBACKNET;
	return inet_pton(AF_INET6, address, &v6) == 1 && IN6_IS_ADDR_LOOPBACK(&v6);
}

/* Port 0 is another one each time. */
static bool
is_same_port(const char *listen, const char *other)
{
	char address[64];
	int port;

	return strcmp(listen, other) == 0 &&
	    settings_split_listen(listen, address, &port) == 0 && port != 0;
}

static void
check_mt5(struct settings_loading *loading)
{
	const struct settings *s = loading->settings;
	const struct settings_mt5 *mt5 = &s->mt5;
	bool certificate = mt5->certificate[0] != '\0', key = mt5->key[0] != '\0';
	bool same = mt5->enabled && is_same_port(mt5->listen, s->api.listen);

	settings_fault_unless(loading, !certificate || key, &mt5->certificate, "mt5.key as well");
	settings_fault_unless(loading, !key || certificate, &mt5->key, "mt5.certificate as well");
	settings_fault_unless(loading,
	    !mt5->enabled || certificate || key || is_loopback(mt5->listen), &mt5->listen,
	    "an address of this machine alone, as 127.0.0.1, or mt5.certificate and mt5.key");
	/* Whichever of the two was set: the other one may be the default. */
	if (settings_is_default(loading, &mt5->listen))
		settings_fault_unless(loading, !same, &s->api.listen,
		    "another port than that of mt5.listen");
	else
		settings_fault_unless(loading, !same, &mt5->listen,
		    "another port than that of api.listen");
	settings_fault_unless(loading, mt5->connections >= 1, &mt5->connections, "1 or more");
	settings_fault_unless(loading, mt5->silence_us > 0, &mt5->silence_us, "more than 0");
}

void
settings_check(struct settings_loading *loading)
{
	check_others(loading);
	check_mt5(loading);
}
