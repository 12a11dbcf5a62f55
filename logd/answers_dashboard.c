#include "logd/answers_dashboard.h"

#include <string.h>

#include "logd/assets.h"

static void
answer_asset(const struct asset *asset, const struct request *request, struct answer *answer)
{
	answer->type = asset->type;
	answer->etag = assets_etag(asset);
	if (request->if_none_match != NULL && strstr(request->if_none_match, answer->etag) != NULL) {
		answer->status = 304;
		return;
	}
	answer->fixed = asset->bytes;
	answer->fixed_length = assets_length(asset);
}

void
answers_dashboard(struct api *api, const struct request *request, struct answer *answer)
{
	answer_asset(assets_find("index.html"), request, answer);
}

void
answers_asset(struct api *api, const struct request *request, struct answer *answer)
{
	const struct asset *asset = assets_find(request->captures[0]);

	if (asset == NULL)
		answer_error(answer, 404, "no_such_path", "there is nothing at %.200s",
		    request->path);
	else
		answer_asset(asset, request, answer);
}
