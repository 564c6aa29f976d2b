#pragma once

#include <string>

#include "deliver/deliver.h"
#include "rules/rule_file.h"

namespace litewatch {

/// The text of a rule file with the links of its annotations, which are relative in the source,
/// made absolute. Text but for the links unchanged.
std::string with_absolute_links(const RuleFile& file, const DeliveryOptions& options);

}  // namespace litewatch
