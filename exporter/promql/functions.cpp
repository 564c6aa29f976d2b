#include "promql/functions.h"

#include <algorithm>
#include <array>

namespace litewatch::promql {
namespace {

constexpr ValueType S = ValueType::kScalar;
constexpr ValueType T = ValueType::kString;
constexpr ValueType V = ValueType::kInstantVector;
constexpr ValueType R = ValueType::kRangeVector;

/// By name.
constexpr auto kFunctions = std::to_array<Function>({
    {"abs", V, {V}, 1, 0},
    {"absent", V, {V}, 1, 0},
    {"absent_over_time", V, {R}, 1, 0},
    {"acos", V, {V}, 1, 0},
    {"acosh", V, {V}, 1, 0},
    {"asin", V, {V}, 1, 0},
    {"asinh", V, {V}, 1, 0},
    {"atan", V, {V}, 1, 0},
    {"atanh", V, {V}, 1, 0},
    {"avg_over_time", V, {R}, 1, 0},
    {"ceil", V, {V}, 1, 0},
    {"changes", V, {R}, 1, 0},
    {"clamp", V, {V, S, S}, 3, 0},
    {"clamp_max", V, {V, S}, 2, 0},
    {"clamp_min", V, {V, S}, 2, 0},
    {"cos", V, {V}, 1, 0},
    {"cosh", V, {V}, 1, 0},
    {"count_over_time", V, {R}, 1, 0},
    {"day_of_month", V, {V}, 1, 1},
    {"day_of_week", V, {V}, 1, 1},
    {"day_of_year", V, {V}, 1, 1},
    {"days_in_month", V, {V}, 1, 1},
    {"deg", V, {V}, 1, 0},
    {"delta", V, {R}, 1, 0},
    {"deriv", V, {R}, 1, 0},
    {"exp", V, {V}, 1, 0},
    {"floor", V, {V}, 1, 0},
    {"histogram_count", V, {V}, 1, 0},
    {"histogram_fraction", V, {S, S, V}, 3, 0},
    {"histogram_quantile", V, {S, V}, 2, 0},
    {"histogram_sum", V, {V}, 1, 0},
    {"holt_winters", V, {R, S, S}, 3, 0},
    {"hour", V, {V}, 1, 1},
    {"idelta", V, {R}, 1, 0},
    {"increase", V, {R}, 1, 0},
    {"irate", V, {R}, 1, 0},
    {"label_join", V, {V, T, T, T}, 4, -1},
    {"label_replace", V, {V, T, T, T, T}, 5, 0},
    {"last_over_time", V, {R}, 1, 0},
    {"ln", V, {V}, 1, 0},
    {"log10", V, {V}, 1, 0},
    {"log2", V, {V}, 1, 0},
    {"max_over_time", V, {R}, 1, 0},
    {"min_over_time", V, {R}, 1, 0},
    {"minute", V, {V}, 1, 1},
    {"month", V, {V}, 1, 1},
    {"pi", S, {}, 0, 0},
    {"predict_linear", V, {R, S}, 2, 0},
    {"present_over_time", V, {R}, 1, 0},
    {"quantile_over_time", V, {S, R}, 2, 0},
    {"rad", V, {V}, 1, 0},
    {"rate", V, {R}, 1, 0},
    {"resets", V, {R}, 1, 0},
    {"round", V, {V, S}, 2, 1},
    {"scalar", S, {V}, 1, 0},
    {"sgn", V, {V}, 1, 0},
    {"sin", V, {V}, 1, 0},
    {"sinh", V, {V}, 1, 0},
    {"sort", V, {V}, 1, 0},
    {"sort_desc", V, {V}, 1, 0},
    {"sqrt", V, {V}, 1, 0},
    {"stddev_over_time", V, {R}, 1, 0},
    {"stdvar_over_time", V, {R}, 1, 0},
    {"sum_over_time", V, {R}, 1, 0},
    {"tan", V, {V}, 1, 0},
    {"tanh", V, {V}, 1, 0},
    {"time", S, {}, 0, 0},
    {"timestamp", V, {V}, 1, 0},
    {"vector", V, {S}, 1, 0},
    {"year", V, {V}, 1, 1},
});
static_assert(std::is_sorted(kFunctions.begin(), kFunctions.end(),
                             [](const auto& a, const auto& b) { return a.name < b.name; }));

constexpr auto kAggregators =
    std::to_array<std::string_view>({"avg", "bottomk", "count", "count_values", "group", "max",
                                     "min", "quantile", "stddev", "stdvar", "sum", "topk"});

}  // namespace

bool Function::allows(std::size_t count) const {
  if (repeats < 0) return true;
  return count <= (repeats == 0 ? type_count : type_count - 1 + static_cast<std::size_t>(repeats));
}

ValueType Function::type_of(std::size_t argument) const {
  return types[std::min(argument, type_count - 1)];
}

const Function* find_function(std::string_view name) {
  const auto found = std::lower_bound(
      kFunctions.begin(), kFunctions.end(), name,
      [](const Function& function, std::string_view wanted) { return function.name < wanted; });
  return found != kFunctions.end() && found->name == name ? &*found : nullptr;
}

bool is_aggregator(std::string_view name) {
  return std::find(kAggregators.begin(), kAggregators.end(), name) != kAggregators.end();
}

bool has_parameter(std::string_view aggregator) {
  return aggregator == "bottomk" || aggregator == "count_values" || aggregator == "quantile" ||
         aggregator == "topk";
}

}  // namespace litewatch::promql
