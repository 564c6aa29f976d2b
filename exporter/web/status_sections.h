#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "publish/status.h"

namespace litewatch {

/// Rows of a page, which must outlive it.
using StatusRows = std::vector<const StatusRow*>;

/// One heading of the status page and the tables below it.
struct StatusSection {
  std::string_view app;            ///< empty: rows of one kind that are in no app's section
  bool others = false;             ///< an app's section has rows of this kind too
  std::vector<StatusRows> tables;  ///< each of one kind, none empty
};

/// Arranges rows that come worst first. An app with more than one kind of row has a section, in
/// which its targets, databases and containers stand one below the other; what is left has one by
/// kind, worst first, with rows of one app together where they are equally well. The section of the
/// worst row comes first; apps go before what is left. Pure.
std::vector<StatusSection> status_sections(std::span<const StatusRow* const> rows);

/// Rows by kind, the kind of the worst row first.
std::vector<StatusRows> rows_by_kind(std::span<const StatusRow* const> rows);

}  // namespace litewatch
