#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "probe/module.h"

namespace litewatch {

/// Modules by name: those given before the built-in ones. They must outlive it.
class ModuleIndex {
 public:
  explicit ModuleIndex(const std::vector<ProbeModule>& modules);

  /// nullptr: there is no such module.
  const ProbeModule* find(std::string_view name) const;

  /// What was expected instead of a name that is none.
  std::string expected(std::string_view name) const;

 private:
  std::map<std::string_view, const ProbeModule*> by_name_;
};

}  // namespace litewatch
