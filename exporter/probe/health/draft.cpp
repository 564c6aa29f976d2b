#include <algorithm>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/parse.h"
#include "probe/health/formats.h"
#include "probe/health/parts.h"
#include "probe/health/units.h"

// draft-inadarei-api-health-check-06, section 4:
//   "checks": { "database:responseTime": [ {
//       "componentId": "a1", "status": "pass", "time": "2018-01-17T03:36:48Z",
//       "observedValue": 250, "observedUnit": "ms", "output": "" } ] }
// The part of a key after the colon is a measurement of the component before it. People also write
// the object without its array, and a bare word for the object.
namespace litewatch {
namespace {

constexpr std::size_t kMaxNodes = 16;

struct Key {
  std::string_view component;
  std::string_view measurement;
};

Key split_key(std::string_view key) {
  const std::size_t colon = key.find(':');
  if (colon == 0 || colon == std::string_view::npos) return {key, key};
  return {key.substr(0, colon), key.substr(colon + 1)};
}

std::optional<double> observed_number(const JsonValue& check) {
  const JsonValue* const value = check.find("observedValue");
  if (value == nullptr) return std::nullopt;
  if (value->is_string()) return parse_double(value->text);
  if (!value->is_number()) return std::nullopt;
  return value->number;
}

void read_observation(const JsonValue& check, std::string_view measurement,
                      HealthComponent& component, HealthBuilder& builder) {
  const auto number = observed_number(check);
  if (!number) return;
  const JsonValue* const unit = check.find("observedUnit");
  const auto scale = unit_scale(unit != nullptr && unit->is_string() ? unit->text : "");
  if (!scale) return;
  builder.observe(&component, measurement, scale->unit, scale->in_base_unit(*number));
}

/// Several measurements make one component: it was looked at when the oldest was, and it says what
/// the first that says anything does.
void read_check_particulars(const Key& key, const JsonValue& check, HealthComponent& component,
                            HealthBuilder& builder) {
  const std::string output = std::exchange(component.output, "");
  const auto checked_unix_s = std::exchange(component.checked_unix_s, std::nullopt);
  read_particulars(check, &component, builder);
  if (!output.empty()) component.output = output;
  if (checked_unix_s) {
    component.checked_unix_s =
        std::min(*checked_unix_s, component.checked_unix_s.value_or(*checked_unix_s));
  }
  read_observation(check, key.measurement, component, builder);
}

void read_check(const Key& key, std::string_view node, const JsonValue& check,
                HealthBuilder& builder) {
  const auto said = part_status(check, builder.words());
  if (check.is_number() || (!said && !check.is_object())) return;
  HealthComponent* const component = builder.merge(key.component, node);
  builder.set_status(component, said.value_or(SaidStatus{}));
  if (component != nullptr) read_check_particulars(key, check, *component, builder);
}

/// The values of one member over all checks; empty where one lacks it or two have the same.
std::vector<std::string> distinct_values(const std::vector<const JsonValue*>& checks,
                                         std::string_view member) {
  std::vector<std::string> values;
  std::set<std::string> seen;
  for (const JsonValue* const check : checks) {
    const JsonValue* const value = check->find(member);
    const auto text = value == nullptr ? std::nullopt : said_status(*value, {});
    if (!text || text->word.empty() || !seen.insert(component_name(text->word)).second) return {};
    values.push_back(text->word);
  }
  return values;
}

/// What tells the checks of one key apart: componentId, else node, else their order.
std::vector<std::string> node_names(const std::vector<const JsonValue*>& checks) {
  if (checks.size() == 1) return {""};
  for (const std::string_view member : {"componentId", "node"}) {
    std::vector<std::string> names = distinct_values(checks, member);
    if (!names.empty()) return names;
  }
  std::vector<std::string> names;
  for (std::size_t i = 0; i < checks.size(); ++i) names.push_back(std::to_string(i));
  return names;
}

void read_checks(const Key& key, const JsonValue& array, HealthBuilder& builder) {
  std::vector<const JsonValue*> checks;
  for (const JsonMember& member : array.members) {
    if (checks.size() < kMaxNodes) {
      checks.push_back(&member.value);
    } else {
      builder.drop();
      builder.set_status(nullptr,
                         part_status(member.value, builder.words()).value_or(SaidStatus{}));
    }
  }
  const std::vector<std::string> names = node_names(checks);
  for (std::size_t i = 0; i < checks.size(); ++i) read_check(key, names[i], *checks[i], builder);
}

}  // namespace

void read_draft(const JsonValue& root, HealthBuilder& builder) {
  read_summary(root, builder);
  const JsonValue* const checks = root.find("checks");
  if (checks == nullptr) return;
  if (checks->is_array()) return read_parts(*checks, Container::kMixed, builder);
  for (const JsonMember& member : checks->members) {
    const Key key = split_key(member.key);
    if (member.value.is_array()) {
      read_checks(key, member.value, builder);
    } else {
      read_check(key, "", member.value, builder);
    }
  }
}

}  // namespace litewatch
