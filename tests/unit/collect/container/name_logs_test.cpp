#include "collect/container/name_logs.h"

#include <algorithm>

#include "catch.h"
#include "name_scene.h"

using namespace litewatch;

namespace {

const std::string kUid = "11111111-2222-3333-4444-555555555555";

/// As /var/log/containers tells it.
PodContainer by_id(const std::string& container, char id, const std::string& pod = "shop-0") {
  return {id_of(id), "", "default", pod, container};
}
/// As /var/log/pods tells it.
PodContainer by_uid(const std::string& container, const std::string& pod = "shop-0") {
  return {"", kUid, "default", pod, container};
}

/// The containers of one pod, in the order in which their cgroups were made.
NameSubjects pod_of(const std::string& ids) {
  std::vector<WantedName> containers;
  std::uint64_t instance = 100;
  for (const char id : ids) containers.push_back(wanted(id_of(id), ++instance, kUid));
  std::reverse(containers.begin(), containers.end());
  return subjects_of(containers);
}

/// "app", "(sandbox)", "(unknown)" in a known pod, "" where nothing is told.
std::string told(const std::map<std::string, ContainerName>& names, char id) {
  const auto found = names.find(id_of(id));
  if (found == names.end()) return "";
  CHECK(found->second.pod == "shop-0");
  CHECK(found->second.namespace_name == "default");
  CHECK(found->second.name == id_of(id));
  CHECK(!(found->second.sandbox && !found->second.container.empty()));
  if (found->second.sandbox) return "(sandbox)";
  return found->second.container.empty() ? "(unknown)" : found->second.container;
}

}  // namespace

TEST_CASE("names by logs: by id, whatever the path says") {
  const auto names = name_by_logs(subjects_of({wanted(id_of('a')), wanted(id_of('c'))}),
                                  {by_id("app", 'a'), by_id("other", 'b', "x")});
  CHECK(names.size() == 1);
  CHECK(told(names, 'a') == "app");
}

TEST_CASE("names by logs: whom no log names beside others of the pod -> the sandbox") {
  const auto names = name_by_logs(pod_of("0ab"), {by_id("app", 'a'), by_id("proxy", 'b')});
  CHECK(told(names, '0') == "(sandbox)");
  CHECK(told(names, 'a') == "app");
  CHECK(told(names, 'b') == "proxy");
}

TEST_CASE("names by logs: the sandbox is the oldest, whatever its inode") {
  WantedName sandbox = wanted(id_of('0'), 9, kUid);
  WantedName app = wanted(id_of('a'), 5, kUid);
  sandbox.made_unix_s = 100.25;
  app.made_unix_s = 100.5;
  const auto names = name_by_logs(subjects_of({app, sandbox}), {by_uid("app")});
  CHECK(told(names, '0') == "(sandbox)");
  CHECK(told(names, 'a') == "app");
}

TEST_CASE("names by logs: of a pod that they do not know -> nothing") {
  CHECK(name_by_logs(pod_of("0a"), {}).empty());
  CHECK(name_by_logs(pod_of("0a"), {by_id("app", 'f')}).empty());
  auto elsewhere = by_uid("app");
  elsewhere.pod_uid = "other";
  CHECK(name_by_logs(pod_of("0a"), {elsewhere}).empty());
}

TEST_CASE("names by logs: cut names, one container -> by the pod's folder") {
  CHECK(told(name_by_logs(pod_of("a"), {by_uid("app")}), 'a') == "app");
  const auto names = name_by_logs(pod_of("0a"), {by_uid("app")});
  CHECK(told(names, '0') == "(sandbox)");
  CHECK(told(names, 'a') == "app");
}

TEST_CASE("names by logs: cut names, several containers -> only the pod is known") {
  const auto names = name_by_logs(pod_of("0ab"), {by_uid("app"), by_uid("proxy")});
  CHECK(told(names, '0') == "(sandbox)");
  CHECK(told(names, 'a') == "(unknown)");
  CHECK(told(names, 'b') == "(unknown)");
  const auto no_sandbox = name_by_logs(pod_of("ab"), {by_uid("app"), by_uid("proxy")});
  CHECK(told(no_sandbox, 'a') == "(unknown)");
  CHECK(told(no_sandbox, 'b') == "(unknown)");
}

TEST_CASE("names by logs: one name is cut, the others are not -> it is the one left over") {
  const auto names =
      name_by_logs(pod_of("0ab"), {by_id("app", 'a'), by_uid("app"), by_uid("a-very-long-name")});
  CHECK(told(names, '0') == "(sandbox)");
  CHECK(told(names, 'a') == "app");
  CHECK(told(names, 'b') == "a-very-long-name");
}

TEST_CASE("names by logs: an init container that has ended keeps its log, and is nobody else") {
  const auto names = name_by_logs(
      pod_of("0a"), {by_id("init", 'e'), by_id("app", 'a'), by_uid("init"), by_uid("app")});
  CHECK(told(names, '0') == "(sandbox)");
  CHECK(told(names, 'a') == "app");
  // Its link is gone, its folder is not.
  CHECK(told(name_by_logs(pod_of("0a"), {by_id("app", 'a'), by_uid("init"), by_uid("app")}), '0') ==
        "(sandbox)");
}

TEST_CASE("names by logs: a new container whose log is not linked yet -> shown, not a sandbox") {
  const auto names = name_by_logs(pod_of("0ab"), {by_id("app", 'a'), by_id("proxy", 'e')});
  CHECK(told(names, '0') == "(sandbox)");
  CHECK(told(names, 'b') == "(unknown)");
}

TEST_CASE("log names: folders -> names; asked again until the log is linked") {
  const TempDir dir;
  const std::string containers = dir.file("containers");
  const std::string pods = dir.file("pods");
  dir.write("containers/shop-0_default_app-" + id_of('a') + ".log", "");
  dir.write("pods/default_shop-0_" + kUid + "/app/0.log", "");
  LogNames logs(containers, pods);
  const NameSubjects subjects = pod_of("0a");
  CHECK(logs.is_due(subjects, 0));
  CHECK_FALSE(logs.refresh(subjects, 0));
  REQUIRE(logs.find(id_of('a')) != nullptr);
  CHECK(logs.find(id_of('a'))->container == "app");
  CHECK(logs.answered(id_of('a'), subjects.by_id().at(id_of('a')), 0));
  // It may be a container whose log is not linked yet.
  const NameSubject& sandbox = subjects.by_id().at(id_of('0'));
  CHECK_FALSE(logs.answered(id_of('0'), sandbox, 0));
  CHECK(logs.due_s() == NameSubjects::kRetry_s);
  CHECK_FALSE(logs.is_due(subjects, 0.4));
  CHECK(logs.is_due(subjects, 0.5));
  CHECK_FALSE(logs.refresh(subjects, 1.6));
  CHECK(logs.answered(id_of('0'), sandbox, 1.6));
  CHECK(logs.find(id_of('0'))->sandbox);
  CHECK(logs.due_s() == 1.6 + ContainerNames::kRefresh_s);
}

TEST_CASE("log names: no folders -> no failure, and nothing to wait for") {
  const TempDir dir;
  dir.write("file", "");
  LogNames logs(dir.file("none"), dir.file("file"));
  const NameSubjects subjects = pod_of("0a");
  CHECK_FALSE(logs.refresh(subjects, 0));
  CHECK(logs.answered(id_of('a'), subjects.by_id().at(id_of('a')), 0));
  CHECK(logs.find(id_of('a')) == nullptr);
}

TEST_CASE("log names: logs that vanish -> the name stays as long as the container") {
  const TempDir dir;
  const std::string log = dir.write("containers/shop-0_default_app-" + id_of('a') + ".log", "");
  LogNames logs(dir.file("containers"), dir.file("pods"));
  NameSubjects subjects = pod_of("0a");
  CHECK_FALSE(logs.refresh(subjects, 0));
  ::unlink(log.c_str());
  CHECK_FALSE(logs.refresh(subjects, 10));
  REQUIRE(logs.find(id_of('a')) != nullptr);
  CHECK(logs.find(id_of('0'))->sandbox);
  CHECK_FALSE(logs.refresh(subjects_of({}), 20));
  CHECK(logs.find(id_of('a')) == nullptr);
}
