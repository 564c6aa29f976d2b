#pragma once

#include <unistd.h>

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "collect/container/name_subjects.h"
#include "collect/container/names.h"
#include "support/canned_server.h"
#include "support/temp_dir.h"

namespace litewatch {

/// 64 digits, all the same.
inline std::string id_of(char digit) { return std::string(64, digit); }

inline WantedName wanted(const std::string& id, std::uint64_t instance = 1,
                         const std::string& pod_uid = "") {
  WantedName one;
  one.identity.kind = CgroupIdentity::Kind::kContainer;
  one.identity.id = id;
  one.identity.pod_uid = pod_uid;
  one.instance = instance;
  return one;
}

inline NameSubjects subjects_of(const std::vector<WantedName>& containers, double now_s = 0) {
  NameSubjects subjects;
  subjects.set(containers, now_s);
  return subjects;
}

/// A Docker daemon on a socket of its own, whose containers a test changes. Thread-safe.
class FakeDocker {
 public:
  struct Container {
    std::string name = "shop";
    std::string status = "Up 2 hours";
    std::string image = "sha256:00";
    std::string labels = "{}";
    std::string state = R"("Running":true,"Pid":7,"StartedAt":"2024-01-01T00:00:00Z")";
    std::string config_image = "shop:1";
  };

  FakeDocker() { start(); }

  void start() {
    server_ = CannedServer::on_unix_socket(socket(), [this](int fd) {
      const std::string head = read_request_head(fd);
      const std::string path = head.substr(4, head.find(" HTTP") - 4);
      std::string said;
      {
        const std::lock_guard lock(mutex_);
        asked_.push_back(path);
        said = answer_.empty() ? answer_to(path) : answer_;
      }
      said == "hang" ? hang(fd) : static_cast<void>(send_bytes(fd, said));
    });
  }
  void stop() {
    server_.reset();
    ::unlink(socket().c_str());
  }

  std::string socket() const { return dir_.file("docker.sock"); }
  void set(const std::string& id, const Container& container) {
    const std::lock_guard lock(mutex_);
    containers_[id] = container;
  }
  /// What it says to inspections of that container alone.
  void answer_inspection(const std::string& id, const std::string& answer) {
    const std::lock_guard lock(mutex_);
    inspections_[id] = answer;
  }
  void remove(const std::string& id) {
    const std::lock_guard lock(mutex_);
    containers_.erase(id);
  }
  /// What it says to everything, "hang" included; empty: what is right.
  void answer(const std::string& answer) {
    const std::lock_guard lock(mutex_);
    answer_ = answer;
  }
  /// The paths asked for since the last call, without the version.
  std::vector<std::string> asked() {
    const std::lock_guard lock(mutex_);
    return std::exchange(asked_, {});
  }
  std::size_t inspections() {
    std::size_t count = 0;
    for (const std::string& path : asked()) count += path.size() > 70;
    return count;
  }

 private:
  std::string answer_to(const std::string& path) const {
    if (path == "/_ping") return http_answer(200, "OK", "Api-Version: 1.44\r\n");
    if (path == "/v1.44/containers/json") return http_answer(200, list());
    for (const auto& [id, one] : containers_) {
      if (path != "/v1.44/containers/" + id + "/json") continue;
      if (inspections_.contains(id)) return inspections_.at(id);
      return http_answer(200, R"({"Id":")" + id + R"(","Name":"/)" + one.name + R"(","State":{)" +
                                  one.state + R"(},"Config":{"Image":")" + one.config_image +
                                  R"("}})");
    }
    return http_answer(404, "{}");
  }

  std::string list() const {
    std::string list;
    for (const auto& [id, one] : containers_) {
      if (one.state.find(R"("Running":true)") == std::string::npos) continue;
      list += (list.empty() ? "" : ",") + (R"({"Id":")" + id) + R"(","Names":["/)" + one.name +
              R"("],"Image":")" + one.image + R"(","Status":")" + one.status + R"(","Labels":)" +
              one.labels + "}";
    }
    return "[" + list + "]";
  }

  TempDir dir_;
  std::mutex mutex_;
  std::map<std::string, Container> containers_;
  std::map<std::string, std::string> inspections_;
  std::string answer_;
  std::vector<std::string> asked_;
  std::unique_ptr<CannedServer> server_;
};

}  // namespace litewatch
