#include "collect/probe_page.h"

#include <array>

#include "base/clock.h"
#include "collect/probe_metrics.h"
#include "publish/series_table.h"

namespace litewatch {
namespace {

/// More than the largest health document leads to: 256 components of 4 states, 16 observations
/// each and an age.
constexpr std::size_t kMostSeries = 20'000;

}  // namespace

struct ProbePages::State {
  SeriesBudget budget{kMostSeries};
  PageFactory factory;

  Mutex mutex;
  SeriesTable table GUARDED_BY(mutex){budget};
};

ProbePages::ProbePages() : state_(std::make_unique<State>()) {}
ProbePages::~ProbePages() = default;

std::shared_ptr<const Page> ProbePages::page(const ProbeResult& result) {
  std::array<std::shared_ptr<const Fragment>, 1> fragments;
  {
    MutexLock lock(state_->mutex);
    state_->table.begin();
    set_probe_result(state_->table, {}, result, unix_s());
    fragments[0] = state_->table.commit();
  }
  return state_->factory.make(fragments);
}

}  // namespace litewatch
