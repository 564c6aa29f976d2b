#include "dashboards/scope.h"

#include "catch.h"

using namespace litewatch;

namespace {

std::string scoped(std::string_view query, std::vector<std::string> variables = {"app", "db"}) {
  return with_variables(query, variables, Vocabulary());
}

}  // namespace

TEST_CASE("scope: selectors with and without matchers -> each gets what it lacks") {
  CHECK(scoped("sqlite_up") == R"(sqlite_up{app=~"$app", db=~"$db"})");
  CHECK(scoped("sqlite_up{}") == R"(sqlite_up{app=~"$app", db=~"$db"})");
  CHECK(scoped("sqlite_up { db = 'x' } == 1") == R"(sqlite_up {app=~"$app",  db = 'x' } == 1)");
  CHECK(scoped(R"(sqlite_up{app="a",db!="b"})") == R"(sqlite_up{app="a",db!="b"})");
  CHECK(scoped("sum(sqlite_up) / count(sqlite_up{app='a'})") ==
        R"(sum(sqlite_up{app=~"$app", db=~"$db"}) / count(sqlite_up{db=~"$db", app='a'}))");
}

TEST_CASE("scope: labels of the target -> matched where the dashboard has such a variable") {
  CHECK(scoped("sqlite_up", {"cluster", "job"}) ==
        R"(sqlite_up{cluster=~"$cluster", job=~"$job"})");
  CHECK(scoped("litewatch_build_info") == "litewatch_build_info");
}

TEST_CASE("scope: ranges, macros and offsets -> stay as they are") {
  CHECK(
      scoped("rate(sqlite_write_transactions_total[$__rate_interval] offset 1h)") ==
      R"(rate(sqlite_write_transactions_total{app=~"$app", db=~"$db"}[$__rate_interval] offset 1h))");
  CHECK(scoped("max_over_time(sqlite_up[$__range])", {"app"}) ==
        R"(max_over_time(sqlite_up{app=~"$app"}[$__range]))");
  CHECK(scoped("sqlite_up # why\n{db='x'}", {"app"}) == "sqlite_up # why\n{app=~\"$app\", db='x'}");
}

TEST_CASE("scope: unknown metrics, labels that nobody lists, no query -> as they are") {
  CHECK(scoped("no_such_metric") == "no_such_metric");
  CHECK(scoped("ALERTS{alertstate='firing'}") == "ALERTS{alertstate='firing'}");
  CHECK(scoped("{__name__='sqlite_up'}") == "{__name__='sqlite_up'}");
  CHECK(scoped("sum(sqlite_up") == "sum(sqlite_up");
}
