#include <string>

#include "catch.h"
#include "probe/docker.h"

using namespace litewatch;

namespace {

const std::string kId(64, 'a');

std::string listed(const std::string& rest) { return R"([{"Id":")" + kId + R"(",)" + rest + "}]"; }

DockerContainer only_container(const std::string& json) {
  const auto list = parse_docker_list(json);
  REQUIRE(list.ok());
  REQUIRE(list->size() == 1);
  return list->front();
}

DockerDetails details_of(const std::string& rest) {
  const auto details = parse_docker_details(R"({"Id":")" + kId + R"(",)" + rest + "}");
  REQUIRE(details.ok());
  return *details;
}

}  // namespace

TEST_CASE("docker list: as the daemon writes it") {
  const DockerContainer container = only_container(listed(
      R"j("Names":["/web/alias","/shop-app-1"],"Image":"shop:1.2","ImageID":"sha256:00",
          "Command":"node","Created":1700000000,"Ports":[{"PrivatePort":80,"Type":"tcp"}],
          "Labels":{"com.example.team":"a","Id":"b"},"State":"running",
          "Status":"Up 2 hours (healthy)","HostConfig":{"NetworkMode":"x","Image":"no"},
          "NetworkSettings":{"Networks":{"Names":{"Names":["/no"]}}},"Mounts":[{"Name":"no"}])j"));
  CHECK(container.id == kId);
  CHECK(container.name == "shop-app-1");
  CHECK(container.image == "shop:1.2");
  CHECK(container.state == "running");
  CHECK(container.health == "healthy");
  CHECK(container.labels ==
        std::map<std::string, std::string>{{"Id", "b"}, {"com.example.team", "a"}});
}

TEST_CASE("docker list: health, by the status text or of its own -> the three words only") {
  const auto health = [](const std::string& rest) { return only_container(listed(rest)).health; };
  CHECK(health(R"j("Status":"Up 2 hours")j") == "");
  CHECK(health(R"j("Status":"Up 2 hours (Paused)")j") == "");
  CHECK(health(R"j("Status":"Up 3 seconds (health: starting)")j") == "starting");
  CHECK(health(R"j("Status":"Up 2 minutes (starting)")j") == "starting");
  CHECK(health(R"j("Status":"Up 2 hours (unhealthy)")j") == "unhealthy");
  CHECK(health(R"j("Status":"(healthy) Up")j") == "");
  CHECK(health(R"j("Status":")")j") == "");
  CHECK(health(R"j("Status":"Up","Health":{"Status":"unhealthy","FailingStreak":3})j") ==
        "unhealthy");
  CHECK(health(R"j("Status":"Up (healthy)","Health":{"Status":"none"})j") == "healthy");
}

TEST_CASE("docker list: of several containers nothing goes over to the next") {
  const std::string other(64, 'b');
  const std::string first = R"j("Names":["/one"],"Image":"i","State":"running",
                                "Status":"Up (healthy)","Labels":{"a":"1"}},{"Id":")j";
  const auto list = parse_docker_list(listed(first + other + R"j(","Names":null,"Labels":null)j"));
  REQUIRE(list.ok());
  REQUIRE(list->size() == 2);
  const DockerContainer& second = (*list)[1];
  CHECK(second.id == other);
  CHECK((second.name + second.image + second.state + second.health).empty());
  CHECK(second.labels.empty());
}

TEST_CASE("docker list: empty, and entries without an id") {
  CHECK(parse_docker_list("[]")->empty());
  CHECK(parse_docker_list("[{}]")->empty());
  CHECK(parse_docker_list(R"([null,1,"x",[],[{"Id":"y"}],{"Id":7}])")->empty());
  CHECK(parse_docker_list(R"([{"Id":"../../etc"}])")->empty());
  CHECK(parse_docker_list(R"([{"Id":")" + std::string(64, 'A') + R"("}])")->empty());
}

TEST_CASE("docker list: something else -> malformed") {
  const std::string good = listed(R"("Names":["/a"])");
  for (const std::string& bad :
       {std::string(), std::string("null"), std::string("\"x\""), std::string("1"),
        std::string("true"), std::string("{}"), std::string("<html>"),
        std::string(R"({"message":"page not found"})"), good.substr(0, good.size() - 1), good + "x",
        good + std::string(1, '\0'), std::string("["), std::string(1 << 20, '[')}) {
    const auto list = parse_docker_list(bad);
    REQUIRE_FALSE(list.ok());
    CHECK(list.error().kind == ErrorKind::kMalformed);
  }
}

TEST_CASE("docker list: what is too deep -> malformed; what is within -> skipped") {
  const auto nested = [](std::size_t depth) {
    return listed(R"("Deep":)" + std::string(depth, '[') + std::string(depth, ']'));
  };
  CHECK(parse_docker_list(nested(62)).ok());
  CHECK_FALSE(parse_docker_list(nested(63)).ok());
}

TEST_CASE("docker list: bytes that are not UTF-8 -> U+FFFD, the rest stays") {
  const DockerContainer container =
      only_container(listed("\"Names\":[\"/a\xFF z\"],\"Image\":\"caf\xC3\xA9\""));
  CHECK(container.name == "a\xEF\xBF\xBD z");
  CHECK(container.image == "caf\xC3\xA9");
}

TEST_CASE("docker list: texts are cut") {
  const std::string text(5000, 'x');
  const DockerContainer container =
      only_container(listed(R"("Image":")" + text + R"(","Labels":{"a":")" + text + R"("})"));
  CHECK(container.image.size() == kMaxDockerText);
  CHECK(container.labels.at("a").size() == kMaxDockerText);
}

TEST_CASE("docker details: as the daemon writes them") {
  const DockerDetails details = details_of(
      R"("Name":"/shop","Image":"sha256:00","State":{"Status":"running","Running":true,
         "OOMKilled":false,"Pid":4711,"ExitCode":0,"StartedAt":"2024-05-06T07:08:09.123456789Z",
         "FinishedAt":"0001-01-01T00:00:00Z","Health":{"Status":"starting","Log":[{"Pid":1}]}},
         "Config":{"Image":"shop:1.2","Env":["Pid=1"]},"HostConfig":{"State":{"Pid":2}})");
  CHECK(details.running);
  CHECK(details.pid == 4711);
  REQUIRE(details.started_unix_s);
  CHECK(*details.started_unix_s == Approx(1714979289.1234567));
  CHECK(details.health == "starting");
  CHECK_FALSE(details.oom_killed);
  CHECK(details.name == "shop");
  CHECK(details.image == "shop:1.2");
}

TEST_CASE("docker details: of one that was killed and of one that never ran") {
  const DockerDetails killed = details_of(
      R"("State":{"Running":false,"OOMKilled":true,"Pid":0,"StartedAt":"0001-01-01T00:00:00Z"})");
  CHECK_FALSE(killed.running);
  CHECK(killed.oom_killed);
  CHECK(killed.pid == 0);
  CHECK_FALSE(killed.started_unix_s);
  CHECK(details_of(R"("State":null)").image.empty());
}

TEST_CASE("docker details: numbers that are no process id -> 0") {
  for (const char* const pid :
       {"-1", "2147483648", "1e3", "\"7\"", "99999999999999999999", "1.5"}) {
    CHECK(details_of(R"("State":{"Pid":)" + std::string(pid) + "}").pid == 0);
  }
  CHECK(details_of(R"("State":{"Pid":2147483647})").pid == 2147483647);
}

TEST_CASE("docker details: something else -> malformed") {
  for (const std::string bad : {"", "[]", "{}", "null", R"({"message":"no such container"})",
                                R"({"Id":"x"})", R"({"Id":1})", R"({"Id":")"}) {
    const auto details = parse_docker_details(bad);
    REQUIRE_FALSE(details.ok());
    CHECK(details.error().kind == ErrorKind::kMalformed);
  }
}
