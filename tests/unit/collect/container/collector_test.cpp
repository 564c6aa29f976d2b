#include "collect/container/collector.h"

#include <algorithm>

#include "catalogue/catalogue.h"
#include "catch.h"
#include "container_scene.h"
#include "world.h"

namespace litewatch {
namespace {

using Lines = std::set<std::string>;

std::string running(const std::string& container, int value, const std::string& app = "") {
  return "container_running{" + (app.empty() ? "" : "app=\"" + app + "\",") + "container=\"" +
         container + "\"} " + std::to_string(value);
}

/// How many lines begin so.
long count(const Lines& lines, const std::string& prefix) {
  return std::count_if(lines.begin(), lines.end(),
                       [&](const std::string& line) { return line.starts_with(prefix); });
}

const std::string kNginx = "/system.slice/nginx.service";

}  // namespace

TEST_CASE("container collector: no settings yet, or switched off -> nothing at all") {
  World world;
  world.settings.enabled = false;
  world.apply();
  world.add_cgroup(kNginx);
  CHECK(world.scrape().empty());
  world.settings.enabled = true;
  world.apply();
  CHECK(world.scrape().contains(running("nginx.service", 1)));
  world.settings.enabled = false;
  world.apply();
  CHECK(world.scrape().empty());
}

TEST_CASE("container collector: a service -> in the first collection, with its process") {
  World world;
  world.add_cgroup(kNginx, 50);
  world.add_process(50, kNginx, 1);
  const Lines lines = world.scrape();
  CHECK(lines.contains(running("nginx.service", 1)));
  CHECK(count(lines, "container_open_fds{container=\"nginx.service\"}") == 1);
  CHECK(lines.contains("container_max_fds{container=\"nginx.service\"} 1024"));
  CHECK(lines.contains(
      "container_memory_limit_bytes{container=\"nginx.service\",kind=\"max\",scope=\"effective\"} "
      "8192"));
  CHECK(lines.contains("litewatch_containers 1"));
  CHECK(lines.contains("litewatch_containers_left_out 0"));
  CHECK(lines.contains("litewatch_containers_unnamed 0"));
  CHECK(lines.contains("litewatch_container_view_info{cgroup_version=\"2\",mode=\"host\"} 1"));
  CHECK(lines.contains("machine_cpu_cores 2"));
  CHECK(lines.contains("machine_memory_bytes 1024000"));
  CHECK(count(lines, "container_network_") == 0);  // the machine's
  REQUIRE(world.rows().size() == 1);
  CHECK(world.rows()[0].name == "nginx.service");
}

TEST_CASE("container collector: without cAdvisor's names -> own names alone, and it says so") {
  World world;
  world.settings.cadvisor_names = false;
  world.apply();
  world.add_cgroup(kNginx);
  const Lines lines = world.scrape();
  CHECK(lines.contains("litewatch_container_cadvisor_names 0"));
  CHECK(count(lines, "container_last_seen") == 0);
  CHECK(count(lines, "machine_") == 0);
  CHECK(lines.contains(running("nginx.service", 1)));
}

TEST_CASE("container collector: a container without a name -> shown by its id, and counted") {
  World world;
  world.add_cgroup(World::docker_path('b'));
  const Lines lines = world.scrape_until(running("bbbbbbbbbbbb", 1));
  CHECK(lines.contains(running("bbbbbbbbbbbb", 1)));
  CHECK(lines.contains("litewatch_containers_unnamed 1"));
}

TEST_CASE("container collector: named by a log -> pod, namespace and container, never the id") {
  World world;
  const std::string pod = "/kubepods/burstable/pod12345678-1234-1234-1234-123456789abc/";
  const std::string path = pod + World::docker_id('c');
  world.add_log(World::docker_id('c'), "shop-0", "prod", "web");
  world.add_cgroup(path);
  const std::string expected =
      "container_running{container=\"web\",namespace=\"prod\",pod=\"shop-0\"} 1";
  for (int i = 0; i < 300; ++i) {
    const Lines lines = world.scrape();
    REQUIRE(count(lines, "container_running{container=\"cccc") == 0);
    if (lines.contains(expected)) break;
  }
  const Lines lines = world.scrape_until(expected);
  CHECK(lines.contains(expected));
  CHECK(rest_of(lines, "container_last_seen{").find("image=\"unknown\"") != std::string::npos);
}

TEST_CASE("container collector: a rule -> its name and app, and the app of that very name") {
  World world;
  world.settings.options.rules = {{"nginx*", "front", "shop"}, {"*", "", ""}};
  world.settings.apps = {"gitea"};
  world.apply();
  world.add_cgroup(kNginx);
  world.add_cgroup("/system.slice/gitea.service");
  const Lines lines = world.scrape();
  CHECK(lines.contains(running("front", 1, "shop")));
  CHECK(lines.contains(running("gitea.service", 1, "gitea")));
}

TEST_CASE("container collector: excluded, or not included -> not there") {
  World world;
  world.add_cgroup(kNginx);
  world.add_cgroup("/system.slice/cron.service");
  world.settings.options.exclude = {"cron*"};
  world.apply();
  CHECK(count(world.scrape(), "container_running") == 1);
  world.settings.options.exclude.clear();
  world.settings.options.include = {"cron*"};
  world.apply();
  CHECK(world.scrape().contains(running("cron.service", 1)));
  CHECK(count(world.scrape(), "container_running") == 1);
}

TEST_CASE("container collector: gone -> not running for the grace period, then forgotten") {
  World world;
  world.settings.options.grace_s = 0.2;
  world.apply();
  world.add_cgroup(kNginx);
  world.add_cgroup("/system.slice/cron.service");
  world.scrape();
  world.remove_cgroup(kNginx);
  const Lines lines = world.scrape();
  CHECK(lines.contains(running("nginx.service", 0)));
  CHECK(count(lines, "container_last_seen{id=\"" + kNginx + "\"") == 1);
  CHECK(count(lines, "container_memory_bytes{container=\"nginx.service\"") == 0);
  CHECK(lines.contains("litewatch_containers 1"));
  ::usleep(250'000);
  CHECK(count(world.scrape(), "container_running{container=\"nginx.service\"") == 0);
  CHECK(world.scrape().contains(running("cron.service", 1)));
}

TEST_CASE("container collector: back in a new cgroup -> a restart, OOM kills go on") {
  World world;
  world.add_cgroup(kNginx);
  world.scrape();
  world.write(kNginx, "memory.events", "oom_kill 2\n");
  CHECK(world.scrape().contains("container_oom_kills_total{container=\"nginx.service\"} 2"));
  CHECK(world.rows()[0].state == "OOM-killed");
  world.remove_cgroup(kNginx);
  world.scrape();
  world.add_cgroup(kNginx);
  const Lines lines = world.scrape_until(running("nginx.service", 1));
  CHECK(lines.contains(running("nginx.service", 1)));
  CHECK(lines.contains("container_restarts_total{container=\"nginx.service\"} 1"));
  CHECK(lines.contains("container_oom_kills_total{container=\"nginx.service\"} 2"));
  CHECK(count(lines, "container_last_seen{id=\"" + kNginx + "\"") == 1);
  CHECK(world.rows().size() == 1);
  CHECK(world.rows()[0].state == "OOM-killed");  // it is still news
}

TEST_CASE("container collector: kills that were there when litewatch came -> counted, no news") {
  World world;
  world.add_cgroup(kNginx);
  world.write(kNginx, "memory.events", "oom_kill 7\n");
  CHECK(world.scrape().contains("container_oom_kills_total{container=\"nginx.service\"} 7"));
  CHECK(world.rows()[0].health == Health::kOk);
}

TEST_CASE("container collector: network -> of its own namespace; hosts' and shared ones once") {
  World world;
  world.settings.options.rules = {{"*aaaa.scope", "own", ""},
                                  {"*bbbb.scope", "first", ""},
                                  {"*cccc.scope", "second", ""},
                                  {"*dddd.scope", "host", ""}};
  world.apply();
  int pid = 50;
  for (const char digit : {'a', 'b', 'c', 'd'}) {
    world.add_cgroup(World::docker_path(digit), pid++);
    ::usleep(2000);  // their order is told by their age
  }
  world.add_process(50, World::docker_path('a'));
  world.add_process(51, World::docker_path('b'), 7);
  world.add_process(52, World::docker_path('c'), 7);
  world.add_process(53, World::docker_path('d'), 1);
  const Lines lines = world.scrape_until(running("second", 1));
  const std::string bytes = "container_network_bytes_total{container=\"";
  const std::string rest = "\",direction=\"receive\",interface=\"eth0\"} ";
  CHECK(lines.contains(bytes + "own" + rest + "50"));
  CHECK(lines.contains(bytes + "first" + rest + "9"));
  CHECK(count(lines, bytes) == 4);
}

TEST_CASE("container collector: cgroup.procs hides the processes -> found by a scan of procfs") {
  World world;
  world.settings.options.rules = {{"*aaaa.scope", "web", ""}};
  world.apply();
  world.add_cgroup(World::docker_path('a'));  // cgroup.procs says 0
  world.add_process(77, "/../docker-" + World::docker_id('a') + ".scope/init");
  const Lines lines = world.scrape_until(running("web", 1));
  CHECK(count(lines, "container_open_fds{container=\"web\"}") == 1);
  // It is the process that is held, not its number.
  world.remove_process(77);
  world.add_process(77, kNginx);
  CHECK(count(world.scrape(), "container_open_fds{container=\"web\"}") == 0);
}

TEST_CASE("container collector: a database on its layer -> told, and the container is the app's") {
  World world;
  world.settings.options.rules = {{"*aaaa.scope", "web", ""}};
  const std::string path = world.settings.paths.procfs + "/50/root/data/app.db";
  world.settings.databases = [path] {
    return std::vector<WatchedDatabase>{{"shop", "main", path}};
  };
  world.apply();
  world.add_cgroup(World::docker_path('a'), 50);
  world.add_process(50, World::docker_path('a'));
  const Lines lines = world.scrape_until(running("web", 1, "shop"));
  CHECK(lines.contains(running("web", 1, "shop")));
  CHECK(lines.contains(
      "container_sqlite_on_writable_layer{app=\"shop\",container=\"web\",db=\"main\"} 1"));
  CHECK(world.rows()[0].state == "database dies with it");
}

TEST_CASE("container collector: two of the same names -> the younger one, once") {
  World world;
  world.settings.options.rules = {{"*docker*", "web", ""}};
  world.apply();
  world.add_cgroup(World::docker_path('a'));
  ::usleep(10'000);
  world.add_cgroup(World::docker_path('b'));
  world.write(World::docker_path('b'), "memory.current", "5000\n");
  const Lines lines = world.scrape_until(running("web", 1));
  CHECK(lines.contains("container_memory_bytes{container=\"web\",kind=\"current\"} 5000"));
  CHECK(count(lines, "container_last_seen{") == 1);
  CHECK(world.rows().size() == 1);
}

TEST_CASE("container collector: other settings -> what they leave out is not gone, but forgotten") {
  World world;
  world.add_cgroup(kNginx);
  world.add_cgroup("/system.slice/cron.service");
  world.scrape();
  world.settings.limit = 1;
  world.apply();
  CHECK(count(world.scrape(), "container_running") == 1);
  world.settings.options.exclude = {"*"};
  world.apply();
  CHECK(count(world.scrape(), "container_running") == 0);
}

TEST_CASE("container collector: settings that touch no container -> counts and restarts stay") {
  World world;
  world.add_cgroup(kNginx);
  world.write(kNginx, "memory.events", "oom_kill 3\n");
  world.scrape();
  world.settings.options.objectives.memory_ratio = 0.5;
  world.settings.limit = 100;
  world.apply();
  const Lines lines = world.scrape();
  CHECK(lines.contains("container_oom_kills_total{container=\"nginx.service\"} 3"));
  CHECK(lines.contains("container_restarts_total{container=\"nginx.service\"} 0"));
  CHECK(lines.contains("container_memory_usage_objective_ratio{container=\"nginx.service\"} 0.5"));
}

TEST_CASE("container collector: killed just before its cgroup vanished -> booked all the same") {
  World world;
  world.add_cgroup(kNginx);
  world.scrape();
  world.write(kNginx, "memory.events", "low 0\noom 1\noom_kill 1\n");
  ::usleep(1'000'000);  // the kernel tells of the change, nobody scrapes
  world.remove_cgroup(kNginx);
  const Lines lines = world.scrape_until(running("nginx.service", 0));
  CHECK(lines.contains("container_oom_kills_total{container=\"nginx.service\"} 1"));
  CHECK(world.rows()[0].state == "gone after an OOM kill");
}

TEST_CASE(
    "container collector: a pod with its sandbox -> the sandbox's network, the pod's labels") {
  World world;
  const std::string pod = "/kubepods/burstable/pod12345678-1234-1234-1234-123456789abc/";
  world.add_log(World::docker_id('c'), "shop-0", "prod", "web");
  world.add_cgroup(pod + World::docker_id('5'), 60);
  ::usleep(5000);
  world.add_cgroup(pod + World::docker_id('c'), 61);
  world.add_process(60, pod + World::docker_id('5'), 8);
  world.add_process(61, pod + World::docker_id('c'), 8);
  world.settings.options.rules = {{"prod/shop-0/web", "", "shop"}};
  world.apply();
  const std::string who = "app=\"shop\",namespace=\"prod\",pod=\"shop-0\",";
  const std::string expected =
      "container_network_bytes_total{" + who + "direction=\"receive\",interface=\"eth0\"} 9";
  const Lines lines = world.scrape_until(expected);
  CHECK(lines.contains(expected));
  CHECK(count(lines, "container_network_bytes_total{") == 2);
  CHECK(count(lines, "container_running{") == 1);  // the sandbox is not shown
  CHECK(lines.contains("litewatch_containers 1"));
  CHECK(rest_of(lines, "container_network_receive_bytes_total{").find(World::docker_id('5')) !=
        std::string::npos);
}

TEST_CASE("container collector: killed in a pod's container that vanished -> put down to it") {
  World world;
  const std::string pod = "/kubepods/burstable/pod12345678-1234-1234-1234-123456789abc";
  const std::string web = pod + "/" + World::docker_id('c');
  const std::string log = pod + "/" + World::docker_id('d');
  world.add_log(World::docker_id('c'), "shop-0", "prod", "web");
  world.add_log(World::docker_id('d'), "shop-0", "prod", "log");
  world.add_cgroup(web);
  world.add_cgroup(log);
  world.write(pod, "memory.events", "oom_kill 0\n");
  const std::string rest = "namespace=\"prod\",pod=\"shop-0\"} ";
  REQUIRE(world.scrape_until("container_running{container=\"web\"," + rest + "1")
              .contains("container_running{container=\"log\"," + rest + "1"));
  world.scrape();
  world.remove_cgroup(web);
  world.write(pod, "memory.events", "oom_kill 1\n");
  const Lines lines = world.scrape_until("container_running{container=\"web\"," + rest + "0");
  CHECK(world.scrape().contains("container_oom_kills_total{container=\"web\"," + rest + "1"));
  CHECK(world.scrape().contains("container_oom_kills_total{container=\"log\"," + rest + "0"));
}

TEST_CASE("container collector: a source of names that fails -> counted by source and reason") {
  World world;
  world.add_cgroup(World::docker_path('a'));
  world.write_below_root("run/docker.sock", "no socket");
  world.settings.options.sockets = {"/run/docker.sock"};
  world.apply();
  world.scrape_until(running("aaaaaaaaaaaa", 1));
  const Lines lines = world.scrape();
  CHECK(lines.contains(running("aaaaaaaaaaaa", 1)));
  CHECK(count(lines, "litewatch_container_name_errors_total{") == 1);
  CHECK(rest_of(lines, "litewatch_container_name_errors_total{").find("source=\"docker\"") !=
        std::string::npos);
}

TEST_CASE("container collector: found between two scrapes -> its names wait for the next one") {
  World world;
  world.scrape();
  world.add_cgroup(World::docker_path('e'));
  for (int i = 0; i < 250; ++i) {
    CHECK(world.idle() == 1);
    ::usleep(10'000);
  }
  CHECK(world.scrape().contains(running("eeeeeeeeeeee", 1)));
}

TEST_CASE("container collector: more than the limit -> containers first, the others counted") {
  World world;
  world.settings.limit = 1;
  world.apply();
  world.add_cgroup(kNginx);
  world.add_cgroup("/system.slice/cron.service");
  const Lines lines = world.scrape();
  CHECK(lines.contains("litewatch_containers 1"));
  CHECK(lines.contains("litewatch_containers_left_out 1"));
}

TEST_CASE("container collector: its own families and the machine's -> each of the catalogue") {
  World world;
  world.add_cgroup(kNginx);
  const Lines families = families_of(world.scrape());
  for (const MetricDesc& desc : kCatalogue) {
    const bool own = desc.name.starts_with("litewatch_") || desc.name.starts_with("machine_");
    if (desc.owner != Owner::kContainers || !own) continue;
    INFO(desc.name);
    // It needs a source that fails: see the test of the names.
    CHECK(families.contains(std::string(desc.name)) !=
          (desc.metric == Metric::kLitewatchContainerNameErrorsTotal));
  }
}

}  // namespace litewatch
