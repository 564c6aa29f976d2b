#include "catch.h"
#include "config/load.h"
#include "support/temp_dir.h"

namespace litewatch {
namespace {

std::vector<std::string> names_of(const std::vector<std::string>& arguments) {
  const auto config = config_from_arguments(arguments);
  if (!config) FAIL(config.error().message());
  std::vector<std::string> names;
  for (const auto& database : config->databases) names.push_back(database.name);
  return names;
}

using Names = std::vector<std::string>;

TEST_CASE("arguments: paths -> databases named by their files") {
  const auto config = config_from_arguments({"/srv/shop/app.db", "queue.db"});
  REQUIRE(config.ok());
  REQUIRE(config->databases.size() == 2);
  const auto& app = config->databases[0];
  CHECK((app.path == "/srv/shop/app.db" && app.name == "app" && app.app == "app"));
  CHECK(app.group == "app");
  CHECK(config->databases[1].path == (std::filesystem::current_path() / "queue.db").string());
  CHECK(config->limits == LimitsConfig());
}

TEST_CASE("arguments: names that collide -> told apart by folders, no longer than needed") {
  CHECK(names_of({"/srv/a/app.db", "/srv/b/app.db"}) == Names{"a/app", "b/app"});
  CHECK(names_of({"/x/a/app.db", "/y/a/app.db"}) == Names{"x/a/app", "y/a/app"});
  CHECK(names_of({"/app.db", "/a/app.db"}) == Names{"app", "a/app"});
  CHECK(names_of({"/a/app.db", "/b/other.db", "/c/app.db"}) == Names{"a/app", "other", "c/app"});
}

TEST_CASE("arguments: names that collide in one folder -> told apart by extensions") {
  CHECK(names_of({"/srv/app.db", "/srv/app.sqlite"}) == Names{"app.db", "app.sqlite"});
  CHECK(names_of({"/srv/app", "/srv/app.db"}) == Names{"app", "app.db"});
  CHECK(names_of({"/a/x.db", "/a/x.sq", "/b/x.db"}) == Names{"a/x.db", "x.sq", "b/x.db"});
  CHECK(names_of({"/a/app.db", "/a/app.sqlite", "/a/app.db.bak"}) ==
        Names{"app.db", "app.sqlite", "app.db.bak"});
}

TEST_CASE("arguments: names that cannot be told apart -> an error that says the way out") {
  const std::string folder = "/srv/" + std::string(200, 'x') + "/";
  const auto config = config_from_arguments({folder + "a/app.db", folder + "b/app.db"});
  CHECK(config.ok());
  const auto hopeless = config_from_arguments({"/srv/a\nb.db", "/srv/a\tb.db"});
  REQUIRE_FALSE(hopeless.ok());
  CHECK(hopeless.error().message() ==
        "databases whose names cannot be told apart: name them in a --config.file");
}

TEST_CASE("arguments: glob characters -> a pattern, unless such a file exists") {
  const TempDir folder;
  const std::string existing = folder.write("app[1].db", "");
  const auto config = config_from_arguments({"/srv/tenants/*/app.db", existing});
  REQUIRE(config.ok());
  const auto& pattern = config->databases.at(0);
  CHECK((pattern.is_pattern() && pattern.name.empty() && pattern.group == "default"));
  const auto& file = config->databases.at(1);
  CHECK((!file.is_pattern() && file.path == existing && file.name == "app[1]"));
}

TEST_CASE("arguments: what no database is -> an error that names it") {
  const auto message = [](const std::vector<std::string>& arguments) {
    return config_from_arguments(arguments).error().message();
  };
  CHECK(message({""}) == "\"\": expected a path");
  CHECK(message({"/srv/a.db", "/srv/./a.db"}) == "\"/srv/./a.db\": given twice");
  CHECK(message({"localhost:3000/healthz"}) ==
        "\"localhost:3000/healthz\": expected a path or a URL; is http://localhost:3000/healthz "
        "meant, or the file ./localhost:3000/healthz?");
  for (const char* argument : {"ftp://x", "tcp://127.0.0.1:5432", "file:///srv/app.db"}) {
    INFO(argument);
    CHECK(message({argument}).find("expected a path, or a URL with http://") != std::string::npos);
  }
  for (const char* argument : {"127.0.0.1:3000", "[::1]:3000", "me:1"}) {
    INFO(argument);
    CHECK(message({argument}).find("is http://") != std::string::npos);
  }
  CHECK(message({"ftp://me:hunter2@x"}).find("hunter2") == std::string::npos);
  CHECK(config_from_arguments({"./localhost:3000", "/srv/a:1", "a:b.db", "./x://y"}).ok());
  CHECK(message({"~/a.db"}).starts_with("\"~/a.db\": expected a path in full"));
}

TEST_CASE("arguments: URLs -> targets named by host and path, beside databases") {
  const auto config = config_from_arguments(
      {"http://127.0.0.1:3000/healthz", "app.db", "HTTPS://shop.example.org/?token=x"});
  REQUIRE(config.ok());
  CHECK(config->databases.size() == 1);
  const auto& targets = config->probes.targets;
  REQUIRE(targets.size() == 2);
  ProbeTarget expected;
  expected.url = "http://127.0.0.1:3000/healthz";
  expected.name = "127.0.0.1:3000/healthz";
  expected.app = "app";  // the one database's, so that they join
  CHECK(targets[0] == expected);
  CHECK(targets[1].url == "HTTPS://shop.example.org/?token=x");
  CHECK(targets[1].name == "shop.example.org");
}

TEST_CASE("arguments: URLs beside several databases -> an app of their own") {
  const auto config = config_from_arguments({"http://a/x", "b.db", "c.db"});
  REQUIRE(config.ok());
  CHECK(config->probes.targets[0].app == "a/x");
}

TEST_CASE("arguments: URLs that differ in what no name shows -> numbered") {
  const auto config = config_from_arguments({"http://a/x?a=1", "http://a/x?a=2", "https://a/x"});
  REQUIRE(config.ok());
  CHECK(config->probes.targets[0].name == "a/x");
  CHECK(config->probes.targets[1].name == "a/x~2");
  CHECK(config->probes.targets[2].name == "a/x~3");
}

TEST_CASE("arguments: bad URLs -> an error that shows no password") {
  const auto message = [](const std::vector<std::string>& arguments) {
    const auto config = config_from_arguments(arguments);
    return config ? "accepted" : config.error().message();
  };
  const std::string password = message({"http://me:hunter2@a/x?key=hunter3"});
  CHECK(password.starts_with("\"http://a/x?key=...\": "));
  CHECK(password.find("hunter") == password.npos);
  CHECK(message({"http://"}) != "accepted");
  CHECK(message({"https://a/b#c"}) != "accepted");
  CHECK(message({"http://a/x?k=hunter2", "b.db", "http://a/x?k=hunter2"}) ==
        "\"http://a/x?k=...\": given twice");
}

TEST_CASE("arguments: what only looks like a URL -> a path") {
  const auto config = config_from_arguments({"http:/x", "http", "./ftp://z"});
  REQUIRE(config.ok());
  CHECK(config->databases.size() == 3);
}

TEST_CASE("arguments: none -> an empty configuration") {
  CHECK(config_from_arguments({}).value() == Config());
}

TEST_CASE("arguments: thousands of one name -> told apart") {
  std::vector<std::string> arguments;
  for (int i = 0; i < 5'000; ++i) arguments.push_back("/srv/" + std::to_string(i) + "/data/app.db");
  CHECK(names_of(arguments).back() == "4999/data/app");
}

}  // namespace
}  // namespace litewatch
