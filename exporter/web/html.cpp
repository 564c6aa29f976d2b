#include "web/html.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <ctime>

#include "base/parse.h"
#include "base/utf8.h"

namespace litewatch {
namespace {

/// What stands for one ASCII character; empty: itself.
std::string_view entity(char c) {
  switch (c) {
    case '&':
      return "&amp;";
    case '<':
      return "&lt;";
    case '>':
      return "&gt;";
    case '"':
      return "&quot;";
    case '\'':
      return "&#39;";
    default:
      const auto value = static_cast<unsigned char>(c);
      return (value < ' ' && c != '\n' && c != '\t') || value == 0x7F ? kUtf8Replacement : "";
  }
}

/// As few digits as tell numbers apart: 12345, 99.98, 0.012.
std::string number_html(double value) {
  constexpr double kLeastShown = 0.0005;
  const double size = std::fabs(value);
  if (size > 0 && size < kLeastShown) return value < 0 ? "0" : "&lt; 0.001";
  std::array<char, 40> text;
  if (size >= 1000 || value == std::round(value)) {
    std::snprintf(text.data(), text.size(), "%.6g", value);
  } else {
    const int digits = size >= 100 ? 1 : size >= 10 ? 2 : 3;
    std::snprintf(text.data(), text.size(), "%.*f", digits, value);
  }
  return text.data();
}

std::string percent_html(double ratio) {
  constexpr double kLeastShown = 0.05;
  const double percent = ratio * 100;
  if (percent > 0 && percent < kLeastShown) return "&lt; 0.1 %";
  std::array<char, 400> text;  // the longest fixed double has 310 digits
  const int digits = percent > 0 && percent < 0.95 ? 1 : 0;
  std::snprintf(text.data(), text.size(), "%.*f %%", digits, percent);
  return text.data();
}

/// `to_come` is what a moment in the future is called, before how far it is.
std::string age_html(double unix_s, double now_unix_s, std::string_view to_come) {
  const double age_s = now_unix_s - unix_s;
  const std::string words = age_s < -1  ? std::string(to_come) + human_duration(-age_s)
                            : age_s < 1 ? "now"
                                        : human_duration(age_s) + " ago";
  return "<time title=\"" + utc_time(unix_s) + "\">" + words + "</time>";
}

}  // namespace

void append_html(std::string& out, std::string_view text) {
  while (!text.empty()) {
    const std::size_t size = utf8_size(text);
    const std::string_view special = size == 1 ? entity(text[0]) : "";
    if (size == 0) {
      out += kUtf8Replacement;
    } else if (!special.empty()) {
      out += special;
    } else {
      out += text.substr(0, size);
    }
    text.remove_prefix(size == 0 ? 1 : size);
  }
}

void append_breakable_html(std::string& out, std::string_view text) {
  while (!text.empty()) {
    const std::size_t piece = std::min(text.find_first_not_of('/', text.find('/')), text.size());
    append_html(out, text.substr(0, piece));
    text.remove_prefix(piece);
    if (!text.empty()) out += "<wbr>";
  }
}

std::string cell_html(const StatusCell& cell, double now_unix_s) {
  if (!std::isfinite(cell.value)) return "";
  switch (cell.kind) {
    case CellKind::kBytes:
      return human_bytes(cell.value);
    case CellKind::kDurationSeconds:
      return human_duration(cell.value);
    case CellKind::kTimestampSeconds:
      return age_html(cell.value, now_unix_s, "in ");
    case CellKind::kPastTimestampSeconds:
      return age_html(cell.value, now_unix_s, "clock is off by ");
    case CellKind::kRatio:
      return percent_html(cell.value);
    case CellKind::kNumber:
      break;
  }
  return number_html(cell.value);
}

std::string utc_time(double unix_s) {
  constexpr double kYear9999_s = 253402300799.0;
  const bool sane = unix_s >= 0 && unix_s <= kYear9999_s;
  const auto seconds = static_cast<std::time_t>(sane ? unix_s : 0);
  std::tm parts{};
  std::array<char, 32> text;
  if (!sane || gmtime_r(&seconds, &parts) == nullptr) return "unknown";
  std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M:%S UTC", &parts);
  return text.data();
}

}  // namespace litewatch
