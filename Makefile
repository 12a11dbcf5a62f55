# Plain GNU make, out of tree: everything made is below build/$(MODE)/.
# MODE is release, debug, asan, tsan, cover or fuzz.

MODE ?= release
B := build/$(MODE)
VERSION := 0.1.0

PACKAGES := sqlite3 libuv jansson libsystemd libwebsockets openssl inih libzstd libseccomp libarchive zlib
TEST_PACKAGES := cmocka

WARNINGS := -Wall -Wextra -Wpedantic -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla \
	-Wformat=2 -Wundef -Wno-unused-parameter
ifdef CI
WARNINGS += -Werror
endif

CC := gcc
CFLAGS_release := -O2 -D_FORTIFY_SOURCE=2 -fstack-protector-strong
CFLAGS_debug := -O0
CFLAGS_asan := -O1 -fsanitize=address,undefined -fno-sanitize-recover=undefined \
	-fno-omit-frame-pointer
CFLAGS_tsan := -O1 -fsanitize=thread -fno-omit-frame-pointer
CFLAGS_cover := -O0 --coverage
CFLAGS_fuzz := -O1 -fsanitize=address,undefined,fuzzer-no-link -fno-omit-frame-pointer
ifeq ($(MODE),fuzz)
CC := clang
endif

# pkg-config is asked once make has something to build: `make deps` and `make help` need none.
needs_packages := $(filter-out help deps deps-test clean layers,$(or $(MAKECMDGOALS),all))
ifneq ($(needs_packages),)
ifneq ($(shell pkg-config --exists $(PACKAGES) $(TEST_PACKAGES) 2>/dev/null || echo missing),)
# A bare machine: the first thing that any goal does is to install what is missing.
$(info Libraries are missing: installing them from Debian (make deps).)
ifneq ($(shell scripts/deps >&2 && echo ok),ok)
$(error scripts/deps failed: see above)
endif
endif
PACKAGE_CFLAGS := $(shell pkg-config --cflags $(PACKAGES))
PACKAGE_LIBS := $(shell pkg-config --libs $(PACKAGES))
endif

# The same figures on every processor: no a * b + c in one step.
ALL_CFLAGS := -std=gnu17 -g -pthread -ffp-contract=off -I. $(WARNINGS) $(CFLAGS_$(MODE)) $(PACKAGE_CFLAGS) $(CFLAGS)
ALL_LDFLAGS := -pthread -Wl,--as-needed $(filter -fsanitize=% --coverage,$(CFLAGS_$(MODE))) $(LDFLAGS)

# ---- one archive a folder, so that a test links what the daemon links ----

PROGRAM_FOLDERS := tickd analysisd logd supervisor tradingctl marketsim
FOLDERS := common $(PROGRAM_FOLDERS)

sources = $(filter-out %/main.c,$(sort $(shell find $(1) -name '*.c' -not -path '*/node_modules/*')))
objects = $(patsubst %.c,$(B)/obj/%.o,$(call sources,$(1)))
program_name = $(if $(filter supervisor,$(1)),trading-supervisor,$(1))
PROGRAMS := $(foreach f,$(PROGRAM_FOLDERS),$(if $(wildcard $(f)/main.c),$(B)/bin/$(call program_name,$(f))))

all: $(PROGRAMS)

define folder_rules
$(B)/lib/$(1).a: $(call objects,$(1))
	@mkdir -p $$(@D)
	@rm -f $$@
	ar -rcs $$@ $$^
endef
$(foreach f,$(FOLDERS),$(eval $(call folder_rules,$(f))))

define program_rules
$(B)/bin/$(call program_name,$(1)): $(B)/obj/$(1)/main.o $(B)/lib/$(1).a $(B)/lib/common.a
	@mkdir -p $$(@D)
	$(CC) $(ALL_LDFLAGS) -o $$@ $$^ $(PACKAGE_LIBS) -lm
endef
$(foreach f,$(PROGRAM_FOLDERS),$(eval $(call program_rules,$(f))))

$(B)/obj/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

# ---- the dashboard: what the browser needs, from npm, embedded in logd ----

-include logd/web/web.mk

# ---- unit tests: tests/unit/FOLDER/test_MODULE.c links FOLDER.a and common.a ----

UNIT_SOURCES := $(sort $(wildcard tests/unit/*/test_*.c))
UNIT_TESTS := $(UNIT_SOURCES:tests/unit/%.c=$(B)/tests/unit/%)

.SECONDEXPANSION:
$(B)/tests/unit/%: $(B)/obj/tests/unit/%.o $$(addprefix $(B)/lib/,$$(addsuffix .a,$$(sort common $$(firstword $$(subst /, ,$$*)))))
	@mkdir -p $(@D)
	$(CC) $(ALL_LDFLAGS) -o $@ $< -Wl,--start-group $(filter %.a,$^) -Wl,--end-group $(PACKAGE_LIBS) -lcmocka -lm

unit-tests: $(UNIT_TESTS)

-include tests/tests.mk
-include tests/fuzz/fuzz.mk

# ---- what people call ----

run: all
	@scripts/run $(B)/bin

test:
	@scripts/test

test-long:
	@scripts/test long

bench: all
	@scripts/bench $(B)/bin

lint:
	@scripts/lint

layers:
	@scripts/layers

deps:
	@scripts/deps

deps-test:
	@scripts/deps test

clean:
	rm -rf build

help:
	@sed -n 's/^## //p' Makefile

## make                 build everything into build/release/bin (MODE=debug, asan, tsan too)
## make run             build and start everything under build/run with a simulated market
## make run SOURCE=binance SYMBOLS=BTCUSDT,ETHUSDT
##                      the same with the real exchange; both take LISTEN=127.0.0.1:8000 and RUN=DIR,
##                      the simulated one SEED= and RATE= (trades a second and symbol), and MT5=no
##                      (without a terminal of MetaTrader 5)
## make test            every test that this machine can run, in under ten minutes
## make test-long       what takes longer: all kills, thread sanitizer, fuzzing time
## make lint            layers, -fanalyzer, clang-tidy, cppcheck, shellcheck
## make bench           the figures of doc/performance.md, measured here
## make fuzz T=NAME     fuzz one target of tests/fuzz for a minute (SECONDS_PER_TARGET=60)
## make deps            install from Debian what the build needs; deps-test: what tests need
## make layers          check that daemons and stages include only what stands before them
## make clean           remove build/

.PHONY: all run test test-long bench lint layers deps deps-test clean help unit-tests
.DELETE_ON_ERROR:
-include $(shell find $(B)/obj -name '*.d' 2>/dev/null)
