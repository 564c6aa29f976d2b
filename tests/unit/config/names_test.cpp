#include "config/names.h"

#include "catch.h"

namespace litewatch {
namespace {

TEST_CASE("names: of a path -> its file name without the last extension") {
  CHECK(name_of_path("/srv/app.db") == "app");
  CHECK(name_of_path("/srv/data") == "data");
  CHECK(name_of_path("/srv/.db") == ".db");
  CHECK(name_of_path("/srv/app.backup.sqlite3") == "app.backup");
  CHECK(name_of_path("/srv/v1.2/app") == "app");
  CHECK(name_of_path("/srv/line\nbreak.db") == "line_break");
  CHECK(name_of_path("/") == "default");
}

TEST_CASE("names: what a label may be") {
  CHECK(is_name("main"));
  CHECK(is_name("caf\xc3\xa9 \xff"));
  CHECK(is_name(std::string(128, 'n')));
  CHECK_FALSE(is_name(std::string(129, 'n')));
  CHECK_FALSE(is_name(""));
  CHECK_FALSE(is_name("a\tb"));
  CHECK_FALSE(is_name("a\x7f"));
  CHECK_FALSE(is_name(std::string_view("a\0", 2)));
}

TEST_CASE("names: too long -> cut between characters") {
  CHECK(to_name(std::string(300, 'n')) == std::string(128, 'n'));
  CHECK(to_name(std::string(127, 'n') + "\xc3\xa9tail") == std::string(127, 'n'));
  CHECK(to_name(std::string(126, 'n') + "\xc3\xa9tail") == std::string(126, 'n') + "\xc3\xa9");
  CHECK(is_name(to_name(std::string(300, '\x80'))));
}

TEST_CASE("names: a path -> name, app and group from each other") {
  Config config;
  config.databases.resize(4);
  config.databases[0].path = "/srv/main.db";
  config.databases[1].path = "/srv/main.db";
  config.databases[1].app = "shop";
  config.databases[2].path = "/srv/main.db";
  config.databases[2].name = "orders";
  config.databases[3].path = "/srv/[x].db";
  config.databases[3].literal = true;
  derive_names(config);
  const auto& databases = config.databases;
  CHECK(
      (databases[0].name == "main" && databases[0].app == "main" && databases[0].group == "main"));
  CHECK(
      (databases[1].name == "main" && databases[1].app == "shop" && databases[1].group == "shop"));
  CHECK((databases[2].name == "orders" && databases[2].app == "orders"));
  CHECK((databases[3].name == "[x]" && databases[3].app == "[x]"));
}

TEST_CASE("names: a pattern -> no name; group from the app, else default") {
  Config config;
  config.databases.resize(3);
  for (auto& database : config.databases) database.path = "/srv/*/app.db";
  config.databases[1].app = "tenants";
  config.databases[2].group = "hosted";
  derive_names(config);
  const auto& databases = config.databases;
  CHECK((databases[0].name.empty() && databases[0].app.empty() && databases[0].group == "default"));
  CHECK((databases[1].name.empty() && databases[1].group == "tenants"));
  CHECK((databases[2].app.empty() && databases[2].group == "hosted"));
}

TEST_CASE("names: a folder -> app from the folder's own name") {
  Config config;
  config.discovery.resize(3);
  config.discovery[0].root = "/srv/tenants";
  config.discovery[1].root = "/";
  config.discovery[2].root = "/srv";
  config.discovery[2].app = "shop";
  derive_names(config);
  CHECK((config.discovery[0].app == "tenants" && config.discovery[0].group == "tenants"));
  CHECK((config.discovery[1].app == "default" && config.discovery[1].group == "default"));
  CHECK((config.discovery[2].app == "shop" && config.discovery[2].group == "shop"));
}

TEST_CASE("names: derived twice -> the same") {
  Config config;
  config.databases.resize(2);
  config.databases[0].path = "/srv/app.db";
  config.databases[1].path = "/srv/*.db";
  config.discovery.resize(1);
  config.discovery[0].root = "/srv";
  derive_names(config);
  const Config once = config;
  derive_names(config);
  CHECK(config == once);
}

}  // namespace
}  // namespace litewatch
