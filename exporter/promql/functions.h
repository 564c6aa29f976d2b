#pragma once

#include <cstddef>
#include <initializer_list>
#include <span>
#include <string_view>

#include "promql/ast.h"

namespace litewatch::promql {

/// A function of PromQL. Source: Prometheus 2.42, promql/parser/functions.go.
struct Function {
  static constexpr std::size_t kMostTypes = 5;

  std::string_view name;
  ValueType result;
  ValueType types[kMostTypes];
  std::size_t type_count;
  /// 0: as many arguments as types; n: the last type may be missing or stand up to n times; -1: any
  /// number of times.
  int repeats;

  std::size_t least_arguments() const { return repeats == 0 ? type_count : type_count - 1; }
  /// False where `count` is too many.
  bool allows(std::size_t count) const;
  ValueType type_of(std::size_t argument) const;
};

/// nullptr: there is no such function in 2.42.
const Function* find_function(std::string_view name);

/// Whether an operator aggregates, e.g. "sum", and what type its parameter has.
bool is_aggregator(std::string_view name);
bool has_parameter(std::string_view aggregator);

}  // namespace litewatch::promql
