#include "collect/container/name_docker.h"

#include <algorithm>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "base/clock.h"
#include "collect/container/name_labels.h"

namespace litewatch {
namespace {

constexpr std::size_t kShortIdSize = 12;

/// Finds entries of a list by their 64 digits or the first 12.
class ListIndex {
 public:
  explicit ListIndex(const std::vector<DockerContainer>& list) {
    for (const DockerContainer& container : list)
      by_start_.emplace(start(container.id), &container);
  }
  const DockerContainer* find(std::string_view id) const {
    const auto found = by_start_.find(start(id));
    if (found == by_start_.end()) return nullptr;
    return std::string_view(found->second->id).starts_with(id) ? found->second : nullptr;
  }

 private:
  static std::string_view start(std::string_view id) { return id.substr(0, kShortIdSize); }
  std::unordered_map<std::string_view, const DockerContainer*> by_start_;
};

/// What the list tells replaces what it told before; what an inspection told stays.
void take_entry(ContainerName& name, ContainerName entry, bool inspected) {
  if (inspected && !name.image.empty()) entry.image = std::move(name.image);
  entry.instance = name.instance;
  entry.pid = name.pid;
  entry.started_unix_s = name.started_unix_s;
  entry.oom_killed = name.oom_killed;
  name = std::move(entry);
}

}  // namespace

DockerNames::DockerNames(std::string socket, std::vector<std::string> allowed_labels)
    : api_(std::move(socket)), allowed_labels_(std::move(allowed_labels)) {}

bool DockerNames::is_due(const NameSubjects& subjects, double now_s) const {
  if (now_s >= due_s_) return true;
  return subjects.revision() != seen_revision_ && !failing_since_s_;
}

std::optional<Error> DockerNames::refresh(const NameSubjects& subjects, double now_s,
                                          const std::function<bool()>& stopping) {
  seen_revision_ = subjects.revision();
  forget(subjects);
  if (subjects.by_id().empty()) {
    plan(subjects, now_s);
    return std::nullopt;
  }
  const auto list = api_.list();
  if (!list) {
    fail(now_s);
    return list.error();
  }
  failing_since_s_.reset();
  std::optional<Error> error;
  if (!api_.absent()) {
    take_list(subjects, *list);
    error = inspect_all(subjects, stopping);
  }
  plan(subjects, now_s);
  return error;
}

void DockerNames::forget(const NameSubjects& subjects) {
  std::erase_if(known_, [&](const auto& entry) { return !subjects.by_id().contains(entry.first); });
  for (auto& [id, known] : known_) {
    const NameSubject& subject = subjects.by_id().at(id);
    if (known.name.instance == subject.instance) continue;
    known.name.instance = subject.instance;
    known.name.pid = 0;
    known.name.started_unix_s.reset();
    known.name.oom_killed = false;
    known.inspected = known.seen_ending = false;
  }
}

void DockerNames::take_list(const NameSubjects& subjects,
                            const std::vector<DockerContainer>& list) {
  const ListIndex index(list);
  for (const auto& [id, subject] : subjects.by_id()) {
    const DockerContainer* const entry = index.find(id);
    const auto known = known_.find(id);
    if (known != known_.end()) {
      known->second.listed = entry != nullptr;
      if (entry == nullptr) known->second.name.health.clear();
    }
    if (entry == nullptr) continue;
    Known& one = known != known_.end() ? known->second : known_[id];
    one.listed = true;
    one.name.instance = subject.instance;
    take_entry(one.name, name_of_docker(*entry, allowed_labels_), one.inspected);
  }
}

/// Those that failed come last: Docker may hang, or fail, on one container and no other.
std::vector<std::string> DockerNames::to_inspect(const NameSubjects& subjects) const {
  std::vector<std::string> ids;
  for (const auto& [id, known] : known_) {
    const bool ended = subjects.by_id().at(id).ended_s.has_value();
    if (ended ? !known.seen_ending : known.listed && !known.inspected) ids.push_back(id);
  }
  std::stable_sort(ids.begin(), ids.end(), [this](const std::string& a, const std::string& b) {
    return known_.at(a).failures < known_.at(b).failures;
  });
  return ids;
}

std::optional<Error> DockerNames::inspect_all(const NameSubjects& subjects,
                                              const std::function<bool()>& stopping) {
  std::optional<Error> first;
  const double until_s = monotonic_s() + kInspectFor_s;
  for (const std::string& id : to_inspect(subjects)) {
    if (stopping() || monotonic_s() >= until_s) break;
    Known& known = known_.at(id);
    auto error = inspect(id, subjects.by_id().at(id), known);
    if (!error) continue;
    ++known.failures;
    if (!first) first = std::move(error);
  }
  return first;
}

std::optional<Error> DockerNames::inspect(const std::string& id, const NameSubject& subject,
                                          Known& known) {
  const auto answer = api_.inspect(id);
  if (!answer) return answer.error();
  if (!answer->has_value()) {  // removed meanwhile
    known.inspected = known.seen_ending = true;
    return std::nullopt;
  }
  const DockerDetails& details = **answer;
  if (!details.image.empty()) known.name.image = details.image;
  known.inspected = true;
  if (subject.ended_s) {
    known.seen_ending = !details.running;
    known.name.oom_killed = details.oom_killed && !details.running;
    return std::nullopt;
  }
  known.name.pid = details.pid;
  known.name.started_unix_s = details.started_unix_s;
  return std::nullopt;
}

void DockerNames::fail(double now_s) {
  if (!failing_since_s_) failing_since_s_ = now_s;
  due_s_ = now_s + ContainerNames::kRefresh_s;
  if (now_s - *failing_since_s_ < kHealthLasts_s) return;
  for (auto& [id, known] : known_) known.name.health.clear();
}

void DockerNames::plan(const NameSubjects& subjects, double now_s) {
  due_s_ = now_s + ContainerNames::kRefresh_s;
  if (api_.absent()) return;
  for (const auto& [id, subject] : subjects.by_id()) {
    const auto known = known_.find(id);
    bool open = !answered(id, subject, now_s);
    if (subject.ended_s) {
      open = known != known_.end() && !known->second.seen_ending &&
             now_s < *subject.ended_s + NameSubjects::kPatience_s;
    }
    if (open) due_s_ = now_s + NameSubjects::kRetry_s;
  }
}

const ContainerName* DockerNames::find(const std::string& id) const {
  const auto found = known_.find(id);
  return found != known_.end() ? &found->second.name : nullptr;
}

bool DockerNames::answered(const std::string& id, const NameSubject& subject, double now_s) const {
  if (api_.absent() || failing_since_s_ || subject.ended_s) return true;
  const auto known = known_.find(id);
  if (known == known_.end()) return !is_young(subject, now_s);
  const bool inspected = known->second.inspected && known->second.name.instance == subject.instance;
  return inspected || !is_young(subject, now_s);
}

}  // namespace litewatch
