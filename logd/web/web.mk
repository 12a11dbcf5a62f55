# The dashboard: its own files from here, the chart from npm; both become part of logd.
# node_modules stays below build/: npm works on a copy of the two package files.

WEB := build/web
WEB_CHART := $(WEB)/node_modules/lightweight-charts/dist/lightweight-charts.standalone.production.mjs
WEB_FILES := $(sort $(wildcard logd/web/*.html logd/web/*.css logd/web/*.js logd/web/*.svg))

$(WEB_CHART): logd/web/package.json logd/web/package-lock.json
	@mkdir -p $(WEB)
	cp logd/web/package.json logd/web/package-lock.json $(WEB)/
	cd $(WEB) && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

$(B)/obj/logd/assets.o: $(WEB_CHART) $(WEB_FILES)
