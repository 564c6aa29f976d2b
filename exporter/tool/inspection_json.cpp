#include <nlohmann/json.hpp>

#include "tool/inspection.h"

namespace litewatch {
namespace {

using Json = nlohmann::ordered_json;

Json findings_of(const Inspection& inspection) {
  Json findings = Json::array();
  for (std::size_t i = 0; i < kSqliteFindingCount; ++i) {
    const auto finding = static_cast<SqliteFinding>(i);
    if (!inspection.findings().has(finding)) continue;
    const SqliteFindingDesc& row = describe(finding);
    constexpr std::string_view kSeverities[] = {"notice", "warning", "critical"};
    std::string why;
    explain(finding, inspection.subject(), why);
    findings.push_back({{"reason", row.reason},
                        {"severity", kSeverities[static_cast<std::size_t>(row.severity)]},
                        {"state", row.state},
                        {"why", why},
                        {"next", next_step(finding, inspection.subject())}});
  }
  return findings;
}

const char* word_of(SqliteContent content) {
  switch (content) {
    case SqliteContent::kDatabase:
      return "database";
    case SqliteContent::kEmpty:
      return "empty";
    case SqliteContent::kEncrypted:
      return "encrypted";
    case SqliteContent::kNotADatabase:
      return "not_a_database";
    case SqliteContent::kMalformed:
      return "malformed";
  }
  return "";
}

Json locks_of(const Inspection& inspection) {
  Json locks = Json::array();
  for (const HeldLock& lock : inspection.locks()) {
    Json entry = {{"lock", lock.name}, {"mode", lock.mode == LockMode::kWrite ? "write" : "read"}};
    if (lock.pid > 0) entry["pid"] = lock.pid;
    if (!lock.command.empty()) entry["command"] = lock.command;
    locks.push_back(std::move(entry));
  }
  return locks;
}

void add_header(const SqliteReading& reading, Json& out) {
  if (!reading.header) return;
  out["pages"] = reading.pages();
  out["page_size_bytes"] = reading.header->page_size_bytes;
  out["freelist_pages"] = reading.header->freelist_pages;
  out["schema_cookie"] = reading.header->schema_cookie;
  out["user_version"] = reading.header->user_version;
  out["application_id"] = reading.header->application_id;
  out["writer_version"] = version_text(reading.header->writer_version);
}

void add_wal(const SqliteReading& reading, const SqliteHistory& history, Json& out) {
  if (!reading.wal_mode) return;
  Json wal = {{"size_bytes", reading.wal_file ? reading.wal_file->size_bytes : 0}};
  const auto add_known = [&](const char* key, const auto& figure) {
    if (figure) wal[key] = *figure;
  };
  add_known("live_bytes", wal_live_bytes(reading));
  add_known("frames", wal_frames(reading));
  add_known("checkpoint_lag_bytes", wal_checkpoint_lag_bytes(reading));
  add_known("reader_slots_in_use", reader_slots_in_use(reading));
  if (const int slot = pinning_slot(reading); slot >= 0) {
    wal["pin"] = {{"slot", slot},
                  {"pinned_frames", pinned_frames(reading)},
                  {"seen_for_seconds", history.oldest_reader_s}};
  }
  out["wal"] = std::move(wal);
}

}  // namespace

std::string to_json(const Inspection& inspection) {
  Json out = {{"path", inspection.paths().database},
              {"readable", inspection.readable()},
              {"healthy", inspection.healthy()},
              {"findings", findings_of(inspection)}};
  if (inspection.readable()) {
    const SqliteReading& reading = inspection.reading();
    if (locks_known(reading)) {
      out["open"] = database_open(reading);
      out["locks"] = locks_of(inspection);
    }
    if (reading.unlocked_writer) out["open_without_lock"] = {{"pid", *reading.unlocked_writer}};
    out["content"] = word_of(reading.content);
    out["journal_mode"] = journal_mode(reading);
    out["size_bytes"] = reading.file.size_bytes;
    add_header(reading, out);
    add_wal(reading, inspection.history(), out);
    if (reading.filesystem) {
      out["filesystem"] = {{"type", filesystem_name(reading.filesystem->magic)},
                           {"avail_bytes", reading.filesystem->avail_bytes}};
    }
    out["watched_seconds"] = inspection.watched_s();
  }
  // A file name may hold any bytes; JSON holds UTF-8.
  return out.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace litewatch
