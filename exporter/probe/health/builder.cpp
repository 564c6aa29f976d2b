#include "probe/health/builder.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/utf8.h"

namespace litewatch {
namespace {

constexpr std::size_t kMaxName = 64;
constexpr std::size_t kMaxWord = 64;

bool is_name_byte(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
         c == '.' || c == ':' || c == '/' || c == '-';
}

/// For labels that hold a version: printable ASCII.
std::string printable(std::string_view raw) {
  std::string text(raw.substr(0, kMaxWord));
  for (char& c : text) {
    if (c < ' ' || c > '~') c = '_';
  }
  return text;
}

/// Whether the whole of such a document is put together from its parts.
bool is_aggregate(HealthFormat format) {
  switch (format) {
    case HealthFormat::kDraft:
    case HealthFormat::kSpring:
    case HealthFormat::kAspNet:
    case HealthFormat::kTerminus:
    case HealthFormat::kMicroProfile:
    case HealthFormat::kFlat:
      return true;
    default:
      return false;
  }
}

HealthStatus overall(HealthFormat format, const std::optional<SaidStatus>& said,
                     HealthStatus worst_part) {
  if (!said) return worst_part;
  const bool part_fails = worst_part == HealthStatus::kFail;
  if (said->status == HealthStatus::kUnknown && part_fails) return HealthStatus::kFail;
  if (said->status == HealthStatus::kPass && part_fails && is_aggregate(format)) {
    return HealthStatus::kFail;
  }
  return said->status;
}

}  // namespace

std::string component_name(std::string_view raw) {
  std::string name(raw.substr(0, kMaxName));
  for (char& c : name) {
    if (!is_name_byte(c)) c = '_';
  }
  return name.empty() ? "_" : name;
}

std::string shown_text(std::string_view raw, std::size_t max_bytes) {
  std::string text;
  while (!raw.empty()) {
    const std::size_t size = utf8_size(raw);
    const bool control = static_cast<unsigned char>(raw[0]) < 0x20 || raw[0] == 0x7f;
    const std::string_view piece = size == 0 ? kUtf8Replacement
                                   : control ? std::string_view(" ")
                                             : raw.substr(0, size);
    if (text.size() + piece.size() > max_bytes) break;
    text += piece;
    raw.remove_prefix(std::max<std::size_t>(size, 1));
  }
  return text;
}

HealthBuilder::HealthBuilder(HealthFormat format, const HealthOptions& options)
    : words_(options.pointer.words),
      max_components_(std::clamp<std::size_t>(options.max_components, 1, 256)) {
  document_.format = format;
}

void HealthBuilder::add_words(const HealthWords& words) {
  words_.insert(words_.end(), words.begin(), words.end());
}

void HealthBuilder::say(const SaidStatus& said) {
  said_ = said;
  document_.word = shown_text(said.word, kMaxWord);
}

HealthComponent* HealthBuilder::add(std::string_view raw_name, std::string_view raw_node) {
  if (document_.components.size() >= max_components_) {
    drop();
    return nullptr;
  }
  document_.components.reserve(max_components_);  // so that pointers stay good
  HealthComponent component;
  component.name = component_name(raw_name);
  if (!raw_node.empty()) component.node = component_name(raw_node);
  const auto [place, is_new] =
      places_.try_emplace(component.name + '\n' + component.node,
                          Place{document_.components.size(), std::string(raw_name)});
  if (!is_new) {
    drop();
    return nullptr;
  }
  return &document_.components.emplace_back(std::move(component));
}

HealthComponent* HealthBuilder::merge(std::string_view raw_name, std::string_view raw_node) {
  const std::string node = raw_node.empty() ? "" : component_name(raw_node);
  const auto found = places_.find(component_name(raw_name) + '\n' + node);
  if (found == places_.end() || found->second.raw_name != raw_name) return add(raw_name, raw_node);
  return &document_.components[found->second.index];
}

void HealthBuilder::set_status(HealthComponent* component, const SaidStatus& said) {
  worst_part_ = worse(worst_part_, said.status);
  if (component == nullptr) return;
  const HealthStatus status = worse(component->status, said.status);
  if (component->word.empty() || status != component->status) {
    component->word = shown_text(said.word, kMaxWord);
  }
  component->status = status;
}

void HealthBuilder::observe(HealthComponent* component, std::string_view measurement,
                            HealthUnit unit, double value) {
  if (component == nullptr || !std::isfinite(value)) return;
  auto& observations = component->observations;
  std::string name = component_name(measurement);
  const bool known = std::any_of(observations.begin(), observations.end(),
                                 [&](const auto& other) { return other.measurement == name; });
  if (known || observations.size() >= kMaxObservations) {
    drop();
    return;
  }
  observations.push_back({std::move(name), unit, value});
}

void HealthBuilder::set_version(std::string_view version) {
  document_.version = printable(version);
}

void HealthBuilder::set_release_id(std::string_view release_id) {
  document_.release_id = printable(release_id);
}

HealthDocument HealthBuilder::finish() {
  document_.valid = true;
  document_.status = overall(document_.format, said_, worst_part_);
  return std::move(document_);
}

}  // namespace litewatch
