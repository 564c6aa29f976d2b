#include "collect/container/collector.h"

#include <functional>
#include <map>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "collect/container/databases.h"
#include "collect/container/device_names.h"
#include "collect/container/fleet.h"
#include "collect/container/metrics.h"
#include "collect/container/names.h"
#include "collect/container/networks.h"
#include "collect/container/self.h"
#include "collect/container/status.h"

namespace litewatch {
namespace {

constexpr double kIdle_s = 1;
/// How often a process of a container that has none is looked for.
constexpr double kSearchAgain_s = 10;

std::string below(const std::string& root, const std::string& path) {
  return root == "/" ? path : root + path;
}

ContainerNames::Options name_options(const ContainerSettings& settings) {
  const std::string& root = settings.paths.rootfs;
  ContainerNames::Options options;
  for (const std::string& socket : settings.options.sockets) {
    options.sockets.push_back(below(root, socket));
  }
  options.containers_logs = below(root, "/var/log/containers");
  options.pods_logs = below(root, "/var/log/pods");
  options.labels = settings.options.labels;
  return options;
}

std::vector<WantedName> wanted_names(const ContainerDiscovery::List& containers) {
  std::vector<WantedName> wanted;
  for (const auto& live : containers) {
    if (!live->identity.id.empty())
      wanted.push_back({live->identity, live->folder.inode(), live->folder.made_unix_s()});
  }
  return wanted;
}

/// Whether the discovery has to begin anew.
bool finds_the_same(const ContainerSettings& a, const ContainerSettings& b) {
  return a.options.view == b.options.view && a.options.include == b.options.include &&
         a.options.exclude == b.options.exclude && a.limit == b.limit && a.paths == b.paths;
}

}  // namespace

/// The order of a collection: who is there, what they are called, what their files say, what their
/// main processes say, which databases they hold; then it is booked and published.
struct ContainerCollector::State {
  explicit State(const ContainerControl& from) : control(from) {}

  bool take_settings();
  void find(const Moment& now);
  void label(const Moment& now);
  void apply_labels(const Moment& now);
  void read(const Moment& now);
  void read_one(WatchedContainer& container, const Moment& now);
  bool find_processes(double now_s);
  void place_databases(bool processes_changed, const Moment& now);
  void assign();
  void read_process(WatchedContainer& container);
  void publish(SeriesTable& sink, double now_unix_s);

  const ContainerControl& control;
  std::shared_ptr<const ContainerSettings> settings;

  ContainerWatch watch;
  ContainerLedger ledger;
  ContainerFleet fleet{watch, ledger};
  AncestorLimits limits;
  DatabasePlacer databases;
  DeviceNames devices;
  ContainerSelf self;

  // Made by take_settings().
  std::unique_ptr<ContainerDiscovery> discovery;
  ContainerNames::Options names_made_of;
  std::unique_ptr<ContainerNames> names;
  std::optional<HeldProcess> init;
  DeviceName device;

  std::shared_ptr<const NameTable> table;  ///< that the labels are of
  ContainerFleet::Missing missing = ContainerFleet::Missing::kEnd;
  bool place_anew = true;  ///< databases
  bool relabel = true;
  bool reassign = true;  ///< networks
  std::vector<char> scratch = std::vector<char>(kCgroupScratchSize);
  std::vector<WatchedContainer*> lacking;  ///< a process; work space
};

bool ContainerCollector::State::take_settings() {
  auto fresh = control.get();
  if (fresh == settings) return settings && settings->enabled;
  const auto before = std::exchange(settings, std::move(fresh));
  if (!settings->enabled) {
    discovery.reset();
    names.reset();
    fleet.clear();
    return false;
  }
  if (!discovery || !before || !finds_the_same(*before, *settings)) {
    discovery = std::make_unique<ContainerDiscovery>(*settings, watch);
    missing = ContainerFleet::Missing::kForget;
    init = HeldProcess::open(settings->paths.procfs, 1);
    devices = DeviceNames();
    const std::string sysfs = below(settings->paths.rootfs, "/sys");
    device = [this, sysfs](unsigned major, unsigned minor) {
      return devices.of(sysfs, major, minor);
    };
  }
  ContainerNames::Options options = name_options(*settings);
  if (!names || names_made_of != options) {
    names_made_of = options;
    names = std::make_unique<ContainerNames>(std::move(options));
    names->want(wanted_names(discovery->containers()));
  }
  databases = DatabasePlacer();
  place_anew = true;
  relabel = true;
  return true;
}

void ContainerCollector::State::find(const Moment& now) {
  fleet.note_kills();
  if (discovery->refresh(now.monotonic_s) || missing == ContainerFleet::Missing::kForget) {
    fleet.adopt(*discovery, std::exchange(missing, ContainerFleet::Missing::kEnd), now);
    names->want(wanted_names(discovery->containers()));
    relabel = true;
  }
  const auto& options = settings->options;
  if (fleet.expire(options.grace_s, settings->limit, now.unix_s)) relabel = true;
}

void ContainerCollector::State::label(const Moment& now) {
  auto known = names->table();
  if (known == table && !relabel && !fleet.holds_back()) return;
  table = std::move(known);
  apply_labels(now);
}

void ContainerCollector::State::apply_labels(const Moment& now) {
  fleet.label(*table, *settings, discovery->view(), now.monotonic_s);
  relabel = false;
  reassign = true;
}

void ContainerCollector::State::read(const Moment& now) {
  limits.begin(discovery->layout());
  for (const auto& container : fleet.containers()) {
    if (container->reading.running && container->shown) read_one(*container, now);
  }
}

void ContainerCollector::State::read_one(WatchedContainer& container, const Moment& now) {
  ContainerReading& reading = container.reading;
  const LiveContainer& live = *reading.live;
  if (!reading.sandbox) {
    if (!live.folder.read(scratch, reading.stats)) {
      discovery->note_gone();
      fleet.end(container, now);
      reassign = true;
      return;
    }
    reading.effective = limits.effective(live.path, reading.stats, scratch);
    container.meter.look(reading.stats, now.monotonic_s);
  }
  reading.last_seen_unix_s = now.unix_s;
}

/// True where one was found. A runtime puts a process into the cgroup before it gives it its
/// namespaces: so one that was found early is looked for once more.
bool ContainerCollector::State::find_processes(double now_s) {
  lacking.clear();
  for (const auto& container : fleet.containers()) {
    const ContainerReading& reading = container->reading;
    if (!reading.running || !container->shown) continue;
    if ((container->process && container->settled) || now_s < container->search_again_s) continue;
    if (!reading.sandbox && reading.stats.processes == 0u) continue;
    container->search_again_s = now_s + kSearchAgain_s;
    container->settled = now_s - container->found_s >= kSearchAgain_s;
    lacking.push_back(container.get());
  }
  if (lacking.empty()) return false;
  std::vector<ProcessSearch> searches;
  for (const WatchedContainer* container : lacking) {
    searches.push_back({container->reading.live.get(), container->told_pid, std::nullopt});
  }
  litewatch::find_processes(settings->paths.procfs, searches, scratch);
  bool found = false;
  for (std::size_t i = 0; i < lacking.size(); ++i) {
    lacking[i]->process = std::move(searches[i].found);
    found = found || lacking[i]->process.has_value();
  }
  return found;
}

void ContainerCollector::State::place_databases(bool processes_changed, const Moment& now) {
  const bool others = databases.look(*settings, now.monotonic_s);
  if (!others && !processes_changed && !std::exchange(place_anew, false)) return;
  databases.place(fleet.containers(), settings->paths);
  // By the names that this collection began with: who is shown from here on has not been read.
  apply_labels(now);
}

/// Only the machine as a whole has a first process that tells its network.
void ContainerCollector::State::assign() {
  if (!reassign) return;
  const bool host = discovery->view() == ContainerView::kHost && init;
  assign_networks(fleet.containers(), host ? &*init : nullptr);
  reassign = false;
}

void ContainerCollector::State::read_process(WatchedContainer& container) {
  ContainerReading& reading = container.reading;
  reading.files = ProcessFiles();
  reading.interfaces.clear();
  if (!container.process || !reading.running || !container.shown) return;
  const HeldProcess& process = *container.process;
  if (!reading.sandbox) reading.files = process.read_files(scratch);
  const bool network = !reading.owns_network || process.read_network(scratch, reading.interfaces);
  if ((network && reading.files.max_fds) || process.alive()) return;
  container.process.reset();
  container.search_again_s = 0;
  reassign = true;
}

void ContainerCollector::State::publish(SeriesTable& sink, double now_unix_s) {
  const ContainerObjectives& objectives = settings->options.objectives;
  for (const auto& container : fleet.containers()) {
    const ContainerReading& reading = container->reading;
    if (!container->shown) continue;
    set_container_metrics(sink, reading, objectives, device);
    if (settings->cadvisor_names) set_cadvisor_metrics(sink, reading, device);
    if (reading.sandbox) continue;
    add_container_status(sink, reading, container->meter.rates(), objectives, now_unix_s);
  }
}

ContainerCollector::ContainerCollector(const ContainerControl& control)
    : state_(std::make_unique<State>(control)) {}

ContainerCollector::~ContainerCollector() = default;

void ContainerCollector::collect(SeriesTable& sink) {
  if (!state_->take_settings()) return;
  const Moment moment = now();
  state_->find(moment);
  state_->label(moment);
  state_->read(moment);
  state_->place_databases(state_->find_processes(moment.monotonic_s), moment);
  state_->assign();
  for (const auto& container : state_->fleet.containers()) state_->read_process(*container);
  state_->fleet.count(state_->limits, state_->scratch, moment);
  state_->publish(sink, moment.unix_s);
  state_->self.publish(sink, *state_->settings, *state_->discovery, state_->fleet, *state_->names,
                       moment.monotonic_s);
}

double ContainerCollector::idle() {
  if (!state_->take_settings()) return kIdle_s;
  const Moment moment = now();
  state_->find(moment);
  state_->label(moment);
  return kIdle_s;
}

}  // namespace litewatch
