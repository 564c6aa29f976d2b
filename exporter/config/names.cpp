#include "config/names.h"

#include <algorithm>
#include <filesystem>

#include "config/probe_names.h"

namespace litewatch {
namespace {

bool continues_character(char c) { return (static_cast<unsigned char>(c) & 0xc0) == 0x80; }

void default_to(std::string& field, std::string_view value) {
  if (field.empty()) field = value;
}

}  // namespace

bool is_control(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte < 0x20 || byte == 0x7f;
}

bool is_name(std::string_view name) {
  return !name.empty() && name.size() <= kMaxNameBytes && std::ranges::none_of(name, is_control);
}

std::string to_name(std::string_view text) {
  std::size_t size = std::min(text.size(), kMaxNameBytes);
  while (size > 0 && size < text.size() && continues_character(text[size])) --size;
  std::string name(text.substr(0, size));
  std::ranges::replace_if(name, is_control, '_');
  return name.empty() ? "default" : name;
}

std::string name_of_path(std::string_view path) {
  return to_name(std::filesystem::path(path).stem().string());
}

void derive_names(Config& config) {
  for (DatabaseConfig& database : config.databases) {
    if (!database.is_pattern()) {
      default_to(database.name, name_of_path(database.path));
      default_to(database.app, database.name);
    }
    default_to(database.group, database.app.empty() ? "default" : database.app);
  }
  for (DiscoveryConfig& folder : config.discovery) {
    default_to(folder.app, to_name(std::filesystem::path(folder.root).filename().string()));
    default_to(folder.group, folder.app);
  }
  derive_target_names(config.probes);
}

}  // namespace litewatch
