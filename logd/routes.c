#include "logd/routes.h"

#include <stdbool.h>
#include <string.h>

#include "logd/answers_dashboard.h"
#include "logd/answers_market.h"
#include "logd/answers_system.h"
#include "logd/hosts.h"

const struct route routes_table[] = {
	{"GET", "/health", answers_health},
	{"GET", "/api/v1/health", answers_health},
	{"GET", "/metrics", answers_metrics},
	{"GET", "/system-health", answers_pipeline},
	{"GET", "/pipeline-status", answers_pipeline},
	{"GET", "/market-data/{symbol}", answers_market_data},
	{"GET", "/volatility/{symbol}", answers_volatility},
	{"GET", "/offset-calibration/{symbol}", answers_offset_calibration},
	{"GET", "/api/v1/symbols", answers_symbols},
	{"GET", "/api/v1/ticks/{symbol}", answers_ticks},
	{"GET", "/api/v1/candles/{symbol}/{timeframe}", answers_candles},
	{"GET", "/", answers_dashboard},
	{"GET", "/assets/{asset}", answers_asset},
};
const size_t routes_count = sizeof(routes_table) / sizeof(routes_table[0]);

/* True when the path is of the pattern's form; the captures are then filled. */
static bool
matches(const char *pattern, const char *path, char (*captures)[REQUEST_CAPTURE_SIZE])
{
	while (*pattern != '\0') {
		size_t length;

		if (*pattern != '{') {
			if (*pattern++ != *path++)
				return false;
			continue;
		}
		length = strcspn(path, "/");
		if (length == 0 || length >= REQUEST_CAPTURE_SIZE)
			return false;
		memcpy(*captures, path, length);
		(*captures++)[length] = '\0';
		path += length;
		pattern = strchr(pattern, '}') + 1;
	}
	return *path == '\0';
}

const struct route *
routes_find(struct request *request, const char **ret_allow)
{
	*ret_allow = NULL;
	for (size_t i = 0; i < routes_count; i++) {
		const struct route *route = &routes_table[i];

		if (!matches(route->pattern, request->path, request->captures))
			continue;
		if (strcmp(route->method, request->method) == 0)
			return route;
		*ret_allow = "GET, HEAD";
	}
	return NULL;
}

/* Refuses what comes by a name or from a page that is not ours. */
static bool
refuse_stranger(const struct api *api, const struct request *request, struct answer *answer)
{
	if (request->host == NULL)
		answer_error(answer, 400, "host_missing", "the Host header is missing");
	else if (!hosts_allow(request->host, api->listen_address))
		answer_error(answer, 421, "host_not_ours",
		    "%.100s is no name of this server: ask for localhost or its address",
		    request->host);
	else if (request->origin != NULL &&
	    !hosts_allow_origin(request->origin, api->listen_address, api->port))
		answer_error(answer, 403, "origin_not_ours",
		    "pages of %.100s may not ask this server", request->origin);
	else
		return false;
	return true;
}

void
routes_answer(struct api *api, struct request *request, struct answer *answer)
{
	const struct route *route;
	const char *allow;

	if (refuse_stranger(api, request, answer))
		return;
	route = routes_find(request, &allow);
	if (route != NULL) {
		route->handle(api, request, answer);
		return;
	}
	if (allow == NULL) {
		answer_error(answer, 404, "no_such_path", "there is nothing at %.200s",
		    request->path);
		return;
	}
	answer_error(answer, 405, "method_not_allowed", "%s is not allowed here, only %s",
	    request->method, allow);
	answer->allow = allow;
}
