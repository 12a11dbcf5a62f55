# What scripts/lint checks file by file, each in its own process and only when the file or a header
# of it has changed: build/lint/KIND/FILE.ok is made when KIND had nothing to say about FILE, and
# FILE.log keeps what it had to say otherwise.

CI := 1
include Makefile
LINT := build/lint

CODE := $(sort $(shell find $(FOLDERS) tests/fuzz -name '*.c' -not -path '*/node_modules/*'))
TESTS := $(sort $(shell find tests -name '*.c' -not -path 'tests/fuzz/*'))
# Without its macros: what glibc puts for tolower() and ntohs() would be measured as our code.
TIDY_FLAGS := $(filter-out -Werror -O2 -D_FORTIFY_SOURCE=2,$(ALL_CFLAGS)) -O0 -D__NO_CTYPE

analyzer := $(CODE:%.c=$(LINT)/analyzer/%.ok)
tidy := $(CODE:%.c=$(LINT)/tidy/%.ok)
clang := $(TESTS:%.c=$(LINT)/clang/%.ok)

lint-files: $(analyzer) $(tidy) $(clang)

# $(call check,COMMAND): its output is shown only where it fails.
check = mkdir -p $(@D); rm -f $@; if { $(1); } >$(@:.ok=.log) 2>&1; then touch $@; else \
	cat $(@:.ok=.log); exit 1; fi
depends = -MMD -MP -MF $(@:.ok=.d) -MT $@
# What gcc says of the tests without the analyzer, their build in `make test` says with -Werror.
CLANG = clang $(ALL_CFLAGS) -fsyntax-only $(depends) $<

# assets.c takes in the dashboard, whose chart npm must have brought.
$(LINT)/analyzer/logd/assets.ok $(LINT)/tidy/logd/assets.ok: $(WEB_CHART)

$(LINT)/analyzer/%.ok: %.c scripts/lint.mk
	@$(call check,gcc $(ALL_CFLAGS) -fanalyzer -fdiagnostics-path-format=none $(depends) -c -o $(@:.ok=.o) $<)

$(LINT)/tidy/%.ok: %.c .clang-tidy scripts/lint.mk
	@$(call check,$(CLANG) && clang-tidy --quiet $< -- $(TIDY_FLAGS))

$(LINT)/clang/%.ok: %.c scripts/lint.mk
	@$(call check,$(CLANG))

.PHONY: lint-files
-include $(shell find $(LINT) -name '*.d' 2>/dev/null)
