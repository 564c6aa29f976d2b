#include "config/flags.h"

#include <filesystem>
#include <sstream>

#include "catch.h"
#include "config/help.h"

namespace litewatch {
namespace {

using Args = std::vector<const char*>;

Flags parsed(const Args& args) {
  auto flags = parse_flags(args);
  if (!flags) FAIL(flags.error().message());
  return *std::move(flags);
}

std::string refusal(const Args& args) {
  const auto flags = parse_flags(args);
  return flags ? "accepted" : flags.error().message();
}

TEST_CASE("flags: only a database -> defaults") {
  Flags expected;
  expected.arguments = {"app.db"};
  CHECK(parsed({"app.db"}) == expected);
  CHECK(expected.listen_addresses.empty());  // the default, unless systemd passes sockets
}

TEST_CASE("flags: every flag -> its field, in either form") {
  Flags expected;
  expected.config_file = "lw.yml";
  expected.config_check = true;
  expected.listen_addresses = {":1", "unix:/x"};
  expected.web_config_file = "web.yml";
  expected.enable_reload = true;
  expected.max_requests = 7;
  expected.log_level = "debug";
  expected.log_format = "json";
  expected.rootfs = "/host";
  expected.procfs = "/host/proc";
  expected.cgroup = "/host/cgroup";
  CHECK(parsed({"--config.file=lw.yml", "--config.check", "--web.listen-address=:1",
                "--web.listen-address=unix:/x", "--web.config.file=web.yml", "--web.enable-reload",
                "--web.max-requests=7", "--log.level=debug", "--log.format=json",
                "--path.rootfs=/host", "--path.procfs=/host/proc", "--path.cgroup=/host/cgroup"}) ==
        expected);
  CHECK(parsed({"--config.file",
                "lw.yml",
                "--config.check",
                "--web.listen-address",
                ":1",
                "--web.listen-address",
                "unix:/x",
                "--web.config.file",
                "web.yml",
                "--web.enable-reload",
                "--web.max-requests",
                "7",
                "--log.level",
                "debug",
                "--log.format",
                "json",
                "--path.rootfs",
                "/host",
                "--path.procfs",
                "/host/proc",
                "--path.cgroup",
                "/host/cgroup"}) == expected);
  CHECK(parsed({"--web.systemd-socket", "a.db"}).systemd_socket);
}

TEST_CASE("flags: arguments among flags, and after -- -> in order") {
  const Flags flags = parsed({"a.db", "--log.level=warn", "-", "--", "--b.db", "--", "c=d.db"});
  CHECK(flags.arguments == std::vector<std::string>{"a.db", "-", "--b.db", "--", "c=d.db"});
  CHECK(flags.log_level == "warn");
}

TEST_CASE("flags: a value with = in it -> whole") {
  CHECK(parsed({"--config.file=a=b.yml"}).config_file == "a=b.yml");
  CHECK(parsed({"--config.file=--odd"}).config_file == "--odd");
}

TEST_CASE("flags: help and version -> at once, whatever follows") {
  CHECK(parsed({"--help"}).help);
  CHECK(parsed({"-h", "--bogus"}).help);
  CHECK(parsed({"a.db", "--version", "--version"}).version);
}

TEST_CASE("flags: unknown -> what was meant") {
  CHECK(refusal({"--config.flie=x"}) ==
        "\"--config.flie\": unknown flag; did you mean --config.file? (--help lists them all)");
  CHECK(refusal({"-config.file=x"}) ==
        "\"-config.file\": unknown flag; did you mean --config.file? (--help lists them all)");
  CHECK(refusal({"--storage.path", "x"}) ==
        "\"--storage.path\": unknown flag (--help lists them all)");
  CHECK(refusal({"-x", "a.db"}) == "\"-x\": unknown flag (--help lists them all)");
  CHECK(refusal({"--=x"}) == "\"--\": unknown flag (--help lists them all)");
}

TEST_CASE("flags: bad values -> what was expected") {
  CHECK(refusal({"a.db", "--log.level=loud"}) ==
        "--log.level: expected debug|info|warn|error, got \"loud\"");
  CHECK(refusal({"a.db", "--log.level=info|warn"}) ==
        "--log.level: expected debug|info|warn|error, got \"info|warn\"");
  CHECK(refusal({"a.db", "--log.format="}) == "--log.format: expected logfmt|json, got \"\"");
  CHECK(refusal({"a.db", "--web.max-requests=0"}) ==
        "--web.max-requests: expected 1..10000, got \"0\"");
  CHECK(refusal({"a.db", "--web.max-requests=10001"}) != "accepted");
  CHECK(refusal({"a.db", "--web.max-requests=1e2"}) != "accepted");
  CHECK(refusal({"--config.file="}) == "--config.file: expected PATH, got \"\"");
  CHECK(refusal({"a.db", "--web.listen-address="}) ==
        "--web.listen-address: expected ADDRESS, got \"\"");
}

TEST_CASE("flags: a value missing or too many -> says so") {
  CHECK(refusal({"--config.file"}) == "--config.file: expected a value, as in --config.file=PATH");
  CHECK(refusal({"--config.file", "--config.check"}) ==
        "--config.file: expected a value, as in --config.file=PATH");
  CHECK(refusal({"--config.check=true", "a.db"}) == "--config.check: takes no value");
  CHECK(refusal({"--help=me"}) == "--help: takes no value");
}

TEST_CASE("flags: paths -> absolute, without what the kernel does not write") {
  const std::string here = std::filesystem::current_path().string();
  CHECK(parsed({"--path.cgroup=/host//sys/fs/./cgroup/", "a.db"}).cgroup == "/host/sys/fs/cgroup");
  CHECK(parsed({"--path.rootfs=/", "a.db"}).rootfs == "/");
  CHECK(parsed({"--path.procfs=proc", "a.db"}).procfs == here + "/proc");
  CHECK(refusal({"--path.cgroup=", "a.db"}) == "--path.cgroup: expected PATH, got \"\"");
  CHECK(refusal({"--path.rootfs=~/host", "a.db"}) ==
        "--path.rootfs: expected PATH, got \"~/host\"");
}

TEST_CASE("flags: given twice -> refused, but for the repeatable one") {
  CHECK(refusal({"--config.file=a", "--config.file=b"}) == "--config.file: given twice");
  CHECK(refusal({"--config.check", "--config.check", "a.db"}) == "--config.check: given twice");
}

TEST_CASE("flags: combinations without sense -> refused") {
  CHECK(refusal({}) ==
        "nothing to watch: give paths of databases, URLs, or --config.file; see --help");
  CHECK(parsed({"--config.check-syntax", "a.db"}).config_check_syntax);
  CHECK(refusal({"--config.check"}).starts_with("nothing to watch"));
  CHECK(refusal({"--config.file=a", "b.db"}) ==
        "\"b.db\": give what to watch either here or in --config.file, not in both");
}

TEST_CASE("flags: the defaults that help shows -> those that are in force") {
  CHECK(kDefaultListenAddress == std::string(":9871"));
  const Flags flags =
      parsed({"--web.max-requests=40", "--log.level=info", "--log.format=logfmt", "--path.rootfs=/",
              "--path.procfs=/proc", "--path.cgroup=/sys/fs/cgroup", "a.db"});
  CHECK(flags == parsed({"a.db"}));
  const std::string help = help_text();
  for (const char* text :
       {"Default: :9871\n", "Default: 40\n", "Default: info\n", "Default: logfmt\n", "Default: /\n",
        "Default: /proc\n", "Default: /sys/fs/cgroup\n"}) {
    INFO(text);
    CHECK(help.find(text) != help.npos);
  }
}

TEST_CASE("flags: help -> every flag, within 100 columns, without stray blanks") {
  const std::string help = help_text();
  for (const char* flag : {"--config.file=PATH", "--config.check", "--web.listen-address=ADDRESS",
                           "--web.config.file=PATH", "--web.systemd-socket", "--web.enable-reload",
                           "--web.max-requests=1..10000", "--log.level=debug|info|warn|error",
                           "--log.format=logfmt|json", "--path.rootfs=PATH", "--path.procfs=PATH",
                           "--path.cgroup=PATH", "--version", "--help"}) {
    INFO(flag);
    CHECK(help.find(std::string("\n  ") + flag + " ") != help.npos);
  }
  CHECK(help.starts_with("usage: litewatch "));
  CHECK(help.find("deploy/litewatch.example.yml") != help.npos);
  std::istringstream lines(help);
  for (std::string line; std::getline(lines, line);) {
    INFO(line);
    CHECK(line.size() < 100);
    CHECK_FALSE(line.ends_with(' '));
  }
}

}  // namespace
}  // namespace litewatch
