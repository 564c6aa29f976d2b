#include "tool/probe_options.h"

#include "catch.h"
#include "support/temp_dir.h"

using namespace litewatch;

namespace {

Result<ProbeCommand> parse(std::vector<const char*> arguments) {
  return parse_probe_command(Arguments(arguments.data(), arguments.size()));
}

/// The one target of a command; its problem as the URL where there is one.
ProbeTarget target_of(std::vector<const char*> arguments) {
  const auto command = parse(std::move(arguments));
  REQUIRE(command);
  const auto config = probe_config(*command);
  ProbeTarget target;
  if (!config) {
    target.url = "error: " + config.error().what;
    return target;
  }
  REQUIRE(config->targets.size() == 1);
  return config->targets[0];
}

void check_usage(std::vector<const char*> arguments, std::string_view words) {
  const auto command = parse(std::move(arguments));
  REQUIRE_FALSE(command);
  INFO(command.error().what);
  CHECK(command.error().kind == ErrorKind::kMalformed);
  CHECK(command.error().what.find(words) != std::string::npos);
}

}  // namespace

TEST_CASE("probe command: options in both spellings -> what was said") {
  const auto command = parse({"--module=m", "http://a/", "--timeout", "1500ms", "--header=A: b:c",
                              "--header", "X:", "--json", "--debug", "--unix-socket", "/s", "b"});
  REQUIRE(command);
  CHECK(command->targets == std::vector<std::string>{"http://a/", "b"});
  CHECK(command->module == "m");
  CHECK(command->timeout_s == 1.5);
  CHECK(command->unix_socket == "/s");
  CHECK(command->headers == HeaderList{{"A", "b:c"}, {"X", ""}});
  CHECK(command->json);
  CHECK(command->debug);
}

TEST_CASE("probe command: wrong usage -> said, with what is right") {
  check_usage({}, "expected a URL");
  check_usage({"--json"}, "expected a URL");
  check_usage({"http://a", "--nope"}, "unknown option --nope");
  check_usage({"http://a", "--jsonx"}, "unknown option --jsonx");
  check_usage({"http://a", "--module"}, "--module needs a value");
  check_usage({"http://a", "--module="}, "--module needs a value");
  check_usage({"http://a", "--timeout", "5"}, "--timeout expects a duration");
  check_usage({"http://a", "--timeout", "0"}, "--timeout expects a duration");
  check_usage({"http://a", "--timeout=3m"}, "--timeout expects a duration");
  check_usage({"http://a", "--header", "nocolon"}, "--header expects 'NAME: VALUE'");
  check_usage({"http://a", "--header", "a b: c"}, "--header: a header's name");
  check_usage({"http://a", "--header", "a: b\r\nc: d"}, "--header: a header's value");
  check_usage({"--app", "nope"}, "no preset \"nope\"; there are aspnet");
  check_usage({"--app", "pocketbse"},
              "no preset \"pocketbse\"; did you mean pocketbase? There are aspnet");
  check_usage(std::vector<const char*>(65, "http://a"), "at most 64 targets");
}

TEST_CASE("probe command: targets -> URL and module by their form, on demand only") {
  ProbeTarget target = target_of({"http://a.example/up"});
  CHECK(target.url == "http://a.example/up");
  CHECK(target.module == "http_2xx");
  CHECK(target.interval_s == 0);
  CHECK_FALSE(target.timeout_s);
  CHECK(target_of({"localhost:3000/up"}).url == "http://localhost:3000/up");
  target = target_of({"tcp://a.example:22", "--timeout=2s"});
  CHECK(target.url == "a.example:22");
  CHECK(target.module == "tcp_connect");
  CHECK(target.timeout_s == 2);
  CHECK(target_of({"a.example:22", "--module=tcp_connect"}).url == "a.example:22");
  CHECK(target_of({"/run/app.sock"}).module == "unix_connect");
  CHECK(target_of({"http://localhost/up", "--unix-socket=/run/a"}).unix_socket == "/run/a");
}

TEST_CASE("probe command: presets -> URL, path and format") {
  ProbeTarget target = target_of({"--app", "PocketBase"});
  CHECK(target.url == "http://127.0.0.1:8090/api/health");
  CHECK(target.health_format == HealthFormat::kPocketBase);
  target = target_of({"--app=rails", "https://a.example"});
  CHECK(target.url == "https://a.example/up");
  CHECK(target.health_format == HealthFormat::kRails);
  CHECK(target_of({"--app=rails", "https://a.example/mine"}).url == "https://a.example/mine");
}

TEST_CASE("probe command: what does not fit together -> an error that names the target") {
  for (const auto& arguments :
       std::vector<std::vector<const char*>>{{"ftp://a"},
                                             {"http://u:p@a/"},
                                             {"http://"},
                                             {"tcp://a"},
                                             {"http://a", "--module=none"},
                                             {"tcp://a:1", "--app=rails"},
                                             {"tcp://a:1", "--unix-socket=/s"},
                                             {"tcp://a:1", "--header=A: b"},
                                             {"relative", "--module=unix_connect"}}) {
    INFO(arguments[0]);
    CHECK(target_of(arguments).url.starts_with("error: " + std::string(arguments[0]) + ": "));
  }
}

TEST_CASE("probe command: headers -> in every HTTP module that is used, the built-in one too") {
  const auto command = parse({"http://a/", "--header=X-A: b"});
  const auto config = probe_config(*command);
  REQUIRE(config);
  REQUIRE(config->modules.size() == 1);
  CHECK(config->modules[0].name == "http_2xx");
  CHECK(config->modules[0].http.headers == HeaderList{{"X-A", "b"}});
}

TEST_CASE("probe command: a configuration -> its modules, and its targets by name") {
  const TempDir dir;
  const std::string file = dir.write("litewatch.yml",
                                     "modules:\n"
                                     "  strict:\n"
                                     "    prober: http\n"
                                     "    timeout: 3s\n"
                                     "targets:\n"
                                     "  - name: shop\n"
                                     "    url: http://shop.example/up\n"
                                     "    module: strict\n");
  const std::string option = "--config.file=" + file;
  ProbeTarget target = target_of({"shop", option.c_str()});
  CHECK(target.url == "http://shop.example/up");
  CHECK(target.module == "strict");
  CHECK(target.interval_s == 0);
  CHECK(target_of({"shop", option.c_str(), "--module=http_2xx"}).module == "http_2xx");
  CHECK(target_of({"http://b/", option.c_str(), "--module=strict"}).module == "strict");
  CHECK(target_of({"other", option.c_str()}).url == "http://other");
  CHECK(target_of({"shop", "--config.file=/nonexistent/x"}).url.starts_with("error: "));
}
