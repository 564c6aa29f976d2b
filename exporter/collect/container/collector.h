#pragma once

#include <memory>

#include "collect/collector.h"
#include "collect/container/settings.h"

namespace litewatch {

/// Publishes the containers and services of the machine, or of the pod.
class ContainerCollector : public Collector {
 public:
  /// `control` must outlive the collector.
  explicit ContainerCollector(const ContainerControl& control);
  ~ContainerCollector() override;

  void collect(SeriesTable& sink) override;
  /// Finds containers that come and go between two collections.
  double idle() override;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace litewatch
