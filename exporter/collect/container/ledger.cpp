#include "collect/container/ledger.h"

#include <algorithm>

namespace litewatch {
namespace {

/// More is no count: what is above cannot be published exactly.
constexpr std::uint64_t kMostKills = std::uint64_t{1} << 53;

/// "namespace/pod" of "namespace/pod/container".
std::string_view pod_of(std::string_view key) {
  const auto first = key.find('/');
  if (first == std::string_view::npos) return key;
  return key.substr(0, key.find('/', first + 1));
}

}  // namespace

ContainerLedger::ContainerLedger(std::size_t most_entries)
    : records_(most_entries), pods_(most_entries) {}

const ContainerLedger::Entry& ContainerLedger::saw(std::string_view key, std::uint64_t instance,
                                                   std::optional<std::uint64_t> oom_kills,
                                                   double now_s) {
  auto [record, is_new] = records_.touch(key);
  if (is_new) record.began_s = now_s;
  Instance* known = find_instance(record, instance);
  if (known == nullptr) {
    known = add_instance(record, instance, now_s);
    if (known == nullptr) return record.entry;
    if (record.began_s < now_s) ++record.entry.restarts;
  }
  known->seen_s = now_s;
  if (oom_kills) count_kills(key, record, *known, *oom_kills);
  return record.entry;
}

void ContainerLedger::oom_killed(std::string_view key, std::uint64_t instance) {
  Record* const record = records_.find(key);
  if (record == nullptr) return;
  if (Instance* const known = find_instance(*record, instance)) {
    count_kills(key, *record, *known, 1);
  }
}

void ContainerLedger::pod_counted(std::string_view pod, std::uint64_t oom_kills,
                                  std::string_view gone_key) {
  oom_kills = std::min(oom_kills, kMostKills);
  auto [record, is_new] = pods_.touch(pod);
  // Less than before: it is another cgroup, of a pod that was made anew under the same name.
  const std::uint64_t before = oom_kills < record.oom_kills ? 0 : record.oom_kills;
  record.oom_kills = oom_kills;
  const auto explained = static_cast<std::int64_t>(std::min(record.explained, kMostKills));
  record.explained = 0;
  if (is_new) return;

  const std::int64_t came = static_cast<std::int64_t>(oom_kills - before) - explained;
  std::int64_t open = record.open + came;
  Record* const gone = gone_key.empty() ? nullptr : records_.find(gone_key);
  if (open > 0 && gone != nullptr) {
    gone->entry.oom_kills += static_cast<std::uint64_t>(open);
    open = 0;
  }
  // The pod's file and its containers' are not read at one moment, so what does not fit together
  // may the next time; what is older belongs to nobody who is shown.
  record.open = std::clamp(open, std::min<std::int64_t>(came, 0), std::max<std::int64_t>(came, 0));
}

const ContainerLedger::Entry* ContainerLedger::find(std::string_view key) const {
  const Record* const record = records_.find(key);
  return record == nullptr ? nullptr : &record->entry;
}

ContainerLedger::Instance* ContainerLedger::find_instance(Record& record, std::uint64_t instance) {
  const auto found = std::find_if(record.instances.begin(), record.instances.end(),
                                  [&](const Instance& one) { return one.inode == instance; });
  return found == record.instances.end() ? nullptr : &*found;
}

ContainerLedger::Instance* ContainerLedger::add_instance(Record& record, std::uint64_t instance,
                                                         double now_s) {
  if (record.instances.size() < kMostInstances) {
    return &record.instances.emplace_back(Instance{instance, 0, now_s});
  }
  const auto oldest =
      std::min_element(record.instances.begin(), record.instances.end(),
                       [](const Instance& a, const Instance& b) { return a.seen_s < b.seen_s; });
  if (oldest->seen_s >= now_s) return nullptr;
  *oldest = Instance{instance, 0, now_s};
  return &*oldest;
}

/// What the cgroup and the runtime tell of one instance is the same kills.
void ContainerLedger::count_kills(std::string_view key, Record& record, Instance& instance,
                                  std::uint64_t kills) {
  kills = std::min(kills, kMostKills);
  if (kills <= instance.oom_kills) return;
  const std::uint64_t fresh = kills - instance.oom_kills;
  instance.oom_kills = kills;
  record.entry.oom_kills += fresh;
  if (Pod* const pod = pods_.find(pod_of(key))) pod->explained += fresh;
}

}  // namespace litewatch
