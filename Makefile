# Picket.  The rooms stand in the order of the include arrow; a result walks
# them as the README draws it.
#
#   make            both daemons and the command line, in $(O)
#   make run        install what is missing, build, start `picket demo`
#   make test       install what is missing, build, all tests   (T=spool: one)
#   make lint       shape, format, static analysis
#   make asan tsan  the unit and scenario tests under the sanitizers
#   make check      lint, test, asan
#   make bench      figures beside the peers'
#   make install    DESTDIR, PREFIX
#   make docs       the pages in docs/ that are made from the tables
#   make fuzz       F=dns_codec SECONDS=60

O     ?= build
ROOMS := base wire checks probe controller controller/decide controller/store \
         controller/notify controller/web cli
MAINS := $(wildcard probe/picket_probe.c controller/picket_controller.c \
         cli/picket.c)
PKGS  := libcurl libcares openssl libconfig libevent_core libevent_extra \
         libevent_openssl libevent_pthreads sqlite3 libprotobuf-c jansson \
         libzstd libpcre2-8 libpsl libunbound

CC    ?= gcc
STD   := -std=c11 -D_GNU_SOURCE -I. -I$(O)
WARN  := -Wall -Wextra -Wpedantic -Wshadow -Wstrict-prototypes \
         -Wmissing-prototypes -Wold-style-definition -Wpointer-arith \
         -Wcast-qual -Wcast-align -Wwrite-strings -Wformat=2 -Wundef -Wvla \
         -Wswitch-enum -Wconversion -Wsign-conversion -Wdouble-promotion \
         -Wnull-dereference -Wimplicit-fallthrough
GCC   := -Wlogical-op -Wduplicated-cond -Wduplicated-branches -Walloca \
         -Wstack-usage=16384
HARD  := -O2 -g -fno-strict-aliasing -fno-common -fstack-protector-strong \
         -fstack-clash-protection -fcf-protection -U_FORTIFY_SOURCE \
         -D_FORTIFY_SOURCE=3 -fPIE -ffile-prefix-map=$(CURDIR)=.
LINK  := -pie -Wl,-z,relro,-z,now,-z,noexecstack,--as-needed

ifdef SAN
HARD  := -O1 -g -fsanitize=$(SAN) -fno-sanitize-recover=all \
         -fno-omit-frame-pointer -fno-common -fPIE
GCC   := -Wno-null-dereference
LINK  := -pie -fsanitize=$(SAN)
endif

# Asked for once, when a compiler first runs: `make run` installs pkg-config.
PKG_CFLAGS = $(eval PKG_CFLAGS := $$(shell pkg-config --cflags $(PKGS)))$(PKG_CFLAGS)
PKG_LIBS   = $(eval PKG_LIBS := $$(shell pkg-config --libs $(PKGS)) -lpthread -lm)$(PKG_LIBS)
ALL_CFLAGS = $(STD) $(WARN) $(GCC) $(HARD) $(WERROR) $(CFLAGS) $(PKG_CFLAGS)

SRC   := $(filter-out $(MAINS),$(wildcard $(addsuffix /*.c,$(ROOMS))))
PB    := $(patsubst %.proto,$(O)/%.pb-c.c,$(wildcard wire/*.proto))
OBJ   := $(SRC:%.c=$(O)/%.o) $(PB:.c=.o)
BIN   := $(if $(wildcard cli/picket.c),$(O)/picket) \
         $(if $(wildcard probe/picket_probe.c),$(O)/picket-probe) \
         $(if $(wildcard controller/picket_controller.c),$(O)/picket-controller)
TESTS := $(wildcard $(addsuffix /*_test.c,$(addprefix tests/unit/,$(ROOMS)) \
           tests/scenario))
TBIN  := $(TESTS:%.c=$(O)/%)
TLIB  := $(patsubst %.c,$(O)/%.o,$(wildcard tests/lib/*.c))
FAKES := $(filter $(O)/tests/lib/fake_%,$(TLIB))

all: $(BIN)

$(O)/picket-probe:      $(O)/probe/picket_probe.o
$(O)/picket-controller: $(O)/controller/picket_controller.o
$(O)/picket:            $(O)/cli/picket.o
$(O)/picket-probe $(O)/picket-controller $(O)/picket: $(O)/libpicket.a
	$(CC) $(LINK) -o $@ $(filter %.o,$^) $(O)/libpicket.a $(PKG_LIBS)

$(O)/libpicket.a: $(OBJ)
	@rm -f $@
	ar rcsD $@ $^

$(O)/wire/picket.pb-c.c: wire/picket.proto
	@mkdir -p $(@D)
	protoc-c --proto_path=wire --c_out=$(@D) $<

$(O)/wire/picket.pb-c.o: $(O)/wire/picket.pb-c.c
	$(CC) $(STD) $(HARD) $(PKG_CFLAGS) -c -o $@ $<

# The style sheet of the pages, as bytes for style.c.
$(O)/style.inc: controller/web/style.css
	@mkdir -p $(@D)
	od -An -v -tu1 $< | sed 's/ *\([0-9][0-9]*\)/\1,/g; $$s/,$$//' > $@

$(OBJ) $(MAINS:%.c=$(O)/%.o) $(TLIB) $(TBIN): | $(PB) $(O)/style.inc

$(O)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

# What several tests stand on; a fake takes an object's place and is no part.
$(O)/libbed.a: $(filter-out $(FAKES),$(TLIB))
	@rm -f $@
	ar rcsD $@ $^

# Hundreds of programs, each run once: linked fast.  What a test puts on its
# stack is no daemon's, and gcc does not know that an assertion of cmocka ends it.
TEST := -Itests/lib $(if $(wildcard /usr/bin/ld.gold),-fuse-ld=gold) \
        $(if $(GCC),-Wno-stack-usage -Wno-null-dereference)

# A unit test includes the .c it tests; the archives give every other object.
$(O)/tests/%_test: tests/%_test.c $(O)/libbed.a $(O)/libpicket.a $(FAKES)
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) $(TEST) -MMD -MP -MF $@.d $(LINK) -o $@ $< \
	    $(TLIB_OF) $(O)/libbed.a $(O)/libpicket.a $(PKG_LIBS) -lcmocka

# Scenarios and the probe's tests run on the fake loop, linked in place of base/loop.o and worker.o.
$(O)/tests/scenario/%_test $(O)/tests/unit/probe/%_test: TLIB_OF = $(FAKES)
# The crew is threads, and these talk to servers: the real loop.
$(O)/tests/unit/probe/crew_test $(O)/tests/unit/probe/join_test \
    $(O)/tests/unit/probe/link_http_test: TLIB_OF =

# libresolv is the oracle of the codec and of the demo's name server.
$(O)/tests/unit/checks/dns_codec_test $(O)/tests/unit/cli/shop_dns_test: \
    TLIB_OF = -lresolv
# And ldns of the data of records.
$(O)/tests/unit/checks/dns_rdata_test: TLIB_OF = -lldns
$(O)/tests/unit/checks/dns_signature_test: TLIB_OF = -lldns
$(O)/tests/unit/checks/dns_denial_test: TLIB_OF = -lldns

tests: $(BIN) $(TBIN)

# As many at once as there are processors, unless -j says how many.
JOBS = $(if $(findstring -j,$(MAKEFLAGS)),,-j$(shell nproc))

run:
	deploy/install.sh build
	$(MAKE) $(JOBS) O=$(O)
	$(O)/picket demo

test:
	deploy/install.sh build test
	$(MAKE) $(JOBS) O=$(O) tests
	O=$(O) tests/run.sh $(T)

unit: tests
	O=$(O) tests/run.sh --unit $(T)

# A year in a scenario takes minutes there.
SLOW := TEST_TIMEOUT=900

asan:
	$(MAKE) $(JOBS) O=build-asan SAN=address,undefined tests
	$(SLOW) O=build-asan tests/run.sh --unit $(T)

tsan:
	$(MAKE) $(JOBS) O=build-tsan SAN=thread tests
	$(SLOW) O=build-tsan tests/run.sh --unit $(T)

lint:
	deploy/install.sh build test lint
	O=$(O) tests/lint/lint.sh

# What `picket explain` says, as pages; `make lint` compares.
docs: all
	O=$(O) tests/lint/docs.sh write

check: lint test asan

BENCH := $(patsubst %.c,$(O)/%,$(wildcard tests/bench/*.c))
$(O)/tests/bench/%: tests/bench/%.c $(O)/libpicket.a
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) $(LINK) -o $@ $< $(O)/libpicket.a $(PKG_LIBS)

bench: all $(BENCH)
	deploy/install.sh build test bench
	O=$(O) tests/bench/bench.sh

# Units, users and the demo's configuration included; deploy/README.md goes on.
PREFIX ?= /usr
install: all
	install -d $(DESTDIR)$(PREFIX)/bin \
	    $(DESTDIR)$(PREFIX)/share/picket/conf/examples \
	    $(DESTDIR)$(PREFIX)/lib/systemd/system \
	    $(DESTDIR)$(PREFIX)/lib/sysusers.d \
	    $(DESTDIR)$(PREFIX)/lib/sysctl.d $(DESTDIR)/etc/picket
	install $(BIN) $(DESTDIR)$(PREFIX)/bin
	install -m 644 conf/*.conf $(DESTDIR)$(PREFIX)/share/picket/conf
	install -m 644 conf/examples/*.conf \
	    $(DESTDIR)$(PREFIX)/share/picket/conf/examples
	install -m 644 deploy/systemd/*.service \
	    $(DESTDIR)$(PREFIX)/lib/systemd/system
	install -m 644 deploy/systemd/picket.sysusers \
	    $(DESTDIR)$(PREFIX)/lib/sysusers.d/picket.conf
	install -m 644 deploy/systemd/picket.sysctl \
	    $(DESTDIR)$(PREFIX)/lib/sysctl.d/50-picket.conf

fuzz:
	deploy/install.sh build lint fuzz
	tests/fuzz/fuzz.sh $(F) $(SECONDS)

clean:
	rm -rf build build-asan build-tsan build-fuzz

.PHONY: all tests run test unit asan tsan lint docs check bench install fuzz clean
.SECONDARY:
-include $(OBJ:.o=.d) $(MAINS:%.c=$(O)/%.d) $(TLIB:.o=.d) $(TBIN:=.d)
