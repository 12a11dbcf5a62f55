# Fuzz targets: tests/fuzz/fuzz_NAME.c with its seeds in tests/fuzz/corpus/NAME/ and, where there is
# one, its dictionary NAME.dict.  MODE=fuzz links libFuzzer; in every other mode the same file is
# linked with replay.c, which runs it over the seeds given: any compiler, a second, in `make test`.

FUZZ_SOURCES := $(sort $(wildcard tests/fuzz/fuzz_*.c))
FUZZ_TARGETS := $(FUZZ_SOURCES:tests/fuzz/%.c=$(B)/tests/fuzz/%)

# The folder of what is fuzzed, where it is not common/.
FUZZ_FOLDER_fuzz_binance_scan := tickd
FUZZ_FOLDER_fuzz_dtms_question := analysisd
FUZZ_FOLDER_fuzz_exchange_info := tickd
FUZZ_FOLDER_fuzz_klines := tickd
FUZZ_FOLDER_fuzz_mt5_message := tickd
FUZZ_FOLDER_fuzz_number_text := analysisd
FUZZ_FOLDER_fuzz_trades_answer := tickd
FUZZ_FOLDER_fuzz_archive_file := tickd
FUZZ_FOLDER_fuzz_archive_rows := tickd

ifeq ($(MODE),fuzz)
FUZZ_DRIVER :=
FUZZ_LDFLAGS := -fsanitize=fuzzer
else
FUZZ_DRIVER := $(B)/obj/tests/fuzz/replay.o
FUZZ_LDFLAGS :=
endif

.SECONDEXPANSION:
$(FUZZ_TARGETS): $(B)/tests/fuzz/%: $(B)/obj/tests/fuzz/%.o $(FUZZ_DRIVER) \
		$$(addprefix $(B)/lib/,$$(addsuffix .a,$$(FUZZ_FOLDER_$$(*F)) common))
	@mkdir -p $(@D)
	$(CC) $(ALL_LDFLAGS) $(FUZZ_LDFLAGS) -o $@ $(filter %.o,$^) $(filter %.a,$^) $(PACKAGE_LIBS) -lm

fuzz-replays: $(FUZZ_TARGETS)

# make fuzz [T=NAME] [SECONDS_PER_TARGET=60]
fuzz:
	@scripts/fuzz $(T)

.PHONY: fuzz fuzz-replays
