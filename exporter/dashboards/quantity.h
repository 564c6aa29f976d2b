#pragma once

#include <optional>
#include <string_view>

#include "promql/ast.h"

namespace litewatch {

/// What a query's values measure.
struct Quantity {
  int bytes = 0;          ///< the power of bytes in it
  int seconds = 0;        ///< and of seconds: bytes per second are 1 and -1
  bool is_time = false;   ///< Unix time
  bool is_share = false;  ///< 1 is the whole of something
  double factor = 1;      ///< the values are this many times what the above says: 1000 for ms

  bool operator==(const Quantity&) const = default;
};

/// Followed from the metrics' names through functions and arithmetic. nullopt: it cannot be told.
std::optional<Quantity> quantity_of(const promql::Expr& query);

/// What the bounds of the histogram measure whose buckets the query asks for.
std::optional<Quantity> quantity_of_buckets(const promql::Expr& query);

}  // namespace litewatch
