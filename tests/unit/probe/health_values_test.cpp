#include <string>

#include "catch.h"
#include "probe/health/builder.h"
#include "probe/health/time.h"
#include "probe/health/units.h"
#include "probe/health/words.h"

using namespace litewatch;

TEST_CASE("health words: every known word, in any case and with space around it") {
  using S = HealthStatus;
  const std::pair<std::string_view, S> kWords[] = {
      {"pass", S::kPass},
      {"ok", S::kPass},
      {"up", S::kPass},
      {"healthy", S::kPass},
      {"true", S::kPass},
      {"1", S::kPass},
      {"green", S::kPass},
      {"working", S::kPass},
      {"available", S::kPass},
      {"serving", S::kPass},
      {"warn", S::kWarn},
      {"warning", S::kWarn},
      {"degraded", S::kWarn},
      {"partial", S::kWarn},
      {"partially available", S::kWarn},
      {"shutting_down", S::kWarn},
      {"maintenance", S::kWarn},
      {"fail", S::kFail},
      {"error", S::kFail},
      {"down", S::kFail},
      {"unhealthy", S::kFail},
      {"false", S::kFail},
      {"0", S::kFail},
      {"red", S::kFail},
      {"unavailable", S::kFail},
      {"out_of_service", S::kFail},
      {"not_serving", S::kFail},
  };
  for (const auto& [word, status] : kWords) {
    INFO(word);
    CHECK(status_of_word(word, {}) == status);
    std::string upper = "\t" + std::string(word) + "\r\n";
    for (char& c : upper) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
    CHECK(status_of_word(upper, {}) == status);
  }
  for (const std::string_view word :
       {"", " ", "okay", "o k", "passed", "2", "UNKNOWN", "unknown"}) {
    INFO(word);
    CHECK_FALSE(status_of_word(word, {}));
  }
}

TEST_CASE("health words: the configuration's come first") {
  CHECK(status_of_word("OK", {{"ok", HealthStatus::kFail}}) == HealthStatus::kFail);
}

TEST_CASE("health words: worse -> fail, warn, pass, unknown") {
  using S = HealthStatus;
  CHECK(worse(S::kUnknown, S::kPass) == S::kPass);
  CHECK(worse(S::kPass, S::kWarn) == S::kWarn);
  CHECK(worse(S::kFail, S::kWarn) == S::kFail);
  CHECK(worse(S::kFail, S::kUnknown) == S::kFail);
  CHECK(worse(S::kUnknown, S::kUnknown) == S::kUnknown);
}

TEST_CASE("health units: known units -> base units") {
  const auto in_base = [](std::string_view unit, double value) {
    const auto scale = unit_scale(unit);
    REQUIRE(scale);
    return std::pair(scale->unit, scale->in_base_unit(value));
  };
  using U = HealthUnit;
  CHECK(in_base("ms", 250) == std::pair(U::kSeconds, 0.25));
  CHECK(in_base("Seconds", 3) == std::pair(U::kSeconds, 3.0));
  CHECK(in_base("\u00b5s", 5e6) == std::pair(U::kSeconds, 5.0));
  CHECK(in_base("\u03bcs", 5e6) == std::pair(U::kSeconds, 5.0));
  CHECK(in_base("d", 2) == std::pair(U::kSeconds, 172800.0));
  CHECK(in_base("percent", 50) == std::pair(U::kRatio, 0.5));
  CHECK(in_base("%", 35) == std::pair(U::kRatio, 0.35));
  CHECK(in_base("us", 35) == std::pair(U::kSeconds, 0.000035));
  CHECK(in_base("MiB", 2) == std::pair(U::kBytes, 2097152.0));
  CHECK(in_base("MB", 2) == std::pair(U::kBytes, 2e6));
  CHECK(in_base("kB", 2) == std::pair(U::kBytes, 2e3));
  CHECK(in_base("bytes", 2) == std::pair(U::kBytes, 2.0));
  CHECK(in_base("", 2) == std::pair(U::kCount, 2.0));
  CHECK(in_base("connections", 2) == std::pair(U::kCount, 2.0));
}

TEST_CASE("health units: unknown or ambiguous -> nothing") {
  for (const std::string_view unit : {"Mb", "Gb", "b", "m", "rpm", "ms/s", "ms ", "celsius"}) {
    INFO(unit);
    CHECK_FALSE(unit_scale(unit));
  }
}

TEST_CASE("health time: moments with a zone -> seconds since 1970") {
  CHECK(parse_iso8601_s("1970-01-01T00:00:00Z") == 0.0);
  CHECK(parse_iso8601_s("2018-01-17T03:36:48Z") == 1516160208.0);
  CHECK(parse_iso8601_s("2018-01-17t03:36:48z") == 1516160208.0);
  CHECK(parse_iso8601_s("2018-01-17 03:36:48.25Z") == 1516160208.25);
  CHECK(parse_iso8601_s("2018-01-17T04:36:48+01:00") == 1516160208.0);
  CHECK(parse_iso8601_s("2018-01-17T03:06:48-0030") == 1516160208.0);
  CHECK(parse_iso8601_s("2018-01-17T13:36:48+10") == 1516160208.0);
  CHECK(parse_iso8601_s("2024-02-29T00:00:00Z") == 1709164800.0);
  CHECK(parse_iso8601_s("2016-12-31T23:59:60Z") == 1483228800.0);
  CHECK(*parse_iso8601_s("2018-01-17T03:36:48.123456789Z") == Approx(1516160208.123456789));
}

TEST_CASE("health time: anything else -> nothing") {
  for (const std::string_view text : {"",
                                      "now",
                                      "2018-01-17",
                                      "2018-01-17T03:36:48",
                                      "2018-01-17T03:36Z",
                                      "2018-13-17T03:36:48Z",
                                      "2023-02-29T00:00:00Z",
                                      "2018-01-17T24:00:00Z",
                                      "2018-01-17T03:60:00Z",
                                      "2018-01-17T03:36:48.Z",
                                      "2018-01-17T03:36:48Z ",
                                      "2018-01-17T03:36:48+033:00",
                                      "2018-01-17T03:36:48+",
                                      "2018-01-17T03:36:48+25:00",
                                      "2018-01-17T03:36:48+01:0",
                                      "0001-01-01T00:00:00Z",
                                      "1969-12-31T23:59:59Z",
                                      "-018-01-17T03:36:48Z",
                                      "1516160208",
                                      "99999-01-17T03:36:48Z"}) {
    INFO(text);
    CHECK_FALSE(parse_iso8601_s(text));
  }
}

TEST_CASE("health time: durations of .NET -> seconds") {
  CHECK(parse_timespan_s("00:00:00") == 0.0);
  CHECK(parse_timespan_s("00:00:00.0523456") == Approx(0.0523456));
  CHECK(parse_timespan_s("01:02:03") == 3723.0);
  CHECK(parse_timespan_s("1.02:03:04.5") == 93784.5);
  for (const std::string_view text :
       {"", "1", "00:00", "-00:00:01", "24:00:00", "00:60:00", ".5", "1.", "x.00:00:01",
        "00:00:01.", "99999999999.00:00:01", "1.5.00:00:01", "00:00:01 s"}) {
    INFO(text);
    CHECK_FALSE(parse_timespan_s(text));
  }
}

TEST_CASE("health names: other bytes -> '_', cut after 64") {
  CHECK(component_name("a-Z0_.:/") == "a-Z0_.:/");
  CHECK(component_name("a b\"\n\xc3\xa9") == "a_b____");
  CHECK(component_name("") == "_");
  CHECK(component_name(std::string(100, 'x')) == std::string(64, 'x'));
}

TEST_CASE("health texts: control characters and bad UTF-8 -> readable, cut at a character") {
  CHECK(shown_text("a\nb\x1b[31m\x7f", 100) == "a b [31m ");
  CHECK(shown_text("\xff\xc3", 100) == "\xEF\xBF\xBD\xEF\xBF\xBD");
  CHECK(shown_text("xx\xc3\xa9", 3) == "xx");
  CHECK(shown_text("xx\xc3\xa9", 4) == "xx\xc3\xa9");
  CHECK(shown_text("", 4).empty());
}
