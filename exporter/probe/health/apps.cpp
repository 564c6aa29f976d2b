#include <string>

#include "probe/health/formats.h"
#include "probe/health/parts.h"
#include "probe/health/time.h"

// Apps with a document of their own:
//   PocketBase   {"code": 200, "message": "API is healthy.", "data": {"canBackup": true}}; errors
//                of newer versions say "status" for "code"; data is empty but for superusers
//   Vaultwarden  "2024-05-01T12:00:00.000000Z"
//   Grafana      {"database": "ok", "version": "11.2.0", "commit": "2a88694"}; "failing"
namespace litewatch {

void read_pocketbase(const JsonValue& root, HealthBuilder& builder) {
  const JsonValue* code = root.find("code");
  if (code == nullptr) code = root.find("status");
  if (code == nullptr || !code->is_number()) return;
  if (const auto said = said_status(*code, builder.words())) builder.say(*said);
  const JsonValue* const data = root.find("data");
  const JsonValue* const can_backup = data != nullptr ? data->find("canBackup") : nullptr;
  if (can_backup == nullptr || !can_backup->is_bool()) return;
  // A backup that runs is no fault, but it explains others.
  HealthComponent* const backup = builder.add("backup", "");
  builder.set_status(backup, {HealthStatus::kPass, can_backup->boolean ? "idle" : "running"});
  builder.observe(backup, "running", HealthUnit::kCount, can_backup->boolean ? 0 : 1);
}

void read_vaultwarden(const JsonValue& root, HealthBuilder& builder) {
  if (!root.is_string() || !parse_iso8601_s(root.text)) return;
  builder.say({HealthStatus::kPass, root.text});
}

void read_grafana(const JsonValue& root, HealthBuilder& builder) {
  builder.add_words({{"failing", HealthStatus::kFail}});
  read_summary(root, builder);
  const JsonValue* const database = root.find("database");
  if (database == nullptr) return;
  const auto said = part_status(*database, builder.words());
  if (said) builder.set_status(builder.add("database", ""), *said);
}

}  // namespace litewatch
