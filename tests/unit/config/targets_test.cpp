#include <chrono>
#include <set>

#include "catch.h"
#include "config/load.h"

namespace litewatch {
namespace {

std::vector<ProbeTarget> targets_of(const std::string& text) {
  auto config = parse_config(text, "/etc/lw/litewatch.yml");
  if (!config) FAIL(config.error().what);
  return config->probes.targets;
}

std::vector<std::string> names_of(const std::string& text) {
  std::vector<std::string> names;
  for (const ProbeTarget& target : targets_of(text)) names.push_back(target.name);
  return names;
}

using Names = std::vector<std::string>;

TEST_CASE("targets: a bare URL -> a target with every default") {
  ProbeTarget expected;
  expected.name = expected.app = "127.0.0.1:3000/healthz";
  expected.url = "http://127.0.0.1:3000/healthz";
  CHECK(targets_of("targets: ['http://127.0.0.1:3000/healthz']") ==
        std::vector<ProbeTarget>{expected});
}

TEST_CASE("targets: every key -> its field") {
  const auto targets = targets_of(R"(
targets:
  - {url: "https://a/b", name: n, app: p, module: m, interval: 10s, failing_interval: 2s,
     timeout: 3s, confirm_failures: 4, connection: reuse, unix_socket: s.sock, hostname: h,
     health: spring, objectives: {latency: 5s, availability: 0.5}}
modules: {m: {prober: http}}
)");
  ProbeTarget expected{"n", "p", "m", "https://a/b", "/etc/lw/s.sock",      "h",       10,
                       2,   3.0, 4,   true,          HealthFormat::kSpring, {5.0, 0.5}};
  CHECK(targets == std::vector<ProbeTarget>{expected});
}

TEST_CASE("targets: names left out -> host and path, told apart, given ones first") {
  CHECK(
      names_of("targets: ['http://a/', 'http://a', 'https://a:443/x?y=z', 'http://[::1]:80/x']") ==
      Names{"a", "a~2", "a:443/x", "[::1]:80/x"});
  CHECK(names_of("targets: ['http://a', {url: 'http://b', name: a}]") == Names{"a~2", "a"});
  CHECK(names_of("targets: ['http://a', 'https://a', {url: 'http://b', name: a~2}]") ==
        Names{"a", "a~3", "a~2"});
  const std::string path(300, 'x');
  const auto names = names_of("targets: ['http://a/" + path + "1', 'http://a/" + path + "2']");
  CHECK((names[0].size() == 128 && names[1].size() == 128));
  CHECK(names[1].ends_with("x~2"));
}

TEST_CASE("targets: defaults under probes -> taken, and overridden key by key") {
  const auto targets = targets_of(R"(
targets:
  - http://a
  - {url: http://b, interval: 2s}
  - {url: http://c, interval: none}
  - {url: http://d, failing_interval: 3s, timeout: 4s, confirm_failures: 5}
probes: {interval: 1m, failing_interval: 10s, timeout: 7s, confirm_failures: 9}
)");
  CHECK((targets[0].interval_s == 60 && targets[0].failing_interval_s == 10));
  CHECK((targets[0].timeout_s == 7.0 && targets[0].confirm_failures == 9));
  CHECK((targets[1].interval_s == 2 && targets[1].failing_interval_s == 2));
  CHECK((targets[2].interval_s == 0 && targets[2].failing_interval_s == 0));
  CHECK((targets[3].failing_interval_s == 3 && targets[3].timeout_s == 4.0));
  CHECK(targets[3].confirm_failures == 5);
}

TEST_CASE("targets: an app with a preset -> its URL and format, unless said otherwise") {
  const auto targets = targets_of(R"(
targets:
  - app: pocketbase
  - {app: Gitea, url: "http://git.example.org"}
  - {app: gitea, url: "http://git.example.org/own"}
  - {app: gitea, health: none}
  - {app: gitea, module: m}
  - {app: shop, url: "http://shop/"}
modules: {m: {prober: http, http: {health: none}}}
)");
  CHECK(targets[0].url == "http://127.0.0.1:8090/api/health");
  CHECK(targets[0].health_format == HealthFormat::kPocketBase);
  CHECK((targets[0].app == "pocketbase" && targets[0].name == "127.0.0.1:8090/api/health"));
  CHECK(targets[1].url == "http://git.example.org/api/healthz");
  CHECK(targets[2].url == "http://git.example.org/own");
  CHECK(targets[2].health_format == HealthFormat::kDraft);
  CHECK(targets[3].health_format == HealthFormat::kNone);
  CHECK_FALSE(targets[4].health_format.has_value());
  CHECK((targets[5].url == "http://shop/" && !targets[5].health_format));
}

TEST_CASE("targets: the module's prober -> what the URL must be") {
  const auto targets = targets_of(R"(
targets:
  - {url: "db:5432", module: tcp_connect}
  - {url: "[::1]:5432", module: tcp_connect}
  - {url: /run/app.sock, module: unix_connect}
  - {url: "db:25", module: http_2xx}
modules: {http_2xx: {prober: tcp}}
)");
  CHECK(targets[0].name == "db:5432");
  CHECK(targets[2].name == "app");
  CHECK(targets[3].url == "db:25");
}

TEST_CASE("targets: ten thousand with six keys each -> loaded with names of their own") {
  std::string text = "targets:\n";
  for (int i = 0; i < 10'000; ++i) {
    const std::string n = std::to_string(i);
    text += "  - url: http://10.0." + std::to_string(i / 250) + "." + std::to_string(i % 250) +
            ":3000/healthz\n    app: tenant" + n +
            "\n    interval: 15s\n    timeout: 5s\n    health: auto\n"
            "    objectives: {latency: 500ms, availability: 0.999}\n";
  }
  const auto targets = targets_of(text);
  std::set<std::string> names;
  for (const ProbeTarget& target : targets) names.insert(target.name);
  CHECK(names.size() == 10'000);
}

TEST_CASE("targets: ten thousand of one name -> numbered without taking long") {
  std::string text = "targets:\n";
  for (int i = 0; i < 10'000; ++i) text += "  - http://a/x?" + std::to_string(i) + "\n";
  CHECK(names_of(text).back() == "a/x~10000");
}

TEST_CASE("targets: a password in a URL -> in no message") {
  const auto message = [](const std::string& url) {
    return parse_config("targets: ['" + url + "']", "x").error().what;
  };
  CHECK(message("http://a:hunter2@b/").find("hunter2") == std::string::npos);
  CHECK(message("ftp://a:hunter2@b/?token=hunter2").find("hunter2") == std::string::npos);
}

}  // namespace
}  // namespace litewatch
