#include "collect/container/ledger.h"

#include <cstdint>
#include <limits>
#include <string>

#include "catch.h"

using namespace litewatch;

namespace {

constexpr const char* kKey = "shop/db-0/app";
constexpr const char* kPod = "shop/db-0";

}  // namespace

TEST_CASE("ledger: a container seen for the first time -> no restart, its kills counted") {
  ContainerLedger ledger;
  const auto& entry = ledger.saw(kKey, 1, 3, 0);
  CHECK(entry.restarts == 0);
  CHECK(entry.oom_kills == 3);
}

TEST_CASE("ledger: the same instance again -> neither restart nor kill counts twice") {
  ContainerLedger ledger;
  ledger.saw(kKey, 1, 2, 0);
  const auto& entry = ledger.saw(kKey, 1, 2, 15);
  CHECK(entry.restarts == 0);
  CHECK(entry.oom_kills == 2);
}

TEST_CASE("ledger: removal and re-creation -> counts go on") {
  ContainerLedger ledger;
  ledger.saw(kKey, 1, 2, 0);
  CHECK(ledger.saw(kKey, 2, 0, 15).restarts == 1);
  CHECK(ledger.find(kKey)->oom_kills == 2);
  CHECK(ledger.saw(kKey, 2, 1, 30).oom_kills == 3);
  CHECK(ledger.find(kKey)->restarts == 1);
}

TEST_CASE("ledger: a cgroup that does not tell or goes back -> counts stay") {
  ContainerLedger ledger;
  ledger.saw(kKey, 1, 5, 0);
  CHECK(ledger.saw(kKey, 1, std::nullopt, 1).oom_kills == 5);
  CHECK(ledger.saw(kKey, 1, 0, 2).oom_kills == 5);
  CHECK(ledger.saw(kKey, 1, 6, 3).oom_kills == 6);
}

TEST_CASE("ledger: old and new instance alternate -> one restart") {
  ContainerLedger ledger;
  ledger.saw(kKey, 1, 1, 0);
  for (int collection = 1; collection < 10; ++collection) {
    ledger.saw(kKey, 1, 1, collection);
    ledger.saw(kKey, 2, 4, collection);
  }
  CHECK(ledger.find(kKey)->restarts == 1);
  CHECK(ledger.find(kKey)->oom_kills == 5);
}

TEST_CASE("ledger: two instances that came with the key -> no restart") {
  ContainerLedger ledger;
  ledger.saw(kKey, 1, 0, 5);
  CHECK(ledger.saw(kKey, 2, 0, 5).restarts == 0);
  CHECK(ledger.saw(kKey, 3, 0, 6).restarts == 1);
}

TEST_CASE("ledger: a restart loop -> each new instance counts, however many") {
  ContainerLedger ledger;
  for (std::uint64_t i = 0; i <= 1000; ++i) ledger.saw(kKey, i + 1, 1, static_cast<double>(i));
  CHECK(ledger.find(kKey)->restarts == 1000);
  CHECK(ledger.find(kKey)->oom_kills == 1001);
}

TEST_CASE("ledger: more instances at once than are remembered -> no endless restarts") {
  ContainerLedger ledger;
  for (int collection = 0; collection < 5; ++collection) {
    for (std::uint64_t instance = 1; instance <= 100; ++instance) {
      ledger.saw(kKey, instance, 1, collection);
    }
  }
  CHECK(ledger.find(kKey)->restarts == 0);
  CHECK(ledger.find(kKey)->oom_kills == ContainerLedger::kMostInstances);
}

TEST_CASE("ledger: keys do not mix") {
  ContainerLedger ledger;
  ledger.saw("a/b/c", 1, 1, 0);
  ledger.saw("a/b/d", 1, 2, 0);
  ledger.saw("a/b/c", 2, 0, 1);
  CHECK(ledger.find("a/b/c")->restarts == 1);
  CHECK(ledger.find("a/b/d")->restarts == 0);
  CHECK(ledger.find("a/b/d")->oom_kills == 2);
  CHECK(ledger.find("a/b") == nullptr);
}

TEST_CASE("ledger: the runtime's word alone -> one kill, once") {
  ContainerLedger ledger;
  ledger.saw(kKey, 1, std::nullopt, 0);
  ledger.oom_killed(kKey, 1);
  ledger.oom_killed(kKey, 1);
  CHECK(ledger.find(kKey)->oom_kills == 1);
}

TEST_CASE("ledger: the runtime and the cgroup tell of one kill, in either order -> one") {
  ContainerLedger ledger;
  ledger.saw(kKey, 1, 1, 0);
  ledger.oom_killed(kKey, 1);
  CHECK(ledger.find(kKey)->oom_kills == 1);
  ledger.saw(kKey, 2, 0, 1);
  ledger.oom_killed(kKey, 2);
  ledger.saw(kKey, 2, 1, 1);
  CHECK(ledger.find(kKey)->oom_kills == 2);
  CHECK(ledger.saw(kKey, 2, 3, 2).oom_kills == 4);
}

TEST_CASE("ledger: the runtime's word on what was never seen -> nothing") {
  ContainerLedger ledger;
  ledger.oom_killed(kKey, 1);
  CHECK(ledger.find(kKey) == nullptr);
  ledger.saw(kKey, 1, 0, 0);
  ledger.oom_killed(kKey, 2);
  CHECK(ledger.find(kKey)->oom_kills == 0);
}

TEST_CASE("ledger: a pod's kill that no container explains -> of the one that vanished") {
  ContainerLedger ledger;
  ledger.saw(kKey, 1, 0, 0);
  ledger.pod_counted(kPod, 0, "");
  ledger.saw(kKey, 2, 0, 15);
  ledger.pod_counted(kPod, 1, kKey);
  CHECK(ledger.find(kKey)->oom_kills == 1);
  ledger.saw(kKey, 2, 0, 30);
  ledger.pod_counted(kPod, 1, "");
  ledger.pod_counted(kPod, 1, kKey);
  CHECK(ledger.find(kKey)->oom_kills == 1);
}

TEST_CASE("ledger: a pod's kill that the container's cgroup told -> not counted again") {
  ContainerLedger ledger;
  ledger.saw(kKey, 1, 0, 0);
  ledger.pod_counted(kPod, 0, "");
  ledger.saw(kKey, 1, 2, 15);
  ledger.pod_counted(kPod, 2, kKey);
  CHECK(ledger.find(kKey)->oom_kills == 2);
}

TEST_CASE("ledger: a pod's kill that the runtime told -> not counted again") {
  ContainerLedger ledger;
  ledger.saw(kKey, 1, 0, 0);
  ledger.pod_counted(kPod, 0, "");
  ledger.oom_killed(kKey, 1);
  ledger.pod_counted(kPod, 1, kKey);
  CHECK(ledger.find(kKey)->oom_kills == 1);
}

TEST_CASE("ledger: a pod's kills from before it was seen -> of nobody") {
  ContainerLedger ledger;
  ledger.saw(kKey, 1, 1, 0);
  ledger.pod_counted(kPod, 7, kKey);
  ledger.pod_counted(kPod, 7, kKey);
  CHECK(ledger.find(kKey)->oom_kills == 1);
}

TEST_CASE("ledger: the pod told of a kill before its container did -> one") {
  ContainerLedger ledger;
  ledger.saw(kKey, 1, 0, 0);
  ledger.pod_counted(kPod, 0, "");
  ledger.pod_counted(kPod, 1, "");
  ledger.saw(kKey, 1, 1, 15);
  ledger.pod_counted(kPod, 1, kKey);
  CHECK(ledger.find(kKey)->oom_kills == 1);
}

TEST_CASE("ledger: the container told of a kill before its pod did -> one") {
  ContainerLedger ledger;
  ledger.saw(kKey, 1, 0, 0);
  ledger.pod_counted(kPod, 0, "");
  ledger.saw(kKey, 1, 1, 15);
  ledger.pod_counted(kPod, 0, "");
  ledger.pod_counted(kPod, 1, kKey);
  CHECK(ledger.find(kKey)->oom_kills == 1);
}

TEST_CASE("ledger: the pod told of a kill one collection before the container vanished -> its") {
  ContainerLedger ledger;
  ledger.saw(kKey, 1, 0, 0);
  ledger.pod_counted(kPod, 0, "");
  ledger.pod_counted(kPod, 1, "");
  ledger.pod_counted(kPod, 1, kKey);
  CHECK(ledger.find(kKey)->oom_kills == 1);
}

TEST_CASE("ledger: a pod's kill that stays without an owner -> not put down to a later one") {
  ContainerLedger ledger;
  ledger.saw(kKey, 1, 0, 0);
  ledger.pod_counted(kPod, 0, "");
  ledger.pod_counted(kPod, 1, "");
  ledger.pod_counted(kPod, 1, "");
  ledger.pod_counted(kPod, 1, kKey);
  CHECK(ledger.find(kKey)->oom_kills == 0);
}

TEST_CASE("ledger: the pod is made anew under its name -> its count starts from 0") {
  ContainerLedger ledger;
  ledger.saw(kKey, 1, 0, 0);
  ledger.pod_counted(kPod, 5, "");
  ledger.saw(kKey, 2, 0, 15);
  ledger.pod_counted(kPod, 1, kKey);
  CHECK(ledger.find(kKey)->oom_kills == 1);
}

TEST_CASE("ledger: pods do not mix, and a container's name may hold a slash") {
  ContainerLedger ledger;
  ledger.saw("shop/db-0/a/b", 1, 0, 0);
  ledger.saw("shop/db-00/app", 1, 0, 0);
  ledger.pod_counted("shop/db-0", 0, "");
  ledger.saw("shop/db-00/app", 1, 3, 1);
  ledger.saw("shop/db-0/a/b", 1, 1, 1);
  ledger.pod_counted("shop/db-0", 2, "shop/db-0/a/b");
  CHECK(ledger.find("shop/db-0/a/b")->oom_kills == 2);
  CHECK(ledger.find("shop/db-00/app")->oom_kills == 3);
}

TEST_CASE("ledger: numbers that no kernel counts -> no overflow") {
  constexpr auto kHuge = std::numeric_limits<std::uint64_t>::max();
  ContainerLedger ledger;
  ledger.saw(kKey, kHuge, kHuge, 0);
  ledger.pod_counted(kPod, 0, "");
  ledger.saw(kKey, 2, kHuge, 1);
  ledger.pod_counted(kPod, kHuge, kKey);
  ledger.pod_counted(kPod, 0, kKey);
  ledger.pod_counted(kPod, kHuge, kKey);
  CHECK(ledger.find(kKey)->oom_kills == 3 * (std::uint64_t{1} << 53));
}

TEST_CASE("ledger: keys without pods, and empty ones -> entries like others") {
  ContainerLedger ledger;
  ledger.saw("", 1, 1, 0);
  ledger.saw("//web", 1, 1, 0);
  ledger.saw("web", 1, 1, 0);
  ledger.pod_counted("", 4, "unheard of");
  ledger.pod_counted("", 5, "unheard of");
  CHECK(ledger.find("")->oom_kills == 1);
  CHECK(ledger.find("//web")->oom_kills == 1);
  CHECK(ledger.find("web")->oom_kills == 1);
}

TEST_CASE("ledger: full -> what was not seen for longest is forgotten") {
  ContainerLedger ledger(3);
  ledger.saw("a", 1, 1, 0);
  ledger.saw("b", 1, 1, 0);
  ledger.saw("c", 1, 1, 0);
  ledger.saw("a", 1, 1, 1);
  ledger.saw("d", 1, 1, 1);
  CHECK(ledger.find("a") != nullptr);
  CHECK(ledger.find("b") == nullptr);
  CHECK(ledger.find("c") != nullptr);
  CHECK(ledger.find("d") != nullptr);
  CHECK(ledger.saw("b", 2, 0, 2).restarts == 0);
}

TEST_CASE("ledger: a hundred thousand names -> it stays within its bound") {
  ContainerLedger ledger(100);
  for (int i = 0; i < 100'000; ++i) {
    const std::string pod = "n/p" + std::to_string(i);
    ledger.saw(pod + "/c", 1, 1, i);
    ledger.pod_counted(pod, 1, "");
  }
  CHECK(ledger.find("n/p99899/c") == nullptr);
  CHECK(ledger.find("n/p99900/c") != nullptr);
}
