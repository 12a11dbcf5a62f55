#include "logd/assets.h"

#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* The assembler takes the file as it is; paths are those of the build, from the root. */
#define EMBED(symbol, path)                                                                        \
	__asm__(".section .rodata\n"                                                              \
		".balign 16\n"                                                                    \
		"asset_" #symbol ":\n"                                                            \
		".incbin \"" path "\"\n"                                                          \
		"asset_" #symbol "_end:\n"                                                        \
		".byte 0\n"                                                                       \
		".previous\n");                                                                   \
	extern const unsigned char asset_##symbol[], asset_##symbol##_end[]

EMBED(index, "logd/web/index.html");
EMBED(style, "logd/web/style.css");
EMBED(app, "logd/web/app.js");
EMBED(api, "logd/web/api.js");
EMBED(format, "logd/web/format.js");
EMBED(panels, "logd/web/panels.js");
EMBED(chart, "logd/web/chart.js");
EMBED(icon, "logd/web/icon.svg");
EMBED(lightweight_charts,
    "build/web/node_modules/lightweight-charts/dist/lightweight-charts.standalone.production.mjs");

#define SCRIPT "text/javascript; charset=utf-8"

static const struct asset assets[] = {
	{"index.html", "text/html; charset=utf-8", asset_index, asset_index_end},
	{"style.css", "text/css; charset=utf-8", asset_style, asset_style_end},
	{"app.js", SCRIPT, asset_app, asset_app_end},
	{"api.js", SCRIPT, asset_api, asset_api_end},
	{"format.js", SCRIPT, asset_format, asset_format_end},
	{"panels.js", SCRIPT, asset_panels, asset_panels_end},
	{"chart.js", SCRIPT, asset_chart, asset_chart_end},
	{"icon.svg", "image/svg+xml", asset_icon, asset_icon_end},
	{"lightweight-charts.js", SCRIPT, asset_lightweight_charts, asset_lightweight_charts_end},
};

#define ASSET_COUNT (sizeof(assets) / sizeof(assets[0]))

const struct asset *
assets_find(const char *name)
{
	for (size_t i = 0; i < ASSET_COUNT; i++)
		if (strcmp(assets[i].name, name) == 0)
			return &assets[i];
	return NULL;
}

size_t
assets_length(const struct asset *asset)
{
	return (size_t)((uintptr_t)asset->end - (uintptr_t)asset->bytes);
}

/* FNV-1a: it tells versions apart, nothing more is asked of it. */
static uint64_t
hash(const struct asset *asset)
{
	uint64_t value = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < assets_length(asset); i++)
		value = (value ^ asset->bytes[i]) * UINT64_C(0x100000001b3);
	return value;
}

const char *
assets_etag(const struct asset *asset)
{
	static char etags[ASSET_COUNT][20];
	char *etag = etags[asset - assets];

	if (etag[0] == '\0')
		snprintf(etag, sizeof(etags[0]), "\"%016" PRIx64 "\"", hash(asset));
	return etag;
}
