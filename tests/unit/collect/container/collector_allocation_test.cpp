#include <unistd.h>

#include <algorithm>
#include <cstddef>

#include "catch.h"
#include "support/count_allocations.h"
#include "world.h"

namespace litewatch {

TEST_CASE("steady state: the counter itself -> sees an allocation") {
  const std::size_t before = allocations;
  const std::string text(1000, 'x');
  CHECK(allocations > before);
  CHECK(text.size() == 1000);
}

TEST_CASE("steady state: containers, services and pods that stay -> no allocation") {
  World world;
  world.settings.options.rules = {{"*aaaa.scope", "a-container-with-quite-a-long-name", "shop"}};
  world.apply();
  world.add_cgroup("/system.slice/a-service-with-quite-a-long-name.service", 50);
  world.add_process(50, "/system.slice/a-service-with-quite-a-long-name.service", 1);
  world.add_cgroup(World::docker_path('a'), 51);
  world.add_process(51, World::docker_path('a'));
  const std::string pod = "/kubepods/burstable/pod12345678-1234-1234-1234-123456789abc";
  world.add_log(World::docker_id('c'), "shop-0", "prod", "web");
  world.write(pod, "memory.events", "oom_kill 0\n");
  world.add_cgroup(pod + "/" + World::docker_id('c'), 52);
  world.add_process(52, pod + "/" + World::docker_id('c'));
  world.scrape_until("litewatch_containers 3");
  REQUIRE(world.scrape().contains("litewatch_containers 3"));
  // One of them is not well, so that there are words to write.
  world.write(World::docker_path('a'), "memory.current", "8190\n");
  for (int i = 0; i < 5; ++i) world.collect();
  // The names are looked up by a thread of its own, which may be at it just then.
  std::size_t fewest = 1000;
  for (int round = 0; round < 50 && fewest > 0; ++round) {
    const std::size_t before = allocations;
    for (int i = 0; i < 10; ++i) world.collect();
    fewest = std::min<std::size_t>(fewest, allocations - before);
    if (fewest > 0) ::usleep(10'000);
  }
  CHECK(fewest == 0);
}

}  // namespace litewatch
