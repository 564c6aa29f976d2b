#include "publish/recycler.h"

#include <memory>
#include <set>
#include <vector>

#include "catch.h"

namespace litewatch {
namespace {

struct Thing {
  Thing() { ++alive(); }
  ~Thing() { --alive(); }
  static int& alive() {
    static int count = 0;
    return count;
  }
  int uses = 0;
  bool retired = false;
};

void retire(Thing& thing) { thing.retired = true; }

TEST_CASE("recycler: dropped -> retired, and taken again as it was left") {
  Recycler<Thing> recycler(2, retire);
  auto thing = recycler.take();
  CHECK_FALSE(thing->retired);
  thing->uses = 7;
  auto copy = thing;
  thing.reset();
  CHECK_FALSE(copy->retired);
  copy.reset();
  const auto again = recycler.take();
  CHECK(again->retired);
  CHECK(again->uses == 7);
  CHECK(Thing::alive() == 1);
}

TEST_CASE("recycler: many held at once -> different ones; only a few are kept idle") {
  {
    Recycler<Thing> recycler(3, retire);
    {
      std::vector<std::shared_ptr<Thing>> held;
      std::set<Thing*> different;
      for (int i = 0; i < 20; ++i) different.insert(held.emplace_back(recycler.take()).get());
      CHECK(different.size() == 20);
      CHECK(Thing::alive() == 20);
    }
    CHECK(Thing::alive() == 3);
  }
  CHECK(Thing::alive() == 0);
}

TEST_CASE("recycler: an object that outlives it -> freed with its last reference") {
  std::shared_ptr<Thing> thing;
  {
    Recycler<Thing> recycler(3, retire);
    thing = recycler.take();
  }
  CHECK(Thing::alive() == 1);
  thing.reset();
  CHECK(Thing::alive() == 0);
}

}  // namespace
}  // namespace litewatch
