#include "collect/container/name_docker.h"

#include "catch.h"
#include "name_scene.h"

using namespace litewatch;

namespace {

bool never() { return false; }

/// One container 'a' on one socket, at a time that the test sets.
struct Scene {
  FakeDocker docker;
  DockerNames names{docker.socket(), {"team"}};
  NameSubjects subjects;
  double now_s = 1000;

  Scene() {
    docker.set(id_of('a'), {});
    subjects.set({wanted(id_of('a'))}, now_s);
  }
  std::optional<Error> refresh(double after_s = 0) {
    now_s += after_s;
    return names.refresh(subjects, now_s, never);
  }
  const ContainerName& name(char id = 'a') {
    REQUIRE(names.find(id_of(id)) != nullptr);
    return *names.find(id_of(id));
  }
  bool answered(char id = 'a') {
    return names.answered(id_of(id), subjects.by_id().at(id_of(id)), now_s);
  }
};

}  // namespace

TEST_CASE("docker names: a new container -> listed and inspected once") {
  Scene scene;
  scene.docker.set(id_of('a'), {.status = "Up (healthy)", .labels = R"({"team":"x","other":"y"})"});
  CHECK(scene.names.is_due(scene.subjects, scene.now_s));
  CHECK_FALSE(scene.answered());
  CHECK_FALSE(scene.refresh());
  CHECK(scene.answered());
  CHECK(scene.name().container == "shop");
  CHECK(scene.name().image == "shop:1");  // of the inspection: the list has a digest
  CHECK(scene.name().labels == R"(container_label_team="x")");
  CHECK(scene.name().health == "healthy");
  CHECK(scene.name().instance == 1);
  CHECK(scene.name().pid == 7);
  CHECK(scene.name().started_unix_s == 1704067200.0);
  CHECK(scene.docker.inspections() == 1);
  CHECK(scene.names.due_s() == scene.now_s + ContainerNames::kRefresh_s);
  CHECK_FALSE(scene.refresh(10));
  CHECK(scene.docker.asked() == std::vector<std::string>{"/v1.44/containers/json"});
  CHECK(scene.name().image == "shop:1");
}

TEST_CASE("docker names: 12 digits of an id are enough") {
  Scene scene;
  const std::string short_id(12, 'a');
  scene.subjects.set({wanted(short_id), wanted(std::string(12, 'a') + std::string(52, 'b'))}, 0);
  CHECK_FALSE(scene.refresh());
  REQUIRE(scene.names.find(short_id) != nullptr);
  CHECK(scene.names.find(short_id)->container == "shop");
  CHECK(scene.names.find(short_id + std::string(52, 'b')) == nullptr);
}

TEST_CASE("docker names: renamed, and its health changes -> by the list alone") {
  Scene scene;
  CHECK_FALSE(scene.refresh());
  CHECK(scene.name().health.empty());
  scene.docker.set(id_of('a'), {.name = "store", .status = "Up (unhealthy)"});
  scene.docker.asked();
  CHECK_FALSE(scene.refresh(10));
  CHECK(scene.name().container == "store");
  CHECK(scene.name().name == "store");
  CHECK(scene.name().health == "unhealthy");
  CHECK(scene.name().pid == 7);
  CHECK(scene.docker.inspections() == 0);
}

TEST_CASE("docker names: restarted -> inspected anew, the name stays meanwhile") {
  Scene scene;
  CHECK_FALSE(scene.refresh());
  scene.docker.set(id_of('a'), {.state = R"("Running":true,"Pid":8)"});
  scene.subjects.set({wanted(id_of('a'), 2)}, scene.now_s);
  CHECK(scene.names.is_due(scene.subjects, scene.now_s));
  CHECK_FALSE(scene.answered());
  CHECK(scene.name().instance == 1);
  CHECK_FALSE(scene.refresh());
  CHECK(scene.answered());
  CHECK(scene.name().container == "shop");
  CHECK(scene.name().instance == 2);
  CHECK(scene.name().pid == 8);
  CHECK_FALSE(scene.name().started_unix_s);
}

TEST_CASE("docker names: ended -> inspected until the daemon knows, then left alone") {
  Scene scene;
  CHECK_FALSE(scene.refresh());
  scene.subjects.set({}, scene.now_s);
  scene.docker.asked();
  CHECK_FALSE(scene.refresh());
  CHECK(scene.docker.inspections() == 1);
  CHECK_FALSE(scene.name().oom_killed);
  CHECK(scene.names.due_s() == scene.now_s + NameSubjects::kRetry_s);
  scene.docker.set(id_of('a'), {.state = R"("Running":false,"OOMKilled":true,"Pid":0)"});
  CHECK_FALSE(scene.refresh(0.5));
  CHECK(scene.name().oom_killed);
  CHECK(scene.name().instance == 1);
  CHECK(scene.name().container == "shop");
  scene.docker.asked();
  CHECK_FALSE(scene.refresh(10));
  CHECK(scene.docker.inspections() == 0);
}

TEST_CASE("docker names: ended and removed -> its name stays, nothing more is asked") {
  Scene scene;
  CHECK_FALSE(scene.refresh());
  scene.docker.remove(id_of('a'));
  scene.subjects.set({}, scene.now_s);
  CHECK_FALSE(scene.refresh());
  CHECK_FALSE(scene.refresh(10));
  scene.docker.asked();
  CHECK_FALSE(scene.refresh(10));
  CHECK(scene.docker.inspections() == 0);
  CHECK(scene.name().container == "shop");
  CHECK_FALSE(scene.name().oom_killed);
}

TEST_CASE("docker names: while it runs OOMKilled says nothing of its end") {
  Scene scene;
  scene.docker.set(id_of('a'), {.state = R"("Running":true,"OOMKilled":true,"Pid":7)"});
  CHECK_FALSE(scene.refresh());
  CHECK_FALSE(scene.name().oom_killed);
}

TEST_CASE("docker names: one that the daemon does not know -> asked again for a while") {
  Scene scene;
  scene.subjects.set({wanted(id_of('b'))}, scene.now_s);
  CHECK_FALSE(scene.refresh());
  CHECK_FALSE(scene.answered('b'));
  CHECK(scene.names.due_s() == scene.now_s + NameSubjects::kRetry_s);
  scene.docker.set(id_of('b'), {.name = "late"});
  CHECK_FALSE(scene.refresh(0.5));
  CHECK(scene.answered('b'));
  CHECK(scene.name('b').container == "late");

  scene.subjects.set({wanted(id_of('c'))}, scene.now_s);
  CHECK_FALSE(scene.refresh(1.6));
  CHECK(scene.answered('c'));
  CHECK(scene.names.find(id_of('c')) == nullptr);
  CHECK(scene.names.due_s() == scene.now_s + ContainerNames::kRefresh_s);
}

TEST_CASE("docker names: a daemon that fails -> names stay, the next attempt is later") {
  for (const std::string& answer : {http_answer(500, "oops"), http_answer(200, "garbage"),
                                    std::string("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n[")}) {
    Scene scene;
    scene.docker.set(id_of('a'), {.status = "Up (healthy)"});
    CHECK_FALSE(scene.refresh());
    scene.docker.answer(answer);
    CHECK(scene.refresh(10));
    CHECK(scene.answered());
    CHECK(scene.name().container == "shop");
    CHECK(scene.name().health == "healthy");
    CHECK(scene.names.due_s() == scene.now_s + ContainerNames::kRefresh_s);
    // A new container does not wait for it, and is no reason to ask earlier.
    scene.subjects.set({wanted(id_of('a')), wanted(id_of('b'))}, scene.now_s);
    CHECK_FALSE(scene.names.is_due(scene.subjects, scene.now_s + 5));
    CHECK(scene.answered('b'));
    // Nobody knows how it is any more.
    CHECK(scene.refresh(DockerNames::kHealthLasts_s));
    CHECK(scene.name().health.empty());
    CHECK(scene.name().container == "shop");
    scene.docker.answer("");
    scene.docker.set(id_of('b'), {.name = "new"});
    CHECK_FALSE(scene.refresh(10));
    CHECK(scene.name().health == "healthy");
    CHECK(scene.name('b').container == "new");
  }
}

TEST_CASE(
    "docker names: one container that the daemon cannot inspect -> the others do not suffer") {
  for (const std::string& answer : {http_answer(500, "layer not found"), std::string("hang")}) {
    Scene scene;
    scene.docker.answer_inspection(id_of('a'), answer);
    scene.docker.set(id_of('b'), {.name = "other"});
    scene.subjects.set({wanted(id_of('a')), wanted(id_of('b'))}, scene.now_s);
    const auto error = scene.refresh();
    REQUIRE(error);
    CHECK(error->kind == (answer == "hang" ? ErrorKind::kTimeout : ErrorKind::kBusy));
    CHECK(scene.name().container == "shop");
    CHECK_FALSE(scene.answered('a'));
    CHECK(scene.refresh(0.5));
    CHECK(scene.answered('b'));
    CHECK(scene.name('b').pid == 7);
    // A new one is looked up at once.
    scene.docker.set(id_of('c'), {.name = "new"});
    scene.subjects.set({wanted(id_of('a')), wanted(id_of('b')), wanted(id_of('c'))}, scene.now_s);
    CHECK(scene.names.is_due(scene.subjects, scene.now_s));
    CHECK(scene.refresh(1.5));
    CHECK(scene.answered('c'));
    CHECK(scene.answered('a'));  // as far as it goes
    CHECK(scene.names.due_s() == scene.now_s + ContainerNames::kRefresh_s);
  }
}

TEST_CASE("docker names: no longer listed though its cgroup is there -> no health") {
  Scene scene;
  scene.docker.set(id_of('a'), {.status = "Up (healthy)"});
  CHECK_FALSE(scene.refresh());
  scene.docker.remove(id_of('a'));
  CHECK_FALSE(scene.refresh(10));
  CHECK(scene.name().container == "shop");
  CHECK(scene.name().health.empty());
}

TEST_CASE("docker names: no socket -> nothing to wait for; one that comes later is used") {
  Scene scene;
  scene.docker.stop();
  CHECK_FALSE(scene.refresh());
  CHECK(scene.answered());
  CHECK(scene.names.find(id_of('a')) == nullptr);
  scene.docker.start();
  CHECK_FALSE(scene.refresh(10));
  CHECK(scene.name().container == "shop");
  scene.docker.stop();
  CHECK_FALSE(scene.refresh(10));
  CHECK(scene.name().container == "shop");
}

TEST_CASE("docker names: nothing to name -> nothing is asked") {
  Scene scene;
  scene.subjects = NameSubjects();
  CHECK_FALSE(scene.refresh());
  CHECK(scene.docker.asked().empty());
}

TEST_CASE("docker names: told to stop -> no inspection is begun") {
  Scene scene;
  CHECK_FALSE(scene.names.refresh(scene.subjects, scene.now_s, [] { return true; }));
  CHECK(scene.docker.inspections() == 0);
  CHECK_FALSE(scene.answered());
}
