#include "tool/build_options.h"

#include <vector>

#include "catch.h"

using namespace litewatch;

namespace {

Result<BuildCommand> parse(std::vector<const char*> arguments) {
  return parse_build_command(Arguments(arguments.data(), arguments.size()));
}

void check_usage(std::vector<const char*> arguments, std::string_view words) {
  const auto command = parse(std::move(arguments));
  REQUIRE_FALSE(command);
  INFO(command.error().what);
  CHECK(command.error().what.find(words) != std::string::npos);
  CHECK(command.error().what.find("litetool build --help") != std::string::npos);
}

}  // namespace

TEST_CASE("build command: dashboards alone -> the committed files") {
  const auto command = parse({"dashboards"});
  REQUIRE(command);
  CHECK(command->subject == BuildSubject::kDashboards);
  CHECK((command->output.empty() && command->root.empty() && !command->check));
}

TEST_CASE("build command: options in both spellings -> what was said") {
  const auto command =
      parse({"deliveries", "--root=/r", "--output", "/o", "--check", "--label=a=b=c", "--label",
             "d=", "--folder=My apps", "--grafana-url=https://g/", "--runbooks-url=https://r//",
             "--prometheus-url=http://p:9090", "--scrape-interval=1m"});
  INFO((command ? "" : command.error().what));
  REQUIRE(command);
  CHECK((command->root == "/r" && command->output == "/o" && command->check));
  const DeliveryOptions& delivery = command->delivery;
  CHECK(delivery.labels == std::map<std::string, std::string>{{"a", "b=c"}, {"d", ""}});
  CHECK(delivery.folder == "My apps");
  CHECK(delivery.grafana_url == "https://g");
  CHECK(delivery.runbooks_url == "https://r");
  CHECK(delivery.prometheus_url == "http://p:9090");
  CHECK(delivery.scrape_interval_s == 60);
  CHECK_FALSE(command->compresses());
}

TEST_CASE("build command: compressed time -> its three numbers") {
  const auto command =
      parse({"rules", "--output=/o", "--speed=200", "--least-range=3s", "--most-for=6s"});
  REQUIRE(command);
  CHECK(command->compresses());
  CHECK(command->time.speed == 200);
  CHECK(command->time.least_range_s == 3);
  CHECK(command->time.most_for_s == 6);
}

TEST_CASE("build command: wrong usage -> what is wrong, and what was meant") {
  check_usage({}, "expected dashboards, rules or deliveries");
  check_usage({"dashboard"}, "got \"dashboard\"");
  check_usage({"rules"}, "expected --output=FOLDER");
  check_usage({"dashboards", "--ouput=a"}, "did you mean --output?");
  check_usage({"dashboards", "--speed=2"}, "--speed is not for dashboards");
  check_usage({"dashboards", "--output"}, "--output needs a value");
  check_usage({"dashboards", "--output="}, "--output needs a value");
  check_usage({"dashboards", "--check", "--check"}, "--check twice");
  check_usage({"dashboards", "--root=a", "--root=b"}, "--root twice");
  check_usage({"rules", "--output=o", "--speed=0.5"}, "a number from 1 to");
  check_usage({"rules", "--output=o", "--most-for=6s"}, "go with --speed");
  check_usage({"rules", "--output=o", "--speed=2", "--most-for=6"}, "a duration above 0");
  check_usage({"rules", "--output=o", "--grafana-url=grafana"}, "begins with http");
  check_usage({"deliveries", "--output=o", "--label=a"}, "KEY=VALUE");
  check_usage({"deliveries", "--output=o", "--label=a=b", "--label=a=c"}, "each label once");
  check_usage({"deliveries", "--output=o", "--folder=a/b"}, "without a slash");
}
