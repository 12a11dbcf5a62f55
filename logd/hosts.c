#define _GNU_SOURCE
#include "logd/hosts.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HOST_SIZE 256
#define PORT_NONE (-1)

/* "name", "name:port", "[v6]", "[v6]:port": the name without brackets and the port. */
static bool
split(const char *host, char name[static HOST_SIZE], int *ret_port)
{
	const char *end, *colon;
	char *rest;
	long port;

	if (*host == '[') {
		end = strchr(++host, ']');
		if (end == NULL || (end[1] != '\0' && end[1] != ':'))
			return false;
		colon = end[1] == ':' ? end + 1 : NULL;
	} else {
		end = strchrnul(host, ':');
		colon = *end == ':' ? end : NULL;
	}
	if (end == host || end - host >= HOST_SIZE)
		return false;
	memcpy(name, host, (size_t)(end - host));
	name[end - host] = '\0';
	*ret_port = PORT_NONE;
	if (colon == NULL)
		return true;
	port = strtol(colon + 1, &rest, 10);
	if (rest == colon + 1 || *rest != '\0' || port < 0 || port > 65535)
		return false;
	*ret_port = (int)port;
	return true;
}

static bool
is_address(const char *name)
{
	unsigned char address[16];

	return inet_pton(AF_INET, name, address) == 1 || inet_pton(AF_INET6, name, address) == 1;
}

static bool
is_loopback(const char *name)
{
	unsigned char address[16];
	static const unsigned char v6_loopback[16] = {[15] = 1};

	if (strcasecmp(name, "localhost") == 0)
		return true;
	if (inet_pton(AF_INET, name, address) == 1)
		return address[0] == 127;
	return inet_pton(AF_INET6, name, address) == 1 && memcmp(address, v6_loopback, 16) == 0;
}

static bool
name_is_ours(const char *name, const char *listen_address)
{
	if (is_loopback(name) || strcmp(name, listen_address) == 0)
		return true;
	return (strcmp(listen_address, "0.0.0.0") == 0 || strcmp(listen_address, "::") == 0) &&
	    is_address(name);
}

bool
hosts_allow(const char *host, const char *listen_address)
{
	char name[HOST_SIZE];
	int port;

	return split(host, name, &port) && name_is_ours(name, listen_address);
}

bool
hosts_allow_origin(const char *origin, const char *listen_address, int port)
{
	static const char scheme[] = "http://";
	char name[HOST_SIZE];
	int origin_port;

	if (strncmp(origin, scheme, sizeof(scheme) - 1) != 0 ||
	    !split(origin + sizeof(scheme) - 1, name, &origin_port))
		return false;
	return name_is_ours(name, listen_address) &&
	    (origin_port == PORT_NONE ? 80 : origin_port) == port;
}
