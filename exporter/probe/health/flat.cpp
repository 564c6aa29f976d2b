#include <algorithm>
#include <array>
#include <string_view>

#include "base/ascii.h"
#include "probe/health/formats.h"
#include "probe/health/parts.h"

// What people write by hand, and what small libraries do:
//   {"status": "ok", "db": "up", "cache": true, "queue": {"status": "degraded"}, "version": "1.2"}
//   {"status": "up", "details": {"database": {"status": "up", "timestamp": "..."}}}
//   {"status": "Partially Available", "failures": {"rabbitmq": "why it fails"}}
namespace litewatch {
namespace {

constexpr std::array<std::string_view, 6> kContainers = {"details",      "components", "services",
                                                         "dependencies", "results",    "health"};
constexpr std::array<std::string_view, 10> kOwnKeys = {
    "status", "state", "outcome", "healthy", "ok", "up", "alive", "version", "message", "error"};

template <class Keys>
bool is_one_of(std::string_view key, const Keys& keys) {
  for (const std::string_view other : keys) {
    if (same_ignoring_case(key, other)) return true;
  }
  return false;
}

/// health-go: names with the text of the failure; only those that fail are there.
void read_failures(const JsonValue& failures, HealthBuilder& builder) {
  for (const JsonMember& member : failures.members) {
    HealthComponent* const component = builder.add(member.key, "");
    builder.set_status(component, {HealthStatus::kFail, ""});
    if (component != nullptr && member.value.is_string()) {
      component->output = shown_text(member.value.text, 256);
    }
  }
}

/// A text says a status only with a known word, for it may be about anything.
bool is_status(const JsonValue& value, const SaidStatus& said) {
  return value.is_object() || (value.is_string() && said.status != HealthStatus::kUnknown);
}

/// "maintenance": false beside "status": "ok" is good news. A false is a part that fails only where
/// the whole is not well, or where nothing but bools says how it is.
bool false_is_failure(const JsonValue& root, const HealthBuilder& builder) {
  if (builder.said()) return builder.said()->status != HealthStatus::kPass;
  return std::none_of(root.members.begin(), root.members.end(), [&](const JsonMember& member) {
    const auto said = part_status(member.value, builder.words());
    return said && is_status(member.value, *said);
  });
}

void read_member(const JsonMember& member, bool false_fails, HealthBuilder& builder) {
  const auto said = part_status(member.value, builder.words());
  if (!said) return;
  const bool flag = member.value.is_bool() && (member.value.boolean || false_fails);
  if (!flag && !is_status(member.value, *said)) return;
  HealthComponent* const component = builder.add(member.key, "");
  builder.set_status(component, *said);
  read_particulars(member.value, component, builder);
}

}  // namespace

void read_flat(const JsonValue& root, HealthBuilder& builder) {
  read_summary(root, builder);
  const bool false_fails = false_is_failure(root, builder);
  for (const JsonMember& member : root.members) {
    const bool nested = member.value.is_object() || member.value.is_array();
    if (same_ignoring_case(member.key, "failures") && member.value.is_object()) {
      read_failures(member.value, builder);
    } else if (nested && is_one_of(member.key, kContainers) &&
               !object_status(member.value, builder.words())) {
      read_parts(member.value, Container::kMixed, builder);
    } else if (!is_one_of(member.key, kOwnKeys)) {
      read_member(member, false_fails, builder);
    }
  }
}

}  // namespace litewatch
