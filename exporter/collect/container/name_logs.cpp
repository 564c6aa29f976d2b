#include "collect/container/name_logs.h"

#include <algorithm>
#include <filesystem>
#include <set>
#include <system_error>
#include <tuple>
#include <utility>

namespace litewatch {
namespace {

namespace fs = std::filesystem;

/// What the logs and the cgroups tell of one pod.
struct Pod {
  std::string name;
  std::string namespace_name;
  bool any_named = false;           ///< a log names one of its containers by id
  std::set<std::string> names;      ///< of its containers that no log names by id
  std::vector<std::string> others;  ///< ids that no log names, by age of their cgroups
};

using Names = std::map<std::string, ContainerName>;
using Pods = std::map<std::string, Pod>;

Names named_by_id(const NameSubjects& subjects, const std::vector<PodContainer>& logs) {
  Names names;
  for (const PodContainer& log : logs) {
    if (log.id.empty() || !subjects.by_id().contains(log.id)) continue;
    ContainerName& name = names[log.id];
    name.container = log.container;
    name.pod = log.pod;
    name.namespace_name = log.namespace_name;
    name.name = log.id;
  }
  return names;
}

/// The pods in question by UID, as far as the folders of their logs tell.
Pods pods_by_folders(const std::vector<PodContainer>& logs) {
  Pods pods;
  for (const PodContainer& log : logs) {
    if (log.pod_uid.empty()) continue;
    Pod& pod = pods[log.pod_uid];
    pod.name = log.pod;
    pod.namespace_name = log.namespace_name;
    pod.names.insert(log.container);
  }
  return pods;
}

/// A log's name tells no UID: a pod's other containers are told by the cgroups that they share.
void add_subjects(const NameSubjects& subjects, const Names& names, Pods& pods) {
  for (const auto& [id, subject] : subjects.by_id()) {
    if (subject.pod_uid.empty()) continue;
    Pod& pod = pods[subject.pod_uid];
    const auto named = names.find(id);
    if (named == names.end()) {
      if (!subject.ended_s) pod.others.push_back(id);
      continue;
    }
    pod.any_named = true;
    pod.name = named->second.pod;
    pod.namespace_name = named->second.namespace_name;
  }
}

/// Containers that ended, of other ids than those asked for, are named by their logs too.
void cross_out(const std::vector<PodContainer>& logs, Pods& pods) {
  std::map<std::pair<std::string, std::string>, Pod*> by_name;
  for (auto& [uid, pod] : pods) by_name[{pod.namespace_name, pod.name}] = &pod;
  for (const PodContainer& log : logs) {
    if (log.id.empty()) continue;
    const auto found = by_name.find({log.namespace_name, log.pod});
    if (found != by_name.end()) found->second->names.erase(log.container);
  }
}

void name_others(const NameSubjects& subjects, Pod& pod, Names& names) {
  if (pod.name.empty() || pod.others.empty()) return;
  std::sort(pod.others.begin(), pod.others.end(), [&](const auto& a, const auto& b) {
    const NameSubject& first = subjects.by_id().at(a);
    const NameSubject& second = subjects.by_id().at(b);
    // The kernel's clock may not have ticked between the two.
    return std::tie(first.made_unix_s, first.instance) <
           std::tie(second.made_unix_s, second.instance);
  });
  for (const std::string& id : pod.others) {
    ContainerName& name = names[id];
    name.pod = pod.name;
    name.namespace_name = pod.namespace_name;
    name.name = id;
  }
  const bool has_sandbox = pod.any_named || pod.others.size() > pod.names.size();
  auto rest = pod.others.begin();
  if (has_sandbox) names[*rest++].sandbox = true;
  const auto left = pod.others.end() - rest;
  if (left == 1 && pod.names.size() == 1) names[*rest].container = *pod.names.begin();
}

/// Why a folder cannot be listed; nullopt also where there is none.
std::optional<Error> folder_error(const std::string& folder) {
  std::error_code error;
  const fs::directory_iterator opened(folder, error);
  if (!error || error == std::errc::no_such_file_or_directory ||
      error == std::errc::not_a_directory) {
    return std::nullopt;
  }
  return system_error(error.value(), "cannot list", folder);
}

}  // namespace

std::map<std::string, ContainerName> name_by_logs(const NameSubjects& subjects,
                                                  const std::vector<PodContainer>& logs) {
  Names names = named_by_id(subjects, logs);
  Pods pods = pods_by_folders(logs);
  add_subjects(subjects, names, pods);
  cross_out(logs, pods);
  for (auto& [uid, pod] : pods) name_others(subjects, pod, names);
  return names;
}

LogNames::LogNames(std::string containers_folder, std::string pods_folder)
    : containers_folder_(std::move(containers_folder)), pods_folder_(std::move(pods_folder)) {}

bool LogNames::is_due(const NameSubjects& subjects, double now_s) const {
  return now_s >= due_s_ || subjects.revision() != seen_revision_;
}

std::optional<Error> LogNames::refresh(const NameSubjects& subjects, double now_s) {
  seen_revision_ = subjects.revision();
  due_s_ = now_s + ContainerNames::kRefresh_s;
  auto error = folder_error(containers_folder_);
  if (!error) error = folder_error(pods_folder_);
  const auto logs = read_pod_logs(containers_folder_, pods_folder_);
  any_logs_ = !logs.empty();
  Names fresh = name_by_logs(subjects, logs);
  // Logs may be gone, or unreadable, before their container is: its name stays.
  for (auto& [id, name] : names_) {
    if (subjects.by_id().contains(id)) fresh.try_emplace(id, std::move(name));
  }
  names_ = std::move(fresh);
  for (const auto& [id, subject] : subjects.by_id()) {
    if (!answered(id, subject, now_s)) due_s_ = now_s + NameSubjects::kRetry_s;
  }
  return error;
}

const ContainerName* LogNames::find(const std::string& id) const {
  const auto found = names_.find(id);
  return found != names_.end() ? &found->second : nullptr;
}

bool LogNames::answered(const std::string& id, const NameSubject& subject, double now_s) const {
  if (!any_logs_ || subject.pod_uid.empty() || subject.ended_s) return true;
  const ContainerName* const name = find(id);
  return (name != nullptr && !name->container.empty()) || !is_young(subject, now_s);
}

}  // namespace litewatch
