#include "collect/container/names.h"

#include <algorithm>
#include <atomic>
#include <limits>
#include <thread>
#include <utility>

#include "base/clock.h"
#include "base/mutex.h"
#include "collect/container/name_docker.h"
#include "collect/container/name_failures.h"
#include "collect/container/name_labels.h"
#include "collect/container/name_logs.h"
#include "collect/container/name_subjects.h"

namespace litewatch {

const ContainerName* NameTable::find(const std::string& id) const {
  const auto found = by_id_.find(id);
  return found != by_id_.end() ? &found->second : nullptr;
}

bool NameTable::answered(const std::string& id) const {
  return id.empty() || answered_.contains(id);
}

struct ContainerNames::State {
  explicit State(Options options);
  ~State();

  void work();
  void round();
  void publish(double now_s);
  double due_s() const;

  // Of the thread alone.
  const Options options;
  NameSubjects subjects;
  LogNames logs;
  std::vector<std::unique_ptr<DockerNames>> dockers;
  NameFailureCounts failure_counts;

  // Shared.
  std::atomic<bool> stopping{false};
  Mutex mutex;
  Condition wake;
  std::optional<std::vector<WantedName>> wanted GUARDED_BY(mutex);  ///< not taken yet
  std::shared_ptr<const NameTable> table GUARDED_BY(mutex) = std::make_shared<const NameTable>();
  std::vector<NameFailures> failures GUARDED_BY(mutex);

  std::thread thread;  ///< last: it uses all of the above
};

ContainerNames::State::State(Options the_options)
    : options(std::move(the_options)), logs(options.containers_logs, options.pods_logs) {
  for (const std::string& socket : options.sockets) {
    dockers.push_back(std::make_unique<DockerNames>(socket, options.labels));
  }
  thread = std::thread([this] { work(); });
}

ContainerNames::State::~State() {
  {
    MutexLock lock(mutex);
    stopping = true;
    wake.notify_all();
  }
  thread.join();
}

void ContainerNames::State::work() {
  for (;;) {
    std::optional<std::vector<WantedName>> fresh;
    {
      MutexLock lock(mutex);
      while (!stopping && !wanted && monotonic_s() < due_s()) wake.wait_until(mutex, due_s());
      if (stopping) return;
      fresh.swap(wanted);
    }
    const double now_s = monotonic_s();
    if (fresh) subjects.set(*fresh, now_s);
    subjects.forget_old(now_s);
    round();
  }
}

double ContainerNames::State::due_s() const {
  double due_s = std::numeric_limits<double>::infinity();
  if (subjects.by_id().empty()) return due_s;
  due_s = logs.due_s();
  for (const auto& docker : dockers) due_s = std::min(due_s, docker->due_s());
  return due_s;
}

/// Publishes after each source: one that hangs must not keep what the others know.
void ContainerNames::State::round() {
  double now_s = monotonic_s();
  if (logs.is_due(subjects, now_s)) {
    failure_counts.note("logs", options.containers_logs, logs.refresh(subjects, now_s));
    publish(now_s);
  }
  for (const auto& docker : dockers) {
    now_s = monotonic_s();
    if (stopping || !docker->is_due(subjects, now_s)) continue;
    const auto error = docker->refresh(subjects, now_s, [this] { return stopping.load(); });
    failure_counts.note("docker", docker->socket(), error);
    publish(monotonic_s());
  }
}

void ContainerNames::State::publish(double now_s) {
  auto fresh = std::make_shared<NameTable>();
  for (const auto& [id, subject] : subjects.by_id()) {
    ContainerName name;
    bool answered = logs.answered(id, subject, now_s);
    if (const ContainerName* const found = logs.find(id)) add_name(name, *found);
    for (const auto& docker : dockers) {
      answered = answered && docker->answered(id, subject, now_s);
      if (const ContainerName* const found = docker->find(id)) add_name(name, *found);
    }
    if (answered) fresh->answered_.emplace(id);
    if (name != ContainerName()) fresh->by_id_.emplace(id, std::move(name));
  }
  auto counts = failure_counts.all();
  MutexLock lock(mutex);
  failures = std::move(counts);
  if (fresh->by_id_ == table->by_id_ && fresh->answered_ == table->answered_) return;
  table = std::move(fresh);
}

ContainerNames::ContainerNames(Options options)
    : state_(std::make_unique<State>(std::move(options))) {}
ContainerNames::~ContainerNames() = default;

void ContainerNames::want(std::vector<WantedName> containers) {
  MutexLock lock(state_->mutex);
  state_->wanted = std::move(containers);
  state_->wake.notify_all();
}

std::shared_ptr<const NameTable> ContainerNames::table() const {
  MutexLock lock(state_->mutex);
  return state_->table;
}

std::vector<NameFailures> ContainerNames::failures() const {
  MutexLock lock(state_->mutex);
  return state_->failures;
}

}  // namespace litewatch
