#include "web/probe_request.h"

#include <string>

#include "catch.h"

using namespace litewatch;

namespace {

std::string problem_of(const std::string& query, const std::string& scrape_timeout = "") {
  const auto params = read_probe_params(query, scrape_timeout);
  return params.ok() ? "" : params.error().what;
}

bool says(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("probe request: every key -> its parameter, decoded") {
  const auto params = read_probe_params(
      "target=https%3A%2F%2Fa%2Fb%3Fc%3Dd%26e&module=http+2xx&hostname=h.test&"
      "cached=true&debug=true",
      "9.5");
  REQUIRE(params.ok());
  CHECK(params->target == "https://a/b?c=d&e");
  CHECK(params->module == "http 2xx");
  CHECK(params->hostname == "h.test");
  CHECK(params->cached);
  CHECK(params->debug);
  CHECK(params->scrape_timeout_s == 9.5);
}

TEST_CASE("probe request: a target alone -> the defaults") {
  const auto params = read_probe_params("target=shop", "");
  REQUIRE(params.ok());
  CHECK(params->target == "shop");
  CHECK(params->module.empty());
  CHECK(params->hostname.empty());
  CHECK_FALSE(params->cached);
  CHECK_FALSE(params->debug);
  CHECK_FALSE(params->scrape_timeout_s);
}

TEST_CASE("probe request: unknown keys, even repeated, and empty pieces -> ignored") {
  const auto params = read_probe_params("&&x=1&x=%31&target=a&novalue&=b&", "");
  REQUIRE(params.ok());
  CHECK(params->target == "a");
}

TEST_CASE("probe request: an equals sign in a value -> part of it") {
  CHECK(read_probe_params("target=a=b=", "")->target == "a=b=");
}

TEST_CASE("probe request: no target -> says how to name one") {
  for (const char* query : {"", "module=http_2xx", "target=", "target", "Target=a"}) {
    CAPTURE(query);
    CHECK(says(problem_of(query), "/probe?target=NAME"));
  }
}

TEST_CASE("probe request: a key given twice -> refused, also where one is encoded") {
  CHECK(problem_of("target=a&target=b") == "target is given twice");
  CHECK(problem_of("target=a&%74arget=a") == "target is given twice");
  CHECK(problem_of("target=a&module=x&module=x") == "module is given twice");
  CHECK(problem_of("debug=true&target=a&debug=") == "debug is given twice");
}

TEST_CASE("probe request: malformed values -> refused by name") {
  CHECK(says(problem_of("target=%zz"), "target is not percent-encoded"));
  CHECK(says(problem_of("target=a&%=1"), "a key of the query"));
  CHECK(problem_of("target=a%0d%0aX:y") == "target has control characters");
  CHECK(problem_of("target=a&hostname=%00") == "hostname has control characters");
  CHECK(problem_of("target=a&module=%7f") == "module has control characters");
  CHECK(problem_of("target=a&cached=yes") == "cached takes true or false");
  CHECK(problem_of("target=a&debug=TRUE") == "debug takes true or false");
}

TEST_CASE("probe request: flags -> true and false in words and digits") {
  CHECK(read_probe_params("target=a&cached=1&debug=0", "")->cached);
  CHECK_FALSE(read_probe_params("target=a&cached=1&debug=0", "")->debug);
  CHECK_FALSE(read_probe_params("target=a&cached=false&debug=", "")->cached);
}

TEST_CASE("probe request: values up to their limit -> taken, one byte more refused") {
  CHECK(problem_of("target=" + std::string(2048, 'a')).empty());
  CHECK(says(problem_of("target=" + std::string(2049, 'a')), "longer than 2048 bytes"));
  CHECK(problem_of("target=a&module=" + std::string(255, 'a')).empty());
  CHECK(says(problem_of("target=a&module=" + std::string(256, 'a')), "longer than 255 bytes"));
}

TEST_CASE("probe request: scrape timeout -> seconds, none for 0, refused where malformed") {
  CHECK(read_probe_params("target=a", "0.25")->scrape_timeout_s == 0.25);
  CHECK_FALSE(read_probe_params("target=a", "0")->scrape_timeout_s);
  for (const char* value : {"ten", "10s", "-1", "nan", "inf", "1e999", "0x10", "1,5"}) {
    CAPTURE(value);
    CHECK(says(problem_of("target=a", value), "X-Prometheus-Scrape-Timeout-Seconds"));
  }
}
