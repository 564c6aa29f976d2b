#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "check/vocabulary.h"

namespace litewatch {

/// A query with the dashboard's variables put into it: each selector of a metric that has a label
/// called like a variable gets the matcher label=~"$label", unless it has one on that label. So no
/// panel can forget one, and its source stays short. A query that does not parse, and metrics whose
/// labels nobody lists, stay as they are.
std::string with_variables(std::string_view query, const std::vector<std::string>& variables,
                           const Vocabulary& vocabulary);

}  // namespace litewatch
