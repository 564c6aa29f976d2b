#include "read/pod_logs.h"

#include <filesystem>
#include <fstream>

#include "catch.h"
#include "support/temp_dir.h"

namespace litewatch {
namespace {

const std::string kId(64, 'b');

TEST_CASE("container logs: pod, namespace, container and id") {
  const auto found = parse_container_log_name("shop-7d9_default_web-app-" + kId + ".log");
  REQUIRE(found);
  CHECK(found->pod == "shop-7d9");
  CHECK(found->namespace_name == "default");
  CHECK(found->container == "web-app");
  CHECK(found->id == kId);
}

TEST_CASE("container logs: cut, foreign, empty -> none") {
  CHECK_FALSE(parse_container_log_name("shop_default_web-" + kId.substr(1) + ".log"));
  CHECK_FALSE(parse_container_log_name("shop_default_web-" + kId));
  CHECK_FALSE(parse_container_log_name("syslog.log"));
  CHECK_FALSE(parse_container_log_name(""));
  CHECK_FALSE(parse_container_log_name("__-" + kId + ".log"));
}

TEST_CASE("pod logs: by folder; missing folders -> empty") {
  CHECK(read_pod_logs("/nonexistent", "/nonexistent").empty());
  const TempDir folder;
  std::filesystem::create_directories(folder.file("pods") + "/default_shop_uid-1/web");
  std::filesystem::create_directories(folder.file("pods") + "/not-a-pod/web");
  const auto found = read_pod_logs(folder.file("none"), folder.file("pods"));
  REQUIRE(found.size() == 1);
  CHECK(found[0].namespace_name == "default");
  CHECK(found[0].pod == "shop");
  CHECK(found[0].pod_uid == "uid-1");
  CHECK(found[0].container == "web");
  CHECK(found[0].id.empty());
}

}  // namespace
}  // namespace litewatch
