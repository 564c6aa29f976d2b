#include "collect/container/names.h"

#include <chrono>
#include <thread>

#include "base/clock.h"
#include "catch.h"
#include "collect/container/name_failures.h"
#include "name_scene.h"

using namespace litewatch;

namespace {

const std::string kUid = "11111111-2222-3333-4444-555555555555";

/// Polls for up to 20 s, which only a defect needs.
bool eventually(const std::function<bool()>& condition) {
  for (const double until_s = monotonic_s() + 20; monotonic_s() < until_s;) {
    if (condition()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return false;
}

bool has_name(const ContainerNames& names, const std::string& id, const std::string& container) {
  return eventually([&] {
    const auto table = names.table();
    const ContainerName* const name = table->find(id);
    return name != nullptr && name->container == container && table->answered(id);
  });
}

ContainerNames::Options options_of(const TempDir& dir, std::vector<std::string> sockets) {
  return {std::move(sockets), dir.file("containers"), dir.file("pods"), {}};
}

}  // namespace

TEST_CASE("container names: of Docker and of logs, beside one another") {
  const TempDir dir;
  dir.write("containers/shop-0_default_app-" + id_of('b') + ".log", "");
  FakeDocker docker;
  docker.set(id_of('a'), {});
  ContainerNames names(options_of(dir, {docker.socket(), dir.file("none.sock")}));
  REQUIRE(names.table() != nullptr);
  CHECK(names.table()->find(id_of('a')) == nullptr);
  CHECK_FALSE(names.table()->answered(id_of('a')));
  CHECK(names.table()->answered(""));
  CHECK(docker.asked().empty());

  names.want({wanted(id_of('a')), wanted(id_of('b'), 2, kUid), wanted("")});
  CHECK(has_name(names, id_of('a'), "shop"));
  CHECK(has_name(names, id_of('b'), "app"));
  CHECK(names.failures().empty());
  const auto table = names.table();
  CHECK(names.table() == table);

  docker.set(id_of('c'), {.name = "new"});
  names.want({wanted(id_of('c')), wanted(id_of('a'))});
  CHECK(has_name(names, id_of('c'), "new"));
  CHECK(names.table()->find(id_of('b')) != nullptr);  // it has ended
  CHECK(table->find(id_of('c')) == nullptr);
}

TEST_CASE("container names: no source -> answered at once") {
  const TempDir dir;
  ContainerNames names(options_of(dir, {}));
  names.want({wanted(id_of('a'))});
  const double began_s = monotonic_s();
  CHECK(eventually([&] { return names.table()->answered(id_of('a')); }));
  CHECK(monotonic_s() - began_s < NameSubjects::kPatience_s);
  CHECK(names.table()->find(id_of('a')) == nullptr);
}

TEST_CASE("container names: one socket hangs -> the others answer, the failure is counted") {
  const TempDir dir;
  FakeDocker hung;
  hung.answer("hang");
  FakeDocker docker;
  docker.set(id_of('a'), {});
  dir.write("containers/shop-0_default_app-" + id_of('b') + ".log", "");
  ContainerNames names(options_of(dir, {hung.socket(), docker.socket()}));
  names.want({wanted(id_of('a')), wanted(id_of('b'), 2, kUid)});
  CHECK(eventually([&] {
    const auto table = names.table();
    return table->find(id_of('b')) != nullptr && table->find(id_of('a')) == nullptr;
  }));
  CHECK(has_name(names, id_of('a'), "shop"));
  CHECK(names.failures() == std::vector<NameFailures>{{"docker", "timeout", 1}});
}

TEST_CASE("container names: ends while a request hangs, within the deadline") {
  const TempDir dir;
  FakeDocker hung;
  hung.answer("hang");
  double began_s = 0;
  {
    ContainerNames names(options_of(dir, {hung.socket(), hung.socket(), hung.socket()}));
    names.want({wanted(id_of('a'))});
    CHECK(eventually([&] { return !hung.asked().empty(); }));
    began_s = monotonic_s();
  }
  CHECK(monotonic_s() - began_s < 2);
}

TEST_CASE("container names: wants from several threads while others read") {
  const TempDir dir;
  FakeDocker docker;
  docker.set(id_of('a'), {});
  ContainerNames names(options_of(dir, {docker.socket()}));
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&names, i] {
      for (std::uint64_t round = 0; round < 50; ++round) {
        if (i % 2 == 0) names.want({wanted(id_of('a'), round), wanted(id_of('b'), round)});
        (void)names.table()->find(id_of('a'));
        (void)names.failures();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(has_name(names, id_of('a'), "shop"));
}

TEST_CASE("name failures: each counts, but for the right that is missing") {
  NameFailureCounts counts;
  const Error denied{ErrorKind::kDenied, "cannot connect", "/a", 13};
  const Error timeout{ErrorKind::kTimeout, "no answer", "/a", 0};
  counts.note("docker", "/a", std::nullopt);
  CHECK(counts.all().empty());
  counts.note("docker", "/a", denied);
  counts.note("docker", "/a", denied);
  counts.note("docker", "/b", denied);
  counts.note("logs", "/c", timeout);
  counts.note("logs", "/c", timeout);
  CHECK(counts.all() == std::vector<NameFailures>{{"docker", "denied", 2}, {"logs", "timeout", 2}});
  counts.note("docker", "/a", std::nullopt);
  counts.note("docker", "/a", denied);
  CHECK(counts.all().front() == NameFailures{"docker", "denied", 3});
}
