#include "collect/container/fleet.h"

#include <algorithm>
#include <map>
#include <set>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "collect/container/derived.h"
#include "collect/container/labels.h"

namespace litewatch {
namespace {

/// Which of two containers of the same names is shown: one that runs, then the younger one. In a
/// roll-over both run for a while.
bool is_newer(const WatchedContainer& a, const WatchedContainer& b) {
  if (a.reading.running != b.reading.running) return a.reading.running;
  const double a_made_s = a.reading.live->folder.made_unix_s();
  const double b_made_s = b.reading.live->folder.made_unix_s();
  return a_made_s != b_made_s ? a_made_s > b_made_s : a.instance() > b.instance();
}

/// What is remembered by name goes on.
void inherit(WatchedContainer& heir, const WatchedContainer& before) {
  auto& last = heir.reading.last_oom_kill_unix_s;
  last = std::max(last, before.reading.last_oom_kill_unix_s);
  if (heir.counted || !before.counted) return;
  heir.reading.counts = before.reading.counts;
  heir.counted = true;
}

/// Whether the sources speak of this cgroup and not of one before it.
bool speaks_of(const ContainerName& name, const WatchedContainer& container) {
  return name.instance == 0 || name.instance == container.instance();
}

/// A container that is gone stays on the page for a while, but not all its open folders.
std::shared_ptr<const LiveContainer> remains_of(const LiveContainer& live) {
  return std::make_shared<const LiveContainer>(
      LiveContainer{live.identity, live.path, live.folder.remains(), live.pid, live.process_name});
}

}  // namespace

void ContainerFleet::adopt(const ContainerDiscovery& discovery, Missing missing,
                           const Moment& now) {
  WatchedContainers before = std::exchange(containers_, {});
  std::unordered_map<std::uint64_t, std::size_t> known;
  for (std::size_t i = 0; i < before.size(); ++i) known[before[i]->instance()] = i;
  for (const auto& live : discovery.containers()) {
    const auto same = known.find(live->folder.inode());
    const bool goes_on = same != known.end() && before[same->second] &&
                         before[same->second]->reading.running &&
                         before[same->second]->reading.live->path == live->path;
    containers_.push_back(goes_on ? std::move(before[same->second]) : begin(now));
    containers_.back()->reading.live = live;
    containers_.back()->reading.cgroup_version = cgroup_version(discovery.layout());
  }
  for (auto& container : before) {
    if (container && !container->reading.running) containers_.push_back(std::move(container));
  }
  for (auto& container : before) {
    if (!container || missing == Missing::kForget) continue;
    end(*container, now);
    if (container->labelled) containers_.push_back(std::move(container));
  }
}

std::unique_ptr<WatchedContainer> ContainerFleet::begin(const Moment& now) {
  auto container = std::make_unique<WatchedContainer>();
  container->reading.last_seen_unix_s = now.unix_s;
  container->found_s = now.monotonic_s;
  return container;
}

void ContainerFleet::note_kills() {
  for (const auto& container : containers_) {
    if (!container->reading.running) continue;
    const auto kills = watch_.oom_kills(container->instance());
    if (kills) container->kills_heard_of = kills;
  }
}

void ContainerFleet::end(WatchedContainer& container, const Moment& now) {
  if (!container.reading.running) return;
  container.reading.running = false;
  container.reading.owns_network = false;
  container.process.reset();
  container.reading.live = remains_of(*container.reading.live);
  if (const auto kills = watch_.oom_kills(container.instance())) container.kills_heard_of = kills;
  if (container.labelled && !container.reading.sandbox) {
    ledger_.saw(container.key, container.instance(), container.kills_heard_of, now.monotonic_s);
    if (!container.pod_key.empty()) gone_.emplace_back(container.pod_key, container.key);
  }
}

bool ContainerFleet::expire(double grace_s, std::size_t most, double now_unix_s) {
  std::size_t gone = static_cast<std::size_t>(
      std::count_if(containers_.begin(), containers_.end(),
                    [](const auto& container) { return !container->reading.running; }));
  const auto forgotten = std::erase_if(containers_, [&](const auto& container) {
    const ContainerReading& reading = container->reading;
    if (reading.running) return false;
    const bool over = gone > most;
    if (!over && container->labelled && !reading.sandbox &&
        now_unix_s - reading.last_seen_unix_s <= grace_s) {
      return false;
    }
    --gone;
    return true;
  });
  return forgotten > 0;
}

void ContainerFleet::label(const NameTable& names, const ContainerSettings& settings,
                           ContainerView view, double now_s) {
  holding_back_ = false;
  for (const auto& container : containers_) {
    label_one(*container, names, settings, view, now_s);
    if (container->reading.running && !container->labelled) holding_back_ = true;
  }
  choose_shown(settings.options);
  choose_sandboxes();
}

void ContainerFleet::label_one(WatchedContainer& container, const NameTable& names,
                               const ContainerSettings& settings, ContainerView view,
                               double now_s) {
  ContainerReading& reading = container.reading;
  const std::string& id = reading.live->identity.id;
  const ContainerName* const name = id.empty() ? nullptr : names.find(id);
  if (!reading.running) {
    // What comes late from the runtime is about a cgroup that is gone.
    if (name != nullptr && name->oom_killed && speaks_of(*name, container)) {
      ledger_.oom_killed(container.key, container.instance());
    }
    return;
  }
  const bool may_wait = !container.labelled && now_s - container.found_s < kHoldBack_s;
  if (may_wait && !id.empty() && !names.answered(id)) return;
  const bool told = name != nullptr && speaks_of(*name, container);
  reading.labels = label_container(*reading.live, name, container.database_app, settings, view);
  reading.sandbox = name != nullptr && name->sandbox;
  reading.health = told ? name->health : "";
  reading.started_unix_s =
      told && name->started_unix_s ? name->started_unix_s : reading.live->folder.made_unix_s();
  container.told_pid = told ? name->pid : 0;
  container.key = ledger_key(reading.labels);
  const ContainerLabels& labels = reading.labels;
  container.pod_key = labels.pod.empty() ? "" : labels.namespace_name + "/" + labels.pod;
  container.labelled = true;
}

void ContainerFleet::choose_shown(const ContainerOptions& options) {
  std::map<std::string_view, WatchedContainer*> by_key;
  for (const auto& container : containers_) {
    WatchedContainer& one = *container;
    one.shown = false;
    if (!one.labelled || one.reading.sandbox) continue;
    if (!is_wanted(*one.reading.live, one.reading.labels, options)) continue;
    WatchedContainer*& shown = by_key.try_emplace(one.key, &one).first->second;
    if (shown == &one) continue;
    const bool newer = is_newer(one, *shown);
    inherit(newer ? one : *shown, newer ? *shown : one);
    if (newer) shown = &one;
  }
  for (const auto& entry : by_key) entry.second->shown = true;
}

/// A sandbox is shown where a container of its pod is. One container, or the sandbox, stands for
/// each pod.
void ContainerFleet::choose_sandboxes() {
  std::set<std::string_view> shown_pods;
  for (const auto& container : containers_) {
    if (container->shown) shown_pods.insert(container->pod_key);
  }
  std::set<std::string_view> stood_for;
  for (const auto& container : containers_) {
    WatchedContainer& one = *container;
    if (one.reading.sandbox && one.labelled) {
      one.shown = one.pod_key.empty() || shown_pods.contains(one.pod_key);
    }
    one.stands_for_pod = one.reading.running && one.labelled && !one.pod_key.empty() &&
                         stood_for.insert(one.pod_key).second;
  }
}

void ContainerFleet::count(AncestorLimits& pods, CgroupScratch scratch, const Moment& now) {
  for (const auto& container : containers_) {
    if (container->labelled && !container->reading.sandbox) count_one(*container, now);
  }
  for (const auto& container : containers_) {
    if (!container->stands_for_pod) continue;
    const auto kills = pods.pod_oom_kills(container->reading.live->path, scratch);
    if (kills) count_pod(container->pod_key, *kills);
  }
  gone_.clear();
}

void ContainerFleet::count_one(WatchedContainer& container, const Moment& now) {
  ContainerReading& reading = container.reading;
  const ContainerLedger::Entry* entry = ledger_.find(container.key);
  // Kills are news but for those that were there when litewatch came.
  const bool known = container.counted || entry != nullptr;
  const std::uint64_t before = container.counted  ? reading.counts.oom_kills
                               : entry != nullptr ? entry->oom_kills
                                                  : 0;
  if (reading.running && container.shown) {
    entry = &ledger_.saw(container.key, container.instance(), reading.stats.memory_events_oom_kill,
                         now.monotonic_s);
  }
  if (entry == nullptr) return;
  if (known && entry->oom_kills > before) reading.last_oom_kill_unix_s = now.unix_s;
  reading.counts = *entry;
  container.counted = true;
}

void ContainerFleet::count_pod(const std::string& pod_key, std::uint64_t oom_kills) {
  std::string_view gone_key;
  for (const auto& [pod, key] : gone_) {
    if (pod == pod_key) gone_key = key;
  }
  ledger_.pod_counted(pod_key, oom_kills, gone_key);
}

}  // namespace litewatch
