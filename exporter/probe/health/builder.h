#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "probe/health.h"
#include "probe/health/words.h"

namespace litewatch {

/// A component's name as a label: other bytes than [A-Za-z0-9_.:/-] become '_', at most 64 of them.
std::string component_name(std::string_view raw);

/// Foreign text for people: control characters become spaces, what is not UTF-8 U+FFFD; cut at a
/// whole character after at most `max_bytes`.
std::string shown_text(std::string_view raw, std::size_t max_bytes);

/// Puts a HealthDocument together under its limits: what is over one is counted in `dropped`, and
/// what came first stays.
class HealthBuilder {
 public:
  static constexpr std::size_t kMaxObservations = 16;

  HealthBuilder(HealthFormat format, const HealthOptions& options);

  /// The words beside the known ones: those configured, and then those of the format.
  const HealthWords& words() const { return words_; }
  void add_words(const HealthWords& words);

  /// What the document says of the whole.
  void say(const SaidStatus& said);
  const std::optional<SaidStatus>& said() const { return said_; }

  /// A new component. nullptr, and counted, where there are too many or one has that name and node
  /// already. Pointers stay good until finish().
  HealthComponent* add(std::string_view raw_name, std::string_view raw_node);
  /// The component of exactly that raw name and node, or a new one as add() makes it.
  HealthComponent* merge(std::string_view raw_name, std::string_view raw_node);

  /// The worse of what the component says already and this becomes its status. A component that was
  /// left out (nullptr) counts for the worst part all the same.
  void set_status(HealthComponent* component, const SaidStatus& said);
  /// Adds a number; counted instead where it is over a limit or there already. A number that is
  /// not finite is passed over.
  void observe(HealthComponent* component, std::string_view measurement, HealthUnit unit,
               double value);
  void set_version(std::string_view version);
  void set_release_id(std::string_view release_id);
  void set_duration_s(double duration_s) { document_.duration_s = duration_s; }
  void drop(std::size_t count = 1) { document_.dropped += count; }

  bool has_components() const { return !document_.components.empty(); }

  /// The document, valid; its status as parse_health() says.
  HealthDocument finish();

 private:
  HealthWords words_;
  std::size_t max_components_;
  HealthDocument document_;
  std::optional<SaidStatus> said_;
  HealthStatus worst_part_ = HealthStatus::kUnknown;
  struct Place {
    std::size_t index;     ///< in the document's components
    std::string raw_name;  ///< before it was made a label
  };
  std::unordered_map<std::string, Place> places_;  ///< by name and node
};

}  // namespace litewatch
