#include "web/status_sections.h"

#include <algorithm>
#include <string>
#include <vector>

#include "catch.h"

using namespace litewatch;

namespace {

StatusRow row_of(std::string_view kind, const std::string& app, const std::string& name,
                 Health health = Health::kOk) {
  StatusRow row;
  row.kind = kind;
  row.app = app;
  row.name = name;
  row.health = health;
  return row;
}

/// "shop: target a; database b c | +container d": sections, `+` before one with others.
std::string shape(std::vector<StatusRow> rows) {
  std::stable_sort(rows.begin(), rows.end(),
                   [](const auto& a, const auto& b) { return a.health > b.health; });
  StatusRows sorted;
  for (const StatusRow& row : rows) sorted.push_back(&row);
  std::string text;
  for (const StatusSection& section : status_sections(sorted)) {
    text += text.empty() ? "" : " | ";
    if (section.others) text += "+";
    if (!section.app.empty()) text += std::string(section.app) + ": ";
    for (const StatusRows& table : section.tables) {
      if (&table != &section.tables.front()) text += "; ";
      text += table.front()->kind;
      for (const StatusRow* row : table) text += " " + row->name;
    }
  }
  return text;
}

}  // namespace

TEST_CASE("status sections: nothing -> none") { CHECK(shape({}) == ""); }

TEST_CASE("status sections: one kind -> one section, apps together") {
  CHECK(shape({row_of("database", "x", "1"), row_of("database", "y", "2"),
               row_of("database", "x", "3")}) == "database 1 3 2");
}

TEST_CASE("status sections: an app with several kinds -> target, database, container, others") {
  CHECK(shape({row_of("job", "x", "1"), row_of("container", "x", "2"), row_of("database", "x", "3"),
               row_of("target", "x", "4"), row_of("database", "x", "5")}) ==
        "x: target 4; database 3 5; container 2; job 1");
}

TEST_CASE("status sections: rows without an app -> by kind, never an app of their own") {
  CHECK(shape({row_of("database", "", "1"), row_of("container", "", "2"),
               row_of("container", "", "3")}) == "database 1 | container 2 3");
}

TEST_CASE("status sections: worst first, apps before what is left where they are as bad") {
  CHECK(shape({row_of("container", "", "cron"), row_of("database", "x", "1"),
               row_of("target", "x", "2"), row_of("database", "y", "3", Health::kWarning),
               row_of("container", "y", "4"), row_of("database", "z", "5", Health::kCritical)}) ==
        "+database 5 | y: database 3; container 4 | x: target 2; database 1 | +container cron");
}

TEST_CASE("status sections: what is left -> the worst row of its kind leads it") {
  CHECK(shape({row_of("database", "", "1", Health::kCritical), row_of("container", "", "2"),
               row_of("container", "b", "3", Health::kWarning)}) == "database 1 | container 3 2");
}

TEST_CASE("status sections: a kind that no app's section has -> not called other") {
  CHECK(shape({row_of("target", "x", "1"), row_of("database", "x", "2"),
               row_of("container", "", "3")}) == "x: target 1; database 2 | container 3");
}
