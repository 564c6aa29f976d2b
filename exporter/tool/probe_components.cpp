#include <algorithm>
#include <array>

#include "tool/probe_report.h"

namespace litewatch {
namespace {

/// Smaller is worse. What nobody knows stands before what is well.
int rank(HealthStatus status) {
  switch (status) {
    case HealthStatus::kFail:
      return 0;
    case HealthStatus::kWarn:
      return 1;
    case HealthStatus::kUnknown:
      return 2;
    case HealthStatus::kPass:
      return 3;
  }
  return 2;
}

}  // namespace

std::vector<const HealthComponent*> worst_first(const HealthDocument& document) {
  std::vector<const HealthComponent*> sorted;
  for (const HealthComponent& component : document.components) sorted.push_back(&component);
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const HealthComponent* a, const HealthComponent* b) {
                     return rank(a->status) < rank(b->status);
                   });
  return sorted;
}

}  // namespace litewatch
