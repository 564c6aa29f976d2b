#pragma once

#include <string_view>

#include "publish/series_table.h"
#include "publish/status.h"
#include "read/sqlite_findings.h"

namespace litewatch {

/// The names a database goes by on the page.
struct SqliteLabels {
  std::string_view app;
  std::string_view db;
};

/// Sets every metric of one database: one line per metric.
void set_sqlite_metrics(const SqliteLabels& labels, const SqlitePaths& paths,
                        const SqliteSubject& subject, SeriesTable& sink);

/// Sets the objectives of one database.
void set_sqlite_objectives(const SqliteLabels& labels, const SqliteObjectives& objectives,
                           SeriesTable& sink);

/// Writes the row of one database for the status page.
void write_status(const SqliteLabels& labels, const SqlitePaths& paths,
                  const SqliteSubject& subject, SqliteFindings findings, StatusRow& row);

}  // namespace litewatch
