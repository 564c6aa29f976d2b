#include "base/wildcard.h"

#include "catch.h"

namespace litewatch {

TEST_CASE("wildcard: *, ? and closed brackets -> a pattern") {
  for (const auto* path : {"/srv/*/app.db", "/srv/app?.db", "/srv/[ab].db", "/srv/[!a].db",
                           "/srv/[]a].db", "/srv/[a/*", "/[a]"}) {
    CAPTURE(path);
    CHECK(has_wildcard(path));
  }
}

TEST_CASE("wildcard: a bracket that is not closed within its name -> stands for itself") {
  for (const auto* path : {"", "/srv/app.db", "/srv/[a.db", "/srv/a].db", "/srv/[", "/srv/[]",
                           "/srv/[!]", "/srv/[a/b].db", "/srv/[/]"}) {
    CAPTURE(path);
    CHECK_FALSE(has_wildcard(path));
  }
}

}  // namespace litewatch
