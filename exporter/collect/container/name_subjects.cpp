#include "collect/container/name_subjects.h"

#include <algorithm>
#include <set>
#include <string_view>
#include <utility>

namespace litewatch {

bool NameSubjects::set(const std::vector<WantedName>& wanted, double now_s) {
  bool changed = false;
  std::set<std::string_view> present;
  for (const WantedName& one : wanted) {
    const std::string& id = one.identity.id;
    if (id.empty() || !present.insert(id).second) continue;
    auto [at, fresh] = by_id_.try_emplace(id);
    NameSubject& subject = at->second;
    if (!fresh && !subject.ended_s && subject.instance == one.instance) continue;
    subject = {one.identity.pod_uid, one.instance, one.made_unix_s, now_s, std::nullopt};
    changed = true;
  }
  for (auto& [id, subject] : by_id_) {
    if (subject.ended_s || present.contains(id)) continue;
    subject.ended_s = now_s;
    changed = true;
  }
  if (changed) ++revision_;
  return changed;
}

void NameSubjects::forget_old(double now_s) {
  std::vector<double> ends_s;
  for (const auto& [id, subject] : by_id_) {
    if (subject.ended_s) ends_s.push_back(*subject.ended_s);
  }
  double oldest_s = now_s - NameTable::kKeep_s;
  if (ends_s.size() > kMostEnded) {
    std::nth_element(ends_s.begin(), ends_s.end() - kMostEnded, ends_s.end());
    oldest_s = std::max(oldest_s, *(ends_s.end() - kMostEnded));
  }
  std::erase_if(by_id_, [&](const auto& entry) {
    return entry.second.ended_s && *entry.second.ended_s < oldest_s;
  });
}

}  // namespace litewatch
