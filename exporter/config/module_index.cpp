#include "config/module_index.h"

#include "config/suggest.h"

namespace litewatch {

ModuleIndex::ModuleIndex(const std::vector<ProbeModule>& modules) {
  for (const ProbeModule& module : modules) by_name_.emplace(module.name, &module);
  for (const ProbeModule& module : builtin_modules()) by_name_.emplace(module.name, &module);
}

const ProbeModule* ModuleIndex::find(std::string_view name) const {
  const auto found = by_name_.find(name);
  return found == by_name_.end() ? nullptr : found->second;
}

std::string ModuleIndex::expected(std::string_view name) const {
  std::vector<std::string_view> names;
  std::string text = "the name of a module: ";
  for (const auto& [known, module] : by_name_) {
    text.append(names.empty() ? "" : ", ").append(known);
    names.push_back(known);
  }
  const auto meant = closest(name, names);
  return meant ? "the name of a module (did you mean " + std::string(*meant) + "?)" : text;
}

}  // namespace litewatch
