#include <algorithm>
#include <array>
#include <string_view>

#include "probe/health/formats.h"
#include "probe/health/parts.h"
#include "probe/health/time.h"

namespace litewatch {
namespace {

bool has_object(const JsonValue& root, std::string_view key) {
  const JsonValue* const value = root.find(key);
  return value != nullptr && value->is_object();
}

bool has_array(const JsonValue& root, std::string_view key) {
  const JsonValue* const value = root.find(key);
  return value != nullptr && value->is_array();
}

bool has_text(const JsonValue& root, std::string_view key) {
  const JsonValue* const value = root.find(key);
  return value != nullptr && value->is_string();
}

bool is_http_status(const JsonValue* value) {
  return value != nullptr && value->is_number() && value->number >= 100 && value->number < 600;
}

/// Many an API answers with a code, a message and data; PocketBase's data is empty or about
/// backups.
bool is_pocketbase(const JsonValue& root) {
  const bool code = is_http_status(root.find("code")) || is_http_status(root.find("status"));
  if (!code || !has_text(root, "message") || !has_object(root, "data")) return false;
  const JsonValue& data = *root.find("data");
  return data.members.empty() || data.find("canBackup") != nullptr;
}

bool is_grafana(const JsonValue& root) {
  const JsonValue* const database = root.find("database");
  if (database == nullptr || (database->text != "ok" && database->text != "failing")) return false;
  return std::all_of(root.members.begin(), root.members.end(), [](const JsonMember& member) {
    return member.key == "database" || member.key == "version" || member.key == "commit" ||
           member.key == "enterpriseCommit";
  });
}

/// Spring Boot 2.0, or any later one that shows nobody its components.
bool is_bare_spring(const JsonValue& root) {
  if (!has_text(root, "status")) return false;
  if (has_array(root, "groups")) return true;
  if (!has_object(root, "details")) return false;
  const auto& parts = root.find("details")->members;
  return std::any_of(parts.begin(), parts.end(), [](const JsonMember& part) {
    return part.value.find("status") != nullptr && has_object(part.value, "details");
  });
}

/// Texts that stand in a health document beside statuses, or in any other.
bool is_about_the_document(const JsonMember& member) {
  static constexpr std::array<std::string_view, 8> kKeys = {
      "version", "commit", "service", "name", "state", "message", "environment", "hostname"};
  return std::find(kKeys.begin(), kKeys.end(), member.key) != kKeys.end() ||
         parse_iso8601_s(member.value.text).has_value();
}

/// An overall status that is a known word, or nothing but words of health: {"colour": "red"} and
/// {"enabled": false} are about something else.
bool is_flat(const JsonValue& root, const HealthWords& words) {
  for (const std::string_view key : {"status", "health", "healthy", "ok"}) {
    const JsonValue* const value = root.find(key);
    if (value == nullptr) continue;
    if (value->is_bool() || is_http_status(value)) return true;
    if (value->is_string()) return status_of_word(value->text, words).has_value();
  }
  bool found = false;
  for (const JsonMember& member : root.members) {
    const JsonValue* const status = member.value.find("status");
    const JsonValue& value = status != nullptr ? *status : member.value;
    if (!value.is_string()) continue;
    if (is_about_the_document(member)) continue;
    if (!is_health_word(value.text, words)) return false;
    found = true;
  }
  return found;
}

}  // namespace

std::optional<HealthFormat> detect_health_format(const JsonValue& root, const HealthWords& words) {
  if (root.is_string()) {
    if (parse_iso8601_s(root.text)) return HealthFormat::kVaultwarden;
    if (is_health_word(root.text, words)) return HealthFormat::kText;
    return std::nullopt;
  }
  if (!root.is_object()) return std::nullopt;
  if (is_pocketbase(root)) return HealthFormat::kPocketBase;
  if (is_grafana(root)) return HealthFormat::kGrafana;
  if (has_object(root, "checks")) return HealthFormat::kDraft;
  if (has_array(root, "checks")) return HealthFormat::kMicroProfile;
  if (has_object(root, "components")) return HealthFormat::kSpring;
  if (has_object(root, "entries")) return HealthFormat::kAspNet;
  const bool halves = has_object(root, "info") || has_object(root, "error");
  if (halves && has_object(root, "details")) return HealthFormat::kTerminus;
  if (is_bare_spring(root)) return HealthFormat::kSpring;
  if (is_flat(root, words)) return HealthFormat::kFlat;
  return std::nullopt;
}

}  // namespace litewatch
