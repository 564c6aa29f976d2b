#include "base/path.h"

#include "catch.h"

namespace litewatch {

TEST_CASE("path: folder and name add up to it") {
  const auto split = [](std::string_view path) {
    return std::pair(folder_part(path), name_part(path));
  };
  using Parts = std::pair<std::string_view, std::string_view>;
  CHECK(split("/srv/app.db") == Parts("/srv/", "app.db"));
  CHECK(split("/app.db") == Parts("/", "app.db"));
  CHECK(split("app.db") == Parts("", "app.db"));
  CHECK(split("/srv/") == Parts("/srv/", ""));
  CHECK(split("") == Parts("", ""));
}

}  // namespace litewatch
