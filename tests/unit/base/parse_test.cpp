#include "base/parse.h"

#include <cstdint>
#include <string>

#include "catch.h"

namespace litewatch {
namespace {

TEST_CASE("parse_u64: whole decimal numbers -> their value") {
  CHECK(parse_u64("0") == 0u);
  CHECK(parse_u64("007") == 7u);
  CHECK(parse_u64("18446744073709551615") == UINT64_MAX);
}

TEST_CASE("parse_u64: anything else, or too much -> none") {
  for (const char* text : {"", " 1", "1 ", "-1", "+1", "1.0", "0x10", "1e3", "a", "1a",
                           "18446744073709551616", "99999999999999999999999"}) {
    CAPTURE(text);
    CHECK(parse_u64(text) == std::nullopt);
  }
}

TEST_CASE("parse_double: finite numbers -> their value") {
  CHECK(parse_double("0") == 0.0);
  CHECK(parse_double("-1.5") == -1.5);
  CHECK(parse_double("1e3") == 1000.0);
  CHECK(parse_double(".5") == 0.5);
}

TEST_CASE("parse_double: anything else, or not finite -> none") {
  for (const char* text : {"", " 1", "1 ", "nan", "inf", "-inf", "1e999", "1,5", "1.5x", "."}) {
    CAPTURE(text);
    CHECK(parse_double(text) == std::nullopt);
  }
}

TEST_CASE("parse_duration_s: each unit and sequences -> seconds") {
  CHECK(parse_duration_s("0") == 0.0);
  CHECK(*parse_duration_s("250ms") == Approx(0.25));
  CHECK(parse_duration_s("5s") == 5.0);
  CHECK(parse_duration_s("10m") == 600.0);
  CHECK(parse_duration_s("2h") == 7200.0);
  CHECK(parse_duration_s("7d") == 604800.0);
  CHECK(parse_duration_s("1h30m") == 5400.0);
  CHECK(*parse_duration_s("1m500ms") == Approx(60.5));
  CHECK(parse_duration_s("1.5h") == 5400.0);
  CHECK(parse_duration_s("0s") == 0.0);
}

TEST_CASE("parse_duration_s: malformed -> none") {
  for (const char* text : {"", "5", "s", "5x", "5 s", " 5s", "5s ", "-5s", "1h-5m", "5sec", "1h30",
                           "00", "1e3s", "inf", "infs", "nans", "5S", "1w"}) {
    CAPTURE(text);
    CHECK(parse_duration_s(text) == std::nullopt);
  }
}

TEST_CASE("parse_size_bytes: bare numbers and each unit -> bytes") {
  CHECK(parse_size_bytes("0") == 0u);
  CHECK(parse_size_bytes("4096") == 4096u);
  CHECK(parse_size_bytes("512B") == 512u);
  CHECK(parse_size_bytes("64KiB") == 65536u);
  CHECK(parse_size_bytes("256MiB") == 256u << 20);
  CHECK(parse_size_bytes("10GiB") == 10ull << 30);
  CHECK(parse_size_bytes("1TiB") == 1ull << 40);
  CHECK(parse_size_bytes("10kB") == 10000u);
  CHECK(parse_size_bytes("5MB") == 5000000u);
  CHECK(parse_size_bytes("1GB") == 1000000000u);
  CHECK(parse_size_bytes("1TB") == 1000000000000u);
  CHECK(parse_size_bytes("1.5KiB") == 1536u);
}

TEST_CASE("parse_size_bytes: malformed or over 2^63 -> none") {
  for (const char* text : {"", "B", "KiB", "1 KiB", " 1", "-1", "-1KiB", "1K", "1kib", "1KB",
                           "1XiB", "1KiBs", "8388608TiB", "9223372036854775808", "inf", "nan"}) {
    CAPTURE(text);
    CHECK(parse_size_bytes(text) == std::nullopt);
  }
}

TEST_CASE("counted: one and others") {
  CHECK(counted(1, "frame") == "1 frame");
  CHECK(counted(0, "frame") == "0 frames");
  CHECK(counted(2, "log line") == "2 log lines");
}

TEST_CASE("human_bytes: each unit -> one decimal below 100, none above") {
  CHECK(human_bytes(0) == "0 B");
  CHECK(human_bytes(512) == "512 B");
  CHECK(human_bytes(1023) == "1023 B");
  CHECK(human_bytes(1024) == "1.0 KiB");
  CHECK(human_bytes(1536 * 1024) == "1.5 MiB");
  CHECK(human_bytes(150.0 * 1024) == "150 KiB");
  CHECK(human_bytes(3.0 * (1ull << 30)) == "3.0 GiB");
  CHECK(human_bytes(5000.0 * (1ull << 50)) == "5000 PiB");
  CHECK(human_bytes(-2048) == "-2.0 KiB");
}

TEST_CASE("human_duration: each range -> two units at most") {
  CHECK(human_duration(0) == "0 s");
  CHECK(human_duration(0.0004) == "0 s");
  CHECK(human_duration(0.25) == "250 ms");
  CHECK(human_duration(1.25) == "1.2 s");
  CHECK(human_duration(59.9) == "59 s");
  CHECK(human_duration(60) == "1 min");
  CHECK(human_duration(725) == "12 min 5 s");
  CHECK(human_duration(3600) == "1 h");
  CHECK(human_duration(3600 * 5 + 60 * 7 + 3) == "5 h 7 min");
  CHECK(human_duration(86400 * 3 + 3600 * 4) == "3 d 4 h");
  CHECK(human_duration(86400 * 400.0) == "400 d");
}

}  // namespace
}  // namespace litewatch
