/*
 * Which Host and Origin are ours.  Any page in a browser can reach 127.0.0.1, by a name that it
 * points there (DNS rebinding) or from a script of its own: a name or a page that is not ours is
 * refused.  Pure.
 */
#ifndef LOGD_HOSTS_H
#define LOGD_HOSTS_H

#include <stdbool.h>

/*
 * `host` as in the Host header, with or without a port.  Ours are localhost, the loopback
 * addresses and the listening address; any literal address when we listen on all of them.
 */
bool
hosts_allow(const char *host, const char *listen_address);

/* `origin` as in the Origin header: http, a host that is ours, our own port. */
bool
hosts_allow_origin(const char *origin, const char *listen_address, int port);

#endif
