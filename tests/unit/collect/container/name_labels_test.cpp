#include "collect/container/name_labels.h"

#include "catch.h"

using namespace litewatch;

TEST_CASE("container labels: allowed ones, by name or by what they begin with") {
  const std::map<std::string, std::string> labels = {
      {"com.docker.compose.project", "shop"}, {"com.example.team", "a"}, {"secret", "x"}};
  CHECK(render_container_labels(labels, {}).empty());
  CHECK(render_container_labels(labels, {"com.example"}).empty());
  CHECK(render_container_labels(labels, {"com.example.team"}) ==
        R"(container_label_com_example_team="a")");
  CHECK(render_container_labels(labels, {"com.*"}) ==
        R"(container_label_com_docker_compose_project="shop",)"
        R"(container_label_com_example_team="a")");
  CHECK(render_container_labels(labels, {"*", "secret"}) ==
        R"(container_label_com_docker_compose_project="shop",)"
        R"(container_label_com_example_team="a",container_label_secret="x")");
}

TEST_CASE("container labels: names that fall together -> the first, in sorted order") {
  CHECK(render_container_labels({{"a.b", "2"}, {"a-b", "1"}, {"a_b", "3"}, {"a", "0"}}, {"*"}) ==
        R"(container_label_a="0",container_label_a_b="1")");
}

TEST_CASE("container labels: hostile names and values -> a valid label") {
  CHECK(render_container_labels({{"a\"}\n{\xC3\xA9", "x\"\n\\\xFF"}}, {"*"}) ==
        "container_label_a______=\"x\\\"\\n\\\\\xEF\xBF\xBD\"");
  CHECK(render_container_labels({{"", "x"}}, {"*"}) == R"(container_label_="x")");
}

TEST_CASE("name of docker: a plain container") {
  DockerContainer container;
  container.id = std::string(64, 'a');
  container.name = "shop-app-1";
  container.image = "shop:1";
  container.health = "healthy";
  container.labels = {{"team", "a"}};
  const ContainerName name = name_of_docker(container, {"team"});
  CHECK(name.container == "shop-app-1");
  CHECK(name.name == "shop-app-1");
  CHECK(name.image == "shop:1");
  CHECK(name.health == "healthy");
  CHECK(name.labels == R"(container_label_team="a")");
  CHECK(name.pod.empty());
  CHECK_FALSE(name.sandbox);
}

TEST_CASE("name of docker: the kubelet's labels") {
  DockerContainer container;
  container.id = std::string(64, 'a');
  container.name = "k8s_app_shop-0_default_uid_0";
  container.labels = {{"io.kubernetes.pod.name", "shop-0"},
                      {"io.kubernetes.pod.namespace", "default"},
                      {"io.kubernetes.container.name", "app"},
                      {"io.kubernetes.docker.type", "container"}};
  ContainerName name = name_of_docker(container, {});
  CHECK(name.container == "app");
  CHECK(name.pod == "shop-0");
  CHECK(name.namespace_name == "default");
  CHECK(name.name == container.id);
  CHECK_FALSE(name.sandbox);

  container.labels["io.kubernetes.container.name"] = "POD";
  name = name_of_docker(container, {});
  CHECK(name.sandbox);
  CHECK(name.container.empty());
  container.labels.erase("io.kubernetes.container.name");
  container.labels["io.kubernetes.docker.type"] = "podsandbox";
  CHECK(name_of_docker(container, {}).sandbox);
}

TEST_CASE("name: the first source that tells a field counts") {
  ContainerName logs;
  logs.container = "app";
  logs.pod = "shop-0";
  logs.name = "id";
  ContainerName docker;
  docker.container = "k8s_app";
  docker.name = "k8s_app";
  docker.image = "shop:1";
  docker.health = "healthy";
  docker.instance = 4;
  docker.pid = 7;
  docker.started_unix_s = 9;
  ContainerName name;
  add_name(name, logs);
  add_name(name, docker);
  CHECK(name.container == "app");
  CHECK(name.pod == "shop-0");
  CHECK(name.name == "id");
  CHECK(name.image == "shop:1");
  CHECK(name.health == "healthy");
  CHECK(name.instance == 4);
  CHECK(name.pid == 7);
  CHECK(name.started_unix_s == 9.0);
  ContainerName other;
  other.pid = 8;
  other.image = "other";
  add_name(name, other);
  CHECK(name.pid == 7);
  CHECK(name.image == "shop:1");
}

TEST_CASE("name: that it is the sandbox the logs infer and Docker knows") {
  ContainerName inferred;
  inferred.pod = "shop-0";
  inferred.sandbox = true;
  ContainerName known;
  known.pod = "shop-0";
  known.container = "app";
  ContainerName name;
  add_name(name, inferred);
  CHECK(name.sandbox);
  ContainerName plain;
  plain.container = plain.name = "pause";
  add_name(name, plain);
  CHECK(name.sandbox);
  CHECK(name.container.empty());
  add_name(name, known);
  CHECK_FALSE(name.sandbox);
  CHECK(name.container == "app");
}
