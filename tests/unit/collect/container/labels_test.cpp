#include "collect/container/labels.h"

#include "catch.h"

namespace litewatch {
namespace {

LiveContainer docker() {
  LiveContainer live;
  live.identity.kind = CgroupIdentity::Kind::kContainer;
  live.identity.runtime = ContainerRuntime::kDocker;
  live.identity.id = "0123456789abcdef" + std::string(48, '0');
  live.path = "/docker/" + live.identity.id;
  return live;
}

LiveContainer service(const std::string& name) {
  LiveContainer live;
  live.identity.kind = CgroupIdentity::Kind::kContainer;
  live.identity.runtime = ContainerRuntime::kSystemd;
  live.identity.name = name;
  live.path = "/system.slice/" + name;
  return live;
}

ContainerName named(const std::string& name) {
  ContainerName told;
  told.container = name;
  told.name = name;
  told.image = "img:1";
  return told;
}

ContainerLabels label(const LiveContainer& live, const ContainerName* name,
                      const ContainerSettings& settings = {},
                      ContainerView view = ContainerView::kHost, const char* database_app = "") {
  return label_container(live, name, database_app, settings, view);
}

}  // namespace

TEST_CASE("container labels: Docker tells -> its name, twice, and its image") {
  const ContainerName told = named("web");
  const ContainerLabels labels = label(docker(), &told);
  CHECK(labels.container == "web");
  CHECK(labels.name == "web");
  CHECK(labels.image == "img:1");
  CHECK(labels.id == docker().path);
  CHECK_FALSE(is_unnamed(docker(), labels));
}

TEST_CASE("container labels: nothing tells -> the first 12 digits of the id") {
  const ContainerLabels labels = label(docker(), nullptr);
  CHECK(labels.container == "0123456789ab");
  CHECK(is_unnamed(docker(), labels));
}

TEST_CASE("container labels: in Kubernetes -> cAdvisor's name is the id") {
  LiveContainer live = docker();
  live.identity.pod_uid = "12345678-1234-1234-1234-123456789abc";
  CHECK(label(live, nullptr).name == live.identity.id);
}

TEST_CASE("container labels: a service -> its unit, without image and name") {
  const LiveContainer live = service("nginx.service");
  const ContainerLabels labels = label(live, nullptr);
  CHECK(labels.container == "nginx.service");
  CHECK(labels.name.empty());
  CHECK(labels.image.empty());
  CHECK_FALSE(is_unnamed(live, labels));
}

TEST_CASE("container labels: a sidecar -> its pod, and the process's name for the app") {
  ContainerSettings settings;
  settings.own = {"litewatch", "shop-0", "prod"};
  LiveContainer live = docker();
  live.process_name = "node";
  const ContainerLabels labels = label(live, nullptr, settings, ContainerView::kSidecar);
  CHECK(labels.container == "node");
  CHECK(labels.pod == "shop-0");
  CHECK(labels.namespace_name == "prod");
  live.path = "/";
  CHECK(label(live, nullptr, settings, ContainerView::kOwn).container == "litewatch");
  // The machine's containers are not of litewatch's own pod.
  CHECK(label(live, nullptr, settings, ContainerView::kHost).pod.empty());
}

TEST_CASE("container labels: a rule -> by name, by namespace, pod and name, by id or by path") {
  ContainerName told = named("web");
  told.pod = "shop-0";
  told.namespace_name = "prod";
  for (const char* match : {"web", "w*", "prod/shop-*/web", "0123456789abcdef*", "/docker/*"}) {
    INFO(match);
    ContainerSettings settings;
    settings.options.rules = {{match, "front", "shop"}, {"*", "later", "later"}};
    const ContainerLabels labels = label(docker(), &told, settings);
    CHECK(labels.container == "front");
    CHECK(labels.app == "shop");
    CHECK(labels.name == "web");  // what Docker says
  }
  ContainerSettings settings;
  settings.options.rules = {{"web?", "front", "shop"}};
  CHECK(label(docker(), &told, settings).container == "web");
}

TEST_CASE("container labels: app -> the rule's, else that of its databases, else of its name") {
  ContainerSettings settings;
  settings.apps = {"gitea", "shop"};
  CHECK(label(service("gitea.service"), nullptr, settings).app == "gitea");
  CHECK(label(service("gitea.service"), nullptr, settings, ContainerView::kHost, "shop").app ==
        "shop");
  CHECK(label(service("other.service"), nullptr, settings).app.empty());
  settings.options.rules = {{"gitea*", "", "forge"}};
  CHECK(label(service("gitea.service"), nullptr, settings, ContainerView::kHost, "shop").app ==
        "forge");
}

TEST_CASE("container labels: include and exclude -> by name, id or path") {
  const ContainerName told = named("web");
  const ContainerLabels labels = label(docker(), &told);
  ContainerOptions options;
  CHECK(is_wanted(docker(), labels, options));
  options.include = {"db"};
  CHECK_FALSE(is_wanted(docker(), labels, options));
  options.include = {"db", "w*"};
  CHECK(is_wanted(docker(), labels, options));
  options.exclude = {"/docker/*"};
  CHECK_FALSE(is_wanted(docker(), labels, options));
}

}  // namespace litewatch
