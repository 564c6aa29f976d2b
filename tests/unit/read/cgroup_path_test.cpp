#include "read/cgroup_path.h"

#include <string>

#include "catch.h"

namespace litewatch {
namespace {

using Kind = CgroupIdentity::Kind;

const std::string kId(64, 'a');
const std::string kUid = "01234567-89ab-cdef-0123-456789abcdef";
const std::string kUidUnderscores = "01234567_89ab_cdef_0123_456789abcdef";

struct Case {
  std::string path;
  ContainerRuntime runtime;
  std::string pod_uid;
  std::string qos;
};

TEST_CASE("container paths: runtime, id, pod and quality of service") {
  const Case cases[] = {
      {"/docker/" + kId, ContainerRuntime::kDocker, "", ""},
      {"/system.slice/docker-" + kId + ".scope", ContainerRuntime::kDocker, "", ""},
      {"/docker/" + kId + "/docker/" + kId, ContainerRuntime::kDocker, "", ""},
      {"/user.slice/user-1000.slice/user@1000.service/docker-" + kId + ".scope",
       ContainerRuntime::kDocker, "", ""},
      {"/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod" + kUidUnderscores +
           ".slice/cri-containerd-" + kId + ".scope",
       ContainerRuntime::kContainerd, kUid, "burstable"},
      {"/kubepods.slice/kubepods-pod" + kUidUnderscores + ".slice/crio-" + kId + ".scope",
       ContainerRuntime::kCrio, kUid, "guaranteed"},
      {"/kubepods/besteffort/pod" + kUid + "/" + kId, ContainerRuntime::kOther, kUid, "besteffort"},
      {"/kubelet.slice/kubelet-kubepods.slice/kubelet-kubepods-pod" + kUidUnderscores +
           ".slice/cri-containerd-" + kId + ".scope",
       ContainerRuntime::kContainerd, kUid, "guaranteed"},
      {"/kubepods/podffffffffffffffffffffffffffffffff/" + kId, ContainerRuntime::kOther,
       "ffffffffffffffffffffffffffffffff", "guaranteed"},
      {"/machine.slice/libpod-" + kId + ".scope", ContainerRuntime::kPodman, "", ""},
      {"/user.slice/user-1.slice/user@1.service/user.slice/libpod-payload-" + kId,
       ContainerRuntime::kPodman, "", ""},
      {"/libpod_parent/libpod-" + kId, ContainerRuntime::kPodman, "", ""},
      {"/ecs/task/" + kId, ContainerRuntime::kDocker, "", ""},
  };
  for (const Case& expected : cases) {
    INFO(expected.path);
    const auto identity = identify_cgroup(expected.path);
    CHECK(identity.kind == Kind::kContainer);
    CHECK(identity.runtime == expected.runtime);
    CHECK(identity.id == kId);
    CHECK(identity.pod_uid == expected.pod_uid);
    CHECK(identity.qos == expected.qos);
  }
}

TEST_CASE("services, LXC and nspawn: by name, without id") {
  const auto service = identify_cgroup("/system.slice/grafana-server.service");
  CHECK(service.kind == Kind::kContainer);
  CHECK(service.runtime == ContainerRuntime::kSystemd);
  CHECK(service.name == "grafana-server.service");
  CHECK(service.id.empty());
  const auto user =
      identify_cgroup("/user.slice/user-1000.slice/user@1000.service/app.slice/pocketbase.service");
  CHECK(user.name == "pocketbase.service");
  CHECK(identify_cgroup("/lxc.payload.web").name == "web");
  CHECK(identify_cgroup("/lxc/101").runtime == ContainerRuntime::kLxc);
  const auto machine = identify_cgroup("/machine.slice/systemd-nspawn@box.service");
  CHECK(machine.runtime == ContainerRuntime::kNspawn);
  CHECK(machine.name == "box");
  CHECK(identify_cgroup("/machine.slice/machine-box.scope").name == "box");
  const std::string allocation = "01234567-89ab-cdef-0123-456789abcdef";
  const auto task = identify_cgroup("/nomad.slice/share.slice/" + allocation + ".web.1.scope");
  CHECK(task.kind == Kind::kContainer);
  CHECK(task.runtime == ContainerRuntime::kOther);
  CHECK(task.name == "web.1-01234567");
}

TEST_CASE("what is neither: slices are passed through, helpers hidden") {
  CHECK(identify_cgroup("/").kind == Kind::kNone);
  CHECK(identify_cgroup("").kind == Kind::kNone);
  CHECK(identify_cgroup("/system.slice").kind == Kind::kNone);
  CHECK(identify_cgroup("/user.slice/user-1000.slice/user@1000.service").kind == Kind::kNone);
  CHECK(identify_cgroup("/kubepods.slice/kubepods-pod" + kUidUnderscores + ".slice").kind ==
        Kind::kNone);
  CHECK(identify_cgroup("/docker/" + kId.substr(1)).kind == Kind::kNone);
  CHECK(identify_cgroup("/libpod_parent/" + kId).kind == Kind::kNone);
  CHECK(identify_cgroup("/machine.slice/machine-qemu\\x2d1\\x2dvm.scope").kind == Kind::kNone);
  CHECK(identify_cgroup("/machine.slice/systemd-nspawn@.service").kind == Kind::kNone);
  for (const char* scope : {"web.scope", "01234567-89ab-cdef-0123-456789abcdef.scope",
                            "0123456789abcdef0123456789abcdef0123.web.scope", "nomad.slice"}) {
    CHECK(identify_cgroup("/nomad.slice/reserve.slice/" + std::string(scope)).kind == Kind::kNone);
  }
  CHECK(identify_cgroup("/init.scope").kind == Kind::kHidden);
  CHECK(identify_cgroup("/system.slice/var-lib-docker.mount").kind == Kind::kHidden);
  CHECK(identify_cgroup("/machine.slice/libpod-conmon-" + kId + ".scope").kind == Kind::kHidden);
  CHECK(identify_cgroup("/crio-conmon-" + kId + ".scope").kind == Kind::kHidden);
  CHECK(identify_cgroup("/lxc.monitor.web").kind == Kind::kHidden);
}

}  // namespace
}  // namespace litewatch
