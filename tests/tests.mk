# What system tests and the benchmark bring of their own in C: tests/system/harness/NAME.c becomes
# $(B)/tests/NAME, tests/bench/NAME.c becomes $(B)/tests/bench/NAME.  What is named *_preload.c is
# a library for LD_PRELOAD.

HARNESS_SOURCES := $(wildcard tests/system/harness/*.c)
PRELOAD_SOURCES := $(filter %_preload.c,$(HARNESS_SOURCES))
PROGRAM_SOURCES := $(filter-out %_preload.c,$(HARNESS_SOURCES))
TEST_PROGRAMS := $(B)/tests/mt5/bridge $(PROGRAM_SOURCES:tests/system/harness/%.c=$(B)/tests/%) \
	$(PRELOAD_SOURCES:tests/system/harness/%.c=$(B)/tests/%.so)
BENCH_PROGRAMS := $(addprefix $(B)/tests/bench/,archive closes fill inserts latency levels \
	past quotes_ceiling scanning storage_ceiling terminal three_files wakeups watchers)

$(PROGRAM_SOURCES:tests/system/harness/%.c=$(B)/tests/%): \
		$(B)/tests/%: $(B)/obj/tests/system/harness/%.o $(B)/lib/common.a
	@mkdir -p $(@D)
	$(CC) $(ALL_LDFLAGS) -o $@ $^ $(PACKAGE_LIBS) -lm

# The terminal's service, as C++ before a terminal and a broker of our own: tests/mt5/.
$(B)/tests/mt5/bridge: mt5/TradingBridge.mq5 $(wildcard tests/mt5/*.cpp tests/mt5/*.h)
	@mkdir -p $(@D)
	$(CXX) -std=c++17 -g -Wall -Wextra -I. $(CFLAGS_$(MODE)) $(CFLAGS) -include tests/mt5/mql5.h -o $@ \
		$(filter %.cpp,$^) -x c++ $< -x none $(ALL_LDFLAGS) $(PACKAGE_LIBS)

$(B)/tests/%_preload.so: tests/system/harness/%_preload.c
	@mkdir -p $(@D)
	$(CC) -std=gnu17 -g -O2 $(WARNINGS) -shared -fPIC -o $@ $<

$(BENCH_PROGRAMS): $(B)/tests/bench/%: $(B)/obj/tests/bench/%.o $(B)/lib/tickd.a $(B)/lib/common.a
	@mkdir -p $(@D)
	$(CC) $(ALL_LDFLAGS) -o $@ $(filter %.o,$^) -Wl,--start-group $(filter %.a,$^) -Wl,--end-group \
		$(PACKAGE_LIBS) -lm

$(B)/tests/bench/watchers: $(B)/lib/analysisd.a
$(B)/tests/bench/latency: $(B)/obj/tests/bench/feeder.o
$(addprefix $(B)/tests/bench/,closes fill levels quotes_ceiling storage_ceiling watchers): \
	$(B)/obj/tests/bench/stage.o
$(addprefix $(B)/tests/bench/,quotes_ceiling scanning terminal): $(B)/obj/tests/bench/quotes.o

.SECONDARY: $(PROGRAM_SOURCES:%.c=$(B)/obj/%.o) $(BENCH_PROGRAMS:$(B)/%=$(B)/obj/%.o)

# Scenarios: tickd's own code on a virtual clock.  What the player brings itself (alarm, clock_now,
# ws_connection, http_call, link, storage) stands before the archives, which then add only the rest.
SCENARIO_OBJECTS := $(patsubst %.c,$(B)/obj/%.o,$(wildcard tests/scenario/*.c))

$(B)/tests/scenario/player: $(SCENARIO_OBJECTS) $(B)/lib/tickd.a $(B)/lib/common.a
	@mkdir -p $(@D)
	$(CC) $(ALL_LDFLAGS) -o $@ $^ $(PACKAGE_LIBS) -lm

scenario-player: $(B)/tests/scenario/player

test-programs: $(TEST_PROGRAMS)

bench-programs: $(BENCH_PROGRAMS)

bench: bench-programs

.PHONY: scenario-player test-programs bench-programs

# Scenarios of analysisd: its own analyses and DTMS beside tickd's own store.
WATCH_OBJECTS := $(patsubst %.c,$(B)/obj/%.o,$(wildcard tests/watch/*.c))

$(B)/tests/watch/player: $(WATCH_OBJECTS) $(B)/lib/analysisd.a $(B)/lib/tickd.a $(B)/lib/common.a
	@mkdir -p $(@D)
	$(CC) $(ALL_LDFLAGS) -o $@ $^ $(PACKAGE_LIBS) -lm

watch-player: $(B)/tests/watch/player

.PHONY: watch-player
